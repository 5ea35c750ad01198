"""Who has no place on a device is named, and gets there when there is one; a withdrawal leaves nobody with too much."""

from __future__ import annotations

import dataclasses
from unittest.mock import patch

from asgiref.sync import sync_to_async

from doorward.protocol.biostar1.models import DeviceModel, model_by_slug
from doorward.protocol.biostar1.results import INVALID_PARAMETER
from doorward.protocol.biostar1.user_data import UserForm
from doorward.server.access.models import Membership
from doorward.server.people.models import Card, Person
from doorward.server.sync import desired
from doorward.server.sync.marking import mark_people
from doorward.server.sync.models import Waiting
from doorward.server.sync.planning import NO_ROOM, TAKEN_AWAY
from tests.server.sync.ground import Site, Station, assert_exact, do, running, what_it_holds
from tests.server.sync.test_roster import make_staff

ROOM = 3


def small(slug: str) -> DeviceModel:
    return dataclasses.replace(model_by_slug(slug), user_capacity=ROOM)


def problems() -> dict[int, str]:
    return dict(Waiting.objects.exclude(problem="").values_list("number", "problem"))


def leave(number: int) -> None:
    Membership.objects.filter(person__number=number).delete()
    mark_people([number], urgent=True)


def refuse(station: Station, number: int) -> None:
    """Let a device refuse to take a person, whatever it is sent with."""
    users = station.device.people.users
    enrol = users.enrol

    def refusing(form: UserForm, content: bytes, count: int) -> int:
        if content[:4] == number.to_bytes(4, "little"):
            return INVALID_PARAMETER
        return enrol(form, content, count)

    users.enrol = refusing  # type: ignore[method-assign]


async def test_more_people_than_a_device_holds(database: str) -> None:
    site = Site("biostation")
    station = site.stations[1001]
    station.device.people.users.capacity = ROOM
    await do(lambda: make_staff(site, 5))
    with patch.object(desired, "model_by_slug", small):
        async with running(site):
            await site.until_settled()
            assert set(what_it_holds(station)) == {1, 2, 3}
            found = await sync_to_async(problems)()
            assert set(found) == {4, 5}
            assert all(words.startswith(NO_ROOM) for words in found.values())
            assert "3 people" in found[4]
            # One has the place of each who leaves, whoever that is.
            await do(lambda: leave(2))
            await site.until(lambda: set(what_it_holds(station)) == {1, 3, 4})
            await site.until_settled()
            assert set(await sync_to_async(problems)()) == {5}
            await do(lambda: leave(4))
            await site.until(lambda: set(what_it_holds(station)) == {1, 3, 5})
            await site.until_settled()
            await sync_to_async(assert_exact)(station)
            assert not await sync_to_async(Waiting.objects.exists)()


async def test_a_withdrawal_that_a_device_refuses_deletes_the_person_there(database: str) -> None:
    site = Site("biostation")
    station = site.stations[1001]
    await do(lambda: make_staff(site, 3))
    async with running(site):
        await site.until_settled()
        refuse(station, 2)

        def take_card() -> None:
            Card.objects.filter(person__number=2).delete()
            mark_people([2], urgent=True)

        await do(take_card)
        await site.until_settled()
        assert set(what_it_holds(station)) == {1, 3}
        assert await sync_to_async(problems)() == {2: TAKEN_AWAY}
        # Once the device takes the person, a change of the data is enough.
        del station.device.people.users.enrol

        def rename() -> None:
            Person.objects.filter(number=2).update(name="Another")
            mark_people([2], urgent=False)

        await do(rename)
        await site.until_settled()
        await sync_to_async(assert_exact)(station)
        assert set(what_it_holds(station)) == {1, 2, 3}
        assert not await sync_to_async(Waiting.objects.exists)()

"""Whatever a device did before the server fell, nobody believes to know what it holds before that was noted."""

from __future__ import annotations

from typing import Protocol
from unittest.mock import patch

import pytest
from asgiref.sync import sync_to_async

from doorward.gateway.collaborators import StoreUnavailable
from doorward.server.access.models import AccessGroup, Membership
from doorward.server.people.models import Person
from doorward.server.sync import marking, roster
from doorward.server.sync.marking import mark_people
from tests.server.sync.ground import Site, assert_exact, do, running, what_it_holds
from tests.server.sync.test_roster import make_staff


class Change(Protocol):
    """Changes the data, or takes that back."""

    def __call__(self, *, forth: bool) -> None: ...


def rename(*, forth: bool) -> None:
    Person.objects.filter(number=1).update(name="Another" if forth else "Person 1")
    mark_people([1], urgent=False)


def send_away(*, forth: bool) -> None:
    if forth:
        Membership.objects.filter(person__number=1).delete()
    else:
        Membership.objects.create(group=AccessGroup.objects.get(), person=Person.objects.get(number=1))
    mark_people([1], urgent=False)


@pytest.mark.parametrize("most_marks", [marking.MOST_MARKS, 0], ids=["marked", "everybody compared"])
@pytest.mark.parametrize("change", [rename, send_away])
async def test_what_was_sent_and_not_noted_is_not_taken_for_what_was_there_before(
    database: str, monkeypatch: pytest.MonkeyPatch, change: Change, most_marks: int
) -> None:
    monkeypatch.setattr(marking, "MOST_MARKS", most_marks)
    site = Site("biostation")
    station = site.stations[1001]
    await do(lambda: make_staff(site, 2))
    async with running(site):
        await site.until_settled()
        before = what_it_holds(station)
        with patch.object(roster, "_note_all", side_effect=StoreUnavailable("The server fell.")):
            await do(lambda: change(forth=True))
            await site.until(lambda: what_it_holds(station).get(1) != before[1])
            await site.stop()
        await do(lambda: change(forth=False))
        await site.start()
        await site.until_settled()
        assert what_it_holds(station) == before
        await sync_to_async(assert_exact)(station)

"""What somebody changed at a device's own menu is noticed, shown, and kept or overwritten as an operator says."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import patch

from asgiref.sync import sync_to_async

from doorward.device.biostar1.person_writing import write_person
from doorward.model import people as model
from doorward.protocol.biostar1.user_data import user_form
from doorward.server.access.models import Membership
from doorward.server.audit.models import AuditEntry
from doorward.server.devices.models import Device
from doorward.server.sync import roster, services
from doorward.server.sync.choices import Answer, DifferenceKind
from doorward.server.sync.marking import mark_people
from doorward.server.sync.models import Difference, Waiting
from doorward.server.sync.services import Reply
from tests.server.sync.ground import Site, Station, assert_exact, do, running, what_it_holds
from tests.server.sync.test_roster import make_staff

SOON = timedelta(seconds=0.05)


def enroll_at_menu(station: Station, number: int) -> None:
    device = station.device
    form = user_form(device.model)
    person = model.Person(number=number, cards=(model.Card(5_000_000 + number),), access_groups=(1,))
    with device.changing():
        assert device.people.users.enrol(form, write_person(form, person).to_bytes(), 1) == 0
        device.log.add(0x17, 0, number)


def delete_at_menu(station: Station, number: int) -> None:
    with station.device.changing():
        station.device.people.users.delete(number)
        station.device.log.add(0x47, 0, number)


async def test_hand_edits_are_asked_about_and_withdrawals_do_not_wait(database: str) -> None:
    site = Site("biostation")
    station = site.stations[1001]
    await do(lambda: make_staff(site, 5))
    with patch.object(roster, "EDITS_SETTLE", SOON), patch.object(roster, "LOOK_SECONDS", 0.1):
        async with running(site):
            await site.until_settled()
            untouched = what_it_holds(station)
            enroll_at_menu(station, 2)
            enroll_at_menu(station, 3)
            enroll_at_menu(station, 4_711)
            delete_at_menu(station, 4)
            await site.until(lambda: Difference.objects.count() == 4)
            await site.until_settled()
            kinds = await sync_to_async(lambda: dict(Difference.objects.values_list("number", "kind")))()
            assert kinds == {
                2: DifferenceKind.CHANGED,
                3: DifferenceKind.CHANGED,
                4: DifferenceKind.MISSING,
                4_711: DifferenceKind.UNKNOWN,
            }
            changed = what_it_holds(station)
            assert set(changed) == {1, 2, 3, 5, 4_711}, "nothing was touched before it is answered"

            # A right that is withdrawn does not wait for an answer.
            def withdraw() -> None:
                Membership.objects.filter(person__number=2).delete()
                mark_people([2], urgent=True)
                mark_people([3], urgent=False)

            await do(withdraw)
            await site.until_settled()
            assert set(what_it_holds(station)) == {1, 3, 5, 4_711}
            assert what_it_holds(station)[3] == changed[3], "an ordinary change waits for the answer"
            assert await sync_to_async(lambda: Waiting.objects.get(number=3).problem)()

            def answer(number: int, reply: Reply) -> None:
                services.answer(Difference.objects.get(number=number), reply)

            await do(lambda: answer(3, Reply.OVERWRITE))
            await do(lambda: answer(4, Reply.OVERWRITE))
            await do(lambda: answer(4_711, Reply.KEEP))
            await site.until_settled()
            assert what_it_holds(station) == {number: held for number, held in untouched.items() if number != 2} | {
                4_711: changed[4_711]
            }
            # What was kept is not asked about again, as long as it stays the same.
            await do(lambda: services.check_now(Device.objects.get(pk=1001)))
            await site.until_settled()
            assert await sync_to_async(lambda: Difference.objects.get().answer)() == Answer.KEPT
            await do(lambda: answer(4_711, Reply.OVERWRITE))
            await site.until_settled()
            await sync_to_async(assert_exact)(station)
            actions = await sync_to_async(lambda: list(AuditEntry.objects.values_list("action", flat=True)))()
            assert sorted(actions) == ["sync.check", "sync.keep", *["sync.overwrite"] * 3]

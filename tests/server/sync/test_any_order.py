"""Changes of data, breaks of lines, restarts and kills of the server, and hand edits, in any order: in the end every
device holds exactly what the data say.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar
from unittest.mock import patch

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from doorward.device.biostar1.person_writing import write_person
from doorward.gateway.collaborators import StoreUnavailable
from doorward.model import people as model
from doorward.protocol.biostar1.user_data import user_form
from doorward.server.access.models import AccessGroup, AccessRight, Membership, Schedule
from doorward.server.doors.models import Door
from doorward.server.people.models import Card, Person
from doorward.server.sync import roster
from doorward.server.sync.choices import HandEdits
from doorward.server.sync.marking import mark_people, mark_removed, mark_tables
from tests.server.conftest import use_database
from tests.server.sync.ground import Site, assert_exact, make_devices, settled, standing

T = TypeVar("T")
MODELS = ("bioentry-plus", "biostation", "x-station")
NUMBERS = st.integers(1, 6)
GROUPS = st.integers(1, 3)
STATIONS = st.sampled_from((1001, 1002, 1003))
SETTLED_WITHIN = 60.0


class AnyOrder(RuleBasedStateMachine):
    """A site under everything that may happen to it."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="doorward-any-order-"))
        shutil.copy(self.template, self.folder / "database.sqlite3")
        use_database(f"sqlite:///{self.folder}/database.sqlite3")
        self.loop = asyncio.new_event_loop()
        self.site = Site(*MODELS)
        self.changes = contextlib.ExitStack()
        self.changes.enter_context(patch.object(roster, "EDITS_SETTLE", timedelta(seconds=0.05)))
        self.changes.enter_context(patch.object(roster, "LOOK_SECONDS", 0.1))

    @initialize()
    def begin(self) -> None:
        self.change(lambda: make_devices(self.site, hand_edits=HandEdits.OVERWRITE))
        self.change(lambda: [AccessGroup.objects.create(number=number, name=f"G{number}") for number in (1, 2, 3)])
        schedule = self.change(lambda: Schedule.objects.create(number=1, name="Work", days=[[[480, 1020]]] * 7))
        self.change(lambda: self.fill(schedule))
        self.run(self.site.start())
        self.run(self.site.until_settled())

    def fill(self, schedule: Schedule) -> None:
        """From the start everybody is somewhere, so that whatever happens has something to happen to."""
        for group in AccessGroup.objects.all():
            for station in {1001, 1000 + group.number}:
                door = Door.objects.get(device_id=station)
                AccessRight.objects.create(group=group, door=door, schedule=schedule if group.number == 1 else None)
        now = timezone.now()
        for number in range(1, 7):
            person = Person.objects.create(number=number, name=f"P{number}", created=now, changed=now)
            Card.objects.create(person=person, number=100 * number)
            Membership.objects.create(group=AccessGroup.objects.get(number=1 + number % 3), person=person)

    # --- The data ----------------------------------------------------------------------------------------------------

    @rule(number=NUMBERS, card=st.integers(1, 4), pin=st.sampled_from(("", "1234", "9876")), blocked=st.booleans())
    def save(self, number: int, card: int, pin: str, blocked: bool) -> None:
        def work() -> None:
            now = timezone.now()
            values = {"pin": pin, "disabled": blocked, "name": f"P{number}", "changed": now}
            person, _ = Person.objects.update_or_create(
                number=number, defaults=values, create_defaults={**values, "created": now}
            )
            person.cards.all().delete()
            Card.objects.filter(number=card).delete()
            Card.objects.create(person=person, number=100 * number + card)
            mark_people([number], urgent=True)

        self.change(work)

    @rule(number=NUMBERS, group=GROUPS)
    def join(self, number: int, group: int) -> None:
        def work() -> None:
            person = Person.objects.filter(number=number).first()
            if person is not None:
                Membership.objects.get_or_create(group=AccessGroup.objects.get(number=group), person=person)
                mark_people([number], urgent=False)

        self.change(work)

    @rule(number=NUMBERS, group=GROUPS)
    def leave(self, number: int, group: int) -> None:
        def work() -> None:
            Membership.objects.filter(group__number=group, person__number=number).delete()
            mark_people([number], urgent=True)

        self.change(work)

    @rule(number=NUMBERS)
    def remove(self, number: int) -> None:
        def work() -> None:
            Person.objects.filter(number=number).delete()
            mark_removed(number, [])

        self.change(work)

    @rule(group=GROUPS, station=STATIONS, always=st.booleans(), given=st.booleans())
    def give_right(self, group: int, station: int, always: bool, given: bool) -> None:
        def work() -> None:
            door = Door.objects.get(device_id=station)
            rights = AccessRight.objects.filter(group__number=group, door=door)
            rights.delete()
            if given:
                schedule = None if always else Schedule.objects.get(number=1)
                AccessRight.objects.create(group=AccessGroup.objects.get(number=group), door=door, schedule=schedule)
            mark_tables([station])

        self.change(work)

    @rule(start=st.integers(0, 600))
    def change_schedule(self, start: int) -> None:
        def work() -> None:
            Schedule.objects.filter(number=1).update(days=[[[start, 1020]]] * 7)
            mark_tables(list(self.site.stations))

        self.change(work)

    # --- The world ---------------------------------------------------------------------------------------------------

    @rule(station=STATIONS, reachable=st.booleans())
    def cut(self, station: int, reachable: bool) -> None:
        self.site.stations[station].reachable = reachable
        self.site.stations[station].cut()

    @rule(station=STATIONS, after=st.integers(50, 1_500))
    def cut_in_the_middle(self, station: int, after: int) -> None:
        self.site.stations[station].cut_after = after
        self.site.stations[station].cut()

    @rule(killed=st.booleans())
    def restart(self, killed: bool) -> None:
        if killed:
            # From here on nothing more is written down, whatever goes out still.
            async def lost(function: Callable[[], T]) -> T:
                del function
                raise StoreUnavailable("The server was killed.")

            self.site.roster._write = lost  # type: ignore[method-assign]
        self.run(self.site.stop())
        self.run(self.site.start())

    @rule(station=STATIONS, number=st.integers(1, 8), gone=st.booleans())
    def edit_by_hand(self, station: int, number: int, gone: bool) -> None:
        device = self.site.stations[station].device
        form = user_form(device.model)
        with device.changing():
            if gone:
                if device.people.users.delete(number):
                    device.log.add(0x47, 0, number)
                return
            stranger = model.Person(number=number, cards=(model.Card(7_000_000 + number),), access_groups=(1,))
            device.people.users.enrol(form, write_person(form, stranger).to_bytes(), 1)
            device.log.add(0x17, 0, number)

    @rule(seconds=st.sampled_from((0.0, 0.02, 0.2)))
    def pass_time(self, seconds: float) -> None:
        self.run(asyncio.sleep(seconds))

    # --- The end -----------------------------------------------------------------------------------------------------

    def teardown(self) -> None:
        try:
            for station in self.site.stations.values():
                station.reachable, station.cut_after = True, None
            self.run(self._until_exact())
        finally:
            self.run(self.site.stop())
            self.loop.close()
            self.changes.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    async def _until_exact(self) -> None:
        def exact() -> bool:
            if not settled(self.site.stations):
                return False
            try:
                for station in self.site.stations.values():
                    assert_exact(station)
            except AssertionError:
                return False
            return True

        try:
            await self.site.until(exact, SETTLED_WITHIN)
        except AssertionError:
            words = await asyncio.to_thread(standing)
            for station in self.site.stations.values():
                await asyncio.to_thread(assert_exact, station)
            raise AssertionError(words) from None

    def change(self, work: Callable[[], T]) -> T:
        with transaction.atomic():
            return work()

    def run(self, work: object) -> None:
        self.loop.run_until_complete(work)  # type: ignore[arg-type]


@pytest.mark.long
def test_every_device_ends_with_exactly_what_the_data_say(database: str, sqlite_template: Path) -> None:
    AnyOrder.template = sqlite_template
    run_state_machine_as_test(
        AnyOrder,
        settings=settings(
            max_examples=10,
            stateful_step_count=15,
            deadline=None,
            # Each failing attempt to shorten an example would wait for what never comes.
            phases=(Phase.explicit, Phase.reuse, Phase.generate),
            suppress_health_check=list(HealthCheck),
        ),
    )


pytestmark = pytest.mark.timeout(300)

"""What a device does next, read from the database; nothing is written here.

The order at a device: who loses something is deleted or rewritten, then the tables, then a check where one is wanted,
then everybody else.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from django.utils import timezone

from doorward.gateway.roster import Asker, Step
from doorward.model import people as model
from doorward.server.sync import tables as rights
from doorward.server.sync.choices import Answer, Comparing, Urgency
from doorward.server.sync.desired import Groups, People, Profile, groups_at, stamps_of
from doorward.server.sync.marking import AT_ONCE, parts
from doorward.server.sync.models import TABLES, Difference, Held, ManagedDevice, Waiting

WRITTEN_AT_ONCE: Final = 64
"""People in one step: as many as go into one transfer, so that commands wait for no more than that."""

WRITTEN_SLOWLY: Final = 8
"""The same where a model takes one person in a transfer."""

DELETED_AT_ONCE: Final = 1_000
COMPUTED_AT_ONCE: Final = 1_000
"""People whose digests are computed before others have their turn."""

COMPUTING_SECONDS: Final = 0.2
"""So long comparisons are begun at a time: whoever loses something meanwhile shall not wait for them."""

MOST_TOGETHER: Final = 500
"""Up to so many people are looked up for all devices together."""

NO_ROOM: Final = "There is no room for more people"

TAKEN_AWAY: Final = "The device refused a change that takes a right away, so the person was deleted from it."
ANSWER_FIRST: Final = "Somebody changed this at the device; it waits until that is answered."


Mark = tuple[int, int]
"""The stamp of a mark, and how often the device did not take what it was about."""

Marks = dict[int, int]
"""The stamps of marks, by person."""


@dataclass(slots=True)
class Comparison:
    """Everybody on a device compared with the data, and how far the difference was brought there.

    Attributes:
        stamp: The wish that it fulfils.
        urgent: Whether it goes before anything else.
        groups: For each person who should be there the groups; dropped when everything is known.
        digests: What the device should hold, as far as it is known; dropped likewise.
        numbers: Who differs: first those to delete; empty before everything is known.
        deletions: How many of them are to be deleted.
        position: How many of them were dealt with.
        known: Whether it is known who differs.
        overflow: People for whom the device has no room.
        hindered: The stamps of the marks of those who could not be there when it began.
    """

    stamp: int
    urgent: bool
    groups: dict[int, Groups] = field(default_factory=dict)
    digests: dict[int, bytes] = field(default_factory=dict)
    numbers: array[int] = field(default_factory=lambda: array("I"))
    deletions: int = 0
    position: int = 0
    known: bool = False
    overflow: dict[int, str] = field(default_factory=dict)
    hindered: Marks = field(default_factory=dict)

    @property
    def finished(self) -> bool:
        """Whether all of it was dealt with."""
        return self.known and self.position >= len(self.numbers)

    def part(self, writes: int) -> list[int]:
        """Who is dealt with next."""
        end = self.position + writes
        if self.position < self.deletions:
            end = min(self.position + DELETED_AT_ONCE, self.deletions)
        return list(self.numbers[self.position : end])


@dataclass(slots=True)
class Task:
    """A step of a device, with what has to be noted before it goes out and when it is done.

    Attributes:
        asker: The device.
        step: What goes out; empty where there is only something to note.
        marks: The stamp of the mark of each person who was looked at because of one.
        urgent: People who lose something.
        tried: Those of them whose change the device refused before.
        part: How many people of a comparison it looks at.
        stamps: The stamps of the data that were used.
        digests: What the device will hold of each person who is written.
        settled: People who are as they should be.
        problems: Why people cannot be there.
        dropped: People who are deleted because they do not fit.
        table_digests: What stands for the tables that are written.
        groups: Numbers of the groups of the tables; None where they are not written.
        comparison: The comparison that it belongs to.
        compared: The comparison is over with this.
        again: There is more to look at before something can go out.
        began: When it was planned.
    """

    asker: Asker
    step: Step = field(default_factory=Step)
    marks: dict[int, int] = field(default_factory=dict)
    urgent: set[int] = field(default_factory=set)
    tried: set[int] = field(default_factory=set)
    part: int = 0
    stamps: dict[int, int] = field(default_factory=dict)
    digests: dict[int, bytes] = field(default_factory=dict)
    settled: list[int] = field(default_factory=list)
    problems: dict[int, str] = field(default_factory=dict)
    dropped: set[int] = field(default_factory=set)
    table_digests: dict[str, str] = field(default_factory=dict)
    groups: list[int] | None = None
    comparison: Comparison | None = None
    compared: bool = False
    again: bool = False
    began: datetime = field(default_factory=timezone.now)

    @property
    def sends(self) -> bool:
        """Whether something goes out."""
        step = self.step
        return bool(step.delete or step.enroll or step.tables is not None or step.check)


@dataclass(frozen=True, slots=True)
class Question:
    """A device that asks for its next step.

    Attributes:
        asker: The device.
        withdrawals: Only what takes something away.
    """

    asker: Asker
    withdrawals: bool


class Planner:
    """Says what each device does next.

    Args:
        people: The people as devices should hold them.

    Attributes:
        comparisons: The comparison under way at each device.
    """

    def __init__(self, people: People) -> None:
        self._people = people
        self.comparisons: dict[int, Comparison] = {}

    def plan(self, questions: Sequence[Question]) -> list[Task | None]:
        """What each device does next, in the order of the questions; None: nothing now."""
        now = timezone.now()
        devices = {question.asker.device_id for question in questions}
        managed = {row.pk: row for row in ManagedDevice.objects.filter(pk__in=devices, managed=True)}
        urgent = _waiting(managed, Urgency.WITHDRAWAL, now)
        chosen: list[Task | None] = []
        looked_at: list[tuple[Task, list[int]]] = []
        idle: list[tuple[int, Question]] = []
        enough = time.monotonic() + COMPUTING_SECONDS
        for question in questions:
            row = managed.get(question.asker.device_id)
            task: Task | None = None
            rows = urgent.get(question.asker.device_id, {})
            if row is None:
                chosen.append(None)
                continue
            if row.checked_at is None:
                # Nothing on it is touched before it was read: it may turn out that it cannot be brought to the data.
                chosen.append(_first_reading(question, row, now))
                continue
            task, numbers = _people_first(question.asker, rows), [number for number in rows if number != TABLES]
            if task is None and row.comparing == Comparing.WITHDRAWAL:
                task, numbers = self._compared(question, row, compute=time.monotonic() < enough)
            if task is None and TABLES in rows:
                task, numbers = _tables(question.asker, row, {TABLES: rows[TABLES][0]}), []
            wanted = row.check_wanted
            if task is None and not question.withdrawals and wanted is not None and wanted <= now:
                task, numbers = Task(question.asker, Step(check=True)), []
            if task is None and _compares(row, withdrawals=question.withdrawals):
                task, numbers = self._compared(question, row, compute=time.monotonic() < enough)
            if task is None and not question.withdrawals:
                idle.append((len(chosen), question))
            if task is not None and numbers:
                looked_at.append((task, numbers[:DELETED_AT_ONCE]))
            chosen.append(task)
        self._ordinary(idle, chosen, looked_at, now)
        self._look(looked_at)
        return chosen

    def _ordinary(
        self,
        idle: list[tuple[int, Question]],
        chosen: list[Task | None],
        looked_at: list[tuple[Task, list[int]]],
        now: datetime,
    ) -> None:
        rows = _waiting([question.asker.device_id for _, question in idle], Urgency.ORDINARY, now)
        for place, question in idle:
            marks = rows.get(question.asker.device_id, {})
            numbers = sorted(marks)[: _at_once(Profile(question.asker.model, question.asker.zone))]
            if numbers:
                task = Task(question.asker, marks={number: marks[number][0] for number in numbers})
                chosen[place] = task
                looked_at.append((task, numbers))

    # --- Everybody on a device ----------------------------------------------------------------------------------------

    def _compared(self, question: Question, row: ManagedDevice, *, compute: bool) -> tuple[Task, list[int]]:
        """The next part of a comparison."""
        asker = question.asker
        comparison = self.comparisons.get(row.pk)
        if comparison is None or comparison.stamp != row.comparing_stamp:
            comparison = Comparison(row.comparing_stamp, row.comparing == Comparing.WITHDRAWAL)
            self.comparisons[row.pk] = comparison
        task = Task(asker, comparison=comparison)
        if not comparison.known:
            if compute:
                self._compute(asker, comparison)
            if not compute or comparison.groups:
                task.again = True
                return task, []
            task.problems = dict(comparison.overflow)
            task.marks = _of(comparison.hindered, comparison.overflow)
        if comparison.finished:
            task.compared = task.again = True
            return task, []
        numbers = comparison.part(_at_once(Profile(asker.model, asker.zone)))
        comparison.position += len(numbers)
        task.part = len(numbers)
        task.marks |= _of(comparison.hindered, set(numbers) - comparison.overflow.keys())
        if comparison.urgent:
            task.urgent = set(numbers)
        return task, numbers

    def _compute(self, asker: Asker, comparison: Comparison) -> None:
        """Find out who differs, as far as that goes in one turn."""
        profile = Profile(asker.model, asker.zone)
        if not comparison.groups:
            comparison.groups = groups_at([asker.device_id])[asker.device_id]
            capacity = profile.device_model.user_capacity
            for number in sorted(comparison.groups)[capacity:]:
                del comparison.groups[number]
                comparison.overflow[number] = (
                    f"{NO_ROOM}: a {profile.device_model.title} holds {capacity:,} people, and more have a right here."
                )
        stamps = stamps_of()
        missing = {number: groups for number, groups in comparison.groups.items() if number not in comparison.digests}
        known, unknown = self._people.digests(profile, missing, stamps)
        comparison.digests |= known
        part = {number: comparison.groups[number] for number in unknown[:COMPUTED_AT_ONCE]}
        prepared = self._people.prepare(profile, part)
        for number in part:
            comparison.digests[number] = prepared[number].digest if number in prepared else b""
        if len(comparison.digests) < len(comparison.groups):
            return
        held = {
            number: bytes(digest)
            for number, digest in Held.objects.filter(device_id=asker.device_id).values_list("number", "digest")
        }
        hindered = Waiting.objects.filter(device_id=asker.device_id, due__isnull=True).exclude(number=TABLES)
        comparison.hindered = dict(hindered.values_list("number", "stamp"))
        # Whoever could not be there and is not wanted there any more is looked at too, so that nothing is shown of it.
        gone = comparison.hindered.keys() - comparison.overflow.keys() | held.keys()
        deletions = sorted(number for number in gone if number not in comparison.groups)
        writes = sorted(
            number
            for number, digest in comparison.digests.items()
            if (
                held.get(number) != digest or number in comparison.hindered
                if digest
                else number in held or number not in comparison.hindered
            )
        )
        comparison.numbers = array("I", [*deletions, *writes])
        comparison.deletions, comparison.known = len(deletions), True
        comparison.groups, comparison.digests = {}, {}

    # --- People looked at ---------------------------------------------------------------------------------------------

    def _look(self, looked_at: Sequence[tuple[Task, list[int]]]) -> None:
        """Find out what is to be done about people at devices."""
        everybody = {number for _, numbers in looked_at for number in numbers}
        if len(everybody) <= MOST_TOGETHER:
            together: list[Sequence[tuple[Task, list[int]]]] = [looked_at] if looked_at else []
        else:
            together = [[each] for each in looked_at]
        for group in together:
            numbers = sorted({number for _, chosen in group for number in chosen})
            stamps = stamps_of(numbers)
            state = _State.read([task.asker.device_id for task, _ in group], numbers)
            for task, chosen in group:
                task.stamps = {number: stamps.get(number, 0) for number in chosen}
                self._decide(task, chosen, state)

    def _decide(self, task: Task, numbers: Sequence[int], state: _State) -> None:
        asker = task.asker
        profile = Profile(asker.model, asker.zone)
        wanted = state.groups[asker.device_id]
        held = state.held.get(asker.device_id, {})
        asked = state.asked.get(asker.device_id, set())
        prepared = self._people.prepare(profile, {number: wanted[number] for number in numbers if number in wanted})
        delete: list[int] = []
        enroll: list[model.Person] = []
        for number in numbers:
            holds = held.get(number)
            ready = prepared.get(number)
            if ready is None:
                if holds is not None or number in task.urgent:
                    delete.append(number)
                else:
                    task.settled.append(number)
            elif ready.person is None:
                task.problems[number] = ready.problem
                if holds is not None and (number in task.urgent or not holds):
                    # What it holds may grant more than the data do.
                    delete.append(number)
                    task.dropped.add(number)
            elif number in task.tried:
                task.problems[number] = TAKEN_AWAY
                delete.append(number)
                task.dropped.add(number)
            elif holds == ready.digest and number not in asked:
                task.settled.append(number)
            elif number in asked and number not in task.urgent:
                task.problems[number] = ANSWER_FIRST
            else:
                enroll.append(ready.person)
                task.digests[number] = ready.digest
        kept = _at_once(profile)
        for person in enroll[kept:]:
            # The rest has its turn in the next step.
            task.digests.pop(person.number)
            task.marks.pop(person.number, None)
        task.step = replace(task.step, delete=tuple(delete), enroll=tuple(enroll[:kept]))
        task.again = not task.sends


@dataclass(slots=True)
class _State:
    """What is known of some people at some devices.

    Attributes:
        groups: Who should be there, with the groups.
        held: What is there.
        asked: Of whom an operator is asked something.
    """

    groups: dict[int, dict[int, Groups]]
    held: dict[int, dict[int, bytes]]
    asked: dict[int, set[int]]

    @classmethod
    def read(cls, device_ids: Sequence[int], numbers: Sequence[int]) -> _State:
        held: dict[int, dict[int, bytes]] = {}
        asked: dict[int, set[int]] = {}
        for devices in parts(device_ids, AT_ONCE):
            for chosen in parts(numbers, AT_ONCE):
                rows = Held.objects.filter(device_id__in=devices, number__in=chosen)
                for device_id, number, digest in rows.values_list("device_id", "number", "digest"):
                    held.setdefault(device_id, {})[number] = bytes(digest)
                open_ones = Difference.objects.filter(device_id__in=devices, number__in=chosen, answer=Answer.OPEN)
                for device_id, number in open_ones.values_list("device_id", "number"):
                    asked.setdefault(device_id, set()).add(number)
        return cls(groups_at(device_ids, numbers), held, asked)


def _people_first(asker: Asker, rows: Mapping[int, Mark]) -> Task | None:
    """Those who lose something, where there are any."""
    numbers = [number for number in rows if number != TABLES][:DELETED_AT_ONCE]
    if not numbers:
        return None
    return Task(
        asker,
        marks={number: rows[number][0] for number in numbers},
        urgent=set(numbers),
        tried={number for number in numbers if rows[number][1]},
    )


def _first_reading(question: Question, row: ManagedDevice, now: datetime) -> Task | None:
    if question.withdrawals or (row.check_wanted is not None and row.check_wanted > now):
        return None
    return Task(question.asker, Step(check=True))


def _tables(asker: Asker, row: ManagedDevice, marks: dict[int, int]) -> Task:
    wanted = rights.tables_of(asker.device_id)
    digests = rights.digests_of(wanted)
    different = [name for name in rights.NAMES if row.tables_digest.get(name) != digests[name]]
    task = Task(asker, marks=marks, groups=rights.group_numbers(wanted))
    if different:
        task.step = Step(tables=rights.only(wanted, different))
        task.table_digests = {name: digests[name] for name in different}
    else:
        task.settled, task.again = [TABLES], True
    return task


def _waiting(device_ids: Collection[int], urgency: Urgency, now: datetime) -> dict[int, dict[int, Mark]]:
    """For each device who waits there."""
    found: dict[int, dict[int, Mark]] = {}
    for devices in parts(device_ids, AT_ONCE):
        rows = Waiting.objects.filter(device_id__in=devices, urgency=urgency, due__lte=now)
        values: Iterable[tuple[int, int, int, int]] = rows.order_by("device_id", "number").values_list(
            "device_id", "number", "stamp", "tries"
        )[: DELETED_AT_ONCE * max(1, len(devices))]
        for device_id, number, stamp, tries in values:
            found.setdefault(device_id, {})[number] = stamp, tries
    return found


def _of(marks: Marks, numbers: Iterable[int]) -> Marks:
    return {number: marks[number] for number in numbers if number in marks}


def _compares(row: ManagedDevice, *, withdrawals: bool) -> bool:
    return row.comparing == Comparing.ORDINARY and not withdrawals


def _at_once(profile: Profile) -> int:
    return WRITTEN_AT_ONCE if profile.form.users_per_enrolment > 1 else WRITTEN_SLOWLY

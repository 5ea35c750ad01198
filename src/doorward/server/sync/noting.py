"""What is noted before something goes to a device, and what came of it; all in the thread that writes.

Before a person is written to a device or deleted there, the row of what it holds is made empty: whatever happens from
then on, nobody believes to know what it holds before it is noted.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from doorward.gateway.roster import StepOutcome
from doorward.server.events.choices import Kind
from doorward.server.events.happenings import tell
from doorward.server.sync.choices import Comparing, DifferenceKind, Urgency
from doorward.server.sync.desired import stamps_of
from doorward.server.sync.marking import AT_ONCE, new_stamp, parts, try_to_intend
from doorward.server.sync.models import TABLES, Difference, Held, ManagedDevice, Waiting
from doorward.server.sync.planning import NO_ROOM, Task

logger = logging.getLogger(__name__)

REFUSED_AGAIN: Final = timedelta(minutes=10)
"""After so long a device is asked again for what it refused."""


def intend(tasks: Sequence[Task]) -> list[bool]:
    """Note what is about to go out.

    Returns:
        For each task whether it may go out; else it has to be planned anew.
    """
    if any(task.sends for task in tasks) and not try_to_intend():
        return [False] * len(tasks)
    now = timezone.now()
    fresh = stamps_of({number for task in tasks for number in task.stamps})
    # Data that changed since they were read: whoever changed them could not know that they go out here.
    allowed = [all(fresh.get(number, 0) == stamp for number, stamp in task.stamps.items()) for task in tasks]
    going = [task for task, ok in zip(tasks, allowed, strict=True) if ok]
    _forget([(task.asker.device_id, number) for task in going for number in task.step.delete])
    _hold(
        Held(device_id=task.asker.device_id, number=person.number, digest=b"")
        for task in going
        for person in task.step.enroll
    )
    _settle([(task, task.settled) for task in going])
    for task in going:
        _intend(task, now)
    return allowed


def _intend(task: Task, now: datetime) -> None:
    device_id, step = task.asker.device_id, task.step
    problems = {number: words for number, words in task.problems.items() if number not in task.dropped}
    _hinder(device_id, problems, task.marks, now)
    changed: dict[str, object] = {}
    if step.tables is not None or task.groups is not None:
        row = ManagedDevice.objects.get(pk=device_id)
        if step.tables is not None:
            changed["tables_digest"] = {
                name: digest for name, digest in row.tables_digest.items() if name not in task.table_digests
            }
        if task.groups is not None and task.groups != row.groups:
            # Who should be there, or with which groups, may be another than before.
            changed |= {"groups": task.groups, "comparing_stamp": new_stamp()}
            if row.comparing == Comparing.NOT:
                changed["comparing"] = Comparing.ORDINARY
    if changed:
        ManagedDevice.objects.filter(pk=device_id).update(**changed)
    if task.compared and task.comparison is not None:
        over = ManagedDevice.objects.filter(pk=device_id, comparing_stamp=task.comparison.stamp)
        if over.update(comparing=Comparing.NOT, done=0, total=0):
            tell(Kind.SYNC, {"what": "finished"}, device_id=device_id)


def _forget(pairs: Iterable[tuple[int, int]]) -> None:
    """What devices hold of people is not known any more."""
    for devices, numbers in _together(pairs):
        rows = Held.objects.filter(device_id__in=devices, number__in=numbers)
        rows.exclude(digest=b"").update(digest=b"")


def _hold(rows: Iterable[Held]) -> None:
    for part in parts(rows, AT_ONCE):
        Held.objects.bulk_create(
            part, update_conflicts=True, update_fields=["digest"], unique_fields=["device", "number"]
        )


def _settle(tasks: Iterable[tuple[Task, Iterable[int]]]) -> None:
    """Take back the marks of people who are as they should be, but for those made since: each has its own stamp."""
    marks = [(number, task.marks[number]) for task, numbers in tasks for number in numbers if number in task.marks]
    for part in parts(marks, AT_ONCE):
        numbers, stamps = {number for number, _ in part}, [stamp for _, stamp in part]
        Waiting.objects.filter(number__in=numbers, stamp__in=stamps).delete()


def _together(pairs: Iterable[tuple[int, int]]) -> Iterator[tuple[list[int], list[int]]]:
    """Pairs of device and person, as lists of devices that have the same people: mostly one person on many devices."""
    of_device: dict[int, list[int]] = {}
    for device_id, number in pairs:
        of_device.setdefault(device_id, []).append(number)
    devices_of: dict[tuple[int, ...], list[int]] = {}
    for device_id, numbers in of_device.items():
        devices_of.setdefault(tuple(sorted(numbers)), []).append(device_id)
    for people, devices in devices_of.items():
        for some in parts(devices, AT_ONCE):
            for part in parts(people, AT_ONCE):
                yield some, part


def _hinder(
    device_id: int,
    problems: Mapping[int, str],
    marks: Mapping[int, int],
    now: datetime,
    *,
    again: datetime | None = None,
) -> None:
    """Note why people are not at a device as they should be; a mark made since stays as it is."""
    for number, words in problems.items():
        values = {"problem": words, "due": again}
        if number in marks:
            rows = Waiting.objects.filter(device_id=device_id, number=number, stamp=marks[number])
            told = rows.exclude(problem=words).exists()
            rows.update(**values)
        else:
            _, told = Waiting.objects.get_or_create(
                device_id=device_id,
                number=number,
                defaults={**values, "urgency": Urgency.ORDINARY, "since": now, "stamp": new_stamp()},
            )
        if told:
            tell(Kind.SYNC, {"what": "problem", "person": number, "words": words}, device_id=device_id)


def note(done: Sequence[tuple[Task, StepOutcome]], progress: Mapping[int, tuple[int, int]]) -> None:
    """Note what came of steps.

    Args:
        done: The steps.
        progress: People who are done and all of them, for devices at which everybody is compared.
    """
    now = timezone.now()
    devices = [task.asker.device_id for task, _ in done]
    for some, numbers in _together((task.asker.device_id, number) for task, each in done for number in each.deleted):
        Held.objects.filter(device_id__in=some, number__in=numbers).delete()
    _hold(
        Held(device_id=task.asker.device_id, number=number, digest=task.digests[number])
        for task, outcome in done
        for number in sorted(outcome.enrolled)
    )
    _settle((task, (outcome.deleted - task.problems.keys()) | outcome.enrolled) for task, outcome in done)
    shown = set(Difference.objects.filter(device_id__in=devices).values_list("device_id", flat=True))
    words = dict(ManagedDevice.objects.filter(pk__in=devices).values_list("pk", "words"))
    for task, outcome in done:
        _note(task, outcome, now, shown=task.asker.device_id in shown)
        _note_break(task, outcome, words.get(task.asker.device_id, ""))
        brought = len(outcome.deleted | outcome.enrolled)
        if brought and task.comparison is None:
            # Whoever looks at a person or a device sees that nothing waits there any more.
            tell(Kind.SYNC, {"what": "brought", "count": brought}, device_id=task.asker.device_id)
    _fill_room(task.asker.device_id for task, outcome in done if outcome.deleted and task.comparison is None)
    for device_id, (count, total) in progress.items():
        if ManagedDevice.objects.filter(pk=device_id).update(done=count, total=total):
            tell(Kind.SYNC, {"what": "progress", "done": count, "total": total}, device_id=device_id)


def _fill_room(device_ids: Iterable[int]) -> None:
    """Somebody went, and may have made room for one for whom there was none."""
    for part in parts(set(device_ids), AT_ONCE):
        crowded = Waiting.objects.filter(device_id__in=part, due__isnull=True, problem__startswith=NO_ROOM)
        for device_id in set(crowded.values_list("device_id", flat=True)):
            rows = ManagedDevice.objects.filter(pk=device_id, managed=True)
            rows.update(comparing_stamp=new_stamp())
            rows.filter(comparing=Comparing.NOT).update(comparing=Comparing.ORDINARY)


def _note(task: Task, outcome: StepOutcome, now: datetime, *, shown: bool) -> None:
    device_id = task.asker.device_id
    gone = outcome.deleted
    for part in parts(gone | outcome.enrolled if shown else (), AT_ONCE):
        Difference.objects.filter(device_id=device_id, number__in=part).delete()
    _hinder(device_id, {number: task.problems[number] for number in gone & task.dropped}, task.marks, now)
    if outcome.refused:
        title = "The device refused it: "
        refused = {number: title + words for number, words in outcome.refused.items()}
        _hinder(device_id, refused, task.marks, now, again=now + REFUSED_AGAIN)
        rows = Waiting.objects.filter(device_id=device_id)
        rows.filter(number__in=list(outcome.refused)).update(tries=1)
        # It still holds what was to be taken away, so it is deleted there at once.
        kept = [number for number in outcome.refused if number in task.urgent and number in task.digests]
        rows.filter(number__in=kept, urgency=Urgency.WITHDRAWAL).update(due=now)
    _note_tables(task, outcome, now)


def _note_tables(task: Task, outcome: StepOutcome, now: datetime) -> None:
    device_id = task.asker.device_id
    if outcome.tables_written:
        row = ManagedDevice.objects.get(pk=device_id)
        row.tables_digest = {**row.tables_digest, **task.table_digests}
        row.save(update_fields=["tables_digest"])
        _settle([(task, [TABLES])])
        Difference.objects.filter(device_id=device_id, number=TABLES, kind=DifferenceKind.TABLES).delete()
    elif outcome.tables_refused:
        words = f"The device refused its schedules, holidays or access groups: {outcome.tables_refused}"
        _hinder(device_id, {TABLES: words}, task.marks, now, again=now + REFUSED_AGAIN)


def _note_break(task: Task, outcome: StepOutcome, known: str) -> None:
    if outcome.broken != known:
        ManagedDevice.objects.filter(pk=task.asker.device_id).update(words=outcome.broken)

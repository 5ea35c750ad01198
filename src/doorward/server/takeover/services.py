"""What is done with takeovers from requests: begin, decide, compare anew, apply, drop."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from doorward.model.errors import InvalidInput
from doorward.model.found import BIOSTAR1
from doorward.server.audit.services import Thing, record
from doorward.server.devices.choices import Approval
from doorward.server.devices.models import Device
from doorward.server.errors import NotThere
from doorward.server.jobs import services as jobs
from doorward.server.jobs.choices import State as JobState
from doorward.server.takeover.choices import TakeoverState
from doorward.server.takeover.job import APPLY, READ, TakeoverRefused
from doorward.server.takeover.models import ReadDevice, ReadPerson, Takeover, TakeoverConflict

if TYPE_CHECKING:
    from doorward.server.operators.models import Operator

KEPT: Final = timedelta(days=1)
"""How long what was read of devices is kept before it is applied."""

MOST_DEVICES: Final = 500
_BROKEN: Final = (JobState.FAILED, JobState.STOPPED)
_BEFORE: Final = {
    TakeoverState.READING.value: TakeoverState.FAILED.value,
    TakeoverState.APPLYING.value: TakeoverState.COMPARED.value,
}


class UnknownTakeover(NotThere):
    """There is no such takeover, or it is somebody else's."""

    def __init__(self, number: int) -> None:
        super().__init__("takeover", number, "the number of a takeover of yours; GET /api/v1/takeovers lists them")


def takeovers_of(operator: Operator) -> QuerySet[Takeover]:
    """The takeovers of somebody."""
    return Takeover.objects.filter(operator=operator, expires__gt=timezone.now()).select_related("job", "job__operator")


def one_takeover(number: int, operator: Operator) -> Takeover:
    """A takeover of somebody.

    Raises:
        UnknownTakeover: There is none.
    """
    found = takeovers_of(operator).filter(pk=number).first()
    if found is None:
        raise UnknownTakeover(number)
    return found


def standing(item: Takeover) -> str:
    """How far it has come, also where the job that was to go on with it ended without a word."""
    if item.state in _BEFORE and (item.job is None or item.job.state in _BROKEN):
        return _BEFORE[item.state]
    return item.state


def begin(operator: Operator, devices: Sequence[Device]) -> Takeover:
    """Begin to read devices; whoever calls this has checked that the operator may. Nothing is changed anywhere.

    Raises:
        InvalidInput: There is none, too many, or one that cannot be read.
        JobRefused: Too many jobs are open.
    """
    if not 1 <= len(devices) <= MOST_DEVICES:
        raise InvalidInput("devices", len(devices), f"1 to {MOST_DEVICES} devices")
    for device in devices:
        if device.approval != Approval.APPROVED or device.generation != BIOSTAR1:
            raise InvalidInput("devices", device.pk, "BioStar 1 devices that were let in")
    now = timezone.now()
    with transaction.atomic():
        item = Takeover.objects.create(operator=operator, created=now, expires=now + KEPT)
        ReadDevice.objects.bulk_create(ReadDevice(of=item, device=device) for device in devices)
        _start(item, READ, {"devices": sorted(device.pk for device in devices)})
    return item


def compare(item: Takeover, *, read: bool) -> None:
    """Compare once more, with the devices read anew or as they were read.

    Raises:
        TakeoverRefused: It is at work, or was applied.
    """
    if standing(item) not in (TakeoverState.COMPARED, TakeoverState.FAILED):
        raise TakeoverRefused("This takeover is at work, or over.", advice="Look at how far it has come.")
    read_before = item.compared is not None and standing(item) == TakeoverState.COMPARED
    with transaction.atomic():
        Takeover.objects.filter(pk=item.pk).update(state=TakeoverState.READING, words="")
        _start(item, READ, {}, compare_only=read_before and not read)


def decide(item: Takeover, choices: Iterable[tuple[int, str]], everything: str = "") -> int:
    """Answer questions.

    Args:
        item: The takeover.
        choices: Numbers of conflicts, each with its choice.
        everything: The choice for all others that have it and are not answered; empty for none.

    Returns:
        How many questions are still open.

    Raises:
        TakeoverRefused: It is not compared, or over.
        InvalidInput: There is no such question, or no such choice.
    """
    if standing(item) != TakeoverState.COMPARED:
        raise TakeoverRefused("There is nothing to decide on now.", advice="Look at how far it has come.")
    with transaction.atomic():
        rows = {row.pk: row for row in TakeoverConflict.objects.filter(of=item)}
        for number, choice in choices:
            row = rows.get(number)
            if row is None:
                raise InvalidInput("conflict", number, "the number of a conflict of this takeover")
            row.choice = _choice(row, choice) or _refuse(row, choice)
            row.save(update_fields=["choice"])
        if everything:
            for row in rows.values():
                if not row.choice and (found := _choice(row, everything)):
                    row.choice = found
                    row.save(update_fields=["choice"])
    return sum(not row.choice for row in rows.values())


def _choice(row: TakeoverConflict, wanted: str) -> str:
    """The choice of the option that somebody stands for; empty where there is none."""
    for option in row.options:
        sources = {option["choice"], *map(str, option["devices"])} | ({"ours"} if option["ours"] else set())
        if wanted in sources:
            return str(option["choice"])
    return ""


def _refuse(row: TakeoverConflict, choice: str) -> str:
    raise InvalidInput("choice", choice, ", ".join(str(option["choice"]) for option in row.options))


def apply(item: Takeover, plan: str) -> None:
    """Bring it into the data; whoever asks has seen it.

    Raises:
        TakeoverRefused: It is not compared, a question is open, or it was compared anew since.
        JobRefused: Too many jobs are open.
    """
    if standing(item) != TakeoverState.COMPARED:
        raise TakeoverRefused("Only what was read and compared can be applied.", advice="Look at how far it has come.")
    if plan != item.plan:
        raise TakeoverRefused("It was compared anew since you looked at it.", advice="Look at it once more.")
    still = TakeoverConflict.objects.filter(of=item, choice="").count()
    if still:
        raise TakeoverRefused(f"{still} questions are not answered.", advice="Answer them, then agree.")
    with transaction.atomic():
        Takeover.objects.filter(pk=item.pk).update(state=TakeoverState.APPLYING, words="")
        _start(item, APPLY, {})


def _start(item: Takeover, kind: str, asked: dict[str, Any], **arguments: Any) -> None:
    job = jobs.start(kind, {"takeover": item.pk, **arguments}, item.operator, asked=asked)
    Takeover.objects.filter(pk=item.pk).update(job=job)
    item.refresh_from_db()


def drop(item: Takeover) -> None:
    """Forget a takeover and all that was read; what was applied stays.

    Raises:
        TakeoverRefused: It is at work.
    """
    if standing(item) in _BEFORE:
        raise TakeoverRefused("This takeover is at work.", advice="Stop its job first, or wait until it is done.")
    record("takeover.drop", Thing("takeover", str(item.pk)))
    item.delete()


def forget_expired() -> int:
    """Forget what was read and not applied in time; gives how many takeovers."""
    return Takeover.objects.filter(expires__lt=timezone.now()).exclude(state__in=_BEFORE).delete()[0]


def forget_person(number: int) -> None:
    """Forget what was read of somebody who is erased, within the transaction."""
    ReadPerson.objects.filter(number=number).delete()
    TakeoverConflict.objects.filter(number=number).delete()

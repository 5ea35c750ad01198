"""What operators do about people on devices: switch a device on and off, have it read, answer what differs."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from doorward.device.biostar1.driver import BioStar1Device
from doorward.model import people as model
from doorward.model.errors import DoorwardError, InvalidInput
from doorward.server.audit.services import Thing, record
from doorward.server.devices.choices import Approval
from doorward.server.devices.commands import command_desk
from doorward.server.devices.models import Device
from doorward.server.errors import NotThere
from doorward.server.events.choices import Kind
from doorward.server.events.happenings import tell
from doorward.server.operators.access import Access
from doorward.server.operators.actor import current_actor
from doorward.server.sync.choices import Answer, Comparing, DifferenceKind, HandEdits, Urgency
from doorward.server.sync.hints import announce
from doorward.server.sync.marking import new_stamp
from doorward.server.sync.models import TABLES, Difference, Held, ManagedDevice, Waiting

READ_WITHIN: Final = 30.0
"""Seconds in which a device gives a person."""

BIOSTAR1: Final = "biostar1"


class UnknownDifference(NotThere):
    """There is no difference with this number."""

    def __init__(self, number: int) -> None:
        super().__init__("difference", number, "the number of a difference; GET /api/v1/sync/differences shows them")


class NotManaged(DoorwardError):
    """The people on a device do not come from here."""

    default_advice = "Switch it on first."


class Reply(enum.Enum):
    """What an operator says to a difference; the names are those of the API and of the audit log."""

    KEEP = "keep"
    TAKE_OVER = "take-over"
    OVERWRITE = "overwrite"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a device stands with its people.

    Attributes:
        device: The device.
        managed: Whether its people and rights come from here.
        since: Since when.
        by: Who switched it on.
        hand_edits: What happens to changes at its own menu.
        held: People whom it is known to hold.
        waiting: People who wait to be sent or deleted, the tables too.
        withdrawals: Those of them who lose something.
        problems: People who cannot be there as they should.
        differences: Differences without an answer.
        done: People who are done, of those of the work under way.
        total: People of the work under way; 0 when none is.
        comparing: Whether everybody is being compared with the data, or will be.
        checked_at: When it was last read.
        check_wanted: Since when it is to be read; None when it is not.
        words: What hinders it; empty when nothing does.
    """

    device: Device
    managed: bool
    since: datetime | None
    by: str
    hand_edits: HandEdits
    held: int
    waiting: int
    withdrawals: int
    problems: int
    differences: int
    done: int
    total: int
    comparing: bool
    checked_at: datetime | None
    check_wanted: datetime | None
    words: str

    @property
    def in_step(self) -> bool:
        """Whether the device holds what it should, as far as is known."""
        idle = not (self.waiting or self.comparing or self.check_wanted)
        return self.managed and idle and not (self.problems or self.differences)


def standings(access: Access, *, managed: bool | None = None) -> QuerySet[Device]:
    """The devices of which somebody may see this, with what ``standing_of`` needs."""
    devices = access.among("sync.view", Device.objects.all()).filter(approval=Approval.APPROVED.value)
    if managed is not None:
        devices = devices.filter(managing__managed=True) if managed else devices.exclude(managing__managed=True)
    return counted(devices)


def counted(devices: QuerySet[Device]) -> QuerySet[Device]:
    """Devices with their numbers of people held, waiting, and so on."""
    return devices.select_related("managing", "group", "status").annotate(
        held_count=_count(Held.objects.all()),
        waiting_count=_count(Waiting.objects.filter(due__isnull=False)),
        withdrawal_count=_count(Waiting.objects.filter(due__isnull=False, urgency=Urgency.WITHDRAWAL)),
        problem_count=_count(Waiting.objects.exclude(problem="")),
        difference_count=_count(Difference.objects.filter(answer=Answer.OPEN)),
    )


def _count(rows: QuerySet[Held] | QuerySet[Waiting] | QuerySet[Difference]) -> Coalesce:
    of_device = rows.filter(device_id=OuterRef("pk")).order_by().values("device_id")
    return Coalesce(Subquery(of_device.annotate(count=Count("pk")).values("count")), 0)


def standing_of(device: Device) -> Standing:
    """How a device of ``counted`` stands."""
    row = getattr(device, "managing", None) or ManagedDevice(device=device)
    number: Callable[[str], int] = lambda name: int(getattr(device, name))  # noqa: E731 - annotations have no types
    return Standing(
        device=device,
        managed=row.managed,
        since=row.since,
        by=row.by,
        hand_edits=HandEdits(row.hand_edits),
        held=number("held_count"),
        waiting=number("waiting_count"),
        withdrawals=number("withdrawal_count"),
        problems=number("problem_count"),
        differences=number("difference_count"),
        done=row.done,
        total=row.total,
        comparing=row.comparing != Comparing.NOT,
        checked_at=row.checked_at,
        check_wanted=row.check_wanted,
        words=row.words,
    )


def standing(device: Device) -> Standing:
    """How one device stands."""
    return standing_of(counted(Device.objects.filter(pk=device.pk)).get())


# --- Switching on and off ---------------------------------------------------------------------------------------------


def require_bringable(device: Device) -> None:
    """Make sure that people can be brought to a device.

    Raises:
        InvalidInput: It is not let in, or of a generation whose people cannot be brought to it.
    """
    if device.approval != Approval.APPROVED:
        raise InvalidInput("device", device.pk, "a device that was let in")
    if device.generation != BIOSTAR1:
        raise InvalidInput("device", device.pk, "a BioStar 1 device: people are not brought to others yet")


def switch_on(device: Device, *, hand_edits: HandEdits = HandEdits.ASK) -> None:
    """Let people and rights of a device come from here, from now on.

    It is read first. Who is on it just as the data say stays; who should be there otherwise is written anew. Of others
    an operator is asked, or they are deleted, as ``hand_edits`` says. Its tables are replaced; where a door of it would
    follow another schedule by that, it is switched off again when it was read, and nothing on it is touched.

    Raises:
        InvalidInput: It is not let in, or of a generation whose people cannot be brought to it.
    """
    require_bringable(device)
    with transaction.atomic():
        before = ManagedDevice.objects.select_for_update().filter(pk=device.pk).first()
        if before is not None and before.managed:
            return
        now = timezone.now()
        _forget(device.pk)
        ManagedDevice.objects.update_or_create(
            device=device,
            defaults={
                "managed": True,
                "since": now,
                "by": current_actor().name,
                "hand_edits": hand_edits,
                "check_wanted": now,
                "checked_at": None,
                "comparing": Comparing.NOT,
                "comparing_stamp": new_stamp(),
                "tables_digest": {},
                "groups": [],
                "done": 0,
                "total": 0,
                "words": "",
            },
        )
        record("sync.switch-on", Thing.of(device), after={"hand_edits": hand_edits.value})
        tell(Kind.SYNC, {"what": "switched on", "by": current_actor().name}, device_id=device.pk)
        announce()


def switch_off(device: Device, *, words: str = "") -> None:
    """Leave people and rights of a device alone from now on; what is on it stays there.

    Args:
        device: The device.
        words: Why, where nobody asked for it.
    """
    with transaction.atomic():
        if not ManagedDevice.objects.filter(pk=device.pk, managed=True).update(managed=False, words=words):
            return
        _forget(device.pk)
        record("sync.switch-off", Thing.of(device), words=words)
        tell(Kind.SYNC, {"what": "switched off", "by": current_actor().name, "words": words}, device_id=device.pk)


def set_hand_edits(device: Device, hand_edits: HandEdits) -> None:
    """Say what happens to changes at a device's own menu; what is asked already stays asked.

    Raises:
        NotManaged: Its people do not come from here.
    """
    with transaction.atomic():
        row = _managed(device)
        if row.hand_edits != hand_edits:
            record(
                "sync.hand-edits",
                Thing.of(device),
                before={"hand_edits": row.hand_edits},
                after={"hand_edits": hand_edits.value},
            )
            ManagedDevice.objects.filter(pk=device.pk).update(hand_edits=hand_edits)


def check_now(device: Device) -> None:
    """Have a device read and compared, as soon as it is connected.

    Raises:
        NotManaged: Its people do not come from here.
    """
    with transaction.atomic():
        _managed(device)
        ManagedDevice.objects.filter(pk=device.pk).update(check_wanted=timezone.now())
        # What the device refused, and who did not fit, is tried again too.
        Waiting.objects.filter(device_id=device.pk).exclude(problem="").update(due=timezone.now(), tries=0)
        record("sync.check", Thing.of(device))
        announce()


def _managed(device: Device) -> ManagedDevice:
    row = ManagedDevice.objects.select_for_update().filter(pk=device.pk, managed=True).first()
    if row is None:
        raise NotManaged(f"The people on device {device.pk} do not come from here.")
    return row


def _forget(device_id: int) -> None:
    for table in (Waiting, Held, Difference):
        table.objects.filter(device_id=device_id).delete()


# --- Differences ------------------------------------------------------------------------------------------------------

TakeOver = Callable[[Device, model.Person], None]
"""Brings a person of a device into the data, within the transaction at hand, and marks what follows from it."""

_take_over: TakeOver | None = None


def set_take_over(function: TakeOver | None) -> None:
    """Name what brings a person of a device into the data."""
    global _take_over  # noqa: PLW0603 - one program has one
    _take_over = function


def differences(access: Access, *, device_id: int | None = None, answer: Answer | None = None) -> QuerySet[Difference]:
    """The differences that somebody may see."""
    rows = access.among("sync.view", Difference.objects.select_related("device", "device__group"), "device__group")
    if device_id is not None:
        rows = rows.filter(device_id=device_id)
    return rows if answer is None else rows.filter(answer=answer)


def problems(access: Access, *, device_id: int | None = None) -> QuerySet[Waiting]:
    """The people who cannot be on a device as they should, as far as somebody may see them."""
    rows = access.among("sync.view", Waiting.objects.select_related("device", "device__group"), "device__group")
    rows = rows.exclude(problem="")
    return rows if device_id is None else rows.filter(device_id=device_id)


def one_difference(number: int) -> Difference:
    """A difference.

    Raises:
        UnknownDifference: There is none.
    """
    found = Difference.objects.select_related("device", "device__group").filter(pk=number).first()
    if found is None:
        raise UnknownDifference(number)
    return found


def answer(difference: Difference, reply: Reply) -> None:
    """Answer a difference.

    To keep it leaves the device as it is until the person's data change. To take it over brings what the device holds
    into the data. To overwrite it brings what the data say to the device.

    Raises:
        InvalidInput: What a device lacks, and its tables, cannot be taken over.
        NotReached: To take over, the device has to be connected.
        DoorwardError: It did not give the person, or what it gave cannot be taken into the data.
    """
    person = None
    if reply is Reply.TAKE_OVER:
        person = _read(difference)
    with transaction.atomic():
        row = Difference.objects.select_for_update().filter(pk=difference.pk).first()
        if row is None:
            raise UnknownDifference(difference.pk)
        record(
            f"sync.{reply.value}",
            Thing.of(row.device),
            after={"person": row.number, "difference": row.kind},
            words=row.words,
        )
        if reply is Reply.KEEP:
            row.answer, row.answered_by, row.answered_at = Answer.KEPT, current_actor().name, timezone.now()
            row.save(update_fields=["answer", "answered_by", "answered_at"])
            Waiting.objects.filter(device_id=row.device_id, number=row.number, urgency=Urgency.ORDINARY).delete()
        else:
            row.delete()
            _doubt(row)
            if person is not None:
                assert _take_over is not None
                _take_over(row.device, person)
        tell(
            Kind.SYNC,
            {"what": "answered", "person": row.number, "answer": reply.value, "by": current_actor().name},
            device_id=row.device_id,
        )
        announce()


def answer_all(device: Device, reply: Reply) -> int:
    """Answer all open differences of a device alike; gives how many there were.

    Raises:
        InvalidInput: People are taken over one by one.
    """
    if reply is Reply.TAKE_OVER:
        raise InvalidInput("answer", reply.value, f"{Reply.KEEP.value} or {Reply.OVERWRITE.value}")
    with transaction.atomic():
        rows = list(Difference.objects.filter(device=device, answer=Answer.OPEN))
        for row in rows:
            answer(row, reply)
    return len(rows)


def _doubt(row: Difference) -> None:
    """Nothing is believed of what the device holds of it any more, so it is written anew or deleted."""
    if row.number == TABLES:
        ManagedDevice.objects.filter(pk=row.device_id).update(tables_digest={})
    elif row.kind == DifferenceKind.MISSING:
        Held.objects.filter(device_id=row.device_id, number=row.number).delete()
    else:
        Held.objects.update_or_create(device_id=row.device_id, number=row.number, defaults={"digest": b""})
    now = timezone.now()
    # A stranger on the device may come in, and its tables say who may: that goes first.
    urgent = row.number == TABLES or row.kind == DifferenceKind.UNKNOWN
    Waiting.objects.update_or_create(
        device_id=row.device_id,
        number=row.number,
        defaults={
            "urgency": Urgency.WITHDRAWAL if urgent else Urgency.ORDINARY,
            "due": now,
            "stamp": new_stamp(),
            "problem": "",
            "tries": 0,
        },
        create_defaults={
            "urgency": Urgency.WITHDRAWAL if urgent else Urgency.ORDINARY,
            "since": now,
            "due": now,
            "stamp": new_stamp(),
        },
    )


def _read(difference: Difference) -> model.Person:
    if difference.number == TABLES or difference.kind == DifferenceKind.MISSING:
        raise InvalidInput(
            "answer",
            Reply.TAKE_OVER.value,
            f"{Reply.KEEP.value} or {Reply.OVERWRITE.value}: nobody is there to take over",
        )
    if _take_over is None:
        raise DoorwardError("This server cannot take people over from devices.")
    number = difference.number

    async def read(driver: BioStar1Device) -> model.Person:
        return await driver.people.get(number)

    return command_desk().work(difference.device_id, read, seconds=READ_WITHIN)

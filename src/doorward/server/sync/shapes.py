"""What the API shows of people on devices, and takes in."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from ninja import Field, Schema

from doorward.server.devices.models import Device
from doorward.server.operators.access import Access
from doorward.server.people.names import VIEW, person_names
from doorward.server.sync.choices import Answer, DifferenceKind, Fate, HandEdits
from doorward.server.sync.content import Content
from doorward.server.sync.models import TABLES, Difference, Waiting
from doorward.server.sync.services import Reply, Standing

SHOWN_OF_CONTENT: Final = 20


class SyncOut(Schema):
    """How a device stands with its people and rights."""

    device: int
    device_name: str
    group: str | None
    model: str
    state: str = Field(description="Of its connection; empty before the first one.")
    managed: bool = Field(description="Whether its people and rights come from here; else they are left alone.")
    in_step: bool = Field(description="Whether it holds what it should, as far as is known.")
    since: datetime | None = Field(description="Since when it is switched on.")
    by: str = Field(description="Who switched it on.")
    hand_edits: HandEdits = Field(description="What happens to changes at its own menu.")
    held: int = Field(description="People whom it is known to hold.")
    waiting: int = Field(description="People who wait to be sent or deleted; its tables count as one.")
    withdrawals: int = Field(description="Those of them who lose something; they go first.")
    problems: int = Field(description="People who cannot be there as they should.")
    differences: int = Field(description="Differences without an answer.")
    done: int = Field(description="People who are done, of 'total'.")
    total: int = Field(description="People of the comparison under way; 0 when none is.")
    comparing: bool = Field(description="Whether everybody is compared with the data, or will be.")
    checked_at: datetime | None = Field(description="When it was last read.")
    check_wanted: datetime | None = Field(description="Since when it is to be read; null when it is not.")
    words: str = Field(description="What hinders it; empty when nothing does.")


class SyncList(Schema):
    """A page of devices."""

    items: list[SyncOut]
    next: int | None = Field(description="Give it as 'after' for the next page; null on the last one.")


class SwitchOn(Schema):
    """How a device is switched on."""

    hand_edits: HandEdits = Field(
        HandEdits.ASK, description="Whether an operator is asked of strangers on it and of changes at its menu."
    )


class SyncChange(Schema):
    """What is changed."""

    hand_edits: HandEdits


class DifferenceOut(Schema):
    """Something that a device holds otherwise than it was given."""

    id: int
    device: int
    device_name: str
    person: int | None = Field(description="Number of the person; null where it is about the tables.")
    kind: DifferenceKind
    found_at: datetime
    words: str
    answer: Answer
    answered_by: str
    answered_at: datetime | None


class DifferenceList(Schema):
    """A page of differences."""

    items: list[DifferenceOut]
    next: int | None = Field(description="Give it as 'after' for the next page; null on the last one.")


class ReplyIn(Schema):
    """What is to become of a difference."""

    answer: Reply = Field(
        description="'keep': the device stays as it is until the person's data change; 'take-over': what the device "
        "holds goes into the data; 'overwrite': what the data say goes to the device."
    )


class AnsweredOut(Schema):
    """How many were answered."""

    answered: int


class ProblemOut(Schema):
    """A person who cannot be on a device as the person should."""

    id: int
    device: int
    device_name: str
    person: int | None = Field(description="Number of the person; null where it is about the tables.")
    since: datetime
    words: str
    next_try: datetime | None = Field(description="When it is tried again; null: not before the data change.")


class ProblemList(Schema):
    """A page of problems."""

    items: list[ProblemOut]
    next: int | None = Field(description="Give it as 'after' for the next page; null on the last one.")


class OnDeviceOut(Schema):
    """Somebody who is on a device and has no place there by the data."""

    number: int
    name: str = Field(description="As the device has it, or as it is here; empty for callers who may not see people.")
    fate: Fate = Field(
        description="'unknown': not known here; 'no-right': known here, without a right at this device. Of both an "
        "operator is asked, or they are deleted, as 'hand_edits' says. 'no-place': does not fit on the model, and is "
        "deleted."
    )


class TableOnDeviceOut(Schema):
    """A table of a device."""

    name: str = Field(description="'holidays', 'schedules' or 'access_groups'.")
    there: int = Field(description="How many items the device has in it.")
    here: int = Field(description="How many it would have.")
    replaced: bool


class ContentOut(Schema):
    """What is on a device now, and what would become of it once its people come from here."""

    device: int
    people: int
    capacity: int = Field(description="How many people its model holds.")
    stay: int = Field(description="People who are there just as the data say.")
    change: int = Field(description="People who would be written anew.")
    come: int = Field(description="People who would be added.")
    unknown: int = Field(description="People who are not known here: take the device over first to keep them.")
    no_right: int = Field(description="People who are known here and have no right at this device.")
    no_place: int = Field(description="People who do not fit on its model; they would be deleted.")
    leave: list[OnDeviceOut] = Field(description=f"The first {SHOWN_OF_CONTENT} of the last three kinds.")
    tables: list[TableOnDeviceOut]
    doors: list[str] = Field(
        description="Doors that would follow another schedule; as long as there is one it is not switched on for good."
    )


def shown(standing: Standing) -> SyncOut:
    """How a device stands, as the API shows it."""
    device = standing.device
    status = getattr(device, "status", None)
    return SyncOut(
        device=device.pk,
        device_name=str(device),
        group=device.group.name if device.group else None,
        model=device.model,
        state=status.state if status is not None else "",
        managed=standing.managed,
        in_step=standing.in_step,
        since=standing.since,
        by=standing.by,
        hand_edits=standing.hand_edits,
        held=standing.held,
        waiting=standing.waiting,
        withdrawals=standing.withdrawals,
        problems=standing.problems,
        differences=standing.differences,
        done=standing.done,
        total=standing.total,
        comparing=standing.comparing,
        checked_at=standing.checked_at,
        check_wanted=standing.check_wanted,
        words=standing.words,
    )


def shown_difference(row: Difference) -> DifferenceOut:
    """A difference as the API shows it."""
    return DifferenceOut(
        id=row.pk,
        device=row.device_id,
        device_name=str(row.device),
        person=None if row.number == TABLES else row.number,
        kind=DifferenceKind(row.kind),
        found_at=row.found_at,
        words=row.words,
        answer=Answer(row.answer),
        answered_by=row.answered_by,
        answered_at=row.answered_at,
    )


def shown_problem(row: Waiting) -> ProblemOut:
    """A problem as the API shows it."""
    return ProblemOut(
        id=row.pk,
        device=row.device_id,
        device_name=str(row.device),
        person=None if row.number == TABLES else row.number,
        since=row.since,
        words=row.problem,
        next_try=row.due,
    )


def shown_content(device: Device, content: Content, access: Access) -> ContentOut:
    """What is on a device, as the API shows it to somebody."""
    leave = content.leave[:SHOWN_OF_CONTENT]
    names = person_names([one.number for one in leave], access)
    may_see = access.may(VIEW)
    return ContentOut(
        device=device.pk,
        people=content.people,
        capacity=content.capacity,
        stay=content.stay,
        change=content.change,
        come=content.come,
        unknown=content.count(Fate.UNKNOWN),
        no_right=content.count(Fate.NO_RIGHT),
        no_place=content.count(Fate.NO_PLACE),
        leave=[
            OnDeviceOut(
                number=one.number,
                name=names.get(one.number, "") or (one.name if may_see else ""),
                fate=one.fate,
            )
            for one in leave
        ],
        tables=[
            TableOnDeviceOut(name=one.name, there=one.there, here=one.here, replaced=one.replaced)
            for one in content.tables
        ],
        doors=content.doors,
    )

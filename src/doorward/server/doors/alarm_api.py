"""``/api/v1/alarms``: list, show, acknowledge."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema
from ninja.errors import HttpError

from doorward.model.errors import InvalidInput
from doorward.server.audit.choices import Outcome
from doorward.server.audit.services import Thing, record
from doorward.server.cursors import PageQuery, newest_first
from doorward.server.devices.shapes import Number, Text
from doorward.server.doors import services as doors
from doorward.server.doors.alarms import UnknownAlarm, about_door, doors_of, visible_alarms
from doorward.server.doors.models import Door
from doorward.server.events.choices import AlarmSource, AlarmState
from doorward.server.events.models import Alarm
from doorward.server.events.services import acknowledge
from doorward.server.operators.callers import CallerAuth, caller_of, refusal, require

router = Router(auth=CallerAuth())


class AlarmOut(Schema):
    """An alarm as the API shows it."""

    id: int
    source: AlarmSource = Field(description="'event': a device told it; 'server': the server found out.")
    kind: str = Field(description="A stable name for programs.")
    words: str
    device: int | None
    device_name: str
    door: int | None = Field(description="The door that it is about; null where it is about none.")
    door_name: str
    event: int | None = Field(description="Position of the event that raised it.")
    raised: datetime
    cleared: datetime | None = Field(description="When the trouble was over, where the server could tell.")
    state: AlarmState
    acknowledged_at: datetime | None
    acknowledged_by: str
    note: str


class AlarmList(Schema):
    """A page of alarms."""

    items: list[AlarmOut]
    next: int | None = Field(description="Give it as 'after' for the next page; null on the last one.")


class AlarmFilter(PageQuery):
    """Which alarms are listed."""

    state: AlarmState | None = None
    kind: Text | None = Field(None, description="Stable name of the kind, such as door-forced-open-0.")
    source: AlarmSource | None = None
    device: Number | None = None
    door: Number | None = None
    standing: bool | None = Field(None, description="Only those whose trouble is not known to be over, or is.")
    since: datetime | None = Field(None, description="Raised at this moment or later.")
    until: datetime | None = Field(None, description="Raised before this moment.")


class Note(Schema):
    """What somebody found."""

    note: Text = ""


def shown(alarm: Alarm, door: Door | None) -> AlarmOut:
    """An alarm as the API shows it."""
    return AlarmOut(
        id=alarm.pk,
        source=AlarmSource(alarm.source),
        kind=alarm.kind,
        words=alarm.words,
        device=alarm.device_id,
        device_name=str(alarm.device) if alarm.device else "",
        door=door.pk if door else None,
        door_name=door.title if door else "",
        event=alarm.event,
        raised=alarm.raised,
        cleared=alarm.cleared,
        state=AlarmState(alarm.state),
        acknowledged_at=alarm.acknowledged_at,
        acknowledged_by=alarm.acknowledged_by,
        note=alarm.note,
    )


@router.get("", response=AlarmList, summary="List alarms")
def list_alarms(request: HttpRequest, filters: Query[AlarmFilter]) -> AlarmList:
    """Alarms, the newest first."""
    access = require(request, "alarms.view").access
    found = visible_alarms(access)
    for name in ("state", "kind", "source", "device"):
        value = getattr(filters, name)
        if value is not None:
            found = found.filter(**{name: value})
    if filters.door is not None:
        door = doors.visible_doors(access, "alarms.view").filter(pk=filters.door).first()
        if door is None:
            raise InvalidInput("door", filters.door, "the number of a door")
        found = found.filter(about_door(door))
    if filters.standing is not None:
        found = found.filter(cleared__isnull=filters.standing)
    if filters.since is not None:
        found = found.filter(raised__gte=filters.since)
    if filters.until is not None:
        found = found.filter(raised__lt=filters.until)
    rows, following = newest_first(found, filters)
    about = doors_of(rows)
    return AlarmList(items=[shown(alarm, about.get(alarm.pk)) for alarm in rows], next=following)


@router.get("/{int:alarm_id}", response=AlarmOut, summary="Show an alarm")
def show_alarm(request: HttpRequest, alarm_id: int) -> AlarmOut:
    """One alarm."""
    alarm = _visible(request, alarm_id)
    return shown(alarm, doors_of([alarm]).get(alarm.pk))


@router.post("/{int:alarm_id}/acknowledge", response=AlarmOut, summary="Acknowledge an alarm")
def acknowledge_alarm(request: HttpRequest, alarm_id: int, body: Note | None = None) -> AlarmOut:
    """Note that somebody sees to an alarm, and what he found; doing so again only adds a note."""
    alarm = _visible(request, alarm_id)
    caller = caller_of(request)
    group = alarm.device.group_id if alarm.device else None
    if not caller.access.may_in("alarms.acknowledge", group):
        words = refusal("alarms.acknowledge", caller)
        record("refused alarms.acknowledge", Thing.of(alarm), outcome=Outcome.REFUSED, words=words)
        raise HttpError(403, words)
    alarm = acknowledge(alarm_id, by=caller.name, note=body.note if body else "")
    return shown(alarm, doors_of([alarm]).get(alarm.pk))


def _visible(request: HttpRequest, alarm_id: int) -> Alarm:
    alarm = visible_alarms(require(request, "alarms.view").access).filter(pk=alarm_id).first()
    if alarm is None:
        raise UnknownAlarm(alarm_id)
    return alarm

"""The alarms of doors: which door an alarm is about."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from django.db.models import Q, QuerySet

from doorward.server.doors.facts import FORCED_OPEN, HELD_OPEN
from doorward.server.doors.models import Door
from doorward.server.errors import NotThere
from doorward.server.events.models import Alarm
from doorward.server.operators.access import Access

_DOOR_OF_KIND: Final = re.compile(r"door-(?:forced|held)-open-(\d)\Z")


class UnknownAlarm(NotThere):
    """There is no alarm with this number."""

    def __init__(self, alarm_id: int) -> None:
        super().__init__("alarm", alarm_id, "the number of an alarm; GET /api/v1/alarms shows them")


def visible_alarms(access: Access, right: str = "alarms.view") -> QuerySet[Alarm]:
    """The alarms for which somebody has a right; those of the server itself belong to no group."""
    return access.among(right, Alarm.objects.select_related("device", "device__group"), "device__group")


def door_number(kind: str) -> int | None:
    """Number of the door that alarms of a kind are about; None where they are about none."""
    found = _DOOR_OF_KIND.match(kind)
    return int(found[1]) if found else None


def doors_of(alarms: Iterable[Alarm]) -> dict[int, Door]:
    """The doors that alarms are about, by the numbers of the alarms."""
    wanted = {
        alarm.pk: (alarm.device_id, number)
        for alarm in alarms
        if alarm.device_id is not None and (number := door_number(alarm.kind)) is not None
    }
    found = {
        (door.device_id, door.number): door
        for door in Door.objects.filter(device__in={device_id for device_id, _ in wanted.values()}).select_related(
            "device"
        )
    }
    return {alarm_id: found[place] for alarm_id, place in wanted.items() if place in found}


def about_door(door: Door) -> Q:
    """What the alarms of a door have in common."""
    kinds = [kind.format(door.number) for kind in (FORCED_OPEN, HELD_OPEN)]
    return Q(device=door.device_id, kind__in=kinds)

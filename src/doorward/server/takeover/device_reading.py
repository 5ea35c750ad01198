"""What is read of a device, in a form fit for JSON: its people and its tables."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils import timezone

from doorward.device.biostar1.driver import BioStar1Device
from doorward.model import people as model
from doorward.model import rights
from doorward.protocol.biostar1.models import Family
from doorward.protocol.biostar1.records import FULL_ACCESS_GROUP
from doorward.protocol.biostar1.results import NotFoundError
from doorward.server.devices.models import Device
from doorward.server.people.choices import FaceFamily

FAMILIES: Final = {"d-station": FaceFamily.D_STATION.value, "facestation": FaceFamily.FACESTATION.value}
Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DeviceTables:
    """The tables of a device.

    Attributes:
        schedules: Its schedules.
        holidays: Its tables of holidays.
        groups: Its access groups.
        default_group: The group that people without one are in; 0 none.
    """

    schedules: tuple[rights.Schedule, ...]
    holidays: tuple[rights.Holiday, ...]
    groups: tuple[rights.AccessGroup, ...]
    default_group: int = 0


async def read_tables(device: BioStar1Device) -> Record:
    """Read schedules, holidays and access groups."""
    return {
        "schedules": [asdict(item) for item in await device.rights.schedules.read()],
        "holidays": [asdict(item) for item in await device.rights.holidays.read()],
        "groups": [asdict(item) for item in await device.rights.access_groups.read()],
        "default_group": await read_default_group(device),
    }


async def read_default_group(device: BioStar1Device) -> int:
    """The group that people without one are in, by the device's settings; 0 none."""
    for kind in device.configuration.types:
        if "default_access_group" in kind.record.__dataclass_fields__:
            found = int(getattr(await device.configuration.read(kind.record), "default_access_group"))  # noqa: B009
            # The compact models have a yes or no there, the stations the number of a group.
            full = device.context.model.family is Family.COMPACT and found
            return FULL_ACCESS_GROUP if full else found
    return 0


async def read_numbers(device: BioStar1Device) -> list[int]:
    """The numbers of everybody on the device."""
    return [person.number for person in await device.people.summaries()]


async def read_some(device: BioStar1Device, numbers: Sequence[int]) -> list[model.Person]:
    """People with all that the device gives of them; who was deleted meanwhile is left out."""
    found = []
    for number in numbers:
        try:
            found.append(await device.people.get(number))
        except NotFoundError:
            continue
    return found


def tables_of(record: Record) -> DeviceTables:
    """Tables as they were read."""

    def intervals(found: Sequence[Record]) -> tuple[rights.TimeInterval, ...]:
        return tuple(rights.TimeInterval(one["start"], one["end"]) for one in found)

    return DeviceTables(
        schedules=tuple(
            rights.Schedule(
                number=one["number"],
                name=one["name"],
                days=tuple(map(intervals, one["days"])),
                holidays=tuple(
                    rights.HolidayHours(hours["holiday"], intervals(hours["intervals"])) for hours in one["holidays"]
                ),
            )
            for one in record["schedules"]
        ),
        holidays=tuple(
            rights.Holiday(
                number=one["number"],
                name=one["name"],
                periods=tuple(rights.HolidayPeriod(**period) for period in one["periods"]),
            )
            for one in record["holidays"]
        ),
        groups=tuple(
            rights.AccessGroup(
                number=one["number"],
                name=one["name"],
                rights=tuple(rights.DoorRight(**right) for right in one["rights"]),
                person=one["person"],
            )
            for one in record["groups"]
        ),
        default_group=int(record["default_group"]),
    )


def zone_of(device: Device) -> tzinfo:
    """The zone of a device's clock."""
    return ZoneInfo(device.zone) if device.zone else timezone.get_default_timezone()


def record_of(person: model.Person, zone: tzinfo, device_model: str) -> Record:
    """A person as it is kept between reading and applying; times are in UTC then."""
    family = FAMILIES.get(device_model, "")
    return {
        "name": person.name,
        "department": person.department,
        "pin": person.pin,
        "cards": [[card.number, card.custom_id, card.bypass] for card in person.cards],
        "valid_from": _utc(person.valid_from, zone),
        "valid_until": _utc(person.valid_until, zone),
        "groups": list(person.access_groups),
        "terminal_administrator": person.administrator,
        "disabled": person.disabled,
        "security_level": int(person.security_level),
        "authentication_mode": person.authentication_mode,
        "daily_entry_limit": person.daily_entry_limit,
        "anti_passback_minutes": person.anti_passback_minutes,
        "fingers": [
            [_text(finger.templates[0]), _text(finger.templates[1]), finger.duress, finger.position]
            for finger in person.fingers
        ],
        "faces": [[family, face.kind, _text(face.template), _text(face.still_image)] for face in person.faces],
    }


def _utc(moment: datetime | None, zone: tzinfo) -> str | None:
    return None if moment is None else moment.replace(tzinfo=zone).astimezone(UTC).isoformat()


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")

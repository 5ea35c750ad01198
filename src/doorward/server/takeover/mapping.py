"""Groups of several devices as own groups: what means the same is one group, what does not stays apart.

A right at a device is taken exactly as it is there: whoever is in a group there gets its right there and nowhere else.
So groups of one name on several devices become one own group only where they have the same people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from doorward.model import rights
from doorward.protocol.biostar1.records import FULL_ACCESS_GROUP, NO_ACCESS_GROUP
from doorward.server.sync.door_schedules import HolidayKey, ScheduleKey, schedule_keys
from doorward.server.takeover.device_reading import DeviceTables

ALWAYS: Final = None
"""The key of no schedule: at any time."""

FULL_NAME: Final = "Full access"


@dataclass(frozen=True, slots=True)
class DeviceRights:
    """Who may what at a device.

    Attributes:
        device_id: The device.
        name: What people call it.
        tables: Its tables.
        members: The people of each of its groups, as ``groups_of_people`` gives them.
    """

    device_id: int
    name: str
    tables: DeviceTables
    members: Mapping[int, frozenset[int]]


@dataclass(slots=True)
class OwnGroup:
    """A group that stands for groups of devices.

    Attributes:
        name: Its name.
        number: The number that devices gave it, which it keeps where that is free.
        members: Its people.
        rights: When it may pass, by device.
    """

    name: str
    number: int
    members: frozenset[int]
    rights: dict[int, ScheduleKey | None] = field(default_factory=dict)


@dataclass(slots=True)
class RightsMap:
    """All that devices say of rights.

    Attributes:
        groups: The own groups.
        schedules: Name and number that devices gave a schedule, by what it says.
        holidays: The same of tables of holidays.
        idle: How many people have no right at a device, by device.
        numbered: The schedules of each device by the numbers that they have there.
    """

    groups: list[OwnGroup] = field(default_factory=list)
    schedules: dict[ScheduleKey, tuple[str, int]] = field(default_factory=dict)
    holidays: dict[HolidayKey, tuple[str, int]] = field(default_factory=dict)
    idle: dict[int, int] = field(default_factory=dict)
    numbered: dict[int, dict[int, ScheduleKey]] = field(default_factory=dict)


def map_rights(devices: Sequence[DeviceRights]) -> RightsMap:
    """What several devices say of rights, as own groups."""
    found = RightsMap()
    merged: dict[tuple[str, frozenset[int]], list[OwnGroup]] = {}
    for device in devices:
        schedules = found.numbered[device.device_id] = _schedules(device.tables, found)
        served: set[int] = set()
        for name, number, members, key in _grants(device, schedules):
            served |= members
            _join(merged, found, device, name, number, members, key)
        everybody = frozenset().union(*device.members.values()) if device.members else frozenset()
        if idle := len(everybody - served):
            found.idle[device.device_id] = idle
    _rename_twins(found.groups, {device.device_id: device.name for device in devices})
    return found


def _grants(
    device: DeviceRights, schedules: Mapping[int, ScheduleKey]
) -> Iterable[tuple[str, int, frozenset[int], ScheduleKey | None]]:
    nobody: frozenset[int] = frozenset()
    for group in device.tables.groups:
        members = device.members.get(group.number, nobody)
        at_once: list[ScheduleKey | None] = []
        for right in group.rights:
            if right.device_id not in (rights.ALL_DOORS, device.device_id):
                continue
            if right.schedule == rights.ALWAYS_SCHEDULE:
                key: ScheduleKey | None = ALWAYS
            elif right.schedule in schedules:
                key = schedules[right.schedule]
            else:
                continue  # never, or a schedule that the device does not have
            if key not in at_once:
                at_once.append(key)
        for key in at_once:
            yield group.name.strip() or f"Group {group.number}", group.number, members, key
    if full := device.members.get(FULL_ACCESS_GROUP):
        yield FULL_NAME, 0, full, ALWAYS


def _join(
    merged: dict[tuple[str, frozenset[int]], list[OwnGroup]], found: RightsMap, device: DeviceRights, name: str,
    number: int, members: frozenset[int], key: ScheduleKey | None,
) -> None:  # fmt: skip
    same = merged.setdefault((name.casefold(), members), [])
    group = next((one for one in same if device.device_id not in one.rights), None)
    if group is None:
        group = OwnGroup(name, number, members)
        same.append(group)
        found.groups.append(group)
    group.rights[device.device_id] = key


def _schedules(tables: DeviceTables, found: RightsMap) -> dict[int, ScheduleKey]:
    for holiday in tables.holidays:
        found.holidays.setdefault(tuple(holiday.periods), (holiday.name.strip(), holiday.number))
    keys = schedule_keys(tables.schedules, tables.holidays)
    for schedule in tables.schedules:
        found.schedules.setdefault(keys[schedule.number], (schedule.name.strip(), schedule.number))
    return keys


def _rename_twins(groups: Sequence[OwnGroup], names: Mapping[int, str]) -> None:
    """Tell groups of one name apart by the device at which they hold."""
    by_name: dict[str, list[OwnGroup]] = {}
    for group in groups:
        by_name.setdefault(group.name.casefold(), []).append(group)
    for twins in by_name.values():
        if len(twins) > 1:
            for group in twins:
                group.name = f"{group.name} ({', '.join(names[device] for device in group.rights)})"


def groups_of_people(people: Iterable[tuple[int, Sequence[int]]], default_group: int) -> dict[int, frozenset[int]]:
    """The people of each group of a device; 0 for those who have no group and no right.

    Args:
        people: The number and the groups of everybody there.
        default_group: The group of those without one; 0 none.
    """
    found: dict[int, set[int]] = {}
    for number, groups in people:
        real = [group for group in groups or (default_group,) if group != NO_ACCESS_GROUP]
        for group in real or (0,):
            found.setdefault(group, set()).add(number)
    return {group: frozenset(people) for group, people in found.items()}

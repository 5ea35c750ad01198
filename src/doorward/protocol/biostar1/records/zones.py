"""Zones in their first form: a master with up to 31 members and 16 zones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from doorward.protocol.biostar1.records.unions import UnionRecord
from doorward.protocol.layout import (
    ADDRESS,
    I32,
    U32,
    Record,
    address,
    array,
    boolean,
    i32,
    nested,
    opaque,
    records,
    u32,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessZoneProperties(Record):
    """What the members of an access zone share."""

    SIZE: ClassVar[int] = 24
    STRUCTURE: ClassVar[str] = "BSAccessZoneProperty"

    fallback_mode: int = i32(0, "What a member does while the master is away")
    synchronize_time: bool = boolean(4, "Members take their clock from the master")
    synchronize_users: bool = boolean(5, "Members take their users from the master")
    synchronize_logs: bool = boolean(6, "The master keeps the members' logs")


@dataclass(frozen=True, slots=True, kw_only=True)
class AntiPassbackZoneProperties(Record):
    """Anti-passback of a zone."""

    SIZE: ClassVar[int] = 8
    STRUCTURE: ClassVar[str] = "BSAPBZoneProperty"

    anti_passback_type: int = i32(0, "Kind of anti-passback, vendor's number")
    reset_interval: int = i32(4, "Time after which anti-passback forgets an entry")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmZoneProperties(Record):
    """Arming of an alarm zone."""

    SIZE: ClassVar[int] = 44
    STRUCTURE: ClassVar[str] = "BSAlarmZoneProperty"

    access_group_id: int = i32(0, "Access group that may arm and disarm")
    arm_delay: int = i32(4, "Delay before the zone is armed")
    disarm_delay: int = i32(8, "Delay before an alarm, in which the zone can be disarmed")


@dataclass(frozen=True, slots=True, kw_only=True)
class FireAlarmZoneProperties(Record):
    """A fire alarm zone; all its bytes are reserved."""

    SIZE: ClassVar[int] = 32
    STRUCTURE: ClassVar[str] = "BSFireAlarmZoneProperty"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntranceLimitZoneProperties(Record):
    """How often and how soon again a user may enter a zone."""

    SIZE: ClassVar[int] = 40
    STRUCTURE: ClassVar[str] = "BSEntranceLimitationZoneProperty"

    minimum_interval: int = i32(0, "Least time between two entries of one user")
    limit_count: int = i32(4, "Limits in use")
    maximum_entries: tuple[int, ...] = array(8, I32, 4, "For each limit: entries allowed")
    limit_intervals: tuple[int, ...] = array(24, U32, 4, "For each limit: the part of the day in which it holds")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservedZoneProperties(Record):
    """The reserve that gives the properties of a zone their size."""

    SIZE: ClassVar[int] = 48
    STRUCTURE: ClassVar[str] = "BSDummyZoneProperty"


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneProperties(UnionRecord):
    """Properties of a zone, by its kind."""

    SIZE: ClassVar[int] = 48
    STRUCTURE: ClassVar[str] = "BSZoneProperty"
    MEMBERS: ClassVar[tuple[type[Record], ...]] = (
        AccessZoneProperties,
        AntiPassbackZoneProperties,
        AlarmZoneProperties,
        FireAlarmZoneProperties,
        EntranceLimitZoneProperties,
        ReservedZoneProperties,
    )

    raw: bytes = opaque(0, 48, "One of the members, zero filled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone(Record):
    """One zone of a master."""

    SIZE: ClassVar[int] = 312
    STRUCTURE: ClassVar[str] = "BSZone"

    zone_type: int = i32(0, "Kind of zone, vendor's number")
    member_count: int = i32(4, "Members in use")
    zone_id: int = u32(12, "Number of the zone")
    properties: ZoneProperties = nested(16, ZoneProperties, "Properties by the kind of zone")
    member_ids: tuple[int, ...] = array(64, U32, 31, "Device ids of the members")
    member_information: tuple[int, ...] = array(188, I32, 31, "Part of each member in the zone, vendor's numbers")


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneMaster(Record):
    """What the master of zones knows: its members and its zones."""

    SIZE: ClassVar[int] = 5428
    STRUCTURE: ClassVar[str] = "BSZoneMaster"

    member_count: int = i32(0, "Members in use")
    member_ids: tuple[int, ...] = array(32, U32, 31, "Device ids of the members")
    member_addresses: tuple[str, ...] = array(156, ADDRESS, 31, "Addresses of the members")
    member_statuses: tuple[int, ...] = array(280, I32, 31, "Status of each member, kept by the device")
    zone_count: int = i32(404, "Zones in use")
    zones: tuple[Zone, ...] = records(436, Zone, 16, "The zones")


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneMember(Record):
    """What a member of a zone knows: its master and its part."""

    SIZE: ClassVar[int] = 112
    STRUCTURE: ClassVar[str] = "BSZoneMember"

    master_address: str = address(0, "Address of the master")
    authentication_mode: int = i32(48, "What is decided by the master, vendor's number")
    io_mode: int = i32(52, "What happens to inputs and outputs, vendor's number")


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneSettings(Record):
    """Zones of a device (configuration 0x63)."""

    SIZE: ClassVar[int] = 5596
    STRUCTURE: ClassVar[str] = "BSZoneConfig"

    node_type: int = i32(0, "Alone, master or member, vendor's number")
    fallback_mode: int = i32(4, "What a member does while the master is away")
    synchronize_time: bool = boolean(8, "Members take their clock from the master")
    synchronize_users: bool = boolean(9, "Members take their users from the master")
    synchronize_logs: bool = boolean(10, "The master keeps the members' logs")
    master: ZoneMaster = nested(56, ZoneMaster, "Settings of a master")
    member: ZoneMember = nested(5484, ZoneMember, "Settings of a member")


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneInformationCompact(Record):
    """Zones of a 1471 model, with the head of its setting blocks."""

    SIZE: ClassVar[int] = 5628
    STRUCTURE: ClassVar[str] = "BEZoneInfoData"

    magic_number: int = u32(0, "Mark of the block")
    version: int = i32(4, "Version of the block")
    timestamp: int = u32(8, "Time of the last change")
    checksum: int = u32(12, "Checksum of the block, made by the device")
    zones: ZoneSettings = nested(32, ZoneSettings, "The zones")

"""Zones in their extended form: up to four for each device, each with up to 64 members."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from doorward.protocol.biostar1.records.unions import UnionRecord
from doorward.protocol.biostar1.records.zones import AlarmZoneProperties, FireAlarmZoneProperties
from doorward.protocol.layout import (
    ADDRESS,
    I32,
    U8,
    U32,
    Record,
    address,
    array,
    i32,
    nested,
    opaque,
    records,
    u8,
    u32,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedAntiPassbackZoneProperties(Record):
    """Anti-passback of an extended zone."""

    SIZE: ClassVar[int] = 12
    STRUCTURE: ClassVar[str] = "BSAPBZonePropertyEx"

    anti_passback_type: int = i32(0, "Kind of anti-passback, vendor's number")
    reset_interval: int = i32(4, "Time after which anti-passback forgets an entry")
    bypass_group_id: int = i32(8, "Access group to which the zone does not apply")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedEntranceLimitZoneProperties(Record):
    """How often and how soon again a user may enter an extended zone."""

    SIZE: ClassVar[int] = 44
    STRUCTURE: ClassVar[str] = "BSEntranceLimitationZonePropertyEx"

    minimum_interval: int = i32(0, "Least time between two entries of one user")
    limit_count: int = i32(4, "Limits in use")
    maximum_entries: tuple[int, ...] = array(8, I32, 4, "For each limit: entries allowed")
    limit_intervals: tuple[int, ...] = array(24, U32, 4, "For each limit: the part of the day in which it holds")
    bypass_group_id: int = i32(40, "Access group to which the zone does not apply")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedZoneProperties(UnionRecord):
    """Properties of an extended zone, by its kind."""

    SIZE: ClassVar[int] = 44
    STRUCTURE: ClassVar[str] = "BSZonePropertyEx"
    # The last two are not named as members of this structure; they are those of the first form, by analogy.
    MEMBERS: ClassVar[tuple[type[Record], ...]] = (
        ExtendedAntiPassbackZoneProperties,
        ExtendedEntranceLimitZoneProperties,
        AlarmZoneProperties,
        FireAlarmZoneProperties,
    )

    raw: bytes = opaque(0, 44, "One of the members, zero filled")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedZoneMaster(Record):
    """What the master of an extended zone knows."""

    SIZE: ClassVar[int] = 1080
    STRUCTURE: ClassVar[str] = "BSZoneMasterEx"

    member_count: int = i32(0, "Members in use")
    member_ids: tuple[int, ...] = array(4, U32, 64, "Device ids of the members")
    member_addresses: tuple[str, ...] = array(260, ADDRESS, 64, "Addresses of the members")
    member_statuses: tuple[int, ...] = array(516, I32, 64, "Status of each member, kept by the device")
    member_information: tuple[int, ...] = array(772, I32, 64, "Part of each member in the zone, vendor's numbers")
    zone_status: int = i32(1060, "Status of the zone, kept by the device")
    alarm_status: int = i32(1064, "Alarm of the zone, kept by the device")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedZoneMember(Record):
    """What a member of an extended zone knows."""

    SIZE: ClassVar[int] = 88
    STRUCTURE: ClassVar[str] = "BSZoneMemberEx"

    master_address: str = address(0, "Address of the master")
    master_id: int = u32(4, "Device id of the master")
    interlock_index: int = u8(8, "Place of the door in an interlock")
    authentication_mode: int = i32(12, "What is decided by the master, vendor's number")
    io_mode: int = i32(16, "What happens to inputs and outputs, vendor's number")
    arm_type: int = i32(20, "How the zone is armed, vendor's number")
    sound: int = i32(24, "1 = alarms are heard")
    arm_key: int = i32(28, "Key that arms")
    disarm_key: int = i32(32, "Key that disarms")
    card_ids: tuple[int, ...] = array(36, I32, 8, "Cards that arm and disarm")
    card_custom_ids: tuple[int, ...] = array(68, U8, 8, "Custom ids of these cards")
    disconnection_behaviour: int = i32(76, "What a member does while the master is away, vendor's number")
    authentication_required: int = i32(80, "1 = arming needs an authentication")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedZone(Record):
    """One extended zone, as master and as member."""

    SIZE: ClassVar[int] = 1224
    STRUCTURE: ClassVar[str] = "BSZoneEx"

    zone_id: int = u32(0, "Number of the zone")
    zone_type: int = i32(4, "Kind of zone, vendor's number")
    node_type: int = i32(8, "Master or member, vendor's number")
    master: ExtendedZoneMaster = nested(12, ExtendedZoneMaster, "Settings of a master")
    member: ExtendedZoneMember = nested(1092, ExtendedZoneMember, "Settings of a member")
    properties: ExtendedZoneProperties = nested(1180, ExtendedZoneProperties, "Properties by the kind of zone")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedZoneSettings(Record):
    """Up to four zones that a device belongs to (configuration 0x64)."""

    SIZE: ClassVar[int] = 4900
    STRUCTURE: ClassVar[str] = "BSZoneConfigEx"

    zone_count: int = i32(0, "Zones in use")
    zones: tuple[ExtendedZone, ...] = records(4, ExtendedZone, 4, "The zones")

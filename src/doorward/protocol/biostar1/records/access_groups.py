"""Access groups, entrance limits and the blacklist: who may pass."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

from doorward.protocol.errors import LocalProtocolError
from doorward.protocol.layout import I32, U32, Record, array, i32, text, u8, u32

NO_ACCESS_GROUP = 0xFD  # built in, as is the next
FULL_ACCESS_GROUP = 0xFE
UNUSED_GROUP_BYTE = 0xFF
NO_ACCESS_GROUPS = 0xFFFFFFFF
GROUPS_IN_MASK = 4


class AccessGroupType(IntEnum):
    """Whom an access group is for."""

    NORMAL = 0
    CUSTOM = 1


class BlacklistItemType(IntEnum):
    """What a line of the blacklist names."""

    USER_ID = 1
    CARD_SERIAL_NUMBER = 2


def access_group_mask(group_ids: Iterable[int]) -> int:
    """Pack the access groups of a user into the mask of a user header, the first group in the lowest byte.

    Raises:
        LocalProtocolError: There are more than four groups, or a number that is not 0..254.
    """
    groups = tuple(group_ids)
    if len(groups) > GROUPS_IN_MASK:
        raise LocalProtocolError(f"access groups: {len(groups)} do not fit; allowed: at most {GROUPS_IN_MASK}")
    for group in groups:
        if not 0 <= group < UNUSED_GROUP_BYTE:
            raise LocalProtocolError(f"access groups: {group} does not fit; allowed: 0 to {UNUSED_GROUP_BYTE - 1}")
    return int.from_bytes(bytes(groups).ljust(GROUPS_IN_MASK, b"\xff"), "little")


def access_group_ids(mask: int) -> tuple[int, ...]:
    """Unpack the mask of a user header into the numbers of its access groups; unused bytes are left out."""
    return tuple(group for group in mask.to_bytes(GROUPS_IN_MASK, "little") if group != UNUSED_GROUP_BYTE)


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyAccessGroup(Record):
    """An access group of the older table (commands 0x0056 to 0x0058)."""

    SIZE: ClassVar[int] = 104
    STRUCTURE: ClassVar[str] = "BSAccessGroup"

    group_id: int = i32(0, "Number of the group")
    schedule_count: int = i32(4, "Schedules in use")
    schedule_ids: tuple[int, ...] = array(8, I32, 16, "The schedules")
    name: str = text(72, 32, "Name")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessGroup(Record):
    """An access group of the extended table (commands 0x0059 and 0x005A)."""

    SIZE: ClassVar[int] = 312
    STRUCTURE: ClassVar[str] = "BSAccessGroupEx"

    group_id: int = i32(0, "Number of the group, 1..128; 0xFD none and 0xFE full are built in")
    name: str = text(4, 32, "Name")
    reader_count: int = i32(36, "Readers in use")
    reader_ids: tuple[int, ...] = array(40, U32, 32, "Device ids, 0 all doors")
    schedule_ids: tuple[int, ...] = array(168, I32, 32, "The schedule of each reader")
    group_type: int = i32(296, "0 normal, 1 made for one user")
    user_id: int = u32(300, "The user of a group made for one user")


@dataclass(frozen=True, slots=True, kw_only=True)
class EntranceLimits(Record):
    """How often and how soon again a user may enter (configuration 0x33)."""

    SIZE: ClassVar[int] = 72
    STRUCTURE: ClassVar[str] = "BSEntranceLimit"

    minimum_interval: int = i32(0, "Least time between two entries of one user")
    limit_count: int = i32(4, "Limits in use")
    maximum_entries: tuple[int, ...] = array(8, I32, 4, "For each limit: entries allowed")
    limit_intervals: tuple[int, ...] = array(24, U32, 4, "For each limit: the part of the day in which it holds")
    default_access_group: int = i32(40, "Access group of users without one")
    bypass_group_id: int = i32(44, "Access group to which no limit applies")


@dataclass(frozen=True, slots=True, kw_only=True)
class BlacklistItem(Record):
    """A user or card that is refused (commands 0x00B6 to 0x00B8)."""

    SIZE: ClassVar[int] = 8
    STRUCTURE: ClassVar[str] = "BSBlacklistItem"

    item_type: int = u8(0, "1 user id, 2 card serial number")
    item: int = u32(4, "User id or card serial number")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedBlacklistItem(Record):
    """A user or card that is refused, with the card's custom id (commands 0x00B9 to 0x00BB)."""

    SIZE: ClassVar[int] = 12
    STRUCTURE: ClassVar[str] = "BSBlacklistItemEx"

    item_type: int = u8(0, "1 user id, 2 card serial number")
    item: int = u32(4, "User id or card serial number")
    card_custom_id: int = u32(8, "Custom id of the card")

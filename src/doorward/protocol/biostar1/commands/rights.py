"""Schedules, holidays and access groups: the old tables item by item, the present ones as a whole (section 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from doorward.protocol.biostar1.records import (
    AccessGroup,
    Holiday,
    LegacyAccessGroup,
    LegacyHoliday,
    LegacySchedule,
    Schedule,
)
from doorward.protocol.biostar1.request import (
    Done,
    Exchange,
    Reply,
    Request,
    Tally,
    in_both_params,
    records_in_payload,
)

SCHEDULES = 1
HOLIDAYS = 2
ACCESS_GROUPS = 3
ALL = 0xFFFF  # as the number of an old item


@dataclass(frozen=True, slots=True)
class AddLegacySchedule(Request[Done]):
    """Add one old schedule."""

    COMMAND: ClassVar[int] = 0x0050
    EXCHANGE: ClassVar[Exchange] = Exchange.WRITE
    PARAM1: ClassVar[int | Tally] = Tally.PAYLOAD_SIZE
    PURPOSE: ClassVar[str] = "take a schedule"

    item: tuple[LegacySchedule, ...] = records_in_payload(LegacySchedule, "exactly one")


@dataclass(frozen=True, slots=True)
class DeleteLegacySchedule(Request[Done]):
    """Delete one old schedule, or all."""

    COMMAND: ClassVar[int] = 0x0051
    PURPOSE: ClassVar[str] = "delete a schedule"

    number: int = in_both_params("its number, 0xFFFF for all")


@dataclass(frozen=True, slots=True)
class LegacySchedules(Reply):
    """The old schedules."""

    PARAM1: ClassVar[int | Tally] = Tally.RECORD_COUNT

    items: tuple[LegacySchedule, ...] = records_in_payload(LegacySchedule)


@dataclass(frozen=True, slots=True)
class ReadLegacySchedules(Request[LegacySchedules]):
    """Read the old schedules."""

    COMMAND: ClassVar[int] = 0x0052
    EXCHANGE: ClassVar[Exchange] = Exchange.DATA
    REPLY: ClassVar[type[Reply]] = LegacySchedules
    PURPOSE: ClassVar[str] = "list its schedules"


@dataclass(frozen=True, slots=True)
class AddLegacyHoliday(Request[Done]):
    """Add one old holiday."""

    COMMAND: ClassVar[int] = 0x0053
    EXCHANGE: ClassVar[Exchange] = Exchange.WRITE
    PARAM1: ClassVar[int | Tally] = Tally.PAYLOAD_SIZE
    PURPOSE: ClassVar[str] = "take a holiday"

    item: tuple[LegacyHoliday, ...] = records_in_payload(LegacyHoliday, "exactly one")


@dataclass(frozen=True, slots=True)
class DeleteLegacyHoliday(Request[Done]):
    """Delete one old holiday, or all."""

    COMMAND: ClassVar[int] = 0x0054
    PURPOSE: ClassVar[str] = "delete a holiday"

    number: int = in_both_params("its number, 0xFFFF for all")


@dataclass(frozen=True, slots=True)
class LegacyHolidays(Reply):
    """The old holidays."""

    PARAM1: ClassVar[int | Tally] = Tally.RECORD_COUNT

    items: tuple[LegacyHoliday, ...] = records_in_payload(LegacyHoliday)


@dataclass(frozen=True, slots=True)
class ReadLegacyHolidays(Request[LegacyHolidays]):
    """Read the old holidays."""

    COMMAND: ClassVar[int] = 0x0055
    EXCHANGE: ClassVar[Exchange] = Exchange.DATA
    REPLY: ClassVar[type[Reply]] = LegacyHolidays
    PURPOSE: ClassVar[str] = "list its holidays"


@dataclass(frozen=True, slots=True)
class AddLegacyAccessGroup(Request[Done]):
    """Add one old access group."""

    COMMAND: ClassVar[int] = 0x0056
    EXCHANGE: ClassVar[Exchange] = Exchange.WRITE
    PARAM1: ClassVar[int | Tally] = Tally.PAYLOAD_SIZE
    PURPOSE: ClassVar[str] = "take an access group"

    item: tuple[LegacyAccessGroup, ...] = records_in_payload(LegacyAccessGroup, "exactly one")


@dataclass(frozen=True, slots=True)
class DeleteLegacyAccessGroup(Request[Done]):
    """Delete one old access group, or all."""

    COMMAND: ClassVar[int] = 0x0057
    PURPOSE: ClassVar[str] = "delete an access group"

    number: int = in_both_params("its number, 0xFFFF for all")


@dataclass(frozen=True, slots=True)
class LegacyAccessGroups(Reply):
    """The old access groups."""

    PARAM1: ClassVar[int | Tally] = Tally.RECORD_COUNT

    items: tuple[LegacyAccessGroup, ...] = records_in_payload(LegacyAccessGroup)


@dataclass(frozen=True, slots=True)
class ReadLegacyAccessGroups(Request[LegacyAccessGroups]):
    """Read the old access groups."""

    COMMAND: ClassVar[int] = 0x0058
    EXCHANGE: ClassVar[Exchange] = Exchange.DATA
    REPLY: ClassVar[type[Reply]] = LegacyAccessGroups
    PURPOSE: ClassVar[str] = "list its access groups"


@dataclass(frozen=True, slots=True)
class Schedules(Reply):
    """The schedules."""

    PARAM1: ClassVar[int | Tally] = Tally.RECORD_COUNT

    items: tuple[Schedule, ...] = records_in_payload(Schedule)


@dataclass(frozen=True, slots=True)
class ReadSchedules(Request[Schedules]):
    """Read all schedules."""

    COMMAND: ClassVar[int] = 0x0059
    EXCHANGE: ClassVar[Exchange] = Exchange.DATA
    REPLY: ClassVar[type[Reply]] = Schedules
    CODE: ClassVar[int] = SCHEDULES
    PURPOSE: ClassVar[str] = "list its schedules"


@dataclass(frozen=True, slots=True)
class ReplaceSchedules(Request[Done]):
    """Replace all schedules; none clears the table."""

    COMMAND: ClassVar[int] = 0x005A
    EXCHANGE: ClassVar[Exchange] = Exchange.WRITE
    PARAM1: ClassVar[int | Tally] = Tally.RECORD_COUNT
    PARAM2: ClassVar[int | Tally] = Tally.PAYLOAD_SIZE
    CODE: ClassVar[int] = SCHEDULES
    PURPOSE: ClassVar[str] = "take its schedules"

    items: tuple[Schedule, ...] = records_in_payload(Schedule)


@dataclass(frozen=True, slots=True)
class Holidays(Reply):
    """The holidays."""

    PARAM1: ClassVar[int | Tally] = Tally.RECORD_COUNT

    items: tuple[Holiday, ...] = records_in_payload(Holiday)


@dataclass(frozen=True, slots=True)
class ReadHolidays(Request[Holidays]):
    """Read all holidays."""

    COMMAND: ClassVar[int] = 0x0059
    EXCHANGE: ClassVar[Exchange] = Exchange.DATA
    REPLY: ClassVar[type[Reply]] = Holidays
    CODE: ClassVar[int] = HOLIDAYS
    PURPOSE: ClassVar[str] = "list its holidays"


@dataclass(frozen=True, slots=True)
class ReplaceHolidays(Request[Done]):
    """Replace all holidays; none clears the table."""

    COMMAND: ClassVar[int] = 0x005A
    EXCHANGE: ClassVar[Exchange] = Exchange.WRITE
    PARAM1: ClassVar[int | Tally] = Tally.RECORD_COUNT
    PARAM2: ClassVar[int | Tally] = Tally.PAYLOAD_SIZE
    CODE: ClassVar[int] = HOLIDAYS
    PURPOSE: ClassVar[str] = "take its holidays"

    items: tuple[Holiday, ...] = records_in_payload(Holiday)


@dataclass(frozen=True, slots=True)
class AccessGroups(Reply):
    """The access groups."""

    PARAM1: ClassVar[int | Tally] = Tally.RECORD_COUNT

    items: tuple[AccessGroup, ...] = records_in_payload(AccessGroup)


@dataclass(frozen=True, slots=True)
class ReadAccessGroups(Request[AccessGroups]):
    """Read all access groups."""

    COMMAND: ClassVar[int] = 0x0059
    EXCHANGE: ClassVar[Exchange] = Exchange.DATA
    REPLY: ClassVar[type[Reply]] = AccessGroups
    CODE: ClassVar[int] = ACCESS_GROUPS
    PURPOSE: ClassVar[str] = "list its access groups"


@dataclass(frozen=True, slots=True)
class ReplaceAccessGroups(Request[Done]):
    """Replace all access groups; none clears the table."""

    COMMAND: ClassVar[int] = 0x005A
    EXCHANGE: ClassVar[Exchange] = Exchange.WRITE
    PARAM1: ClassVar[int | Tally] = Tally.RECORD_COUNT
    PARAM2: ClassVar[int | Tally] = Tally.PAYLOAD_SIZE
    CODE: ClassVar[int] = ACCESS_GROUPS
    PURPOSE: ClassVar[str] = "take its access groups"

    items: tuple[AccessGroup, ...] = records_in_payload(AccessGroup)

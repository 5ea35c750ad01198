"""Who may pass where and when: the tables of schedules, holidays and access groups.

The device takes a table only as a whole, so a single change is: read, change, write back. Two programs that do so at
the same time lose changes of each other; let one program write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from doorward.device.biostar1.context import DeviceContext
from doorward.device.biostar1.right_records import (
    read_group,
    read_holiday,
    read_schedule,
    write_group,
    write_holiday,
    write_schedule,
)
from doorward.model import rights as values
from doorward.model.errors import InvalidInput, Unsupported
from doorward.protocol.biostar1.commands import rights as commands
from doorward.protocol.biostar1.models import Family
from doorward.protocol.biostar1.records import (
    AccessGroup,
    Holiday,
    LegacyAccessGroup,
    LegacyHoliday,
    LegacySchedule,
    Schedule,
)
from doorward.protocol.biostar1.request import Done, Request
from doorward.protocol.biostar1.results import NotFoundError
from doorward.protocol.errors import LocalProtocolError
from doorward.protocol.layout import Record

V = TypeVar("V", bound=values.Schedule | values.Holiday | values.AccessGroup)
T = TypeVar("T", bound=Record)
L = TypeVar("L", bound=Record)
AnyRecord = TypeVar("AnyRecord", bound=Record)

LARGEST_LEGACY_NUMBER = commands.ALL - 1


@dataclass(frozen=True, slots=True)
class TableKind(Generic[V, T]):
    """One kind of table: its requests, and its records both ways."""

    word: str
    record: type[T]
    read: Callable[[], Request[Any]]
    replace: Callable[..., Request[Done]]
    number_of: Callable[[T], int]
    to_value: Callable[[T], V]
    to_record: Callable[[V], T]


class Table(Generic[V, T]):
    """Schedules, holidays or access groups of one device.

    The methods with ``record`` in their names work on the wire's own records and keep bytes whose meaning is not
    known; the others work on the values of ``doorward.model.rights``.

    Attributes:
        kind: Which table it is.
    """

    def __init__(self, context: DeviceContext, kind: TableKind[V, T]) -> None:
        self._context = context
        self.kind = kind

    async def read(self) -> list[V]:
        """The whole table."""
        return [self.kind.to_value(record) for record in await self.read_records()]

    async def read_records(self) -> list[T]:
        """The whole table as records."""
        try:
            reply = await self._context.requester.request(self.kind.read())
        except NotFoundError:
            return []  # an empty table is told either way (section 3.3)
        return [decoded(record, self._context.text_codec) for record in reply.items]

    async def replace(self, items: Iterable[V]) -> None:
        """Write the whole table. To empty it there is ``clear``.

        Raises:
            InvalidInput: The list is empty, a number comes twice, or an item does not fit; nothing was sent.
        """
        await self.replace_records([self._record(item) for item in items])

    async def replace_records(self, records: Iterable[T]) -> None:
        """Write the whole table from records; raises as ``replace`` does."""
        wanted = list(records)
        if not wanted:
            raise InvalidInput(f"{self.kind.word}s", "an empty list", "at least one; to empty the table use clear")
        seen: set[int] = set()
        for record in wanted:
            number = self.kind.number_of(record)
            if number in seen:
                raise InvalidInput(self.kind.word, number, "each number once")
            seen.add(number)
        await self._write(wanted)

    async def put(self, item: V) -> None:
        """Add an item, or replace the one with its number; the others stay as they are.

        Raises:
            InvalidInput: The item does not fit; nothing was sent.
        """
        await self.put_record(self._record(item))

    async def put_record(self, record: T) -> None:
        """Add a record, or replace the one with its number; the others stay as they are."""
        number = self.kind.number_of(record)
        records = await self.read_records()
        for place, present in enumerate(records):
            if self.kind.number_of(present) == number:
                records[place] = record
                break
        else:
            records.append(record)
        await self._write(records)

    async def delete(self, number: int) -> None:
        """Delete one item; the others stay as they are.

        Raises:
            InvalidInput: The table has no such item; nothing was written.
        """
        records = await self.read_records()
        kept = [record for record in records if self.kind.number_of(record) != number]
        if len(kept) == len(records):
            known = ", ".join(str(self.kind.number_of(record)) for record in records) or "none, the table is empty"
            raise InvalidInput(self.kind.word, number, f"one that the device has: {known}")
        await self._write(kept)

    async def clear(self) -> None:
        """Delete all items."""
        await self._write([])

    def _record(self, item: V) -> T:
        record = self.kind.to_record(item)
        try:
            record.to_bytes(text_codec=self._context.text_codec)
        except LocalProtocolError as error:
            raise InvalidInput("name", item.name, error.message.rpartition("allowed: ")[2]) from error
        return record

    async def _write(self, records: list[T]) -> None:
        items = tuple(encoded(record, self._context.text_codec) for record in records)
        await self._context.requester.request(self.kind.replace(items=items))


def decoded(record: AnyRecord, text_codec: str) -> AnyRecord:
    """A record of a reply with its text read in the device's code page."""
    return type(record).from_bytes(record.base, text_codec=text_codec)


def encoded(record: AnyRecord, text_codec: str) -> AnyRecord:
    """A record whose bytes have the text in the device's code page, whatever writes them next."""
    return type(record).from_bytes(record.to_bytes(text_codec=text_codec))


SCHEDULES = TableKind(
    "schedule",
    Schedule,
    commands.ReadSchedules,
    commands.ReplaceSchedules,
    lambda record: record.schedule_id,
    read_schedule,
    write_schedule,
)
HOLIDAYS = TableKind(
    "holiday",
    Holiday,
    commands.ReadHolidays,
    commands.ReplaceHolidays,
    lambda record: record.holiday_id,
    read_holiday,
    write_holiday,
)
ACCESS_GROUPS = TableKind(
    "access group",
    AccessGroup,
    commands.ReadAccessGroups,
    commands.ReplaceAccessGroups,
    lambda record: record.group_id,
    read_group,
    write_group,
)


@dataclass(frozen=True, slots=True)
class LegacyKind(Generic[L]):
    """One kind of older table: its requests, item by item."""

    word: str
    record: type[L]
    read: Callable[[], Request[Any]]
    add: Callable[..., Request[Done]]
    delete: Callable[..., Request[Done]]
    number_of: Callable[[L], int]


class LegacyTable(Generic[L]):
    """One of the older tables of a BioStation, item by item, in the wire's own records.

    Attributes:
        kind: Which table it is.
    """

    def __init__(self, context: DeviceContext, kind: LegacyKind[L]) -> None:
        self._context = context
        self.kind = kind

    def _need_legacy(self) -> None:
        if self._context.model.family is not Family.BIOSTATION:
            raise Unsupported(
                f"{self._context.model.title} has no older table of {self.kind.word}s; only BioStation has.",
                advice="Use the present tables.",
            )

    async def read(self) -> list[L]:
        """All items.

        Raises:
            Unsupported: The model has no older tables.
        """
        self._need_legacy()
        try:
            reply = await self._context.requester.request(self.kind.read())
        except NotFoundError:
            return []
        return [decoded(record, self._context.text_codec) for record in reply.items]

    async def add(self, item: L) -> None:
        """Add an item.

        Raises:
            Unsupported: The model has no older tables.
            LocalProtocolError: A value does not fit; nothing was sent.
        """
        self._need_legacy()
        await self._context.requester.request(self.kind.add(item=(encoded(item, self._context.text_codec),)))

    async def delete(self, number: int) -> None:
        """Delete one item.

        Raises:
            Unsupported: The model has no older tables.
            InvalidInput: The number cannot be one; 65535 would mean all on the wire.
        """
        self._need_legacy()
        if not 0 <= number <= LARGEST_LEGACY_NUMBER:
            raise InvalidInput(self.kind.word, number, f"a whole number from 0 to {LARGEST_LEGACY_NUMBER}")
        await self._context.requester.request(self.kind.delete(number=number))

    async def clear(self) -> None:
        """Delete all items; raises Unsupported where the model has no older tables."""
        self._need_legacy()
        await self._context.requester.request(self.kind.delete(number=commands.ALL))


class LegacyRights:
    """The older tables of a BioStation."""

    def __init__(self, context: DeviceContext) -> None:
        self.schedules = LegacyTable(
            context,
            LegacyKind(
                "schedule",
                LegacySchedule,
                commands.ReadLegacySchedules,
                commands.AddLegacySchedule,
                commands.DeleteLegacySchedule,
                lambda record: record.schedule_id,
            ),
        )
        self.holidays = LegacyTable(
            context,
            LegacyKind(
                "holiday",
                LegacyHoliday,
                commands.ReadLegacyHolidays,
                commands.AddLegacyHoliday,
                commands.DeleteLegacyHoliday,
                lambda record: record.holiday_id,
            ),
        )
        self.access_groups = LegacyTable(
            context,
            LegacyKind(
                "access group",
                LegacyAccessGroup,
                commands.ReadLegacyAccessGroups,
                commands.AddLegacyAccessGroup,
                commands.DeleteLegacyAccessGroup,
                lambda record: record.group_id,
            ),
        )


class Rights:
    """All tables of one device.

    Attributes:
        schedules: Weeks of intervals.
        holidays: Tables of holidays.
        access_groups: Which doors may be passed, and when.
        legacy: The older tables of a BioStation.
    """

    def __init__(self, context: DeviceContext) -> None:
        self.schedules = Table(context, SCHEDULES)
        self.holidays = Table(context, HOLIDAYS)
        self.access_groups = Table(context, ACCESS_GROUPS)
        self.legacy = LegacyRights(context)

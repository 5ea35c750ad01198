"""Schedules, holidays and access groups of a virtual device: the present tables, and the old ones of BioStation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from doorward.protocol.biostar1.commands import rights
from doorward.protocol.biostar1.models import DeviceModel, Family
from doorward.protocol.biostar1.records import (
    AccessGroup,
    Holiday,
    Schedule,
)
from doorward.protocol.biostar1.request import Request
from doorward.protocol.biostar1.results import DATABASE_FULL, INVALID_PARAMETER, NOT_FOUND
from doorward.protocol.layout import Record, split_records
from doorward.simulator.outcome import DONE, Handlers, Outcome, refused, sent
from doorward.simulator.state import StateStore, Table

TABLE_LIMITS = {rights.SCHEDULES: 128, rights.HOLIDAYS: 32, rights.ACCESS_GROUPS: 128}
LEGACY_LIMIT = 128

R = TypeVar("R", bound=Record)

_RECORDS: dict[int, type[Record]] = {
    rights.SCHEDULES: Schedule,
    rights.HOLIDAYS: Holiday,
    rights.ACCESS_GROUPS: AccessGroup,
}


class RightsTables:
    """The tables, as bytes and as records.

    Args:
        model: BioStation has the old tables too.
        store: Keeps the tables.

    Attributes:
        legacy_schedules: Old schedules by number.
        legacy_holidays: Old holidays by number.
        legacy_access_groups: Old access groups by number.
    """

    def __init__(self, model: DeviceModel, store: StateStore) -> None:
        self._model = model
        self._tables = Table(store, "rights")
        self.legacy_schedules = Table(store, "legacy schedule")
        self.legacy_holidays = Table(store, "legacy holiday")
        self.legacy_access_groups = Table(store, "legacy access group")
        self._read_tables: dict[int, tuple[Record, ...]] = {}

    def content(self, table: int) -> bytes:
        """A table as it stands on the wire.

        Args:
            table: 1 schedules, 2 holidays, 3 access groups.
        """
        return self._tables.get(table, b"")

    def replace(self, table: int, content: bytes) -> None:
        """Put a whole table in the place of the present one."""
        self._tables[table] = content
        self._read_tables.pop(table, None)

    def clear(self) -> None:
        """Forget all tables."""
        for table in (self._tables, self.legacy_schedules, self.legacy_holidays, self.legacy_access_groups):
            table.clear()
        self._read_tables.clear()

    def schedule(self, number: int) -> Schedule | None:
        """The schedule of a number; of equal numbers the first."""
        return self._find(rights.SCHEDULES, Schedule, "schedule_id", number)

    def holiday(self, number: int) -> Holiday | None:
        """The holiday table of a number; of equal numbers the first."""
        return self._find(rights.HOLIDAYS, Holiday, "holiday_id", number)

    def access_group(self, number: int) -> AccessGroup | None:
        """The access group of a number; of equal numbers the first."""
        return self._find(rights.ACCESS_GROUPS, AccessGroup, "group_id", number)

    def handlers(self) -> Handlers:
        """What the tables answer."""
        answers: dict[type[Request[Any]], Callable[[Any], Outcome]] = {
            rights.ReadSchedules: self._read,
            rights.ReadHolidays: self._read,
            rights.ReadAccessGroups: self._read,
            rights.ReplaceSchedules: self._replace,
            rights.ReplaceHolidays: self._replace,
            rights.ReplaceAccessGroups: self._replace,
        }
        if self._model.family is Family.BIOSTATION:
            answers |= _legacy_handlers(
                self.legacy_schedules,
                "schedule_id",
                (rights.AddLegacySchedule, rights.DeleteLegacySchedule, rights.ReadLegacySchedules),
            )
            answers |= _legacy_handlers(
                self.legacy_holidays,
                "holiday_id",
                (rights.AddLegacyHoliday, rights.DeleteLegacyHoliday, rights.ReadLegacyHolidays),
            )
            answers |= _legacy_handlers(
                self.legacy_access_groups,
                "group_id",
                (rights.AddLegacyAccessGroup, rights.DeleteLegacyAccessGroup, rights.ReadLegacyAccessGroups),
            )
        return answers

    def _find(self, table: int, record: type[R], field: str, number: int) -> R | None:
        items = self._read_tables.get(table)
        if items is None:
            items = self._read_tables[table] = split_records(record, self.content(table))
        for item in items:
            if isinstance(item, record) and getattr(item, field) == number:
                return item
        return None

    def _read(self, request: Request[Any]) -> Outcome:
        content = self.content(request.CODE)
        return sent(content, len(content) // _RECORDS[request.CODE].SIZE)

    def _replace(self, request: Any) -> Outcome:
        if len(request.items) > TABLE_LIMITS[request.CODE]:
            return refused(DATABASE_FULL)
        self.replace(request.CODE, b"".join(item.to_bytes() for item in request.items))
        return DONE


def _legacy_handlers(
    table: Table,
    field: str,
    kinds: tuple[type[Request[Any]], type[Request[Any]], type[Request[Any]]],
) -> dict[type[Request[Any]], Callable[[Any], Outcome]]:
    """The three requests of an old table: add one, delete one or all, read all."""

    def add(request: Any) -> Outcome:
        if len(request.item) != 1:
            return refused(INVALID_PARAMETER)
        number = getattr(request.item[0], field)
        if not 0 <= number < rights.ALL:
            return refused(INVALID_PARAMETER)
        if number not in table and len(table) >= LEGACY_LIMIT:
            return refused(DATABASE_FULL)
        table[number] = request.item[0].to_bytes()
        return DONE

    def delete(request: Any) -> Outcome:
        if request.number == rights.ALL:
            table.clear()
            return DONE
        return DONE if table.pop(request.number, None) is not None else refused(NOT_FOUND)

    def read(_request: Any) -> Outcome:
        return sent(b"".join(table[number] for number in sorted(table)), len(table))

    return dict(zip(kinds, (add, delete, read), strict=True))

"""Events as a workbook for spreadsheets (XLSX), written row by row, so that memory stays flat.

Every text is written as a text: no name of a device becomes a formula or a link.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import xlsxwriter  # type: ignore[import-untyped] # has no types
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from xlsxwriter.format import Format  # type: ignore[import-untyped] # has no types
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped] # has no types

from doorward.model.events import EPOCH
from doorward.server.events.catalogue import meaning, way
from doorward.server.events.choices import Category, Severity
from doorward.server.events.export import Names
from doorward.server.events.live import EventRow, moment
from doorward.server.people.erased import pseudonym_of

SHEET_ROWS: Final = 1_048_576
"""So many rows a sheet can hold, its heading included."""

DAY_ZERO: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet knows no zone
DAY: Final = timedelta(days=1)
EXACT: Final = 2**53
"""Up to here a spreadsheet keeps whole numbers exactly."""

NO_KEY: Final = 0xFFFF
OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "use_zip64": True,
}

# Title and width of each column, in the order of the cells.
COLUMNS: Final = (
    (gettext_lazy("When"), 20), (gettext_lazy("By the device's clock"), 20), (gettext_lazy("Device"), 24),
    (gettext_lazy("Number of the device"), 14), (gettext_lazy("Person"), 12), (gettext_lazy("Name"), 24),
    (gettext_lazy("What happened"), 44), (gettext_lazy("How"), 28), (gettext_lazy("Subject"), 18),
    (gettext_lazy("Severity"), 10), (gettext_lazy("Code"), 8), (gettext_lazy("Sub-code"), 9),
    (gettext_lazy("Attendance key"), 14), (gettext_lazy("Kept at"), 20), (gettext_lazy("Told by"), 14),
    (gettext_lazy("Place in the record"), 18),
)  # fmt: skip


def write_workbook(
    path: Path,
    pieces: Iterable[Sequence[EventRow]],
    names: Names,
    *,
    scratch: Path,
    sheet_rows: int = SHEET_ROWS,
) -> int:
    """Write events into a workbook; more than fit on a sheet go on on another one.

    Args:
        path: The file.
        pieces: The events.
        names: Names of devices and people.
        scratch: A folder for temporary files.
        sheet_rows: Rows of a sheet at most.

    Returns:
        How many events there were.
    """
    book = xlsxwriter.Workbook(str(path), {**OPTIONS, "tmpdir": str(scratch)})
    cells = _Cells(names, book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}))
    sheet, row, count = _new_sheet(book), 1, 0
    for piece in pieces:
        names.learn(piece)
        for event in piece:
            if row == sheet_rows:
                sheet, row = _new_sheet(book), 1
            cells.write(sheet, row, event)
            row += 1
        count += len(piece)
    book.close()
    return count


def write_table(file: Any, title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a small table as a workbook of one sheet into an open file."""
    book = xlsxwriter.Workbook(file, {**OPTIONS, "constant_memory": False, "in_memory": True})
    sheet = book.add_worksheet(title[:31])
    sheet.freeze_panes(1, 0)
    bold = book.add_format({"bold": True})
    for column, words in enumerate(columns):
        sheet.write_string(0, column, words, bold)
        sheet.set_column(column, column, max(12, len(words) + 2))
    for row, values in enumerate(rows, 1):
        for column, value in enumerate(values):
            if isinstance(value, int | float):
                sheet.write_number(row, column, value)
            else:
                sheet.write_string(row, column, str(value))
    book.close()


def _new_sheet(book: xlsxwriter.Workbook) -> Worksheet:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    bold = book.add_format({"bold": True})
    for column, (title, width) in enumerate(COLUMNS):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, str(title), bold)
    return sheet


class _Cells:
    """Writes the cells of events; what is the same for many is made once."""

    def __init__(self, names: Names, moments: Format) -> None:
        self._names = names
        self._moments = moments
        self._zone = timezone.get_current_timezone()
        self._categories = {item.value: gettext(str(item.label)) for item in Category}
        self._severities = {item.value: gettext(str(item.label)) for item in Severity}
        self._words: dict[tuple[int, int, int], tuple[str, str]] = {}

    def _local(self, value: str | datetime) -> float:
        return (moment(value).astimezone(self._zone).replace(tzinfo=None) - DAY_ZERO) / DAY

    def write(self, sheet: Worksheet, row: int, event: EventRow) -> None:
        key = (event.generation, event.code, event.sub_code)
        words = self._words.get(key)
        if words is None:
            how = way(*key)
            found = meaning(event.generation, event.code).words
            words = self._words[key] = (gettext(found), gettext(how) if how else "")
        text, number, moments = sheet.write_string, sheet.write_number, self._moments
        number(row, 0, self._local(event.utc), moments)
        number(row, 1, (EPOCH - DAY_ZERO) / DAY + event.local_time / 86_400, moments)
        if name := self._names.device(event.origin):
            text(row, 2, name)
        _number(sheet, row, 3, event.origin)
        if pseudonym := pseudonym_of(event.person):
            text(row, 4, pseudonym)
        elif event.person:
            _number(sheet, row, 4, event.person)
        if name := self._names.person(event.person):
            text(row, 5, name)
        text(row, 6, words[0])
        if words[1]:
            text(row, 7, words[1])
        text(row, 8, self._categories[event.category])
        text(row, 9, self._severities[event.severity])
        text(row, 10, f"{event.code:#x}")
        text(row, 11, f"{event.sub_code:#x}")
        if event.attendance_key != NO_KEY:
            _number(sheet, row, 12, event.attendance_key)
        number(row, 13, self._local(event.received), moments)
        _number(sheet, row, 14, event.device_id)
        _number(sheet, row, 15, event.position)


def _number(sheet: Worksheet, row: int, column: int, value: int) -> None:
    write: Callable[..., object] = sheet.write_number if abs(value) <= EXACT else sheet.write_string
    write(row, column, value if abs(value) <= EXACT else str(value))

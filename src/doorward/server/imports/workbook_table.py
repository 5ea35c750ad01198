"""Rows of a workbook (XLSX), read row by row, so that memory stays flat.

A workbook is an archive of XML. How much it unpacks to is looked at before anything is unpacked, and defusedxml, which
openpyxl uses where it is installed, refuses entities (by errors that are values which are not allowed).
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import IO, TYPE_CHECKING, Any, Final
from xml.etree.ElementTree import ParseError

from openpyxl.reader.excel import ExcelReader
from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException

from doorward.model.errors import InvalidFile
from doorward.server.imports.archives import check_archive
from doorward.server.imports.table import MOST_COLUMNS, MOST_ROWS, Cell, Problem, SourceRow, TableRefused

if TYPE_CHECKING:
    from openpyxl.cell.read_only import ReadOnlyCell
    from openpyxl.workbook.workbook import Workbook

MOST_UNPACKED: Final = 512 * 1024 * 1024
MOST_PARTS: Final = 2_000
EMPTY_ROWS: Final = 1_000
"""So many empty rows in a row end a sheet: a format that was given to whole columns makes a million of them."""

_PIECE: Final = 256 * 1024
_MERGED: Final = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})"')
_LONGEST_TAG: Final = 200
_ZEROS: Final = re.compile(r"0+")
_MIDNIGHT: Final = time()
NO_WORKBOOK: Final = "The file is no workbook of the kind XLSX, or it is damaged."
SAVE_AGAIN: Final = "Open it in a spreadsheet and save it again as XLSX, or as CSV."


class WorkbookTable:
    """The table on one sheet of a workbook.

    Args:
        file: The workbook; seekable.
        sheet: Name of the sheet; empty for the first.

    Attributes:
        sheet: Name of the sheet.

    Raises:
        InvalidFile: It is no workbook, too large, or has no such sheet.
    """

    def __init__(self, file: IO[bytes], sheet: str = "") -> None:
        self._file = file
        check_archive(file, most_unpacked=MOST_UNPACKED, most_parts=MOST_PARTS, what=NO_WORKBOOK)
        self._book, parts = _opened(file)
        if sheet and sheet not in parts:
            raise InvalidFile(
                f"The workbook has no sheet {sheet!r}.", advice=f"Its sheets are: {', '.join(parts) or 'none'}."
            )
        if not parts:
            raise InvalidFile("The workbook has no sheet with cells.", advice=SAVE_AGAIN)
        self.sheet = sheet or next(iter(parts))
        self._part = parts[self.sheet]

    def rows(self) -> Iterator[SourceRow]:
        """The rows that are not empty, the heading first.

        Raises:
            TableRefused: It is too large.
            InvalidFile: It is damaged.
        """
        try:
            yield from self._rows()
        except (ParseError, KeyError, ValueError, TypeError, IndexError, zipfile.BadZipFile):
            raise InvalidFile(NO_WORKBOOK, advice=SAVE_AGAIN) from None

    def _rows(self) -> Iterator[SourceRow]:
        sheet = self._book[self.sheet]
        sheet.reset_dimensions()  # what the file says of its size need not be true
        empty = count = 0
        for place, row in enumerate(sheet.iter_rows(), 1):
            values = _without_end([_plain(cell) for cell in row])
            if not values:
                empty += 1
                if empty == EMPTY_ROWS:
                    return
                continue
            empty, count = 0, count + 1
            if count > MOST_ROWS:
                raise TableRefused(place, "", "more rows", f"at most {MOST_ROWS:,} rows in a file")
            if len(values) > MOST_COLUMNS:
                raise TableRefused(place, "", f"{len(values)} values", f"at most {MOST_COLUMNS} columns")
            yield SourceRow(place, tuple(values))

    def merged_cells(self) -> list[Problem]:
        """The cells that are merged: which of the rows their value belongs to is anybody's guess."""
        problems = []
        for reference in self._merged():
            left, top, right, bottom = range_boundaries(reference)
            if None in (left, top, right, bottom):
                continue
            column = get_column_letter(left or 1)
            problems.append(
                Problem(top or 0, column, f"merged cells {reference}", "cells that are not merged; a value in each row")
            )
        return problems

    def _merged(self) -> Iterator[str]:
        with zipfile.ZipFile(self._file) as archive, archive.open(self._part) as part:
            rest = b""
            while piece := part.read(_PIECE):
                text = rest + piece
                end = 0
                for found in _MERGED.finditer(text):
                    yield found[1].decode("ascii")
                    end = found.end()
                rest = text[max(end, len(text) - _LONGEST_TAG) :]


def _opened(file: IO[bytes]) -> tuple[Workbook, dict[str, str]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of parts of a workbook that have nothing to do with its cells
            reader = ExcelReader(file, read_only=True, data_only=True, keep_links=False)
            reader.read()
            parts = {sheet.name: relation.target for sheet, relation in reader.parser.find_sheets()}
    except (
        InvalidFileException, ParseError, zipfile.BadZipFile, KeyError, ValueError, TypeError,
        AttributeError, IndexError, OSError,
    ):  # fmt: skip
        raise InvalidFile(NO_WORKBOOK, advice=SAVE_AGAIN) from None
    book: Workbook = reader.wb
    tables = {sheet.title for sheet in book.worksheets}
    return book, {name: part for name, part in parts.items() if name in tables}


def _plain(cell: ReadOnlyCell | Any) -> Cell:
    """The value of a cell as a text, or as a moment."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, date):
        return datetime.combine(value, _MIDNIGHT)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number(value, str(cell.number_format or ""))
    return str(value).strip()


def _number(value: float, number_format: str) -> str:
    """A number as it is seen: without a fraction that is none, and with the zeros in front that its format gives it."""
    if isinstance(value, float) and not value.is_integer():
        return repr(value)
    digits = str(int(value))
    if _ZEROS.fullmatch(number_format):
        return digits.zfill(len(number_format))
    return digits


def _without_end(values: list[Cell]) -> list[Cell]:
    while values and values[-1] == "":
        values.pop()
    return values

"""Rows of a text file of a spreadsheet (CSV), whatever its encoding and separator."""

from __future__ import annotations

import codecs
import csv
import enum
import io
from collections.abc import Iterator
from typing import Final

from doorward.device.csv_cells import delimiter_of
from doorward.model.errors import InvalidFile
from doorward.server.imports.table import MOST_COLUMNS, MOST_ROWS, SourceRow, TableRefused

NAMED_DELIMITER: Final = "sep="
"""Some spreadsheets write their separator into a first line of its own."""

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Encoding(enum.StrEnum):
    """How the letters of a text file are written."""

    DETECT = "detect"
    UTF_8 = "utf-8"
    UTF_16 = "utf-16"
    WINDOWS_1252 = "windows-1252"
    CP949 = "cp949"


class Separator(enum.StrEnum):
    """What stands between two values."""

    DETECT = "detect"
    COMMA = "comma"
    SEMICOLON = "semicolon"
    TAB = "tab"


_SIGNS: Final = {Separator.COMMA: ",", Separator.SEMICOLON: ";", Separator.TAB: "\t"}


def decoded(content: bytes, encoding: Encoding) -> str:
    """The text of a file.

    Raises:
        InvalidFile: It is not written like that; says where, and what else it may be.
    """
    codec = str(encoding)
    marked = next((name for mark, name in _MARKS if content.startswith(mark)), None)
    if encoding in (Encoding.DETECT, Encoding.UTF_8, Encoding.UTF_16):
        codec = marked or ("utf-8" if encoding is Encoding.DETECT else codec)
    try:
        text = content.decode(codec)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidFile(
            f"The file is not written in {codec}: byte {error.start} in line {line} has no meaning there.",
            advice="Choose how it is written (windows-1252 in the West, cp949 in Korea), or save it as UTF-8.",
        ) from None
    if "\0" in text:
        raise InvalidFile(
            "The file holds bytes that no text has; it is no CSV file, or written in UTF-16 without a mark.",
            advice="Choose UTF-16, or save the file as CSV in UTF-8 or as XLSX.",
        )
    return text.removeprefix("\ufeff")


def text_rows(content: bytes, encoding: Encoding, separator: Separator) -> Iterator[SourceRow]:
    """The rows of a CSV file, the heading first; empty ones are left out. A value may reach over several lines.

    Raises:
        InvalidFile: It is not written like that.
        TableRefused: It is no table: a quote is not closed, or it is too large.
    """
    text = decoded(content, encoding)
    first, place = 1, 0
    heading = text.lstrip("\r\n").split("\n", 1)[0].rstrip("\r")
    sign = _SIGNS.get(separator)
    if heading.lower().startswith(NAMED_DELIMITER) and len(heading) == len(NAMED_DELIMITER) + 1:
        sign = sign or heading[-1]
        text = text.lstrip("\r\n").split("\n", 1)[1] if "\n" in text.lstrip("\r\n") else ""
        heading, first = text.split("\n", 1)[0], 2
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign or delimiter_of(heading), strict=True)
    try:
        for place, row in enumerate(reader, first):
            if place > MOST_ROWS:
                raise TableRefused(place, "", "more rows", f"at most {MOST_ROWS:,} rows in a file")
            if len(row) > MOST_COLUMNS:
                raise TableRefused(place, "", f"{len(row)} values", f"at most {MOST_COLUMNS} columns")
            if any(value.strip() for value in row):
                yield SourceRow(place, tuple(value.strip() for value in row))
    except csv.Error as error:
        raise TableRefused(place + 1, "", str(error), "every quote closed, and a quote inside doubled") from None

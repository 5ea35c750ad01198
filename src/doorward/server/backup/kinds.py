"""The kinds of columns: how the values of each travel between either database and a backup.

A value has one form in a backup, whichever database it came from, so equal rows give equal bytes. In JSON these are:

* integers, numbers, booleans and texts as such; a missing value is ``null``;
* bytes in base64 (encrypted columns as they are: encrypted);
* moments as ``YYYY-MM-DD HH:MM:SS[.ffffff]`` in UTC, dates and times alike, spans in whole microseconds;
* UUIDs as 32 hexadecimal digits; JSON as a text without spaces and with sorted keys.
"""

from __future__ import annotations

import enum
import json
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from django.db import models

from doorward.server.backup.errors import BackupFailed

Convert = Callable[[Any], Any]


class Kind(enum.StrEnum):
    """The kind of a column."""

    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TEXT = "text"
    BYTES = "bytes"
    MOMENT = "moment"
    DATE = "date"
    TIME = "time"
    SPAN = "span"
    UUID = "uuid"
    JSON = "json"
    ADDRESS = "address"


_INTERNAL_TYPES: Final[Mapping[str, Kind]] = MappingProxyType(
    dict.fromkeys(
        (
            "AutoField", "BigAutoField", "SmallAutoField", "IntegerField", "BigIntegerField", "SmallIntegerField",
            "PositiveIntegerField", "PositiveBigIntegerField", "PositiveSmallIntegerField",
        ),
        Kind.INTEGER,
    )
    | dict.fromkeys(("CharField", "TextField", "SlugField", "FileField", "FilePathField"), Kind.TEXT)
    | {
        "FloatField": Kind.NUMBER,
        "BooleanField": Kind.BOOLEAN,
        "BinaryField": Kind.BYTES,
        "DateTimeField": Kind.MOMENT,
        "DateField": Kind.DATE,
        "TimeField": Kind.TIME,
        "DurationField": Kind.SPAN,
        "UUIDField": Kind.UUID,
        "JSONField": Kind.JSON,
        "GenericIPAddressField": Kind.ADDRESS,
    }
)  # fmt: skip


def kind_of(field: models.Field[Any, Any]) -> Kind:
    """The kind of a model's field.

    Raises:
        BackupFailed: It has none: a backup would not keep its values faithfully.
    """
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    kind = _INTERNAL_TYPES.get(field.get_internal_type())
    if kind is None:
        raise BackupFailed(
            f"The column {field.model._meta.db_table}.{field.column} is of a kind that a backup cannot keep "
            f"({field.get_internal_type()}).",
            advice="This is a fault of this version of Doorward; report it.",
        )
    return kind


def _base64(value: bytes) -> str:
    return b2a_base64(value, newline=False).decode("ascii")


def _moment(text: str) -> str:
    if len(text) == 19 or (len(text) == 26 and not text.endswith("000000")):
        return text
    moment = datetime.fromisoformat(text)
    return str(moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None))


def _json(text: str) -> str:
    return json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"), sort_keys=True)


SQLITE_OUT: Final[Mapping[Kind, Convert]] = MappingProxyType(
    {
        Kind.NUMBER: float,
        Kind.BOOLEAN: bool,
        Kind.BYTES: _base64,
        Kind.MOMENT: _moment,
        Kind.JSON: _json,
    }
)
"""What is done to a value of SQLite on its way out."""

POSTGRESQL_OUT: Final[Mapping[Kind, Convert]] = MappingProxyType({Kind.BYTES: _base64, Kind.JSON: _json})
"""What is done to a value of PostgreSQL on its way out, after its expression."""

_TO_THE_MICROSECOND: Final = "replace(to_char({0}{1}, '{2}HH24:MI:SS.US'), '.000000', '')"

POSTGRESQL_EXPRESSIONS: Final[Mapping[Kind, tuple[str, str]]] = MappingProxyType(
    {
        Kind.INTEGER: ("{0}::int8", "int8"),
        Kind.NUMBER: ("{0}::float8", "float8"),
        Kind.BOOLEAN: ("{0}", "bool"),
        Kind.TEXT: ("{0}::text", "text"),
        Kind.BYTES: ("{0}", "bytea"),
        Kind.MOMENT: (_TO_THE_MICROSECOND.format("{0}", " AT TIME ZONE 'UTC'", "YYYY-MM-DD "), "text"),
        Kind.DATE: ("to_char({0}, 'YYYY-MM-DD')", "text"),
        Kind.TIME: (_TO_THE_MICROSECOND.format("('2000-01-01'::date + {0})", "", ""), "text"),
        Kind.SPAN: ("(extract(epoch FROM {0}) * 1000000)::int8", "int8"),
        Kind.UUID: ("replace({0}::text, '-', '')", "text"),
        Kind.JSON: ("{0}::text", "text"),
        Kind.ADDRESS: ("host({0})", "text"),
    }
)
"""The expression by which PostgreSQL gives a column, and the type of what it gives."""

SQLITE_IN: Final[Mapping[Kind, Convert]] = MappingProxyType({Kind.BYTES: a2b_base64, Kind.BOOLEAN: int})
"""What is done to a value on its way into SQLite."""

POSTGRESQL_IN: Final[Mapping[Kind, Convert]] = MappingProxyType(
    {
        Kind.BYTES: a2b_base64,
        Kind.MOMENT: lambda text: text + "+00",
        Kind.SPAN: lambda microseconds: f"{microseconds} microseconds",
    }
)
"""What is done to a value on its way into PostgreSQL, which reads the rest from its text."""


def convert(rows: list[tuple[Any, ...]], converters: list[Convert | None]) -> list[tuple[Any, ...]]:
    """Convert the columns of some rows; a missing value stays missing."""
    if not rows or not any(converters):
        return rows
    columns: list[Any] = list(zip(*rows, strict=True))
    for place, converter in enumerate(converters):
        if converter is not None:
            columns[place] = [None if value is None else converter(value) for value in columns[place]]
    return list(zip(*columns, strict=True))

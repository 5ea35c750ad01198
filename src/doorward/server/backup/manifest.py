"""What a backup says of itself: ``manifest.json``, and the mark by which tampering is found out."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from doorward.server.backup.errors import DamagedBackup
from doorward.server.backup.kinds import Kind
from doorward.server.backup.tables import Column, Migration, Shape
from doorward.server.crypto import KeyRing

FORMAT: Final = 1
MEMBER: Final = "manifest.json"
MARK_MEMBER: Final = "manifest.mark"
SETTINGS_MEMBER: Final = "settings.toml"
KEY_MEMBER: Final = "key.json"
LARGEST: Final = 64 * 1024 * 1024
SHA256: Final = re.compile(r"[0-9a-f]{64}")
KEY_NAME: Final = re.compile(r"[0-9a-f]{8}")
PURPOSE: Final = "mark of a backup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table in a backup.

    Attributes:
        shape: What it looks like.
        rows: How many rows there are.
        sha256: Digest of their lines.
        last_number: The last number that the database gave to a row; None where it gives none.
    """

    shape: Shape
    rows: int
    sha256: str
    last_number: int | None

    @property
    def member(self) -> str:
        """Its place in the archive."""
        return f"tables/{self.shape.table}.jsonl"


@dataclass(frozen=True, slots=True)
class Part:
    """A file in a backup.

    Attributes:
        name: Its place in the archive; files of the data folder are below ``files/``.
        size: Bytes.
        sha256: Digest of its bytes.
    """

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup says of itself.

    Attributes:
        version: The version of Doorward that made it.
        made: When, as ISO 8601 in UTC.
        host: On which machine.
        vendor: Of which kind of database: ``sqlite`` or ``postgresql``.
        keys: Names of the keys that open its encrypted values, the newest first; they betray nothing.
        migrations: What the database had gone through.
        position: The last position of the stream.
        months: The months of the devices' clocks in which there are events, such as ``2026-11``.
        left_out: The models whose rows are not in it.
        tables: The tables.
        parts: Settings, enciphered key and files.
    """

    version: str
    made: str
    host: str
    vendor: str
    keys: tuple[str, ...]
    migrations: tuple[Migration, ...]
    position: int
    months: tuple[str, ...]
    left_out: tuple[str, ...]
    tables: tuple[Table, ...]
    parts: tuple[Part, ...]

    def part(self, name: str) -> Part | None:
        """A part by its place; None when it is not there."""
        return next((part for part in self.parts if part.name == name), None)

    @property
    def rows(self) -> int:
        """The rows of all tables."""
        return sum(table.rows for table in self.tables)

    def to_bytes(self) -> bytes:
        """As it stands in the archive."""
        return json.dumps({"format": FORMAT, **asdict(self)}, ensure_ascii=False, indent=1).encode()


def mark(manifest: bytes, ring: KeyRing) -> str:
    """The mark of a manifest, which only the holder of the newest key can make."""
    return _marks(manifest, ring)[0]


def has_mark(manifest: bytes, given: str, ring: KeyRing) -> bool:
    """Whether a mark was made with one of the keys."""
    return any(hmac.compare_digest(given, expected) for expected in _marks(manifest, ring))


def _marks(manifest: bytes, ring: KeyRing) -> list[str]:
    return [hmac.new(bytes.fromhex(key), manifest, hashlib.sha256).hexdigest() for key in ring.derive(PURPOSE)]


def read_manifest(content: bytes) -> Manifest:
    """Read a manifest of this format.

    Raises:
        DamagedBackup: It is none.
    """
    try:
        found = json.loads(content)
        manifest = Manifest(
            version=_text(found["version"]),
            made=_text(found["made"]),
            host=_text(found["host"]),
            vendor=_text(found["vendor"]),
            keys=tuple(_like(KEY_NAME, key) for key in found["keys"]),
            migrations=tuple((_text(app), _text(name)) for app, name in found["migrations"]),
            position=_whole(found["position"]),
            months=tuple(_like(re.compile(r"\d{4}-\d{2}"), month) for month in found["months"]),
            left_out=tuple(map(_text, found["left_out"])),
            tables=tuple(map(_table, found["tables"])),
            parts=tuple(_part(part) for part in found["parts"]),
        )
        _no_doubles(table.shape.table for table in manifest.tables)
        _no_doubles(part.name for part in manifest.parts)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DamagedBackup("The backup does not say what is in it: its manifest is damaged.") from error
    return manifest


def format_of(content: bytes) -> int:
    """The format that a manifest names; 0 when it names none."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return 0
    number = found.get("format") if isinstance(found, dict) else None
    return number if isinstance(number, int) and not isinstance(number, bool) else 0


def _table(found: Mapping[str, Any]) -> Table:
    shape = found["shape"]
    last = found["last_number"]
    return Table(
        shape=Shape(
            _text(shape["model"]),
            _text(shape["table"]),
            tuple(Column(_text(column["name"]), Kind(column["kind"])) for column in shape["columns"]),
            _text(shape["key"]),
            bool(shape["numbered"]),
        ),
        rows=_whole(found["rows"]),
        sha256=_like(SHA256, found["sha256"]),
        last_number=None if last is None else _whole(last),
    )


def _part(found: Mapping[str, Any]) -> Part:
    return Part(_text(found["name"]), _whole(found["size"]), _like(SHA256, found["sha256"]))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError
    return value


def _like(pattern: re.Pattern[str], value: object) -> str:
    if not pattern.fullmatch(_text(value)):
        raise ValueError
    return str(value)


def _no_doubles(names: Iterable[str]) -> None:
    given = list(names)
    if len(set(given)) != len(given):
        raise ValueError

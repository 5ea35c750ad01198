"""Which backups were made of this server: ``backups.json`` in the data folder.

A file rather than a table: it also tells of backups when the database is of another version, or gone, and making a
backup changes nothing in the database.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

FILE_NAME: Final = "backups.json"
KEPT: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A backup that was made.

    Attributes:
        file: Where.
        made: When, as ISO 8601 in UTC.
        version: By which version of Doorward.
        database: Of which database, in words.
        position: The last position of the stream in it.
        size: Bytes.
        sha256: The digest at its end.
        tables: Rows and digest of each table.
    """

    file: str
    made: str
    version: str
    database: str
    position: int
    size: int
    sha256: str
    tables: Mapping[str, tuple[int, str]]


def read_records(data_folder: Path) -> list[Record]:
    """The records, the oldest first; none where they cannot be read."""
    try:
        found = json.loads((data_folder / FILE_NAME).read_text(encoding="utf-8"))
        return [
            Record(**{**item, "tables": {name: (rows, sha256) for name, (rows, sha256) in item["tables"].items()}})
            for item in found
        ]
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return []


def add_record(data_folder: Path, record: Record) -> None:
    """Note a backup; the oldest records are forgotten.

    Raises:
        OSError: The data folder cannot be written.
    """
    records = [*read_records(data_folder), record][-KEPT:]
    path = data_folder / FILE_NAME
    new = path.with_name(FILE_NAME + ".new")
    new.unlink(missing_ok=True)
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump([asdict(item) for item in records], file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)

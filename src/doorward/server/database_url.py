"""The database by one line: SQLite in a file, or PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from doorward.model.errors import InvalidInput
from doorward.server.redaction import redact

ALLOWED = "sqlite:///absolute/path/of/a/file or postgresql://user:password@host:port/name"

# WAL lets the pages read while events are written. FULL makes SQLite wait for the disk at each commit: in WAL mode
# the lesser NORMAL keeps the file sound but may lose the last commits when the power fails, and an event is
# acknowledged to its device right after the commit, so it must be on disk by then.
SQLITE_PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-32000"


@dataclass(frozen=True, slots=True)
class DatabaseTarget:
    """A database.

    Attributes:
        vendor: ``sqlite`` or ``postgresql``.
        name: The file, or the database's name.
        words: The database for people, without its password.
        django: The entry of Django's ``DATABASES``.
    """

    vendor: str
    name: str
    words: str
    django: dict[str, Any]

    @property
    def folder(self) -> Path | None:
        """The folder of an SQLite file; None for a database server."""
        return Path(self.name).parent if self.vendor == "sqlite" else None


def parse_database_url(url: str, *, busy_seconds: float = 10.0) -> DatabaseTarget:
    """Read a database URL.

    Raises:
        InvalidInput: It is none of the two kinds; a password in it is not repeated.
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return _sqlite(url, busy_seconds)
    if parts.scheme in {"postgresql", "postgres"}:
        return _postgresql(url, busy_seconds)
    shown = f"{parts.scheme}://..." if parts.scheme else "a text without ://"
    raise InvalidInput("database.url", shown, ALLOWED)


def _sqlite(url: str, busy_seconds: float) -> DatabaseTarget:
    # On Windows the path is sqlite:///C:/folder/file, elsewhere sqlite:////folder/file or sqlite:///folder/file.
    tail = unquote(urlsplit(url).path).removeprefix("/")
    path = Path(tail)
    if not path.drive:
        path = Path("/" + tail.removeprefix("/"))
    if not tail.strip("/") or urlsplit(url).netloc:
        raise InvalidInput("database.url", redact(url), ALLOWED)
    return DatabaseTarget(
        "sqlite",
        str(path),
        f"SQLite in {path}",
        {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(path),
            "OPTIONS": {
                "timeout": busy_seconds,
                # A transaction that means to write asks for the lock at once; else SQLite refuses to wait later.
                "transaction_mode": "IMMEDIATE",
                "init_command": SQLITE_PRAGMAS,
            },
        },
    )


def _postgresql(url: str, busy_seconds: float) -> DatabaseTarget:
    parts = urlsplit(url)
    name = unquote(parts.path.removeprefix("/"))
    try:
        port = parts.port
    except ValueError:
        raise InvalidInput("database.url", "its port", "a port from 1 to 65535") from None
    if not name:
        raise InvalidInput("database.url", "postgresql://... without a database name", ALLOWED)
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or unquote(parts.hostname or "")
    options.setdefault("connect_timeout", str(max(2, round(busy_seconds))))
    milliseconds = round(busy_seconds * 1000)
    # A database server that vanished from the network is noticed, rather than waited for.
    options.setdefault("tcp_user_timeout", str(max(5000, milliseconds)))
    options.setdefault("options", f"-c lock_timeout={milliseconds} -c synchronous_commit=on")
    return DatabaseTarget(
        "postgresql",
        name,
        f"PostgreSQL database {name} on {host or 'this machine'}" + (f", port {port}" if port else ""),
        {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": name,
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": host,
            "PORT": str(port or ""),
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": options,
        },
    )

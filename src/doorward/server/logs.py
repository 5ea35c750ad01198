"""What the server tells about itself: lines for people or JSON for programs, to standard error and to a file.

Secrets are taken out of every line as it is written, whoever wrote it; see ``doorward.server.redaction``.
"""

from __future__ import annotations

import json
import logging
import logging.handlers
import os
import re
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from io import FileIO, TextIOWrapper
from pathlib import Path
from typing import Any, Final

from doorward.model.errors import DoorwardError
from doorward.server.operators.actor import current_actor
from doorward.server.redaction import Redactor
from doorward.server.settings import ServerSettings

TEXT: Final = "text"
JSON: Final = "json"
FILES_KEPT: Final = 5
TELL_EVERY: Final = 60.0

_CONTROLS: Final = {code: f"\\x{code:02x}" for code in (*range(32), 127, *range(128, 160), 0x2028, 0x2029)}
_ABOUT_DEVICE = re.compile(r"\bdevice (\d{1,10})\b", re.IGNORECASE)
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "device", "request"}
# What other packages tell at the level of information is noise to whoever runs a server.
_QUIETER: Final = {
    "asyncio": logging.WARNING,
    "django.request": logging.ERROR,  # the access log tells of refusals
    "httpx": logging.WARNING,
    "uvicorn.error": logging.WARNING,
}


class TextFormatter(logging.Formatter):
    """Lines for people: time, level, where, words."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(where)s: %(message)s%(tail)s")
        self._redactor = redactor

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - its name there
        """The local time with its distance from UTC."""
        del datefmt
        moment = datetime.fromtimestamp(record.created, UTC).astimezone()
        return moment.isoformat(sep=" ", timespec="milliseconds")

    def format(self, record: logging.LogRecord) -> str:
        """One line, and a traceback below where there is one."""
        record.where = record.name.removeprefix("doorward.")
        request = current_actor().request_id
        record.tail = f" [{request}]" if request else ""
        return self._redactor(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - its name there
        """The line itself: a name from outside neither begins a line of its own nor speaks to the terminal."""
        record.message = record.message.translate(_CONTROLS)
        return super().formatMessage(record)


class JsonFormatter(logging.Formatter):
    """One JSON object a line.

    Keys: ``ts`` (UTC, ISO 8601), ``level``, ``logger``, ``message``; where they are known ``device`` (its number),
    ``request``, ``exception``, and what the line was given beside its words.
    """

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        message = record.getMessage()
        line: dict[str, Any] = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._redactor(message),
        }
        device = getattr(record, "device", None)
        if device is None and (found := _ABOUT_DEVICE.search(message)):
            device = int(found[1])
        if device is not None:
            line["device"] = device
        if request := current_actor().request_id:
            line["request"] = request
        for name, value in vars(record).items():
            if name not in _STANDARD and not name.startswith("_") and name not in ("where", "tail"):
                line[name] = value if isinstance(value, bool | int | float) else self._redactor(str(value))
        if record.exc_info:
            line["exception"] = self._redactor(self.formatException(record.exc_info))
        if record.stack_info:
            line["stack"] = self._redactor(record.stack_info)
        return json.dumps(line, ensure_ascii=False)


class LogFile(logging.handlers.RotatingFileHandler):
    """A file that only its owner may read, and that begins anew when it is large.

    A full disk must not bring the server down: what cannot be written is told on standard error, once a minute.
    """

    def __init__(self, path: Path, most_bytes: int) -> None:
        self._told = -TELL_EVERY
        super().__init__(path, maxBytes=most_bytes, backupCount=FILES_KEPT, encoding="utf-8")

    def _open(self) -> TextIOWrapper:
        # Others of this machine need not know who passes which door.
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        # Without a buffer: on a full disk lines are dropped rather than gathered.
        return TextIOWrapper(FileIO(descriptor, "ab"), encoding="utf-8", write_through=True)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - its name there
        """A line could not be written."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)
            return
        now = time.monotonic()
        if now - self._told >= TELL_EVERY:
            self._told = now
            # The log itself does not work.
            sys.stderr.write(f"The log file {self.baseFilename} cannot be written: {error.strerror}.\n")


def known_secrets(settings: ServerSettings) -> Iterator[str]:
    """Secrets of the settings that no line of the log may hold."""
    password = settings.database_target.django.get("PASSWORD")
    if password:
        yield str(password)


def set_up_logging(settings: ServerSettings) -> None:
    """Let everything that this process logs go where the settings say.

    Raises:
        DoorwardError: The log file cannot be written.
    """
    log = settings.log
    redactor = Redactor(known_secrets(settings))
    formatter: logging.Formatter = JsonFormatter(redactor) if log.format == JSON else TextFormatter(redactor)
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    if log.file:
        path = Path(log.file).expanduser()
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handlers.append(LogFile(path, log.file_megabytes * 1024 * 1024))
        except OSError as error:
            raise DoorwardError(
                f"The log file {path} cannot be written: {error.strerror}.",
                advice=f"Check its folder, or set log.file in {settings.path} to another place or to an empty text.",
            ) from None
    for handler in handlers:
        handler.setFormatter(formatter)
    logging.basicConfig(level=log.level.upper(), handlers=handlers, force=True)
    if log.level != "debug":
        for name, level in _QUIETER.items():
            logging.getLogger(name).setLevel(level)
    logging.captureWarnings(capture=True)

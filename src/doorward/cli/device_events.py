"""``doorward device events``: the log of a device as a table, CSV or JSON lines."""

from __future__ import annotations

import contextlib
import csv
import datetime
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, TextIO

import typer
from rich.markup import escape
from rich.table import Table

from doorward.cli.device_options import (
    DEFAULT_TIMEOUT,
    Host,
    Model,
    Password,
    Timeout,
    Zone,
    connected,
    read_moment,
)
from doorward.cli.output import command, err, out, progress_bar
from doorward.device import BioStar1Device
from doorward.model.errors import InvalidInput
from doorward.model.events import EPOCH, NO_ATTENDANCE_KEY, Event, EventDescription

COLUMNS = (
    "time",
    "device_id",
    "code",
    "event",
    "words",
    "category",
    "severity",
    "how",
    "person",
    "attendance_key",
    "image_slot",
)
FORMATS = ("table", "csv", "json")
TABLE_LIMIT = 1000  # a terminal is no place for more; the newest are shown

Row = tuple[str, int, int, str, str, str, str, str, int | None, int | None, int | None]
Describe = Callable[[Event], EventDescription]


class Rows:
    """Makes rows of events; what depends on the code alone is looked up once."""

    def __init__(self, describe: Describe) -> None:
        self._describe = describe
        self._known: dict[tuple[int, int], tuple[str, str, str, str, str]] = {}
        self._day = -1
        self._date = ""

    def row(self, event: Event) -> Row:
        """One event as a row of all columns."""
        key = (event.code, event.sub_code)
        words = self._known.get(key)
        if words is None:
            found = self._describe(event)
            words = (found.name, found.words, found.category, found.severity, found.how)
            self._known[key] = words
        day, second = divmod(event.local_time, 86_400)
        if day != self._day:
            self._day = day
            self._date = (EPOCH + datetime.timedelta(days=day)).date().isoformat()
        minute, second = divmod(second, 60)
        hour, minute = divmod(minute, 60)
        return (
            f"{self._date}T{hour:02}:{minute:02}:{second:02}",
            event.device_id,
            event.code,
            *words,
            event.person or None,
            None if event.attendance_key in (0, NO_ATTENDANCE_KEY) else event.attendance_key,
            None if event.image_slot < 0 else event.image_slot,
        )


@contextlib.contextmanager
def _target(output: Path | None) -> Iterator[TextIO]:
    if output is None:
        yield sys.stdout
    else:
        with output.open("w", encoding="utf-8", newline="") as file:
            yield file


@command
async def events(
    host: Host,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="From this local time on, that second included.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="TIME", help="Up to this local time.")] = None,
    kind: Annotated[
        str | None, typer.Option("--format", "-f", metavar="table|csv|json", help="By the name of FILE, else a table.")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to a file.")] = None,
    model: Model = None,
    password: Password = None,
    timeout: Timeout = DEFAULT_TIMEOUT,
    zone: Zone = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line; the same as --format json.")] = False,
) -> None:
    """Read the log, oldest events first.

    Times are the device's local time, as it wrote them. A download that was cut goes on with --since and the last
    time that was written; events of that second come again.
    """
    shape = _shape("json" if as_json else kind, output)
    first, last = read_moment("--since", since), read_moment("--until", until)
    async with connected(host, model=model, password=password, timeout=timeout, zone=zone) as device:
        with _target(output) as file:
            if shape == "table":
                await _as_table(device, first, last)
            else:
                await _as_lines(device, first, last, shape, file, output)


def _shape(kind: str | None, output: Path | None) -> str:
    if kind is None and output is not None:
        kind = {".csv": "csv", ".json": "json", ".jsonl": "json", ".ndjson": "json"}.get(output.suffix.lower(), "csv")
    kind = kind or "table"
    if kind not in FORMATS:
        raise InvalidInput("--format", kind, ", ".join(FORMATS))
    if kind == "table" and output is not None:
        raise InvalidInput("--format", kind, "csv or json when writing to a file")
    return kind


async def _as_lines(
    device: BioStar1Device,
    since: datetime.datetime | None,
    until: datetime.datetime | None,
    shape: str,
    file: TextIO,
    output: Path | None,
) -> None:
    rows = Rows(device.describe)
    writer = csv.writer(file)
    written = 0
    last_time = ""
    if shape == "csv":
        writer.writerow(COLUMNS)
    with progress_bar() as bar:
        task = bar.add_task("Events", total=None if since or until else await device.event_count())
        try:
            async for chunk in device.events(since=since, until=until):
                made = [rows.row(event) for event in chunk]
                if shape == "csv":
                    writer.writerows(made)
                else:
                    file.writelines(
                        json.dumps(dict(zip(COLUMNS, row, strict=True)), ensure_ascii=False) + "\n" for row in made
                    )
                written += len(made)
                last_time = made[-1][0] if made else last_time
                bar.update(task, completed=written)
        except BaseException:
            if last_time:
                file.flush()
                err.print(f"Cut after {written} events. Go on with --since {last_time}")
            raise
        bar.update(task, total=written)
    if output is not None:
        err.print(f"{written} events written to {escape(str(output))}.")


async def _as_table(device: BioStar1Device, since: datetime.datetime | None, until: datetime.datetime | None) -> None:
    rows = Rows(device.describe)
    kept: list[Event] = []
    seen = 0
    with progress_bar() as bar:
        task = bar.add_task("Events", total=None if since or until else await device.event_count())
        async for chunk in device.events(since=since, until=until):
            seen += len(chunk)
            kept = (kept + chunk)[-TABLE_LIMIT:]
            bar.update(task, completed=seen)
        bar.update(task, total=seen)
    table = Table(title=f"{seen} events of {device.title} {device.device_id}", title_justify="left")
    for column in ("Time", "Event", "How", "Person", "Severity"):
        table.add_column(column)
    for event in kept:
        row = dict(zip(COLUMNS, rows.row(event), strict=True))
        cells = (row["time"], row["words"], row["how"], row["person"], row["severity"])
        style = {"alarm": "bold red", "warning": "yellow"}.get(str(row["severity"]))
        table.add_row(*("" if cell is None else escape(str(cell)) for cell in cells), style=style)
    out.print(table)
    if seen > len(kept):
        err.print(f"The newest {len(kept)} of {seen} events. For all of them: --format csv or json.")

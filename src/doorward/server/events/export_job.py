"""The export of events as a job: all events of a search in one file, with the rights that the operator has then."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext, ngettext

from doorward.server.events.export import CSV, JSON_LINES, Names, csv_lines, heading, json_lines
from doorward.server.events.filters import EventFilter, event_query, visible_devices
from doorward.server.events.live import EventRow
from doorward.server.events.search import EventQuery, chunks
from doorward.server.events.spreadsheet import write_workbook
from doorward.server.jobs.kinds import Arguments, JobKind, Work
from doorward.server.operators.access import NOBODY

KIND: Final = "events.export"
RIGHT: Final = "events.export"
NAMES: Final = "names"
"""The argument that says whether the one who asked might see what people are called."""

LINES: Final = {CSV: csv_lines, JSON_LINES: json_lines}


class ExportFormat(enum.StrEnum):
    """What kind of file it is to be."""

    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"


def title(arguments: Arguments) -> str:
    """What the job does."""
    return gettext("Events as %(format)s") % {"format": str(arguments.get("format", CSV)).upper()}


def file_name(arguments: Arguments) -> str:
    """What the file is to be called."""
    return f"events-{timezone.localdate():%Y-%m-%d}.{arguments.get('format', CSV)}"


def run(work: Work) -> str:
    """Write the file; gives how many events it holds."""
    wanted = str(work.arguments.get("format", CSV))
    filters = EventFilter.model_validate(work.arguments.get("filter", {}))
    query = event_query(filters, visible_devices(work.operator.access, RIGHT))
    work.progress(0)
    total = query.rows().count()
    work.progress(0, total)
    rows = _told(query, total, work.progress)
    names = Names(work.operator.access if work.arguments.get(NAMES) else NOBODY)
    if wanted == ExportFormat.XLSX:
        done = write_workbook(work.path, rows, names, scratch=work.scratch)
    else:
        lines, done = LINES[wanted], 0
        with work.path.open("w", encoding="utf-8", newline="") as file:
            file.write(heading(wanted))
            for piece in rows:
                file.write(lines(piece, names))
                done += len(piece)
    return ngettext("%(count)s event", "%(count)s events", done) % {"count": f"{done:,}"}


def _told(query: EventQuery, total: int, progress: Callable[[int, int], None]) -> Iterator[list[EventRow]]:
    """The events piece by piece; tells after each how many there were."""
    done = 0
    for piece in chunks(query):
        yield piece
        done += len(piece)
        # More may have come since they were counted.
        progress(done, max(done, total))


EXPORT: Final = JobKind(KIND, RIGHT, title, file_name, run)

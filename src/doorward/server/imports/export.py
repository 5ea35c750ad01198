"""People as files: CSV and XLSX that can be imported again, photos in an archive. A PIN is never written.

Every text is written as a text: no name of a person becomes a formula of whoever opens the file.
"""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TextIO

import xlsxwriter  # type: ignore[import-untyped] # has no types
from django.db.models import Count, QuerySet
from django.utils import timezone

from doorward.server.events.export import harmless
from doorward.server.events.spreadsheet import OPTIONS
from doorward.server.imports.columns import BETWEEN_DEPARTMENTS, BETWEEN_GROUPS, FILE_COLUMNS, OWN
from doorward.server.imports.states import card_text, department_ways
from doorward.server.people.models import Person, PersonField

PIECE: Final = 500
LEFT_OUT: Final = frozenset({"pin", "card", "card_custom_id", "card_bypass"})
MOMENT: Final = "%Y-%m-%d %H:%M:%S"
WIDTHS: Final = {"name": 28, "department": 28, "email": 28, "notes": 40, "access_groups": 28, "cards": 18}
USUAL_WIDTH: Final = 14

Progress = Callable[[int, int | None], None]


def heading() -> list[str]:
    """The columns of a file of people."""
    own = PersonField.objects.values_list("slug", flat=True)
    return [column for column in FILE_COLUMNS if column not in LEFT_OUT] + [OWN + slug for slug in own]


def rows(people: QuerySet[Person], columns: list[str], progress: Progress) -> Iterator[list[str | int]]:
    """A row for each person, in the order of the numbers."""
    ways = department_ways()
    found = (
        people.defer("photo", "pin")
        .prefetch_related("cards", "access_groups")
        .annotate(finger_count=Count("fingers", distinct=True), face_count=Count("faces", distinct=True))
        .order_by("number")
    )
    total = people.count()
    for done, person in enumerate(found.iterator(chunk_size=PIECE), 1):
        values = _values(person, ways)
        yield [values.get(column, "") for column in columns]
        if done % PIECE == 0:
            progress(done, total)


def _values(person: Person, ways: dict[int, tuple[str, ...]]) -> dict[str, str | int]:
    found: dict[str, Any] = {
        "number": person.number,
        "name": person.name,
        "department": BETWEEN_DEPARTMENTS.join(ways.get(person.department_id or 0, ())),
        "email": person.email,
        "phone": person.phone,
        "notes": person.notes,
        "cards": " ".join(card_text(card.number, card.custom_id, alone=card.bypass) for card in person.cards.all()),
        "valid_from": _local(person.valid_from),
        "valid_until": _local(person.valid_until),
        "access_groups": BETWEEN_GROUPS.join(group.name for group in person.access_groups.all()),
        "administrator": _yes(person.terminal_administrator),
        "disabled": _yes(person.disabled),
        "security_level": person.security_level,
        "authentication_mode": person.authentication_mode,
        "daily_entry_limit": person.daily_entry_limit,
        "anti_passback_minutes": person.anti_passback_minutes,
        "fingers": getattr(person, "finger_count", 0),
        "faces": getattr(person, "face_count", 0),
        "photo": _yes(bool(person.photo_digest)),
    }
    return found | {OWN + slug: value for slug, value in person.fields.items() if value is not None}


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _local(moment: datetime | None) -> str:
    return timezone.localtime(moment, timezone.get_default_timezone()).strftime(MOMENT) if moment else ""


def write_csv(file: TextIO, people: QuerySet[Person], separator: str, progress: Progress) -> int:
    """Write people as CSV; gives how many. The file begins with the mark by which spreadsheets know UTF-8."""
    columns = heading()
    file.write("\ufeff")
    writer = csv.writer(file, delimiter=separator)
    writer.writerow(columns)
    done = 0
    for row in rows(people, columns, progress):
        writer.writerow([harmless(value) for value in row])
        done += 1
    return done


def write_workbook(path: Path, people: QuerySet[Person], scratch: Path, progress: Progress) -> int:
    """Write people as a workbook; gives how many."""
    columns = heading()
    book = xlsxwriter.Workbook(str(path), {**OPTIONS, "tmpdir": str(scratch)})
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    bold = book.add_format({"bold": True})
    for place, column in enumerate(columns):
        sheet.set_column(place, place, WIDTHS.get(column, USUAL_WIDTH))
        sheet.write_string(0, place, column, bold)
    done = 0
    for done, row in enumerate(rows(people, columns, progress), 1):
        for place, value in enumerate(row):
            if isinstance(value, int | float) and not isinstance(value, bool):
                sheet.write_number(done, place, value)
            elif value != "":
                sheet.write_string(done, place, str(value))
    book.close()
    return done


def write_photos(path: Path, people: QuerySet[Person], progress: Progress) -> int:
    """Write photos into an archive, each called by its person's number; gives how many."""
    numbers = list(people.exclude(photo_digest="").order_by("number").values_list("number", flat=True))
    # They are packed already: packing them once more would take long and gain nothing.
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED, strict_timestamps=False) as archive:
        for done, number in enumerate(numbers, 1):
            person = Person.objects.only("photo").filter(number=number).first()
            if person is not None and person.photo:
                archive.writestr(f"{number}.jpg", person.photo)
            progress(done, len(numbers))
    return len(numbers)

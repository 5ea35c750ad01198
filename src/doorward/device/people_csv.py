"""People as CSV: written for a spreadsheet, read strictly.

Columns (all but ``number`` may be left out of a file that is read):

========================= ==========================================================================
``number``                number on the devices, 1 to 4294967295
``name``                  name
``department``            department
``pin``                   PIN; written only on request
``card``                  card number, empty without a card
``card_custom_id``        custom id of the card, 0 none
``card_bypass``           yes when the card alone opens
``valid_from``            start of validity, local, ``2024-05-31`` or ``2024-05-31 08:00:00``; empty without one
``valid_until``           end of validity; a day alone means its last second
``access_groups``         numbers of access groups, separated by spaces
``administrator``         yes when the person may use the terminal's menus
``disabled``              yes when the person is blocked
``security_level``        0 the device's default, 1 lowest to 5 highest
``authentication_mode``   what the person must show, the model's own number; 0 the device's default
``daily_entry_limit``     entries a day, 0 without limit
``anti_passback_minutes`` minutes before the person may enter again, 0 at once
``fingers``, ``faces``    how many are enrolled; written for information, not read
========================= ==========================================================================

A column that is missing from a file leaves that part of a person who is on the device as it is. Fingers and faces are
never in a CSV file; those of people who are on the device stay.
"""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from doorward.device.biostar1.people import People
from doorward.device.csv_cells import NOT_READ, READERS, TIME_FORMATS, delimiter_of, read_card
from doorward.model.errors import InvalidFile, InvalidInput
from doorward.model.people import Person, PersonDetails
from doorward.protocol.biostar1.results import NotFoundError

LARGEST_FILE = 64 * 1024 * 1024
ERRORS_SHOWN = 20

COLUMNS = (
    "number",
    "name",
    "department",
    "pin",
    "card",
    "card_custom_id",
    "card_bypass",
    "valid_from",
    "valid_until",
    "access_groups",
    "administrator",
    "disabled",
    "security_level",
    "authentication_mode",
    "daily_entry_limit",
    "anti_passback_minutes",
    "fingers",
    "faces",
)


class CsvErrors(InvalidFile):
    """A file of people has errors; nothing was sent to a device.

    Attributes:
        errors: Each with row, column, value and what is allowed. Row 1 is the heading.
    """

    def __init__(self, errors: Sequence[InvalidInput]) -> None:
        shown = "\n".join(f"  {error.message}" for error in errors[:ERRORS_SHOWN])
        more = f"\n  and {len(errors) - ERRORS_SHOWN} more" if len(errors) > ERRORS_SHOWN else ""
        count = "1 error" if len(errors) == 1 else f"{len(errors)} errors"
        super().__init__(
            f"The file has {count}; nothing was sent:\n{shown}{more}", advice="Correct the file and try again."
        )
        self.errors = tuple(errors)


@dataclass(frozen=True, slots=True)
class CsvPerson:
    """A row of a file.

    Attributes:
        row: Its number in the file; the heading is row 1.
        number: The person's number.
        values: What the row says, by the names of a person's fields; columns that are missing are not here.
    """

    row: int
    number: int
    values: Mapping[str, Any] = field(repr=False)

    def applied_to(self, person: Person | None) -> Person:
        """The person with what the row says; a new one when there was none."""
        if person is None:
            return Person(number=self.number, **self.values)
        return dataclasses.replace(person, **self.values)


# Writing.


def write_people(people: Iterable[PersonDetails], *, with_pins: bool = False, delimiter: str = ",") -> str:
    """Write people as CSV with a heading.

    Args:
        people: The people; those of a list or with all credentials.
        with_pins: Whether PINs are written. They are secret: treat the file as such.
        delimiter: What stands between two values.
    """
    columns = [column for column in COLUMNS if with_pins or column != "pin"]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(columns)
    for person in people:
        row = _row(person)
        writer.writerow([row[column] for column in columns])
    return text.getvalue()


def _row(person: PersonDetails) -> dict[str, str]:
    card = person.cards[0] if person.cards else None
    return {
        "number": str(person.number),
        "name": person.name,
        "department": person.department,
        "pin": person.pin,
        "card": str(card.number) if card else "",
        "card_custom_id": str(card.custom_id) if card else "",
        "card_bypass": _yes(card.bypass) if card else "",
        "valid_from": _moment(person.valid_from),
        "valid_until": _moment(person.valid_until),
        "access_groups": " ".join(map(str, person.access_groups)),
        "administrator": _yes(person.administrator),
        "disabled": _yes(person.disabled),
        "security_level": str(int(person.security_level)),
        "authentication_mode": str(person.authentication_mode),
        "daily_entry_limit": str(person.daily_entry_limit),
        "anti_passback_minutes": str(person.anti_passback_minutes),
        "fingers": _count(person, "fingers", "finger_count"),
        "faces": _count(person, "faces", "face_count"),
    }


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else moment.strftime(TIME_FORMATS[0])


def _count(person: PersonDetails, items: str, number: str) -> str:
    if isinstance(person, Person):
        return str(len(getattr(person, items)))
    return str(getattr(person, number, 0))


# Reading.


def read_people(text: str) -> list[CsvPerson]:
    """Read a file of people and check every value by itself.

    Args:
        text: The whole file. Comma, semicolon and tabulator are taken as delimiters.

    Raises:
        CsvErrors: With every error of the file: row, column, value and what is allowed.
    """
    if len(text) > LARGEST_FILE:
        raise CsvErrors([InvalidInput("file", f"{len(text)} characters", f"at most {LARGEST_FILE} characters")])
    text = text.removeprefix("\ufeff")
    heading = text.splitlines()[0] if text.strip() else ""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(heading), strict=True)
    errors: list[InvalidInput] = []
    people: list[CsvPerson] = []
    try:
        columns = _columns(next(rows, []), errors)
        if errors:
            raise CsvErrors(errors)
        seen: dict[int, int] = {}
        for place, row in enumerate(rows, 2):
            if any(value.strip() for value in row):
                person = _read_row(place, columns, row, errors)
                if person is not None:
                    _once(person, seen, errors)
                    people.append(person)
    except csv.Error as error:
        errors.append(InvalidInput("text", str(error), "closed quotes", where=f"row {rows.line_num}"))
    if errors:
        raise CsvErrors(errors)
    return people


def _columns(heading: Sequence[str], errors: list[InvalidInput]) -> list[str]:
    columns = [name.strip().lower().replace(" ", "_") for name in heading]
    for name in columns:
        if name not in COLUMNS:
            errors.append(InvalidInput("column", name, ", ".join(COLUMNS), where="row 1"))
        elif columns.count(name) > 1:
            errors.append(InvalidInput("column", name, "each column once", where="row 1"))
    if "number" not in columns:
        errors.append(InvalidInput("columns", ", ".join(columns), "a column 'number'", where="row 1"))
    return columns


def _once(person: CsvPerson, seen: dict[int, int], errors: list[InvalidInput]) -> None:
    if person.number in seen:
        errors.append(
            InvalidInput(
                "number", str(person.number), f"each number once (row {seen[person.number]} has it)",
                where=f"row {person.row}",
            )
        )  # fmt: skip
    seen.setdefault(person.number, person.row)


def _read_row(place: int, columns: Sequence[str], row: Sequence[str], errors: list[InvalidInput]) -> CsvPerson | None:
    where = f"row {place}"
    if len(row) != len(columns):
        errors.append(InvalidInput("row", f"{len(row)} values", f"{len(columns)} values, as in row 1", where=where))
        return None
    before = len(errors)
    cells = {name: value.strip() for name, value in zip(columns, row, strict=True) if name not in NOT_READ}
    values: dict[str, Any] = {}
    for name, value in cells.items():
        try:
            values |= READERS[name](name, value)
        except InvalidInput as error:
            shown = "(not shown)" if name == "pin" else error.value
            errors.append(InvalidInput(name, shown, error.allowed, where=where))
    try:
        values |= read_card(cells)
    except InvalidInput as error:
        errors.append(InvalidInput(error.field, error.value, error.allowed, where=where))
    if len(errors) > before:
        return None
    number = values.pop("number")
    return CsvPerson(place, number, values)


# To and from a device.


async def prepare_import(
    people: People, rows: Sequence[CsvPerson], *, progress: Callable[[int, int | None], None] | None = None
) -> tuple[list[Person], list[Person]]:
    """Join rows with who is on the device, and check that the model can hold everybody. Nothing is written.

    Args:
        people: The people of a device.
        rows: The rows of a file.
        progress: Told how many rows are done, and of how many.

    Returns:
        Who is new, and who is on the device and would change. Who would stay the same is in neither list.

    Raises:
        CsvErrors: The model cannot hold somebody; with every such error of the file.
    """
    present = {summary.number for summary in await people.summaries()}
    new: list[Person] = []
    changed: list[Person] = []
    errors: list[InvalidInput] = []
    for done, row in enumerate(rows, 1):
        before = await _present(people, row.number) if row.number in present else None
        after = row.applied_to(before)
        errors.extend(
            InvalidInput(problem.field, problem.value, problem.allowed, where=f"row {row.row}, {problem.where}")
            for problem in people.problems(after)
        )
        if before is None:
            new.append(after)
        elif after != before:
            changed.append(after)
        if progress is not None:
            progress(done, len(rows))
    if errors:
        raise CsvErrors(errors)
    return new, changed


async def _present(people: People, number: int) -> Person | None:
    try:
        return await people.get(number)
    except NotFoundError:
        return None


async def import_people(
    people: People, rows: Sequence[CsvPerson], *, progress: Callable[[int, int | None], None] | None = None
) -> tuple[int, int]:
    """Write the people of a file to a device. Nothing is sent unless the whole file is good.

    Args:
        people: The people of a device.
        rows: The rows of a file.
        progress: Told how many people are written, and of how many.

    Returns:
        How many people were added, and how many were changed.

    Raises:
        CsvErrors: The model cannot hold somebody; nothing was sent.
        EnrollmentIncomplete: The device refused one, or the line failed; it tells who is written and who is not.
    """
    new, changed = await prepare_import(people, rows)
    await people.enroll_many([*new, *changed], progress=progress)
    return len(new), len(changed)

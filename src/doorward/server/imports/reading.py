"""A file of people, row by row: what each row says, and everything in it that is not allowed."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from doorward.model.errors import InvalidInput
from doorward.server.imports.columns import FILE_COLUMNS, OWN, Known, read_cells
from doorward.server.imports.table import LONGEST_SHOWN, Cell, Problem, SourceRow, TableRefused

LEFT_OUT: Final = ""
"""What a heading stands for that is to be passed over."""


@dataclass(frozen=True, slots=True)
class RowPerson:
    """What a row says of a person.

    Attributes:
        row: The row; of a file of photos, 0.
        number: The person.
        values: What it says, see ``read_cells``; columns that the file has not are not here. May hold the PIN.
    """

    row: int
    number: int
    values: Mapping[str, Any] = field(repr=False)


class PeopleFile:
    """The people of a table.

    Args:
        rows: The rows of the file, the heading first.
        known: What values are read by.
        padded: Whether empty values at the end of a row are written too; then a row that is too short has a fault.
        columns: The column that a heading stands for, by the heading as the file has it; ``LEFT_OUT`` passes over it.

    Attributes:
        problems: Everything that is not allowed so far.
        headings: The headings as they stand in the file.
        columns: The column that each stands for.
        count: Rows that were looked at.
    """

    def __init__(
        self, rows: Iterator[SourceRow], known: Known, *, padded: bool, columns: Mapping[str, str] | None = None
    ) -> None:
        self._rows = rows
        self._padded = padded
        self._known = known
        self._named = {name.strip().casefold(): column for name, column in (columns or {}).items()}
        self._seen: dict[int, int] = {}
        self._cards: dict[tuple[int, int], int] = {}
        self.problems: list[Problem] = []
        self.headings: list[str] = []
        self.columns: list[str] = []
        self.count = 0

    def people(self) -> Iterator[RowPerson]:
        """Whoever is in the file without a fault; faults go into ``problems``."""
        try:
            heading = next(self._rows, None)
            if heading is None:
                self.problems.append(Problem(0, "file", "an empty file", "a heading and a row for each person"))
                return
            if not self._read_heading(heading):
                return
            for row in self._rows:
                self.count += 1
                person = self._read_row(row)
                if person is not None:
                    yield person
        except TableRefused as error:
            self.problems.append(error.problem)

    def _refuse(self, row: int, error: InvalidInput) -> None:
        value = str(error.value)
        shown = value if len(value) <= LONGEST_SHOWN else f"{value[:LONGEST_SHOWN]}..."
        self.problems.append(Problem(row, error.field, shown, error.allowed))

    def _read_heading(self, heading: SourceRow) -> bool:
        self.headings = [cell if isinstance(cell, str) else str(cell) for cell in heading.cells]
        self.columns = [self._column(heading.place, name) for name in self.headings]
        used = [column for column in self.columns if column]
        for name, column in zip(self.headings, self.columns, strict=True):
            if column and used.count(column) > 1:
                self._refuse(heading.place, InvalidInput("heading", name, "each column once"))
        if "number" not in used:
            self._refuse(heading.place, InvalidInput("heading", ", ".join(self.headings), "a column number"))
        if "card" in used and "cards" in used:
            self._refuse(heading.place, InvalidInput("heading", "card, cards", "one of both"))
        return not self.problems

    def _column(self, row: int, heading: str) -> str:
        chosen = self._named.get(heading.casefold())
        name = heading if chosen is None else chosen
        if not name:
            if chosen is None:
                self._refuse(row, InvalidInput("heading", "an empty one", "a name for every column"))
            return LEFT_OUT
        wanted = name.strip().casefold().replace(" ", "_")
        if wanted in FILE_COLUMNS:
            return wanted
        slug = wanted.removeprefix(OWN)
        if slug in self._known.own:
            return OWN + slug
        known = [*FILE_COLUMNS, *(OWN + own for own in self._known.own)]
        near = difflib.get_close_matches(wanted, known, 1)
        meant = f"{near[0]} perhaps; " if near else ""
        self._refuse(row, InvalidInput("heading", heading, f"{meant}one of {', '.join(known)}, or leave it out"))
        return LEFT_OUT

    def _read_row(self, row: SourceRow) -> RowPerson | None:
        cells = list(row.cells)
        if len(cells) > len(self.columns) or (self._padded and len(cells) < len(self.columns)):
            words = f"{len(cells)} values"
            self._refuse(row.place, InvalidInput("row", words, f"{len(self.columns)} values, as the heading has"))
            return None
        cells += [""] * (len(self.columns) - len(cells))
        named: dict[str, Cell] = {column: cell for column, cell in zip(self.columns, cells, strict=True) if column}
        values, problems = read_cells(named, self._known)
        for problem in problems:
            self._refuse(row.place, problem)
        number = values.pop("number", None)
        if number is None:
            return None
        first = self._seen.setdefault(number, row.place)
        if first != row.place:
            self._refuse(row.place, InvalidInput("number", number, f"each person once (row {first} has this number)"))
        twice = self._card_twice(row.place, values)
        return None if problems or twice or first != row.place else RowPerson(row.place, number, values)

    def _card_twice(self, place: int, values: Mapping[str, Any]) -> bool:
        found = False
        for number, custom_id, _ in values.get("cards", ()):
            first = self._cards.setdefault((number, custom_id), place)
            if first != place:
                card = f"{number}/{custom_id}" if custom_id else number
                self._refuse(place, InvalidInput("cards", card, f"a card of one person (row {first} has it too)"))
                found = True
        return found

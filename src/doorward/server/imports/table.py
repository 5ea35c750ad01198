"""A table of a file that somebody uploaded: its rows and what may be wrong with them, whatever kind of file it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from doorward.model.errors import InvalidFile

MOST_ROWS: Final = 100_000
MOST_COLUMNS: Final = 200
LONGEST_SHOWN: Final = 200
"""Letters of a refused value that are shown again."""

Cell: TypeAlias = str | datetime
"""A value as a text, or a moment without a zone where the file knows that it is one."""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A row of a file.

    Attributes:
        place: Its number as a spreadsheet shows it; the heading is usually row 1.
        cells: Its values.
    """

    place: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a file.

    Attributes:
        row: In which row; 0 where it is the file as a whole.
        column: In which column, as its heading or name; empty where it is the row as a whole.
        value: What stands there; never a secret.
        allowed: What would be allowed.
    """

    row: int
    column: str
    value: str
    allowed: str

    def __str__(self) -> str:
        place = f"row {self.row}: " if self.row else ""
        return f"{place}{self.column or 'row'}: {self.value!r} is not allowed; allowed: {self.allowed}"


class TableRefused(InvalidFile):
    """A file cannot be read further than this.

    Attributes:
        problem: Where and why.
    """

    def __init__(self, row: int, column: str, value: str, allowed: str) -> None:
        self.problem = Problem(row, column, value, allowed)
        super().__init__(str(self.problem), advice="Correct the file and upload it again.")

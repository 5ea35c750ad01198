"""Imports as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Field, Schema

from doorward.server.imports.choices import ImportFileKind, ImportOutcome, ImportSource, ImportState
from doorward.server.imports.models import Import, ImportedPerson, ImportProblem
from doorward.server.imports.options import ImportOptions
from doorward.server.imports.services import standing
from doorward.server.jobs.api import JobOut
from doorward.server.jobs.api import shown as shown_job


class ImportOrder(Schema):
    """A file that is to be imported."""

    source: ImportSource = ImportSource.PEOPLE
    file_name: str = Field(min_length=1, max_length=255, description="Its end says of what kind it is.")
    size: int = Field(ge=1, le=2**40, description="Its bytes.")
    options: ImportOptions = ImportOptions()


class ImportOut(Schema):
    """An import as the API shows it."""

    id: int
    source: ImportSource
    kind: ImportFileKind
    file_name: str
    size: int
    received: int = Field(description="How many of its bytes have come.")
    state: ImportState
    words: str = Field(description="What came of the last step, or why it failed.")
    job: JobOut | None = Field(description="The job of the last step, with its progress.")
    options: ImportOptions
    created: datetime
    checked: datetime | None
    applied: datetime | None
    undone: datetime | None
    expires: datetime = Field(description="When it is forgotten; until then an applied one can be undone.")
    rows: int = Field(description="Rows, or pictures, of the file.")
    added: int
    changed: int
    unchanged: int
    problems: int = Field(description="How many things are wrong with it.")
    left: int = Field(description="How many people were not undone, since they were changed meanwhile.")
    departments: list[str] = Field(description="The departments that it adds.")
    headings: list[list[str]] = Field(description="Each heading of the file with the column that it stands for.")
    plan: str = Field(description="Goes back with the word to apply it: it says what was seen.")


class ImportList(Schema):
    """A page of imports."""

    items: list[ImportOut]
    next: int | None = Field(description="Give it as 'after' for the next page; null on the last one.")


class ImportProblemOut(Schema):
    """One thing that is wrong with a file."""

    row: int = Field(description="The row as a spreadsheet counts it; 0 the file as a whole.")
    column: str = Field(description="The column; of photos, the name of the picture in the archive.")
    value: str
    allowed: str


class ImportProblemList(Schema):
    """A page of faults."""

    items: list[ImportProblemOut]
    next: int | None = Field(description="Give it as 'after' for the next page; null on the last one.")


class ImportedPersonOut(Schema):
    """Somebody whom an import adds or changes."""

    number: int
    row: int
    name: str
    outcome: ImportOutcome
    changes: dict[str, list[Any]] = Field(description="What is different, by field, as before and after.")
    undone: str = Field(description="removed, restored or left, where the import was undone; empty before.")


class ImportedPersonList(Schema):
    """A page of people."""

    items: list[ImportedPersonOut]
    next: int | None = Field(description="Give it as 'after' for the next page; null on the last one.")


class ImportColumn(Schema):
    """A column that a file of people may have."""

    name: str
    words: str = Field(description="What it holds.")
    read: bool = Field(description="Whether it is read; the others are written for information.")


class ApplyOrder(Schema):
    """The word to apply an import."""

    plan: str = Field(max_length=64, description="That of the import as it was seen.")


def shown(item: Import) -> ImportOut:
    """An import as the API shows it."""
    return ImportOut(
        id=item.pk,
        source=ImportSource(item.source),
        kind=ImportFileKind(item.kind),
        file_name=item.file_name,
        size=item.size,
        received=item.received,
        state=ImportState(standing(item)),
        words=item.words,
        job=shown_job(item.job) if item.job is not None else None,
        options=ImportOptions.model_validate(item.options),
        created=item.created,
        checked=item.checked,
        applied=item.applied,
        undone=item.undone,
        expires=item.expires,
        rows=item.rows,
        added=item.added,
        changed=item.changed,
        unchanged=item.unchanged,
        problems=item.problem_count,
        left=item.left,
        departments=[" / ".join(way) for way in item.departments],
        headings=item.headings,
        plan=item.plan,
    )


def shown_problem(problem: ImportProblem) -> ImportProblemOut:
    """A fault as the API shows it."""
    return ImportProblemOut(row=problem.row, column=problem.column, value=problem.value, allowed=problem.allowed)


def shown_person(person: ImportedPerson) -> ImportedPersonOut:
    """A person of an import as the API shows it."""
    return ImportedPersonOut(
        number=person.number,
        row=person.row,
        name=person.name,
        outcome=ImportOutcome(person.outcome),
        changes=person.changes,
        undone=person.undone,
    )

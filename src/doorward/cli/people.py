"""``doorward people``: list, import, export and erase people of the server on this machine."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from doorward.cli.output import (
    ExitCode,
    JsonOption,
    confirmed,
    counted,
    err,
    out,
    print_json,
    print_table,
    progress_bar,
)
from doorward.cli.server_command import SettingsOption, open_data, server_command

if TYPE_CHECKING:
    from doorward.server.imports.planning import Plan
    from doorward.server.imports.reading import RowPerson
    from doorward.server.imports.table import Problem, SourceRow

app = typer.Typer(name="people", help="List, import, export and erase people of the server.", no_args_is_help=True)

SHOWN = 50
WORKBOOK, PHOTOS = ".xlsx", ".zip"


@app.command("list")
@server_command
def list_people(
    text: Annotated[str, typer.Argument(help="Part of a name or mail, or a number of a person or card.")] = "",
    settings: SettingsOption = None,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """List the people that the server knows."""
    open_data(settings)
    from doorward.server.imports.states import card_text
    from doorward.server.people.services import listed_people, search

    rows: list[dict[str, Any]] = [
        {
            "number": person.number,
            "name": person.name,
            "department": str(person.department or ""),
            "cards": [card_text(card.number, card.custom_id, alone=card.bypass) for card in person.cards.all()],
            "groups": [group.name for group in person.access_groups.all()],
            "fingers": getattr(person, "finger_count", 0),
            "faces": getattr(person, "face_count", 0),
            "disabled": person.disabled,
        }
        for person in search(listed_people(), text=text)
    ]
    if as_json:
        for row in rows:
            print_json(row)
        return
    print_table(
        counted(len(rows), "person", "people"),
        ("Number", "Name", "Department", "Cards", "Groups", "Fingers", "Faces", "Note"),
        (
            (
                row["number"], row["name"], row["department"], " ".join(map(str, row["cards"])),
                ", ".join(map(str, row["groups"])),
                row["fingers"] or "", row["faces"] or "", "blocked" if row["disabled"] else "",
            )
            for row in rows
        ),
    )  # fmt: skip


@app.command("import")
@server_command
def import_people(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX with a column number.", exists=True, dir_okay=False)],
    settings: SettingsOption = None,
    encoding: Annotated[str, typer.Option(help="Of CSV: detect, utf-8, utf-16, windows-1252 or cp949.")] = "detect",
    separator: Annotated[str, typer.Option(help="Of CSV: detect, comma, semicolon or tab.")] = "detect",
    dates: Annotated[str, typer.Option(help="Of 05/06/2024: not-said, day-first or month-first.")] = "not-said",
    sheet: Annotated[str, typer.Option(help="Of a workbook; else the first.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Import without asking.")] = False,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Add and change people by a file, after every row was checked; nobody is removed.

    An import of the console can be undone for 7 days; one from here cannot.
    """
    open_data(settings)
    from django.db import transaction

    from doorward.server.imports.planning import make_plan
    from doorward.server.imports.writing import write_people

    rows, problems = _read(file, encoding, separator, dates, sheet)
    plan = make_plan(rows)
    problems = sorted(problems + plan.problems, key=lambda problem: problem.row)
    if as_json:
        print_json(_as_json(plan, problems))
    else:
        _show(plan, problems)
    if problems:
        raise typer.Exit(ExitCode.WRONG_USAGE)
    if dry_run or not plan.people:
        return
    confirmed(f"Add {plan.added} and change {plan.changed} people?", yes=yes)
    with transaction.atomic():
        again = make_plan(rows, lock=True)
        if again.digest() != plan.digest():
            from doorward.server.imports.people_steps import OtherwiseNow

            raise OtherwiseNow
        write_people([one.change for one in again.people], action="people.import")
    if not as_json:
        out.print(f"Done: {plan.added} added, {plan.changed} changed, {plan.unchanged} as they were.")


def _read(file: Path, encoding: str, separator: str, dates: str, sheet: str) -> tuple[list[RowPerson], list[Problem]]:
    from doorward.model.errors import InvalidInput
    from doorward.server.imports.moments import DateOrder
    from doorward.server.imports.options import ImportOptions
    from doorward.server.imports.planning import known_values
    from doorward.server.imports.reading import PeopleFile
    from doorward.server.imports.text_table import Encoding, Separator

    chosen = {"--encoding": (Encoding, encoding), "--separator": (Separator, separator), "--dates": (DateOrder, dates)}
    for name, (kind, value) in chosen.items():
        if value not in [item.value for item in kind]:
            raise InvalidInput(name, value, ", ".join(item.value for item in kind))
    options = ImportOptions(
        encoding=Encoding(encoding), separator=Separator(separator), dates=DateOrder(dates), sheet=sheet
    )
    problems: list[Problem] = []
    with _table(file, options.encoding, options.separator, sheet, problems) as source, progress_bar() as bar:
        task = bar.add_task("Reading", total=None)
        found = PeopleFile(source, known_values(options), padded=file.suffix.lower() != WORKBOOK)
        rows = []
        for row in found.people():
            rows.append(row)
            bar.update(task, completed=found.count)
    return rows, problems + found.problems


@contextmanager
def _table(
    file: Path, encoding: object, separator: object, sheet: str, problems: list[Problem]
) -> Iterator[Iterator[SourceRow]]:
    from doorward.server.imports.text_table import Encoding, Separator, text_rows
    from doorward.server.imports.workbook_table import WorkbookTable

    if file.suffix.lower() == WORKBOOK:
        with file.open("rb") as content:
            table = WorkbookTable(content, sheet)
            problems += table.merged_cells()
            yield table.rows()
        return
    assert isinstance(encoding, Encoding)
    assert isinstance(separator, Separator)
    yield text_rows(file.read_bytes(), encoding, separator)


def _as_json(plan: Plan, problems: list[Problem]) -> dict[str, object]:
    return {
        "added": plan.added,
        "changed": plan.changed,
        "unchanged": plan.unchanged,
        "departments": [" / ".join(way) for way in plan.departments],
        "problems": problems,
    }


def _show(plan: Plan, problems: list[Problem]) -> None:
    if problems:
        print_table(
            f"{counted(len(problems), 'fault')}; nothing was changed",
            ("Row", "Column", "Value", "Allowed"),
            ((problem.row or "", problem.column, problem.value, problem.allowed) for problem in problems[:SHOWN]),
        )
        if len(problems) > SHOWN:
            out.print(f"and {len(problems) - SHOWN} more")
        return
    out.print(f"{plan.added} to be added, {plan.changed} to be changed, {plan.unchanged} as before")
    if plan.departments:
        out.print(f"New departments: {escape(', '.join(' / '.join(way) for way in plan.departments))}")


@app.command("export")
@server_command
def export_people(
    file: Annotated[Path, typer.Argument(help="The file: .csv, .xlsx, or .zip for photos.", dir_okay=False)],
    settings: SettingsOption = None,
    separator: Annotated[str, typer.Option(help="Of CSV: comma, semicolon or tab.")] = "comma",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False,
) -> None:
    """Write all people, or their photos, into a file that can be imported again. PINs are never written."""
    open_data(settings)
    from doorward.model.errors import InvalidInput
    from doorward.server.audit.services import Thing, record
    from doorward.server.imports import export
    from doorward.server.imports.export_job import SIGNS
    from doorward.server.people.models import Person

    kind = file.suffix.lower()
    if kind not in (".csv", WORKBOOK, PHOTOS):
        raise InvalidInput("file", str(file), "a name that ends with .csv, .xlsx or .zip")
    if separator not in SIGNS:
        raise InvalidInput("--separator", separator, ", ".join(SIGNS))
    if file.exists() and not overwrite:
        raise InvalidInput("file", str(file), "a file that is not there yet, or --overwrite")
    record("people.export", Thing("people", "", kind.removeprefix(".")))
    # Whole or not at all, and for its owner alone: it holds people.
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".people-") as folder, progress_bar() as bar:
        path, task = Path(folder) / "file", bar.add_task("Writing", total=None)

        def tell(done: int, total: int | None) -> None:
            bar.update(task, completed=done, total=total)

        path.touch(mode=0o600)
        if kind == PHOTOS:
            done = export.write_photos(path, Person.objects.all(), tell)
        elif kind == WORKBOOK:
            done = export.write_workbook(path, Person.objects.all(), Path(folder), tell)
        else:
            with path.open("w", encoding="utf-8", newline="") as text:
                done = export.write_csv(text, Person.objects.all(), SIGNS[separator], tell)
        path.replace(file)
    what = counted(done, "photo") if kind == PHOTOS else counted(done, "person", "people")
    err.print(f"{what} written to {escape(str(file))}.", soft_wrap=True)


@app.command()
@server_command
def erase(
    number: Annotated[int, typer.Argument(help="Number of the person.")],
    settings: SettingsOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Erase without asking.")] = False,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Erase a person for good, here and on every managed device; events stay under a pseudonym."""
    open_data(settings)
    from doorward.server.people.erasing import erase as erase_person

    confirmed(f"Erase person {number} for good? The number is never given again.", yes=yes)
    made = erase_person(number)
    if as_json:
        print_json({"pseudonym": made.pseudonym, "at": made.at})
        return
    out.print(f"Person {number} is erased; events show {made.pseudonym}.")

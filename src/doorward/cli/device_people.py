"""``doorward device people``: list, export and import people as CSV."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from doorward.cli.device_options import (
    DEFAULT_CODEC,
    DEFAULT_TIMEOUT,
    Codec,
    Host,
    Model,
    Password,
    Timeout,
    connected,
)
from doorward.cli.output import JsonOption, command, confirmed, counted, err, out, print_json, print_table, progress_bar
from doorward.device import BioStar1Device
from doorward.device.people_csv import CsvPerson, prepare_import, read_people, write_people
from doorward.model.errors import InvalidInput
from doorward.model.people import Person, PersonSummary

STANDARD_STREAM = Path("-")
PEOPLE_SHOWN = 20

# A spreadsheet on Windows writes this in front of UTF-8.
ENCODING = "utf-8-sig"


@command
async def people(
    host: Host,
    export_to: Annotated[
        Path | None, typer.Option("--export", metavar="FILE", help="Write everybody as CSV; - for standard output.")
    ] = None,
    import_from: Annotated[
        Path | None, typer.Option("--import", metavar="FILE", help="Enrol or change the people of a CSV file.")
    ] = None,
    pins: Annotated[bool, typer.Option("--pins", help="Export PINs too. They are secret.")] = False,
    delimiter: Annotated[str, typer.Option("--delimiter", help="Between two values of an export.")] = ",",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what an import would change and send nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Import without asking.")] = False,
    model: Model = None,
    password: Password = None,
    timeout: Timeout = DEFAULT_TIMEOUT,
    codec: Codec = DEFAULT_CODEC,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """List the people on the device, write them to a CSV file, or enrol those of one.

    An import is checked whole before anything is sent. It adds people and changes those with the same number; nobody is
    deleted, and fingers and faces stay.
    """
    if export_to is not None and import_from is not None:
        raise InvalidInput("--import", import_from, "either --export or --import")
    if len(delimiter) != 1:
        raise InvalidInput("--delimiter", delimiter, "one character")
    rows = read_people(_read(import_from)) if import_from is not None else []
    if export_to is not None:
        _check_target(export_to, overwrite=overwrite)
    async with connected(host, model=model, password=password, timeout=timeout, codec=codec) as device:
        if import_from is not None:
            await _import(device, rows, dry_run=dry_run, yes=yes, as_json=as_json)
            return
        found = sorted(await device.people_list(), key=lambda person: person.number)
    if export_to is not None:
        _write(export_to, write_people(found, with_pins=pins, delimiter=delimiter))
        if export_to != STANDARD_STREAM:
            err.print(f"{counted(len(found), 'person', 'people')} written to {escape(str(export_to))}.", soft_wrap=True)
    elif as_json:
        for person in found:
            print_json(person)
    else:
        _show(device, found)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding=ENCODING)
    except UnicodeDecodeError as error:
        raise InvalidInput("--import", str(path), f"a text file in UTF-8; byte {error.start} is not") from None


def _check_target(path: Path, *, overwrite: bool) -> None:
    if path != STANDARD_STREAM and path.exists() and not overwrite:
        raise InvalidInput("--export", str(path), "a file that is not there yet, or --overwrite")


def _write(path: Path, text: str) -> None:
    """Write the file whole or not at all, readable for its owner alone."""
    if path == STANDARD_STREAM:
        typer.echo(text, nl=False)
        return
    waiting = path.with_name(f".{path.name}.part")
    descriptor = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with open(descriptor, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123 - the descriptor carries the rights
            file.write(text)
        waiting.replace(path)
    except BaseException:
        waiting.unlink(missing_ok=True)
        raise


def _show(device: BioStar1Device, found: Sequence[PersonSummary]) -> None:
    print_table(
        f"{counted(len(found), 'person', 'people')} on {device.title} {device.device_id}",
        ["Number", "Name", "Department", "Cards", "Groups", "Fingers", "Faces", "Valid", "Note"],
        [
            (
                person.number,
                person.name,
                person.department,
                " ".join(str(card.number) for card in person.cards),
                " ".join(str(group) for group in person.access_groups),
                person.finger_count or "",
                person.face_count or "",
                _validity(person),
                ", ".join(_notes(person)),
            )
            for person in found
        ],
    )


def _validity(person: PersonSummary) -> str:
    if person.valid_from is None and person.valid_until is None:
        return ""
    return f"{person.valid_from or '...'} to {person.valid_until or '...'}"


def _notes(person: PersonSummary) -> list[str]:
    notes = ["administrator"] if person.administrator else []
    return [*notes, "blocked"] if person.disabled else notes


async def _import(device: BioStar1Device, rows: list[CsvPerson], *, dry_run: bool, yes: bool, as_json: bool) -> None:
    with progress_bar() as bar:
        task = bar.add_task("Comparing", total=len(rows))
        new, changed = await prepare_import(
            device.people, rows, progress=lambda done, total: bar.update(task, completed=done, total=total)
        )
    if not as_json:
        _tell("new", new)
        _tell("changed", changed)
    if (new or changed) and not dry_run:
        confirmed(f"Write {len(new) + len(changed)} people to {device.title} {device.device_id}?", yes=yes)
        with progress_bar() as bar:
            task = bar.add_task("Enrolling", total=len(new) + len(changed))
            await device.people.enroll_many(
                [*new, *changed], progress=lambda done, total: bar.update(task, completed=done, total=total)
            )
    if as_json:
        print_json(
            {
                "device_id": device.device_id,
                "new": [person.number for person in new],
                "changed": [person.number for person in changed],
                "unchanged": len(rows) - len(new) - len(changed),
                "written": not dry_run,
            }
        )
    elif dry_run:
        out.print("Nothing was sent.")
    else:
        out.print(f"Done: {len(new)} new, {len(changed)} changed, {len(rows) - len(new) - len(changed)} as they were.")


def _tell(word: str, people_told: list[Person]) -> None:
    shown = ", ".join(f"{person.number} {person.name}".strip() for person in people_told[:PEOPLE_SHOWN])
    more = f" and {len(people_told) - PEOPLE_SHOWN} more" if len(people_told) > PEOPLE_SHOWN else ""
    out.print(f"{len(people_told)} {word}{': ' if shown else ''}{escape(shown)}{more}", soft_wrap=True)

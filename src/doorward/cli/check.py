"""``doorward check``: what can be wrong with a server and around it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.markup import escape
from rich.table import Table

from doorward.cli.output import ExitCode, JsonOption, counted, out, print_json
from doorward.cli.server_command import SettingsOption, server_command
from doorward.model.errors import DoorwardError

if TYPE_CHECKING:
    from doorward.server.checks import Finding

STYLES: Final = {"ok": "green", "warning": "yellow", "error": "bold red"}


@server_command
def check(
    settings: SettingsOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show only what is not well.")] = False,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Look at settings, data folder, disk, key file, database, ports, clocks and certificates.

    Nothing is changed. The server may run meanwhile. Ends with 0 when there is no error, with 1 when there is one.
    """
    found = _look(settings)
    from doorward.server.checks import Level, worst

    level = worst(found)
    if quiet:
        found = [finding for finding in found if finding.level is not Level.OK]
    if as_json:
        for finding in found:
            print_json(finding)
    else:
        _show(found)
    if level is Level.ERROR:
        raise typer.Exit(ExitCode.REFUSED)


def _look(settings: Path | None) -> list[Finding]:
    from doorward.server.setup import set_up

    try:
        loaded = set_up(settings)
    except DoorwardError as error:
        # Without settings there is nothing else to look at.
        from doorward.server.checks import Finding

        return [Finding.of_error("settings", error)]
    from doorward.server.checks.running import run_checks

    return run_checks(loaded)


def _show(found: list[Finding]) -> None:
    table = Table(header_style="bold")
    table.add_column("")
    table.add_column("What")
    table.add_column("Found", overflow="fold", ratio=1)
    for finding in found:
        style = STYLES[finding.level.value]
        words = escape(finding.words)
        if finding.advice:
            words += f"\n[dim]{escape(finding.advice)}[/]"
        table.add_row(f"[{style}]{finding.level.value}[/]", escape(finding.subject), words)
    if found:
        out.print(table)
    errors = sum(finding.level.value == "error" for finding in found)
    warnings = sum(finding.level.value == "warning" for finding in found)
    if errors or warnings:
        out.print(f"{counted(errors, 'error')}, {counted(warnings, 'warning')}.")
    else:
        out.print("All is well.")

"""``doorward status``: the fleet at a glance."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Group
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from doorward.cli.output import JsonOption, out, print_json
from doorward.cli.server_command import SettingsOption, open_data, server_command

if TYPE_CHECKING:
    from doorward.server.overview import DeviceLine, Overview

REFRESH_SECONDS = 1.0
STATE_STYLES = {
    "live": "green",
    "catching up": "cyan",
    "lost": "bold red",
    "blocked": "red",
    "waiting": "yellow",
    "waiting for approval": "yellow",
}


SELF_EXPLAINING = frozenset({"live", "waiting for approval"})
"""States of which the reason adds nothing to the table; --json tells it all the same."""


@server_command
def status(
    settings: SettingsOption = None,
    watch: Annotated[bool, typer.Option("--watch", help="Go on showing it; Ctrl-C ends.")] = False,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Show how the server and its devices do, from the server's own data on this machine."""
    open_data(settings)
    from doorward.server.overview import overview

    if as_json:
        print_json(overview())
        while watch:
            time.sleep(REFRESH_SECONDS)
            print_json(overview())
        return
    if not watch:
        out.print(_view(overview()))
        return
    with Live(_view(overview()), console=out, auto_refresh=False) as live:
        while True:
            time.sleep(REFRESH_SECONDS)
            live.update(_view(overview()), refresh=True)


def _view(found: Overview) -> Group:
    parts: list[Text | Table] = [Text.from_markup(_server_line(found))]
    states = "   ".join(f"{escape(state)}: {count}" for state, count in found.states.items())
    parts.append(Text.from_markup(f"Devices: {sum(found.states.values())}   {states}"))
    parts.append(
        Text.from_markup(f"Events: position {found.last_position}   open alarms: {_alarms(found.open_alarms)}")
    )
    parts.extend(Text.from_markup(f"[yellow]{escape(words)}[/]") for words in found.warnings)
    table = Table(header_style="bold")
    for column in ("Device", "Name", "Model", "State", "Since", "Complete until", "Reason"):
        table.add_column(column, overflow="fold")
    for line in found.devices:
        table.add_row(*_cells(line))
    parts.append(table)
    return Group(*parts)


def _server_line(found: Overview) -> str:
    if found.server is None:
        return "Server: [bold red]not running[/]   ('doorward serve' starts it)"
    server = found.server
    return f"Server: [green]running[/] on {escape(server.host)}, process {server.process}, since {server.started}"


def _alarms(count: int) -> str:
    return f"[bold red]{count}[/]" if count else "0"


def _cells(line: DeviceLine) -> tuple[str, ...]:
    style = STATE_STYLES.get(line.state, "")
    state = f"[{style}]{escape(line.state)}[/]" if style else escape(line.state)
    return (
        str(line.device_id),
        escape(line.name),
        escape(line.model),
        state,
        escape(line.since),
        escape(line.complete_until),
        "" if line.state in SELF_EXPLAINING else escape(line.reason),
    )

"""``doorward ports``: which ports to open, why, and the rules for them."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from doorward.cli.output import JsonOption, command, counted, err, out, print_json, print_table
from doorward.cli.ports_diagnosis import check_command, probe_command, serve_test_command
from doorward.cli.ports_move import move_command
from doorward.cli.ports_options import (
    Clients,
    Devices,
    Firewalls,
    Modes,
    MovedPorts,
    Servers,
    SettingsFile,
    SiteFile,
    Systems,
    With,
    Without,
    make_site,
    moved_by_settings,
)
from doorward.cli.simulate import comma_separated
from doorward.model.errors import InvalidInput
from doorward.ports.catalogue import ROLES, SYSTEMS, Entry, load_catalogue
from doorward.ports.picture import as_svg
from doorward.ports.plan import Plan, make_plan
from doorward.ports.plan_text import COLUMNS, as_csv, as_markdown, rows
from doorward.ports.rules import FORMATS, find_format, render_rules
from doorward.ports.site_file import EXAMPLE

app = typer.Typer(
    name="ports",
    add_completion=False,
    help="Which ports to open, why, and what is wrong when a device is not reached.",
    no_args_is_help=True,
)

PLAN_FORMATS = ("table", "csv", "markdown", "json", "svg")

OutputFile = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it to a file.")]


@app.command("list")
@command
async def list_ports(
    system: Annotated[
        list[str] | None,
        typer.Option("--system", "-s", metavar="NAME[,NAME..]", help=f"Only those: {', '.join(SYSTEMS)}."),
    ] = None,
    mode: Modes = None,
    role: Annotated[
        list[str] | None,
        typer.Option("--role", "-r", metavar="NAME[,NAME..]", help=f"Who listens or dials: {', '.join(ROLES)}."),
    ] = None,
    settings: SettingsFile = None,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """List the ports of each system: who listens, who dials, what for, and how sure that is."""
    systems = comma_separated(system)
    moved = moved_by_settings(settings) if not systems or "doorward" in systems else {}
    entries = [
        dataclasses.replace(entry, ports=moved.get(entry.id, entry.ports))
        for entry in load_catalogue().select(systems=systems, modes=comma_separated(mode), roles=comma_separated(role))
    ]
    if as_json:
        for entry in entries:
            print_json(entry.as_json())
        return
    print_table(
        counted(len(entries), "port"),
        ("Port", "System", "Mode", "Listens", "Dials", "For", "Can be changed", "How sure"),
        map(_row, entries),
    )


def _row(entry: Entry) -> tuple[str, ...]:
    mode = "both" if len(entry.modes) > 1 else entry.modes[0]
    listens = f"{entry.listens} ({entry.process})" if entry.process else entry.listens
    purpose = entry.purpose
    if entry.reach == "local":
        purpose += "; stays on one machine, never to be opened"
    return (
        entry.title,
        entry.product,
        mode,
        listens,
        ", ".join(entry.dials),
        purpose,
        entry.changeable,
        entry.confidence,
    )


@app.command("plan")
@command
async def plan_ports(
    system: Systems = None,
    mode: Modes = None,
    server: Servers = None,
    client: Clients = None,
    devices: Devices = None,
    firewall: Firewalls = None,
    with_features: With = None,
    without_features: Without = None,
    port: MovedPorts = None,
    site: SiteFile = None,
    settings: SettingsFile = None,
    holder: Annotated[str, typer.Option("--for", metavar="NAME", help="Only this host or firewall.")] = "",
    plan_format: Annotated[str, typer.Option("--format", "-f", help=f"{', '.join(PLAN_FORMATS)}.")] = "table",
    output: OutputFile = None,
    example: Annotated[bool, typer.Option("--example", help="Print an example of a site file.")] = False,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Work out the least set of rules for each host and each firewall between, with reason and dialler."""
    if example:
        sys.stdout.write(EXAMPLE)
        return
    chosen = "json" if as_json else plan_format
    if chosen not in PLAN_FORMATS:
        raise InvalidInput("--format", chosen, ", ".join(PLAN_FORMATS))
    if chosen in ("svg", "json") and holder:
        raise InvalidInput("--for", holder, f"nothing with --format {chosen}, which shows the whole site")
    plan = make_plan(
        make_site(
            systems=system,
            modes=mode,
            servers=server,
            clients=client,
            devices=devices,
            firewalls=firewall,
            with_features=with_features,
            without_features=without_features,
            ports=port,
            site_file=site,
            settings_file=settings,
        )
    )
    if chosen == "table":
        if output is not None:
            raise InvalidInput("--output", str(output), "a format that goes into a file: csv, markdown, json or svg")
        _show_plan(plan, holder)
        return
    _give(_plan_text(plan, chosen, holder), output)


def _plan_text(plan: Plan, chosen: str, holder: str) -> str:
    if chosen == "csv":
        return as_csv(plan, holder)
    if chosen == "markdown":
        return as_markdown(plan, holder)
    if chosen == "svg":
        return as_svg(plan)
    return json.dumps(plan.as_json(), ensure_ascii=False) + "\n"


def _show_plan(plan: Plan, holder: str) -> None:
    for item in [plan.holder(holder)] if holder else plan.holders:
        if not item.rules:
            out.print(f"[italic]{item.name} ({item.kind}): nothing is to be opened[/]")
            continue
        print_table(
            f"{item.name} ({item.kind}): {counted(len(item.rules), 'rule')}",
            COLUMNS[1:],
            (row[1:] for row in rows(plan, item.name)),
        )
    for note in plan.notes:
        out.print(f"[yellow]Note:[/] {note}", soft_wrap=True)


@app.command("rules")
@command
async def rules(
    holder: Annotated[str, typer.Option("--for", metavar="NAME", help="The host or firewall, as the plan names it.")],
    rule_format: Annotated[str, typer.Option("--format", "-f", help=f"{', '.join(FORMATS)}.")],
    system: Systems = None,
    mode: Modes = None,
    server: Servers = None,
    client: Clients = None,
    devices: Devices = None,
    firewall: Firewalls = None,
    with_features: With = None,
    without_features: Without = None,
    port: MovedPorts = None,
    site: SiteFile = None,
    settings: SettingsFile = None,
    remove: Annotated[bool, typer.Option("--remove", help="Make what takes the rules away instead.")] = False,
    table: Annotated[
        str, typer.Option("--table", help="nftables: the table that holds the firewall; 'inet filter' without it.")
    ] = "",
    output: OutputFile = None,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Write the rules of one host or firewall in the language of its firewall; nothing is changed on this machine.

    Applying them twice is the same as once, and --remove takes away exactly what they put there.
    """
    plan = make_plan(
        make_site(
            systems=system,
            modes=mode,
            servers=server,
            clients=client,
            devices=devices,
            firewalls=firewall,
            with_features=with_features,
            without_features=without_features,
            ports=port,
            site_file=site,
            settings_file=settings,
        )
    )
    text = render_rules(plan, holder, rule_format, remove=remove, table=table)
    if as_json:
        found = find_format(rule_format)
        print_json(
            {
                "for": plan.holder(holder).name,
                "format": found.name,
                "remove": remove,
                "suffix": found.suffix,
                "text": text,
            }
        )
        return
    _give(text, output)


def _give(text: str, output: Path | None) -> None:
    """Write a text to a file, or to standard output as it is."""
    if output is None:
        sys.stdout.write(text)
        return
    with output.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
    err.print(f"Written: {output}", soft_wrap=True)


app.command("check")(check_command)
app.command("probe")(probe_command)
app.command("serve-test")(serve_test_command)
app.command("move")(move_command)

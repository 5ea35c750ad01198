"""``doorward agents``: add, list and revoke the agents of this server."""

from __future__ import annotations

from typing import Annotated

import typer

from doorward.cli.output import JsonOption, err, out, print_json, print_table
from doorward.cli.server_command import SettingsOption, open_data, person_at_terminal, server_command

app = typer.Typer(
    name="agents",
    help="Agents: the small processes in branches that dial devices there for this server.",
    no_args_is_help=True,
)

Name = Annotated[str, typer.Argument(help="Name or number of the agent.")]


@app.command()
@server_command
def add(
    name: Annotated[str, typer.Argument(help="What it is called, such as the branch that it stands in.")],
    settings: SettingsOption = None,
    network: Annotated[
        list[str] | None,
        typer.Option(help="A network that it may reach; may be repeated. Without: the private ones of its own cards."),
    ] = None,
    tcp_port: Annotated[
        list[int] | None, typer.Option(help="A TCP port that it may dial; may be repeated. Without: 1470 and 1471.")
    ] = None,
    hours: Annotated[int, typer.Option(help="How long the one-time code can be used.")] = 24,
    again: Annotated[bool, typer.Option("--again", help="Make a fresh code for an agent that is there.")] = False,
) -> None:
    """Add an agent and print its one-time code; it is shown this once.

    Put the code into a file on the agent's machine and run there: doorward agent --server HOST:1480 --token-file FILE
    """
    open_data(settings)
    from doorward.server.agents import services

    if again:
        fresh = services.new_code(services.agent_named(name).pk, by=person_at_terminal(), hours=hours)
    else:
        fresh = services.add_agent(
            name, by=person_at_terminal(), networks=network or (), tcp_ports=tcp_port, hours=hours
        )
    # The code goes alone to standard output, so that a script can take it as it is.
    out.print(fresh.text, soft_wrap=True, highlight=False)
    err.print(f"It can be used once, until {fresh.row.expires:%Y-%m-%d %H:%M} UTC.", soft_wrap=True)


@app.command("list")
@server_command
def list_agents(settings: SettingsOption = None, as_json: Annotated[bool, JsonOption] = False) -> None:
    """List the agents and how they do."""
    open_data(settings)
    from doorward.server.agents.services import agents, device_counts
    from doorward.server.agents.shapes import shown
    from doorward.server.system.services import running_server

    runs, counts = running_server() is not None, device_counts()
    rows = [shown(row, devices=counts.get(row.pk, 0), server_runs=runs) for row in agents()]
    if as_json:
        for row in rows:
            print_json(row.model_dump(mode="json"))
        return
    print_table(
        f"{len(rows)} agents",
        ("Number", "Name", "State", "Devices", "Address", "Latency", "Version", "Last contact"),
        (
            (
                str(row.id),
                row.name,
                row.state,
                str(row.devices),
                row.last_address,
                "" if row.latency_ms is None else f"{row.latency_ms:.0f} ms",
                row.version,
                "" if row.last_contact is None else f"{row.last_contact:%Y-%m-%d %H:%M}",
            )
            for row in rows
        ),
    )


@app.command()
@server_command
def revoke(
    name: Name,
    settings: SettingsOption = None,
    reason: Annotated[str, typer.Option(help="Why; kept with the agent.")] = "",
) -> None:
    """Revoke an agent: its line is closed at once, and its certificate and codes are refused from now on."""
    open_data(settings)
    from doorward.server.agents import services

    agent = services.revoke_agent(services.agent_named(name).pk, by=person_at_terminal(), reason=reason)
    out.print(f"Agent {agent.name} is revoked.", soft_wrap=True)

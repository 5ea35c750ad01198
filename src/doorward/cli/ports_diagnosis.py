"""``doorward ports check``, ``probe`` and ``serve-test``: what is wrong when a device is not reached."""

from __future__ import annotations

import dataclasses
import ipaddress
from contextlib import aclosing
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from doorward.cli.output import ExitCode, JsonOption, command, err, out, print_json, print_table
from doorward.cli.places import split_host
from doorward.cli.ports_options import SettingsFile, make_site
from doorward.cli.simulate import comma_separated
from doorward.discovery import read_network_settings, search
from doorward.discovery.questions import QUESTIONS
from doorward.model.errors import InvalidInput
from doorward.ports.check import DEFAULT_SYSTEMS, Finding, MachinePort, Severity, check_machine, machine_ports
from doorward.ports.plan import Plan, make_plan
from doorward.ports.probe import DiscoveryTools, Kind, ProbeRequest, ProbeResult, Step, StepState, probe
from doorward.ports.serve_test import (
    DEFAULT_TCP_PORTS,
    DEFAULT_UDP_PORTS,
    Listening,
    NotListening,
    ServeTestEvent,
    serve_test,
)
from doorward.server.settings import ServerSettings, load_settings
from doorward.transport import interfaces

DISCOVERY = DiscoveryTools(search, read_network_settings, QUESTIONS)

SEVERITY_STYLES = {
    Severity.OK: "green",
    Severity.NOTE: "cyan",
    Severity.WARNING: "yellow",
    Severity.PROBLEM: "bold red",
}
STEP_STYLES = {
    StepState.OK: "green",
    StepState.NOTE: "cyan",
    StepState.PROBLEM: "bold red",
    StepState.SKIPPED: "dim",
    StepState.RUNNING: "dim",
}
KIND_STYLES = {Kind.GOOD: "bold green", Kind.WARNING: "bold yellow", Kind.FAULT: "bold red"}
LONGEST_STATE = max(len(state.value) for state in StepState)
LONGEST_TITLE = 18


def own_ports(settings: ServerSettings) -> dict[str, tuple[str, int]]:
    """Where the server of this machine wants to listen, by the keys of its settings; "any port" is left out."""
    places = {
        "web.port": (settings.web.address, settings.web.port),
        "devices.port": (settings.devices.address, settings.devices.port),
    }
    return {key: place for key, place in places.items() if place[1]}


# --- check -----------------------------------------------------------------------------------------------


@command
async def check_command(
    system: Annotated[
        list[str] | None,
        typer.Option("--system", "-s", help="Ports of this system only, such as biostar1. May be given several times."),
    ] = None,
    settings: SettingsFile = None,
    show_all: Annotated[bool, typer.Option("--all", "-a", help="Show every port, also those that are free.")] = False,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Look at the ports of this machine: which are held, by which program, and which may be taken away.

    Exit code 1 when something keeps Doorward from a port that it needs; warnings do not count.
    """
    ports = machine_ports(
        comma_separated(system) or DEFAULT_SYSTEMS,
        own=own_ports(load_settings(settings, required=settings is not None)),
    )
    findings: list[Finding] = []
    async with aclosing(check_machine(ports)) as coming:
        async for finding in coming:
            findings.append(finding)
            if as_json:
                print_json(_finding_facts(finding))
    if not as_json:
        _show_findings(findings, ports, show_all=show_all)
    if any(finding.severity is Severity.PROBLEM for finding in findings):
        raise typer.Exit(ExitCode.REFUSED)


def _finding_facts(finding: Finding) -> dict[str, Any]:
    holder = finding.holder
    return {
        "subject": finding.subject,
        "severity": finding.severity.value,
        "text": finding.text,
        "advice": finding.advice,
        "commands": list(finding.commands),
        "protocol": finding.protocol or None,
        "port": finding.port,
        "purpose": finding.purpose or None,
        "holder": None if holder is None else {
            "process_id": holder.process_id,
            "name": holder.name,
            "user": holder.user,
            "service": holder.service,
            "address": holder.address,
        },
    }  # fmt: skip


def _show_findings(findings: list[Finding], ports: tuple[MachinePort, ...], *, show_all: bool) -> None:
    own = {item.title for item in ports if item.own}
    free = [
        item for item in findings if item.port and item.severity in (Severity.OK, Severity.NOTE) and item.holder is None
    ]
    rows = []
    for finding in findings:
        if finding in free and finding.subject not in own and not show_all:
            continue
        style = SEVERITY_STYLES[finding.severity]
        rows.append((finding, style))
    print_table(
        "Ports of this machine",
        ("Port", "State", "What", "For"),
        [
            (finding.subject, finding.severity.value, finding.text, finding.purpose)
            for finding, _ in rows
            if finding.port
        ],
    )
    if not show_all:
        others = [item for item in free if item.subject not in own]
        if others:
            out.print(f"{len(others)} other ports that these systems use are free; --all shows them.")
    for finding, style in rows:
        if not finding.port:
            out.print(f"[{style}]{finding.severity.value:8}[/] {escape(f'{finding.subject}: {finding.text}')}")
    for finding, style in rows:
        if finding.advice or finding.commands:
            out.print(f"\n[{style}]{escape(finding.subject)}[/] {escape(finding.advice)}")
            for line in finding.commands:
                out.print(f"    {escape(line)}", soft_wrap=True)


# --- probe -----------------------------------------------------------------------------------------------


@command
async def probe_command(
    target: Annotated[
        str, typer.Argument(metavar="DEVICE|HOST[:PORT]", help="A device's number, an IPv4 address or a host name.")
    ],
    server: Annotated[
        str | None,
        typer.Option(
            "--server", help="HOST[:PORT] of the server that the device should dial; this machine by default."
        ),
    ] = None,
    site: Annotated[
        Path | None, typer.Option("--site", help="A site file; a missing rule is named as the plan of the site has it.")
    ] = None,
    settings: SettingsFile = None,
    interface: Annotated[
        list[str] | None,
        typer.Option("--interface", "-i", help="Search by broadcast from this card only, by name or address."),
    ] = None,
    clock: Annotated[float, typer.Option("--clock", help="Seconds that the device's clock may be off.")] = 120.0,
    timeout: Annotated[
        float | None, typer.Option("--timeout", "-t", help="Seconds to wait for each answer, instead of the usual.")
    ] = None,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Find out step by step why a device is not reached, ending in one sentence: what is wrong and what to do.

    Nothing is changed on the device. Exit code 0 when all is well, 1 when it is reached and something is wrong with
    it, 3 when it is not reached.
    """
    known = load_settings(settings, required=settings is not None)
    request = dataclasses.replace(
        await _request(target, server, known, clock, timeout),
        interfaces=tuple(interface or ()),
        plan=None if site is None else _plan(site, settings),
    )
    result: ProbeResult | None = None
    async with aclosing(probe(request, DISCOVERY)) as events:
        async for event in events:
            if isinstance(event, ProbeResult):
                result = event
            elif as_json:
                if event.state is not StepState.RUNNING:
                    print_json(event)
            else:
                _show_step(event)
    assert result is not None
    verdict = result.verdict
    if as_json:
        print_json(
            {
                "verdict": verdict.code,
                "kind": verdict.kind.value,
                "sentence": verdict.sentence,
                "commands": list(verdict.commands),
                "rule": None if verdict.rule is None else {"text": str(verdict.rule)} | _plain_rule(verdict.rule),
                "device_id": result.facts.device_id,
                "address": result.facts.host or None,
            }
        )
    else:
        out.print(f"\n[{KIND_STYLES[verdict.kind]}]{escape(verdict.sentence)}[/]", soft_wrap=True)
        for line in verdict.commands:
            out.print(f"    {escape(line)}", soft_wrap=True)
    if verdict.kind is Kind.FAULT:
        raise typer.Exit(ExitCode.NOT_REACHED)
    if verdict.kind is Kind.WARNING:
        raise typer.Exit(ExitCode.REFUSED)


def _plain_rule(rule: Any) -> dict[str, Any]:
    return {
        "protocol": rule.protocol.lower(),
        "port": rule.port,
        "by_source_port": rule.by_source_port,
        "source": rule.source,
        "destination": rule.destination,
        "place": rule.place,
    }


async def _request(
    target: str,
    server: str | None,
    settings: ServerSettings,
    clock: float,
    seconds: float | None,
) -> ProbeRequest:
    if clock <= 0:
        raise InvalidInput("--clock", clock, "seconds, more than 0")
    addresses: tuple[str, ...] = ()
    if settings.devices.told_address:  # what a router translates, beside what this machine has
        addresses = (settings.devices.told_address, *(card.address for card in interfaces()))
    port = settings.devices.told_port or settings.devices.port or 1480
    if server is not None:
        from doorward.transport.names import resolve

        host, named_port = split_host(server)
        addresses = (await resolve(host, field="--server"),)
        port = named_port or port
    request: dict[str, Any] = {
        "server_addresses": addresses,
        "server_port": port,
        "server_wanted": server is not None,
        "clock_limit": clock,
    }
    if seconds is not None:
        request["limits"] = _limits(seconds)
    return ProbeRequest.parse(target, **request)


def _limits(seconds: float) -> Any:
    from doorward.ports.probe import Limits

    if not 0 < seconds <= 60:
        raise InvalidInput("--timeout", seconds, "seconds, more than 0 and at most 60")
    usual = Limits()
    return Limits(
        connect=seconds,
        greeting=min(seconds, usual.greeting),
        answer=seconds,
        server_greeting=max(seconds, usual.greeting),
        udp=seconds,
        presence=min(seconds, usual.presence),
        knocking=max(seconds, usual.knocking),
    )


def _plan(path: Path, settings: Path | None) -> Plan:
    site = make_site(
        systems=None,
        modes=None,
        servers=None,
        clients=None,
        devices=None,
        firewalls=None,
        with_features=None,
        without_features=None,
        ports=None,
        site_file=path,
        settings_file=settings,
    )
    return make_plan(site)


def _show_step(step: Step) -> None:
    """Show a step when it is over; at a terminal also which one runs."""
    if step.state is StepState.RUNNING:
        if err.is_terminal:
            err.print(f"[dim]{step.title} ...[/]", end="\r")
        return
    if err.is_terminal:
        err.print(" " * (LONGEST_TITLE + 4), end="\r")
    style = STEP_STYLES[step.state]
    out.print(
        f"[{style}]{step.state.value:{LONGEST_STATE}}[/]  [bold]{step.title:{LONGEST_TITLE}}[/]  {escape(step.text)}",
        soft_wrap=True,
    )


# --- serve-test ------------------------------------------------------------------------------------------


@command
async def serve_test_command(
    tcp: Annotated[
        list[int] | None,
        typer.Option("--tcp", help="A TCP port, instead of 1470, 1471 and 1480. Several may be given."),
    ] = None,
    udp: Annotated[
        list[int] | None, typer.Option("--udp", help="A UDP port, instead of 51110. Several may be given.")
    ] = None,
    address: Annotated[str, typer.Option("--address", "-a", help="Listen on this address of this machine only.")] = "",
    seconds: Annotated[float | None, typer.Option("--for", help="End after so many seconds.")] = None,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Stand where a device or the server will be, so that `doorward ports probe` can test the path to it.

    Tells every visitor what it is, shows who came, and takes nothing in. Ctrl-C ends it.
    """
    if address:
        _check_address(address)
    tcp_ports, udp_ports = (tcp or (), udp or ()) if tcp or udp else (DEFAULT_TCP_PORTS, DEFAULT_UDP_PORTS)
    visitors = 0
    events = serve_test(address=address, tcp_ports=tcp_ports, udp_ports=udp_ports, seconds=seconds)
    async with aclosing(events) as coming:
        async for event in coming:
            visitors += not isinstance(event, Listening | NotListening)
            if as_json:
                print_json(_event_facts(event))
            else:
                _show_event(event)
    if not as_json:
        out.print(f"Ended. {visitors} came.")


def _check_address(address: str) -> None:
    try:
        ipaddress.IPv4Address(address)
    except ValueError:
        raise InvalidInput("--address", address, "an IPv4 address of this machine") from None


def _event_facts(event: ServeTestEvent) -> dict[str, Any]:
    if isinstance(event, Listening):
        return {
            "event": "listening",
            "protocol": event.protocol,
            "address": event.address.host,
            "port": event.address.port,
        }
    if isinstance(event, NotListening):
        return {"event": "not listening", "protocol": event.protocol, "port": event.port, "reason": event.reason}
    return {
        "event": "visitor",
        "protocol": event.protocol,
        "port": event.port,
        "source": event.source.host,
        "source_port": event.source.port,
        "bytes": event.size,
    }


def _show_event(event: ServeTestEvent) -> None:
    if isinstance(event, Listening):
        out.print(f"[green]listening[/]  {event.protocol.upper()} {event.address.port} on {event.address.host}")
    elif isinstance(event, NotListening):
        out.print(
            f"[bold red]not open[/]   {event.protocol.upper()} {event.port}: {escape(event.reason)}", soft_wrap=True
        )
    else:
        out.print(
            f"[cyan]visitor[/]    {event.source} came to {event.protocol.upper()} {event.port} and sent {event.size} "
            "bytes"
        )

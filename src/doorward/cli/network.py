"""``doorward network`` and ``doorward reset``: set a device up by UDP, without a connection to it."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from typing import Annotated

import typer

from doorward.cli.output import JsonOption, command, confirmed, err, out, print_facts, print_json, print_table
from doorward.cli.search import (
    AddressOption,
    GenerationOption,
    InterfaceOption,
    TimeoutOption,
    UdpPortOption,
    chosen_generations,
    device_facts,
    settings_facts,
    udp_ports,
)
from doorward.discovery import (
    FoundDevice,
    NetworkChanges,
    NetworkSettings,
    find_device,
    read_network_settings,
    restart,
    write_network_settings,
)
from doorward.discovery.search import DEFAULT_SEARCH_TIMEOUT
from doorward.model.errors import InvalidInput
from doorward.protocol.biostar1.server_mode import SERVER_PORT
from doorward.transport.names import resolve

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Read and change the network settings of a device, by UDP."
)

DeviceId = Annotated[int, typer.Argument(metavar="ID", help="The device's serial number, as a search shows it.", min=1)]
Interface = Annotated[list[str] | None, InterfaceOption]
Addresses = Annotated[list[str] | None, AddressOption]
Generation = Annotated[str | None, GenerationOption]
Timeout = Annotated[float, TimeoutOption]
UdpPort = Annotated[int | None, UdpPortOption]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]

OPTIONS = {
    "mode": "--mode",
    "address": "--ip",
    "mask": "--mask",
    "gateway": "--gateway",
    "port": "--tcp-port",
    "server_address": "--server",
    "server_port": "--server",
    "max_connections": "--max-connections",
}

LABELS = {
    "mode": "Mode",
    "dhcp": "DHCP",
    "ip": "Address",
    "mask": "Mask",
    "gateway": "Gateway",
    "tcp_port": "TCP port",
    "server": "Server",
    "synchronize_time": "Time from server",
    "max_connections": "Connections",
    "mtu": "Largest packet",
}


async def _find(
    device_id: int,
    interface: list[str] | None,
    address: list[str] | None,
    generation: str | None,
    timeout: float,
    port: int | None,
) -> FoundDevice:
    generations = chosen_generations(generation)
    biostar1_port, biostar2_port = udp_ports(port, generations)
    return await find_device(
        device_id,
        interfaces=interface,
        addresses=address or (),
        generations=generations,
        timeout=timeout,
        port=biostar1_port,
        biostar2_port=biostar2_port,
    )


@contextlib.contextmanager
def _options_named() -> Iterator[None]:
    """Name the option that a refused setting came from."""
    try:
        yield
    except InvalidInput as error:
        raise InvalidInput(OPTIONS.get(error.field, error.field), error.value, error.allowed) from None


def _words(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


@app.command("show")
@command
async def show(
    device_id: DeviceId,
    interface: Interface = None,
    address: Addresses = None,
    generation: Generation = None,
    timeout: Timeout = DEFAULT_SEARCH_TIMEOUT,
    port: UdpPort = None,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Show the network settings of a device."""
    device = await _find(device_id, interface, address, generation, timeout, port)
    settings = await read_network_settings(device, timeout=timeout, port=port)
    if as_json:
        print_json(device_facts(device) | settings_facts(settings))
        return
    facts = settings_facts(settings)
    print_facts(
        f"{device.title} {device.device_id} at {device.address}",
        [(label, _words(facts[name])) for name, label in LABELS.items() if facts[name] is not None],
    )


@app.command("set")
@command
async def set_(
    device_id: DeviceId,
    ip: Annotated[str | None, typer.Option("--ip", help="The device's own IPv4 address.")] = None,
    mask: Annotated[str | None, typer.Option("--mask", help="Subnet mask, such as 255.255.255.0.")] = None,
    gateway: Annotated[str | None, typer.Option("--gateway", help="Default gateway; 0.0.0.0 for none.")] = None,
    dhcp: Annotated[bool | None, typer.Option("--dhcp/--no-dhcp", help="Take the address from DHCP, or not.")] = None,
    server: Annotated[
        str | None, typer.Option("--server", metavar="HOST:PORT", help="The server that the device dials.")
    ] = None,
    mode: Annotated[str | None, typer.Option("--mode", metavar="direct|server", help="Who dials whom.")] = None,
    tcp_port: Annotated[int | None, typer.Option("--tcp-port", help="The device's own TCP port.")] = None,
    sync_time: Annotated[
        bool | None, typer.Option("--sync-time/--no-sync-time", help="Let the clock follow the server, or not.")
    ] = None,
    max_connections: Annotated[int | None, typer.Option(help="TCP clients that the device takes at once.")] = None,
    interface: Interface = None,
    address: Addresses = None,
    generation: Generation = None,
    timeout: Timeout = DEFAULT_SEARCH_TIMEOUT,
    port: UdpPort = None,
    yes: Yes = False,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Change network settings of a device; what is not named stays as it is.

    Shows the settings before and after and asks before it writes. The device restarts its network afterwards.
    """
    server_address, server_port = await _server(server)
    changes = NetworkChanges(
        mode=mode,
        dhcp=dhcp,
        address=ip,
        mask=mask,
        gateway=gateway,
        port=tcp_port,
        server_address=server_address,
        server_port=server_port,
        synchronize_time=sync_time,
        max_connections=max_connections,
    )
    with _options_named():
        changes.check()
    device = await _find(device_id, interface, address, generation, timeout, port)
    before = await read_network_settings(device, timeout=timeout, port=port)
    if before.server_port is None and server_port == SERVER_PORT:
        changes = dataclasses.replace(changes, server_port=None)  # this model always dials that port
    with _options_named():
        after = changes.apply(before)
    if not as_json:
        _show_change(device, before, after)
    if after != before:
        confirmed("Write these settings to the device?", yes=yes)
    change = await write_network_settings(device, changes, timeout=timeout, port=port)
    if as_json:
        print_json(
            {
                "device_id": device.device_id,
                "written": change.written,
                "before": settings_facts(change.before),
                "after": settings_facts(change.after),
            }
        )
    elif change.written:
        out.print("Written. The device restarts its network now.")
    else:
        out.print("The device has these settings already; nothing was written.")


async def _server(text: str | None) -> tuple[str | None, int | None]:
    """Read HOST:PORT; a name is looked up, since devices store addresses."""
    if text is None:
        return None, None
    host, _, port = text.rpartition(":") if ":" in text else (text, "", "")
    allowed = "HOST or HOST:PORT, such as 192.168.1.5:1480"
    if not host or (port and not port.isdecimal()) or text.endswith(":"):
        raise InvalidInput("--server", text, allowed)
    if port and not 1 <= int(port) <= 65535:
        raise InvalidInput("--server", text, "a port from 1 to 65535")
    found = await resolve(host)
    if found != host:
        err.print(f"{host} is {found}; the device stores the address.")
    return found, int(port) if port else None


def _show_change(device: FoundDevice, before: NetworkSettings, after: NetworkSettings) -> None:
    old, new = settings_facts(before), settings_facts(after)
    print_table(
        f"{device.title} {device.device_id} at {device.address}",
        ["", "Now", "After"],
        [
            (label, _words(old[name]), _words(new[name]) if new[name] != old[name] else "")
            for name, label in LABELS.items()
            if old[name] is not None or new[name] is not None
        ],
    )


@command
async def reset(
    device_id: DeviceId,
    interface: Interface = None,
    address: Addresses = None,
    timeout: Timeout = DEFAULT_SEARCH_TIMEOUT,
    port: UdpPort = None,
    yes: Yes = False,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Restart a device by UDP, as for one that answers a search and refuses connections (BioStar 1)."""
    device = await _find(device_id, interface, address, None, timeout, port)
    confirmed(
        f"Restart {device.title} {device.device_id} at {device.address}? Its door is unserved meanwhile.", yes=yes
    )
    await restart(device, timeout=timeout, port=port)
    if as_json:
        print_json({"device_id": device.device_id, "address": device.address, "restarted": True})
    else:
        out.print(f"{device.title} {device.device_id} restarts now.")

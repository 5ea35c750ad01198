"""``doorward search``: which devices are on the network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from doorward.cli.output import JsonOption, command, counted, err, print_json, print_table
from doorward.discovery import FoundDevice, NetworkSettings, search
from doorward.discovery.search import DEFAULT_SEARCH_TIMEOUT
from doorward.model.errors import InvalidInput
from doorward.model.found import GENERATIONS

InterfaceOption = typer.Option(
    "--interface", "-i", help="Ask from this network card only, by name or address. May be given several times."
)
AddressOption = typer.Option(
    "--address", "-a", help="Ask this address only, also behind a router. May be given several times."
)
GenerationOption = typer.Option(
    "--generation", "-g", help="Ask devices of this generation only: biostar1 (UDP 51110) or biostar2 (UDP 51210)."
)
TimeoutOption = typer.Option("--timeout", "-t", help="Seconds to wait for answers.")
UdpPortOption = typer.Option("--port", "-p", help="UDP port of the devices, instead of 51110 or 51210.")


def chosen_generations(generation: str | None) -> Sequence[str]:
    """The generations to ask; all when none is named.

    Raises:
        InvalidInput: The name is unknown.
    """
    if generation is None:
        return GENERATIONS
    if generation not in GENERATIONS:
        raise InvalidInput("--generation", generation, " or ".join(GENERATIONS))
    return (generation,)


def udp_ports(port: int | None, generations: Sequence[str]) -> tuple[int | None, int | None]:
    """The UDP port of BioStar 1 and of BioStar 2; a given one counts for BioStar 2 if that alone was named."""
    return (None, port) if tuple(generations) == ("biostar2",) else (port, None)


def server_text(settings: NetworkSettings) -> str | None:
    """The server that a device dials, as ``host:port``; a model without a port of its own tells the host alone."""
    if not settings.server_address:
        return None
    return settings.server_address + (f":{settings.server_port}" if settings.server_port is not None else "")


def settings_facts(settings: NetworkSettings) -> dict[str, Any]:
    """Network settings as programs read them."""
    return {
        "mode": settings.mode,
        "dhcp": settings.dhcp,
        "ip": settings.address,
        "mask": settings.mask,
        "gateway": settings.gateway or None,
        "tcp_port": settings.port,
        "server": server_text(settings),
        "synchronize_time": settings.synchronize_time,
        "max_connections": settings.max_connections,
        "mtu": settings.mtu,
    }


def device_facts(device: FoundDevice) -> dict[str, Any]:
    """A found device as programs read it; what is remarkable comes only when it is there."""
    facts: dict[str, Any] = {
        "device_id": device.device_id,
        "model": device.model,
        "type": device.type,
        "generation": device.generation,
        "address": device.address,
        "port": device.port,
        "interface": device.interface,
        "round_trip_ms": device.round_trip_ms,
    }
    if device.conflict:
        facts["conflict"] = device.conflict
    if device.foreign_subnet:
        facts["foreign_subnet"] = True
    if device.details is not None:
        facts |= settings_facts(device.details)
    if device.details_problem:
        facts["details_problem"] = device.details_problem
    return facts


@command
async def search_devices(
    interface: Annotated[list[str] | None, InterfaceOption] = None,
    address: Annotated[list[str] | None, AddressOption] = None,
    generation: Annotated[str | None, GenerationOption] = None,
    timeout: Annotated[float, TimeoutOption] = DEFAULT_SEARCH_TIMEOUT,
    port: Annotated[int | None, UdpPortOption] = None,
    details: Annotated[bool, typer.Option("--details", "-d", help="Read the network settings of each too.")] = False,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Search for devices by UDP, on every network card or at single addresses.

    A broadcast reaches every device on the same wire, also one whose address lies in another subnet. It does not pass
    a router: devices behind one are asked by --address. Finding nobody is no error.
    """
    generations = chosen_generations(generation)
    biostar1_port, biostar2_port = udp_ports(port, generations)
    result = await search(
        interfaces=interface,
        addresses=address or (),
        generations=generations,
        timeout=timeout,
        details=details,
        port=biostar1_port,
        biostar2_port=biostar2_port,
    )
    for notice in result.notices:
        err.print(f"[yellow]Note:[/] {notice}", soft_wrap=True)
    if as_json:
        for device in result.devices:
            print_json(device_facts(device))
        return
    _show(result.devices, details=details)
    if not result.devices:
        err.print(
            "No device answered. Check that it has power and network, that no firewall blocks UDP 51110 and 51210 "
            "(the answer to a broadcast needs a rule of its own), and ask devices behind a router by --address.",
            soft_wrap=True,
        )


def _show(devices: Sequence[FoundDevice], *, details: bool) -> None:
    columns = ["Device", "Model", "Address", "Port", "Card", "ms", "Note"]
    rows = []
    for device in devices:
        note = device.conflict or ("other subnet" if device.foreign_subnet else "")
        row = [device.device_id, device.title, device.address, device.port, device.interface]
        row += [f"{device.round_trip_ms:.1f}", note]
        if details and device.details is not None:
            found = device.details
            row[-1:-1] = [found.mode, server_text(found), "yes" if found.dhcp else "no", found.mask, found.gateway]
        elif details:
            row[-1:] = ["", "", "", "", "", note or device.details_problem]
        rows.append(row)
    if details:
        columns[-1:-1] = ["Mode", "Server", "DHCP", "Mask", "Gateway"]
    if rows:
        print_table(counted(len(rows), "device"), columns, rows)

"""The ports that the server listens on, and those that it asks devices from."""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.errors import DoorwardError
from doorward.protocol.biostar1.udp_exchange import UDP_PORT
from doorward.server.checks.findings import Finding, Level
from doorward.server.checks.site import Site
from doorward.transport import Address
from doorward.transport.bound_socket import listening_socket
from doorward.transport.errors import PortBusy
from doorward.transport.port_holder import find_holder

SUBJECT = "ports"
EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - asked about, not bound


def look(site: Site) -> Iterator[Finding]:
    """Try each port that the server needs, and name who holds it."""
    settings = site.settings
    yield look_at_tcp(site, Address(settings.web.address, settings.web.port), "the console and the API", "web.port")
    yield look_at_tcp(
        site, Address(settings.devices.address, settings.devices.port), "devices in server mode", "devices.port"
    )
    yield look_at_search()


def look_at_tcp(site: Site, address: Address, use: str, key: str) -> Finding:
    """One TCP port that the server listens on."""
    if not address.port:
        return Finding(SUBJECT, Level.OK, f"Any free TCP port will do for {use} ({key} = 0).")
    try:
        listening_socket(address).close()
    except PortBusy as error:
        ours = f"(process {site.server_process})"
        if site.server_process is not None and (error.holder or "").endswith(ours):
            return Finding(SUBJECT, Level.OK, f"TCP {address.port} ({use}) is held by this server.")
        if site.server_process is not None and error.holder is None:
            return Finding(
                SUBJECT,
                Level.OK,
                f"TCP {address.port} ({use}) is held, most likely by the running server (this user may not see it).",
            )
        return Finding(
            SUBJECT, Level.ERROR, error.message, f"{error.advice} It is {key} in {site.settings.path}: for {use}."
        )
    except DoorwardError as error:
        return Finding(SUBJECT, Level.ERROR, error.message, f"{error.advice} It is {key} in {site.settings.path}.")
    if site.server_runs and site.server_process is not None:
        return Finding(
            SUBJECT,
            Level.WARNING,
            f"TCP {address.port} ({use}) is free although a server runs: it was started with other settings.",
            "Start the server anew, or name its settings file with --settings.",
        )
    return Finding(SUBJECT, Level.OK, f"TCP {address.port} ({use}) is free.")


def look_at_search() -> Finding:
    """UDP 51110 of this machine: searching does not need it, but whoever holds it may answer like a device."""
    holder = find_holder(Address(EVERY_ADDRESS, UDP_PORT), "udp")
    if holder is None:
        return Finding(SUBJECT, Level.OK, f"UDP {UDP_PORT} (search for devices) is free.")
    return Finding(
        SUBJECT,
        Level.WARNING,
        f"UDP {UDP_PORT} is held by {holder}. A search goes out from another port and works all the same, but answers "
        "that are broadcast to this port go to that program.",
        "Stop it if it is another access-control server; devices obey whoever asks last.",
    )

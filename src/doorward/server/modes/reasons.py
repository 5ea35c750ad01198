"""Why a device has not come after its mode was changed: likely reasons in order, by what it says of itself."""

from __future__ import annotations

import ipaddress

from doorward.model.network_settings import DIRECT, SERVER, NetworkSettings, is_no_address


def why_it_does_not_call(
    told: NetworkSettings | None, server_address: str, server_port: int, listening_port: int | None
) -> list[str]:
    """Likely reasons why a device does not call this server, the most likely first.

    Args:
        told: What it says of itself by UDP; None when it does not answer.
        server_address: What it was to dial.
        server_port: The TCP port there.
        listening_port: The TCP port on which this server listens; None when that is not known.
    """
    found: list[str] = []
    place = f"{server_address}, TCP port {server_port}"
    if told is None:
        return [
            "The device does not answer a search either: it still restarts, or has no power.",
            "It took another address, as from DHCP, and is asked at its old one.",
            f"A firewall on the way stops UDP port 51110 to the device, and TCP port {server_port} to this server.",
        ]
    if told.mode == DIRECT:
        return [
            "The device answers a search and says that it is in direct mode: it did not keep the settings.",
            "Somebody has set it back at its own menu, or another program has.",
        ]
    if told.server_address != server_address:
        found.append(f"The device says that it dials {told.server_address or 'nobody'} and not {server_address}.")
    if told.server_port not in (None, server_port):
        found.append(f"The device says that it dials TCP port {told.server_port} and not {server_port}.")
    if listening_port is not None and listening_port != server_port:
        found.append(
            f"This server listens on TCP port {listening_port} and the device dials {server_port}: the port has to be "
            "passed on by what stands in between."
        )
    if not _reaches(told, server_address):
        gateway = "it has no gateway" if is_no_address(told.gateway) else f"its gateway is {told.gateway}"
        found.append(
            f"{server_address} lies outside of the device's subnet ({told.address}, mask {told.mask}), and {gateway}."
        )
    found += [
        f"A firewall on this machine or on the way does not let the device at {told.address} reach {place}.",
        f"{server_address} is not the address of this server on the device's side.",
        "The device holds a certificate of another server and speaks TLS: remove it at the device.",
        "It still restarts: some models take more than a minute.",
    ]
    return found


def why_it_does_not_listen(told: NetworkSettings | None, address: str, port: int) -> list[str]:
    """Likely reasons why a device cannot be dialled, the most likely first.

    Args:
        told: What it says of itself by UDP; None when it does not answer.
        address: Where it was dialled.
        port: The TCP port there.
    """
    if told is None:
        return [
            "The device does not answer a search either: it still restarts, or has no power.",
            "It took another address, as from DHCP, and is dialled at its old one.",
            f"A firewall on the way stops UDP port 51110 and TCP port {port} to the device: server mode needs neither.",
        ]
    if told.mode == SERVER:
        return [
            "The device answers a search and says that it is in server mode: it did not keep the settings.",
            "Somebody has set it back at its own menu, or another program has.",
        ]
    found = []
    if told.port != port:
        found.append(f"The device says that it listens on TCP port {told.port}, and {port} was dialled.")
    return [
        *found,
        f"A firewall on the way does not let this server reach {address}, TCP port {port}.",
        "Another client was faster and holds the device, such as the vendor's own program.",
        "It still restarts: some models take more than a minute.",
    ]


def _reaches(told: NetworkSettings, server_address: str) -> bool:
    try:
        network = ipaddress.IPv4Network(f"{told.address}/{told.mask}", strict=False)
        inside = ipaddress.IPv4Address(server_address) in network
    except ValueError:
        return True
    return inside or not is_no_address(told.gateway)

"""What the operating system says of sockets, in words for people."""

from __future__ import annotations

import errno
import socket

from doorward.model.errors import DoorwardError, NotReached
from doorward.transport.address import Address
from doorward.transport.port_holder import Kind, find_holder


def _numbers(*names: str) -> frozenset[int]:
    # Windows has its own numbers beside the POSIX ones, and sockets report those.
    found = {getattr(errno, prefix + name, None) for name in names for prefix in ("", "WSA")}
    return frozenset(number for number in found if number is not None)


ADDRESS_IN_USE = _numbers("EADDRINUSE")
ADDRESS_NOT_AVAILABLE = _numbers("EADDRNOTAVAIL")
NOT_PERMITTED = _numbers("EACCES", "EPERM")
UNREACHABLE = _numbers("ENETUNREACH", "EHOSTUNREACH", "ENETDOWN", "EHOSTDOWN")
REFUSED = _numbers("ECONNREFUSED")
RESET = _numbers("ECONNRESET", "ECONNABORTED", "EPIPE")


class PortBusy(NotReached):
    """A port of this machine is held by another program.

    Attributes:
        port: The port that was wanted.
        holder: The program that holds it, as far as it may be seen.
    """

    def __init__(self, message: str, *, port: int, holder: str | None, advice: str) -> None:
        super().__init__(message, advice=advice)
        self.port = port
        self.holder = holder


def reason_of(error: OSError) -> str:
    """The operating system's own words, without its number."""
    return error.strerror or str(error) or type(error).__name__


def dial_error(error: OSError, address: Address, local_address: str | None = None) -> DoorwardError:
    """Say why a connection to ``address`` did not come about."""
    if isinstance(error, socket.gaierror):
        return NotReached(
            f"The name {address.host!r} was not found: {reason_of(error)}.",
            advice="Check the spelling, or give the IP address.",
        )
    if error.errno in REFUSED:
        return NotReached(
            f"Nothing listens on {address}: the connection was refused.",
            advice="Check the port and whether the device is in direct mode; one that is connected to another "
            "client may refuse too.",
        )
    if error.errno in UNREACHABLE:
        return NotReached(
            f"{address} cannot be reached: {reason_of(error)}.",
            advice="Check the address, the cable, and the subnet mask and gateway of this machine.",
        )
    if error.errno in ADDRESS_NOT_AVAILABLE and local_address:
        return NotReached(
            f"No network card of this machine has the address {local_address}.", advice="Give one of its addresses."
        )
    if error.errno in NOT_PERMITTED:
        return NotReached(
            f"This machine does not allow a connection to {address}: {reason_of(error)}.",
            advice="Check the firewall of this machine.",
        )
    return NotReached(
        f"No connection to {address}: {reason_of(error)}.", advice="Check the address and the network, then try again."
    )


def bind_error(error: OSError, address: Address, kind: Kind) -> NotReached:
    """Say why this machine cannot listen on ``address``; names the program that holds a busy port."""
    if error.errno in ADDRESS_IN_USE:
        holder = find_holder(address, kind)
        by = f" by {holder}" if holder else " by another program that this user may not see"
        return PortBusy(
            f"{kind.upper()} port {address.port} on {address.host or 'every address'} is held{by}.",
            port=address.port,
            holder=holder,
            advice="Stop that program, or choose another port or address.",
        )
    if error.errno in ADDRESS_NOT_AVAILABLE:
        return NotReached(
            f"No network card of this machine has the address {address.host}.",
            advice="Give one of its addresses, or add this one to a card first.",
        )
    if error.errno in NOT_PERMITTED:
        return NotReached(
            f"This machine does not allow to listen on {kind.upper()} port {address.port}: {reason_of(error)}.",
            advice="Ports below 1024 need administrator rights; Windows may also have excluded the port "
            "(netsh int ipv4 show excludedportrange).",
        )
    return NotReached(f"Cannot listen on {address}: {reason_of(error)}.", advice="Check the address and the port.")

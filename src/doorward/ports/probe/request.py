"""What a probe is asked, and what it may take."""

from __future__ import annotations

from dataclasses import dataclass, field

from doorward.model.errors import InvalidInput
from doorward.ports.plan import Plan
from doorward.transport.address import check_port

LARGEST_DEVICE_ID = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Limits:
    """How long the steps wait, in seconds.

    Attributes:
        connect: For a TCP connection: a lost first packet is sent again after one and three seconds.
        greeting: For what a server says without being asked.
        answer: For an answer to a question on a connection.
        server_greeting: For the question by which a server on port 1480 greets a silent device.
        udp: For answers by UDP.
        presence: For ARP and ping, each.
        knocking: For a device that dials this server in vain: it dials again after some seconds.
    """

    connect: float = 4.0
    greeting: float = 0.4
    answer: float = 2.0
    server_greeting: float = 2.5
    udp: float = 2.0
    presence: float = 1.0
    knocking: float = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeRequest:
    """What to look at.

    Attributes:
        target: A device's number, an IPv4 address or a host name; a port may follow after a colon.
        port: The TCP port that is meant to work; None tries the usual ones.
        server_addresses: Addresses by which devices know the server, the one that they are to dial first; those of
            this machine when there are none.
        server_port: The server's TCP port for BioStar 1 devices.
        server_wanted: Whether the device is meant to dial the server (server mode).
        clock_limit: Seconds that a clock may be off.
        udp_port: UDP port of BioStar 1 devices.
        biostar2_udp_port: UDP port of BioStar 2 devices.
        extra_ports: Further TCP ports to try.
        interfaces: Names or addresses of the cards to search from by broadcast; all when there are none.
        plan: What must be opened at the site; a missing rule is named as it stands there.
        only_ports: TCP ports that may be dialled at all; None: any.
        limits: How long the steps wait.
    """

    target: str
    port: int | None = None
    server_addresses: tuple[str, ...] = ()
    server_port: int = 1480
    server_wanted: bool = False
    clock_limit: float = 120.0
    udp_port: int = 51110
    biostar2_udp_port: int = 51210
    extra_ports: tuple[int, ...] = ()
    interfaces: tuple[str, ...] = ()
    plan: Plan | None = None
    only_ports: frozenset[int] | None = None
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def parse(cls, text: str, **others: object) -> ProbeRequest:
        """Read a target as people write it: ``10002``, ``192.168.1.20``, ``door.example:1471``.

        Raises:
            InvalidInput: Nothing of the kind.
        """
        host, colon, port_text = text.strip().partition(":")
        if not host:
            raise InvalidInput("target", text, "a device's number, an IPv4 address or a host name")
        if colon:
            if not port_text.isdigit():
                raise InvalidInput("port", port_text, "a whole number from 1 to 65535")
            check_port(int(port_text))
            others["port"] = int(port_text)
        if host.isdigit() and not 0 < int(host) <= LARGEST_DEVICE_ID:
            raise InvalidInput("device id", host, f"1 to {LARGEST_DEVICE_ID}")
        return cls(target=host, **others)  # type: ignore[arg-type] # the names are those of the fields

    def allows(self, port: int) -> bool:
        """Whether a TCP port may be dialled."""
        return self.only_ports is None or port in self.only_ports

    @property
    def device_id(self) -> int | None:
        """The device's number, when the target is one."""
        return int(self.target) if self.target.isdigit() else None

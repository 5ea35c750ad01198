"""What a probe has found out, step by step; the verdict is made of these alone."""

from __future__ import annotations

import datetime
import enum
from dataclasses import dataclass, field

from doorward.model.found import FoundDevice
from doorward.model.network_settings import NetworkSettings
from doorward.transport.dialling_watch import Dialling

UDP_SEARCH = 0
"""Stands for UDP search among the ports that a plan opens."""


class PortState(enum.Enum):
    """What became of a TCP connection."""

    OPEN = "open"
    REFUSED = "refused"
    FILTERED = "no answer"
    REJECTED = "turned away on the way"
    FORBIDDEN = "not let out by this machine"
    NO_WAY = "no way there"


class Speaker(enum.Enum):
    """What speaks on an open TCP port."""

    BIOSTAR1_DEVICE = "a BioStar 1 device"
    BIOSTAR1_SERVER = "a server for BioStar 1 devices"
    TLS = "TLS"
    HTTP = "a web server"
    SSH = "SSH"
    SERVE_TEST = "doorward serve-test"
    OTHER = "another service"
    SILENT = "nobody: the connection stays silent"
    CLOSED_AT_ONCE = "nobody: the connection is closed at once"


NOBODY = (Speaker.SILENT, Speaker.CLOSED_AT_ONCE)
"""A connection comes about, and nobody speaks."""


class UdpState(enum.Enum):
    """What became of questions by UDP."""

    ANSWERED = "answered"
    SILENT = "no answer"
    CLOSED = "closed"
    FORBIDDEN = "not let out by this machine"
    NO_WAY = "no way there"
    SKIPPED = "not asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """The certificate that a TLS server shows.

    Attributes:
        subject: Whom it is for.
        not_before: From when it holds.
        not_after: Until when it holds.
    """

    subject: str
    not_before: datetime.datetime
    not_after: datetime.datetime

    def problem(self, now: datetime.datetime) -> str:
        """Why it does not hold at a moment; empty when it does."""
        if now > self.not_after:
            return f"expired on {self.not_after:%d %B %Y}"
        if now < self.not_before:
            return f"not valid before {self.not_before:%d %B %Y}"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """What was learned on an open port.

    Attributes:
        speaker: What speaks there.
        words: What it said of itself, for people.
        device_id: Serial number of a BioStar 1 device.
        device_type: Number of its model.
        device_title: Name of its model.
        enciphered: Whether its connection is enciphered after the greeting (models of port 1471).
        clock_offset: Seconds that its clock is ahead of this machine's local time; None when it was not read.
        clock_problem: Why it was not.
        certificate: What a TLS server showed; None when it could not be seen.
        also_tls: A plain service that takes TLS on the same port too.
    """

    speaker: Speaker
    words: str = ""
    device_id: int | None = None
    device_type: int | None = None
    device_title: str = ""
    enciphered: bool = False
    clock_offset: float | None = None
    clock_problem: str = ""
    certificate: Certificate | None = None
    also_tls: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PortFact:
    """One TCP port.

    Attributes:
        port: Its number.
        state: What became of the connection.
        reason: The system's words.
        speech: What speaks there, when it is open and was listened to.
    """

    port: int
    state: PortState
    reason: str = ""
    speech: Speech | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WayFact:
    """How this machine would send to the target.

    Attributes:
        card: Name of the network card.
        local_address: The address that packets leave with.
        network: The subnet of that card, such as ``192.168.1.0/24``.
        same_subnet: Whether the target lies in it.
        gateway: Who passes packets on; empty for nobody, None when the system does not tell.
        problem: Why no way leads there; empty when one does.
    """

    card: str = ""
    local_address: str = ""
    network: str = ""
    same_subnet: bool = False
    gateway: str | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceFact:
    """Whether anybody is at the address.

    Attributes:
        hardware: Hardware addresses that answered for it on the wire.
        asked_wire: Whether the wire was asked (needs rights and the same subnet).
        ping_milliseconds: How long a ping took; None without an answer.
        ping_problem: Why there was none, or why it was not sent.
        router_says: What a router on the way said of the address; empty for nothing.
    """

    hardware: tuple[str, ...] = ()
    asked_wire: bool = False
    ping_milliseconds: float | None = None
    ping_problem: str = ""
    router_says: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UdpFact:
    """What came by UDP.

    Attributes:
        biostar1: What became of the BioStar 1 search at the address itself.
        biostar2: The same for BioStar 2.
        serve_test: Whether ``doorward serve-test`` answered.
        direct: The device that answered at the address itself.
        broadcast: Whether a broadcast was sent.
        heard: Devices that answered the broadcast and have the target's number or address.
        others: Numbers of other devices that answered it.
    """

    biostar1: UdpState = UdpState.SKIPPED
    biostar2: UdpState = UdpState.SKIPPED
    serve_test: bool = False
    direct: FoundDevice | None = None
    broadcast: bool = False
    heard: tuple[FoundDevice, ...] = ()
    others: tuple[int, ...] = ()

    @property
    def device(self) -> FoundDevice | None:
        """The device that answered, one way or the other."""
        return self.direct or (self.heard[0] if self.heard else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFact:
    """The server that the device should dial, as seen from this machine.

    Attributes:
        addresses: Its addresses.
        told: The address that devices are to dial, when a person or the settings named it.
        port: Its TCP port.
        is_here: Whether it is this machine.
        holder: The program that listens on the port here; empty for none or when it is not here.
        connected: Whether a connection of the device stands here now; None when that cannot be seen.
        dialling: What the card of this machine sees of the device's dialling; None when nobody looked.
    """

    addresses: tuple[str, ...] = ()
    told: str = ""
    port: int = 1480
    is_here: bool = True
    holder: str = ""
    connected: bool | None = None
    dialling: Dialling | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything together.

    Attributes:
        target: As it was given.
        device_id: The number that was given or found.
        host: The IPv4 address that was looked at; empty when there was none.
        target_problem: Why the target has no address; empty when it has.
        wanted_ports: The TCP ports of which one is meant to work, the likeliest first.
        port_given: Whether a person named the port.
        server_wanted: Whether the device is meant to dial the server.
        clock_limit: Seconds that a clock may be off.
        now: When this was found out.
        way: How packets go there.
        presence: Whether anybody is there.
        ports: TCP ports, in the order of trying.
        udp: What came by UDP.
        settings: The device's network settings as told by UDP.
        settings_problem: Why they were not told.
        server: The server that it should dial.
        clients_here: Programs of this machine that have a connection to one of the wanted ports.
        expected: The TCP ports and, as 0, UDP search that a plan of the site opens from here to there; None without
            a plan.
    """

    target: str
    device_id: int | None = None
    host: str = ""
    target_problem: str = ""
    wanted_ports: tuple[int, ...] = ()
    port_given: bool = False
    server_wanted: bool = False
    clock_limit: float = 120.0
    now: datetime.datetime = field(default_factory=lambda: datetime.datetime.now(datetime.UTC))
    way: WayFact = field(default_factory=WayFact)
    presence: PresenceFact = field(default_factory=PresenceFact)
    ports: tuple[PortFact, ...] = ()
    udp: UdpFact = field(default_factory=UdpFact)
    settings: NetworkSettings | None = None
    settings_problem: str = ""
    server: ServerFact = field(default_factory=ServerFact)
    clients_here: tuple[str, ...] = ()
    expected: frozenset[int] | None = None

    def port(self, number: int) -> PortFact | None:
        """What is known of a TCP port."""
        return next((fact for fact in self.ports if fact.port == number), None)

    @property
    def wanted(self) -> tuple[PortFact, ...]:
        """The ports of which one is meant to work."""
        return tuple(fact for number in self.wanted_ports if (fact := self.port(number)) is not None)

    def speaking(self, *speakers: Speaker) -> tuple[PortFact, ...]:
        """The open ports on which one of these speaks."""
        return tuple(fact for fact in self.ports if fact.speech is not None and fact.speech.speaker in speakers)

    @property
    def alive(self) -> bool:
        """Whether anything at all came from the address itself."""
        return (
            bool(self.presence.hardware)
            or self.presence.ping_milliseconds is not None
            or any(fact.state in (PortState.OPEN, PortState.REFUSED) for fact in self.ports)
            or UdpState.ANSWERED in (self.udp.biostar1, self.udp.biostar2)
            or UdpState.CLOSED in (self.udp.biostar1, self.udp.biostar2)
            or self.udp.serve_test
        )

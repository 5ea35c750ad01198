"""What the server asks an agent to do by UDP or to look at, and the answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from doorward.model.found import BIOSTAR1, BIOSTAR2, GENERATIONS, FoundDevice
from doorward.model.network_settings import NetworkChange, NetworkChanges, NetworkSettings
from doorward.protocol.tunnel.messages import Card
from doorward.protocol.tunnel.reach import BIOSTAR1_UDP_PORT, BIOSTAR2_UDP_PORT, Allowed

A = TypeVar("A")

NO_ADDRESS_YET: Final = "169.254.10.1"
"""A device that got no address gives itself this one; it is asked by broadcast."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Search for devices; the values are those of ``doorward.discovery.search``."""

    interfaces: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    generations: tuple[str, ...] = GENERATIONS
    seconds: float = 3.0
    port: int | None = None
    biostar2_port: int | None = None

    def check(self, allowed: Allowed) -> None:
        """Refuse what the agent may not reach; raises OutOfReach."""
        for address in self.addresses:
            allowed.check_host(address)
        _check_ports(allowed, self.generations, self.port, self.biostar2_port)


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """What a search found; see ``doorward.discovery.SearchResult``."""

    devices: tuple[FoundDevice, ...] = ()
    notices: tuple[str, ...] = ()
    ignored: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """Find one device; the values are those of ``doorward.discovery.find_device``."""

    device_id: int
    interfaces: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    generations: tuple[str, ...] = GENERATIONS
    seconds: float = 3.0
    port: int | None = None

    def check(self, allowed: Allowed) -> None:
        """Refuse what the agent may not reach; raises OutOfReach."""
        for address in self.addresses:
            allowed.check_host(address)
        _check_ports(allowed, self.generations, self.port, self.port)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadNetwork:
    """Ask a device for its network settings."""

    device: FoundDevice
    port: int | None = None

    def check(self, allowed: Allowed) -> None:
        """Refuse what the agent may not reach; raises OutOfReach."""
        _check_device(allowed, self.device, self.port)


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteNetwork:
    """Change network settings of a device."""

    device: FoundDevice
    changes: NetworkChanges
    port: int | None = None

    def check(self, allowed: Allowed) -> None:
        """Refuse what the agent may not reach; raises OutOfReach."""
        _check_device(allowed, self.device, self.port)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """Restart a device."""

    device: FoundDevice
    port: int | None = None

    def check(self, allowed: Allowed) -> None:
        """Refuse what the agent may not reach; raises OutOfReach."""
        # A restart goes to the address of one device in any case, never to all.
        allowed.check_host(self.device.answered_from or self.device.address)
        _check_device(allowed, self.device, self.port)


@dataclass(frozen=True, slots=True)
class Done:
    """It was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Look at a device or host step by step; the values are those of ``doorward.ports.probe.ProbeRequest``."""

    target: str
    port: int | None = None
    server_addresses: tuple[str, ...] = ()
    server_port: int = 1480
    server_wanted: bool = False

    def check(self, allowed: Allowed) -> None:
        """Refuse what the agent may not reach; raises OutOfReach. A device's number is looked for by broadcast."""
        if not self.target.isdigit():
            allowed.check_host(self.target)
        if self.port is not None:
            allowed.check_tcp(self.target if not self.target.isdigit() else _any_host(allowed), self.port)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeStep:
    """A step of a probe that begins or is over; see ``doorward.ports.probe.Step``."""

    key: str
    title: str
    state: str
    text: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeVerdict:
    """The end of a probe; see ``doorward.ports.probe.Verdict``."""

    code: str
    kind: str
    sentence: str
    commands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListCards:
    """Tell the network cards as they are now."""

    def check(self, allowed: Allowed) -> None:
        """Anybody who asks may know."""


@dataclass(frozen=True, slots=True)
class Cards:
    """The network cards."""

    cards: tuple[Card, ...] = ()


Question = Search | Find | ReadNetwork | WriteNetwork | Restart | Probe | ListCards


@dataclass(frozen=True, slots=True)
class Kind(Generic[A]):
    """A kind of question.

    Attributes:
        name: As it travels.
        question: The question's type.
        answer: The answer's type.
    """

    name: str
    question: type[Question]
    answer: type[A]


SEARCH: Final = Kind("search", Search, SearchAnswer)
FIND: Final = Kind("find", Find, FoundDevice)
READ_NETWORK: Final = Kind("network.read", ReadNetwork, NetworkSettings)
WRITE_NETWORK: Final = Kind("network.write", WriteNetwork, NetworkChange)
RESTART: Final = Kind("restart", Restart, Done)
PROBE: Final = Kind("probe", Probe, ProbeVerdict)
LIST_CARDS: Final = Kind("cards", ListCards, Cards)

QUESTION_TYPES: Final[dict[str, type[Question]]] = {
    kind.name: kind.question for kind in (SEARCH, FIND, READ_NETWORK, WRITE_NETWORK, RESTART, PROBE, LIST_CARDS)
}


def _check_ports(allowed: Allowed, generations: tuple[str, ...], biostar1: int | None, biostar2: int | None) -> None:
    for generation, given, usual in ((BIOSTAR1, biostar1, BIOSTAR1_UDP_PORT), (BIOSTAR2, biostar2, BIOSTAR2_UDP_PORT)):
        if generation in generations:
            allowed.check_udp(usual if given is None else given)


def _check_device(allowed: Allowed, device: FoundDevice, port: int | None) -> None:
    host = device.answered_from or device.address
    # One whose address is wrong is asked by broadcast, which does not leave the wire.
    if host and host != NO_ADDRESS_YET and not device.foreign_subnet:
        allowed.check_host(host)
    _check_ports(allowed, (device.generation,), port, port)


def _any_host(allowed: Allowed) -> str:
    return str(allowed.networks[0].network_address) if allowed.networks else ""

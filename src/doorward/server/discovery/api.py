"""``/api/v1/discovery``: search for devices in the server's networks, readdress and restart them by UDP."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Router, Schema

from doorward.model.found import GENERATIONS, FoundDevice
from doorward.server.devices.api_network import NetworkChange, NetworkChanged, NetworkOut
from doorward.server.devices.models import Device
from doorward.server.devices.shapes import HIGHEST_DEVICE_ID, NOT_RUNNING, Text
from doorward.server.discovery import services
from doorward.server.discovery.services import LONGEST_SEARCH, MOST_TARGETS, Target
from doorward.server.operators.access import Access
from doorward.server.operators.callers import CallerAuth, require
from doorward.server.system.services import running_server
from doorward.transport.interfaces import interfaces

router = Router(auth=CallerAuth())

Port = Annotated[int, Field(ge=1, le=65535)]
AgentNumber = Annotated[int, Field(ge=1, le=2**63 - 1)]
Name = Annotated[Text, Field(min_length=1, max_length=255)]
GENERATION = Annotated[Text, Field(description=" or ".join(GENERATIONS), max_length=20)]


class CardOut(Schema):
    """A network card of the server."""

    name: str
    address: str
    mask: str
    up: bool
    loopback: bool


class SearchIn(Schema):
    """Who is asked, and for how long."""

    interfaces: Annotated[list[Name], Field(max_length=64, description="Cards by name or address; none: all.")] = []  # noqa: RUF012 - pydantic copies it
    addresses: Annotated[
        list[Name], Field(max_length=MOST_TARGETS, description="Ask these alone; none: ask all by broadcast.")
    ] = []  # noqa: RUF012
    generations: Annotated[list[GENERATION], Field(min_length=1, max_length=2)] = list(GENERATIONS)  # noqa: RUF012
    seconds: Annotated[float, Field(gt=0, le=LONGEST_SEARCH)] = 3.0
    udp_port: Annotated[Port | None, Field(description="UDP port of BioStar 1 devices; null: 51110.")] = None
    agents: Annotated[list[AgentNumber], Field(max_length=64, description="Agents that search in their branches.")] = []  # noqa: RUF012
    here: Annotated[bool, Field(description="Whether the server searches in its own networks.")] = True


class KnownOut(Schema):
    """What this server knows of a found device."""

    name: str
    approval: str
    state: str


class FoundOut(Schema):
    """A device that answered."""

    device_id: int
    type: int
    generation: str
    model: str
    title: str
    address: str
    port: int | None
    mode: str = Field(description="'direct' or 'server' where its answer says so; else empty.")
    interface: str = Field(description="The card that heard it.")
    agent: int | None = Field(description="The agent in whose branch it was heard; null: the server itself.")
    round_trip_ms: float
    answers: int
    foreign_subnet: bool = Field(description="Its address lies in no subnet of the server: it has to be readdressed.")
    conflict: str = Field(description="Why it cannot be told apart from another one; empty when it can.")
    known: KnownOut | None = Field(description="Null when this server does not know it, or you may not see it.")
    server_address: str = Field(description="Address of this server as the device has to dial it.")
    server_port: int | None = Field(description="Port of this server that devices dial.")


class SearchOut(Schema):
    """What a search found."""

    devices: list[FoundOut]
    notices: list[str] = Field(description="What you should know, such as a card that could not be used.")
    ignored: int = Field(description="Datagrams that were no answer of a device.")


class TargetIn(Schema):
    """A device to be asked by UDP."""

    device_id: Annotated[int, Field(ge=1, le=HIGHEST_DEVICE_ID)]
    addresses: Annotated[list[Name], Field(max_length=8, description="Where it is asked; none: by broadcast.")] = []  # noqa: RUF012
    interfaces: Annotated[list[Name], Field(max_length=64)] = []  # noqa: RUF012
    generation: GENERATION | None = None
    udp_port: Port | None = None
    agent: Annotated[AgentNumber | None, Field(description="In whose branch it is; null: the server asks.")] = None

    def target(self) -> Target:
        """The same as the rest of the program knows it."""
        return Target(
            self.device_id,
            tuple(self.addresses),
            tuple(self.interfaces),
            self.generation or "",
            self.udp_port,
            self.agent,
        )


class WriteIn(TargetIn):
    """A device and what shall become different."""

    changes: NetworkChange


class ReadOut(Schema):
    """The network settings of a device, and how it has to dial this server."""

    device_id: int
    title: str
    address: str
    interface: str
    settings: NetworkOut
    server_address: str
    server_port: int | None


class ResetOut(Schema):
    """What came of a restart."""

    words: str


@router.get("/interfaces", response=list[CardOut], summary="List the server's network cards")
def list_cards(request: HttpRequest) -> list[CardOut]:
    """Every IPv4 address of every card."""
    require(request, "network.search")
    names = ("name", "address", "mask", "up", "loopback")
    return [CardOut(**{name: getattr(card, name) for name in names}) for card in interfaces()]


@router.post("/search", response=SearchOut, summary="Search for devices")
def search(request: HttpRequest, body: SearchIn | None = None) -> SearchOut:
    """Ask the server's networks, or single addresses, for devices; the answer comes when the search is over."""
    caller = require(request, "network.search")
    wanted = body or SearchIn()
    if wanted.agents:
        require(request, "agents.view")
    result = services.search_devices(
        interfaces=wanted.interfaces,
        addresses=wanted.addresses,
        generations=wanted.generations,
        seconds=wanted.seconds,
        port=wanted.udp_port,
        agents=wanted.agents,
        here=wanted.here,
    )
    port = services.server_port()
    known = known_devices((device.device_id for device in result.devices), caller.access)
    return SearchOut(
        devices=[_found(device, known, port) for device in result.devices],
        notices=list(result.notices),
        ignored=result.ignored,
    )


@router.post("/network/read", response=ReadOut, summary="Read network settings by UDP")
def read_network(request: HttpRequest, body: TargetIn) -> ReadOut:
    """Ask one device how it is set up on its network, without a connection to it."""
    require(request, "network.search")
    _require_agent(request, body)
    device, found = services.read_network(body.target())
    return ReadOut(
        device_id=device.device_id,
        title=device.title,
        address=device.address,
        interface=device.interface,
        settings=NetworkOut(**asdict(found)),
        server_address=services.server_address(device),
        server_port=services.server_port(),
    )


@router.post("/network/write", response=NetworkChanged, summary="Change network settings by UDP")
def write_network(request: HttpRequest, body: WriteIn) -> NetworkChanged:
    """Change the named network settings of one device; it restarts its network when it took them."""
    require(request, "network.change")
    _require_agent(request, body)
    change = services.write_network(body.target(), body.changes.changes())
    words = "The device took the settings and restarts its network."
    if not change.written:
        words = "The device had these settings already; nothing was sent."
    return NetworkChanged(
        words=words,
        before=NetworkOut(**asdict(change.before)),
        after=NetworkOut(**asdict(change.after)),
        written=change.written,
    )


@router.post("/reset", response=ResetOut, summary="Restart a device by UDP")
def reset(request: HttpRequest, body: TargetIn) -> ResetOut:
    """Restart one device without a connection to it, as for one that answers a search and refuses connections."""
    require(request, "network.change")
    _require_agent(request, body)
    device = services.reset_device(body.target())
    return ResetOut(words=f"{device.title} {device.device_id} at {device.address} restarts.")


def _require_agent(request: HttpRequest, body: TargetIn) -> None:
    if body.agent is not None:
        require(request, "agents.view")


def known_devices(device_ids: Iterable[int], access: Access) -> dict[tuple[str, int], KnownOut]:
    """What this server knows of devices, as far as somebody may see them."""
    rows = access.among("devices.view", Device.objects.select_related("status")).filter(pk__in=list(device_ids)[:900])
    server_runs = running_server(timezone.now()) is not None
    found = {}
    for device in rows:
        status = getattr(device, "status", None) if server_runs else None
        state = status.state if status else NOT_RUNNING
        found[device.generation, device.pk] = KnownOut(name=device.name, approval=device.approval, state=state)
    return found


def _found(device: FoundDevice, known: dict[tuple[str, int], KnownOut], port: int | None) -> FoundOut:
    names = (
        "device_id", "type", "generation", "model", "title", "address", "port", "mode", "interface", "agent",
        "round_trip_ms", "answers", "foreign_subnet", "conflict",
    )  # fmt: skip
    return FoundOut(
        **{name: getattr(device, name) for name in names},
        known=known.get((device.generation, device.device_id)),
        server_address=services.server_address(device),
        server_port=port,
    )

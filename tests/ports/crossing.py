"""What must get across a walled site, tried out for real, and scans of what must not."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import AsyncIterator, Iterable

from doorward.discovery import search
from doorward.model.errors import NotReached
from doorward.model.found import BIOSTAR1, BIOSTAR2
from doorward.ports.flows import Flow
from doorward.transport import Stream, listen
from tests.ports.walled_site import (
    ADDRESSES,
    COMPACT,
    DEVICES,
    DIALLER,
    SECOND_GENERATION,
    SERVER,
    STATION,
    UDP_LISTENERS,
    WalledSite,
)
from tests.support.namespaces import inside
from tests.support.small_server import SmallServer

# How long silence is listened to. What is expected to get through is asked again before it is given up.
PATIENCE = 0.3
TRIES = 5
SECONDS = 10.0
GENERATIONS = {51110: BIOSTAR1, 51210: BIOSTAR2}


@contextlib.asynccontextmanager
async def serving(made: WalledSite) -> AsyncIterator[SmallServer]:
    """A server on the server's machine: devices dial it on 1480, and its console stands on 8080."""
    server = SmallServer()

    async def console(stream: Stream) -> None:
        stream.close()  # whoever connects has seen enough

    with inside(made.names[SERVER]):
        devices = await listen(server.serve, ADDRESSES[SERVER], 1480)
        web = await listen(console, ADDRESSES[SERVER], 8080)
    async with devices, web:
        server.address = devices.addresses[0]  # type: ignore[assignment] # host and port alike
        yield server


async def tcp_state(made: WalledSite, machine: str, host: str, port: int) -> str:
    """``open``, ``refused`` or ``silent``."""
    with inside(made.names[machine]):
        caller = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    with caller:
        caller.setblocking(False)
        try:
            async with asyncio.timeout(PATIENCE):
                await asyncio.get_running_loop().sock_connect(caller, (host, port))
        except TimeoutError:
            return "silent"
        except OSError as error:
            return _state(error)
        return "open"


async def udp_state(made: WalledSite, machine: str, host: str, port: int, *, source_port: int = 0) -> str:
    """``refused`` when the far machine said that the port is closed, else ``silent``."""
    with inside(made.names[machine]):
        caller = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with caller:
        caller.setblocking(False)
        if source_port:
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            caller.bind((DIALLER if machine == DEVICES else ADDRESSES[machine], source_port))
        try:
            caller.connect((host, port))
            caller.send(b"?")
            async with asyncio.timeout(PATIENCE):
                await asyncio.get_running_loop().sock_recv(caller, 100)
        except TimeoutError:
            return "silent"
        except OSError as error:
            return _state(error)
        return "answered"


def _state(error: OSError) -> str:
    if error.errno == errno.ECONNREFUSED:
        return "refused"
    if error.errno == errno.EPERM:  # the machine's own firewall did not let it go out
        return "silent"
    raise error


def place_of(flow: Flow) -> str:
    """An address at which something listens for a flow."""
    if flow.destination.name in ADDRESSES:
        return ADDRESSES[flow.destination.name]
    return STATION if flow.ports.first == 1470 else COMPACT


async def gets_through(made: WalledSite, flow: Flow) -> bool:
    """Whether what a flow is for works; a busy machine and a device that restarts are given some time."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SECONDS):
            while not await is_answered(made, flow):  # noqa: ASYNC110 - the network has no event
                await asyncio.sleep(0.05)
            return True
    return False


async def is_answered(made: WalledSite, flow: Flow) -> bool:
    """Try out once what a flow is for."""
    if flow.protocol == "tcp":
        return await tcp_state(made, flow.source.name, place_of(flow), flow.ports.first) == "open"
    asker = flow.destination.name if flow.answer else flow.source.name
    port = (flow.source_ports or flow.ports).first if flow.answer else flow.ports.first
    places = () if flow.answer or flow.broadcast else (UDP_LISTENERS[port],)
    with inside(made.names[asker]):
        # Where a firewall forbids the broadcast to all, the search goes on with that of the subnet.
        if flow.broadcast and not _may_broadcast(port):
            return False
        try:
            result = await search(addresses=places, generations=[GENERATIONS[port]], timeout=PATIENCE)
        except NotReached:
            return False
    wanted = SECOND_GENERATION if port == 51210 else STATION
    return wanted in {device.address for device in result.devices}


def _may_broadcast(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as caller:
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        try:
            caller.sendto(b"?", ("255.255.255.255", port))
        except PermissionError:
            return False
    return True


async def scan(made: WalledSite, machine: str, host: str, ports: Iterable[int], kind: str) -> dict[int, str]:
    """The state of many ports at once."""
    ask = tcp_state if kind == "tcp" else udp_state
    numbers = list(ports)
    states = await asyncio.gather(*(ask(made, machine, host, port) for port in numbers))
    return dict(zip(numbers, states, strict=True))

"""The step that dials TCP ports: open, refused, or no answer."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import Iterator, Sequence

from doorward.model.errors import DoorwardError, NotReached, TimedOut
from doorward.ports.probe.facts import PortFact, PortState, WayFact
from doorward.ports.probe.request import Limits
from doorward.ports.probe.speech import Conversation
from doorward.ports.probe.steps import Outcome, StepState
from doorward.transport import dial, interfaces
from doorward.transport.dialling_watch import DepartureWatch
from doorward.transport.errors import NOT_PERMITTED, REFUSED, UNREACHABLE
from doorward.transport.neighbours import neighbour

STATION_PORT, COMPACT_PORT, SERVER_PORT = 1470, 1471, 1480
BIOSTAR2_DEVICE_PORT, BIOSTAR2_SERVER_PORT, BIOSTAR2_TLS_PORT = 51211, 51212, 51213
SSH_PORT = 22
WEB_PORTS = (80, 443)
USUAL_PORTS = (
    STATION_PORT,
    COMPACT_PORT,
    SERVER_PORT,
    BIOSTAR2_DEVICE_PORT,
    BIOSTAR2_SERVER_PORT,
    BIOSTAR2_TLS_PORT,
    *WEB_PORTS,
    SSH_PORT,
)


async def dial_ports(
    host: str, ports: Sequence[int], server_ports: Sequence[int], limits: Limits, way: WayFact
) -> list[PortFact]:
    """Dial ports side by side and listen to what speaks on the open ones."""
    with _watch(host, way) as watch:
        facts = await asyncio.gather(*(dial_port(host, port, port in server_ports, limits) for port in ports))
    if watch is None or not watch.active:
        return list(facts)
    # Where nobody is known on the wire, packets wait for his hardware address and are dropped without any firewall.
    if not watch.ports and await neighbour(way.gateway or host) is None:
        return list(facts)
    return [
        dataclasses.replace(fact, state=PortState.FORBIDDEN)
        if fact.state is PortState.FILTERED and fact.port not in watch.ports
        else fact
        for fact in facts
    ]


@contextlib.contextmanager
def _watch(host: str, way: WayFact) -> Iterator[DepartureWatch | None]:
    """See what leaves by the card, as far as this user may: a firewall of this machine drops without a word."""
    card = next((item for item in interfaces() if item.name == way.card and item.address == way.local_address), None)
    if card is None or card.loopback or host == way.local_address:
        yield None
        return
    try:
        watch = DepartureWatch(card, host)
    except NotReached:
        yield None
        return
    with watch:
        yield watch


async def dial_port(host: str, port: int, is_server_port: bool, limits: Limits) -> PortFact:
    """Dial one port, and listen if it is open."""
    try:
        stream = await dial(host, port, timeout=limits.connect)
    except (NotReached, TimedOut) as error:
        return PortFact(port=port, state=state_of(error), reason=_reason(error))
    conversation = Conversation(host, port, limits)
    if is_server_port:
        speech = await conversation.with_server(stream)
    elif port in WEB_PORTS:
        speech = await conversation.with_web_server(stream)
    elif port in (BIOSTAR2_DEVICE_PORT, BIOSTAR2_SERVER_PORT, BIOSTAR2_TLS_PORT, SSH_PORT):
        speech = await conversation.with_somebody(stream)
    else:
        speech = await conversation.with_device(stream)
    return PortFact(port=port, state=PortState.OPEN, speech=speech)


def state_of(error: DoorwardError) -> PortState:
    """What a failed connection means."""
    if isinstance(error, TimedOut):
        return PortState.FILTERED
    number = error.__cause__.errno if isinstance(error.__cause__, OSError) else None
    if number in REFUSED:
        return PortState.REFUSED
    if number in NOT_PERMITTED:
        return PortState.FORBIDDEN
    if number in UNREACHABLE:
        return PortState.REJECTED
    return PortState.NO_WAY


def _reason(error: DoorwardError) -> str:
    cause = error.__cause__
    return (cause.strerror or "") if isinstance(cause, OSError) else ""


def ports_outcome(facts: Sequence[PortFact], wanted: Sequence[int]) -> Outcome:
    """The step in words: the ports that matter one by one, the closed others together."""
    words = []
    for fact in facts:
        if fact.port not in wanted and fact.state is not PortState.OPEN:
            continue
        said = ""
        if fact.speech is not None:
            said = f", {fact.speech.words or fact.speech.speaker.value}"
        words.append(f"TCP {fact.port} {fact.state.value}{said}.")
    for state in PortState:
        rest = sorted(fact.port for fact in facts if fact.state is state and fact.port not in wanted)
        if rest and state is not PortState.OPEN:
            words.append(f"{state.value.capitalize()}: TCP {', '.join(map(str, rest))}.")
    good = any(fact.state is PortState.OPEN and fact.port in wanted for fact in facts)
    return Outcome(StepState.OK if good else StepState.PROBLEM, " ".join(words))

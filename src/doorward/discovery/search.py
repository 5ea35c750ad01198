"""Searching for devices: by broadcast on every card, or by asking single addresses."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from doorward.discovery.conversation import DEFAULT_TIMEOUT
from doorward.discovery.findings import Findings
from doorward.discovery.network import read_network_settings
from doorward.discovery.questions import QUESTIONS, Question
from doorward.discovery.route import broadcast_cards
from doorward.model.errors import DoorwardError, InvalidInput, NotReached
from doorward.model.found import BIOSTAR1, BIOSTAR2, GENERATIONS, FoundDevice
from doorward.protocol.errors import RemoteProtocolError
from doorward.transport.address import Address, check_port
from doorward.transport.interfaces import Interface, find_interface, interface_toward
from doorward.transport.interfaces import interfaces as all_cards
from doorward.transport.names import resolve
from doorward.transport.udp import Datagram, UdpEndpoint
from doorward.transport.udp_group import UdpGroup

DEFAULT_SEARCH_TIMEOUT = 3.0

# When the question is put again, in seconds from the start: datagrams get lost, most of all when hundreds of devices
# answer at once. After the last of these it is put once a second.
_REPEATS = (0.4, 1.2)
_REPEAT_EVERY = 1.0

# When all that was asked for has answered, the search goes on for this long to hear whether a second one claims it.
_GRACE = 0.3

_DETAILS_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found.

    Attributes:
        devices: By generation and device id. Two that claim the same id or address are both here, marked.
        notices: What a person should know, such as a card that could not be used.
        ignored: Datagrams that were no answer of a device.
    """

    devices: tuple[FoundDevice, ...]
    notices: tuple[str, ...] = ()
    ignored: int = 0


async def search(
    *,
    interfaces: Sequence[str] | None = None,
    addresses: Iterable[str] = (),
    generations: Iterable[str] = GENERATIONS,
    timeout: float = DEFAULT_SEARCH_TIMEOUT,  # noqa: ASYNC109 - the time limit is what a search is about
    port: int | None = None,
    biostar2_port: int | None = None,
    details: bool = False,
    found: Callable[[FoundDevice], None] | None = None,
) -> SearchResult:
    """Find devices.

    Without ``addresses`` everybody on the wire of every card (or of those named) is asked by broadcast, also devices
    whose address lies in another subnet. A broadcast does not pass a router: devices behind one are found by
    address. With ``addresses`` these alone are asked, and the search ends early when each has answered.

    Args:
        interfaces: Names (or addresses) of the cards to ask from; all that are up when not given.
        addresses: IP addresses or names of single devices.
        generations: ``biostar1``, ``biostar2``; both when not given, as nobody sees it on a device.
        timeout: Seconds to listen. The question is repeated meanwhile, since datagrams get lost.
        port: UDP port of BioStar 1 devices, 51110 when not given.
        biostar2_port: UDP port of BioStar 2 devices, 51210 when not given.
        details: Read the network settings of every found device too, after the search proper.
        found: Called with each device when its first answer arrives; later answers may still change it.

    Returns:
        The found devices; none is no error.

    Raises:
        InvalidInput: An unknown card, address or generation, or a time limit that is none.
        NotReached: Nothing could be sent at all, with the reason.
    """
    plan = await _plan(interfaces, addresses, generations, timeout, {BIOSTAR1: port, BIOSTAR2: biostar2_port})
    findings = Findings(found)
    notices = await _ask_around(plan, findings, lambda: bool(plan.hosts) and findings.all_answered(plan.hosts))
    devices = findings.devices()
    if details:
        devices = await _with_details(devices, plan.ports)
    return SearchResult(devices, notices, findings.ignored)


async def find_device(
    device_id: int,
    *,
    interfaces: Sequence[str] | None = None,
    addresses: Iterable[str] = (),
    generations: Iterable[str] = GENERATIONS,
    timeout: float = DEFAULT_SEARCH_TIMEOUT,  # noqa: ASYNC109 - the time limit is what a search is about
    port: int | None = None,
    biostar2_port: int | None = None,
) -> FoundDevice:
    """Find one device by its id; ends as soon as it has answered and nobody else claims the id.

    The arguments are those of ``search``.

    Raises:
        InvalidInput: As ``search``; or two devices claim the id, and their addresses are told.
        NotReached: The device did not answer; or nothing could be sent, with the reason.
    """
    plan = await _plan(interfaces, addresses, generations, timeout, {BIOSTAR1: port, BIOSTAR2: biostar2_port})
    findings = Findings()
    notices = await _ask_around(plan, findings, lambda: bool(findings.of(device_id)))
    claims = findings.of(device_id)
    if not claims:
        raise _not_found(device_id, findings.devices(), notices, timeout)
    if len(claims) > 1:
        places = ", ".join(f"{device.address} ({device.title})" for device in claims)
        raise InvalidInput("device id", device_id, f"an id of one device; this one is claimed from {places}")
    return claims[0]


def _not_found(device_id: int, others: tuple[FoundDevice, ...], notices: tuple[str, ...], seconds: float) -> NotReached:
    answered = ", ".join(str(device.device_id) for device in others[:10]) or "nobody"
    more = f" and {len(others) - 10} more" if len(others) > 10 else ""
    return NotReached(
        " ".join(
            (f"Device {device_id} did not answer within {seconds:g} s; who answered: {answered}{more}.", *notices)
        ),
        advice="Check the id, that the device has power and network, and that no firewall blocks UDP 51110 and 51210; "
        "a device behind a router is found by its address only.",
    )


@dataclass(frozen=True, slots=True)
class _Plan:
    """Who is asked from where."""

    cards: tuple[Interface, ...]
    named: bool
    hosts: tuple[str, ...]
    generations: tuple[str, ...]
    timeout: float
    ports: dict[str, int | None]


async def _plan(
    interfaces: Sequence[str] | None,
    addresses: Iterable[str],
    generations: Iterable[str],
    timeout: float,  # noqa: ASYNC109 - only noted here
    ports: dict[str, int | None],
) -> _Plan:
    chosen = tuple(dict.fromkeys(generations))
    for generation in chosen:
        if generation not in QUESTIONS:
            raise InvalidInput("generation", generation, " or ".join(QUESTIONS))
    if not chosen:
        raise InvalidInput("generation", "none", " or ".join(QUESTIONS))
    if not 0 < timeout <= 3600:
        raise InvalidInput("timeout", timeout, "seconds, more than 0 and at most 3600")
    for value in ports.values():
        if value is not None:
            check_port(value)
    cards = tuple(card for name in interfaces for card in find_interface(name)) if interfaces else all_cards()
    hosts = tuple(dict.fromkeys([await resolve(address) for address in addresses]))
    return _Plan(tuple(dict.fromkeys(cards)), bool(interfaces), hosts, chosen, timeout, ports)


@dataclass(slots=True)
class _Asking:
    """One generation's question on its way, with the endpoints that hear the answers."""

    question: Question
    port: int
    group: UdpGroup
    destinations: list[tuple[UdpEndpoint, str]]  # an empty host is a broadcast
    sent_at: dict[Address, float] = field(default_factory=dict)

    def send(self) -> list[NotReached]:
        """Put the question to every destination; gives what went wrong."""
        data = self.question.datagram()
        problems = []
        for endpoint, host in self.destinations:
            self.sent_at[endpoint.bind] = time.monotonic()
            try:
                if host:
                    endpoint.send(data, Address(host, self.port))
                else:
                    endpoint.send_broadcast(data, self.port)
            except NotReached as problem:
                problems.append(problem)
        return problems

    def read(self, datagram: Datagram, cards: tuple[Interface, ...]) -> FoundDevice | None:
        """Read an answer; None for what is none."""
        try:
            device = self.question.read(datagram)
        except RemoteProtocolError:
            return None
        sent_at = self.sent_at.get(datagram.local)
        if device is None or sent_at is None:
            return None
        by_broadcast = any(not host for _, host in self.destinations)
        return replace(
            device,
            round_trip_ms=round(1000 * max(0.0, datagram.received_at - sent_at), 3),
            foreign_subnet=by_broadcast and not any(card.reaches(device.address) for card in cards),
        )


async def _ask_around(plan: _Plan, findings: Findings, enough: Callable[[], bool]) -> tuple[str, ...]:
    """Lead a search; gives the notices."""
    destinations, problems = _destinations(plan)
    async with contextlib.AsyncExitStack() as stack:
        askings = []
        for generation in plan.generations:
            group = await stack.enter_async_context(
                await UdpGroup.open(dict.fromkeys(card for card, _ in destinations))
            )
            endpoints = {endpoint.interface: endpoint for endpoint in group.endpoints}
            question = QUESTIONS[generation]()
            reachable = [(endpoints[card], host) for card, host in destinations if card in endpoints]
            askings.append(_Asking(question, plan.ports[generation] or question.port, group, reachable))
            problems += group.problems
        hearing = [asyncio.create_task(_hear(asking, findings)) for asking in askings]
        try:
            problems += await _keep_asking(askings, findings, plan.timeout, enough)
        finally:
            for task in hearing:
                task.cancel()
            await asyncio.gather(*hearing, return_exceptions=True)
        dropped = sum(asking.group.dropped for asking in askings)
    notices = list(dict.fromkeys(problem.message for problem in problems))
    if dropped:
        notices.append(f"{dropped} datagrams were dropped because too many arrived at once.")
    return tuple(notices)


def _destinations(plan: _Plan) -> tuple[list[tuple[Interface, str]], list[NotReached]]:
    if not plan.hosts:
        return [(card, "") for card in broadcast_cards(plan.cards)], []
    found, problems = [], []
    for host in plan.hosts:
        try:
            found.append((_card_toward(host, plan), host))
        except NotReached as problem:
            problems.append(problem)
    if not found:
        raise problems[0]
    return found, problems


def _card_toward(host: str, plan: _Plan) -> Interface:
    if plan.named:
        return next((card for card in plan.cards if card.reaches(host)), plan.cards[0])
    return interface_toward(host)


async def _hear(asking: _Asking, findings: Findings) -> None:
    cards = all_cards()
    while True:
        device = asking.read(await asking.group.receive(), cards)
        if device is None:
            findings.ignored += 1
        else:
            findings.add(device)


async def _keep_asking(
    askings: list[_Asking],
    findings: Findings,
    timeout: float,  # noqa: ASYNC109 - the length of the search
    enough: Callable[[], bool],
) -> list[NotReached]:
    """Put the questions again and again until the time is over or enough is known."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    end = started + timeout
    repeats = _repeats(started)
    next_question = next(repeats)
    problems = _put_questions(askings)
    if problems and len(problems) == sum(len(asking.destinations) for asking in askings):
        raise problems[0]
    ending = False
    while (now := loop.time()) < end:
        if now >= next_question and not ending:
            problems += _put_questions(askings)
            next_question = next(repeats)
        findings.changed.clear()
        if not ending and enough():
            ending = True
            end = min(end, loop.time() + _GRACE)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(end if ending else min(end, next_question)):
                await findings.changed.wait()
    return problems


def _repeats(started: float) -> Iterator[float]:
    for after in _REPEATS:
        yield started + after
    moment = started + _REPEATS[-1]
    while True:
        moment += _REPEAT_EVERY
        yield moment


def _put_questions(askings: list[_Asking]) -> list[NotReached]:
    return [problem for asking in askings for problem in asking.send()]


async def _with_details(devices: tuple[FoundDevice, ...], ports: dict[str, int | None]) -> tuple[FoundDevice, ...]:
    """Read the network settings of each device; a device that does not tell them says why."""
    places = asyncio.Semaphore(_DETAILS_AT_ONCE)

    async def read(device: FoundDevice) -> FoundDevice:
        async with places:
            try:
                settings = await read_network_settings(device, timeout=DEFAULT_TIMEOUT, port=ports[device.generation])
            except DoorwardError as error:
                return replace(device, details_problem=error.message)
            return replace(device, details=settings)

    return tuple(await asyncio.gather(*map(read, devices)))

"""Talking to one device by UDP: the way there, waiting, beginning again after a loss."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from doorward.discovery.route import Route
from doorward.model.errors import NotReached, TimedOut
from doorward.model.found import FoundDevice
from doorward.protocol.biostar1.udp_exchange import MAXIMUM_ATTEMPTS, DeviceExchange, WriteConfigurationExchange
from doorward.protocol.errors import RemoteProtocolError
from doorward.transport.udp import Datagram
from doorward.transport.udp_group import UdpGroup

# The vendor's own client waits about this long for each datagram (protocol notes, section 3.5).
DEFAULT_TIMEOUT = 6.0

T = TypeVar("T")


async def run_exchange(
    device: FoundDevice,
    exchange: DeviceExchange,
    route: Route,
    timeout: float,  # noqa: ASYNC109 - the exchange decides what a silence means
) -> None:
    """Lead an exchange with a BioStar 1 device to its end.

    As long as the exchange may begin again, each attempt waits a part of ``timeout`` for a datagram; after that, all
    of it. Every attempt has a port of its own, so that late answers to an earlier one do not disturb it.

    Raises:
        DeviceRefused: The device said no.
        TimedOut: It kept silent.
        NotReached: No card leads to it.
        RemoteProtocolError: It answered against the rules, at every attempt.
    """
    problem: Exception | None = None
    while exchange.attempts == 0 or exchange.may_restart:
        try:
            async with await UdpGroup.open(route.cards) as group:
                await _attempt(exchange, route, group, timeout)
                return
        except TimeoutError:
            problem = None
        except RemoteProtocolError as error:
            problem = error
    if problem is not None:
        raise problem
    raise _silence(device, exchange, route)


async def _attempt(
    exchange: DeviceExchange,
    route: Route,
    group: UdpGroup,
    timeout: float,  # noqa: ASYNC109 - each datagram has a limit of its own
) -> None:
    _send_from_all(group, route, exchange.start())
    while not exchange.done:
        limit = timeout / MAXIMUM_ATTEMPTS if exchange.may_restart else timeout
        async with asyncio.timeout(limit):
            datagram = await _next_of_device(group, route)
        try:
            answers = exchange.receive(datagram.data)
        except RemoteProtocolError:
            if route.by_broadcast:
                continue  # anybody may have sent it
            raise
        heard_by = group.endpoint_of(datagram)
        if heard_by is not None:
            for answer in answers:
                route.send(heard_by, answer)


def _send_from_all(group: UdpGroup, route: Route, data: bytes) -> None:
    """Send from every card of the route; raises NotReached when not one of them could."""
    problems = []
    for endpoint in group.endpoints:
        try:
            route.send(endpoint, data)
        except NotReached as problem:
            problems.append(problem)
    if len(problems) == len(group.endpoints):
        raise problems[0]


async def _next_of_device(group: UdpGroup, route: Route) -> Datagram:
    """The next datagram that may be the device's; what others send to our port is dropped."""
    while True:
        datagram = await group.receive()
        if route.by_broadcast or datagram.source.host == route.host:
            return datagram


def _silence(device: FoundDevice, exchange: DeviceExchange, route: Route) -> TimedOut:
    if isinstance(exchange, WriteConfigurationExchange) and exchange.last_part_sent:
        return TimedOut(
            f"Device {device.device_id} received its new settings and did not say whether it took them ({route}).",
            advice="It may be restarting its network, with a new address: search for it again and compare.",
        )
    return no_answer(device, exchange.purpose, route)


def no_answer(device: FoundDevice, purpose: str, route: Route) -> TimedOut:
    """The error of a device that kept silent when it was asked to do something."""
    advice = "Check that it has power and network, and that no firewall blocks the UDP port; then search again."
    if route.by_broadcast:
        advice = "Search again; if its address lies in your subnet by now, it is no longer asked by broadcast."
    return TimedOut(f"Device {device.device_id} did not answer the request to {purpose} ({route}).", advice=advice)


async def ask(
    device: FoundDevice,
    question: bytes,
    read: Callable[[bytes], T | None],
    route: Route,
    purpose: str,
    timeout: float,  # noqa: ASYNC109 - shared out among the attempts
) -> T:
    """Ask a BioStar 2 device one question, again while no answer comes.

    Args:
        device: The device.
        question: The datagram; sending it twice must do no harm.
        read: Takes the answer out of a datagram; None when it is not the answer.
        route: The way to the device.
        purpose: What is asked, as a phrase that follows "the request to".
        timeout: Seconds in all.

    Raises:
        TimedOut: No answer came.
        NotReached: No card leads to the device.
        RemoteProtocolError: The device answered against the rules.
    """
    async with await UdpGroup.open(route.cards) as group:
        for _ in range(MAXIMUM_ATTEMPTS):
            _send_from_all(group, route, question)
            try:
                async with asyncio.timeout(timeout / MAXIMUM_ATTEMPTS):
                    return await _answer(group, route, read)
            except TimeoutError:
                continue
    raise no_answer(device, purpose, route)


async def _answer(group: UdpGroup, route: Route, read: Callable[[bytes], T | None]) -> T:
    while True:
        datagram = await _next_of_device(group, route)
        try:
            answer = read(datagram.data)
        except RemoteProtocolError:
            if route.by_broadcast:
                continue
            raise
        if answer is not None:
            return answer

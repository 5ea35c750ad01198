"""Connecting to a device: the right port for its model, and the driver for its generation."""

from __future__ import annotations

import codecs
import logging
from collections.abc import Awaitable
from datetime import tzinfo
from typing import Protocol

from doorward.device.biostar1.driver import BioStar1Device
from doorward.device.biostar1.opening import open_session
from doorward.device.biostar1.renewing import RenewingSession
from doorward.device.biostar1.session import RETRY_DELAYS, Requester, Session
from doorward.device.reconnect import ReconnectPolicy
from doorward.model.errors import DoorwardError, InvalidInput, NotReached, TimedOut, Unsupported
from doorward.model.found import BIOSTAR1, BIOSTAR2, GENERATIONS
from doorward.protocol.biostar1.models import COMPACT_PORT, STATION_PORT, DeviceModel, model_by_slug
from doorward.protocol.biostar1.request import BASIC_TIMEOUT
from doorward.protocol.layout import DEFAULT_TEXT_CODEC
from doorward.transport import Stream, dial

logger = logging.getLogger(__name__)

DIAL_TIMEOUT = 5.0
"""Seconds for a TCP connection to come about: a lost first packet is sent again after one and three seconds."""


class Dial(Protocol):
    """Makes a connected stream; ``doorward.transport.dial`` is one."""

    def __call__(self, host: str, port: int, *, timeout: float, local_address: str | None = None) -> Awaitable[Stream]:
        """Connect to a host."""
        ...


async def connect(
    host: str,
    port: int | None = None,
    *,
    model: str | None = None,
    device_id: int | None = None,
    generation: str = BIOSTAR1,
    timeout: float = BASIC_TIMEOUT,  # noqa: ASYNC109 - the limit of a request on the new connection
    dial_timeout: float = DIAL_TIMEOUT,
    reconnect: ReconnectPolicy | None = None,
    text_codec: str = DEFAULT_TEXT_CODEC,
    zone: tzinfo | None = None,
    keep_alive: float | None = None,
    local_address: str | None = None,
    retry_delays: tuple[float, ...] = RETRY_DELAYS,
    dialer: Dial = dial,
) -> BioStar1Device:
    """Connect to a device and ask who it is.

    Args:
        host: IP address or name.
        port: TCP port. When it is not given it is that of the model; without a model 1470 is tried, then 1471.
        model: Name of the model, such as ``bioentry-plus``; another model that answers is an error.
        device_id: Serial number that is expected; another device that answers is an error.
        generation: ``biostar1``. The TCP of BioStar 2 devices is enciphered with keys that are not published.
        timeout: Seconds that an ordinary request may take, from packet to packet; requests that take longer by nature
            (logs, cards, fingers, lists) have limits that grow with it.
        dial_timeout: Seconds for the TCP connection to come about.
        reconnect: Make a new connection when one was lost, at the next request; a failed request is not repeated.
        text_codec: Code page of the device's names where they are not UTF-16.
        zone: Zone in which the device's clock runs; this machine's own when it is not given.
        keep_alive: Seconds of silence after which the connection is used to keep it open; half the model's idle
            limit when it is not given.
        local_address: Own address to leave by.
        retry_delays: Seconds before each repetition of a request that was answered with "busy" or "try again".
        dialer: What makes the stream.

    Raises:
        InvalidInput: A name, port or code page is not one.
        Unsupported: BioStar 2, or a device of an unknown type.
        NotReached: Nothing listens there, or the connection was closed at once.
        TimedOut: No answer.
        WrongGeneration: Something else listens there.
        WrongDevice: Another device or model answers.
    """
    _check_generation(generation)
    _check_text_codec(text_codec)
    expected = None if model is None else model_by_slug(model)

    async def attempt(
        attempt_port: int, wanted_model: DeviceModel | None, wanted_id: int | None
    ) -> tuple[Session, DeviceModel, int]:
        stream = await dialer(host, attempt_port, timeout=dial_timeout, local_address=local_address)
        return await open_session(
            stream,
            model=wanted_model,
            device_id=wanted_id,
            basic_timeout=timeout,
            keep_alive=keep_alive,
            retry_delays=retry_delays,
        )

    ports = _ports(port, expected)
    failures: list[DoorwardError] = []
    for candidate in ports:
        try:
            session, found, number = await attempt(candidate, expected, device_id)
        except (NotReached, TimedOut) as error:
            # Only a port on which nothing answers is followed by the next one.
            if not _nothing_there(error) or len(ports) == 1:
                raise
            logger.info("%s port %d: %s", host, candidate, error.message)
            failures.append(error)
            continue

        async def again(port: int = candidate, found: DeviceModel = found, number: int = number) -> Session:
            return (await attempt(port, found, number))[0]

        requester: Requester = session if reconnect is None else RenewingSession(session, again, reconnect)
        return BioStar1Device(requester, found, number, text_codec=text_codec, zone=zone)
    raise _nowhere(host, ports, failures)


def _check_generation(generation: str) -> None:
    if generation == BIOSTAR2:
        raise Unsupported(
            "A BioStar 2 device cannot be connected to: its TCP is enciphered with keys that are not published.",
            advice="Search and network settings work by UDP, without a connection.",
        )
    if generation not in GENERATIONS:
        raise InvalidInput("generation", generation, " or ".join(GENERATIONS))


def _check_text_codec(text_codec: str) -> None:
    try:
        codecs.lookup(text_codec)
    except LookupError:
        raise InvalidInput("text_codec", text_codec, "the name of a code page, such as utf-8 or cp949") from None


def _ports(port: int | None, model: DeviceModel | None) -> tuple[int, ...]:
    if port is not None:
        return (port,)
    if model is not None:
        return (model.tcp_port,)
    return (STATION_PORT, COMPACT_PORT)


def _nothing_there(error: DoorwardError) -> bool:
    return type(error) in (NotReached, TimedOut) and not isinstance(error.__cause__, DoorwardError)


def _nowhere(host: str, ports: tuple[int, ...], failures: list[DoorwardError]) -> DoorwardError:
    words = " ".join(dict.fromkeys(failure.message for failure in failures))
    tried = " and ".join(map(str, ports))
    kind = TimedOut if all(isinstance(failure, TimedOut) for failure in failures) else NotReached
    return kind(
        f"No device was reached at {host} on TCP ports {tried}, which were tried because no model or port was given. "
        f"{words}",
        advice=failures[-1].advice,
    )

"""Options that all ``doorward device`` commands share, and the connection that they ask for."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import zoneinfo
from collections.abc import AsyncIterator
from typing import Annotated

import typer

from doorward.cli.holder_words import holder_at
from doorward.cli.places import split_host
from doorward.device import BioStar1Device, connect
from doorward.model.errors import InvalidInput, NotReached
from doorward.protocol.biostar1.request import BASIC_TIMEOUT
from doorward.protocol.layout import DEFAULT_TEXT_CODEC

Host = Annotated[str, typer.Argument(metavar="HOST[:PORT]", help="The device; without a port that of its model.")]
Model = Annotated[
    str | None, typer.Option("--model", "-m", help="The model, such as bioentry-plus, if it must be told.")
]
Password = Annotated[
    str | None,
    typer.Option("--password", envvar="DOORWARD_DEVICE_PASSWORD", help="Unlock communication with this password."),
]
Timeout = Annotated[float, typer.Option("--timeout", "-t", help="Seconds to wait for an ordinary answer.", min=0.1)]
Codec = Annotated[str, typer.Option("--codec", help="Code page of the names on the device.")]
Zone = Annotated[
    str | None,
    typer.Option("--zone", help="Time zone of the device's clock, such as Europe/Berlin; else this machine's."),
]

DEFAULT_TIMEOUT = BASIC_TIMEOUT
DEFAULT_CODEC = DEFAULT_TEXT_CODEC


def read_zone(name: str | None) -> datetime.tzinfo | None:
    """The time zone of a name; None for this machine's.

    Raises:
        InvalidInput: The name is unknown.
    """
    if name is None:
        return None
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput("--zone", name, "a name of the IANA time zone database, such as Europe/Berlin") from None


def read_moment(option: str, text: str | None) -> datetime.datetime | None:
    """A point in time; without an offset it is the device's local time.

    Raises:
        InvalidInput: It cannot be read.
    """
    if text is None:
        return None
    try:
        return datetime.datetime.fromisoformat(text)
    except ValueError:
        allowed = "a date or time such as 2026-11-22, 2026-11-22T08:30:00 or 2026-11-22T08:30:00+01:00"
        raise InvalidInput(option, text, allowed) from None


@contextlib.asynccontextmanager
async def connected(
    host: str,
    *,
    model: str | None = None,
    password: str | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    codec: str = DEFAULT_CODEC,
    zone: str | None = None,
) -> AsyncIterator[BioStar1Device]:
    """Connect to the device that the options name, and unlock it when a password is given."""
    name, port = split_host(host)
    try:
        opened = await connect(name, port, model=model, timeout=timeout, text_codec=codec, zone=read_zone(zone))
    except NotReached as error:
        # A device in direct mode serves one client: mostly it is the server of this very machine that has it.
        if words := await asyncio.to_thread(holder_at, name):
            error.advice = f"{words} {error.advice}".strip()
        raise
    async with opened as device:
        if password is not None:
            await device.maintenance.unlock_communication(password)
        yield device

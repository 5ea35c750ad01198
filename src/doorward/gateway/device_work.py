"""Work of the server's own with a device's driver, over the connection that stands."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from doorward.device.biostar1.driver import BioStar1Device
from doorward.gateway.context import GatewayContext
from doorward.model.errors import DoorwardError, NotReached, TimedOut

if TYPE_CHECKING:
    from doorward.gateway.link import DeviceLink
    from doorward.gateway.supervisor import DeviceSupervisor

logger = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[BioStar1Device], Coroutine[Any, Any, T]]
"""What is done with a driver; each of its requests has its turn among those of others."""


def standing_link(device_id: int, device: DeviceSupervisor | None) -> DeviceLink:
    """The connection that stands to a device.

    Raises:
        NotReached: None does.
    """
    link = None if device is None else device.link
    if link is None or not link.session.is_open:
        state = "" if device is None else f": {device.state.value}. {device.reason}"
        raise NotReached(f"Device {device_id} is not connected{state}", advice="Try again when the device is live.")
    return link


async def work_over(link: DeviceLink, work: Work[T], *, seconds: float, context: GatewayContext) -> T:
    """Do something with the driver of a standing connection.

    Given up in the middle of a request it costs the connection, since a late reply could be taken for another's.

    Args:
        link: The connection.
        work: What is done; it is cancelled when the connection ends.
        seconds: How long it may take.
        context: What the gateway shares.

    Raises:
        TimedOut: It took too long.
        NotReached: The connection was lost.
        DoorwardError: What the work itself raised; any other error becomes one, and is told in the log.
    """
    number = link.device.device_id
    loop = asyncio.get_running_loop()
    doing = loop.create_task(work(link.driver()), name=f"work with device {number}")
    lost = loop.create_task(link.session.wait_lost())
    try:
        with context.in_hand.one():
            await asyncio.wait({doing, lost}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if doing.done():
            return _result(doing)
    finally:
        for task in (doing, lost):
            task.cancel()
        await asyncio.wait({doing, lost})
    if not lost.cancelled():
        reason = lost.result()
        raise NotReached(reason.message, advice=reason.advice)
    raise TimedOut(
        f"Device {number} did not finish this within {seconds:g} s.",
        advice="Part of it may be done: look at the device before trying again.",
    )


def _result(doing: asyncio.Task[T]) -> T:
    try:
        return doing.result()
    except DoorwardError:
        raise
    except Exception as error:
        logger.exception("%s failed", doing.get_name())
        raise DoorwardError("A fault of the server; its log tells more.") from error

"""Why a device in direct mode refuses a connection: it is asked by UDP, which it answers whoever holds it.

A device that serves a client takes no second one: some close a new connection at once, some do not let it come about.
Whether it is there at all, and whether it listens, its answers by UDP tell.
"""

from __future__ import annotations

import contextlib
from typing import Final

from doorward.discovery import find_device, read_network_settings
from doorward.gateway.collaborators import DeviceEntry
from doorward.model.errors import DoorwardError, NotReached
from doorward.model.network_settings import SERVER, NetworkSettings

ANSWER_SECONDS: Final = 2.0
ADVICE: Final = "Close the other program, or wait until the device has noticed that its client is gone."


class HeldByAnother(NotReached):
    """The device serves another client and takes no second one."""

    default_advice = ADVICE


async def explained(refusal: NotReached, entry: DeviceEntry, udp_port: int | None) -> NotReached:
    """Say more of a refused connection where the device tells more by UDP; else give the refusal as it is.

    Args:
        refusal: How the connection was refused.
        entry: The device.
        udp_port: The UDP port of devices; None for that of their generation.
    """
    address = entry.address or ""
    try:
        found = await find_device(
            entry.device_id,
            addresses=[address],
            generations=[entry.generation],
            timeout=ANSWER_SECONDS,
            port=udp_port,
        )
    except DoorwardError:
        return refusal
    settings: NetworkSettings | None = None
    with contextlib.suppress(DoorwardError):
        settings = await read_network_settings(found, timeout=ANSWER_SECONDS, port=udp_port)
    if settings is not None and settings.mode == SERVER:
        return NotReached(
            f"The device at {address} answers a search and is set to server mode: it dials {settings.server_address} "
            "and takes no connections.",
            advice="Bring it to the mode that is meant, on the page of the device.",
        )
    if settings is not None and entry.port not in (None, settings.port):
        return NotReached(
            f"The device at {address} answers a search and listens on TCP port {settings.port}, not on {entry.port}.",
            advice="Change the port of the device here.",
        )
    return HeldByAnother(
        f"The device at {address} answers a search and refuses a connection: another client holds it, such as the "
        "vendor's own program."
    )

"""Reading and changing the network settings of one device, and restarting it, without a connection to it."""

from __future__ import annotations

from typing import Protocol

from doorward.discovery.biostar1 import BioStar1Setup
from doorward.discovery.biostar2 import BioStar2Setup
from doorward.discovery.conversation import DEFAULT_TIMEOUT
from doorward.model.errors import InvalidInput
from doorward.model.found import BIOSTAR1, BIOSTAR2, GENERATIONS, FoundDevice
from doorward.model.network_settings import NetworkChange, NetworkChanges, NetworkSettings


class _Setup(Protocol):
    async def read(self) -> NetworkSettings: ...

    async def write(self, changes: NetworkChanges) -> NetworkChange: ...

    async def restart(self) -> None: ...


_SETUPS: dict[str, type[BioStar1Setup] | type[BioStar2Setup]] = {BIOSTAR1: BioStar1Setup, BIOSTAR2: BioStar2Setup}


def _setup(device: FoundDevice, port: int | None, timeout: float) -> _Setup:
    setup = _SETUPS.get(device.generation)
    if setup is None:
        raise InvalidInput("generation", device.generation, " or ".join(GENERATIONS))
    return setup(device, port, timeout)


async def read_network_settings(
    device: FoundDevice,
    *,
    timeout: float = DEFAULT_TIMEOUT,  # noqa: ASYNC109 - shared out among the attempts
    port: int | None = None,
) -> NetworkSettings:
    """Ask a device for its network settings by UDP.

    The question goes to the device's address; to one that was heard from a foreign subnet, or has no address, it
    goes by broadcast with the device's id in it.

    Args:
        device: From ``search`` or ``find_device``, or made by hand.
        timeout: Seconds to wait for an answer; lost datagrams are sent again meanwhile.
        port: UDP port of the device; the one of its generation when not given.

    Raises:
        TimedOut: The device did not answer.
        NotReached: No network card leads to it.
        Unsupported: The model is unknown, or has no network of its own.
        DeviceRefused: The device said no; the reason is in the message.
        RemoteProtocolError: What answers there is no device of this generation.
    """
    return await _setup(device, port, timeout).read()


async def write_network_settings(
    device: FoundDevice,
    changes: NetworkChanges,
    *,
    timeout: float = DEFAULT_TIMEOUT,  # noqa: ASYNC109 - shared out among the attempts
    port: int | None = None,
) -> NetworkChange:
    """Change the named network settings of a device by UDP; all others stay as they are.

    The values are checked before anything is sent, and against the device's other settings before it is written to.
    A device restarts its network when it took new settings: expect it to be gone for some seconds, under its new
    address then. Nothing is written when it has the wanted settings already.

    Args:
        device: From ``search`` or ``find_device``, or made by hand. One with a wrong subnet is reached by broadcast.
        changes: What shall become different.
        timeout: Seconds to wait for each answer.
        port: UDP port of the device; the one of its generation when not given.

    Returns:
        The settings before and after.

    Raises:
        InvalidInput: A value is wrong or does not go with the others; nothing was written.
        Unsupported: The model has no such setting; nothing was sent.
        TimedOut: The device did not answer; the message says if it may have taken the settings all the same.
        NotReached: No network card leads to it.
        DeviceRefused: The device said no; the reason is in the message.
        RemoteProtocolError: What answers there is no device of this generation.
    """
    return await _setup(device, port, timeout).write(changes)


async def restart(
    device: FoundDevice,
    *,
    timeout: float = DEFAULT_TIMEOUT,  # noqa: ASYNC109 - shared out among the attempts
    port: int | None = None,
) -> None:
    """Restart a device by UDP, as for one that answers a search and refuses connections.

    Args:
        device: From ``search`` or ``find_device``, or made by hand.
        timeout: Seconds to wait for an answer.
        port: UDP port of the device; the one of its generation when not given.

    Raises:
        Unsupported: BioStar 2 devices cannot be restarted by UDP.
        TimedOut: The device did not answer.
        NotReached: No network card leads to it.
        DeviceRefused: The device said no; the reason is in the message.
        RemoteProtocolError: What answers there is no device of this generation.
    """
    await _setup(device, port, timeout).restart()

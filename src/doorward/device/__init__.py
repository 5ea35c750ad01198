"""One device over one connection, with the same methods whatever its generation.

Example:
    >>> from doorward.device import connect
    >>> async def show(host: str) -> None:
    ...     async with await connect(host) as device:
    ...         print(await device.information())
    ...         async for events in device.events():
    ...             for event in events:
    ...                 print(event.time, device.describe(event).words)
"""

from doorward.device.biostar1.driver import BioStar1Device
from doorward.device.connecting import connect
from doorward.device.errors import EnrollmentIncomplete, WrongDevice, WrongGeneration
from doorward.device.interface import Device
from doorward.device.reconnect import Reconnector, ReconnectPolicy

__all__ = [
    "BioStar1Device",
    "Device",
    "EnrollmentIncomplete",
    "ReconnectPolicy",
    "Reconnector",
    "WrongDevice",
    "WrongGeneration",
    "connect",
]

"""What a device says about itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceInformation:
    """Who a device is.

    Attributes:
        device_id: Its serial number.
        model: Name of the model as used in commands and files, such as ``bioentry-plus``.
        title: Name of the model as on the box.
        generation: ``biostar1`` or ``biostar2``.
        product_name: What the device calls itself; empty when it says nothing.
        firmware_version: Version of its firmware.
        board_version: Version of its board.
        mac_address: Hardware address as ``00:17:fc:12:34:56``; empty when it says none.
        details: Further facts by name, such as the version of a kernel; never secret.
    """

    device_id: int
    model: str
    title: str
    generation: str
    product_name: str = ""
    firmware_version: str = ""
    board_version: str = ""
    mac_address: str = ""
    details: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockDrift:
    """How far a device's clock is off.

    Attributes:
        device_time: What the device's clock showed, in its local time.
        reference_time: What it should have shown at that moment, in the same local time.
        drift: Device time minus reference; positive when the device is ahead.
        uncertainty: The true drift lies within this much of ``drift``: the device tells whole seconds, and the
            question took a while.
    """

    device_time: datetime
    reference_time: datetime
    drift: timedelta
    uncertainty: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageSpace:
    """Flash memory of a device, in the device's own units."""

    available: int
    total: int

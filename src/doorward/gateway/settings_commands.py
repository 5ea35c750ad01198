"""Commands that read and change what a device is set to; what they learn goes back with the outcome."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from doorward.gateway.collaborators import (
    Command,
    ReadInformation,
    ReadNetworkSettings,
    ReadSettings,
    WriteNetworkSettings,
    WriteSettings,
)
from doorward.model.errors import Unsupported

if TYPE_CHECKING:
    from doorward.gateway.link import DeviceLink

SETTINGS_COMMANDS: Final = (ReadInformation, ReadSettings, WriteSettings, ReadNetworkSettings, WriteNetworkSettings)

Answer = tuple[str, Mapping[str, Any]]
"""The result in words, and what was learned, fit for JSON."""


async def settings_command(link: DeviceLink, command: Command) -> Answer:
    """Carry out one of ``SETTINGS_COMMANDS`` over a standing connection.

    Raises:
        DoorwardError: The device did not answer or said no, or a value is not allowed.
    """
    driver = link.driver()
    match command:
        case ReadInformation():
            return await _information(link)
        case ReadSettings():
            reading = await driver.settings.read(command.family)
            return f"{reading.family.title} was read.", _reading(reading.values, reading.unused)
        case WriteSettings():
            reading = await driver.settings.change(command.family, command.changes)
            return f"{reading.family.title} was changed.", _reading(reading.values, reading.unused)
        case ReadNetworkSettings():
            return "The network settings were read.", dataclasses.asdict(await driver.network_settings())
        case WriteNetworkSettings():
            change = await driver.change_network_settings(command.changes)
            words = "The device took the network settings and connects anew."
            if not change.written:
                words = "The device had these network settings already; nothing was sent."
            return words, {
                "before": dataclasses.asdict(change.before),
                "after": dataclasses.asdict(change.after),
                "written": change.written,
            }
    raise Unsupported(f"This server does not know the command {type(command).__name__}.")


def _reading(values: Mapping[str, Any], unused: tuple[str, ...]) -> Mapping[str, Any]:
    return {"values": dict(values), "unused": list(unused)}


async def _information(link: DeviceLink) -> Answer:
    driver = link.driver()
    found = await driver.information()
    drift = await driver.clock_drift()
    link.device.clock_checked(drift.drift.total_seconds(), link.context.now())
    return "The device said who it is.", {
        **dataclasses.asdict(found),
        "device_time": drift.device_time.isoformat(),
        "server_time": drift.reference_time.isoformat(),
        "clock_drift_seconds": round(drift.drift.total_seconds(), 1),
        "clock_uncertainty_seconds": round(drift.uncertainty.total_seconds(), 1),
        "events_in_log": await driver.event_count(),
    }

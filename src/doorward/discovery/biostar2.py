"""Network settings of BioStar 2 devices by UDP (protocol notes for BioStar 2, section 5)."""

from __future__ import annotations

import itertools

from doorward.discovery.conversation import ask
from doorward.discovery.route import route_to
from doorward.model.errors import Unsupported
from doorward.model.found import FoundDevice
from doorward.model.network_settings import NetworkChange, NetworkChanges, NetworkSettings
from doorward.protocol.biostar2.frame import UDP_PORT, decode_datagram
from doorward.protocol.biostar2.models import type_title
from doorward.protocol.biostar2.network_settings import (
    GET_CONFIGURATION,
    SET_CONFIGURATION,
    ConfigurationReply,
    GetConfigurationRequest,
    IpConfiguration,
    SetConfigurationRequest,
    change_settings,
    check_changes,
    read_settings,
)
from doorward.protocol.biostar2.results import IN_PROGRESS, SUCCESS, refusal
from doorward.protocol.errors import RemoteProtocolError

_sequence = itertools.count(1)


def next_sequence() -> int:
    """A sequence number for the next request; devices do not check it."""
    return next(_sequence) & 0xFFFF


class BioStar2Setup:
    """How BioStar 2 devices are set up.

    Args:
        device: The device.
        port: The UDP port that it listens on.
        timeout: Seconds to wait for an answer, over all repetitions.
    """

    def __init__(self, device: FoundDevice, port: int | None, timeout: float) -> None:
        self._device = device
        self._port = port or UDP_PORT
        self._timeout = timeout

    async def read(self) -> NetworkSettings:
        """Read the settings."""
        return read_settings(await self._read_record())

    async def write(self, changes: NetworkChanges) -> NetworkChange:
        """Read the settings, change the named ones, write all back."""
        check_changes(changes)
        record = await self._read_record()
        changed = change_settings(record, changes)
        before, after = read_settings(record), read_settings(changed)
        if changed == record:
            return NetworkChange(before=before, after=after, written=False)
        request = SetConfigurationRequest(
            device_id=self._device.device_id, configuration=changed, sequence=next_sequence()
        )
        # All settings are in one datagram: taken twice they leave the same state behind as once.
        await self._ask(request.to_datagram(), SET_CONFIGURATION, "take network settings")
        return NetworkChange(before=before, after=after, written=True)

    async def restart(self) -> None:
        """Say that there is no way to do it."""
        raise Unsupported(
            f"{type_title(self._device.type)} cannot be restarted by UDP: BioStar 2 devices only tell and take "
            "network settings there.",
            advice="Restart it at its own menu, from the vendor's software, or by switching its power off and on.",
        )

    async def _read_record(self) -> IpConfiguration:
        request = GetConfigurationRequest(device_id=self._device.device_id, sequence=next_sequence())
        reply = await self._ask(request.to_datagram(), GET_CONFIGURATION, "tell its network settings")
        if reply.configuration is None:
            raise RemoteProtocolError("The answer carries no network settings")
        return reply.configuration

    async def _ask(self, question: bytes, command: int, purpose: str) -> ConfigurationReply:
        def read(data: bytes) -> ConfigurationReply | None:
            frame = decode_datagram(data)
            if frame.command != command or frame.device_id not in (0, self._device.device_id):
                return None
            return None if frame.option == IN_PROGRESS else ConfigurationReply.from_frame(frame)

        route = route_to(self._device, self._port)
        reply = await ask(self._device, question, read, route, purpose, self._timeout)
        if reply.result != SUCCESS:
            raise refusal(reply.result, purpose)
        return reply

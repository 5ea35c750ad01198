"""Network settings and restart of BioStar 1 devices by UDP (protocol notes, section 5)."""

from __future__ import annotations

from doorward.discovery.conversation import run_exchange
from doorward.discovery.route import route_to
from doorward.model.errors import TimedOut
from doorward.model.found import FoundDevice
from doorward.model.network_settings import NetworkChange, NetworkChanges, NetworkSettings
from doorward.protocol.biostar1.network_block import network_block
from doorward.protocol.biostar1.udp_exchange import (
    UDP_PORT,
    ReadConfigurationExchange,
    RestartExchange,
    WriteConfigurationExchange,
)


class BioStar1Setup:
    """How BioStar 1 devices are set up.

    Args:
        device: The device.
        port: The UDP port that it listens on.
        timeout: Seconds of silence that end an exchange.
    """

    def __init__(self, device: FoundDevice, port: int | None, timeout: float) -> None:
        self._device = device
        self._port = port or UDP_PORT
        self._timeout = timeout

    async def read(self) -> NetworkSettings:
        """Read the settings."""
        block = network_block(self._device.type)
        return block.read(await self._read_block(block.configuration_type))

    async def write(self, changes: NetworkChanges) -> NetworkChange:
        """Read the settings, change the named ones, write all back in the length in which they came."""
        block = network_block(self._device.type)
        block.check(changes)
        data = await self._read_block(block.configuration_type)
        changed = block.change(data, changes)
        before, after = block.read(data), block.read(changed)
        if changed == data:
            return NetworkChange(before=before, after=after, written=False)
        exchange = WriteConfigurationExchange(self._device.device_id, block.configuration_type, changed)
        exchange.purpose = "take network settings"
        await run_exchange(self._device, exchange, route_to(self._device, self._port), self._timeout)
        return NetworkChange(before=before, after=after, written=True)

    async def restart(self) -> None:
        """Restart it; the request goes to its address alone."""
        route = route_to(self._device, self._port, broadcast_allowed=False)
        try:
            await run_exchange(self._device, RestartExchange(self._device.device_id), route, self._timeout)
        except TimedOut as error:
            if self._device.foreign_subnet:
                error.advice = (
                    "A restart is asked at the device's own address, which lies in another subnet. Give it an address "
                    "of this subnet first: taking it restarts its network too."
                )
            raise

    async def _read_block(self, configuration_type: int) -> bytes:
        exchange = ReadConfigurationExchange(self._device.device_id, configuration_type)
        exchange.purpose = "tell its network settings"
        await run_exchange(self._device, exchange, route_to(self._device, self._port), self._timeout)
        return exchange.result

"""Small devices for the tests: they answer UDP with the device side of the protocol and hold one block of settings.

Run as a program they stand in a namespace of their own: ``python -m tests.discovery.fake_devices 1:10001:1:10.0.0.2``
(generation, device id, type, address).
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

from doorward.model.errors import DeviceRefused
from doorward.model.network_settings import NetworkSettings
from doorward.protocol.biostar1.network_block import network_block
from doorward.protocol.biostar1.results import UNSUPPORTED, result_error
from doorward.protocol.biostar1.udp_device import UdpDevice
from doorward.protocol.biostar2.network_settings import IpConfiguration
from doorward.protocol.biostar2.search import SearchAnswer
from doorward.protocol.biostar2.udp_device import UdpDevice as UdpDevice2
from doorward.protocol.layout import Record
from doorward.transport.broadcast_listener import BroadcastListener
from doorward.transport.udp import Datagram
from doorward.transport.udp_server import UdpServer

PORT, PORT2 = 51110, 51210


@cache
def _usual_settings(device_type: int) -> Record:
    block = network_block(device_type)
    raw = bytes(0 if place < 160 else place % 251 for place in range(block.record.SIZE))
    values: dict[str, Any] = {
        block.fields["mask"]: "255.255.255.0",
        block.fields["gateway"]: block.no_address,
        block.fields["server_address"]: block.no_address,
        block.fields["port"]: 1471,
    }
    return replace(block.record.from_bytes(raw), **values)


class FakeDevice:
    """A device of BioStar 1 with its network block, whose unknown bytes are not zero."""

    def __init__(self, device_id: int, device_type: int, address: str) -> None:
        self.device_id = device_id
        self.address = address
        self.device_type = device_type
        self.loses: Callable[[int], bool] = lambda number: False
        self.refusal = 0
        self.writes: list[bytes] = []
        self.restarts = 0
        self.heard = 0
        self._answered = 0
        block = network_block(device_type)
        values: dict[str, Any] = {block.fields["address"]: address}
        self.blocks = {block.configuration_type: replace(_usual_settings(device_type), **values).to_bytes()}
        self._udp = UdpDevice(device_id, device_type, self)
        self.server: UdpServer | None = None

    def read_configuration(self, configuration_type: int) -> bytes:
        if configuration_type not in self.blocks:
            raise result_error(UNSUPPORTED, "read it")
        return self.blocks[configuration_type]

    def check_write(self, configuration_type: int, size: int) -> None:
        assert size == len(self.read_configuration(configuration_type))

    def write_configuration(self, configuration_type: int, data: bytes) -> None:
        if self.refusal:
            raise result_error(self.refusal, "write it")
        self.writes.append(data)
        self.blocks[configuration_type] = data

    def restart(self) -> None:
        self.restarts += 1

    @property
    def settings(self) -> NetworkSettings:
        block = network_block(self.device_type)
        return block.read(self.blocks[block.configuration_type])

    def answers(self, datagram: Datagram) -> tuple[bytes, ...]:
        return self._udp.receive(datagram.data, datagram.source)

    def handle(self, datagram: Datagram) -> None:
        self.heard += 1
        for answer in self.answers(datagram):
            self._answered += 1
            if self.server is not None and not self.loses(self._answered):
                self.server.answer(datagram, answer)

    async def open(self, port: int, broadcasts: BroadcastListener | None = None) -> None:
        self.server = await UdpServer.open(self.address, port, self.handle, broadcasts=broadcasts)

    def close(self) -> None:
        if self.server is not None:
            self.server.close()


class FakeDevice2(FakeDevice):
    """A device of BioStar 2."""

    def __init__(self, device_id: int, device_type: int, address: str) -> None:
        super().__init__(device_id, 0, address)
        self.device_type = device_type
        raw = bytes(0 if place < 78 else place for place in range(IpConfiguration.SIZE))
        self.configuration = replace(
            IpConfiguration.from_bytes(raw),
            ip_address=address,
            subnet_mask="255.255.255.0",
            port=51211,
            server_port=51212,
            mtu_size=1514,
        )
        self.taken: list[IpConfiguration] = []
        self._udp2 = UdpDevice2(self)

    def search_answer(self) -> SearchAnswer:
        return SearchAnswer(
            device_id=self.device_id,
            device_type=self.device_type,
            ip_address=self.configuration.ip_address,
            port=self.configuration.port,
            connection_mode=self.configuration.connection_mode,
        )

    def ip_configuration(self) -> IpConfiguration:
        return self.configuration

    def take_ip_configuration(self, configuration: IpConfiguration) -> None:
        if self.refusal:
            raise DeviceRefused("no", code=self.refusal)
        self.taken.append(configuration)
        self.configuration = configuration

    def answers(self, datagram: Datagram) -> tuple[bytes, ...]:
        return self._udp2.receive(datagram.data)


async def main(arguments: list[str]) -> None:
    listeners = {1: await BroadcastListener.open(PORT), 2: await BroadcastListener.open(PORT2)}
    for argument in arguments:
        generation, device_id, device_type, address = argument.split(":")
        kind, port = (FakeDevice, PORT) if generation == "1" else (FakeDevice2, PORT2)
        device = kind(int(device_id), int(device_type), address)
        await device.open(port, listeners[int(generation)])
    print("ready", flush=True)  # noqa: T201 - what starts this program waits for it
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))

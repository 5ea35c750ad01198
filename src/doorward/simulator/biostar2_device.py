"""A virtual BioStar 2 device, as far as UDP 51210 goes: search and network settings."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from typing import Self

from doorward.model.errors import DeviceRefused, InvalidInput, NotReached
from doorward.protocol.biostar2.frame import DIRECT_MODE_PORT, SERVER_MODE_PORT, TLS_SERVER_MODE_PORT, UDP_PORT
from doorward.protocol.biostar2.models import DeviceModel, model_by_slug
from doorward.protocol.biostar2.network_settings import IpConfiguration
from doorward.protocol.biostar2.results import INVALID_PARAMETER
from doorward.protocol.biostar2.search import (
    LARGEST_DEVICE_ID,
    SMALLEST_DEVICE_ID,
    TLS_SUPPORTED,
    LongSearchAnswer,
    SearchAnswer,
)
from doorward.protocol.biostar2.udp_device import UdpDevice
from doorward.simulator.faults import FaultPlan
from doorward.simulator.state import MemoryStore, StateStore, Table
from doorward.simulator.udp_hub import UdpHub, UdpSeat
from doorward.transport import Address, Datagram

logger = logging.getLogger(__name__)

GENERATION = "biostar2"
DEFAULT_MTU = 1500


class BioStar2VirtualDevice:
    """One virtual BioStar 2 device without wires.

    Args:
        device_id: Its serial number, 16777216 to 1073741823.
        model: Its model, or the model's name such as ``biostation-2``.
        address: Its IPv4 address from the factory.
        subnet_mask: The mask of its subnet.
        store: Where its settings outlive it; in memory by default.

    Attributes:
        faults: Which datagrams are lost on purpose.

    Raises:
        InvalidInput: The serial number or the model cannot be one.
    """

    def __init__(
        self,
        device_id: int,
        model: DeviceModel | str,
        *,
        address: str,
        subnet_mask: str = "255.255.255.0",
        store: StateStore | None = None,
    ) -> None:
        if not SMALLEST_DEVICE_ID <= device_id <= LARGEST_DEVICE_ID:
            raise InvalidInput("device id", device_id, f"{SMALLEST_DEVICE_ID} to {LARGEST_DEVICE_ID} for BioStar 2")
        self.device_id = device_id
        self.model = model_by_slug(model) if isinstance(model, str) else model
        self.faults = FaultPlan()
        self._store = store or MemoryStore()
        self._table = Table(self._store, "ip configuration")
        self._exchanges = UdpDevice(self)
        self._factory = IpConfiguration(
            ip_address=address,
            subnet_mask=subnet_mask,
            gateway="0.0.0.0",  # noqa: S104 - a value in a record, nothing is bound to it
            server_address="0.0.0.0",  # noqa: S104
            port=DIRECT_MODE_PORT,
            server_port=SERVER_MODE_PORT,
            tls_server_port=TLS_SERVER_MODE_PORT,
            mtu_size=DEFAULT_MTU,
        )

    @property
    def generation(self) -> str:
        """The generation of the device."""
        return GENERATION

    def search_answer(self) -> SearchAnswer:
        """What the device says of itself."""
        settings = self.ip_configuration()
        return LongSearchAnswer(
            device_id=self.device_id,
            device_type=self.model.device_type,
            connection_mode=settings.connection_mode,
            ip_address=settings.ip_address,
            port=settings.port,
            capabilities=TLS_SUPPORTED,
        )

    def ip_configuration(self) -> IpConfiguration:
        """The network settings."""
        return IpConfiguration.from_bytes(self._table[0]) if 0 in self._table else self._factory

    def take_ip_configuration(self, configuration: IpConfiguration) -> None:
        """Take network settings.

        Raises:
            DeviceRefused: The address is none.
        """
        try:
            ipaddress.IPv4Address(configuration.ip_address)
        except ValueError:
            raise DeviceRefused("The address is not one.", code=INVALID_PARAMETER) from None
        self._table[0] = configuration.to_bytes()[: IpConfiguration.SIZE]

    def answer(self, data: bytes) -> tuple[bytes, ...]:
        """Answer a datagram; nothing comes back to one that is broken or for somebody else."""
        return self._exchanges.receive(data)

    def close(self) -> None:
        """Let go of the storage."""
        self._store.close()


class RunningBioStar2Device:
    """Puts a BioStar 2 device on the network: UDP only, at the address of its settings.

    Use it as an async context manager, or call ``start`` and ``stop``.

    Args:
        device: The device.
        hub: Shares UDP sockets and broadcasts; without it only datagrams to the device's own address are heard.
        udp_port: The port for search and network settings.
        home: Where the device goes when the address of its settings is not one of this machine.

    Attributes:
        problem: Why the device is not where its settings say; None when it is.
    """

    def __init__(
        self,
        device: BioStar2VirtualDevice,
        hub: UdpHub | None = None,
        *,
        udp_port: int = UDP_PORT,
        home: str | None = None,
    ) -> None:
        self.device = device
        self.problem: NotReached | None = None
        self._hub = hub or UdpHub()
        self._udp_port = udp_port
        self._home = home
        self._seat: UdpSeat | None = None
        self._moving: asyncio.Task[None] | None = None

    @property
    def address(self) -> Address | None:
        """Where the device hears; None while it does not."""
        return self._seat.address if self._seat is not None else None

    async def start(self) -> None:
        """Start to hear.

        Raises:
            PortBusy: The port is held.
            NotReached: The address is not one of this machine.
        """
        wanted = self.device.ip_configuration().ip_address
        try:
            await self._hear_at(wanted)
        except NotReached as problem:
            if self._home is None or self._home == wanted:
                raise
            await self._hear_at(self._home)
            self.problem = problem

    async def stop(self) -> None:
        """Hear no more."""
        if self._moving is not None:
            self._moving.cancel()
            await asyncio.wait({self._moving})
            self._moving = None
        if self._seat is not None:
            self._seat.leave()
            self._seat = None
            await asyncio.sleep(0)  # the event loop closes the socket in its next round

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _hear_at(self, address: str) -> None:
        seat = await self._hub.join(address, self._udp_port, self._hear)
        if self._seat is not None:
            self._seat.leave()
        self._seat = seat

    def _hear(self, datagram: Datagram) -> None:
        seat, faults = self._seat, self.device.faults
        if seat is None or faults.loses_datagram():
            return
        before = self.device.ip_configuration().ip_address
        for answer in self.device.answer(datagram.data):
            if not faults.loses_datagram():
                seat.answer(datagram, answer)
        wanted = self.device.ip_configuration().ip_address
        if wanted != before and (self._moving is None or self._moving.done()):
            self._moving = asyncio.get_running_loop().create_task(self._move(wanted))

    async def _move(self, address: str) -> None:
        self.problem = None
        try:
            await self._hear_at(address)
        except NotReached as problem:
            self.problem = problem
            logger.warning("device %d cannot go to %s: %s", self.device.device_id, address, problem)

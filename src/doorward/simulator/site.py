"""Many virtual devices at once, each with an address of its own: a site to try things on."""

from __future__ import annotations

import asyncio
import ipaddress
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Self

from doorward.model.errors import InvalidInput
from doorward.protocol.biostar1.models import MODELS, MODELS_BY_SLUG, DeviceModel
from doorward.protocol.biostar2.frame import UDP_PORT as BIOSTAR2_UDP_PORT
from doorward.protocol.biostar2.models import MODELS_BY_SLUG as BIOSTAR2_MODELS_BY_SLUG
from doorward.protocol.biostar2.models import DeviceModel as BioStar2Model
from doorward.protocol.biostar2.search import SMALLEST_DEVICE_ID
from doorward.simulator.biostar2_device import BioStar2VirtualDevice, RunningBioStar2Device
from doorward.simulator.factory_blocks import DEFAULT_SUBNET_MASK, NetworkPlace
from doorward.simulator.people import DEFAULT_PEOPLE, fill_people, fill_rights
from doorward.simulator.running_device import LineBehaviour, RunningDevice
from doorward.simulator.state import MemoryStore, StateStore, Table
from doorward.simulator.storage import SqliteStore, device_file
from doorward.simulator.traffic import Traffic, TrafficPlan, history
from doorward.simulator.udp_hub import UdpHub
from doorward.simulator.virtual_device import Limits, VirtualDevice
from doorward.transport import interfaces

FIRST_DEVICE_ID = 10_001
MAXIMUM_DEVICES = 10_000
BIOSTAR2_FIRST_ID = 0x20000000  # added to the number of a BioStar 2 device, whose range begins higher
_LOOPBACK_HOSTS = 254  # 127.0.1.1 to 127.0.1.254, then 127.0.2.1 and so on
_LOOPBACK_MASK = "255.0.0.0"
_LOOPBACK_GATEWAY = "127.0.0.1"
_NO_GATEWAY = "0.0.0.0"  # noqa: S104 - a value in a record, nothing is bound to it

AnyDevice = VirtualDevice | BioStar2VirtualDevice
AnyRunning = RunningDevice | RunningBioStar2Device


@dataclass(frozen=True, slots=True)
class DeviceDescription:
    """A device of a site in a few words.

    Attributes:
        device_id: Its serial number.
        model: The name of its model.
        type: The number of its model on the wire.
        generation: ``biostar1`` or ``biostar2``.
        address: Its address on the network.
        port: Its TCP port.
    """

    device_id: int
    model: str
    type: int
    generation: str
    address: str
    port: int

    def as_dict(self) -> dict[str, int | str]:
        """The same for JSON."""
        return asdict(self)


class VirtualSite:
    """Builds devices and puts them on the network.

    Use it as an async context manager, or call ``start`` and ``stop``. With ``state`` everything that the devices
    hold is there again at the next start; people, rights and history are filled in only the first time.

    Args:
        count: How many devices.
        models: Names of models, given out in turn; every BioStar 1 model in turn when there are none. BioStar 2
            models (``biostation-2`` ...) answer UDP only.
        first_id: Serial number of the first device; the others count up. BioStar 2 devices have 536870912 more.
        seed: Decides people, history and traffic; the same seed gives the same site.
        bind: Addresses of this machine, given out in turn; 127.0.1.1, 127.0.1.2 ... when there are none.
        state: Folder in which the devices keep their state; in memory when not given.
        people: How many people to enrol.
        history_records: How many log records to begin with.
        password: The password that unlocks communication.
        drift: Seconds that the clocks gain a day.
        limits: How much each device holds.
        behaviour: How each device behaves on the network.
        traffic: What people do while the site runs; None for nobody.
        biostar2_udp_port: The UDP port of the BioStar 2 devices.

    Attributes:
        devices: The devices, in order.
        running: The same on the network.

    Raises:
        InvalidInput: A value is not allowed, or two devices would have the same address and port.
    """

    def __init__(
        self,
        count: int = len(MODELS),
        *,
        models: Sequence[str] = (),
        first_id: int = FIRST_DEVICE_ID,
        seed: int = 0,
        bind: Sequence[str] = (),
        state: Path | None = None,
        people: int = DEFAULT_PEOPLE,
        history_records: int = 0,
        password: bytes | None = None,
        drift: float | None = None,
        limits: Limits | None = None,
        behaviour: LineBehaviour | None = None,
        traffic: TrafficPlan | None = None,
        biostar2_udp_port: int = BIOSTAR2_UDP_PORT,
    ) -> None:
        if not 0 < count <= MAXIMUM_DEVICES:
            raise InvalidInput("devices", count, f"1 to {MAXIMUM_DEVICES}")
        if people < 0:
            raise InvalidInput("people", people, "0 or more")
        self._seed = seed
        self._state = state
        self._people = people
        self._history_records = history_records
        self._password = password
        self._drift = drift
        self._limits = limits
        self._behaviour = behaviour or LineBehaviour()
        self._traffic = traffic
        self._biostar2_udp_port = biostar2_udp_port
        self._hub = UdpHub()
        self._tasks: list[asyncio.Task[None]] = []
        self._masks = {card.address: card.mask for card in interfaces()}
        self.devices: list[AnyDevice] = []
        chosen = [_model(name) for name in models] or list(MODELS)
        addresses = [_own_address(address) for address in bind] or [_loopback_address(place) for place in range(count)]
        self._homes = [addresses[place % len(addresses)] for place in range(count)]
        try:
            for place, home in enumerate(self._homes):
                self.devices.append(self._build(chosen[place % len(chosen)], first_id + place, home))
            self._refuse_shared_ports()
        except BaseException:
            self.close()
            raise
        self.running: list[AnyRunning] = [
            self._put_on_line(device, home) for device, home in zip(self.devices, self._homes, strict=True)
        ]

    @property
    def problems(self) -> tuple[str, ...]:
        """What does not work as it should, in words: broadcasts that are not heard, addresses that are not there."""
        return tuple(
            str(problem)
            for problem in chain(self._hub.problems, (item.problem for item in self.running))
            if problem is not None
        )

    def device(self, device_id: int) -> VirtualDevice:
        """The BioStar 1 device with a serial number.

        Raises:
            InvalidInput: There is none.
        """
        for device in self.devices:
            if device.device_id == device_id and isinstance(device, VirtualDevice):
                return device
        raise InvalidInput("device id", device_id, ", ".join(str(device.device_id) for device in self.devices))

    def describe(self) -> list[DeviceDescription]:
        """Every device in a few words, in order."""
        return [_describe(running) for running in self.running]

    async def start(self) -> None:
        """Put all devices on the network; when one cannot, none stays.

        Raises:
            PortBusy: A port is held.
            NotReached: An address is not one of this machine.
        """
        await self._hub.open(*{self._udp_port_of(device) for device in self.devices} - {0})
        try:
            for running in self.running:
                await running.start()
        except BaseException:
            await self._leave()
            raise
        if self._traffic is not None:
            loop = asyncio.get_running_loop()
            for device in self.devices:
                if isinstance(device, VirtualDevice):
                    traffic = Traffic(device, self._traffic, seed=self._seed)
                    self._tasks.append(loop.create_task(traffic.run(), name=f"traffic of {device.device_id}"))

    async def stop(self) -> None:
        """Take all devices off the network and let go of their state."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._tasks.clear()
        await self._leave()
        self.close()

    def close(self) -> None:
        """Let go of the state of devices that are not on the network."""
        for device in self.devices:
            device.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _leave(self) -> None:
        for running in self.running:
            await running.stop()
        self._hub.close()
        await asyncio.sleep(0)  # the event loop closes the sockets in its next round

    def _build(self, model: DeviceModel | BioStar2Model, device_id: int, address: str) -> AnyDevice:
        mask, gateway = self._surroundings(address)
        if isinstance(model, BioStar2Model):
            number = device_id if device_id >= SMALLEST_DEVICE_ID else BIOSTAR2_FIRST_ID + device_id
            store = self._store(number)
            return BioStar2VirtualDevice(number, model, address=address, subnet_mask=mask, store=store)
        store = self._store(device_id)
        device = VirtualDevice(
            device_id,
            model,
            network=NetworkPlace(
                address=address,
                subnet_mask=mask,
                gateway=gateway,
                maximum_connections=self._behaviour.max_clients,
            ),
            password=self._password,
            limits=self._limits,
            drift=self._drift,
            store=store,
        )
        self._fill(device, store)
        return device

    def _store(self, device_id: int) -> StateStore:
        return MemoryStore() if self._state is None else SqliteStore(device_file(self._state, device_id))

    def _fill(self, device: VirtualDevice, store: StateStore) -> None:
        filled = Table(store, "site")
        if 0 in filled:
            return
        with device.changing():
            if self._people:
                fill_rights(device)
                fill_people(device, min(self._people, device.people.users.capacity), seed=self._seed)
            history(device, self._history_records, seed=self._seed)
            filled[0] = b"filled"

    def _surroundings(self, address: str) -> tuple[str, str]:
        """Mask and gateway of the subnet in which an address lies."""
        if ipaddress.IPv4Address(address).is_loopback:
            return _LOOPBACK_MASK, _LOOPBACK_GATEWAY
        mask = self._masks.get(address, DEFAULT_SUBNET_MASK)
        network = ipaddress.IPv4Network(f"{address}/{mask}", strict=False)
        gateway = str(network.network_address + 1) if network.num_addresses > 2 else _NO_GATEWAY
        return mask, gateway if gateway != address else _NO_GATEWAY

    def _udp_port_of(self, device: AnyDevice) -> int:
        return self._behaviour.udp_port if isinstance(device, VirtualDevice) else self._biostar2_udp_port

    def _refuse_shared_ports(self) -> None:
        """Two devices cannot listen on one address and port.

        Raises:
            InvalidInput: They would.
        """
        places = [self._place_of(device) for device in self.devices]
        for (address, port), times in Counter(place for place in places if place[1]).items():
            if times > 1:
                held = [f"{device.device_id}" for device in self.devices if self._place_of(device) == (address, port)]
                raise InvalidInput(
                    "bind",
                    address,
                    f"an address of its own for each device with port {port}; the devices {', '.join(held)} would "
                    "share this one",
                )

    def _place_of(self, device: AnyDevice) -> tuple[str, int]:
        if isinstance(device, BioStar2VirtualDevice):
            return device.ip_configuration().ip_address, self._biostar2_udp_port
        port = device.network.port if self._behaviour.port is None else self._behaviour.port
        return device.network.address, port

    def _put_on_line(self, device: AnyDevice, home: str) -> AnyRunning:
        if isinstance(device, BioStar2VirtualDevice):
            return RunningBioStar2Device(device, self._hub, udp_port=self._biostar2_udp_port, home=home)
        return RunningDevice(device, self._behaviour, hub=self._hub, home=home)


def _describe(running: AnyRunning) -> DeviceDescription:
    device = running.device
    if isinstance(device, BioStar2VirtualDevice):
        settings = device.ip_configuration()
        address, port = settings.ip_address, settings.port
    else:
        address, port = device.network.address, device.network.port
    here = running.address
    if here is not None:
        address = here.host
        if isinstance(device, VirtualDevice):
            port = here.port
    return DeviceDescription(
        device.device_id, device.model.slug, device.model.device_type, device.generation, address, port
    )


def _model(name: str) -> DeviceModel | BioStar2Model:
    slug = name.strip().lower()
    model = MODELS_BY_SLUG.get(slug) or BIOSTAR2_MODELS_BY_SLUG.get(slug)
    if model is None:
        raise InvalidInput("model", name, ", ".join((*MODELS_BY_SLUG, *BIOSTAR2_MODELS_BY_SLUG)))
    return model


def _own_address(text: str) -> str:
    try:
        return str(ipaddress.IPv4Address(text.strip()))
    except ValueError:
        raise InvalidInput("bind", text, "an IPv4 address of this machine, such as 192.168.1.10") from None


def _loopback_address(place: int) -> str:
    block, host = divmod(place, _LOOPBACK_HOSTS)
    return str(ipaddress.IPv4Address("127.0.1.0") + 256 * block + host + 1)

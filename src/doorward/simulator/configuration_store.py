"""The configuration blocks of a virtual device, kept as bytes and given back unchanged."""

from __future__ import annotations

import ipaddress
from dataclasses import replace

from doorward.protocol.biostar1.commands.settings import ReadConfiguration, WriteConfiguration
from doorward.protocol.biostar1.configuration import ConfigurationType
from doorward.protocol.biostar1.message import Message
from doorward.protocol.biostar1.models import DeviceModel, Family
from doorward.protocol.biostar1.network_block import network_block
from doorward.protocol.biostar1.records import NO_ACCESS_GROUP, DoorSettings, EntranceLimits
from doorward.protocol.biostar1.results import INVALID_PARAMETER, SUCCESS, UNSUPPORTED
from doorward.simulator.factory_blocks import NetworkPlace, blocks_of, factory_blocks
from doorward.simulator.fields import RecordView, has_field, with_fields
from doorward.simulator.outcome import DONE, After, Handlers, Offers, Outcome, done, refused, sent
from doorward.simulator.state import StateStore, Table

_DOORS = 0x60
_ENTRANCE_LIMITS = 0x33
_LARGEST_PORT = 65535


class ConfigurationStore:
    """All blocks of one device.

    Args:
        device_id: Stands in the system information.
        model: Decides which blocks there are and how large they are.
        store: Keeps the blocks that were written.
        network: Where the device is when nothing else was stored.
    """

    def __init__(self, device_id: int, model: DeviceModel, store: StateStore, network: NetworkPlace) -> None:
        self._device_id = device_id
        self._model = model
        self._blocks = blocks_of(model)
        self._network_number = network_block(model.device_type).configuration_type
        self._written = Table(store, "configuration")
        self._factory: dict[int, bytes] = {}
        self._doors_read: tuple[bytes, DoorSettings] | None = None
        self.place(network)

    @property
    def blocks(self) -> dict[int, ConfigurationType]:
        """The blocks that the device serves, by number."""
        return self._blocks

    def place(self, network: NetworkPlace) -> None:
        """Say where the device is by its factory settings; what was written stays."""
        port = network.port or self._model.tcp_port
        self._factory = factory_blocks(self._model, self._device_id, replace(network, port=port))

    def content(self, number: int) -> bytes | None:
        """The bytes of a block; None when the device has no such block."""
        block = self._blocks.get(number)
        if block is None:
            return None
        written = self._written.get(number)
        return self._factory.get(number, bytes(block.size)) if written is None else written

    def put(self, number: int, content: bytes) -> None:
        """Set a block without any check, read-only ones too."""
        self._written[number] = content

    def check(self, number: int, size: int) -> int:
        """The result code with which a write of this size is accepted or refused."""
        block = self._blocks.get(number)
        if block is None or block.read_only:
            return UNSUPPORTED
        return SUCCESS if size == block.size else INVALID_PARAMETER

    def write(self, number: int, content: bytes) -> Outcome:
        """Take a block as a client writes it."""
        result = self.check(number, len(content))
        if result != SUCCESS:
            return refused(result)
        before = self.network
        self.put(number, content)
        return DONE if self.network == before else done(After.RESTART_NETWORK)

    def reset(self) -> After:
        """Go back to the factory settings."""
        before = self.network
        self._written.clear()
        return After.NOTHING if self.network == before else After.RESTART_NETWORK

    def reset_signals(self) -> None:
        """Give lamp and buzzer their factory patterns, where the model keeps them among its settings."""
        record = self._blocks[self._network_number].record
        if has_field(record, "signals") and self._network_number in self._written:
            signals = RecordView(record, self._factory[self._network_number]).signals
            self.put(self._network_number, with_fields(record, self._written[self._network_number], signals=signals))

    @property
    def network(self) -> NetworkPlace:
        """Where the device is on the network; a setting that makes no sense leaves the factory one in force."""
        number = self._network_number
        block = self._blocks[number]
        factory = RecordView(block.record, self._factory[number])
        now = RecordView(block.record, self.content(number) or bytes(block.size))
        return NetworkPlace(
            address=_address(now.ip_address, factory.ip_address),
            subnet_mask=now.subnet_mask,
            gateway=now.gateway,
            port=now.port if 0 < now.port <= _LARGEST_PORT else factory.port,
            dhcp=bool(now.dhcp),
            server_mode=bool(now.server_mode),
            server_address=now.server_address,
            server_port=now.get("server_port", NetworkPlace().server_port),
            maximum_connections=now.get("maximum_connections", 1),
        )

    @property
    def doors(self) -> DoorSettings:
        """The settings of the two doors."""
        compact = self._model.family is Family.COMPACT
        number = self._network_number if compact else _DOORS
        record = self._blocks[number].record
        content = self.content(number) or bytes(record.SIZE)
        if self._doors_read is None or self._doors_read[0] is not content:
            settings = RecordView(record, content).doors if compact else DoorSettings.from_bytes(content)
            self._doors_read = content, settings
        return self._doors_read[1]

    @property
    def open_to_ungrouped(self) -> bool:
        """Whether a user without an access group may pass."""
        if self._model.family is Family.COMPACT:
            number = self._network_number
            record = self._blocks[number].record
            return bool(RecordView(record, self.content(number) or bytes(record.SIZE)).default_access_group)
        content = self.content(_ENTRANCE_LIMITS) or bytes(EntranceLimits.SIZE)
        group: int = RecordView(EntranceLimits, content).default_access_group
        return group not in (0, NO_ACCESS_GROUP)

    def handlers(self) -> Handlers:
        """What the configuration answers."""
        return {ReadConfiguration: self._read, WriteConfiguration: self._write}

    def offers(self) -> Offers:
        """Refusals that need no payload."""
        return {WriteConfiguration: self._offer}

    def _offer(self, header: Message) -> int:
        return self.check(header.code, header.param1)

    def _read(self, request: ReadConfiguration) -> Outcome:
        content = self.content(request.configuration_type)
        return refused(UNSUPPORTED) if content is None else sent(content)

    def _write(self, request: WriteConfiguration) -> Outcome:
        return self.write(request.configuration_type, request.content)


def _address(text: str, otherwise: str) -> str:
    try:
        address = ipaddress.IPv4Address(text)
    except ValueError:
        return otherwise
    return otherwise if address.is_unspecified or address.is_multicast else str(address)

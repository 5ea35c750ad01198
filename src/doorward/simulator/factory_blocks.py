"""What a device's configuration holds when it leaves the factory."""

from __future__ import annotations

from dataclasses import dataclass

from doorward.protocol.biostar1 import configuration
from doorward.protocol.biostar1.configuration import ConfigurationType
from doorward.protocol.biostar1.models import DeviceModel, Family
from doorward.protocol.biostar1.network_block import network_block
from doorward.protocol.biostar1.records import (
    FULL_ACCESS_GROUP,
    Door,
    DoorSettings,
    EntranceLimits,
    NetworkSettings,
    SystemInformation,
    SystemInformationBioLite,
    SystemInformationCompact,
)
from doorward.protocol.biostar1.records.compact_settings import COMPACT_SETTINGS_MAGIC
from doorward.protocol.biostar1.records.network import LanType
from doorward.protocol.biostar1.records.system import COMPACT_SYSTEM_MAGIC
from doorward.protocol.layout import Record
from doorward.simulator.fields import with_fields

FALLBACK_ADDRESS = "169.254.10.1"  # what a device takes that nobody gave an address (protocol notes, section 5.6)
DEFAULT_SUBNET_MASK = "255.255.255.0"
SERVER_MODE_PORT = 1480
FIRMWARE_VERSION = "1.60"
BOARD_VERSION = "1.0"
DEFAULT_MTU = 1460
OPEN_SECONDS = 3
HELD_OPEN_SECONDS = 30

_DOORS = 0x60
_ENTRANCE_LIMITS = 0x33
_MAC_PREFIX = bytes((0x02, 0xD0, 0x02))  # locally administered: no real card has it
_NOBODY = "0.0.0.0"  # noqa: S104 - a value in a record, nothing is bound to it
_COMPACT_RECORD_VERSION = 1

# A station is asked for any of these by programs that do not look at the model; serving them all does no harm
# (protocol notes, section 8). Its own meaning of a number comes first, then that of the others in this order.
_STATION_TYPES = (0x00, 0x04, 0x05, 0x06, 0x0A)


@dataclass(frozen=True, slots=True)
class NetworkPlace:
    """Where a device is on the network.

    Attributes:
        address: Its IPv4 address.
        subnet_mask: The mask of its subnet.
        gateway: Its default gateway.
        port: Its TCP port in direct mode.
        dhcp: Whether it takes its address from a DHCP server.
        server_mode: Whether it dials a server.
        server_address: The server that it dials.
        server_port: The port of that server.
        maximum_connections: Connections that it takes at once.
    """

    address: str = FALLBACK_ADDRESS
    subnet_mask: str = DEFAULT_SUBNET_MASK
    gateway: str = _NOBODY
    port: int = 0
    dhcp: bool = False
    server_mode: bool = False
    server_address: str = _NOBODY
    server_port: int = SERVER_MODE_PORT
    maximum_connections: int = 1


def blocks_of(model: DeviceModel) -> dict[int, ConfigurationType]:
    """The configuration blocks that a virtual device of a model serves, by number."""
    own = {block.number: block for block in configuration.configuration_types(model.device_type)}
    if model.family is Family.COMPACT:
        return own
    for device_type in _STATION_TYPES:
        for block in configuration.configuration_types(device_type):
            own.setdefault(block.number, block)
    return dict(sorted(own.items()))


def mac_address(device_id: int) -> bytes:
    """A card address made from the serial number."""
    return _MAC_PREFIX + (device_id & 0xFFFFFF).to_bytes(3, "big")


def factory_blocks(model: DeviceModel, device_id: int, network: NetworkPlace) -> dict[int, bytes]:
    """The blocks that are not all zero, by number."""
    if model.family is Family.COMPACT:
        return _compact_blocks(model, device_id, network)
    return {number: record.to_bytes() for number, record in _station_records(model, device_id, network).items()}


def default_doors() -> DoorSettings:
    """Door 0 at the device's own relay 0, with exit button and sensor; no second door."""
    first = Door(
        relay=0,
        exit_button_enabled=1,
        door_sensor_enabled=1,
        open_time=OPEN_SECONDS,
        held_open_time=HELD_OPEN_SECONDS,
        exit_button=0,
        door_sensor=1,
    )
    return DoorSettings(doors=(first, Door(open_time=OPEN_SECONDS, held_open_time=HELD_OPEN_SECONDS)))


def _station_records(model: DeviceModel, device_id: int, network: NetworkPlace) -> dict[int, Record]:
    server_on = 2 if model.family is Family.BIOSTATION else 1
    return {
        configuration.NETWORK: NetworkSettings(
            lan_type=LanType.ETHERNET,
            dhcp=network.dhcp,
            port=network.port,
            ip_address=network.address,
            gateway=network.gateway,
            subnet_mask=network.subnet_mask,
            server_address=network.server_address,
            maximum_connections=network.maximum_connections,
            server_mode=server_on if network.server_mode else 0,
            server_port=network.server_port,
        ),
        configuration.SYSTEM_INFORMATION: SystemInformation(
            device_id=device_id,
            mac_address=mac_address(device_id).hex(":"),
            product_name=model.title,
            board_version=BOARD_VERSION,
            firmware_version=FIRMWARE_VERSION,
            kernel_version=BOARD_VERSION,
        ),
        _ENTRANCE_LIMITS: EntranceLimits(default_access_group=FULL_ACCESS_GROUP),
        _DOORS: default_doors(),
    }


def _compact_blocks(model: DeviceModel, device_id: int, network: NetworkPlace) -> dict[int, bytes]:
    place = network_block(model.device_type)
    settings_number, settings_record = place.configuration_type, place.record
    biolite = settings_number == configuration.BIOLITE_SETTINGS
    information_record: type[Record] = SystemInformationBioLite if biolite else SystemInformationCompact
    settings = with_fields(
        settings_record,
        bytes(settings_record.SIZE),
        magic_number=COMPACT_SETTINGS_MAGIC,
        version=_COMPACT_RECORD_VERSION,
        dhcp=network.dhcp,
        ip_address=network.address,
        gateway=network.gateway,
        subnet_mask=network.subnet_mask,
        server_address=network.server_address,
        port=network.port,
        server_mode=network.server_mode,
        fast_ethernet=1,
        mtu=DEFAULT_MTU,
        scan_timeout=10,
        matching_timeout=3,
        doors=default_doors(),
        default_access_group=1,
    )
    information = with_fields(
        information_record,
        bytes(information_record.SIZE),
        magic_number=COMPACT_SYSTEM_MAGIC,
        version=_COMPACT_RECORD_VERSION,
        device_id=device_id,
        mac_address=mac_address(device_id) + bytes(2),
        board_version=BOARD_VERSION,
        firmware_version=FIRMWARE_VERSION,
        product_name=model.title,
    )
    return {settings_number: settings, settings_number + 1: information}

"""Reading and writing the network settings over UDP 51210 (protocol notes for BioStar 2, sections 5 and 8)."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from doorward.model.errors import InvalidInput, Unsupported
from doorward.model.network_settings import DIRECT, SERVER, NetworkChanges, NetworkSettings, is_no_address
from doorward.protocol.biostar2.frame import DATAGRAM_PAYLOAD_SIZE, Frame, decode_datagram, encode_datagram
from doorward.protocol.biostar2.search import DIRECT_MODE, SERVER_MODE
from doorward.protocol.errors import LocalProtocolError, RemoteProtocolError
from doorward.protocol.layout import Record, boolean, text, u8, u16

GET_CONFIGURATION = 0x1001
SET_CONFIGURATION = 0x1002
GET_IPV6_CONFIGURATION = 0x1009

IP_CONFIGURATION_MASK = 4
IPV6_CONFIGURATION_MASK = 2

_PAIR = struct.Struct("<II")


@dataclass(frozen=True, slots=True, kw_only=True)
class IpConfiguration(Record):
    """The IPv4 settings of a device."""

    SIZE: ClassVar[int] = 108
    STRUCTURE: ClassVar[str] = "BS2IpConfig"

    connection_mode: int = u8(0, "0 the server dials the device (direct mode), 1 the device dials the server")
    dhcp: bool = boolean(1, "take the address from a DHCP server")
    dns: bool = boolean(2, "use a name server; its address is in the extended settings")
    ip_address: str = text(4, 16, "address of the device, dotted")
    gateway: str = text(20, 16, "address of the gateway, dotted")
    subnet_mask: str = text(36, 16, "mask of the subnet, dotted")
    server_address: str = text(52, 16, "address of the server that the device dials, dotted")
    port: int = u16(68, "TCP port of the device")
    server_port: int = u16(70, "TCP port of the server")
    mtu_size: int = u16(72, "largest packet on the network, bytes")
    baseband: int = u8(74, "Ethernet speed setting")
    tls_server_port: int = u16(76, "TCP port of the server for TLS")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedIpConfiguration(Record):
    """Further IPv4 settings: name server and server name."""

    SIZE: ClassVar[int] = 304
    STRUCTURE: ClassVar[str] = "BS2IpConfigExt"

    dns_address: str = text(0, 16, "address of the name server, dotted")
    server_url: str = text(16, 256, "name of the server that the device dials")


@dataclass(frozen=True, slots=True)
class ConfigurationBlock:
    """One block of settings in a container.

    Attributes:
        mask: The bit that names the kind of settings.
        data: The block's bytes.
    """

    mask: int
    data: bytes


def encode_container(*blocks: ConfigurationBlock) -> bytes:
    """Write blocks as one container: all masks, total length, then each block with its mask and size.

    Raises:
        LocalProtocolError: The container does not fit one datagram.
    """
    mask = 0
    body = b""
    for block in blocks:
        mask |= block.mask
        body += _PAIR.pack(block.mask, len(block.data)) + block.data
    if _PAIR.size + len(body) > DATAGRAM_PAYLOAD_SIZE:
        raise LocalProtocolError(f"Settings of {len(body)} bytes do not fit one datagram")
    return _PAIR.pack(mask, len(body)) + body


def decode_container(data: bytes) -> tuple[ConfigurationBlock, ...]:
    """Read a container; zero bytes behind it are not looked at.

    Raises:
        RemoteProtocolError: A length points behind the end, or the masks disagree.
    """
    if len(data) < _PAIR.size:
        raise RemoteProtocolError(f"A container of settings has at least {_PAIR.size} bytes, {len(data)} arrived")
    mask, length = _PAIR.unpack_from(data)
    if length > len(data) - _PAIR.size:
        raise RemoteProtocolError(f"The settings announce {length} bytes, {len(data) - _PAIR.size} arrived")
    body = data[_PAIR.size : _PAIR.size + length]
    blocks = []
    place = seen = 0
    while place < len(body):
        if len(body) - place < _PAIR.size:
            raise RemoteProtocolError(f"{len(body) - place} stray bytes at the end of the settings")
        block_mask, size = _PAIR.unpack_from(body, place)
        place += _PAIR.size
        if size > len(body) - place:
            raise RemoteProtocolError(f"Block 0x{block_mask:X} announces {size} bytes, {len(body) - place} arrived")
        blocks.append(ConfigurationBlock(block_mask, bytes(body[place : place + size])))
        seen |= block_mask
        place += size
    if seen != mask:
        raise RemoteProtocolError(f"The settings announce the blocks 0x{mask:X} and carry 0x{seen:X}")
    return tuple(blocks)


def ip_configuration_of(payload: bytes) -> IpConfiguration:
    """Take the IPv4 settings out of a container.

    Raises:
        RemoteProtocolError: The container is broken or does not carry them.
    """
    for block in decode_container(payload):
        if block.mask == IP_CONFIGURATION_MASK:
            return IpConfiguration.from_bytes(block.data, longer=True)
    raise RemoteProtocolError("The answer carries no IPv4 settings")


@dataclass(frozen=True, slots=True, kw_only=True)
class GetConfigurationRequest:
    """Ask a device for its settings.

    Attributes:
        device_id: The device that shall answer.
        mask: Which blocks; 4 is the IPv4 block.
        sequence: The frame's sequence number.
    """

    device_id: int
    mask: int = IP_CONFIGURATION_MASK
    sequence: int = 0

    def to_datagram(self) -> bytes:
        """Give the 1024 bytes to send."""
        return encode_datagram(
            Frame(
                command=GET_CONFIGURATION,
                device_id=self.device_id,
                sequence=self.sequence,
                param2=self.mask,
                payload=bytes(DATAGRAM_PAYLOAD_SIZE),
            )
        )

    @classmethod
    def from_frame(cls, frame: Frame) -> GetConfigurationRequest:
        """Read the question as a device does; raises RemoteProtocolError for another command."""
        _expect(frame, GET_CONFIGURATION)
        return cls(device_id=frame.device_id, mask=frame.param2, sequence=frame.sequence)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetConfigurationRequest:
    """Give a device new IPv4 settings.

    Attributes:
        device_id: The device that shall take them.
        configuration: All its IPv4 settings.
        sequence: The frame's sequence number.
    """

    device_id: int
    configuration: IpConfiguration
    sequence: int = 0

    def to_datagram(self) -> bytes:
        """Give the 1024 bytes to send; raises LocalProtocolError when a value does not fit."""
        container = encode_container(ConfigurationBlock(IP_CONFIGURATION_MASK, self.configuration.to_bytes()))
        return encode_datagram(
            Frame(
                command=SET_CONFIGURATION,
                device_id=self.device_id,
                sequence=self.sequence,
                payload=container.ljust(DATAGRAM_PAYLOAD_SIZE, b"\0"),
            )
        )

    @classmethod
    def from_frame(cls, frame: Frame) -> SetConfigurationRequest:
        """Read the order as a device does; raises RemoteProtocolError when it is not one."""
        _expect(frame, SET_CONFIGURATION)
        return cls(device_id=frame.device_id, configuration=ip_configuration_of(frame.payload), sequence=frame.sequence)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationReply:
    """A device's answer to either request.

    Attributes:
        command: The request's command.
        device_id: The device that answers; 0 was seen too.
        result: The result code as on the wire, 0 is success.
        configuration: The settings, in a successful answer to a question.
        sequence: The sequence number of the request.
    """

    command: int
    device_id: int
    result: int = 0
    configuration: IpConfiguration | None = None
    sequence: int = 0

    def to_datagram(self) -> bytes:
        """Give the 1024 bytes that a device sends."""
        payload = b""
        if self.configuration is not None:
            payload = encode_container(ConfigurationBlock(IP_CONFIGURATION_MASK, self.configuration.to_bytes()))
        return encode_datagram(
            Frame(
                command=self.command,
                device_id=self.device_id,
                sequence=self.sequence,
                option=self.result,
                payload=payload,
            )
        )

    @classmethod
    def from_frame(cls, frame: Frame) -> ConfigurationReply:
        """Read an answer.

        Raises:
            RemoteProtocolError: Another command, or a successful answer to a question without settings.
        """
        if frame.command not in (GET_CONFIGURATION, SET_CONFIGURATION):
            raise RemoteProtocolError(f"Command 0x{frame.command:04X} is no answer about settings")
        asked = frame.command == GET_CONFIGURATION and frame.option == 0
        return cls(
            command=frame.command,
            device_id=frame.device_id,
            result=frame.option,
            configuration=ip_configuration_of(frame.payload) if asked else None,
            sequence=frame.sequence,
        )

    @classmethod
    def from_datagram(cls, data: bytes) -> ConfigurationReply:
        """Read an answer from a datagram; raises RemoteProtocolError as ``from_frame``."""
        return cls.from_frame(decode_datagram(data))


_FIELDS = {
    "dhcp": "dhcp",
    "address": "ip_address",
    "mask": "subnet_mask",
    "gateway": "gateway",
    "port": "port",
    "server_address": "server_address",
    "server_port": "server_port",
    "tls_server_port": "tls_server_port",
    "mtu": "mtu_size",
}
SMALLEST_MTU, LARGEST_MTU = 576, 1514  # 576 is the least that IPv4 allows; 1514 is what devices are shipped with


def read_settings(record: IpConfiguration) -> NetworkSettings:
    """Say the settings of a device in the words of all generations."""
    values: dict[str, Any] = {name: getattr(record, field) for name, field in _FIELDS.items()}
    for name in ("gateway", "server_address"):
        if is_no_address(values[name]):
            values[name] = ""
    return NetworkSettings(mode=SERVER if record.connection_mode == SERVER_MODE else DIRECT, **values)


def check_changes(changes: NetworkChanges) -> None:
    """Refuse changes that these devices have no place for, or that no device can take.

    Raises:
        InvalidInput: A value is wrong.
        Unsupported: There is no such setting in what UDP can change.
    """
    changes.check()
    for name in changes.named:
        if name != "mode" and name not in _FIELDS:
            raise Unsupported(
                f"BioStar 2 devices have no setting {name.replace('_', ' ')} that can be changed by UDP.",
                advice="Leave this setting out.",
            )
    if changes.mtu is not None and not SMALLEST_MTU <= changes.mtu <= LARGEST_MTU:
        raise InvalidInput("mtu", changes.mtu, f"a whole number from {SMALLEST_MTU} to {LARGEST_MTU}")


def change_settings(record: IpConfiguration, changes: NetworkChanges) -> IpConfiguration:
    """Put changes into the settings; all other bytes stay.

    Raises:
        InvalidInput: A value is wrong or does not go with the others.
        Unsupported: There is no such setting.
    """
    check_changes(changes)
    after = changes.apply(read_settings(record))
    values: dict[str, Any] = {_FIELDS[name]: getattr(after, name) for name in changes.named if name in _FIELDS}
    if changes.mode is not None:
        values["connection_mode"] = SERVER_MODE if changes.mode == SERVER else DIRECT_MODE
    return replace(record, **values)


def _expect(frame: Frame, command: int) -> None:
    if frame.command != command:
        raise RemoteProtocolError(f"Command 0x{frame.command:04X} came where 0x{command:04X} was expected")

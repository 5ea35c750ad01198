"""Network settings of a device, alike for every generation and model."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, fields, replace

from doorward.model.errors import InvalidInput

DIRECT = "direct"
SERVER = "server"
MODES = (DIRECT, SERVER)

LARGEST_PORT = 65535
LARGEST_CONNECTION_COUNT = 255
_LONGEST_PREFIX = 30  # shorter subnets have no room for a device and its gateway


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSettings:
    """How a device is set up on its network. None: the model has no such setting.

    Attributes:
        mode: ``direct`` (a client dials the device) or ``server`` (the device dials the server).
        dhcp: Whether it takes its address from a DHCP server.
        address: IPv4 address; with DHCP as the device tells it.
        mask: Subnet mask.
        gateway: Default gateway; empty for none.
        port: TCP port on which it listens in direct mode.
        server_address: IPv4 address of the server that it dials; empty for none.
        server_port: TCP port of that server.
        tls_server_port: TCP port of that server for TLS.
        synchronize_time: Whether its clock follows the server's.
        max_connections: TCP clients that it takes at once.
        mtu: Largest packet in bytes.
    """

    mode: str
    dhcp: bool
    address: str
    mask: str
    gateway: str
    port: int
    server_address: str
    server_port: int | None = None
    tls_server_port: int | None = None
    synchronize_time: bool | None = None
    max_connections: int | None = None
    mtu: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkChanges:
    """What shall become different; None leaves a setting as it is. The names are those of ``NetworkSettings``."""

    mode: str | None = None
    dhcp: bool | None = None
    address: str | None = None
    mask: str | None = None
    gateway: str | None = None
    port: int | None = None
    server_address: str | None = None
    server_port: int | None = None
    tls_server_port: int | None = None
    synchronize_time: bool | None = None
    max_connections: int | None = None
    mtu: int | None = None

    @property
    def named(self) -> dict[str, object]:
        """The settings that shall change, by name."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def check(self) -> None:
        """Refuse values that no device can have, before anything is asked or sent.

        Raises:
            InvalidInput: The first wrong value, with what is allowed.
        """
        if not self.named:
            raise InvalidInput("changes", "nothing", "at least one setting to change")
        if self.mode is not None and self.mode not in MODES:
            raise InvalidInput("mode", self.mode, " or ".join(MODES))
        if self.address is not None:
            _check_host_address("address", self.address)
        if self.mask is not None:
            _prefix_length(self.mask)
        for name in ("gateway", "server_address"):
            value = getattr(self, name)
            if value is not None and not is_no_address(value):
                _check_host_address(name, value)
        for name in ("port", "server_port", "tls_server_port"):
            _check_range(name, getattr(self, name), 1, LARGEST_PORT)
        _check_range("max_connections", self.max_connections, 1, LARGEST_CONNECTION_COUNT)
        _check_range("mtu", self.mtu, 1, LARGEST_PORT)

    def apply(self, before: NetworkSettings) -> NetworkSettings:
        """Give the settings as they shall be.

        Args:
            before: The settings as they are.

        Raises:
            InvalidInput: A value is wrong by itself or does not go with the others.
        """
        self.check()
        values = dict(self.named)
        for name in ("gateway", "server_address"):
            if name in values and is_no_address(str(values[name])):
                values[name] = ""
        after = replace(before, **values)  # type: ignore[arg-type] # the names are those of the fields
        if after.dhcp:
            for name in ("address", "mask", "gateway"):
                if values.get(name):
                    raise InvalidInput(name, values[name], "no value while the address comes from DHCP")
        elif not {"dhcp", "address", "mask", "gateway"}.isdisjoint(values):
            _check_subnet(after)
        if not {"mode", "server_address"}.isdisjoint(values):
            _check_server(after)
        return after


def is_no_address(value: str) -> bool:
    """Whether a text stands for "no address": empty or all zero."""
    return value.strip() in ("", "0.0.0.0")  # noqa: S104 - compared, nothing is bound to it


def _check_host_address(name: str, value: str) -> None:
    try:
        parsed = ipaddress.IPv4Address(value)
    except ValueError:
        raise InvalidInput(name, value, "an IPv4 address such as 192.168.1.10 (devices store no host names)") from None
    if parsed.is_multicast or parsed.is_unspecified or parsed.is_reserved:
        raise InvalidInput(name, value, "the IPv4 address of a single machine")


def _prefix_length(mask: str) -> int:
    allowed = "a subnet mask such as 255.255.255.0, ones before zeros, from 255.0.0.0 to 255.255.255.252"
    try:
        bits = int(ipaddress.IPv4Address(mask))
    except ValueError:
        raise InvalidInput("mask", mask, allowed) from None
    hosts = bits ^ 0xFFFFFFFF
    length = bits.bit_count()
    if hosts & (hosts + 1) or not 8 <= length <= _LONGEST_PREFIX:
        raise InvalidInput("mask", mask, allowed)
    return length


def _check_subnet(after: NetworkSettings) -> None:
    _check_host_address("address", after.address)
    network = ipaddress.IPv4Network(f"{after.address}/{_prefix_length(after.mask)}", strict=False)
    if ipaddress.IPv4Address(after.address) in (network.network_address, network.broadcast_address):
        raise InvalidInput("address", after.address, f"an address inside {network}, not its first or last")
    if is_no_address(after.gateway):
        return
    _check_host_address("gateway", after.gateway)
    if ipaddress.IPv4Address(after.gateway) not in network:
        raise InvalidInput("gateway", after.gateway, f"an address inside {network}, or 0.0.0.0 for none")
    if after.gateway == after.address:
        raise InvalidInput("gateway", after.gateway, "another address than the device's own, or 0.0.0.0 for none")


def _check_server(after: NetworkSettings) -> None:
    if after.mode == SERVER and is_no_address(after.server_address):
        raise InvalidInput("server_address", after.server_address, "the server's IPv4 address, needed in server mode")


def _check_range(name: str, value: int | None, lowest: int, highest: int) -> None:
    if value is not None and not lowest <= value <= highest:
        raise InvalidInput(name, value, f"a whole number from {lowest} to {highest}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkChange:
    """What a change did.

    Attributes:
        before: The settings that the device had.
        after: The settings that it was given.
        written: Whether anything was sent; False when the device had the wanted settings already.
    """

    before: NetworkSettings
    after: NetworkSettings
    written: bool

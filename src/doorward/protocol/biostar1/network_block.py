"""Where each BioStar 1 model keeps its network settings, and how they read in plain words (notes, sections 8 and 9).

The bytes of a block that carry no network setting, or one that is not changed, stay as they came.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from doorward.model.errors import InvalidInput, Unsupported
from doorward.model.network_settings import DIRECT, SERVER, NetworkChanges, NetworkSettings, is_no_address
from doorward.protocol.biostar1 import configuration
from doorward.protocol.biostar1.models import MODELS_BY_TYPE, Family, type_title
from doorward.protocol.biostar1.records.compact_settings import CompactSettings
from doorward.protocol.biostar1.records.compact_settings_biolite import CompactSettingsBioLite
from doorward.protocol.biostar1.records.network import NetworkSettings as StationSettings
from doorward.protocol.biostar1.records.network import ServerMode
from doorward.protocol.layout import Record

DIALLED_SERVER_PORT = 1480  # what a model dials that stores no server port
SMALLEST_MTU, LARGEST_MTU = 1024, 1460
_BIOSTATION = 0x00
_BIOLITE_NET = 0x02
_ZERO_ADDRESS = "0.0.0.0"  # noqa: S104 - a value in a record, nothing is bound to it

# A setting and the field of the record that holds it. The mode stands apart: its number depends on the model.
_COMMON = {
    "dhcp": "dhcp",
    "address": "ip_address",
    "mask": "subnet_mask",
    "gateway": "gateway",
    "port": "port",
    "server_address": "server_address",
    "synchronize_time": "synchronize_time",
}
_STATION_FIELDS = MappingProxyType(_COMMON | {"server_port": "server_port", "max_connections": "maximum_connections"})
_COMPACT_FIELDS = MappingProxyType(_COMMON | {"mtu": "mtu"})
_MAY_BE_EMPTY = ("gateway", "server_address")


@dataclass(frozen=True, slots=True)
class NetworkBlock:
    """The configuration block with a model's network settings.

    Attributes:
        device_type: The number of the model.
        configuration_type: The number of the block.
        record: The layout of the block.
        fields: For each setting that the block holds, the field of the record.
        no_address: How the block writes "no address".
    """

    device_type: int
    configuration_type: int
    record: type[Record]
    fields: Mapping[str, str]
    no_address: str

    def check(self, changes: NetworkChanges) -> None:
        """Refuse changes that the model has no place for, or that no device can take.

        Raises:
            InvalidInput: A value is wrong.
            Unsupported: The model has no such setting.
        """
        changes.check()
        for name in changes.named:
            if name == "mode" or name in self.fields:
                continue
            reason = ""
            if name == "server_port":
                if changes.server_port == DIALLED_SERVER_PORT:
                    continue
                reason = f": it stores no port and dials the server on TCP {DIALLED_SERVER_PORT}"
            raise Unsupported(
                f"{type_title(self.device_type)} has no setting {name.replace('_', ' ')}{reason}.",
                advice="Leave this setting out.",
            )
        if changes.mtu is not None and not SMALLEST_MTU <= changes.mtu <= LARGEST_MTU:
            raise InvalidInput("mtu", changes.mtu, f"a whole number from {SMALLEST_MTU} to {LARGEST_MTU}")

    def read(self, data: bytes) -> NetworkSettings:
        """Take the network settings out of a block.

        Raises:
            RemoteProtocolError: The block is shorter than the published structure.
        """
        return self._settings(self._parse(data))

    def change(self, data: bytes, changes: NetworkChanges) -> bytes:
        """Put changes into a block; the length and all other bytes stay.

        Raises:
            InvalidInput: A value is wrong or does not go with the others.
            Unsupported: The model has no such setting.
            RemoteProtocolError: The block is shorter than the published structure.
        """
        self.check(changes)
        record = self._parse(data)
        if "server_port" not in self.fields:
            changes = dataclasses.replace(changes, server_port=None)
        if not changes.named:
            return data
        after = changes.apply(self._settings(record))
        values: dict[str, Any] = {
            self.fields[name]: getattr(after, name) for name in changes.named if name in self.fields
        }
        for name in _MAY_BE_EMPTY:
            if values.get(self.fields[name]) == "":
                values[self.fields[name]] = self.no_address
        if changes.mode is not None:
            values["server_mode"] = self._server_mode(record, changes.mode)
        return dataclasses.replace(record, **values).to_bytes()

    def _parse(self, data: bytes) -> Record:
        return self.record.from_bytes(data, longer=True)

    def _settings(self, record: Any) -> NetworkSettings:
        values: dict[str, Any] = {name: getattr(record, field) for name, field in self.fields.items()}
        for name in _MAY_BE_EMPTY:
            if is_no_address(values[name]):
                values[name] = ""
        return NetworkSettings(mode=SERVER if record.server_mode else DIRECT, **values)

    def _server_mode(self, record: Any, mode: str) -> int | bool:
        if isinstance(record, CompactSettings | CompactSettingsBioLite):
            return mode == SERVER
        if mode == DIRECT:
            return int(ServerMode.OFF)
        if record.server_mode:
            return int(record.server_mode)
        # BioStation counts an administrator program as 1; the others know on and off only.
        return int(ServerMode.BIOSTATION_SERVER if self.device_type == _BIOSTATION else ServerMode.ON)


def network_block(device_type: int) -> NetworkBlock:
    """The network block of a model.

    Args:
        device_type: The number of the model.

    Raises:
        Unsupported: The type is unknown, or has no network of its own.
    """
    model = MODELS_BY_TYPE.get(device_type)
    if model is None:
        raise Unsupported(
            f"The network settings of a device of {type_title(device_type)} are not known.",
            advice="Set it up at its own menu or with the vendor's software.",
        )
    if model.family is not Family.COMPACT:
        return NetworkBlock(device_type, configuration.NETWORK, StationSettings, _STATION_FIELDS, "")
    if device_type == _BIOLITE_NET:
        return NetworkBlock(
            device_type, configuration.BIOLITE_SETTINGS, CompactSettingsBioLite, _COMPACT_FIELDS, _ZERO_ADDRESS
        )
    return NetworkBlock(device_type, configuration.COMPACT_SETTINGS, CompactSettings, _COMPACT_FIELDS, _ZERO_ADDRESS)

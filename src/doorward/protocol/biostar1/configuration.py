"""The configuration blocks of each model: number, record, size (protocol notes, section 8).

Which model has which block follows from the names of the structures and is not verified on devices; a device
answers "unsupported" for a block that it does not have. Three numbers (0x70, 0x71, 0x72) mean one thing to BioLite
Net and another to the models with a touch screen; the records of 0x32, 0x76, 0x77 and 0x78 depend on the model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from doorward.protocol.biostar1.records.access_groups import EntranceLimits
from doorward.protocol.biostar1.records.attendance import (
    AttendanceKeys,
    AttendanceMode,
    AttendanceModeDStation,
    AttendanceModeTouch,
)
from doorward.protocol.biostar1.records.card_readers import CardReaderSettings, CardReaderZones
from doorward.protocol.biostar1.records.compact_settings import CompactSettings
from doorward.protocol.biostar1.records.compact_settings_biolite import CompactSettingsBioLite
from doorward.protocol.biostar1.records.displays import (
    DisplaySettingsBioStation,
    DisplaySettingsBioStationT2,
    DisplaySettingsDStation,
    DisplaySettingsXStation,
)
from doorward.protocol.biostar1.records.doors import DoorSettings, RelaySettings
from doorward.protocol.biostar1.records.extended_zones import ExtendedZoneSettings
from doorward.protocol.biostar1.records.face import FaceSettingsDStation, FaceSettingsFaceStation, SaveImageEvents
from doorward.protocol.biostar1.records.fingerprint import (
    FingerprintSettingsBioStation,
    FingerprintSettingsBioStationT2,
    FingerprintSettingsDStation,
)
from doorward.protocol.biostar1.records.inputs_outputs import (
    InputSettings,
    InputSettingsTouch,
    LegacyInputOutputSettings,
    OutputSettings,
)
from doorward.protocol.biostar1.records.interphone import InterphoneSettings, VideophoneSettings
from doorward.protocol.biostar1.records.network import NetworkSettings, TlsSettings
from doorward.protocol.biostar1.records.operation_modes import (
    OperationModeBioStation,
    OperationModeBioStationT2,
    OperationModeDStation,
    OperationModeFaceStation,
    OperationModeXStation,
    PinOnlyMode,
)
from doorward.protocol.biostar1.records.serial import (
    Rs485NetworkBioStation,
    Rs485NetworkTouch,
    SerialSettingsBioStation,
    SerialSettingsTouch,
    UsbSettingsBioStation,
    UsbSettingsTouch,
)
from doorward.protocol.biostar1.records.system import (
    EncryptionSettings,
    MasterPassword,
    SystemInformation,
    SystemInformationBioLite,
    SystemInformationCompact,
)
from doorward.protocol.biostar1.records.wiegand import WiegandSettings, WiegandSettingsTouch
from doorward.protocol.biostar1.records.wireless import WirelessSettingsBioStation, WirelessSettingsTouch
from doorward.protocol.biostar1.records.zones import ZoneSettings
from doorward.protocol.layout import Record

_BIOSTATION: Final = 0x00
_BIOLITE_NET: Final = 0x02
_D_STATION: Final = 0x04
_X_STATION: Final = 0x05
_BIOSTATION_T2: Final = 0x06
_FACE_STATION: Final = 0x0A
_COMPACT: Final = (0x01, 0x03, 0x07, 0x0B, 0x0C)  # BioEntry Plus, Xpass, Xpass Slim, BioEntry W, Xpass S2
_TOUCH: Final = (_D_STATION, _X_STATION, _BIOSTATION_T2, _FACE_STATION)
_STATIONS: Final = (_BIOSTATION, *_TOUCH)

NETWORK: Final = 0x10
SYSTEM_INFORMATION: Final = 0x41
COMPACT_SETTINGS: Final = 0x50
COMPACT_SYSTEM_INFORMATION: Final = 0x51
BIOLITE_SETTINGS: Final = 0x70
BIOLITE_SYSTEM_INFORMATION: Final = 0x71


@dataclass(frozen=True, slots=True)
class ConfigurationType:
    """One configuration block of a model.

    Attributes:
        number: The configuration type of commands 0x0030, 0x0031, 0x04A2 and 0x04A3.
        name: A short name, the same for every model that has such a block, such as ``operation-mode``.
        title: The name in words.
        record: The record that the block carries.
        read_only: The block tells and is never written.
    """

    number: int
    name: str
    title: str
    record: type[Record]
    read_only: bool = False

    @property
    def size(self) -> int:
        """The size of the block in bytes."""
        return self.record.SIZE


# What a row says: the models, and the block they have.
_TABLE: Final[tuple[tuple[tuple[int, ...], ConfigurationType], ...]] = (
    ((_BIOSTATION,), ConfigurationType(0x01, "fingerprint", "Fingerprint", FingerprintSettingsBioStation)),
    ((_BIOSTATION,), ConfigurationType(0x02, "input-output", "Inputs and outputs, old", LegacyInputOutputSettings)),
    ((_BIOSTATION,), ConfigurationType(0x03, "relay", "Relay, old", RelaySettings)),
    (_STATIONS, ConfigurationType(0x04, "encryption", "Template encryption", EncryptionSettings)),
    (_STATIONS, ConfigurationType(NETWORK, "network", "Network", NetworkSettings)),
    ((_BIOSTATION,), ConfigurationType(0x11, "wireless", "Wireless LAN", WirelessSettingsBioStation)),
    ((_BIOSTATION,), ConfigurationType(0x12, "serial", "Serial lines", SerialSettingsBioStation)),
    ((_BIOSTATION,), ConfigurationType(0x13, "usb", "USB", UsbSettingsBioStation)),
    ((_BIOSTATION,), ConfigurationType(0x20, "display", "Display and sound", DisplaySettingsBioStation)),
    ((_BIOSTATION,), ConfigurationType(0x30, "operation-mode", "Operation mode", OperationModeBioStation)),
    (_STATIONS, ConfigurationType(0x31, "attendance-keys", "Attendance keys", AttendanceKeys)),
    ((_BIOSTATION,), ConfigurationType(0x32, "attendance-mode", "Attendance mode", AttendanceMode)),
    ((_D_STATION,), ConfigurationType(0x32, "attendance-mode", "Attendance mode", AttendanceModeDStation)),
    (
        (_X_STATION, _BIOSTATION_T2, _FACE_STATION),
        ConfigurationType(0x32, "attendance-mode", "Attendance mode", AttendanceModeTouch),
    ),
    (_STATIONS, ConfigurationType(0x33, "entrance-limits", "Entrance limits", EntranceLimits)),
    ((_BIOSTATION,), ConfigurationType(0x40, "master-password", "Master password", MasterPassword)),
    (
        _STATIONS,
        ConfigurationType(
            SYSTEM_INFORMATION, "system-information", "System information", SystemInformation, read_only=True
        ),
    ),
    ((_BIOSTATION,), ConfigurationType(0x42, "wiegand", "Wiegand", WiegandSettings)),
    (_COMPACT, ConfigurationType(COMPACT_SETTINGS, "settings", "All settings", CompactSettings)),
    (
        _COMPACT,
        ConfigurationType(
            COMPACT_SYSTEM_INFORMATION,
            "system-information",
            "System information",
            SystemInformationCompact,
            read_only=True,
        ),
    ),
    (_COMPACT, ConfigurationType(0x53, "card-readers", "Card readers", CardReaderSettings)),
    (_STATIONS, ConfigurationType(0x60, "doors", "Doors", DoorSettings)),
    ((_BIOSTATION,), ConfigurationType(0x61, "inputs", "Inputs", InputSettings)),
    (_STATIONS, ConfigurationType(0x62, "outputs", "Outputs", OutputSettings)),
    (_STATIONS, ConfigurationType(0x63, "zones", "Zones", ZoneSettings)),
    (_STATIONS, ConfigurationType(0x64, "extended-zones", "Zones, extended", ExtendedZoneSettings)),
    ((_BIOSTATION,), ConfigurationType(0x65, "rs485-network", "RS485 network", Rs485NetworkBioStation)),
    (_STATIONS, ConfigurationType(0x66, "tls", "TLS", TlsSettings)),
    (_STATIONS, ConfigurationType(0x67, "card-reader-zones", "Zones of card readers", CardReaderZones)),
    (_STATIONS, ConfigurationType(0x68, "card-readers", "Card readers", CardReaderSettings)),
    ((_BIOLITE_NET,), ConfigurationType(BIOLITE_SETTINGS, "settings", "All settings", CompactSettingsBioLite)),
    (
        (_BIOLITE_NET,),
        ConfigurationType(
            BIOLITE_SYSTEM_INFORMATION,
            "system-information",
            "System information",
            SystemInformationBioLite,
            read_only=True,
        ),
    ),
    ((_BIOLITE_NET,), ConfigurationType(0x72, "card-readers", "Card readers", CardReaderSettings)),
    ((_D_STATION,), ConfigurationType(0x70, "face", "Face", FaceSettingsDStation)),
    (_TOUCH, ConfigurationType(0x71, "save-image-events", "Events that keep a picture", SaveImageEvents)),
    (_TOUCH, ConfigurationType(0x72, "inputs", "Inputs", InputSettingsTouch)),
    (_TOUCH, ConfigurationType(0x73, "wiegand", "Wiegand", WiegandSettingsTouch)),
    (_TOUCH, ConfigurationType(0x74, "rs485-network", "RS485 network", Rs485NetworkTouch)),
    (_TOUCH, ConfigurationType(0x75, "serial", "Serial lines", SerialSettingsTouch)),
    ((_D_STATION,), ConfigurationType(0x76, "operation-mode", "Operation mode", OperationModeDStation)),
    ((_X_STATION,), ConfigurationType(0x76, "operation-mode", "Operation mode", OperationModeXStation)),
    ((_BIOSTATION_T2,), ConfigurationType(0x76, "operation-mode", "Operation mode", OperationModeBioStationT2)),
    ((_FACE_STATION,), ConfigurationType(0x76, "operation-mode", "Operation mode", OperationModeFaceStation)),
    ((_D_STATION,), ConfigurationType(0x77, "display", "Display and sound", DisplaySettingsDStation)),
    ((_X_STATION,), ConfigurationType(0x77, "display", "Display and sound", DisplaySettingsXStation)),
    (
        (_BIOSTATION_T2, _FACE_STATION),
        ConfigurationType(0x77, "display", "Display and sound", DisplaySettingsBioStationT2),
    ),
    ((_D_STATION,), ConfigurationType(0x78, "fingerprint", "Fingerprint", FingerprintSettingsDStation)),
    ((_BIOSTATION_T2,), ConfigurationType(0x78, "fingerprint", "Fingerprint", FingerprintSettingsBioStationT2)),
    (
        (_D_STATION, _BIOSTATION_T2, _FACE_STATION),
        ConfigurationType(0x79, "wireless", "Wireless LAN", WirelessSettingsTouch),
    ),
    (_TOUCH, ConfigurationType(0x80, "interphone", "Interphone", InterphoneSettings)),
    ((_BIOSTATION_T2, _FACE_STATION), ConfigurationType(0x81, "usb", "USB", UsbSettingsTouch)),
    ((_FACE_STATION,), ConfigurationType(0x83, "face", "Face", FaceSettingsFaceStation)),
    (_TOUCH, ConfigurationType(0x84, "videophone", "Videophone", VideophoneSettings)),
    ((_X_STATION,), ConfigurationType(0x85, "pin-only-mode", "PIN only mode", PinOnlyMode)),
)


def _by_device_type(
    table: Iterable[tuple[tuple[int, ...], ConfigurationType]],
) -> Mapping[int, Mapping[int, ConfigurationType]]:
    known: dict[int, dict[int, ConfigurationType]] = {}
    for device_types, block in table:
        for device_type in device_types:
            known.setdefault(device_type, {})[block.number] = block
    return MappingProxyType(
        {device_type: MappingProxyType(dict(sorted(blocks.items()))) for device_type, blocks in known.items()}
    )


_BLOCKS: Final = _by_device_type(_TABLE)


def configuration_types(device_type: int) -> tuple[ConfigurationType, ...]:
    """The configuration blocks of a device type, by rising number; none for a type that has no TCP port."""
    return tuple(_BLOCKS.get(device_type, {}).values())


def configuration_type(number: int, device_type: int) -> ConfigurationType | None:
    """The block that a configuration number means to a device type; None when it has none."""
    return _BLOCKS.get(device_type, {}).get(number)


def configuration_record(configuration_type: int, device_type: int) -> type[Record] | None:
    """The record that a configuration number carries at a device type; None when the type has no such block."""
    block = _BLOCKS.get(device_type, {}).get(configuration_type)
    return block.record if block else None

"""Which record stands for which published structure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType, ModuleType
from typing import Final

from doorward.protocol.biostar1.records import (
    access_groups,
    attendance,
    card_readers,
    cards,
    compact_settings,
    compact_settings_biolite,
    displays,
    doors,
    extended_zones,
    face,
    face_users,
    fingerprint,
    holidays,
    inputs_outputs,
    interphone,
    logs,
    network,
    operation_modes,
    schedules,
    serial,
    signals,
    system,
    users,
    wiegand,
    wireless,
    zones,
)
from doorward.protocol.biostar1.records.logs import ExtendedLogRecord, LogRecord
from doorward.protocol.layout import Record

AnyRecord = type[Record] | type[LogRecord] | type[ExtendedLogRecord]

_MODULES: Final[tuple[ModuleType, ...]] = (
    access_groups,
    attendance,
    card_readers,
    cards,
    compact_settings,
    compact_settings_biolite,
    displays,
    doors,
    extended_zones,
    face,
    face_users,
    fingerprint,
    holidays,
    inputs_outputs,
    interphone,
    logs,
    network,
    operation_modes,
    schedules,
    serial,
    signals,
    system,
    users,
    wiegand,
    wireless,
    zones,
)

# Structures that are published under several names and have one layout.
ALIASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "BETnaEventExConfig": "BSTnaEventExConfig",
        "BS2TnaEventConfig": "BSTnaEventConfig",
        "BS2UserHdr": "DSUserHdr",
        "BSTimeCodeElemEx": "BSTimeCodeElem",
        "BSiClassCardHeader": "BSMifareCardHeader",
        "BSiClassConfig": "BSMifareConfig",
        "DS485NetworkConfig": "BS2485NetworkConfig",
        "DSInputConfig": "BS2InputConfig",
        "DSInterphoneConfig": "BS2InterphoneConfig",
        "DSSaveImageEventConfig": "BS2SaveImageEventConfig",
        "DSSerialConfig": "BS2SerialConfig",
        "DSTnaEventConfig": "BSTnaEventConfig",
        "DSWLANConfig": "BS2WLANConfig",
        "DSWLANPreset": "BS2WLANPreset",
        "DSWiegandConfig": "BS2WiegandConfig",
        "FS485NetworkConfig": "BS2485NetworkConfig",
        "FSDisplayConfig": "BS2DisplayConfig",
        "FSInputConfig": "BS2InputConfig",
        "FSInterphoneConfig": "BS2InterphoneConfig",
        "FSSaveImageEventConfig": "BS2SaveImageEventConfig",
        "FSSerialConfig": "BS2SerialConfig",
        "FSTnaEventConfig": "BSTnaEventConfig",
        "FSTnaEventExConfig": "BS2TnaEventExConfig",
        "FSUSBConfig": "BS2USBConfig",
        "FSWLANConfig": "BS2WLANConfig",
        "FSWLANPreset": "BS2WLANPreset",
        "FSWiegandConfig": "BS2WiegandConfig",
        "XS485NetworkConfig": "BS2485NetworkConfig",
        "XSInputConfig": "BS2InputConfig",
        "XSInterphoneConfig": "BS2InterphoneConfig",
        "XSSaveImageEventConfig": "BS2SaveImageEventConfig",
        "XSSerialConfig": "BS2SerialConfig",
        "XSTnaEventConfig": "BSTnaEventConfig",
        "XSTnaEventExConfig": "BS2TnaEventExConfig",
        "XSUserHdr": "DSUserHdr",
        "XSWiegandConfig": "BS2WiegandConfig",
    }
)


def _declared_structures() -> Iterator[tuple[str, AnyRecord]]:
    for module in _MODULES:
        for value in vars(module).values():
            is_record = isinstance(value, type) and issubclass(value, Record | LogRecord | ExtendedLogRecord)
            if is_record and "STRUCTURE" in vars(value):  # the base classes have none of their own
                yield value.STRUCTURE, value


_DECLARED: Final[Mapping[str, AnyRecord]] = dict(_declared_structures())

STRUCTURES: Final[Mapping[str, AnyRecord]] = MappingProxyType(
    {**_DECLARED, **{alias: _DECLARED[name] for alias, name in ALIASES.items()}}
)

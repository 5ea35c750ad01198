"""Blocks of the card readers that are attached to a device, up to nine of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from doorward.protocol.biostar1.records.doors import Door
from doorward.protocol.biostar1.records.extended_zones import ExtendedZoneSettings
from doorward.protocol.biostar1.records.inputs_outputs import InputSettings, OutputSettings
from doorward.protocol.layout import U32, Record, array, i32, records


@dataclass(frozen=True, slots=True, kw_only=True)
class CardReaderDoors(Record):
    """Doors of the card readers that are attached to a device."""

    SIZE: ClassVar[int] = 624
    STRUCTURE: ClassVar[str] = "BSCardReaderDoorConfig"

    reader_count: int = i32(0, "Card readers in use")
    reader_ids: tuple[int, ...] = array(4, U32, 9, "Id of each card reader")
    doors: tuple[Door, ...] = records(40, Door, 9, "The door of each card reader")
    anti_passback_type: int = i32(616, "Kind of anti-passback, vendor's number")
    anti_passback_reset_time: int = i32(620, "Time after which anti-passback forgets an entry")


@dataclass(frozen=True, slots=True, kw_only=True)
class CardReaderInputs(Record):
    """Inputs of the card readers that are attached to a device."""

    SIZE: ClassVar[int] = 7528
    STRUCTURE: ClassVar[str] = "BSCardReaderInputConfig"

    reader_count: int = i32(0, "Card readers in use")
    reader_ids: tuple[int, ...] = array(4, U32, 9, "Id of each card reader")
    inputs: tuple[InputSettings, ...] = records(40, InputSettings, 9, "The inputs of each card reader")


@dataclass(frozen=True, slots=True, kw_only=True)
class CardReaderOutputs(Record):
    """Outputs of the card readers that are attached to a device."""

    SIZE: ClassVar[int] = 58792
    STRUCTURE: ClassVar[str] = "BSCardReaderOutputConfig"

    reader_count: int = i32(0, "Card readers in use")
    reader_ids: tuple[int, ...] = array(4, U32, 9, "Id of each card reader")
    outputs: tuple[OutputSettings, ...] = records(40, OutputSettings, 9, "The outputs of each card reader")


@dataclass(frozen=True, slots=True, kw_only=True)
class CardReaderZones(Record):
    """Zones of the card readers that are attached to a device (configuration 0x67)."""

    SIZE: ClassVar[int] = 44140
    STRUCTURE: ClassVar[str] = "BSCardReaderZoneConfig"

    reader_count: int = i32(0, "Card readers in use")
    reader_ids: tuple[int, ...] = array(4, U32, 9, "Id of each card reader")
    zones: tuple[ExtendedZoneSettings, ...] = records(40, ExtendedZoneSettings, 9, "The zones of each card reader")


@dataclass(frozen=True, slots=True, kw_only=True)
class CardReaderSettings(Record):
    """All blocks of the attached card readers (configurations 0x68, 0x53 and 0x72), carried as they are.

    Only the size is published: that of ``CardReaderDoors``, ``CardReaderInputs`` and ``CardReaderOutputs`` together.
    In which order they stand is not known.
    """

    SIZE: ClassVar[int] = 66944
    STRUCTURE: ClassVar[str] = "BSCardReaderConfigData"

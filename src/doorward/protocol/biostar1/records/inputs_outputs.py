"""Inputs with their functions, and the outputs that events switch."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

from doorward.protocol.layout import I16, I32, Record, array, i16, i32, nested, records, u8, u16, u32


class SwitchType(IntEnum):
    """How a contact rests; for inputs, exit buttons and door sensors alike."""

    NORMALLY_OPEN = 0
    NORMALLY_CLOSED = 1


class InputFunctionType(IntEnum):
    """What an input does."""

    OFF = 0
    GENERIC = 1
    EMERGENCY_OPEN = 2
    ALL_ALARMS_OFF = 3
    RESTART = 4
    LOCK = 5
    ALARM_ZONE = 6
    FIRE_ALARM_ZONE = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFunction(Record):
    """What one input does."""

    SIZE: ClassVar[int] = 32
    STRUCTURE: ClassVar[str] = "BSInputFunction"

    function: int = i32(
        0, "0 off, 1 generic, 2 emergency open, 3 all alarms off, 4 restart, 5 lock, 6 alarm zone, 7 fire alarm zone"
    )
    minimum_duration: int = i16(4, "Milliseconds the input must last")
    switch_type: int = i16(6, "0 normally open, 1 normally closed")
    schedule_id: int = i32(8, "Schedule in which the input counts")
    device_id: int = u32(12, "Device that has the input")


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSettings(Record):
    """Inputs of BioStation and the 1471 models (configuration 0x61)."""

    SIZE: ClassVar[int] = 832
    STRUCTURE: ClassVar[str] = "BSInputConfig"

    host_tamper: InputFunction = nested(0, InputFunction, "Tamper switch of the device")
    host_inputs: tuple[InputFunction, ...] = records(32, InputFunction, 2, "Inputs of the device")
    secure_io_inputs: tuple[InputFunction, ...] = records(
        96, InputFunction, 16, "Inputs of the Secure I/O units, 4 units x 4 inputs"
    )
    slave_tamper: InputFunction = nested(608, InputFunction, "Tamper switch of the slave")
    slave_inputs: tuple[InputFunction, ...] = records(640, InputFunction, 2, "Inputs of the slave")


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSettingsTouch(Record):
    """Inputs of D-Station, X-Station, BioStation T2 and FaceStation (configuration 0x72)."""

    SIZE: ClassVar[int] = 864
    STRUCTURE: ClassVar[str] = "BS2InputConfig"

    tamper: InputFunction = nested(0, InputFunction, "Tamper switch of the device")
    inputs: tuple[InputFunction, ...] = records(32, InputFunction, 4, "Inputs of the device")
    secure_io_inputs: tuple[InputFunction, ...] = records(
        160, InputFunction, 16, "Inputs of the Secure I/O units, 4 units x 4 inputs"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputEvent(Record):
    """Which output is switched, and how, when an event happens."""

    SIZE: ClassVar[int] = 32
    STRUCTURE: ClassVar[str] = "BSOutputEvent"

    event: int = u32(0, "(input device << 16) + event id")
    output_device: int = u8(4, "Device that has the output")
    output_relay: int = u8(5, "Relay of that device")
    relay_on: int = u8(6, "1 = switch on, 0 = switch off")
    delay: int = u16(8, "Milliseconds before the first pulse")
    high: int = u16(10, "Milliseconds on")
    low: int = u16(12, "Milliseconds off")
    count: int = u16(14, "Number of pulses")
    priority: int = i32(16, "1 highest .. 99 lowest")
    device_id: int = u32(20, "Device on which the event happens")
    output_type: int = i32(24, "Kind of output, vendor's number")


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyOutputEvent(Record):
    """What a Secure I/O unit does by itself when an input is triggered and the host is away."""

    SIZE: ClassVar[int] = 32
    STRUCTURE: ClassVar[str] = "BSEMOutputEvent"

    input_type: int = u16(0, "Kind of input, vendor's number")
    output_relay: int = u16(2, "Relay to switch")
    input_duration: int = u16(4, "Milliseconds the input must last")
    high: int = u16(6, "Milliseconds on")
    low: int = u16(8, "Milliseconds off")
    count: int = u16(10, "Number of pulses")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputSettings(Record):
    """Output events of a device (configuration 0x62)."""

    SIZE: ClassVar[int] = 6528
    STRUCTURE: ClassVar[str] = "BSOutputConfig"

    event_count: int = i32(0, "Output events in use")
    events: tuple[OutputEvent, ...] = records(4, OutputEvent, 184, "The output events")
    emergency_events: tuple[EmergencyOutputEvent, ...] = records(
        5892, EmergencyOutputEvent, 16, "Emergency events, 4 units x 4 inputs"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyInputOutputSettings(Record):
    """Inputs and outputs of a BioStation in their older form (configuration 0x02)."""

    SIZE: ClassVar[int] = 276
    STRUCTURE: ClassVar[str] = "BSIOConfig"

    inputs: tuple[int, ...] = array(0, I32, 2, "Function of each input, vendor's numbers")
    outputs: tuple[int, ...] = array(8, I32, 2, "Function of each output, vendor's numbers")
    tamper: int = i32(16, "Function of the tamper switch, vendor's number")
    output_duration: int = i32(20, "How long an output stays on")
    input_durations: tuple[int, ...] = array(24, I32, 2, "For each input: how long it must last")
    input_schedules: tuple[int, ...] = array(32, I32, 2, "For each input: schedule in which it counts")
    input_types: tuple[int, ...] = array(40, I16, 2, "For each input: 0 normally open, 1 normally closed")
    version: int = i32(44, "Version of the block")
    wiegand_mode: int = i32(48, "Use of the Wiegand interface, vendor's number")
    card_reader_id: int = u32(52, "Device id of the card reader")

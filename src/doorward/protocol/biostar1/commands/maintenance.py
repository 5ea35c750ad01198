"""Restart, terminal lock, factory default, firmware, storage and the bus behind the device."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import ClassVar

from doorward.protocol.biostar1.records import Rs485Slave
from doorward.protocol.biostar1.request import (
    Done,
    Exchange,
    Reply,
    Request,
    Tally,
    in_param1,
    in_param2,
    in_payload,
    records_in_payload,
)

MAXIMUM_DISABLE_SECONDS = 60
UPGRADE_TIMEOUT = 60.0  # writing flash takes longer than any other command


class FactoryDefaults(enum.IntFlag):
    """What a factory default clears."""

    CONFIGURATION = 1
    USERS = 2
    LOGS = 4
    LED_AND_BUZZER = 8


@dataclass(frozen=True, slots=True)
class Restart(Request[Done]):
    """Restart the device."""

    COMMAND: ClassVar[int] = 0x0005
    PURPOSE: ClassVar[str] = "restart"


@dataclass(frozen=True, slots=True)
class DisableTerminal(Request[Done]):
    """Lock the terminal's keys, screen and reader; it unlocks itself when no command comes in that time."""

    COMMAND: ClassVar[int] = 0x0006
    PURPOSE: ClassVar[str] = "lock the terminal"

    seconds: int = in_param1("1..60", 20)


@dataclass(frozen=True, slots=True)
class EnableTerminal(Request[Done]):
    """Unlock the terminal."""

    COMMAND: ClassVar[int] = 0x0007
    PURPOSE: ClassVar[str] = "unlock the terminal"


@dataclass(frozen=True, slots=True)
class UpgradeFirmware(Request[Done]):
    """Write a firmware file."""

    COMMAND: ClassVar[int] = 0x0009
    EXCHANGE: ClassVar[Exchange] = Exchange.WRITE
    PARAM1: ClassVar[int | Tally] = Tally.PAYLOAD_SIZE
    PURPOSE: ClassVar[str] = "take a firmware file"
    TIMEOUT: ClassVar[float] = UPGRADE_TIMEOUT

    file: bytes = in_payload("the firmware file")


@dataclass(frozen=True, slots=True)
class RestoreFactoryDefaults(Request[Done]):
    """Clear what the mask names."""

    COMMAND: ClassVar[int] = 0x000A
    PURPOSE: ClassVar[str] = "go back to factory defaults"
    TIMEOUT: ClassVar[float] = 20.0

    mask: int = in_param1("1 configuration, 2 users, 4 logs, 8 LED and buzzer")


@dataclass(frozen=True, slots=True)
class Rs485Slaves(Reply):
    """Devices on the RS-485 bus."""

    PARAM1: ClassVar[int | Tally] = Tally.RECORD_COUNT

    slaves: tuple[Rs485Slave, ...] = records_in_payload(Rs485Slave)


@dataclass(frozen=True, slots=True)
class ListRs485Slaves(Request[Rs485Slaves]):
    """List the devices on the RS-485 bus."""

    COMMAND: ClassVar[int] = 0x000C
    EXCHANGE: ClassVar[Exchange] = Exchange.DATA
    REPLY: ClassVar[type[Reply]] = Rs485Slaves
    PURPOSE: ClassVar[str] = "list its RS-485 bus"


@dataclass(frozen=True, slots=True)
class Storage(Reply):
    """Flash space, in the device's own units."""

    available: int = in_param1("free space")
    total: int = in_param2("whole space")


@dataclass(frozen=True, slots=True)
class ReadStorage(Request[Storage]):
    """Read the flash space."""

    COMMAND: ClassVar[int] = 0x0036
    REPLY: ClassVar[type[Reply]] = Storage
    PURPOSE: ClassVar[str] = "tell its free space"


@dataclass(frozen=True, slots=True)
class RestartNetwork(Request[Done]):
    """Restart the network interface; the connection is likely to end."""

    COMMAND: ClassVar[int] = 0x00C0
    PURPOSE: ClassVar[str] = "restart its network interface"


@dataclass(frozen=True, slots=True)
class File(Reply):
    """A file of the device."""

    content: bytes = in_payload("the file")


@dataclass(frozen=True, slots=True)
class ReadChallenge(Request[File]):
    """Read the challenge file (not verified; protocol notes, section 15)."""

    COMMAND: ClassVar[int] = 0x0090
    EXCHANGE: ClassVar[Exchange] = Exchange.DATA
    REPLY: ClassVar[type[Reply]] = File
    PURPOSE: ClassVar[str] = "give its challenge file"


@dataclass(frozen=True, slots=True)
class WriteChallenge(Request[Done]):
    """Write the challenge file (not verified; protocol notes, section 15)."""

    COMMAND: ClassVar[int] = 0x0091
    EXCHANGE: ClassVar[Exchange] = Exchange.WRITE
    PARAM1: ClassVar[int | Tally] = Tally.PAYLOAD_SIZE
    PURPOSE: ClassVar[str] = "take a challenge file"

    content: bytes = in_payload("the file")

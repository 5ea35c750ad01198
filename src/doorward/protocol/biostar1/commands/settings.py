"""Configuration blocks (protocol notes, section 8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from doorward.protocol.biostar1.request import Done, Exchange, Reply, Request, Tally, in_code, in_payload


@dataclass(frozen=True, slots=True)
class ConfigurationContent(Reply):
    """A configuration block as the device holds it."""

    content: bytes = in_payload("the block")


@dataclass(frozen=True, slots=True)
class ReadConfiguration(Request[ConfigurationContent]):
    """Read a configuration block."""

    COMMAND: ClassVar[int] = 0x0030
    EXCHANGE: ClassVar[Exchange] = Exchange.DATA
    REPLY: ClassVar[type[Reply]] = ConfigurationContent
    PURPOSE: ClassVar[str] = "read this part of its configuration"

    configuration_type: int = in_code("type of the block")


@dataclass(frozen=True, slots=True)
class WriteConfiguration(Request[Done]):
    """Write a configuration block, whole."""

    COMMAND: ClassVar[int] = 0x0031
    EXCHANGE: ClassVar[Exchange] = Exchange.WRITE
    PARAM1: ClassVar[int | Tally] = Tally.PAYLOAD_SIZE
    PURPOSE: ClassVar[str] = "write this part of its configuration"

    configuration_type: int = in_code("type of the block")
    content: bytes = in_payload("the block")

"""The blacklist: cards and users that are refused whatever else they may."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from doorward.protocol.biostar1.message import Message
from doorward.protocol.biostar1.records import BlacklistItem, ExtendedBlacklistItem
from doorward.protocol.biostar1.request import (
    Done,
    Exchange,
    Reply,
    Request,
    Tally,
    records_in_payload,
)


@dataclass(frozen=True, slots=True)
class AddToBlacklist(Request[Done]):
    """Add entries to the blacklist."""

    COMMAND: ClassVar[int] = 0x00B6
    EXCHANGE: ClassVar[Exchange] = Exchange.WRITE
    PARAM1: ClassVar[int | Tally] = Tally.RECORD_COUNT
    PARAM2: ClassVar[int | Tally] = Tally.PAYLOAD_SIZE
    PURPOSE: ClassVar[str] = "extend its blacklist"

    items: tuple[BlacklistItem, ...] = records_in_payload(BlacklistItem)


@dataclass(frozen=True, slots=True)
class RemoveFromBlacklist(Request[Done]):
    """Remove entries from the blacklist."""

    COMMAND: ClassVar[int] = 0x00B7
    EXCHANGE: ClassVar[Exchange] = Exchange.WRITE
    PARAM1: ClassVar[int | Tally] = Tally.RECORD_COUNT
    PARAM2: ClassVar[int | Tally] = Tally.PAYLOAD_SIZE
    PURPOSE: ClassVar[str] = "shorten its blacklist"

    items: tuple[BlacklistItem, ...] = records_in_payload(BlacklistItem)

    @classmethod
    def matches(cls, message: Message) -> bool:
        """Without a count it is the request to clear the list."""
        return message.param1 > 0


@dataclass(frozen=True, slots=True)
class ClearBlacklist(Request[Done]):
    """Remove all entries from the blacklist."""

    COMMAND: ClassVar[int] = 0x00B7
    PURPOSE: ClassVar[str] = "clear its blacklist"


@dataclass(frozen=True, slots=True)
class Blacklist(Reply):
    """The blacklist."""

    PARAM1: ClassVar[int | Tally] = Tally.RECORD_COUNT

    items: tuple[BlacklistItem, ...] = records_in_payload(BlacklistItem)


@dataclass(frozen=True, slots=True)
class ReadBlacklist(Request[Blacklist]):
    """Read the blacklist."""

    COMMAND: ClassVar[int] = 0x00B8
    EXCHANGE: ClassVar[Exchange] = Exchange.DATA
    REPLY: ClassVar[type[Reply]] = Blacklist
    PURPOSE: ClassVar[str] = "list its blacklist"


@dataclass(frozen=True, slots=True)
class AddToExtendedBlacklist(Request[Done]):
    """Add entries to the extended blacklist."""

    COMMAND: ClassVar[int] = 0x00B9
    EXCHANGE: ClassVar[Exchange] = Exchange.WRITE
    PARAM1: ClassVar[int | Tally] = Tally.RECORD_COUNT
    PARAM2: ClassVar[int | Tally] = Tally.PAYLOAD_SIZE
    PURPOSE: ClassVar[str] = "extend its blacklist"

    items: tuple[ExtendedBlacklistItem, ...] = records_in_payload(ExtendedBlacklistItem)


@dataclass(frozen=True, slots=True)
class RemoveFromExtendedBlacklist(Request[Done]):
    """Remove entries from the extended blacklist."""

    COMMAND: ClassVar[int] = 0x00BA
    EXCHANGE: ClassVar[Exchange] = Exchange.WRITE
    PARAM1: ClassVar[int | Tally] = Tally.RECORD_COUNT
    PARAM2: ClassVar[int | Tally] = Tally.PAYLOAD_SIZE
    PURPOSE: ClassVar[str] = "shorten its blacklist"

    items: tuple[ExtendedBlacklistItem, ...] = records_in_payload(ExtendedBlacklistItem)


@dataclass(frozen=True, slots=True)
class ExtendedBlacklist(Reply):
    """The extended blacklist."""

    PARAM1: ClassVar[int | Tally] = Tally.RECORD_COUNT

    items: tuple[ExtendedBlacklistItem, ...] = records_in_payload(ExtendedBlacklistItem)


@dataclass(frozen=True, slots=True)
class ReadExtendedBlacklist(Request[ExtendedBlacklist]):
    """Read the extended blacklist."""

    COMMAND: ClassVar[int] = 0x00BB
    EXCHANGE: ClassVar[Exchange] = Exchange.DATA
    REPLY: ClassVar[type[Reply]] = ExtendedBlacklist
    PURPOSE: ClassVar[str] = "list its blacklist"

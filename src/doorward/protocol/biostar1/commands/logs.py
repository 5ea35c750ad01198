"""The log: records of both sizes, the cache of the newest, and pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from doorward.protocol.biostar1.message import Message
from doorward.protocol.biostar1.request import (
    Done,
    Exchange,
    Outgoing,
    Reply,
    Request,
    in_code,
    in_param1,
    in_param2,
    in_payload,
    refuse_zero,
)

LOG_TIMEOUT = 20.0  # section 3.5
FROM_START = 0
CONTINUE = 1
CACHE_RECORDS = 128


@dataclass(frozen=True, slots=True)
class Logs(Reply):
    """Log records as they stand on the wire; 16 or 24 bytes each."""

    record_count: int = in_param1("number of records")
    content: bytes = in_payload("the records, one after another")


@dataclass(frozen=True, slots=True)
class Count(Reply):
    """A number of records."""

    count: int = in_param1("number of records")


@dataclass(frozen=True, slots=True)
class _ReadLogs(Request[Logs]):
    EXCHANGE: ClassVar[Exchange] = Exchange.DATA
    REPLY: ClassVar[type[Reply]] = Logs
    PURPOSE: ClassVar[str] = "read its log"
    TIMEOUT: ClassVar[float] = LOG_TIMEOUT

    position: int = in_code("0 from the start, 1 go on after the last read")
    start_time: int = in_param1("first local second, 0 without limit")
    end_time: int = in_param2("last local second, 0 without limit")


@dataclass(frozen=True, slots=True)
class ReadLogs(_ReadLogs):
    """Read 16-byte log records."""

    COMMAND: ClassVar[int] = 0x0012


@dataclass(frozen=True, slots=True)
class ReadExtendedLogs(_ReadLogs):
    """Read 24-byte log records."""

    COMMAND: ClassVar[int] = 0x0018


@dataclass(frozen=True, slots=True)
class ClearLogCache(Request[Done]):
    """Clear the cache of 16-byte records."""

    COMMAND: ClassVar[int] = 0x0010
    PURPOSE: ClassVar[str] = "clear its log cache"


@dataclass(frozen=True, slots=True)
class ReadLogCache(Request[Logs]):
    """Read the newest 16-byte records, at most 128; reading empties the cache."""

    COMMAND: ClassVar[int] = 0x0011
    EXCHANGE: ClassVar[Exchange] = Exchange.DATA
    REPLY: ClassVar[type[Reply]] = Logs
    PURPOSE: ClassVar[str] = "read its log cache"


@dataclass(frozen=True, slots=True)
class ClearExtendedLogCache(Request[Done]):
    """Clear the cache of 24-byte records."""

    COMMAND: ClassVar[int] = 0x0016
    PURPOSE: ClassVar[str] = "clear its log cache"


@dataclass(frozen=True, slots=True)
class ReadExtendedLogCache(Request[Logs]):
    """Read the newest 24-byte records, at most 128; reading empties the cache."""

    COMMAND: ClassVar[int] = 0x0017
    EXCHANGE: ClassVar[Exchange] = Exchange.DATA
    REPLY: ClassVar[type[Reply]] = Logs
    PURPOSE: ClassVar[str] = "read its log cache"


@dataclass(frozen=True, slots=True)
class CountLogs(Request[Count]):
    """Count the log records."""

    COMMAND: ClassVar[int] = 0x0014
    REPLY: ClassVar[type[Reply]] = Count
    PURPOSE: ClassVar[str] = "count its log"


@dataclass(frozen=True, slots=True)
class DeleteLogs(Request[Count]):
    """Delete the oldest log records; the reply tells how many."""

    COMMAND: ClassVar[int] = 0x0013
    REPLY: ClassVar[type[Reply]] = Count
    PURPOSE: ClassVar[str] = "delete log records"
    TIMEOUT: ClassVar[float] = LOG_TIMEOUT

    count: int = in_param1("how many of the oldest, at least 1")

    def encode(self) -> Outgoing:
        """Write the request; a count of 0 is refused, since on the wire it means all."""
        refuse_zero("count", self.count)
        return Request.encode(self)

    @classmethod
    def matches(cls, message: Message) -> bool:
        """A count of 0 is the request to delete all."""
        return message.param1 != 0


@dataclass(frozen=True, slots=True)
class DeleteAllLogs(Request[Count]):
    """Delete the whole log."""

    COMMAND: ClassVar[int] = 0x0013
    REPLY: ClassVar[type[Reply]] = Count
    PURPOSE: ClassVar[str] = "delete its log"
    TIMEOUT: ClassVar[float] = LOG_TIMEOUT


@dataclass(frozen=True, slots=True)
class ImageLogs(Reply):
    """Pictures with their headers: 24 bytes of header, then as many bytes of picture as it says, and so on."""

    image_count: int = in_param1("number of pictures")
    content: bytes = in_payload("headers and pictures")


@dataclass(frozen=True, slots=True)
class ReadImageLogs(Request[ImageLogs]):
    """Read pictures of the image log."""

    COMMAND: ClassVar[int] = 0x0019
    EXCHANGE: ClassVar[Exchange] = Exchange.DATA
    REPLY: ClassVar[type[Reply]] = ImageLogs
    PURPOSE: ClassVar[str] = "read its image log"
    TIMEOUT: ClassVar[float] = LOG_TIMEOUT

    position: int = in_code("0 from the start, 1 go on after the last read")
    start_time: int = in_param1("first local second, 0 without limit")
    end_time: int = in_param2("last local second, 0 without limit")


@dataclass(frozen=True, slots=True)
class ImageLog(Reply):
    """One picture with its header of 24 bytes."""

    size: int = in_param1("bytes of header and picture")
    content: bytes = in_payload("header and picture")


@dataclass(frozen=True, slots=True)
class ReadImageLog(Request[ImageLog]):
    """Read the picture of one event."""

    COMMAND: ClassVar[int] = 0x001A
    EXCHANGE: ClassVar[Exchange] = Exchange.DATA
    REPLY: ClassVar[type[Reply]] = ImageLog
    PURPOSE: ClassVar[str] = "give the picture of an event"
    TIMEOUT: ClassVar[float] = LOG_TIMEOUT

    local_time: int = in_param1("local second of the event")
    event: int = in_param2("event code")


@dataclass(frozen=True, slots=True)
class DeleteImageLogs(Request[Count]):
    """Delete the oldest pictures; the reply tells how many."""

    COMMAND: ClassVar[int] = 0x001B
    REPLY: ClassVar[type[Reply]] = Count
    PURPOSE: ClassVar[str] = "delete pictures"
    TIMEOUT: ClassVar[float] = LOG_TIMEOUT

    count: int = in_param1("how many of the oldest, at least 1")

    def encode(self) -> Outgoing:
        """Write the request; a count of 0 is refused, since on the wire it means all."""
        refuse_zero("count", self.count)
        return Request.encode(self)

    @classmethod
    def matches(cls, message: Message) -> bool:
        """A count of 0 is the request to delete all."""
        return message.param1 != 0


@dataclass(frozen=True, slots=True)
class DeleteAllImageLogs(Request[Count]):
    """Delete all pictures."""

    COMMAND: ClassVar[int] = 0x001B
    REPLY: ClassVar[type[Reply]] = Count
    PURPOSE: ClassVar[str] = "delete its pictures"
    TIMEOUT: ClassVar[float] = LOG_TIMEOUT


@dataclass(frozen=True, slots=True)
class CountImageLogs(Request[Count]):
    """Count the pictures."""

    COMMAND: ClassVar[int] = 0x001C
    REPLY: ClassVar[type[Reply]] = Count
    PURPOSE: ClassVar[str] = "count its pictures"

"""What the terminal shows and plays: notices, pictures, sounds, pages that a server controls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from doorward.protocol.biostar1.message import Message
from doorward.protocol.biostar1.request import (
    Done,
    Exchange,
    Reply,
    Request,
    Tally,
    in_code,
    in_param1,
    in_param2,
    in_payload,
)

FILE_TIMEOUT = 20.0  # large files go to flash memory


@dataclass(frozen=True, slots=True)
class ShowNotice(Request[Done]):
    """Show a notice; text in the device's code page, UTF-8 or UTF-16LE, without NUL."""

    COMMAND: ClassVar[int] = 0x0040
    EXCHANGE: ClassVar[Exchange] = Exchange.WRITE
    PARAM1: ClassVar[int | Tally] = Tally.PAYLOAD_SIZE
    PURPOSE: ClassVar[str] = "show a notice"

    text: bytes = in_payload("the text, encoded as the model wants it")


@dataclass(frozen=True, slots=True)
class WriteBackground(Request[Done]):
    """Write a background picture."""

    COMMAND: ClassVar[int] = 0x0041
    EXCHANGE: ClassVar[Exchange] = Exchange.WRITE
    PARAM1: ClassVar[int | Tally] = Tally.PAYLOAD_SIZE
    PURPOSE: ClassVar[str] = "take a background picture"
    TIMEOUT: ClassVar[float] = FILE_TIMEOUT

    place: int = in_code("0 logo, 1 notice")
    picture: bytes = in_payload("the picture")


@dataclass(frozen=True, slots=True)
class WriteSlide(Request[Done]):
    """Write a picture of the slide show."""

    COMMAND: ClassVar[int] = 0x0042
    EXCHANGE: ClassVar[Exchange] = Exchange.WRITE
    PARAM2: ClassVar[int | Tally] = Tally.PAYLOAD_SIZE
    PURPOSE: ClassVar[str] = "take a slide"
    TIMEOUT: ClassVar[float] = FILE_TIMEOUT

    slide: int = in_code("which picture")
    slide_count: int = in_param1("number of pictures", 1)
    picture: bytes = in_payload("the picture")

    @classmethod
    def matches(cls, message: Message) -> bool:
        """Without a number of pictures it is the request to delete the show."""
        return message.param1 > 0


@dataclass(frozen=True, slots=True)
class DeleteSlideShow(Request[Done]):
    """Delete the slide show."""

    COMMAND: ClassVar[int] = 0x0042
    PURPOSE: ClassVar[str] = "delete its slide show"


@dataclass(frozen=True, slots=True)
class WriteSound(Request[Done]):
    """Write a sound."""

    COMMAND: ClassVar[int] = 0x0043
    EXCHANGE: ClassVar[Exchange] = Exchange.WRITE
    PARAM1: ClassVar[int | Tally] = Tally.PAYLOAD_SIZE
    PURPOSE: ClassVar[str] = "take a sound"
    TIMEOUT: ClassVar[float] = FILE_TIMEOUT

    sound: int = in_code("which sound")
    content: bytes = in_payload("the sound file")

    @classmethod
    def matches(cls, message: Message) -> bool:
        """Without a size it is the request to play or delete."""
        return message.param1 > 0


@dataclass(frozen=True, slots=True)
class PlaySound(Request[Done]):
    """Play a sound."""

    COMMAND: ClassVar[int] = 0x0043
    PURPOSE: ClassVar[str] = "play a sound"

    sound: int = in_code("which sound")


@dataclass(frozen=True, slots=True)
class DeleteSound(Request[Done]):
    """Delete a sound."""

    COMMAND: ClassVar[int] = 0x0043
    PARAM2: ClassVar[int | Tally] = 1
    PURPOSE: ClassVar[str] = "delete a sound"

    sound: int = in_code("which sound")


@dataclass(frozen=True, slots=True)
class WriteLanguageFile(Request[Done]):
    """Write a language file."""

    COMMAND: ClassVar[int] = 0x0044
    EXCHANGE: ClassVar[Exchange] = Exchange.WRITE
    PARAM1: ClassVar[int | Tally] = Tally.PAYLOAD_SIZE
    PURPOSE: ClassVar[str] = "take a language file"
    TIMEOUT: ClassVar[float] = FILE_TIMEOUT

    language: int = in_code("which language")
    content: bytes = in_payload("the file")


@dataclass(frozen=True, slots=True)
class WriteAgreement(Request[Done]):
    """Write the agreement text."""

    COMMAND: ClassVar[int] = 0x0045
    EXCHANGE: ClassVar[Exchange] = Exchange.WRITE
    PARAM1: ClassVar[int | Tally] = Tally.PAYLOAD_SIZE
    PURPOSE: ClassVar[str] = "take an agreement text"
    TIMEOUT: ClassVar[float] = FILE_TIMEOUT

    text: bytes = in_payload("the text")


@dataclass(frozen=True, slots=True)
class ShowPage(Request[Done]):
    """Show a page with text and picture."""

    COMMAND: ClassVar[int] = 0x00C1
    EXCHANGE: ClassVar[Exchange] = Exchange.WRITE
    PURPOSE: ClassVar[str] = "show a page"

    display_time: int = in_code("how long")
    text_size: int = in_param1("bytes of the text")
    picture_size: int = in_param2("bytes of the picture")
    content: bytes = in_payload("text, then picture")


@dataclass(frozen=True, slots=True)
class PlayOnce(Request[Done]):
    """Play a sound that is sent along."""

    COMMAND: ClassVar[int] = 0x00C2
    EXCHANGE: ClassVar[Exchange] = Exchange.WRITE
    PARAM1: ClassVar[int | Tally] = Tally.PAYLOAD_SIZE
    PURPOSE: ClassVar[str] = "play a sound"

    content: bytes = in_payload("the sound file")


@dataclass(frozen=True, slots=True)
class Keys(Reply):
    """Keys that a person pressed."""

    key_count: int = in_param1("number of keys")
    keys: bytes = in_payload("the keys")


@dataclass(frozen=True, slots=True)
class AskForKeys(Request[Keys]):
    """Show a page and wait for keys."""

    COMMAND: ClassVar[int] = 0x00C3
    EXCHANGE: ClassVar[Exchange] = Exchange.WRITE_THEN_DATA
    REPLY: ClassVar[type[Reply]] = Keys
    PURPOSE: ClassVar[str] = "ask for keys"
    TIMEOUT: ClassVar[float] = 60.0

    wait_time: int = in_code("how long")
    text_size: int = in_param1("bytes of the text")
    picture_size: int = in_param2("bytes of the picture")
    content: bytes = in_payload("text, then picture")


@dataclass(frozen=True, slots=True)
class EndPage(Request[Done]):
    """End a page."""

    COMMAND: ClassVar[int] = 0x00C4
    PURPOSE: ClassVar[str] = "end a page"

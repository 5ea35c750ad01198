"""Reading a card, a finger or a face at the device, and the template cards."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from doorward.protocol.biostar1.message import Message
from doorward.protocol.biostar1.request import (
    Done,
    Exchange,
    Outgoing,
    Reply,
    Request,
    Tally,
    in_code,
    in_param1,
    in_param2,
    in_payload,
)
from doorward.protocol.errors import RemoteProtocolError

CARD_TIMEOUT = 16.0
FINGER_TIMEOUT = 28.0
PICTURE_TIMEOUT = 10.0
MIFARE = 0
ICLASS = 1
KEY_SIZE = 6


@dataclass(frozen=True, slots=True)
class FingerImage(Reply):
    """The picture of the last finger."""

    size: int = in_param1("bytes of the picture")
    picture: bytes = in_payload("a bitmap")


@dataclass(frozen=True, slots=True)
class ReadFingerImage(Request[FingerImage]):
    """Read the picture of a scanned finger."""

    COMMAND: ClassVar[int] = 0x0026
    EXCHANGE: ClassVar[Exchange] = Exchange.DATA
    REPLY: ClassVar[type[Reply]] = FingerImage
    PURPOSE: ClassVar[str] = "give the picture of a finger"
    TIMEOUT: ClassVar[float] = PICTURE_TIMEOUT

    kind: int = in_code("0 binary, 1 grey")
    picture_index: int = in_param1("which picture")


@dataclass(frozen=True, slots=True)
class Card(Reply):
    """A card that was shown."""

    card_id: int = in_param1("card number")
    custom_id: int = in_param2("custom number")


@dataclass(frozen=True, slots=True)
class ReadCard(Request[Card]):
    """Wait for a card."""

    COMMAND: ClassVar[int] = 0x0027
    REPLY: ClassVar[type[Reply]] = Card
    PURPOSE: ClassVar[str] = "read a card"
    TIMEOUT: ClassVar[float] = CARD_TIMEOUT

    reader: int = in_code("0 the device's own reader, 1 the one of reader_id")
    reader_id: int = in_param1("serial number of another reader")


@dataclass(frozen=True, slots=True)
class FingerTemplate(Reply):
    """The template of a scanned finger."""

    size: int = in_param1("bytes of the template, 384")
    template: bytes = in_payload("the template")


@dataclass(frozen=True, slots=True)
class ScanFinger(Request[FingerTemplate]):
    """Wait for a finger."""

    COMMAND: ClassVar[int] = 0x0063
    EXCHANGE: ClassVar[Exchange] = Exchange.DATA
    REPLY: ClassVar[type[Reply]] = FingerTemplate
    PURPOSE: ClassVar[str] = "scan a finger"
    TIMEOUT: ClassVar[float] = FINGER_TIMEOUT

    sensor_id: int = in_param1("0 the device's own sensor, or the serial number of a slave")


@dataclass(frozen=True, slots=True)
class FaceCapture(Reply):
    """A face: its picture, then its template."""

    image_size: int = in_param1("bytes of the picture")
    template_size: int = in_param2("bytes of the template")
    content: bytes = in_payload("picture, then template")

    @property
    def image(self) -> bytes:
        """The picture."""
        return self.content[: self.image_size]

    @property
    def template(self) -> bytes:
        """The template."""
        return self.content[self.image_size : self.image_size + self.template_size]


@dataclass(frozen=True, slots=True)
class CaptureFace(Request[FaceCapture]):
    """Wait for a face."""

    COMMAND: ClassVar[int] = 0x002E
    EXCHANGE: ClassVar[Exchange] = Exchange.DATA
    REPLY: ClassVar[type[Reply]] = FaceCapture
    PURPOSE: ClassVar[str] = "capture a face"
    TIMEOUT: ClassVar[float] = FINGER_TIMEOUT


@dataclass(frozen=True, slots=True)
class WriteCardLayout(Request[Done]):
    """Write where templates lie on a card, 128 bytes."""

    COMMAND: ClassVar[int] = 0x00B0
    EXCHANGE: ClassVar[Exchange] = Exchange.WRITE
    PARAM1: ClassVar[int | Tally] = Tally.PAYLOAD_SIZE
    PURPOSE: ClassVar[str] = "take a card layout"

    technology: int = in_code("0 Mifare, 1 iCLASS")
    layout: bytes = in_payload("the layout")

    def encode(self) -> Outgoing:
        """Write header and layout; the payload packet's code is 0."""
        header = Request.encode(self).header
        return Outgoing(header, replace(header, code=0, payload=self.layout))


@dataclass(frozen=True, slots=True)
class CardLayout(Reply):
    """Where templates lie on a card."""

    layout: bytes = in_payload("the layout, 128 bytes")


@dataclass(frozen=True, slots=True)
class ReadCardLayout(Request[CardLayout]):
    """Read where templates lie on a card."""

    COMMAND: ClassVar[int] = 0x00B1
    EXCHANGE: ClassVar[Exchange] = Exchange.DATA
    REPLY: ClassVar[type[Reply]] = CardLayout
    PURPOSE: ClassVar[str] = "give its card layout"

    technology: int = in_code("0 Mifare, 1 iCLASS")


@dataclass(frozen=True, slots=True)
class WriteTemplateCard(Request[Done]):
    """Write a card with templates: 92 bytes of header, then templates of equal size."""

    COMMAND: ClassVar[int] = 0x00B2
    EXCHANGE: ClassVar[Exchange] = Exchange.WRITE
    PARAM1: ClassVar[int | Tally] = Tally.PAYLOAD_SIZE
    PURPOSE: ClassVar[str] = "write a template card"
    TIMEOUT: ClassVar[float] = CARD_TIMEOUT

    technology: int = in_code("0 Mifare, 1 iCLASS")
    template_size: int = in_param2("bytes of one template")
    content: bytes = in_payload("card header, then templates")


@dataclass(frozen=True, slots=True)
class TemplateCard(Reply):
    """A card with templates."""

    size: int = in_param1("bytes of header and templates")
    template_size: int = in_param2("bytes of one template")
    content: bytes = in_payload("card header, then templates")


@dataclass(frozen=True, slots=True)
class ReadTemplateCard(Request[TemplateCard]):
    """Wait for a card with templates."""

    COMMAND: ClassVar[int] = 0x00B3
    EXCHANGE: ClassVar[Exchange] = Exchange.DATA
    REPLY: ClassVar[type[Reply]] = TemplateCard
    PURPOSE: ClassVar[str] = "read a template card"
    TIMEOUT: ClassVar[float] = CARD_TIMEOUT

    technology: int = in_code("0 Mifare, 1 iCLASS")


@dataclass(frozen=True, slots=True)
class FormatCard(Request[Done]):
    """Clear a template card."""

    COMMAND: ClassVar[int] = 0x00B4
    PURPOSE: ClassVar[str] = "format a card"
    TIMEOUT: ClassVar[float] = CARD_TIMEOUT

    technology: int = in_code("0 Mifare, 1 iCLASS")


@dataclass(frozen=True, slots=True)
class ChangeCardKeys(Request[Done]):
    """Change the site keys of template cards."""

    COMMAND: ClassVar[int] = 0x00B5
    EXCHANGE: ClassVar[Exchange] = Exchange.WRITE
    PARAM1: ClassVar[int | Tally] = Tally.PAYLOAD_SIZE
    PURPOSE: ClassVar[str] = "change the keys of its cards"

    technology: int = in_code("0 Mifare, 1 iCLASS")
    keys: bytes = in_payload("old primary, new primary, new secondary key, 6 bytes each")

    @classmethod
    def decode(cls, message: Message) -> ChangeCardKeys:
        """Read the keys.

        Raises:
            RemoteProtocolError: They are not three keys of 6 bytes.
        """
        if len(message.payload) != 3 * KEY_SIZE:
            raise RemoteProtocolError(f"three keys of {KEY_SIZE} bytes are due, {len(message.payload)} bytes arrived")
        return cls(message.code, message.payload)

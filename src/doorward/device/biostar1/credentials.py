"""Reading a card, a finger or a face at the device, and the cards that carry templates."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field

from doorward.device.biostar1.context import DeviceContext
from doorward.model.errors import InvalidInput
from doorward.model.people import Card
from doorward.protocol.biostar1.commands import credentials as commands
from doorward.protocol.biostar1.models import Capability
from doorward.protocol.biostar1.records import CardLayout, TemplateCardHeader
from doorward.protocol.biostar1.user_data import TEMPLATE_SIZE
from doorward.protocol.errors import RemoteProtocolError

LARGEST_NUMBER = 0xFFFFFFFF
OWN_READER = 0
OTHER_READER = 1
LARGEST_CARD_CONTENT = 64 * 1024


class CardTechnology(enum.IntEnum):
    """Kinds of template cards."""

    MIFARE = commands.MIFARE
    ICLASS = commands.ICLASS


class FingerImageKind(enum.IntEnum):
    """How the picture of a finger is sent."""

    BINARY = 0
    GREY = 1


@dataclass(frozen=True, slots=True)
class CapturedFace:
    """A face that was shown.

    Attributes:
        image: The picture.
        template: The template.
    """

    image: bytes = field(repr=False)
    template: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class TemplateCard:
    """A card that carries templates.

    Attributes:
        header: Whose card it is.
        templates: The templates, of equal size.
    """

    header: TemplateCardHeader
    templates: tuple[bytes, ...] = field(default=(), repr=False)


class Reader:
    """Waits for somebody to show something at the device."""

    def __init__(self, context: DeviceContext) -> None:
        self._context = context

    async def card(self, *, reader_id: int | None = None) -> Card:
        """Wait for a card, 16 s at the most.

        Args:
            reader_id: Serial number of another reader; the device's own when it is not given.

        Raises:
            InvalidInput: The number cannot be one.
            TimedOut: The device did not answer in time; the session is over.
            ResultError: The device gave up waiting.
        """
        if reader_id is None:
            request = commands.ReadCard(OWN_READER)
        else:
            _check_reader(reader_id)
            request = commands.ReadCard(OTHER_READER, reader_id)
        answer = await self._context.requester.request(request)
        return Card(answer.card_id, answer.custom_id)

    async def finger(self, *, sensor_id: int | None = None) -> bytes:
        """Wait for a finger, 28 s at the most; gives its template of 384 bytes.

        Args:
            sensor_id: Serial number of a slave whose sensor is meant; the device's own when it is not given.

        Raises:
            Unsupported: The model has no finger sensor.
            RemoteProtocolError: What came is no template.
        """
        self._context.need(Capability.FINGERPRINT, "scan a finger")
        if sensor_id is not None:
            _check_reader(sensor_id)
        reply = await self._context.requester.request(commands.ScanFinger(sensor_id or 0))
        if len(reply.template) != TEMPLATE_SIZE:
            raise RemoteProtocolError(f"a template has {TEMPLATE_SIZE} bytes, {len(reply.template)} arrived")
        return reply.template

    async def finger_image(self, kind: FingerImageKind = FingerImageKind.GREY, *, index: int = 0) -> bytes:
        """The picture of a scanned finger, a bitmap.

        Raises:
            Unsupported: The model has no finger sensor.
        """
        self._context.need(Capability.FINGERPRINT, "give the picture of a finger")
        return (await self._context.requester.request(commands.ReadFingerImage(int(kind), index))).picture

    async def face(self) -> CapturedFace:
        """Wait for a face, 28 s at the most.

        Raises:
            Unsupported: The model has no face camera.
            RemoteProtocolError: Less arrived than was announced.
        """
        self._context.need(Capability.FACE, "capture a face")
        reply = await self._context.requester.request(commands.CaptureFace())
        if reply.image_size + reply.template_size > len(reply.content):
            raise RemoteProtocolError(
                f"a picture of {reply.image_size} and a template of {reply.template_size} bytes are announced, "
                f"{len(reply.content)} bytes arrived"
            )
        return CapturedFace(reply.image, reply.template)


class TemplateCards:
    """Reads and writes cards that carry templates."""

    def __init__(self, context: DeviceContext) -> None:
        self._context = context

    async def layout(self, technology: CardTechnology = CardTechnology.MIFARE) -> CardLayout:
        """Where templates lie on a card."""
        reply = await self._context.requester.request(commands.ReadCardLayout(int(technology)))
        return CardLayout.from_bytes(reply.layout, longer=True)

    async def set_layout(self, layout: CardLayout, technology: CardTechnology = CardTechnology.MIFARE) -> None:
        """Write where templates lie on a card; cards that were written before do not fit any more."""
        await self._context.requester.request(commands.WriteCardLayout(int(technology), layout.to_bytes()))

    async def read(self, technology: CardTechnology = CardTechnology.MIFARE) -> TemplateCard:
        """Wait for a card, 16 s at the most, and read it.

        Raises:
            RemoteProtocolError: What came is no card.
        """
        reply = await self._context.requester.request(commands.ReadTemplateCard(int(technology)))
        size = TemplateCardHeader.SIZE
        if len(reply.content) < size:
            raise RemoteProtocolError(f"a card header has {size} bytes, {len(reply.content)} arrived")
        header = TemplateCardHeader.from_bytes(reply.content[:size])
        rest = reply.content[size : reply.size]
        step = reply.template_size
        if not step:
            return TemplateCard(header)
        return TemplateCard(header, tuple(rest[at : at + step] for at in range(0, len(rest), step)))

    async def write(self, card: TemplateCard, technology: CardTechnology = CardTechnology.MIFARE) -> None:
        """Wait for a card, 16 s at the most, and write it.

        Raises:
            InvalidInput: The templates have different sizes or are too large.
        """
        sizes = {len(template) for template in card.templates}
        if len(sizes) > 1:
            raise InvalidInput("templates", sorted(sizes), "templates of one size")
        content = card.header.to_bytes() + b"".join(card.templates)
        if len(content) > LARGEST_CARD_CONTENT:
            raise InvalidInput("templates", f"<{len(content)} bytes>", f"at most {LARGEST_CARD_CONTENT} bytes in all")
        await self._context.requester.request(
            commands.WriteTemplateCard(int(technology), sizes.pop() if sizes else 0, content)
        )

    async def format(self, technology: CardTechnology = CardTechnology.MIFARE) -> None:
        """Wait for a card, 16 s at the most, and clear it."""
        await self._context.requester.request(commands.FormatCard(int(technology)))

    async def change_keys(self, keys: Sequence[bytes], technology: CardTechnology = CardTechnology.MIFARE) -> None:
        """Change the site keys of cards.

        Args:
            keys: Old primary, new primary and new secondary key, 6 bytes each.
            technology: The kind of cards.

        Raises:
            InvalidInput: These are not three keys of 6 bytes.
        """
        sizes = [len(key) for key in keys]
        if sizes != [commands.KEY_SIZE] * 3:
            raise InvalidInput("keys", f"<keys of {sizes} bytes>", "three keys of 6 bytes")
        await self._context.requester.request(commands.ChangeCardKeys(int(technology), b"".join(keys)))


def _check_reader(number: int) -> None:
    if not 0 < number <= LARGEST_NUMBER:
        raise InvalidInput("reader", number, f"a serial number from 1 to {LARGEST_NUMBER}")

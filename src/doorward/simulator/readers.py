"""The readers of a virtual device: cards, fingers and faces that somebody presents, and template cards."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from doorward.model.errors import Unsupported
from doorward.protocol.biostar1.commands import credentials
from doorward.protocol.biostar1.models import Capability, DeviceModel
from doorward.protocol.biostar1.records import CardLayout, TemplateCardHeader
from doorward.protocol.biostar1.request import Request
from doorward.protocol.biostar1.results import INVALID_PARAMETER, NOT_FOUND, TRY_AGAIN, WRONG_PASSWORD
from doorward.protocol.biostar1.user_data import D_STATION_FACE_SIZE, FINGER_SIZE, TEMPLATE_SIZE
from doorward.simulator.outcome import DONE, Handlers, Outcome, refused, sent, told
from doorward.simulator.state import StateStore, Table

TECHNOLOGIES = (credentials.MIFARE, credentials.ICLASS)
FACTORY_KEY = b"\xff" * credentials.KEY_SIZE
SMALLEST_JPEG = bytes.fromhex(  # one pixel
    "ffd8ffe000104a46494600010101004800480000ffdb004300030202020202030202020303030304060404040404080606050609"
    "080a0a090809090a0c0f0c0a0b0e0b09090d110d0e0f101011100a0c12131210130f101010ffc9000b080001000101011100ffcc"
    "000600101005ffda0008010100003f00d2cf20ffd9"
)
_IMAGE_SIDE = 64
_CARD_TEMPLATES = 2
_CARD_TEMPLATE_SIZE = 334
_CARD_START_BLOCKS = (4, 36, 8, 12)


@dataclass(frozen=True, slots=True)
class PresentedCard:
    """A card at the reader."""

    card_id: int
    custom_id: int = 0


def finger_templates(seed: int, finger: int = 0) -> bytes:
    """Two templates of 384 bytes, always the same for the same numbers; they match nothing outside the simulator."""
    return random.Random(f"finger {seed} {finger}").randbytes(FINGER_SIZE)  # noqa: S311 - no secret


class Readers:
    """What somebody presents to the device.

    What is queued is presented first. With ``attended`` somebody always stands at the device and presents something;
    else a scan with nothing queued is answered "try again", as a terminal does when nobody came in time.

    Attributes:
        attended: Whether somebody always stands there.
        cards: Cards to be presented, in order.
        fingers: Templates of fingers to be presented.
        faces: Pairs of picture and template of faces to be presented.
        last_finger_image: The picture that the sensor made last.
        template_cards: What stands on the template card at the reader, by technology; templates' size first.
        layouts: Card layouts by technology.
    """

    def __init__(self, device_id: int, model: DeviceModel, store: StateStore) -> None:
        self._model = model
        self._random = random.Random(f"readers {device_id}")  # noqa: S311 - no secret
        self.attended = True
        self.cards: deque[PresentedCard] = deque()
        self.fingers: deque[bytes] = deque()
        self.faces: deque[tuple[bytes, bytes]] = deque()
        self.last_finger_image = b""
        self.template_cards: dict[int, tuple[int, bytes]] = {}
        self.layouts = Table(store, "card layout")
        self._keys = Table(store, "card keys")

    def show_card(self, card_id: int, custom_id: int = 0) -> None:
        """Let somebody hold a card to the reader, for the next time that the device is asked to read one.

        Raises:
            Unsupported: The model reads no cards.
        """
        self._need(Capability.CARD, "cards")
        self.cards.append(PresentedCard(card_id, custom_id))

    def show_finger(self, user_id: int, finger: int = 0) -> None:
        """Let somebody show a finger twice; the templates are those that ``finger_templates`` gives.

        Raises:
            Unsupported: The model has no sensor.
        """
        self._need(Capability.FINGERPRINT, "fingers")
        both = finger_templates(user_id, finger)
        self.fingers += (both[:TEMPLATE_SIZE], both[TEMPLATE_SIZE:])

    def show_face(self, user_id: int) -> None:
        """Let somebody look into the camera; always the same template for the same person.

        Raises:
            Unsupported: The model knows no faces.
        """
        self._need(Capability.FACE, "faces")
        template = random.Random(f"shown face {user_id}").randbytes(D_STATION_FACE_SIZE)  # noqa: S311 - no secret
        self.faces.append((SMALLEST_JPEG, template))

    def _need(self, capability: Capability, what: str) -> None:
        if not self._model.can(capability):
            raise Unsupported(f"{self._model.title} takes no {what}.", advice="Choose a model that does.")

    def clear(self) -> None:
        """Go back to the factory layouts and keys."""
        self.layouts.clear()
        self._keys.clear()

    def handlers(self) -> Handlers:
        """What the model's readers answer."""
        answers: dict[type[Request[Any]], Callable[[Any], Outcome]] = {}
        if self._model.can(Capability.CARD):
            answers |= {
                credentials.ReadCard: self._read_card,
                credentials.ReadCardLayout: self._read_layout,
                credentials.WriteCardLayout: self._write_layout,
                credentials.ReadTemplateCard: self._read_template_card,
                credentials.WriteTemplateCard: self._write_template_card,
                credentials.FormatCard: self._format_card,
                credentials.ChangeCardKeys: self._change_keys,
            }
        if self._model.can(Capability.FINGERPRINT):
            answers |= {credentials.ScanFinger: self._scan_finger, credentials.ReadFingerImage: self._read_image}
        if self._model.can(Capability.FACE):
            answers[credentials.CaptureFace] = self._capture_face
        return answers

    def _read_card(self, request: credentials.ReadCard) -> Outcome:
        if request.reader not in (0, 1):
            return refused(INVALID_PARAMETER)
        if not self.cards and not self.attended:
            return refused(TRY_AGAIN)
        card = self.cards.popleft() if self.cards else PresentedCard(self._random.randrange(1, 1 << 32))
        return told(credentials.Card(card.card_id, card.custom_id))

    def _scan_finger(self, _request: credentials.ScanFinger) -> Outcome:
        if not self.fingers and not self.attended:
            return refused(TRY_AGAIN)
        template = self.fingers.popleft() if self.fingers else self._random.randbytes(TEMPLATE_SIZE)
        self.last_finger_image = _bitmap(self._random)
        return told(credentials.FingerTemplate(len(template), template))

    def _read_image(self, _request: credentials.ReadFingerImage) -> Outcome:
        image = self.last_finger_image
        return told(credentials.FingerImage(len(image), image)) if image else refused(NOT_FOUND)

    def _capture_face(self, _request: credentials.CaptureFace) -> Outcome:
        if not self.faces and not self.attended:
            return refused(TRY_AGAIN)
        image, template = (
            self.faces.popleft() if self.faces else (SMALLEST_JPEG, self._random.randbytes(D_STATION_FACE_SIZE))
        )
        return sent(image + template, len(image), len(template))

    def _read_layout(self, request: credentials.ReadCardLayout) -> Outcome:
        if request.technology not in TECHNOLOGIES:
            return refused(INVALID_PARAMETER)
        return sent(self.layouts.get(request.technology) or _factory_layout())

    def _write_layout(self, request: credentials.WriteCardLayout) -> Outcome:
        if request.technology not in TECHNOLOGIES or len(request.layout) != CardLayout.SIZE:
            return refused(INVALID_PARAMETER)
        self.layouts[request.technology] = request.layout
        return DONE

    def _read_template_card(self, request: credentials.ReadTemplateCard) -> Outcome:
        if request.technology not in TECHNOLOGIES:
            return refused(INVALID_PARAMETER)
        template_size, content = self.template_cards.get(request.technology, (0, b""))
        return sent(content, len(content), template_size) if content else refused(NOT_FOUND)

    def _write_template_card(self, request: credentials.WriteTemplateCard) -> Outcome:
        if request.technology not in TECHNOLOGIES or len(request.content) < TemplateCardHeader.SIZE:
            return refused(INVALID_PARAMETER)
        self.template_cards[request.technology] = request.template_size, request.content
        return DONE

    def _format_card(self, request: credentials.FormatCard) -> Outcome:
        if request.technology not in TECHNOLOGIES:
            return refused(INVALID_PARAMETER)
        self.template_cards.pop(request.technology, None)
        return DONE

    def _change_keys(self, request: credentials.ChangeCardKeys) -> Outcome:
        if request.technology not in TECHNOLOGIES:
            return refused(INVALID_PARAMETER)
        size = credentials.KEY_SIZE
        old, new = request.keys[:size], request.keys[size:]
        if old != self._keys.get(request.technology, FACTORY_KEY)[:size]:
            return refused(WRONG_PASSWORD)
        self._keys[request.technology] = new
        return DONE


def _factory_layout() -> bytes:
    return CardLayout(
        template_count=_CARD_TEMPLATES,
        template_size=_CARD_TEMPLATE_SIZE,
        template_start_blocks=_CARD_START_BLOCKS,
    ).to_bytes()


def _bitmap(source: random.Random) -> bytes:
    """A grey picture with noise: a bitmap of 8 bits a pixel."""
    side, colours = _IMAGE_SIDE, 256
    palette = b"".join(bytes((grey, grey, grey, 0)) for grey in range(colours))
    pixels = source.randbytes(side * side)
    start = 14 + 40 + len(palette)

    def number(value: int, size: int = 4) -> bytes:
        return value.to_bytes(size, "little")

    return b"".join(
        (
            b"BM" + number(start + len(pixels)) + number(0) + number(start),
            number(40) + number(side) + number(side) + number(1, 2) + number(8, 2),
            number(0) + number(len(pixels)) + number(0) + number(0) + number(colours) + number(0),
            palette,
            pixels,
        )
    )

"""The BioStar 1 device models and what each can do (protocol notes, sections 3.6, 12 and 13).

Numbers that the notes mark as inferred (limits, which block a model has) follow the vendor's published manuals;
where a real device is found to differ, the device is right.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from doorward.model.errors import InvalidInput

STATION_PORT = 1470
COMPACT_PORT = 1471
IDLE_LIMIT_SECONDS = 600.0  # D-Station, X-Station, BioStation T2 and FaceStation close an idle connection then


class Family(enum.Enum):
    """Models that share user header, log record and configuration blocks."""

    BIOSTATION = "biostation"
    COMPACT = "compact"
    WIDE = "wide"
    FACE = "face"


class Capability(enum.Enum):
    """What a model may be able to do."""

    FINGERPRINT = "fingerprint"
    CARD = "card"
    FACE = "face"
    PIN = "PIN"
    NAMES = "names of people"
    SCREEN = "screen"
    CAMERA = "camera and image log"
    EXTENDED_LOG = "extended log records"
    PRIVATE_GREETING = "private greetings"


@dataclass(frozen=True, slots=True)
class DeviceModel:
    """A model of device.

    Attributes:
        slug: The name used in commands and files, such as ``bioentry-plus``.
        device_type: The number on the wire.
        title: The name on the box.
        family: Which records it uses.
        tcp_port: The port on which it listens in direct mode.
        enciphered: Whether direct-mode packets use the fixed cipher.
        capabilities: What it can do.
        user_capacity: Most users it holds (virtual devices use it; a real one says DATABASE_FULL itself).
        log_capacity: Log records kept before the oldest are overwritten.
        records_per_read: Most log records in one reply.
        idle_limit: Seconds of silence after which it closes a connection; None when it keeps it.
    """

    slug: str
    device_type: int
    title: str
    family: Family
    tcp_port: int
    enciphered: bool
    capabilities: frozenset[Capability]
    user_capacity: int
    log_capacity: int
    records_per_read: int
    idle_limit: float | None = None

    def can(self, capability: Capability) -> bool:
        """Whether the model has a capability."""
        return capability in self.capabilities


_FINGERPRINT_AND_CARD = frozenset({Capability.FINGERPRINT, Capability.CARD})
_STATION = frozenset({Capability.NAMES, Capability.SCREEN, Capability.PIN, Capability.CARD})
_WIDE_STATION = _STATION | {Capability.CAMERA, Capability.EXTENDED_LOG}


def _compact(slug: str, device_type: int, title: str, capabilities: frozenset[Capability]) -> DeviceModel:
    return DeviceModel(
        slug, device_type, title, Family.COMPACT, COMPACT_PORT, True, capabilities, 10_000, 50_000, 8_192
    )


def _wide(slug: str, device_type: int, title: str, family: Family, capabilities: frozenset[Capability]) -> DeviceModel:
    return DeviceModel(
        slug,
        device_type,
        title,
        family,
        STATION_PORT,
        False,
        _WIDE_STATION | capabilities,
        200_000,
        1_000_000,
        21_845,
        IDLE_LIMIT_SECONDS,
    )


MODELS: tuple[DeviceModel, ...] = (
    DeviceModel(
        "biostation",
        0x00,
        "BioStation",
        Family.BIOSTATION,
        STATION_PORT,
        False,
        _STATION | {Capability.FINGERPRINT, Capability.PRIVATE_GREETING},
        50_000,
        500_000,
        32_768,
    ),
    _compact("bioentry-plus", 0x01, "BioEntry Plus", _FINGERPRINT_AND_CARD),
    _compact("biolite-net", 0x02, "BioLite Net", _FINGERPRINT_AND_CARD | {Capability.PIN, Capability.SCREEN}),
    _compact("xpass", 0x03, "Xpass", frozenset({Capability.CARD})),
    _wide("d-station", 0x04, "D-Station", Family.WIDE, frozenset({Capability.FINGERPRINT, Capability.FACE})),
    _wide("x-station", 0x05, "X-Station", Family.WIDE, frozenset()),
    _wide("biostation-t2", 0x06, "BioStation T2", Family.WIDE, frozenset({Capability.FINGERPRINT})),
    _compact("xpass-slim", 0x07, "Xpass Slim", frozenset({Capability.CARD})),
    _wide("facestation", 0x0A, "FaceStation", Family.FACE, frozenset({Capability.FACE})),
    _compact("bioentry-w", 0x0B, "BioEntry W", _FINGERPRINT_AND_CARD),
    _compact("xpass-s2", 0x0C, "Xpass S2", frozenset({Capability.CARD})),
)

MODELS_BY_TYPE: dict[int, DeviceModel] = {model.device_type: model for model in MODELS}
MODELS_BY_SLUG: dict[str, DeviceModel] = {model.slug: model for model in MODELS}

# These hang on the RS-485 bus of another device and have no IP port of their own.
BUS_ONLY_TYPES: dict[int, str] = {0x08: "Secure I/O", 0x09: "Lift I/O"}


def model_by_slug(slug: str) -> DeviceModel:
    """Find a model by its name, in any case.

    Raises:
        InvalidInput: There is no such model; the known names are told.
    """
    model = MODELS_BY_SLUG.get(slug.strip().lower())
    if model is None:
        raise InvalidInput("model", slug, ", ".join(MODELS_BY_SLUG))
    return model


def type_title(device_type: int) -> str:
    """The name of a device type; an unknown one by its number."""
    model = MODELS_BY_TYPE.get(device_type)
    return model.title if model else BUS_ONLY_TYPES.get(device_type, f"unknown type {device_type:#04x}")

"""The BioStar 2 device models (protocol notes for BioStar 2, section 9)."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from doorward.model.errors import InvalidInput


class Feature(enum.Enum):
    """What a model can keep or do."""

    NAME = "names of people"
    PHOTO = "photos of people"
    PIN = "PIN"
    CARD = "card"
    FINGERPRINT = "fingerprint"
    FACE = "face"
    WIRELESS_LAN = "wireless LAN"
    IMAGE_LOG = "image log"
    JOB_CODE = "job codes"
    PERSONAL_MESSAGE = "personal messages"
    VOICE_OVER_IP = "voice over IP"
    EXTENDED_RS485 = "extended RS-485"


@dataclass(frozen=True, slots=True)
class DeviceModel:
    """A model of device.

    Attributes:
        device_type: The number on the wire.
        slug: The name used in commands and files. Models that exist in both generations carry ``-biostar2``.
        title: The name on the box.
        user_capacity: Most users it holds; None where it is not known.
        supported: What it can keep or do; empty where it is not known.
    """

    device_type: int
    slug: str
    title: str
    user_capacity: int | None = None
    supported: frozenset[Feature] = frozenset()


MODELS: tuple[DeviceModel, ...] = (
    DeviceModel(
        0x01,
        "bioentry-plus-biostar2",
        "BioEntry Plus (BioStar 2)",
        5_000,
        frozenset({Feature.CARD, Feature.FINGERPRINT}),
    ),
    DeviceModel(
        0x02, "bioentry-w-biostar2", "BioEntry W (BioStar 2)", 5_000, frozenset({Feature.CARD, Feature.FINGERPRINT})
    ),
    DeviceModel(
        0x03,
        "biolite-net-biostar2",
        "BioLite Net (BioStar 2)",
        5_000,
        frozenset({Feature.PIN, Feature.CARD, Feature.FINGERPRINT}),
    ),
    DeviceModel(0x04, "xpass-biostar2", "Xpass (BioStar 2)", 40_000, frozenset({Feature.CARD})),
    DeviceModel(
        0x05, "xpass-s2-biostar2", "Xpass S2 (BioStar 2)", 50_000, frozenset({Feature.CARD, Feature.FINGERPRINT})
    ),
    DeviceModel(0x06, "secure-io-2", "Secure I/O 2"),
    DeviceModel(0x07, "door-module-20", "Door Module 20"),
    DeviceModel(
        0x08,
        "biostation-2",
        "BioStation 2",
        500_000,
        frozenset({Feature.NAME, Feature.PHOTO, Feature.PIN, Feature.CARD, Feature.FINGERPRINT, Feature.WIRELESS_LAN}),
    ),
    DeviceModel(
        0x09,
        "biostation-a2",
        "BioStation A2",
        500_000,
        frozenset(
            {
                Feature.NAME,
                Feature.PHOTO,
                Feature.PIN,
                Feature.CARD,
                Feature.FINGERPRINT,
                Feature.WIRELESS_LAN,
                Feature.IMAGE_LOG,
                Feature.JOB_CODE,
                Feature.VOICE_OVER_IP,
            }
        ),
    ),
    DeviceModel(
        0x0A,
        "facestation-2",
        "FaceStation 2",
        30_000,
        frozenset(
            {
                Feature.NAME,
                Feature.PHOTO,
                Feature.PIN,
                Feature.CARD,
                Feature.FINGERPRINT,
                Feature.FACE,
                Feature.WIRELESS_LAN,
                Feature.IMAGE_LOG,
                Feature.JOB_CODE,
                Feature.PERSONAL_MESSAGE,
                Feature.VOICE_OVER_IP,
            }
        ),
    ),
    DeviceModel(0x0B, "io-device", "I/O device"),
    DeviceModel(
        0x0C,
        "biostation-l2",
        "BioStation L2",
        500_000,
        frozenset({Feature.NAME, Feature.PIN, Feature.CARD, Feature.FINGERPRINT, Feature.JOB_CODE}),
    ),
    DeviceModel(0x0D, "bioentry-w2", "BioEntry W2", 500_000, frozenset({Feature.CARD, Feature.FINGERPRINT})),
    DeviceModel(
        0x0E,
        "corestation-40",
        "CoreStation 40",
        500_000,
        frozenset({Feature.PIN, Feature.CARD, Feature.FINGERPRINT, Feature.FACE, Feature.EXTENDED_RS485}),
    ),
    DeviceModel(0x0F, "output-module", "Output Module"),
    DeviceModel(0x10, "input-module", "Input Module"),
    DeviceModel(0x11, "bioentry-p2", "BioEntry P2", 500_000, frozenset({Feature.CARD, Feature.FINGERPRINT})),
    DeviceModel(
        0x12,
        "biolite-n2",
        "BioLite N2",
        10_000,
        frozenset({Feature.NAME, Feature.PIN, Feature.CARD, Feature.FINGERPRINT, Feature.JOB_CODE}),
    ),
    DeviceModel(0x13, "xpass-2", "XPass 2", 80_000, frozenset({Feature.CARD})),
    DeviceModel(0x14, "xpass-s3", "XPass S3"),
    DeviceModel(0x15, "bioentry-r2", "BioEntry R2", 5_000, frozenset({Feature.CARD, Feature.FINGERPRINT})),
    DeviceModel(0x16, "xpass-d2", "XPass D2", 50_000, frozenset({Feature.PIN, Feature.CARD})),
    DeviceModel(0x17, "door-module-21", "Door Module 21"),
    DeviceModel(0x18, "xpass-d2-keypad", "XPass D2 keypad", 50_000, frozenset({Feature.PIN, Feature.CARD})),
    DeviceModel(
        0x19,
        "facelite",
        "FaceLite",
        30_000,
        frozenset(
            {
                Feature.NAME,
                Feature.PIN,
                Feature.CARD,
                Feature.FINGERPRINT,
                Feature.FACE,
                Feature.WIRELESS_LAN,
                Feature.JOB_CODE,
            }
        ),
    ),
    DeviceModel(0x1A, "xpass-2-keypad", "XPass 2 keypad", 80_000, frozenset({Feature.CARD, Feature.PIN})),
    DeviceModel(0x1B, "xpass-d2-revised", "XPass D2 (revised)", 50_000, frozenset({Feature.PIN, Feature.CARD})),
    DeviceModel(
        0x1C, "xpass-d2-keypad-revised", "XPass D2 keypad (revised)", 50_000, frozenset({Feature.PIN, Feature.CARD})
    ),
    DeviceModel(
        0x1D,
        "facestation-f2-fingerprint",
        "FaceStation F2 with fingerprint",
        100_000,
        frozenset(
            {
                Feature.NAME,
                Feature.PHOTO,
                Feature.PIN,
                Feature.CARD,
                Feature.FINGERPRINT,
                Feature.IMAGE_LOG,
                Feature.JOB_CODE,
                Feature.PERSONAL_MESSAGE,
                Feature.VOICE_OVER_IP,
            }
        ),
    ),
    DeviceModel(
        0x1E,
        "facestation-f2",
        "FaceStation F2",
        100_000,
        frozenset(
            {
                Feature.NAME,
                Feature.PHOTO,
                Feature.PIN,
                Feature.CARD,
                Feature.FINGERPRINT,
                Feature.IMAGE_LOG,
                Feature.JOB_CODE,
                Feature.PERSONAL_MESSAGE,
                Feature.VOICE_OVER_IP,
            }
        ),
    ),
    DeviceModel(
        0x1F,
        "x-station-2-qr",
        "X-Station 2 with QR",
        500_000,
        frozenset(
            {
                Feature.NAME,
                Feature.PHOTO,
                Feature.PIN,
                Feature.CARD,
                Feature.FINGERPRINT,
                Feature.IMAGE_LOG,
                Feature.JOB_CODE,
                Feature.PERSONAL_MESSAGE,
                Feature.VOICE_OVER_IP,
            }
        ),
    ),
    DeviceModel(
        0x20,
        "x-station-2",
        "X-Station 2",
        500_000,
        frozenset(
            {
                Feature.NAME,
                Feature.PHOTO,
                Feature.PIN,
                Feature.CARD,
                Feature.FINGERPRINT,
                Feature.IMAGE_LOG,
                Feature.JOB_CODE,
                Feature.PERSONAL_MESSAGE,
                Feature.VOICE_OVER_IP,
            }
        ),
    ),
    DeviceModel(0x21, "im-120", "IM-120"),
    DeviceModel(
        0x22,
        "x-station-2-fingerprint",
        "X-Station 2 with fingerprint",
        500_000,
        frozenset(
            {
                Feature.NAME,
                Feature.PHOTO,
                Feature.PIN,
                Feature.CARD,
                Feature.FINGERPRINT,
                Feature.IMAGE_LOG,
                Feature.JOB_CODE,
                Feature.PERSONAL_MESSAGE,
                Feature.VOICE_OVER_IP,
            }
        ),
    ),
    DeviceModel(0x80, "rs485-slave", "RS-485 slave"),
)

MODELS_BY_TYPE: dict[int, DeviceModel] = {model.device_type: model for model in MODELS}
MODELS_BY_SLUG: dict[str, DeviceModel] = {model.slug: model for model in MODELS}


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
    return model.title if model else f"unknown type {device_type:#04x}"

"""Pictures that people upload: decoded and written anew, so that nothing else hides in what is kept."""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from doorward.model.errors import InvalidInput
from doorward.server.doors.choices import PictureKind

LARGEST_FILE: Final = 10 * 1024 * 1024
MOST_PIXELS: Final = 40_000_000
LONGEST_EDGE: Final = 4096
"""A larger picture is made smaller: no screen shows more."""

SMALLEST_EDGE: Final = 16
JPEG_QUALITY: Final = 88
WEBP_QUALITY: Final = 88
ALLOWED: Final = "a PNG, JPEG or WebP picture"
ALLOWED_SIZES: Final = f"{SMALLEST_EDGE} pixels a side to {MOST_PIXELS // 1_000_000} million pixels"

_KINDS: Final = MappingProxyType({"PNG": PictureKind.PNG, "JPEG": PictureKind.JPEG, "WEBP": PictureKind.WEBP})


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is kept.

    Attributes:
        content: The file.
        kind: What it is.
        width: In pixels.
        height: In pixels.
        digest: SHA-256 of the file, as hexadecimal digits.
    """

    content: bytes
    kind: PictureKind
    width: int
    height: int
    digest: str


def clean_picture(content: bytes) -> Picture:
    """Read a picture and write it anew, without whatever else the file held; only the first of several is kept.

    Raises:
        InvalidInput: It is too large, or no picture that is taken.
    """
    picture, kind = read_picture(content)
    written = _written(picture, kind)
    return Picture(written, kind, picture.width, picture.height, hashlib.sha256(written).hexdigest())


def read_picture(content: bytes) -> tuple[Image.Image, PictureKind]:
    """The pixels of a picture, upright and no larger than a screen has use for, and what the file was.

    Raises:
        InvalidInput: It is too large, or no picture that is taken.
    """
    if len(content) > LARGEST_FILE:
        raise InvalidInput("picture", f"<{len(content)} bytes>", f"at most {LARGEST_FILE // 1024 // 1024} MB")
    try:
        with warnings.catch_warnings():
            # A small file can stand for a picture that fills the memory: the sizes are looked at below.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=list(_KINDS)) as opened:
                kind = _KINDS[opened.format or ""]
                if opened.width * opened.height > MOST_PIXELS or min(opened.size) < SMALLEST_EDGE:
                    raise InvalidInput("picture", f"<{opened.width} x {opened.height} pixels>", ALLOWED_SIZES)
                picture = _plain(opened)
    except UnidentifiedImageError:
        raise InvalidInput("picture", f"<{len(content)} bytes>", ALLOWED) from None
    except Image.DecompressionBombError:
        raise InvalidInput("picture", f"<{len(content)} bytes>", ALLOWED_SIZES) from None
    except (OSError, ValueError, SyntaxError, MemoryError, IndexError, KeyError):
        raise InvalidInput("picture", f"<a damaged file of {len(content)} bytes>", ALLOWED) from None
    return picture, kind


def _plain(opened: Image.Image) -> Image.Image:
    """The pixels alone, upright and no larger than a screen has use for."""
    upright = ImageOps.exif_transpose(opened)
    transparent = "A" in upright.getbands() or "transparency" in upright.info
    picture = upright.convert("RGBA" if transparent else "RGB")
    picture.thumbnail((LONGEST_EDGE, LONGEST_EDGE))
    bare = Image.new(picture.mode, picture.size)
    bare.paste(picture)
    return bare


def _written(picture: Image.Image, kind: PictureKind) -> bytes:
    file = io.BytesIO()
    if kind is PictureKind.JPEG:
        picture.convert("RGB").save(file, "JPEG", quality=JPEG_QUALITY, optimize=True)
    elif kind is PictureKind.WEBP:
        picture.save(file, "WEBP", quality=WEBP_QUALITY)
    else:
        picture.save(file, "PNG", optimize=True)
    return file.getvalue()

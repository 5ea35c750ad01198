"""Photos as they are kept of people: decoded and written anew, so that nothing else hides in them."""

from __future__ import annotations

import hashlib
import io
from typing import Final

from PIL import Image

from doorward.server.doors.pictures import clean_picture

LONGEST_EDGE: Final = 512
"""Pixels; a larger photo is made smaller."""

QUALITY: Final = 85


def clean_photo(content: bytes) -> bytes:
    """A photo as it is kept: a JPEG file of at most 512 pixels a side.

    Raises:
        InvalidInput: It is too large, or no picture that is taken.
    """
    with Image.open(io.BytesIO(clean_picture(content).content)) as picture:
        photo = picture.convert("RGB")
    photo.thumbnail((LONGEST_EDGE, LONGEST_EDGE))
    file = io.BytesIO()
    photo.save(file, "JPEG", quality=QUALITY, optimize=True)
    return file.getvalue()


def digest_of(photo: bytes) -> str:
    """The digest by which a photo is known, as hexadecimal digits; empty for none."""
    return hashlib.sha256(photo).hexdigest() if photo else ""

"""Uploaded pictures: what is kept of them, and what is refused."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from doorward.model.errors import InvalidInput
from doorward.server.doors.pictures import LARGEST_FILE, LONGEST_EDGE, clean_picture
from tests.server.doors.places import picture

HIDDEN = b"<script>alert('hidden')</script>"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_it_is_written_anew(kind: str) -> None:
    found = clean_picture(picture(kind, (64, 48)) + HIDDEN)
    assert (found.kind.label.upper(), found.width, found.height) == (kind, 64, 48)
    assert HIDDEN not in found.content
    reread = Image.open(io.BytesIO(found.content))
    assert (reread.format, reread.size) == (kind, (64, 48))


def test_what_else_a_file_holds_is_left_out() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", HIDDEN.decode())
    assert HIDDEN not in clean_picture(picture("PNG", pnginfo=info)).content
    exif = Image.Exif()
    exif[0x010E] = HIDDEN.decode()  # description
    exif[0x0112] = 6  # lies on its side
    content = picture("JPEG", (64, 48), exif=exif, icc_profile=HIDDEN)
    assert HIDDEN in content
    found = clean_picture(content)
    assert HIDDEN not in found.content
    assert (found.width, found.height) == (48, 64)


def test_what_shines_through_stays_so() -> None:
    file = io.BytesIO()
    Image.new("RGBA", (32, 32), (255, 0, 0, 0)).save(file, "PNG")
    assert Image.open(io.BytesIO(clean_picture(file.getvalue()).content)).mode == "RGBA"


def test_a_large_one_is_made_smaller() -> None:
    found = clean_picture(picture("PNG", (LONGEST_EDGE * 2, 100)))
    assert (found.width, found.height) == (LONGEST_EDGE, 50)


def test_sizes_that_are_refused() -> None:
    with pytest.raises(InvalidInput, match="10 MB"):
        clean_picture(bytes(LARGEST_FILE + 1))
    with pytest.raises(InvalidInput, match="pixels"):
        clean_picture(picture("PNG", (8, 8)))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    # A small file that would fill the memory.
    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    )
    with pytest.raises(InvalidInput, match="million pixels"):
        clean_picture(bomb)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["PNG", "JPEG", "WEBP"]), st.integers(0, 400), st.binary(max_size=8), st.booleans())
def test_damaged_ones_are_refused_in_words_or_read(kind: str, place: int, damage: bytes, cut: bool) -> None:
    content = picture(kind, (40, 30))
    content = content[:place] + damage + (b"" if cut else content[place + len(damage) :])
    try:
        found = clean_picture(content)
    except InvalidInput as error:
        assert error.field == "picture"  # noqa: PT017 - either outcome is right
    else:
        assert found.content

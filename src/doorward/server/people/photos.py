"""Photos of people: written anew by the server, as large as a page shows them."""

from __future__ import annotations

import hashlib
import io
from typing import Final

from django.db import transaction

from doorward.server.audit.services import named
from doorward.server.doors.pictures import read_picture
from doorward.server.errors import NotThere
from doorward.server.people.models import Person
from doorward.server.people.noting import note_person
from doorward.server.people.services import locked_person, touch

LONGEST_EDGE: Final = 512
QUALITY: Final = 85
KIND: Final = "image/jpeg"


class NoPhoto(NotThere):
    """There is no photo of the person."""

    def __init__(self, number: int) -> None:
        super().__init__("photo", number, "a person of whom there is a photo")


def clean_photo(content: bytes) -> bytes:
    """A photo as it is kept: a JPEG of at most 512 pixels, without whatever else the file held.

    Raises:
        InvalidInput: It is too large, or no picture that is taken.
    """
    picture = read_picture(content)[0]
    if picture.mode == "RGBA":
        # What cannot be seen through in a JPEG stands on white, as it does on a page.
        picture.load()
        flat = picture.copy()
        flat.paste((255, 255, 255), mask=picture.getchannel("A").point(lambda value: 255 - value))
        picture = flat
    picture = picture.convert("RGB")
    picture.thumbnail((LONGEST_EDGE, LONGEST_EDGE))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=QUALITY, optimize=True)
    return file.getvalue()


def digest_of(photo: bytes) -> str:
    """The digest by which a photo is known, as hexadecimal digits; empty for none."""
    return hashlib.sha256(photo).hexdigest() if photo else ""


def set_photo(number: int, content: bytes) -> Person:
    """Keep a photo of a person.

    Raises:
        UnknownPerson: There is none.
        InvalidInput: It is no picture that is taken.
    """
    photo = clean_photo(content)
    with transaction.atomic(), named("person.set_photo"):
        person = locked_person(number)
        person.photo, person.photo_digest = photo, digest_of(photo)
        touch(person, "photo", "photo_digest")
        note_person(number, "photo changed", fields=["photo"], urgent=None)
    return person


def remove_photo(number: int) -> None:
    """Forget the photo of a person.

    Raises:
        UnknownPerson: There is none.
    """
    with transaction.atomic(), named("person.remove_photo"):
        person = locked_person(number)
        if person.photo_digest:
            person.photo, person.photo_digest = b"", ""
            touch(person, "photo", "photo_digest")
            note_person(number, "photo removed", fields=["photo"], urgent=None)


def photo_of(person: Person) -> bytes:
    """The photo of a person, as a JPEG.

    Raises:
        NoPhoto: There is none.
    """
    if not person.photo_digest:
        raise NoPhoto(person.number)
    return person.photo

"""Photos of people in an archive, each called by the number of its person: ``4711.jpg``."""

from __future__ import annotations

import base64
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Final

from django.utils import timezone

from doorward.device.csv_cells import LARGEST_NUMBER, read_number
from doorward.model.errors import InvalidInput
from doorward.server.imports.archives import check_archive
from doorward.server.imports.states import parts
from doorward.server.imports.table import Problem
from doorward.server.people.models import Person
from doorward.server.people.photos import clean_photo, digest_of

MOST_UNPACKED: Final = 2 * 1024 * 1024 * 1024
MOST_PHOTOS: Final = 50_000
LARGEST_PHOTO: Final = 10 * 1024 * 1024
SUFFIXES: Final = (".jpg", ".jpeg", ".png", ".webp")
NO_ARCHIVE: Final = "The file is no archive of the kind ZIP, or it is damaged."
NAMES: Final = "the number of a person and .jpg, .jpeg, .png or .webp, such as 4711.jpg"
PASSED_OVER: Final = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
"""What operating systems put into archives by themselves."""


@dataclass(frozen=True, slots=True)
class PhotoPart:
    """A photo in an archive.

    Attributes:
        name: What it is called there.
        number: Whose it is.
    """

    name: str
    number: int


class PhotoArchive:
    """The photos of an archive.

    Args:
        file: The archive; seekable.

    Attributes:
        problems: Everything that is not allowed so far.
        count: Pictures that were looked at.

    Raises:
        InvalidFile: It is no archive, or unpacks to too much.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._parts = check_archive(file, most_unpacked=MOST_UNPACKED, most_parts=MOST_PHOTOS, what=NO_ARCHIVE)
        self.problems: list[Problem] = []
        self.count = 0

    def photos(self) -> Iterator[tuple[PhotoPart, bytes]]:
        """Each photo, written anew; faults go into ``problems``."""
        seen: dict[int, str] = {}
        with zipfile.ZipFile(self._file) as archive:
            for part in self._parts:
                if part.is_dir() or any(word in part.filename for word in PASSED_OVER):
                    continue
                self.count += 1
                number = self._number(part, seen)
                if number is None:
                    continue
                try:
                    yield PhotoPart(part.filename, number), clean_photo(archive.read(part))
                except InvalidInput as error:
                    self._refuse(part.filename, str(error.value), error.allowed)
                except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError):
                    self._refuse(part.filename, "a damaged part of the archive", "a picture that is whole")

    def _refuse(self, name: str, value: str, allowed: str) -> None:
        self.problems.append(Problem(self.count, name[:200], value, allowed))

    def _number(self, part: zipfile.ZipInfo, seen: dict[int, str]) -> int | None:
        path = PurePosixPath(part.filename.replace("\\", "/"))
        try:
            number = read_number("number", path.stem.strip(), 1, LARGEST_NUMBER)
        except InvalidInput:
            self._refuse(part.filename, path.name, NAMES)
            return None
        if path.suffix.lower() not in SUFFIXES:
            self._refuse(part.filename, path.name, NAMES)
        elif part.file_size > LARGEST_PHOTO:
            self._refuse(part.filename, f"{part.file_size:,} bytes", f"at most {LARGEST_PHOTO // 1024 // 1024} MB")
        elif number in seen:
            self._refuse(part.filename, str(number), f"one photo of a person ({seen[number]} is another)")
        else:
            seen[number] = part.filename
            return number
        return None


def unknown_people(numbers: Iterable[int]) -> set[int]:
    """The numbers that nobody has."""
    wanted = set(numbers)
    found: set[int] = set()
    for part in parts(sorted(wanted)):
        found.update(Person.objects.filter(number__in=part).values_list("number", flat=True))
    return wanted - found


def photo_digests(numbers: Iterable[int]) -> dict[int, str]:
    """The digest of the photo of each of these people; empty without one."""
    found: dict[int, str] = {}
    for part in parts(sorted(set(numbers))):
        found.update(Person.objects.filter(number__in=part).values_list("number", "photo_digest"))
    return found


def write_photos(photos: Sequence[tuple[int, bytes]]) -> dict[int, tuple[str, str]]:
    """Write photos; gives what is kept of each person before and after, to undo it."""
    kept: dict[int, tuple[str, str]] = {}
    for number, photo in photos:
        person = Person.objects.only("pk", "number", "photo", "photo_digest").get(number=number)
        kept[number] = (_text(person.photo), digest_of(photo))
        person.photo, person.photo_digest, person.changed = photo, digest_of(photo), timezone.now()
        person.save(update_fields=["photo", "photo_digest", "changed"])
    return kept


def _text(photo: bytes) -> str:
    return base64.b64encode(photo).decode("ascii")

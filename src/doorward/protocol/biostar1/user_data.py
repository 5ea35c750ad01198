"""How users stand in a payload: for each a header, then its templates (protocol notes, sections 12 and 13).

The header tells how many bytes of templates follow it, so a payload of many users can be cut apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from doorward.protocol.biostar1.commands import users
from doorward.protocol.biostar1.models import DeviceModel, Family
from doorward.protocol.biostar1.records import (
    UserHeaderBioStation,
    UserHeaderCompact,
    UserHeaderFace,
    UserHeaderFaceExtended,
    UserHeaderLegacy,
    UserHeaderWide,
)
from doorward.protocol.biostar1.request import Request
from doorward.protocol.errors import RemoteProtocolError
from doorward.protocol.layout import DEFAULT_TEXT_CODEC

TEMPLATE_SIZE = 384
TEMPLATES_PER_FINGER = 2
FINGER_SIZE = TEMPLATE_SIZE * TEMPLATES_PER_FINGER
D_STATION_FACE_SIZE = 2284

UserHeader = (
    UserHeaderLegacy
    | UserHeaderBioStation
    | UserHeaderCompact
    | UserHeaderWide
    | UserHeaderFace
    | UserHeaderFaceExtended
)


@dataclass(frozen=True, slots=True)
class UserForm:
    """One of the forms in which users travel.

    Attributes:
        name: What it is called here.
        header: The record of its header.
        enrol: The request that writes users in this form.
        enrol_code: The code of that request.
        read: The request that reads one user.
        list_all: The request that lists all headers.
        header_code: The code that asks for headers alone.
        full_code: The code that asks for templates too.
        template_size: Bytes of templates behind a header.
        users_per_enrolment: Most users in one request.
    """

    name: str
    header: type[UserHeader]
    enrol: type[Request[Any]]
    enrol_code: int
    read: type[Request[Any]]
    list_all: type[Request[Any]]
    header_code: int
    full_code: int
    template_size: Callable[[Any], int]
    users_per_enrolment: int


def _fingers(header: UserHeaderLegacy | UserHeaderBioStation | UserHeaderCompact) -> int:
    return header.finger_count * FINGER_SIZE


def _fingers_and_faces(header: UserHeaderWide) -> int:
    return header.finger_count * FINGER_SIZE + header.face_count * D_STATION_FACE_SIZE


def _faces(header: UserHeaderFace) -> int:
    return sum(header.face_lengths)


def _still_images_and_faces(header: UserHeaderFaceExtended) -> int:
    return sum(header.still_image_lengths) + sum(header.face_lengths)


LEGACY = UserForm(
    "legacy",
    UserHeaderLegacy,
    users.EnrollLegacyUser,
    0,
    users.ReadLegacyUser,
    users.ListLegacyUsers,
    1,
    2,
    _fingers,
    1,
)
BIOSTATION = UserForm(
    "biostation",
    UserHeaderBioStation,
    users.EnrollBioStationUsers,
    0,
    users.ReadBioStationUser,
    users.ListBioStationUsers,
    1,
    2,
    _fingers,
    64,
)
COMPACT = UserForm(
    "compact",
    UserHeaderCompact,
    users.EnrollCompactUsers,
    0,
    users.ReadCompactUser,
    users.ListCompactUsers,
    1,
    2,
    _fingers,
    64,
)
WIDE = UserForm(
    "wide",
    UserHeaderWide,
    users.EnrollWideUsers,
    0,
    users.ReadWideUser,
    users.ListWideUsers,
    1,
    4,
    _fingers_and_faces,
    64,
)
FACE = UserForm(
    "face", UserHeaderFace, users.EnrollWideUsers, 0, users.ReadWideUser, users.ListWideUsers, 1, 4, _faces, 1
)
FACE_EXTENDED = UserForm(
    "face extended",
    UserHeaderFaceExtended,
    users.EnrollWideUsers,
    2,
    users.ReadWideUser,
    users.ListWideUsers,
    0x21,
    0x24,
    _still_images_and_faces,
    1,
)

FORMS_BY_FAMILY: dict[Family, tuple[UserForm, ...]] = {
    Family.BIOSTATION: (BIOSTATION, LEGACY),
    Family.COMPACT: (COMPACT,),
    Family.WIDE: (WIDE,),
    Family.FACE: (FACE, FACE_EXTENDED),
}


def user_form(model: DeviceModel) -> UserForm:
    """The form in which this library reads and writes users of a model."""
    return FORMS_BY_FAMILY[model.family][0]


@dataclass(frozen=True, slots=True)
class UserEntry:
    """One user as it travels.

    Attributes:
        header: The header; its counts tell how many templates belong to the user.
        templates: The templates behind it, as they are; empty when only headers were asked for.
    """

    header: UserHeader
    templates: bytes = b""

    def to_bytes(self, *, text_codec: str = DEFAULT_TEXT_CODEC) -> bytes:
        """Header and templates."""
        return self.header.to_bytes(text_codec=text_codec) + self.templates


def split_users(
    form: UserForm, data: bytes, *, with_templates: bool, text_codec: str = DEFAULT_TEXT_CODEC
) -> Iterator[UserEntry]:
    """Cut a payload into users.

    Args:
        form: The form of the headers.
        data: The payload.
        with_templates: Whether templates follow each header.
        text_codec: The code page of the device's ``char`` fields.

    Raises:
        RemoteProtocolError: The payload ends in the middle of a user.
    """
    offset = 0
    while offset < len(data):
        end = offset + form.header.SIZE
        if end > len(data):
            raise RemoteProtocolError(
                f"the list of users ends {len(data) - offset} bytes into a header of {form.header.SIZE}"
            )
        header = form.header.from_bytes(data[offset:end], text_codec=text_codec)
        offset = end
        if with_templates:
            end += form.template_size(header)
            if end > len(data):
                raise RemoteProtocolError(
                    f"user {header.user_id} announces {end - offset} bytes of templates, "
                    f"but {len(data) - offset} follow"
                )
        yield UserEntry(header, data[offset:end])
        offset = end


def finger_checksum(finger: bytes) -> int:
    """The checksum of a finger's two templates: the sum of their bytes (section 13)."""
    return sum(finger)

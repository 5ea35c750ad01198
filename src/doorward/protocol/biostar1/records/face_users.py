"""The headers of FaceStation users and of raw face data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from doorward.protocol.biostar1.records.access_groups import NO_ACCESS_GROUPS
from doorward.protocol.layout import U16, U32, Record, array, i16, opaque, u8, u16, u32, wide_text


@dataclass(frozen=True, slots=True, kw_only=True)
class UserHeaderFace(Record):
    """User header of 756 bytes of a FaceStation (commands 0x002C and 0x002D); the face templates follow."""

    SIZE: ClassVar[int] = 756
    STRUCTURE: ClassVar[str] = "FSUserHdr"

    user_id: int = u32(0, "User id")
    header_version: int = u16(4, "Version of the header")
    administrator_level: int = u16(6, "0 normal user, 1 administrator")
    security_level: int = u16(8, "Security level, 0 device default")
    status_mask: int = u16(10, "Status bits, kept by the device")
    access_group_mask: int = u32(12, "Four access group numbers, one a byte, 0xFF none", default=NO_ACCESS_GROUPS)
    name: str = wide_text(16, 48, "Name")
    department: str = wide_text(112, 48, "Department")
    pin: str = wide_text(208, 16, "PIN", secret=True)
    face_count: int = u16(240, "Face templates")
    updated_face_count: int = u16(242, "Face templates that the device added by itself")
    face_lengths: tuple[int, ...] = array(244, U16, 25, "Bytes of each face template")
    face_data: bytes = opaque(294, 256, "Working data of the face engine", secret=True)
    face_checksums: tuple[int, ...] = array(552, U32, 25, "Checksum of each face template")
    authentication_mode: int = i16(652, "Mode of this user, 0 device default")
    bypass_card: int = u8(654, "1 = the card alone is enough")
    disabled: int = u8(655, "1 = the user is blocked")
    card_id: int = u32(656, "Card number, 0 no card")
    card_custom_id: int = u32(660, "Custom id of the card")
    start_time: int = u32(664, "Start of validity in local seconds since 1970, 0 none")
    expiry_time: int = u32(668, "End of validity in local seconds since 1970, 0 none")
    updated_face_index: int = u16(672, "Place of the next template that the device adds")


@dataclass(frozen=True, slots=True, kw_only=True)
class UserHeaderFaceExtended(Record):
    """Extended user header of 1112 bytes of a FaceStation; still images follow, then the face templates."""

    SIZE: ClassVar[int] = 1112
    STRUCTURE: ClassVar[str] = "FSUserHdrEx"

    user_id: int = u32(0, "User id")
    header_version: int = u16(4, "Version of the header")
    administrator_level: int = u16(6, "0 normal user, 1 administrator")
    security_level: int = u16(8, "Security level, 0 device default")
    status_mask: int = u16(10, "Status bits, kept by the device")
    access_group_mask: int = u32(12, "Four access group numbers, one a byte, 0xFF none", default=NO_ACCESS_GROUPS)
    name: str = wide_text(16, 48, "Name")
    department: str = wide_text(112, 48, "Department")
    pin: str = wide_text(208, 16, "PIN", secret=True)
    face_type_count: int = u16(240, "Face types in use, at most 5")
    face_counts: tuple[int, ...] = array(242, U16, 5, "For each face type: face templates")
    updated_face_counts: tuple[int, ...] = array(
        252, U16, 5, "For each face type: templates that the device added by itself"
    )
    face_lengths: tuple[int, ...] = array(262, U16, 125, "Bytes of each face template, 5 types x 25 templates")
    face_checksums: tuple[int, ...] = array(512, U32, 125, "Checksum of each face template, 5 types x 25 templates")
    updated_face_indexes: tuple[int, ...] = array(
        1012, U16, 5, "For each face type: place of the next template that the device adds"
    )
    still_image_lengths: tuple[int, ...] = array(1022, U16, 5, "For each face type: bytes of its still image")
    face_data: tuple[int, ...] = array(1032, U16, 10, "Working data of the face engine", secret=True)
    authentication_mode: int = i16(1052, "Mode of this user, 0 device default")
    bypass_card: int = u8(1054, "1 = the card alone is enough")
    disabled: int = u8(1055, "1 = the user is blocked")
    card_id: int = u32(1056, "Card number, 0 no card")
    card_custom_id: int = u32(1060, "Custom id of the card")
    start_time: int = u32(1064, "Start of validity in local seconds since 1970, 0 none")
    expiry_time: int = u32(1068, "End of validity in local seconds since 1970, 0 none")


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceTemplateHeader(Record):
    """The head of a captured FaceStation user: a picture and face templates follow."""

    SIZE: ClassVar[int] = 354
    STRUCTURE: ClassVar[str] = "FSUserTemplateHdr"

    image_size: int = u16(0, "Bytes of the picture")
    face_count: int = u16(2, "Face templates")
    updated_face_count: int = u16(4, "Face templates that the device added by itself")
    face_lengths: tuple[int, ...] = array(6, U16, 25, "Bytes of each face template")
    face_data: bytes = opaque(56, 256, "Working data of the face engine", secret=True)
    raw_face_count: int = u16(312, "Raw face templates")
    raw_face_lengths: tuple[int, ...] = array(314, U16, 20, "Bytes of each raw face template")


@dataclass(frozen=True, slots=True, kw_only=True)
class RawImageHeader(Record):
    """The head of a user's raw face images (FaceStation)."""

    SIZE: ClassVar[int] = 128
    STRUCTURE: ClassVar[str] = "FSRawImageHdr"

    user_id: int = u32(0, "User id")
    image_count: int = u16(4, "Raw images")
    image_lengths: tuple[int, ...] = array(8, U32, 30, "Bytes of each raw image")


@dataclass(frozen=True, slots=True, kw_only=True)
class RawTemplateHeader(Record):
    """The head of a user's raw face templates (FaceStation)."""

    SIZE: ClassVar[int] = 48
    STRUCTURE: ClassVar[str] = "FSRawTemplateHdr"

    user_id: int = u32(0, "User id")
    raw_face_count: int = u16(4, "Raw face templates")
    raw_face_lengths: tuple[int, ...] = array(6, U16, 20, "Bytes of each raw face template")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedRawTemplateHeader(Record):
    """The head of a user's raw face templates by face type (FaceStation)."""

    SIZE: ClassVar[int] = 216
    STRUCTURE: ClassVar[str] = "FSRawTemplateHdrEx"

    user_id: int = u32(0, "User id")
    face_type_count: int = u16(4, "Face types in use, at most 5")
    raw_face_counts: tuple[int, ...] = array(6, U16, 5, "For each face type: raw face templates")
    raw_face_lengths: tuple[int, ...] = array(16, U16, 100, "Bytes of each raw face template, 5 types x 20 templates")

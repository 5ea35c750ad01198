"""The most that any model of any generation can hold of a person: what goes beyond it is refused while it is typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from doorward.device.biostar1.person_limits import LARGEST_NUMBER, LARGEST_TEMPLATE, LIMITS
from doorward.device.biostar1.person_records import FACE_KINDS, FACES_PER_KIND
from doorward.protocol.biostar1.user_data import D_STATION_FACE_SIZE, TEMPLATE_SIZE, WIDE


@dataclass(frozen=True, slots=True)
class FaceLimits:
    """What the models of one family hold of a person's faces.

    Attributes:
        count: Templates of each kind.
        kinds: Kinds.
        smallest: Bytes of the smallest template.
        largest: Bytes of the largest one.
        still_image: Bytes of the largest picture beside them; 0 where none is kept.
    """

    count: int
    kinds: int
    smallest: int
    largest: int
    still_image: int


@dataclass(frozen=True, slots=True)
class PersonLimits:
    """What of a person has a place on at least one model.

    Attributes:
        number: Highest number of a person, a card and a custom ID.
        name_units: UTF-16 units of a name and of a department.
        pin: Characters of a PIN.
        cards: Cards.
        fingers: Fingers.
        finger_template: Bytes of each of a finger's two templates.
        finger_position: Highest number that says which finger it is.
        faces: Faces, for each family of models that has them.
        authentication_mode: Highest number of an authentication mode.
        daily_entry_limit: Highest number of entries a day.
        anti_passback_minutes: Most minutes before somebody may enter again.
    """

    number: int
    name_units: int
    pin: int
    cards: int
    fingers: int
    finger_template: int
    finger_position: int
    faces: dict[str, FaceLimits]
    authentication_mode: int
    daily_entry_limit: int
    anti_passback_minutes: int


WIDEST: Final = PersonLimits(
    number=LARGEST_NUMBER,
    name_units=max(limits.name_units or limits.name_bytes or 0 for limits in LIMITS.values()),
    pin=max(limits.pin_size for limits in LIMITS.values()),
    cards=max(limits.cards for limits in LIMITS.values()),
    fingers=max(limits.fingers for limits in LIMITS.values()),
    finger_template=TEMPLATE_SIZE,
    finger_position=0xFF,
    faces={
        "d-station": FaceLimits(LIMITS[WIDE.name].faces, 1, D_STATION_FACE_SIZE, D_STATION_FACE_SIZE, 0),
        "facestation": FaceLimits(FACES_PER_KIND, FACE_KINDS, 1, LARGEST_TEMPLATE, LARGEST_TEMPLATE),
    },
    authentication_mode=max(limits.largest_mode or 0 for limits in LIMITS.values()),
    daily_entry_limit=0xFFFF,
    anti_passback_minutes=0xFFFF,
)

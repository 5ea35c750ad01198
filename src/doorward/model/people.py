"""People and what they show at a door, independent of any model's way to store them."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime


class SecurityLevel(enum.IntEnum):
    """How strictly a finger or face is matched."""

    DEVICE_DEFAULT = 0
    LOWEST = 1
    LOW = 2
    NORMAL = 3
    HIGH = 4
    HIGHEST = 5


@dataclass(frozen=True, slots=True)
class Card:
    """A card of a person.

    Attributes:
        number: The card number; 1 to 4294967295 on BioStar 1 devices.
        custom_id: The custom id that some cards carry besides their number; 0 none.
        bypass: The card alone opens, whatever else the device asks for.
    """

    number: int
    custom_id: int = 0
    bypass: bool = False


@dataclass(frozen=True, slots=True)
class Finger:
    """An enrolled finger.

    Attributes:
        templates: Two templates of the finger, 384 bytes each on BioStar 1 devices. Secret.
        duress: Whoever shows this finger is under threat: the door opens and an alarm is sent.
        position: Which finger it is, as the model counts them; 0 when it does not say.
    """

    templates: tuple[bytes, bytes] = field(repr=False)
    duress: bool = False
    position: int = 0


@dataclass(frozen=True, slots=True)
class Face:
    """An enrolled face.

    Attributes:
        template: The template. Secret.
        kind: Group of templates it belongs to, on models that have several; 0 otherwise.
        still_image: A picture that some models keep with the first face of a kind. Secret.
    """

    template: bytes = field(repr=False)
    kind: int = 0
    still_image: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class DeviceRecord:
    """The record in which a device keeps a person; lets a change leave alone what Doorward does not know.

    Attributes:
        form: Name of the record's form.
        content: The record as it came. Secret, since it holds the PIN.
    """

    form: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDetails:
    """What a device keeps of a person, without fingers and faces.

    Attributes:
        number: Number of the person on the devices; 1 to 4294967295 on BioStar 1 devices.
        name: Name; empty on models that keep none.
        department: Department; empty on models that keep none.
        pin: PIN, as text; empty without one. Secret.
        cards: Cards, in order.
        valid_from: Start of validity in the device's local time, without a zone; None without one.
        valid_until: End of validity, likewise.
        access_groups: Numbers of the access groups.
        administrator: May use the terminal's menus.
        disabled: Blocked: no door opens.
        security_level: How strictly fingers and faces are matched.
        authentication_mode: What the person must show, by the model's own number; 0 is the device's default.
        daily_entry_limit: Entries a day; 0 without limit.
        anti_passback_minutes: Minutes before the person may enter again; 0 at once.
        origin: The device's own record, where the person was read from one; never compared.
    """

    number: int
    name: str = ""
    department: str = ""
    pin: str = field(default="", repr=False)
    cards: tuple[Card, ...] = ()
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    access_groups: tuple[int, ...] = ()
    administrator: bool = False
    disabled: bool = False
    security_level: SecurityLevel = SecurityLevel.DEVICE_DEFAULT
    authentication_mode: int = 0
    daily_entry_limit: int = 0
    anti_passback_minutes: int = 0
    origin: DeviceRecord | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person(PersonDetails):
    """A person with all credentials.

    Attributes:
        fingers: Enrolled fingers.
        faces: Enrolled faces.
    """

    fingers: tuple[Finger, ...] = ()
    faces: tuple[Face, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSummary(PersonDetails):
    """A person as a list shows them: fingers and faces are counted, not read.

    Attributes:
        finger_count: Enrolled fingers.
        face_count: Enrolled face templates.
    """

    finger_count: int = 0
    face_count: int = 0


@dataclass(frozen=True, slots=True)
class PeopleTotals:
    """How much a device holds.

    Attributes:
        people: Number of people.
        finger_templates: Number of finger templates, two for each finger.
        face_templates: Number of face templates; None on models without faces.
    """

    people: int
    finger_templates: int
    face_templates: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """What a display shows when one person enters.

    Attributes:
        person: Number of the person.
        text: The greeting.
        department: Line above the greeting.
        duration: How long it is shown, in the device's own unit (seconds, by the field's name).
        daily_count: How often a day it is shown.
        picture: A picture to show; empty without one.
    """

    person: int
    text: str = ""
    department: str = ""
    duration: int = 0
    daily_count: int = 0
    picture: bytes = field(default=b"", repr=False)

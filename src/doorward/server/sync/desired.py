"""What a device should hold of people, computed from the data.

A person is on a device only with at least one group that has a right there, and with those groups alone.
"""

from __future__ import annotations

import dataclasses
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

from doorward.device.biostar1 import person_limits
from doorward.device.biostar1.holdings import written_person
from doorward.model import people as model
from doorward.protocol.biostar1.models import DeviceModel, Family, model_by_slug
from doorward.protocol.biostar1.user_data import FACE_EXTENDED, WIDE, UserForm, user_form
from doorward.protocol.layout import DEFAULT_TEXT_CODEC
from doorward.server.access.models import Membership
from doorward.server.people.choices import FaceFamily
from doorward.server.people.models import Person
from doorward.server.people.on_devices import people_for_devices, person_for_device
from doorward.server.sync.digests import person_digest
from doorward.server.sync.marking import AT_ONCE, parts
from doorward.server.sync.models import PersonStamp

Groups = tuple[int, ...]

PREPARED_KEPT: Final = 4_096
"""People who are kept ready to be sent, since many devices get the same."""

DIGESTS_KEPT: Final = 100_000
_LIMITING: Final = (
    "valid_from",
    "valid_until",
    "disabled",
    "daily_entry_limit",
    "anti_passback_minutes",
    "authentication_mode",
)
"""What keeps a person out: a device that has no place for it does not get the person."""


@dataclass(frozen=True)
class Profile:
    """What of a device decides how a person looks there.

    Attributes:
        model: Name of its model.
        zone: IANA name of the zone of its clock.
    """

    model: str
    zone: str

    @cached_property
    def device_model(self) -> DeviceModel:
        """The model."""
        return model_by_slug(self.model)

    @cached_property
    def form(self) -> UserForm:
        """The form in which it keeps people."""
        return user_form(self.device_model)

    @cached_property
    def zone_info(self) -> ZoneInfo:
        """The zone of its clock."""
        return ZoneInfo(self.zone)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A person as a device should hold the person, or why it cannot.

    Attributes:
        person: The person; None where the person does not fit.
        digest: What stands for the person when the device holds it; empty where the person does not fit.
        problem: Who does not fit, and why; empty where the person fits.
    """

    person: model.Person | None = field(repr=False)
    digest: bytes = b""
    problem: str = ""


class People:
    """The people of the database as devices should hold them; what was computed is kept until the data change."""

    def __init__(self) -> None:
        self._prepared: OrderedDict[tuple[int, Profile, Groups], tuple[int, Prepared]] = OrderedDict()
        self._digests: dict[tuple[int, Profile, Groups], tuple[int, bytes]] = {}

    def forget(self) -> None:
        """Compute everything anew."""
        self._prepared.clear()
        self._digests.clear()

    def prepare(self, profile: Profile, wanted: Mapping[int, Groups]) -> dict[int, Prepared]:
        """People with their groups at a device; who is not in the data any more is left out."""
        stamps = stamps_of(wanted)
        found: dict[int, Prepared] = {}
        missing: list[int] = []
        for number, groups in wanted.items():
            known = self._prepared.get((number, profile, groups))
            if known is None or known[0] != stamps.get(number, 0):
                missing.append(number)
            else:
                found[number] = known[1]
        for part in parts(missing, AT_ONCE):
            for row in people_for_devices(part):
                groups = wanted[row.number]
                prepared = prepare(row, groups, profile)
                found[row.number] = prepared
                self._keep((row.number, profile, groups), stamps.get(row.number, 0), prepared)
        return found

    def digests(
        self, profile: Profile, wanted: Mapping[int, Groups], stamps: Mapping[int, int]
    ) -> tuple[dict[int, bytes], list[int]]:
        """The digests that are known; empty for who does not fit. And the people whose digests are not known."""
        found: dict[int, bytes] = {}
        missing: list[int] = []
        for number, groups in wanted.items():
            known = self._digests.get((number, profile, groups))
            if known is None or known[0] != stamps.get(number, 0):
                missing.append(number)
            else:
                found[number] = known[1]
        return found, missing

    def _keep(self, key: tuple[int, Profile, Groups], stamp: int, prepared: Prepared) -> None:
        self._prepared[key] = stamp, prepared
        if len(self._prepared) > PREPARED_KEPT:
            self._prepared.popitem(last=False)
        if len(self._digests) >= DIGESTS_KEPT:
            self._digests.clear()
        self._digests[key] = stamp, prepared.digest


def groups_at(device_ids: Iterable[int], numbers: Sequence[int] | None = None) -> dict[int, dict[int, Groups]]:
    """For each device the people who have a right there, with the numbers of the groups that give it.

    Args:
        device_ids: The devices.
        numbers: Only these people; None is everybody.
    """
    found: dict[int, dict[int, set[int]]] = {device_id: {} for device_id in device_ids}
    for devices in parts(found, AT_ONCE):
        for chosen in [None] if numbers is None else parts(numbers, AT_ONCE):
            rows = Membership.objects.filter(group__rights__door__device_id__in=devices)
            if chosen is not None:
                rows = rows.filter(person__number__in=chosen)
            values = rows.values_list("group__rights__door__device_id", "person__number", "group__number")
            for device_id, number, group in values.iterator(chunk_size=5_000):
                found[device_id].setdefault(number, set()).add(group)
    return {
        device_id: {number: tuple(sorted(groups)) for number, groups in people.items()}
        for device_id, people in found.items()
    }


def stamps_of(numbers: Iterable[int] | None = None) -> dict[int, int]:
    """The stamps of people's data; of everybody without numbers."""
    if numbers is None:
        return dict(PersonStamp.objects.values_list("number", "stamp").iterator(chunk_size=5_000))
    found: dict[int, int] = {}
    for part in parts(numbers, AT_ONCE):
        found.update(PersonStamp.objects.filter(number__in=part).values_list("number", "stamp"))
    return found


def prepare(row: Person, groups: Groups, profile: Profile) -> Prepared:
    """A person with some groups as a device of a profile should hold the person."""
    person, device_model, form = _person(row, groups, profile), profile.device_model, profile.form
    reduced, _ = person_limits.reduced(person, device_model, form)
    # What the model cannot limit, it does not get.
    reduced = dataclasses.replace(reduced, **{name: getattr(person, name) for name in _LIMITING})
    problem = next(person_limits.problems(reduced, device_model, form, DEFAULT_TEXT_CODEC), None)
    if problem is not None:
        return Prepared(
            None, problem=f"{row.name or 'A person'} does not fit on a {device_model.title}. {problem.message}"
        )
    return Prepared(reduced, person_digest(written_person(form, reduced)))


def _person(row: Person, groups: Groups, profile: Profile) -> model.Person:
    form = profile.form
    family = FaceFamily.FACESTATION if profile.device_model.family is Family.FACE else FaceFamily.D_STATION
    person = person_for_device(row, groups, profile.zone_info, face_family=family)
    # Which finger it is, and a picture with a face, are marks without a place in most forms.
    if form is not WIDE:
        person = dataclasses.replace(
            person, fingers=tuple(dataclasses.replace(finger, position=0) for finger in person.fingers)
        )
    if form is not FACE_EXTENDED:
        person = dataclasses.replace(
            person, faces=tuple(dataclasses.replace(face, still_image=b"") for face in person.faces)
        )
    return person

"""What a takeover would do: people merged by number, groups mapped, and what has to be decided on."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from doorward.server.imports.states import State, empty_state, load_states, parts
from doorward.server.keys import key_ring
from doorward.server.people.models import Card, ErasedPerson, Face, Finger
from doorward.server.takeover.choices import OURS
from doorward.server.takeover.device_reading import tables_of
from doorward.server.takeover.mapping import DeviceRights, RightsMap, groups_of_people, map_rights
from doorward.server.takeover.merging import FIELDS, Merged, Option, merge
from doorward.server.takeover.models import ReadPerson, Takeover

CARD_OWNER = "card-owner"
"""The field of a conflict about a card that several people have."""


@dataclass(slots=True)
class Readings:
    """What was read of devices.

    Attributes:
        people: What each device says of a person, by number.
        sides: Who may what at each device.
    """

    people: dict[int, dict[str, Mapping[str, Any]]] = field(default_factory=dict, repr=False)
    sides: list[DeviceRights] = field(default_factory=list)


@dataclass(slots=True)
class Comparison:
    """What devices and data say, side by side.

    Attributes:
        people: Each person out of all sources.
        states: Whoever of them is in the data, as there.
        rights: The groups of the devices as own groups.
        erased: Numbers that are on devices and belong to people who were erased.
        cards: People who have the same card, by the card.
    """

    people: dict[int, Merged] = field(default_factory=dict)
    states: dict[int, State] = field(default_factory=dict)
    rights: RightsMap = field(default_factory=RightsMap)
    erased: set[int] = field(default_factory=set)
    cards: dict[tuple[int, int], set[int]] = field(default_factory=dict)


def gather(item: Takeover) -> Readings:
    """All that was read of the devices of a takeover.

    It takes a while, and only erasing somebody changes it, which ``compare`` sees: no transaction has to wait for it.
    """
    found = Readings()
    for device in item.devices.select_related("device").order_by("device_id"):
        groups: list[tuple[int, list[int]]] = []
        for number, record in read_people(device.pk):
            found.people.setdefault(number, {})[str(device.device_id)] = record
            groups.append((number, record["groups"]))
        tables = tables_of(device.tables or {"schedules": [], "holidays": [], "groups": [], "default_group": 0})
        members = groups_of_people(groups, tables.default_group)
        found.sides.append(DeviceRights(device.device_id, str(device.device), tables, members))
    return found


def compare(read: Readings, *, lock: bool = False) -> Comparison:
    """Compare what was read with the data as it is now."""
    found, said = Comparison(), read.people
    found.rights = map_rights(read.sides)
    found.states = load_states(said, lock=lock)
    found.erased = _erased(said)
    ours = credentials_of(found.states)
    for number in sorted(said.keys() - found.erased):
        sources = said[number]
        if number in found.states:
            sources = {OURS: as_said(found.states[number], ours[number]), **sources}
        found.people[number] = merge(sources)
    _compare_cards(found)
    return found


def read_people(device: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """Everybody who was read at a device."""
    for person in ReadPerson.objects.filter(of=device).order_by("number").iterator(chunk_size=200):
        yield person.number, json.loads(person.content)


def _erased(numbers: Iterable[int]) -> set[int]:
    found: set[int] = set()
    for part in parts(numbers):
        found.update(ErasedPerson.objects.filter(number__in=part).values_list("number", flat=True))
    return found


def credentials_of(states: Mapping[int, State]) -> dict[int, dict[str, list[Any]]]:
    """Fingers and faces of the people in the data, as readings have them."""
    found: dict[int, dict[str, list[Any]]] = {number: {"fingers": [], "faces": []} for number in states}
    for part in parts(states):
        for finger in Finger.objects.filter(person__number__in=part).select_related("person").order_by("place"):
            both = [base64.b64encode(one).decode("ascii") for one in (finger.first, finger.second)]
            found[finger.person.number]["fingers"].append([*both, finger.duress, finger.position])
        for face in Face.objects.filter(person__number__in=part).select_related("person").order_by("place"):
            template, image = (base64.b64encode(one).decode("ascii") for one in (face.template, face.still_image))
            found[face.person.number]["faces"].append([face.family, face.kind, template, image])
    return found


def as_said(state: State, credentials: Mapping[str, list[Any]]) -> dict[str, Any]:
    """A person in the data as a device would say it."""
    said: dict[str, Any] = {str(name): state[name] for name in FIELDS if name in state}
    said["department"] = state["department"][-1] if state["department"] else ""
    said["cards"] = [card[:3] for card in state["cards"]]
    return {**said, **credentials}


def _compare_cards(found: Comparison) -> None:
    """Find cards that several people would have: only one of them can."""
    holders: dict[tuple[int, int], set[int]] = {}
    for number, merged in found.people.items():
        options = merged.conflicts.get("cards", [])
        for cards in [merged.values.get("cards", []), *(option.value for option in options)]:
            for card in cards:
                holders.setdefault((card[0], card[1]), set()).add(number)
    for part in parts(sorted({number for number, _ in holders})):
        rows = Card.objects.filter(number__in=part).values_list("number", "custom_id", "person__number")
        for card, custom_id, owner in rows:
            if (card, custom_id) in holders:
                holders[card, custom_id].add(owner)
    found.cards = {card: people for card, people in sorted(holders.items()) if len(people) > 1}


def card_options(people: Iterable[int]) -> list[Option]:
    """To whom a card may go."""
    return [Option(str(number), (str(number),), number) for number in sorted(people)]


def state_of(merged_values: Mapping[str, Any], before: State | None) -> State:
    """The state of a person after what was merged and decided; groups are added elsewhere."""
    state = dict(empty_state() if before is None else before)
    for name in FIELDS:
        if name in ("fingers", "faces"):
            continue
        value = merged_values[name]
        if name == "department":
            own = state["department"]
            state[name] = own if own and own[-1] == value else ([value] if value else [])
        elif name == "cards":
            known = {(card[0], card[1]): card for card in state["cards"]}
            state[name] = [[*card, *known.get((card[0], card[1]), [0, 0, False, "", None])[3:]] for card in value]
        else:
            state[name] = value
    return state


def digest(found: Comparison) -> str:
    """A keyed digest of the data that a comparison was made with."""
    content = json.dumps([sorted(found.states.items()), sorted(found.erased)], sort_keys=True)
    return hmac.new(key_ring().derive("plan of a takeover")[0].encode(), content.encode(), hashlib.sha256).hexdigest()

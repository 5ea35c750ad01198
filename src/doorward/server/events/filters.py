"""Which events are looked for, as programs and pages say it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final

from django.utils.translation import gettext
from ninja import Field, Schema

from doorward.model.errors import InvalidInput
from doorward.server.devices.models import Device
from doorward.server.devices.services import groups_below
from doorward.server.events.catalogue import BIOSTAR1_CODES, meaning
from doorward.server.events.choices import Category, Generation, Severity
from doorward.server.events.search import EventQuery
from doorward.server.operators.access import Access
from doorward.server.people.erased import not_erased

CATEGORIES: Final = {str(item.label): item.value for item in Category}
SEVERITIES: Final = {str(item.label): item.value for item in Severity}
HIGHEST: Final = 2**63 - 1
NOWHERE: Final = frozenset({-1})
"""Stands for no device and no code: an empty set would take all."""

Number = Annotated[int, Field(ge=0, le=HIGHEST)]


class EventFilter(Schema):
    """Which events are looked for."""

    since: datetime | None = Field(None, description="From this moment on. Without a zone it is taken as UTC.")
    until: datetime | None = Field(None, description="Before this moment.")
    device: list[Number] = Field(default_factory=list, description="At these devices.")
    group: list[Number] = Field(
        default_factory=list, description="At devices of these groups, those of the groups inside included."
    )
    person: list[Number] = Field(default_factory=list, description="Of these persons.")
    code: list[str] = Field(default_factory=list, description="Codes, as numbers or names such as door-forced-open.")
    category: list[str] = Field(default_factory=list, description="Of these categories.")
    severity: list[str] = Field(default_factory=list, description="Of these severities.")
    words: str = Field("", max_length=100, description="What happened, in these words; in English or your language.")


def visible_devices(access: Access, right: str) -> frozenset[int] | None:
    """The devices of whose events somebody may see any; None: all."""
    if access.everywhere(right):
        return None
    return frozenset(access.among(right, Device.objects.all()).values_list("pk", flat=True))


def event_query(filters: EventFilter, visible: frozenset[int] | None) -> EventQuery:
    """What a filter looks for.

    Raises:
        InvalidInput: A name is unknown; names it and what is allowed.
    """
    return EventQuery(
        since=_zoned(filters.since),
        until=_zoned(filters.until),
        devices=_devices(filters),
        visible=visible,
        # Nobody finds by the number what was kept under a pseudonym.
        persons=not_erased(filters.person) or (NOWHERE if filters.person else frozenset()),
        codes=_codes(filters),
        categories=frozenset(_named("category", name, CATEGORIES) for name in filters.category),
        severities=frozenset(_named("severity", name, SEVERITIES) for name in filters.severity),
    )


def codes_of_words(words: str) -> frozenset[int]:
    """The codes of events whose meaning contains some words, in English or in the language of the reader."""
    wanted = words.casefold()
    found = set()
    for slug, code in BIOSTAR1_CODES.items():
        english = meaning(Generation.BIOSTAR1.value, code).words
        if any(wanted in text.casefold() for text in (slug, english, gettext(english))):
            found.add(code)
    return frozenset(found)


def _devices(filters: EventFilter) -> frozenset[int]:
    chosen = frozenset(filters.device)
    if not filters.group:
        return chosen
    inside = frozenset(Device.objects.filter(group__in=groups_below(filters.group)).values_list("pk", flat=True))
    return (chosen & inside if chosen else inside) or NOWHERE


def _codes(filters: EventFilter) -> frozenset[int]:
    chosen = frozenset(map(_code, filters.code))
    words = filters.words.strip()
    if not words:
        return chosen
    meant = codes_of_words(words)
    return (chosen & meant if chosen else meant) or NOWHERE


def _zoned(value: datetime | None) -> datetime | None:
    return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


def _named(field: str, name: str, known: dict[str, int]) -> int:
    value = known.get(name)
    if value is None:
        raise InvalidInput(field, name[:40], ", ".join(known))
    return value


def _code(text: str) -> int:
    found = BIOSTAR1_CODES.get(text)
    if found is not None:
        return found
    try:
        value = int(text, 0)
    except ValueError:
        value = HIGHEST + 1
    if not 0 <= value <= 0x7FFFFFFF:
        raise InvalidInput("code", text[:40], "the number or the name of an event, such as 0x37 or door-forced-open")
    return value

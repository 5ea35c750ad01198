"""What the codes of events mean, for each generation of devices, in the numbers that the database keeps."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

from doorward.protocol.biostar1 import events as biostar1
from doorward.server.events.choices import Category, Generation, Severity


class Meaning(NamedTuple):
    """What a code means.

    Attributes:
        slug: A stable name for programs.
        words: What happened, for people.
        category: A ``Category``, as its number.
        severity: A ``Severity``, as its number.
    """

    slug: str
    words: str
    category: int
    severity: int


_CATEGORIES: Final = MappingProxyType({str(item.label): item.value for item in Category})
_SEVERITIES: Final = MappingProxyType({str(item.label): item.value for item in Severity})


def _biostar1(code: int) -> Meaning:
    found = biostar1.event_meaning(code)
    return Meaning(found.slug, found.words, _CATEGORIES[found.category.value], _SEVERITIES[found.severity.value])


def _unknown_generation(code: int) -> Meaning:
    return Meaning(f"unknown-{code:#x}", f"unknown event {code:#x}", Category.UNKNOWN.value, Severity.NOTICE.value)


def _no_way(code: int, sub_code: int) -> str:
    del code, sub_code
    return ""


_MEANINGS: Final[MappingProxyType[int, Callable[[int], Meaning]]] = MappingProxyType(
    {Generation.BIOSTAR1.value: _biostar1}
)
_WAYS: Final[MappingProxyType[int, Callable[[int, int], str]]] = MappingProxyType(
    {Generation.BIOSTAR1.value: biostar1.sub_event_words}
)
BIOSTAR1_CODES: Final = MappingProxyType({found.slug: code for code, found in biostar1.EVENTS.items()})
"""The codes of BioStar 1 by their stable names."""

_GENERATIONS: Final = MappingProxyType({str(item.label): item.value for item in Generation})


def generation_number(name: str) -> int:
    """The number under which a generation is kept."""
    return _GENERATIONS.get(name, Generation.UNKNOWN.value)


@lru_cache(maxsize=4096)
def meaning(generation: int, code: int) -> Meaning:
    """What a code means on devices of a generation; an unknown one is named by its number."""
    return _MEANINGS.get(generation, _unknown_generation)(code)


@lru_cache(maxsize=4096)
def way(generation: int, code: int, sub_code: int) -> str:
    """How somebody was verified or identified, in words; empty where it does not apply."""
    return _WAYS.get(generation, _no_way)(code, sub_code)

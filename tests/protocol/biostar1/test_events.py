"""Event codes: the published table, two readings of one number, and codes that nobody published."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.protocol.biostar1.events import (
    EVENTS,
    IDENTIFIED_BY,
    VERIFIED_BY,
    EventCategory,
    EventSeverity,
    event_meaning,
    event_words,
    sub_event_words,
)

# Every code of the published table, written out independently of the module under test.
PUBLISHED = [
    *(0x16, 0x17, 0x18, 0x19, 0x20, 0x21),
    *range(0x23, 0x40),
    *range(0x45, 0x4B),
    *(0x54, 0x55, 0x58, 0x62, 0x63, 0x64, 0x65, 0x6A),
    *range(0x6D, 0x79),
    *range(0x80, 0x8C),
    *(0x90, 0x95),
    *range(0x97, 0x9F),
    *range(0xA0, 0xA4),
    *range(0xB0, 0xC0),
    *range(0xC0, 0xCD),
    *range(0xD2, 0xDD),
    *range(0xE0, 0xE4),
    *(0xF0, 0xF8, 0xF9, 0xFF01),
]


def test_every_published_code_has_an_entry_and_no_other() -> None:
    assert sorted(EVENTS) == PUBLISHED
    assert all(meaning.code == code for code, meaning in EVENTS.items())


def test_slugs_and_words_are_distinct_and_plain() -> None:
    assert len({meaning.slug for meaning in EVENTS.values()}) == len(EVENTS)
    assert len({meaning.words for meaning in EVENTS.values()}) == len(EVENTS)
    for meaning in EVENTS.values():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", meaning.slug)
        assert meaning.words[0].isupper()
        assert not meaning.words.endswith(".")
        assert len(meaning.words) <= 60


@pytest.mark.parametrize(
    ("code", "words", "category", "severity"),
    [
        (0x27, "User verified", EventCategory.ACCESS_GRANTED, EventSeverity.INFO),
        (0x6D, "User identified, but has no access here or now", EventCategory.ACCESS_DENIED, EventSeverity.NOTICE),
        (0x63, "User identified under duress", EventCategory.ALARM, EventSeverity.ALARM),
        (0x87, "Door 2 forced open", EventCategory.ALARM, EventSeverity.ALARM),
        (0x84, "Door 1 closed", EventCategory.DOOR, EventSeverity.INFO),
        (0xB6, "Input 2 of Secure I/O 1 switched", EventCategory.INPUT_OUTPUT, EventSeverity.INFO),
        (0x47, "User deleted", EventCategory.USER_MANAGEMENT, EventSeverity.NOTICE),
        (0xD8, "Network cable disconnected", EventCategory.NETWORK, EventSeverity.WARNING),
        (0x6A, "Device started", EventCategory.SYSTEM, EventSeverity.NOTICE),
        (0xFF01, "Device disconnected from the server", EventCategory.NETWORK, EventSeverity.WARNING),
    ],
)
def test_meanings(code: int, words: str, category: EventCategory, severity: EventSeverity) -> None:
    meaning = event_meaning(code)
    assert (meaning.words, meaning.category, meaning.severity) == (words, category, severity)


@pytest.mark.parametrize("code", [0xE0, 0xE1, 0xE2, 0xE3])
def test_numbers_given_out_twice_name_both_meanings(code: int) -> None:
    meaning = event_meaning(code)
    assert ", or " in meaning.words
    assert "-or-" in meaning.slug
    assert meaning.category is EventCategory.ALARM


@given(st.integers(0, 0xFFFF).filter(lambda code: code not in EVENTS))
def test_unknown_codes_are_named_by_their_number(code: int) -> None:
    meaning = event_meaning(code)
    assert meaning.category is EventCategory.UNKNOWN
    assert meaning.code == code
    assert meaning.words == f"unknown event {code:#04x}"


def test_unknown_code_in_words() -> None:
    assert event_meaning(0x12).words == "unknown event 0x12"


def test_sub_events_say_how_somebody_was_recognized() -> None:
    assert sub_event_words(0x27, 0x2E) == "card and PIN"
    assert sub_event_words(0x37, 0x3A) == "fingerprint"
    assert event_words(0x27, 0x2E) == "User verified (card and PIN)"
    assert sorted(VERIFIED_BY) == list(range(0x2B, 0x36))
    assert sorted(IDENTIFIED_BY) == [0x3A, 0x3B, 0x3D, 0x3E]


def test_sub_events_of_other_events_mean_nothing() -> None:
    assert sub_event_words(0x82, 0x2E) == ""
    assert sub_event_words(0x27, 0) == ""
    assert event_words(0x82, 0x2E) == "Door 1 opened"


def test_unknown_sub_event_is_named_by_its_number() -> None:
    assert event_words(0x27, 0x99) == "User verified (unknown way 0x99)"

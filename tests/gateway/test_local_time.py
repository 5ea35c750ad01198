"""From a device's local seconds to UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from doorward.gateway.ledger import ClockReading
from doorward.gateway.local_time import LocalTime

BERLIN = LocalTime(ZoneInfo("Europe/Berlin"))


def utc(*fields: int) -> int:
    return int(datetime(*fields, tzinfo=UTC).timestamp())  # type: ignore[misc,arg-type]  # year to second


def wall(*fields: int) -> int:
    return utc(*fields)  # local seconds count as if the wall clock showed UTC


def test_a_right_clock() -> None:
    assert BERLIN.local(utc(2026, 7, 1, 10, 0, 0)) == wall(2026, 7, 1, 12, 0, 0)
    assert BERLIN.drift(ClockReading(wall(2026, 7, 1, 12, 0, 7), utc(2026, 7, 1, 10, 0, 0))) == 7
    assert BERLIN.utc(wall(2026, 7, 1, 12, 0, 0), 0, None, utc(2026, 8, 1)) == utc(2026, 7, 1, 10, 0, 0)
    assert BERLIN.utc(wall(2026, 1, 1, 12, 0, 0), 0, None, utc(2026, 8, 1)) == utc(2026, 1, 1, 11, 0, 0)


def test_a_clock_that_is_ahead_is_corrected() -> None:
    estimated = BERLIN.utc(wall(2026, 7, 1, 12, 5, 0), 300, None, utc(2026, 7, 1, 10, 1, 0))
    assert estimated == utc(2026, 7, 1, 10, 0, 0)


@pytest.mark.parametrize(
    ("earliest", "latest", "expected"),
    [
        (None, (2026, 10, 25, 5, 0, 0), (2026, 10, 25, 0, 30, 0)),
        ((2026, 10, 25, 0, 50, 0), (2026, 10, 25, 1, 31, 0), (2026, 10, 25, 1, 30, 0)),
        ((2026, 10, 25, 0, 20, 0), (2026, 10, 25, 0, 31, 0), (2026, 10, 25, 0, 30, 0)),
    ],
    ids=["the first pass", "what is known leaves the second", "what is known leaves the first"],
)
def test_the_hour_that_comes_twice(
    earliest: tuple[int, ...] | None, latest: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    since = None if earliest is None else utc(*earliest)
    assert BERLIN.utc(wall(2026, 10, 25, 2, 30, 0), 0, since, utc(*latest)) == utc(*expected)


def test_the_hour_that_does_not_come_is_no_error() -> None:
    estimated = BERLIN.utc(wall(2026, 3, 29, 2, 30, 0), 0, None, utc(2026, 4, 1))
    assert abs(estimated - utc(2026, 3, 29, 1, 0, 0)) <= 3600


def test_a_clock_that_fell_back_to_the_year_2000_is_corrected_for_what_it_wrote_since() -> None:
    drift = wall(2000, 1, 1, 0, 10, 0) - wall(2026, 7, 1, 12, 10, 0)
    latest = utc(2026, 7, 1, 10, 11, 0)
    since = utc(2026, 7, 1, 9, 0, 0)
    assert BERLIN.utc(wall(2000, 1, 1, 0, 1, 0), drift, since, latest) == utc(2026, 7, 1, 10, 1, 0)
    # ... but not for what it wrote while it was right.
    assert BERLIN.utc(wall(2026, 7, 1, 11, 30, 0), drift, since, latest) == utc(2026, 7, 1, 9, 30, 0)


@pytest.mark.parametrize("local", [0, 0xFFFFFFFF])
@pytest.mark.parametrize("drift", [0, -0xFFFFFFFF, 0xFFFFFFFF])
def test_the_ends_of_the_count_are_no_error(local: int, drift: int) -> None:
    assert isinstance(BERLIN.utc(local, drift, 0.0, 1.0), int)

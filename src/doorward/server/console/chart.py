"""The chart of a day's entries, as shapes that a template draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from doorward.server.console.dashboard import Hour

WIDTH: Final = 720
HEIGHT: Final = 190
LEFT: Final = 40
BOTTOM: Final = 24
TOP: Final = 10
BAR_SHARE: Final = 0.62
LINES: Final = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """The entries of an hour: refused ones stand on those that were let in."""

    hour: int
    label: str
    x: float
    width: float
    middle: float
    granted: int
    granted_y: float
    granted_height: float
    denied: int
    denied_y: float
    denied_height: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line across the chart, with the number that it stands for."""

    y: float
    value: int


@dataclass(frozen=True, slots=True)
class Chart:
    """The whole picture, in the units of its view box."""

    bars: list[Bar]
    lines: list[Line]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    base: int = HEIGHT - BOTTOM


def round_up(value: int) -> int:
    """The next number at or above that divides well by four: 4, 8, 20, 40, 80, 200 ..."""
    step = 1
    while True:
        for factor in (4, 8, 20):
            if factor * step >= value:
                return factor * step
        step *= 10


def chart(hours: Sequence[Hour]) -> Chart:
    """Draw the entries of a day."""
    top = round_up(max((hour.granted + hour.denied for hour in hours), default=0))
    base = HEIGHT - BOTTOM
    scale = (base - TOP) / top
    slot = (WIDTH - LEFT) / max(len(hours), 1)
    bars = []
    for place, hour in enumerate(hours):
        granted, denied = hour.granted * scale, hour.denied * scale
        x = LEFT + slot * (place + (1 - BAR_SHARE) / 2)
        bars.append(
            Bar(
                hour.hour,
                f"{hour.hour:02}:00" if hour.hour % 3 == 0 else "",
                round(x, 2),
                round(slot * BAR_SHARE, 2),
                round(x + slot * BAR_SHARE / 2, 2),
                hour.granted,
                round(base - granted, 2),
                round(granted, 2),
                hour.denied,
                round(base - granted - denied, 2),
                round(denied, 2),
            )
        )
    lines = [Line(round(base - top * part / LINES * scale, 2), top * part // LINES) for part in range(LINES + 1)]
    return Chart(bars, lines)

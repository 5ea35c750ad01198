"""What the benchmarks share: pairs of runs in turn, medians, one line of result."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

PAIRS = 7


def in_turn(subject: Callable[[], object], baseline: Callable[[], object], pairs: int = PAIRS) -> tuple[float, float]:
    """Time both in turn, after one warm-up of each; gives the medians in seconds."""
    subject()
    baseline()
    subject_times = []
    baseline_times = []
    for _ in range(pairs):
        subject_times.append(timed(subject))
        baseline_times.append(timed(baseline))
    return statistics.median(subject_times), statistics.median(baseline_times)


def timed(function: Callable[[], object]) -> float:
    """Seconds of one run."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def report(name: str, subject: float, baseline: float, unit: str, amount: float, baseline_name: str) -> None:
    """Print rate and ratio: 1.00 is as fast as the baseline, 0.50 half as fast."""
    print(
        f"{name:34} {amount / subject:12,.0f} {unit}/s   {baseline_name} {amount / baseline:12,.0f} {unit}/s   "
        f"ratio {baseline / subject:.3f}"
    )

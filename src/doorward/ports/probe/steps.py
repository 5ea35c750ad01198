"""What a probe tells while it runs."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class StepState(enum.Enum):
    """How a step stands."""

    RUNNING = "running"
    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a probe. It is told twice: when it begins and when it is over.

    Attributes:
        key: Its name for programs.
        title: Its name for people.
        state: How it stands.
        text: What was found, one or more sentences; empty while it runs.
        seconds: How long it took.
    """

    key: str
    title: str
    state: StepState
    text: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one step ended.

    Attributes:
        state: How it ended.
        text: What was found.
    """

    state: StepState
    text: str

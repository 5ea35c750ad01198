"""What a check found."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from doorward.model.errors import DoorwardError


class Level(enum.StrEnum):
    """How much a finding matters."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found.

    Attributes:
        subject: What was looked at, such as ``database``.
        level: How much it matters.
        words: What was found, one or two sentences.
        advice: What to do; empty when there is nothing to do.
    """

    subject: str
    level: Level
    words: str
    advice: str = ""

    @classmethod
    def of_error(cls, subject: str, error: DoorwardError) -> Finding:
        """The finding that something does not work, in the words of the error."""
        return cls(subject, Level.ERROR, error.message, error.advice)


def worst(findings: Iterable[Finding]) -> Level:
    """The level of the worst finding."""
    order = list(Level)
    return max((finding.level for finding in findings), key=order.index, default=Level.OK)

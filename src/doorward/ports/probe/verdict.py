"""From what was found to one sentence: what is wrong, and what to do.

A pure function over the facts. The cases stand in one table, in the order in which they explain the rest: an address
conflict makes everything below it unreliable, a device that points elsewhere makes a refused port normal, and so on.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass

from doorward.ports.probe.facts import Facts
from doorward.ports.probe.rule import MissingRule


class Kind(enum.Enum):
    """How bad it is."""

    GOOD = "good"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The end of a probe.

    Attributes:
        code: Its name for programs, such as ``wrong-port``.
        kind: How bad it is.
        sentence: What is wrong and what to do, in one sentence.
        commands: Commands that help, in order.
        rule: The rule that a firewall lacks, when that is it.
    """

    code: str
    kind: Kind
    sentence: str
    commands: tuple[str, ...] = ()
    rule: MissingRule | None = None


Case = Callable[[Facts], Verdict | None]


def judge(facts: Facts) -> Verdict:
    """Give the verdict on a set of facts."""
    from doorward.ports.probe.cases import CASES  # noqa: PLC0415 - the cases make verdicts

    for case in CASES:
        verdict = case(facts)
        if verdict is not None:
            return verdict
    raise AssertionError("the last case takes everything")

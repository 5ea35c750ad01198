"""How a webhook does, for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from doorward.server.events.reading import last_position, read_after
from doorward.server.webhooks.models import Webhook

MOST_COUNTED: Final = 200
"""Lines that wait are counted up to here: each of them is read."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a receiver has not got yet.

    Attributes:
        count: How many lines, up to ``MOST_COUNTED``.
        more: Whether there are more, or part of the stream was not looked through.
    """

    count: int
    more: bool

    def __str__(self) -> str:
        return f"{self.count}+" if self.more else str(self.count)


@dataclass(frozen=True, slots=True)
class State:
    """How it does.

    Attributes:
        kind: Colour of its sign: good, info, bad or neutral.
        words: In a few words.
    """

    kind: str
    words: str | Promise


def waiting_for(webhook: Webhook) -> Waiting:
    """Count what waits for a receiver."""
    rows, looked = read_after(webhook.cursor, webhook.wanted, MOST_COUNTED)
    return Waiting(len(rows), looked < last_position() and len(rows) >= MOST_COUNTED)


def state_of(webhook: Webhook, waiting: Waiting) -> State:
    """How a webhook does, by what was kept of it."""
    if not webhook.enabled:
        return State("neutral", _("gone") if webhook.disabled_reason else _("switched off"))
    if webhook.failing_since is not None:
        return State("bad", _("failing"))
    if waiting.count:
        return State("info", _("delivering"))
    return State("good", _("up to date"))

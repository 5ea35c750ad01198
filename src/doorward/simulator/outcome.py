"""What comes of a request: the replies, and what the device does once they are sent."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from doorward.protocol.biostar1.message import Message
from doorward.protocol.biostar1.request import Reply, Request


class After(enum.Enum):
    """What a device does after its reply has left."""

    NOTHING = "nothing"
    RESTART = "restart"
    RESTART_NETWORK = "restart the network interface"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The replies to one request, in order, and what follows.

    Attributes:
        replies: Most requests get one; a list of users two; a bus scan for a known device none. Only code,
            parameters and payload count: the connection puts in the rest.
        after: What the device does when they are sent.
    """

    replies: tuple[Message, ...]
    after: After = After.NOTHING


DONE = Outcome((Message(0),))
SILENCE = Outcome(())

Handlers = Mapping[type[Request[Any]], Callable[[Any], Outcome]]
"""What a part of a device answers: the typed request it takes, by class."""

Offers = Mapping[type[Request[Any]], Callable[[Message], int]]
"""For writes: whether the header packet is accepted (result 0), by class of request."""


def refused(code: int) -> Outcome:
    """Answer with a result code other than success."""
    return Outcome((Message(0, code),))


def done(after: After) -> Outcome:
    """Answer with success, then do something."""
    return Outcome(DONE.replies, after)


def told(reply: Reply) -> Outcome:
    """Answer with a typed reply."""
    return Outcome((reply.encode(0),))


def sent(payload: bytes, param1: int = 0, param2: int = 0) -> Outcome:
    """Answer with a payload."""
    return Outcome((Message(0, 0, param1, param2, payload),))


def listed(count: int, payload: bytes) -> Outcome:
    """Answer a list request: the count first, then the data (protocol notes, section 3.4)."""
    return Outcome((Message(0, 0, count), Message(0, 0, count, 0, payload)))

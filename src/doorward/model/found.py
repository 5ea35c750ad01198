"""A device as a search finds it."""

from __future__ import annotations

from dataclasses import dataclass

from doorward.model.network_settings import NetworkSettings

BIOSTAR1 = "biostar1"
BIOSTAR2 = "biostar2"
GENERATIONS = (BIOSTAR1, BIOSTAR2)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDevice:
    """What is known of a device without a connection to it.

    One that is known from elsewhere can be made by hand; only the first four are needed to ask it by UDP then.

    Attributes:
        device_id: Its serial number.
        type: The number of its model on the wire.
        generation: ``biostar1`` or ``biostar2``.
        address: Its IPv4 address: BioStar 2 devices tell it, for BioStar 1 it is where the answer came from.
        model: Name of the model as used in commands and files; ``unknown-<type>`` for an unknown one.
        title: Name of the model as on the box.
        port: TCP port in direct mode; None for an unknown model of BioStar 1.
        mode: ``direct`` or ``server`` where the search answer says it (BioStar 2), else empty.
        interface: The card that heard it; empty when it does not matter.
        agent: Number of the agent that heard it in its branch; None: this machine did. Addresses are those of there.
        answered_from: Where its answer came from; empty when it did not answer.
        round_trip_ms: Milliseconds from the question to the quickest answer.
        answers: How many answers came, over all cards and repetitions.
        foreign_subnet: It was heard by broadcast only and its address lies in no subnet of this machine: it can be
            asked and readdressed by broadcast, but not connected to.
        conflict: Why it cannot be told apart from another one; empty when it can.
        details: Its network settings, when they were asked for and came.
        details_problem: Why they did not come.
    """

    device_id: int
    type: int
    generation: str
    address: str
    model: str = ""
    title: str = ""
    port: int | None = None
    mode: str = ""
    interface: str = ""
    agent: int | None = None
    answered_from: str = ""
    round_trip_ms: float = 0.0
    answers: int = 0
    foreign_subnet: bool = False
    conflict: str = ""
    details: NetworkSettings | None = None
    details_problem: str = ""

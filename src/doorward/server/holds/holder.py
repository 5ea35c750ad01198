"""Who has a device in direct mode just now, whichever way that is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils import timezone

from doorward.gateway.collaborators import DeviceState
from doorward.server.devices.choices import Mode
from doorward.server.devices.models import Device
from doorward.server.holds.choices import HoldKind
from doorward.server.holds.clients import is_of
from doorward.server.holds.models import Hold
from doorward.server.holds.words import held_words
from doorward.server.operators.actor import Actor, current_actor

THIS_SERVER: Final = "this server"
ANOTHER_CLIENT: Final = "another client"
CONNECTED: Final = frozenset({DeviceState.CATCHING_UP.value, DeviceState.LIVE.value})


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a device.

    Attributes:
        kind: In which way.
        name: Who.
        words: Who, since when and why, in whole sentences.
        since: Since when.
        until: When it ends unless it is kept up; None where it has no end of its own.
        reason: Why, in words.
        program: The program that has the line; empty where there is none.
        via: The way in; empty where it is none of ours.
        address: From where; empty for this machine, and where it is not known.
        mine: It is the one who acts now.
    """

    kind: HoldKind
    name: str
    words: str
    since: datetime
    until: datetime | None = None
    reason: str = ""
    program: str = ""
    via: str = ""
    address: str = ""
    mine: bool = False


def holder_of(device: Device, *, server_runs: bool) -> Holder | None:
    """Who has a device; None when nobody does, as in server mode, where everybody shares it.

    Args:
        device: One of ``devices.services.devices()``, which brings its open hold and its state along.
        server_runs: Whether what the gateway wrote down holds.
    """
    now = timezone.now()
    open_holds: list[Hold] = getattr(device, "open_holds", [])
    hold = next((row for row in open_holds if row.until > now), None)
    if hold is not None:
        return of_hold(hold, current_actor())
    status: Any = getattr(device, "status", None)
    if device.mode != Mode.DIRECT or status is None or not server_runs:
        return None
    if status.held_since is not None:
        return Holder(HoldKind.OTHER, ANOTHER_CLIENT, status.reason, status.held_since, reason=status.reason)
    if status.state in CONNECTED:
        words = f"This server keeps its connection to the device at {status.address}."
        return Holder(HoldKind.SERVER, THIS_SERVER, words, status.since)
    return None


def of_hold(hold: Hold, actor: Actor) -> Holder:
    """A kept hold as one who acts sees it."""
    return Holder(
        HoldKind(hold.kind), hold.holder, held_words(hold), hold.since, hold.until, hold.reason, hold.program, hold.via,
        hold.address, is_of(hold, actor),
    )  # fmt: skip

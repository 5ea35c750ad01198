"""Giving an order to the running server and waiting for its outcome; and the server's side of the same table."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from doorward.gateway.collaborators import (
    Command,
    CommandOutcome,
    InstallCertificate,
    Reconnect,
    RemoveCertificate,
)
from doorward.model.errors import NotReached, TimedOut
from doorward.server.devices.commands import require_commandable
from doorward.server.orders.choices import OrderKind
from doorward.server.orders.models import Order
from doorward.server.system.services import running_server

TAKEN_WITHIN: Final = 15.0
"""Seconds in which a running server takes an order; a busy database may hold it back."""

OUTCOME_WITHIN: Final = 40.0
"""Seconds from the taking of an order to its outcome."""

LOOK_SECONDS: Final = 0.1
KEPT: Final = timedelta(days=30)


def carry_out(device_id: int, kind: OrderKind, *, by: str, content: bytes = b"", reason: str = "") -> CommandOutcome:
    """Let the running server carry out an order and wait for what comes of it.

    Args:
        device_id: The device.
        kind: What is wanted.
        by: Who wants it.
        content: What goes to the device.
        reason: Why, in words, where it is kept.

    Raises:
        NotReached: No server runs, or it did not take the order; nothing was done.
        DoorwardError: Somebody else has the device alone; nothing was done.
        TimedOut: There was no outcome in time; whether the device did it is not known.
    """
    require_server()
    require_commandable(device_id)
    now = timezone.now()
    Order.objects.filter(given__lt=now - KEPT).delete()
    order = Order.objects.create(device_id=device_id, kind=kind, content=content, reason=reason, by=by, given=now)
    deadline = time.monotonic() + TAKEN_WITHIN
    taken = False
    while True:
        time.sleep(LOOK_SECONDS)
        order.refresh_from_db()
        if order.finished is not None:
            return CommandOutcome(str(order.pk), bool(order.succeeded), order.words, order.advice)
        if order.taken is not None and not taken:
            taken, deadline = True, time.monotonic() + OUTCOME_WITHIN
        if time.monotonic() >= deadline:
            _give_up(order)


def require_server() -> None:
    """Make sure that a server runs.

    Raises:
        NotReached: None does.
    """
    if running_server() is None:
        raise NotReached(
            "No server runs with this database, and only it has connections to devices.",
            advice="Start it: doorward serve",
        )


def _give_up(order: Order) -> None:
    words = "It was withdrawn: there was no outcome in time."
    with transaction.atomic():
        withdrawn = Order.objects.filter(pk=order.pk, taken__isnull=True).update(
            taken=timezone.now(), finished=timezone.now(), succeeded=False, words=words, content=b""
        )
    if withdrawn:
        raise NotReached(
            f"The server did not take the order for device {order.device_id} within {TAKEN_WITHIN:g} s; nothing was "
            "done.",
            advice="Look at 'doorward status' and the server's log.",
        )
    raise TimedOut(
        f"Device {order.device_id} has not answered within {OUTCOME_WITHIN:g} s; whether it did it is not known.",
        advice="Look at the device's state, then try again.",
    )


# --- The server's side ------------------------------------------------------------------------------------------------


def take_open() -> list[Command]:
    """Take the orders that were given since; what waited too long was given up by its giver."""
    now = timezone.now()
    since = now - timedelta(seconds=2 * TAKEN_WITHIN)
    orders = list(Order.objects.filter(taken__isnull=True, given__gte=since))
    # Only what nobody withdrew at the same time.
    return [
        command_of(order) for order in orders if Order.objects.filter(pk=order.pk, taken__isnull=True).update(taken=now)
    ]


def command_of(order: Order) -> Command:
    """An order as the gateway takes it."""
    number = str(order.pk)
    if order.kind == OrderKind.INSTALL_CERTIFICATE:
        return InstallCertificate(number, order.device_id, order.content)
    if order.kind == OrderKind.REMOVE_CERTIFICATE:
        return RemoveCertificate(number, order.device_id)
    return Reconnect(number, order.device_id, order.reason)


def finish(outcome: CommandOutcome) -> None:
    """Note what came of an order; its content is forgotten."""
    Order.objects.filter(pk=outcome.command_id).update(
        finished=timezone.now(),
        succeeded=outcome.succeeded,
        words=outcome.words,
        advice=outcome.advice,
        content=b"",
    )

"""Beginning a change of mode, ending the waiting for a device, and looking at how far one is."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from doorward.model.errors import DoorwardError, InvalidInput
from doorward.model.network_settings import NetworkChanges
from doorward.server.audit.choices import Outcome
from doorward.server.audit.models import AuditEntry
from doorward.server.audit.services import Thing, close, record
from doorward.server.devices.choices import Approval, Mode
from doorward.server.devices.editing import change_device
from doorward.server.devices.models import Device
from doorward.server.devices.services import one_device
from doorward.server.discovery import services as discovery
from doorward.server.holds import services as holds
from doorward.server.holds.choices import HoldKind
from doorward.server.holds.clients import Client
from doorward.server.modes.choices import ChangeState
from doorward.server.modes.models import ModeChange
from doorward.server.modes.steps import tell_change
from doorward.server.modes.ways import last_host
from doorward.server.operators.actor import Actor

logger = logging.getLogger(__name__)

PATIENCE: Final = 120
SHORTEST_PATIENCE: Final = 5
LONGEST_PATIENCE: Final = 600
DIALLED_PORT: Final = 1480
"""The port that models dial which know no other."""

TEMPORARY: Final = (
    "Direct mode is meant for temporary use, such as setting a device up: it serves one client at a time and tells its "
    "events only when it is asked. In server mode the device dials the server, tells each event at once, and everybody "
    "shares it."
)

LASTING: Final = (
    "In server mode the device dials the server, tells each event at once and is shared by everybody: this is the mode "
    "for every day. Direct mode is meant for temporary use."
)

_listeners: list[Callable[[], None]] = []


class ChangeRefused(DoorwardError):
    """A change of mode cannot be begun or ended now."""


def open_change(device_id: int) -> ModeChange | None:
    """The change of a device that is under way or overdue; None without one."""
    return ModeChange.objects.filter(device_id=device_id, finished__isnull=True).first()


def last_change(device_id: int) -> ModeChange | None:
    """The newest change of a device; None when there never was one."""
    return ModeChange.objects.filter(device_id=device_id).first()


def begin(
    device_id: int,
    target: Mode,
    client: Client,
    *,
    server_address: str = "",
    server_port: int | None = None,
    patience: int | None = None,
    udp_port: int | None = None,
) -> ModeChange:
    """Begin to bring a device to a mode; the running server does it step by step.

    Args:
        device_id: The device.
        target: The mode; that which it has already sets it up anew, as after its settings were lost.
        client: Who wants it; nobody else commands the device meanwhile.
        server_address: What the device dials in server mode; empty: the address of this server on its side.
        server_port: The TCP port there; None: that of this server.
        patience: Seconds that the device has to come; None: the usual time.
        udp_port: UDP port of the device; None for that of its generation.

    Raises:
        InvalidInput: There is no such device, or a value is not allowed.
        ChangeRefused: The device is not let in, a change is under way, or it is not known what it should dial.
        HeldByAnother: Somebody else has the device.
    """
    seconds = PATIENCE if patience is None else patience
    if not SHORTEST_PATIENCE <= seconds <= LONGEST_PATIENCE:
        raise InvalidInput("seconds", seconds, f"a whole number from {SHORTEST_PATIENCE} to {LONGEST_PATIENCE}")
    device = one_device(device_id)
    if device.approval != Approval.APPROVED or not device.enabled:
        raise ChangeRefused(f"Device {device} is not let in, or is switched off.", advice="Let it in first.")
    host = last_host(device)
    address, port = server_address, server_port
    if target == Mode.SERVER:
        address = address or (discovery.server_address_toward(host, device.agent) if host else "")
        port = port or discovery.server_port()
        _check_server(address, port)
    with transaction.atomic():
        before = open_change(device_id)
        if before is not None and before.state == ChangeState.UNDER_WAY:
            raise ChangeRefused(
                f"{before.by} brings device {device} to {before.target} mode just now.",
                advice="Wait until that is over; its steps are shown on the page of the device.",
            )
        if before is not None:
            finish(before, ChangeState.ENDED, f"{client.name} began another change.")
        holds.hold(device_id, client, kind=HoldKind.CHANGING, reason=f"To {target} mode.")
        entry = record(
            "device.mode",
            Thing.of(device),
            before={"mode": device.mode, "address": device.address},
            after={"mode": str(target), "server_address": address, "server_port": port},
            outcome=Outcome.PENDING,
        )
        actor = client.actor
        change = ModeChange.objects.create(
            device=device, target=target, operator_id=actor.operator_id, by=actor.name[:150], via=actor.via,
            address=actor.address, token=actor.token, begun=timezone.now(), patience=seconds, server_address=address,
            server_port=port, device_address=host, device_port=device.port, udp_port=udp_port, audit=entry.pk,
        )  # fmt: skip
        tell_change(change, "Begun", "")
        transaction.on_commit(wake)
    return change


def end_waiting(change: ModeChange, *, by: str) -> None:
    """Wait no more for a device that has not come; it may come all the same, and is shown as it does then.

    Raises:
        ChangeRefused: Its steps are under way, or it is over.
    """
    if change.state == ChangeState.UNDER_WAY:
        raise ChangeRefused(
            "The change is under way; it cannot be ended in the middle.", advice="It ends by itself in some minutes."
        )
    if change.finished is not None:
        raise ChangeRefused("The change is over already.", advice="Its outcome is shown with it.")
    finish(change, ChangeState.ENDED, f"{by} waits for it no more.")


def finish(change: ModeChange, state: ChangeState, words: str, advice: str = "") -> None:
    """Note the end of a change, close its entry of the audit log, and let go of the device."""
    with transaction.atomic():
        change.state, change.words, change.advice, change.finished = state, words, advice, timezone.now()
        updated = ModeChange.objects.filter(pk=change.pk, finished__isnull=True).update(
            state=state, words=words, advice=advice, finished=change.finished
        )
        if not updated:
            return
        holds.end_changing(change.device_id, words)
        entry = None if change.audit is None else AuditEntry.objects.filter(pk=change.audit).first()
        if entry is not None:
            close(entry, Outcome.DONE if state == ChangeState.DONE else Outcome.FAILED, words)
        tell_change(change, state.label.capitalize(), words)


def overdue(change: ModeChange, words: str, advice: str, reasons: list[str]) -> None:
    """Note that a device has not come in time; it is still waited for, and others may work with it again."""
    with transaction.atomic():
        change.state, change.words, change.advice, change.reasons = ChangeState.OVERDUE, words, advice, reasons
        change.save(update_fields=["state", "words", "advice", "reasons"])
        holds.end_changing(change.device_id, words)
        tell_change(change, "Overdue", words)


def note_written(change: ModeChange, address: str, port: int | None) -> None:
    """Note that a device took its settings, from which moment on it may be in the other mode."""
    change.written = timezone.now()
    change.deadline = change.written + timedelta(seconds=change.patience)
    change.device_address, change.device_port = address, port
    change.save(update_fields=["written", "deadline", "device_address", "device_port"])


def mode_became_true(change: ModeChange, called_from: str = "") -> None:
    """Note in the device's row the mode in which it was just seen.

    Args:
        change: The change.
        called_from: In server mode, from where it called: approval holds at that address.
    """
    values: dict[str, object] = {"mode": change.target}
    if change.target == Mode.DIRECT:
        values |= {"address": change.device_address, "port": change.device_port}
    with transaction.atomic():
        if change.target == Mode.SERVER and called_from:
            Device.objects.filter(pk=change.device_id).update(approved_address=called_from)
        change_device(change.device_id, values, by=change.by)


def wanted_changes(change: ModeChange, *, has_server_port: bool) -> NetworkChanges:
    """What is written to a device."""
    if change.target == Mode.DIRECT:
        return NetworkChanges(mode="direct")
    port = change.server_port if has_server_port else None
    return NetworkChanges(mode="server", server_address=change.server_address, server_port=port)


def actor_of(change: ModeChange) -> Actor:
    """Who wanted it, as one who acts: its steps are noted in his name."""
    return Actor(change.by, change.operator_id, change.via, change.address, token=change.token)


def listen(listener: Callable[[], None]) -> Callable[[], None]:
    """Be told, in the thread that did it, when there is a change to be made; gives what ends it."""
    _listeners.append(listener)

    def end() -> None:
        _listeners.remove(listener)

    return end


def wake() -> None:
    """Tell the server that there is a change to be made."""
    for listener in tuple(_listeners):
        try:
            listener()
        except RuntimeError:  # a loop that is closing has no use for it
            logger.debug("A listener for changes of mode is gone.")


def _check_server(address: str, port: int | None) -> None:
    if not address or not port:
        raise ChangeRefused(
            "It is not known how the device reaches this server.",
            advice="Give the server's address and port, or set devices.told_address in the settings of the server.",
        )
    NetworkChanges(mode="server", server_address=address, server_port=port).check()

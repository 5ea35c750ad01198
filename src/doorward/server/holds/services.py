"""Holding a device alone, keeping that up, giving it up, asking for it and taking it over.

A device in direct mode serves one client. The server itself keeps that connection as a rule; here it is said who else
has the device: an operator who works with it alone, or another program to which the server leaves the line. A hold is
a lease: it ends by itself when its client shows no sign of life, or when his session, token or account ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from doorward.model.errors import DoorwardError, InvalidInput
from doorward.server.audit.services import Thing, record
from doorward.server.devices.changes import announce
from doorward.server.devices.choices import Approval, Mode
from doorward.server.devices.models import Device
from doorward.server.devices.services import locked_device
from doorward.server.events.choices import Kind
from doorward.server.events.happenings import tell
from doorward.server.holds.choices import AWAY_FROM_LINE, HoldKind
from doorward.server.holds.clients import Client, is_of
from doorward.server.holds.models import Hold, HoldRequest
from doorward.server.holds.words import held_words
from doorward.server.operators.actor import THE_SERVER, Actor, acting, current_actor
from doorward.server.operators.models import ApiToken

SHORTEST: Final = 15
LEASE_SECONDS: Final = 180
"""Seconds for which a hold lasts from the last sign of life of its client, where nothing else is said."""
LONGEST_LEASE: Final = 900
RELEASE_SECONDS: Final = 1_800
LONGEST_RELEASE: Final = 8 * 3_600
LONGEST_REASON: Final = 500
LONGEST_PROGRAM: Final = 100


class HeldByAnother(DoorwardError):
    """Somebody else holds the device."""

    default_advice = "Ask for it, or wait; who may do so can take it over."


class NotHoldable(DoorwardError):
    """The device is not in a state in which it can be held."""


class NotHolding(DoorwardError):
    """Who acts does not hold the device, or does not any more."""

    default_advice = "Look at who holds it now, and hold it anew if it is free."


# --- Looking ----------------------------------------------------------------------------------------------------------


def open_hold(device_id: int) -> Hold | None:
    """The hold of a device that stands; None when it is free for all who may."""
    return Hold.objects.filter(device_id=device_id, ended__isnull=True, until__gt=timezone.now()).first()


def require_free(device_id: int) -> None:
    """Make sure that who acts now may send commands to a device. The server itself always may.

    Raises:
        HeldByAnother: Somebody else has it alone.
    """
    actor = current_actor()
    if actor == THE_SERVER:
        return
    hold = open_hold(device_id)
    if hold is not None and not is_of(hold, actor):
        raise HeldByAnother(held_words(hold))


# --- Holding ----------------------------------------------------------------------------------------------------------


def hold(
    device_id: int,
    client: Client,
    *,
    kind: HoldKind = HoldKind.OPERATOR,
    seconds: int | None = None,
    reason: str = "",
    program: str = "",
) -> Hold:
    """Take a device for a client alone; who has it in this way already goes on holding it.

    Args:
        device_id: The device.
        client: Who wants it.
        kind: In which way, see ``choices.KEPT``.
        seconds: For how long from his last sign of life on; None for the usual time of the kind.
        reason: Why, in words.
        program: The program that gets the line, where the server leaves it to one.

    Raises:
        InvalidInput: There is no such device, or a value is not allowed.
        NotHoldable: It is not in direct mode, not let in or switched off.
        HeldByAnother: Somebody else has it.
    """
    lasting = _checked(kind, seconds, reason, program)
    try:
        with transaction.atomic():
            device = locked_device(device_id)
            _require_holdable(device, kind)
            present = _present(device)
            if present is not None:
                if not is_of(present, client.actor):
                    raise HeldByAnother(held_words(present))
                if present.kind == kind:
                    return _go_on(present, lasting, reason=reason, program=program)
                _end(present, device, "It went on in another way.", by=client.name)
            return _begin(device, client, kind, lasting, reason=reason, program=program)
    except IntegrityError:
        # Somebody was faster, in another process: the database lets one hold of a device stand.
        winner = open_hold(device_id)
        words = "Somebody else took it in the same moment." if winner is None else held_words(winner)
        raise HeldByAnother(words) from None


def keep(device_id: int, client: Client) -> Hold:
    """A sign of life of a client: his hold goes on.

    Raises:
        NotHolding: He has none.
    """
    own = open_hold(device_id)
    if own is None or not is_of(own, client.actor):
        raise NotHolding(_lost_words(device_id, own))
    until = timezone.now() + timedelta(seconds=own.seconds)
    if not Hold.objects.filter(pk=own.pk, ended__isnull=True).update(until=until):
        raise NotHolding(_lost_words(device_id, None))
    own.until = until
    return own


def give_up(device_id: int, client: Client, *, reason: str = "") -> None:
    """Give a device back.

    Raises:
        NotHolding: The client does not hold it.
    """
    with transaction.atomic():
        device = locked_device(device_id)
        own = _present(device)
        if own is None or own.kind == HoldKind.CHANGING or not is_of(own, client.actor):
            raise NotHolding(_lost_words(device_id, own))
        _end(own, device, reason or f"{client.name} gave it up.", by=client.name)
        record("device.hold.release", Thing.of(device), before=_shown(own))


def end_changing(device_id: int, words: str) -> None:
    """The change of a device's mode is over, or it is only waited for: others may work with it again."""
    with transaction.atomic():
        device = locked_device(device_id)
        present = Hold.objects.filter(device=device, ended__isnull=True, kind=HoldKind.CHANGING).first()
        if present is not None:
            _end(present, device, words)
        elif device.line_left and not Hold.objects.filter(device=device, ended__isnull=True).exists():
            take_line_back(device_id)


def take_over(device_id: int, client: Client, *, seconds: int | None = None, reason: str = "") -> Hold:
    """Take a device from whoever holds it; whoever calls this has checked that the client may.

    Raises:
        InvalidInput: There is no such device, or a value is not allowed.
        NotHoldable: It is not in direct mode, not let in or switched off, or it is just brought to the other mode.
    """
    lasting = _checked(HoldKind.OPERATOR, seconds, reason, "")
    with transaction.atomic():
        device = locked_device(device_id)
        _require_holdable(device, HoldKind.OPERATOR)
        present = _present(device)
        before = None if present is None else _shown(present)
        if present is not None:
            if present.kind == HoldKind.CHANGING:
                raise NotHoldable(
                    held_words(present), advice="Wait until the change of its mode is over, or end the change."
                )
            _end(present, device, f"{client.name} took it over." + (f" {reason}" if reason else ""), by=client.name)
        taken = _begin(device, client, HoldKind.OPERATOR, lasting, reason=reason, program="", noted=False)
        record("device.hold.take_over", Thing.of(device), before=before, after=_shown(taken))
    return taken


def ask_for(device_id: int, client: Client, *, reason: str = "") -> HoldRequest:
    """Ask whoever holds a device to give it up; he is shown that at once.

    Raises:
        InvalidInput: The reason is too long.
        NotHoldable: Nobody holds it, so there is nobody to ask, or it is one's own.
    """
    _check_length("reason", reason, LONGEST_REASON)
    with transaction.atomic():
        device = locked_device(device_id)
        present = _present(device)
        if present is None or is_of(present, client.actor):
            words = "holds it already" if present is not None else "can hold it: nobody else does"
            raise NotHoldable(f"{client.name} {words}.", advice="There is nobody to ask.")
        request, _ = HoldRequest.objects.update_or_create(
            hold=present,
            asker=client.name[:150],
            defaults={"address": client.actor.address, "reason": reason, "at": timezone.now()},
        )
        record("device.hold.ask", Thing.of(device), after={"holder": present.holder, "reason": reason})
        _tell(present, "hold asked", by=client.name, reason=reason)
    return request


# --- Ending by itself -------------------------------------------------------------------------------------------------


def end_stale(now: datetime | None = None) -> int:
    """End the holds whose client is gone; gives how many. A lease that ran out counts no more even before this."""
    moment = now or timezone.now()
    gone = (
        Q(until__lte=moment)
        | Q(operator__is_active=False)
        | Q(session__ended__isnull=False)
        | Q(operator__isnull=True, via__in=("console", "API"))
        | (~Q(kind=HoldKind.CHANGING) & Q(device__mode=Mode.SERVER))
        | Q(device__enabled=False)
        | ~Q(device__approval=Approval.APPROVED)
    )
    rows = {row.pk: row for row in Hold.objects.filter(gone, ended__isnull=True).select_related("operator", "session")}
    for row in _of_dead_tokens(moment):
        rows.setdefault(row.pk, row)
    ended = 0
    for row in rows.values():
        with acting(THE_SERVER), transaction.atomic():
            device = locked_device(row.device_id)
            present = _present(device, among_run_out=True)
            # It may have been kept up, or ended, since it was looked at.
            if present is None or present.pk != row.pk or (row.until <= moment < present.until):
                continue
            words = _why_gone(row, moment, device)
            _end(present, device, words)
            record("device.hold.end", Thing.of(device), before=_shown(present), words=words)
            ended += 1
    return ended


def _of_dead_tokens(now: datetime) -> list[Hold]:
    rows = list(Hold.objects.filter(ended__isnull=True).exclude(token="").select_related("operator", "session"))
    if not rows:
        return []
    alive = set(
        ApiToken.objects.filter(prefix__in=[row.token for row in rows], revoked__isnull=True)
        .filter(Q(expires__isnull=True) | Q(expires__gt=now))
        .values_list("prefix", flat=True)
    )
    return [row for row in rows if row.token not in alive]


def _why_gone(row: Hold, now: datetime, device: Device) -> str:
    if row.until <= now:
        if row.kind == HoldKind.RELEASED:
            return "Its time was over."
        return f"Its client gave no sign of life for {row.seconds} s."
    if device.approval != Approval.APPROVED or not device.enabled:
        return "The device may not be connected any more."
    if row.kind != HoldKind.CHANGING and device.mode == Mode.SERVER:
        return "The device is in server mode now."
    if row.token and (row.operator is None or row.operator.is_active):
        return "The token of its client ended."
    if row.session is not None and row.session.ended is not None:
        return "The session of its client ended."
    return "The account of its client was switched off."


# --- What all of them do ----------------------------------------------------------------------------------------------


def _present(device: Device, *, among_run_out: bool = False) -> Hold | None:
    """The hold of a device that stands, within a transaction that has the device; one that ran out is ended."""
    row = Hold.objects.select_for_update().filter(device=device, ended__isnull=True).first()
    now = timezone.now()
    if row is not None and row.until <= now and not among_run_out:
        with acting(THE_SERVER):
            words = _why_gone(row, now, device)
            _end(row, device, words)
            record("device.hold.end", Thing.of(device), before=_shown(row), words=words)
        return None
    return row


def _begin(
    device: Device, client: Client, kind: HoldKind, seconds: int, *, reason: str, program: str, noted: bool = True
) -> Hold:
    now, actor = timezone.now(), client.actor
    row = Hold.objects.create(
        device=device, kind=kind, holder=actor.name[:150], operator_id=actor.operator_id, token=actor.token,
        session_id=client.session_id, program=program, via=actor.via, address=actor.address, reason=reason, since=now,
        seconds=seconds, until=now + timedelta(seconds=seconds),
    )  # fmt: skip
    if noted:
        record("device.hold", Thing.of(device), after=_shown(row))
    if kind in AWAY_FROM_LINE:
        leave_line(device.pk, held_words(row))
    _tell(row, "held", by=client.name, reason=reason)
    return row


def _go_on(row: Hold, seconds: int, *, reason: str, program: str) -> Hold:
    row.seconds, row.until = seconds, timezone.now() + timedelta(seconds=seconds)
    row.reason, row.program = reason or row.reason, program or row.program
    row.save(update_fields=["seconds", "until", "reason", "program"])
    _tell(row, "held", by=row.holder, reason=row.reason)
    return row


def _end(row: Hold, device: Device, words: str, *, by: str = "") -> None:
    row.ended, row.ended_by, row.end_reason = timezone.now(), by, words[:LONGEST_REASON]
    row.save(update_fields=["ended", "ended_by", "end_reason"])
    if device.line_left:
        take_line_back(device.pk)
    _tell(row, "hold ended", by=by, reason=words)


def leave_line(device_id: int, words: str) -> None:
    """Let the gateway give a device's line up, and not dial it, for a reason in words."""
    Device.objects.filter(pk=device_id).update(line_left=words[:LONGEST_REASON], changed=timezone.now())
    announce(device_id)


def take_line_back(device_id: int) -> None:
    """Let the gateway dial a device again."""
    Device.objects.filter(pk=device_id).update(line_left="", changed=timezone.now())
    announce(device_id)


def _require_holdable(device: Device, kind: HoldKind) -> None:
    if device.approval != Approval.APPROVED or not device.enabled:
        raise NotHoldable(f"Device {device} is not let in, or is switched off.", advice="Let it in first.")
    if kind != HoldKind.CHANGING and device.mode != Mode.DIRECT:
        raise NotHoldable(
            f"Device {device} is in server mode: it dials the server, and nobody has to hold it.",
            advice="Several people and programs can work with it through this server at once.",
        )


def _checked(kind: HoldKind, seconds: int | None, reason: str, program: str) -> int:
    """The seconds of a hold, after all values were looked at.

    Raises:
        InvalidInput: One is not allowed.
    """
    _check_length("reason", reason, LONGEST_REASON)
    _check_length("program", program, LONGEST_PROGRAM)
    usual, longest = (RELEASE_SECONDS, LONGEST_RELEASE) if kind == HoldKind.RELEASED else (LEASE_SECONDS, LONGEST_LEASE)
    if seconds is None:
        return usual
    if not SHORTEST <= seconds <= longest:
        raise InvalidInput("seconds", seconds, f"a whole number from {SHORTEST} to {longest}")
    return seconds


def _check_length(name: str, text: str, longest: int) -> None:
    if len(text) > longest:
        raise InvalidInput(name, text[:20] + "...", f"at most {longest} letters")


def _lost_words(device_id: int, present: Hold | None) -> str:
    last = Hold.objects.filter(device_id=device_id, ended__isnull=False).first()
    if present is not None:
        return f"You do not hold device {device_id}. {held_words(present)}"
    return f"You do not hold device {device_id}." + (f" The last hold ended: {last.end_reason}" if last else "")


def _shown(row: Hold) -> dict[str, Any]:
    """A hold for the audit log."""
    found = {"kind": str(row.kind), "holder": row.holder, "reason": row.reason, "until": row.until.isoformat()}
    return found | ({"program": row.program} if row.program else {})


def _tell(row: Hold, what: str, *, by: str, reason: str) -> None:
    data: Mapping[str, object] = {
        "what": what,
        "hold": str(row.kind),
        "holder": row.holder,
        "program": row.program,
        "since": row.since,
        "until": row.until,
        "by": by,
        "reason": reason,
    }
    tell(Kind.DEVICE, data, device_id=row.device_id)


def clients_actor(row: Hold) -> Actor:
    """Who holds, as one who acts: what is done for him goes on in his name."""
    return Actor(row.holder, row.operator_id, row.via, row.address, token=row.token)

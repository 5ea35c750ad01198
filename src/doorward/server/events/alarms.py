"""Raising and clearing alarms, each told to all who follow the stream."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils import timezone

from doorward.server.events.choices import AlarmSource, Kind
from doorward.server.events.happenings import tell
from doorward.server.events.models import Alarm


def raise_alarm(kind: str, words: str, *, device_id: int | None = None, at: datetime | None = None) -> Alarm:
    """Raise an alarm of the server.

    Args:
        kind: A short name for programs.
        words: What it is, for people.
        device_id: The device that it is about; None: the server.
        at: Since when; None is now.
    """
    alarm = Alarm.objects.create(
        source=AlarmSource.SERVER, kind=kind, device_id=device_id, words=words, raised=at or timezone.now()
    )
    tell_raised(alarm)
    return alarm


def clear_alarms(
    kind: str,
    *,
    device_id: int | None = None,
    at: datetime | None = None,
    source: AlarmSource = AlarmSource.SERVER,
    before: int | None = None,
) -> int:
    """Note that the trouble of an alarm is over; gives how many stood.

    Args:
        kind: As it was raised.
        device_id: The device that it is about; None: the server.
        at: Since when; None is now. An alarm whose clock was ahead is over when it was raised, not before.
        source: Who raised it.
        before: Only alarms of events before this position of the stream; None is all.
    """
    moment = at or timezone.now()
    about = Q(device__isnull=True) if device_id is None else Q(device=device_id)
    if before is not None:
        about &= Q(event__isnull=True) | Q(event__lt=before)
    standing = list(Alarm.objects.filter(about, source=source, kind=kind, cleared__isnull=True))
    Alarm.objects.filter(pk__in=[alarm.pk for alarm in standing]).update(cleared=Greatest(F("raised"), moment))
    for alarm in standing:
        tell(Kind.ALARM, _shown(alarm, "cleared"), device_id=alarm.device_id, at=moment)
    return len(standing)


def tell_raised(alarm: Alarm) -> None:
    """Tell of an alarm that was just kept."""
    tell(Kind.ALARM, _shown(alarm, "raised"), device_id=alarm.device_id, at=alarm.raised)


def tell_acknowledged(alarm: Alarm, *, by: str, note: str) -> None:
    """Tell that somebody saw to an alarm, or added a note to it."""
    tell(Kind.ALARM, {**_shown(alarm, "acknowledged"), "by": by, "note": note}, device_id=alarm.device_id)


def _shown(alarm: Alarm, what: str) -> dict[str, object]:
    return {
        "what": what,
        "alarm": alarm.pk,
        "source": str(alarm.source),
        "name": alarm.kind,
        "words": alarm.words,
        "event": alarm.event,
        "raised": alarm.raised,
    }

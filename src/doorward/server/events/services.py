"""What is done with alarms."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from doorward.model.errors import InvalidInput
from doorward.server.audit.services import Thing, record
from doorward.server.events.alarms import tell_acknowledged
from doorward.server.events.choices import AlarmState
from doorward.server.events.models import Alarm

LONGEST_NOTE = 2000
LONGEST_NOTES = 20_000
"""All that was added to one alarm, one after the other."""


def acknowledge(alarm_id: int, *, by: str, note: str = "") -> Alarm:
    """Note that somebody saw to an alarm; doing so again only adds a note.

    Raises:
        InvalidInput: There is no such alarm, or the note is too long.
    """
    if len(note) > LONGEST_NOTE:
        raise InvalidInput("note", note[:20] + "...", f"at most {LONGEST_NOTE} letters")
    with transaction.atomic():
        alarm = Alarm.objects.select_for_update().filter(pk=alarm_id).first()
        if alarm is None:
            raise InvalidInput("alarm", alarm_id, "the number of an alarm")
        if alarm.state == AlarmState.OPEN:
            alarm.state = AlarmState.ACKNOWLEDGED
            alarm.acknowledged_at, alarm.acknowledged_by = timezone.now(), by
            alarm.note = note
        elif note:
            # Nobody speaks in the name of another by a line of his own that begins like that.
            alarm.note = f"{alarm.note}\n{by}: {' '.join(note.splitlines())}".strip()
            if len(alarm.note) > LONGEST_NOTES:
                raise InvalidInput("note", note[:20], f"no more: {LONGEST_NOTES} letters stand there already")
        alarm.save()
        tell_acknowledged(alarm, by=by, note=note)
        record("alarm.acknowledge", Thing.of(alarm), after={"note": note} if note else None)
    return alarm

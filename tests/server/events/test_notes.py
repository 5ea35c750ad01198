"""What people add to an alarm."""

from __future__ import annotations

import pytest
from django.utils import timezone

from doorward.model.errors import InvalidInput
from doorward.server.events import services
from doorward.server.events.models import Alarm


def test_notes_are_bounded_and_in_nobody_elses_name(database: str) -> None:
    alarm = Alarm.objects.create(kind="x", words="x", raised=timezone.now())
    services.acknowledge(alarm.pk, by="ann", note="seen")
    services.acknowledge(alarm.pk, by="bob", note="nothing\nann: it was I")
    alarm.refresh_from_db()
    assert alarm.note.splitlines() == ["seen", "bob: nothing ann: it was I"]
    long = "x" * services.LONGEST_NOTE
    for _ in range(services.LONGEST_NOTES // services.LONGEST_NOTE - 1):
        services.acknowledge(alarm.pk, by="bob", note=long)
    with pytest.raises(InvalidInput, match="no more"):
        services.acknowledge(alarm.pk, by="bob", note=long)
    alarm.refresh_from_db()
    assert len(alarm.note) <= services.LONGEST_NOTES

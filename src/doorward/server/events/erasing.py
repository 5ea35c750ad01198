"""What events keep of a person who is erased: pictures go, and so does what doors say of the person; events stay."""

from __future__ import annotations

from doorward.server.doors.models import DoorState
from doorward.server.events.export_job import KIND
from doorward.server.events.models import Event, EventImage
from doorward.server.jobs.services import forget_files


def has_traces(number: int) -> bool:
    """Whether an event names somebody."""
    return Event.objects.filter(person=number).exists() or EventImage.objects.filter(person=number).exists()


def forget_person(number: int) -> None:
    """Remove the pictures of somebody, and the files of events that name everybody by number."""
    EventImage.objects.filter(person=number).delete()
    DoorState.objects.filter(person=number).update(person=0, person_at=None)
    DoorState.objects.filter(lock_person=number).update(lock_person=0)
    forget_files([KIND])

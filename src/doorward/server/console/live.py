"""What the live monitor needs besides the stream: the last events before it was opened, names, and pictures."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Q

from doorward.server.devices.models import Device
from doorward.server.events.live import EventRow
from doorward.server.events.models import Event, EventImage
from doorward.server.events.shapes import shown_event
from doorward.server.operators.access import Access

EVENTS: Final = "events.view"
DEVICES: Final = "devices.view"
BEFORE: Final = 50
"""How many events from before stand on a page that was just opened."""

PICTURE_KINDS: Final = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png"}


def events_for(access: Access, most: int = BEFORE, *, up_to: int | None = None) -> list[dict[str, object]]:
    """The newest events that somebody may see, oldest first, as the stream gives them.

    Args:
        access: What the reader may do.
        most: How many at most.
        up_to: The last position that counts; None for no end.
    """
    found = access.among(EVENTS, Event.objects.all(), "device__group").order_by("-position")
    if up_to is not None:
        found = found.filter(position__lte=up_to)
    rows = [EventRow._make(values) for values in found.values_list(*EventRow._fields)[:most]]
    return [shown_event(row) for row in reversed(rows)]


def device_names(access: Access) -> dict[int, str]:
    """The devices that people gave a name, by their numbers; those that the reader may see."""
    devices = Device.objects.exclude(name="")
    seen = access.among(EVENTS, devices, "group") | access.among(DEVICES, devices, "group")
    return dict(seen.values_list("pk", "name"))


def picture_of(position: int, access: Access) -> tuple[bytes, str] | None:
    """The picture of an event and its media type; None where there is none, or none that may be seen."""
    seen = access.among(EVENTS, Event.objects.filter(position=position), "device__group")
    event: Any = seen.values("origin", "local_time", "code", "person").first()
    if event is None:
        return None
    image = EventImage.objects.filter(Q(**event)).first()
    if image is None:
        return None
    picture = bytes(image.picture)
    # A browser is given nothing under another name than what it is.
    kind = next((kind for start, kind in PICTURE_KINDS.items() if picture.startswith(start)), None)
    return None if kind is None else (picture, kind)

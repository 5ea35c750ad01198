"""Doors for tests."""

from __future__ import annotations

import io

from PIL import Image

from doorward.server.devices.models import DeviceGroup
from doorward.server.doors.models import Door
from tests.server.events.traffic import add_device


def add_door(device_id: int = 7, *, name: str = "", group: DeviceGroup | None = None, **values: object) -> Door:
    """The door of a device that is let in, with the times that its device told."""
    add_device(device_id, approval="approved", group=group)
    Door.objects.filter(device=device_id).update(
        **{"name": name, "has_relay": True, "has_sensor": True, "open_seconds": 3, "held_open_seconds": 30} | values
    )
    return Door.objects.select_related("device", "state").get(device=device_id)


def picture(kind: str = "PNG", size: tuple[int, int] = (320, 200), **options: object) -> bytes:
    """A picture."""
    file = io.BytesIO()
    drawn = Image.new("RGB", size, "white")
    drawn.paste((20, 60, 120), (10, 10, size[0] // 2, size[1] // 2))
    drawn.save(file, kind, **options)
    return file.getvalue()

"""What is done with floor plans."""

from __future__ import annotations

import math

from django.db import transaction
from django.db.models import QuerySet

from doorward.model.errors import InvalidInput
from doorward.server.audit.services import named
from doorward.server.devices.models import DeviceGroup
from doorward.server.doors.models import Door, DoorPlacement, FloorPlan
from doorward.server.doors.pictures import clean_picture
from doorward.server.errors import NotThere
from doorward.server.operators.access import Access

LONGEST_NAME = 100


class UnknownPlan(NotThere):
    """There is no floor plan with this number."""

    def __init__(self, plan_id: int) -> None:
        super().__init__("floor plan", plan_id, "the number of a floor plan; GET /api/v1/floor-plans shows them")


def visible_plans(access: Access, right: str = "doors.view") -> QuerySet[FloorPlan]:
    """The floor plans for which somebody has a right, without their pictures."""
    return access.among(right, FloorPlan.objects.select_related("group").defer("picture"), "group")


def add_plan(name: str, content: bytes, group: DeviceGroup | None = None) -> FloorPlan:
    """Add a floor plan.

    Raises:
        InvalidInput: The name is empty, too long or taken, or the file is no picture that is taken.
    """
    plan = FloorPlan(name=_checked_name(name), group=group)
    _put_picture(plan, content)
    plan.save(force_insert=True)
    return plan


def change_plan(plan: FloorPlan, *, name: str | None = None, content: bytes | None = None) -> FloorPlan:
    """Name a floor plan, or give it another picture; doors stay where they are on it.

    Raises:
        InvalidInput: As ``add_plan``.
    """
    fields = ["changed"]
    if name is not None:
        plan.name = _checked_name(name, plan)
        fields.append("name")
    if content is not None:
        _put_picture(plan, content)
        fields += ["picture", "kind", "width", "height", "digest"]
    plan.save(update_fields=fields)
    return plan


def move_plan(plan: FloorPlan, group: DeviceGroup | None) -> FloorPlan:
    """Let a floor plan belong to another group of devices; None: to the whole site."""
    plan.group = group
    plan.save(update_fields=["group", "changed"])
    return plan


def place_door(plan: FloorPlan, door: Door, x: float, y: float) -> DoorPlacement:
    """Put a door on a floor plan, or move it there.

    Args:
        plan: The floor plan.
        door: The door.
        x: From the left edge, 0 to 1 of the width.
        y: From the upper edge, 0 to 1 of the height.

    Raises:
        InvalidInput: It would lie outside.
    """
    for name, value in (("x", x), ("y", y)):
        if not math.isfinite(value) or not 0 <= value <= 1:
            raise InvalidInput(name, value, "0 to 1")
    with transaction.atomic(), named("door.place"):
        placement = DoorPlacement.objects.filter(plan=plan, door=door).first() or DoorPlacement(plan=plan, door=door)
        placement.x, placement.y = round(x, 5), round(y, 5)
        placement.save()
    return placement


def take_off(plan: FloorPlan, door: Door) -> None:
    """Take a door off a floor plan; one that is not on it stays so."""
    with named("door.take-off-plan"):
        for placement in DoorPlacement.objects.filter(plan=plan, door=door):
            placement.delete()


def _checked_name(name: str, plan: FloorPlan | None = None) -> str:
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise InvalidInput("name", name[:20], f"1 to {LONGEST_NAME} letters")
    others = FloorPlan.objects.filter(name=name)
    if plan is not None:
        others = others.exclude(pk=plan.pk)
    if others.exists():
        raise InvalidInput("name", name, "a name that no other floor plan has")
    return name


def _put_picture(plan: FloorPlan, content: bytes) -> None:
    picture = clean_picture(content)
    plan.picture, plan.kind, plan.digest = picture.content, picture.kind, picture.digest
    plan.width, plan.height = picture.width, picture.height

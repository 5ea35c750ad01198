"""``/api/v1/floor-plans``: pictures, and where doors lie on them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Field, File, Form, Router, Schema, Status, UploadedFile
from ninja.errors import HttpError

from doorward.model.errors import InvalidInput
from doorward.server.audit.choices import Outcome
from doorward.server.audit.services import NOTHING, Thing, record
from doorward.server.devices.models import DeviceGroup
from doorward.server.devices.shapes import Number, Text
from doorward.server.doors import plans, services
from doorward.server.doors.models import DoorPlacement, FloorPlan
from doorward.server.doors.pictures import LARGEST_FILE
from doorward.server.operators.callers import CallerAuth, caller_of, refusal, require

router = Router(auth=CallerAuth())

PICTURE_POLICY = "default-src 'none'; sandbox"


class PlaceOut(Schema):
    """Where a door lies."""

    door: int
    name: str
    x: float = Field(description="From the left edge, as a part of the width.")
    y: float = Field(description="From the upper edge, as a part of the height.")


class PlanOut(Schema):
    """A floor plan as the API shows it."""

    id: int
    name: str
    group: int | None = Field(description="The group of devices to which it belongs; null: the whole site.")
    kind: str
    width: int
    height: int
    picture: str = Field(description="Where the picture is; the address changes with it.")
    changed: datetime
    doors: list[PlaceOut] = Field(description="The doors on it that you may see.")


class PlanChange(Schema):
    """What of a floor plan is changed; what is left out stays."""

    name: Text | None = None


class PlanGroup(Schema):
    """To which group a floor plan belongs."""

    group: Number | None


class Place(Schema):
    """A place on a floor plan."""

    x: Annotated[float, Field(ge=0, le=1)]
    y: Annotated[float, Field(ge=0, le=1)]


def shown(plan: FloorPlan, request: HttpRequest) -> PlanOut:
    """A floor plan as the API shows it."""
    access = caller_of(request).access
    placed = DoorPlacement.objects.filter(plan=plan).select_related("door__device").order_by("door")
    return PlanOut(
        id=plan.pk,
        name=plan.name,
        group=plan.group_id,
        kind=plan.kind,
        width=plan.width,
        height=plan.height,
        picture=picture_address(plan),
        changed=plan.changed,
        doors=[
            PlaceOut(door=place.door_id, name=place.door.title, x=place.x, y=place.y)
            for place in access.among("doors.view", placed, "door__device__group")
        ],
    )


def picture_address(plan: FloorPlan) -> str:
    """Where the picture of a plan is; another one for each picture, so that browsers may keep it."""
    return f"/api/v1/floor-plans/{plan.pk}/picture?v={plan.digest[:12]}"


@router.get("", response=list[PlanOut], summary="List floor plans")
def list_plans(request: HttpRequest) -> list[PlanOut]:
    """All floor plans with the doors on them."""
    return [shown(plan, request) for plan in plans.visible_plans(require(request, "doors.view").access)]


@router.post("", response=PlanOut, summary="Upload a floor plan")
def add_plan(
    request: HttpRequest, name: Form[Text], picture: File[UploadedFile], group: Form[Number | None] = None
) -> PlanOut:
    """PNG, JPEG or WebP of at most 10 MB; it is written anew, without whatever else the file held."""
    require(request, "doors.edit")
    chosen = _group(group)
    _require_in(request, chosen)
    return shown(plans.add_plan(name, _content(picture), chosen), request)


@router.get("/{int:plan_id}", response=PlanOut, summary="Show a floor plan")
def show_plan(request: HttpRequest, plan_id: int) -> PlanOut:
    """One floor plan with the doors on it."""
    return shown(_visible(request, plan_id), request)


@router.get(
    "/{int:plan_id}/picture",
    summary="The picture of a floor plan",
    openapi_extra={"responses": {200: {"description": "The picture.", "content": {"image/*": {}}}}},
)
def show_picture(request: HttpRequest, plan_id: int) -> HttpResponse:
    """The picture itself."""
    plan = _visible(request, plan_id)
    tag = f'"{plan.digest}"'
    headers = {
        "ETag": tag,
        "Cache-Control": "private, max-age=31536000, immutable",
        "Content-Security-Policy": PICTURE_POLICY,
        "X-Content-Type-Options": "nosniff",
    }
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(bytes(plan.picture), content_type=plan.kind, headers=headers)


@router.patch("/{int:plan_id}", response=PlanOut, summary="Name a floor plan")
def change_plan(request: HttpRequest, plan_id: int, body: PlanChange) -> PlanOut:
    """Change what is given."""
    plan = _editable(request, plan_id)
    return shown(plans.change_plan(plan, name=body.name), request)


@router.put("/{int:plan_id}/group", response=PlanOut, summary="Let a floor plan belong to a group of devices")
def move_plan(request: HttpRequest, plan_id: int, body: PlanGroup) -> PlanOut:
    """Who has rights in that group alone sees it then; null shows it to those with rights for the whole site."""
    plan = _editable(request, plan_id)
    chosen = _group(body.group)
    _require_in(request, chosen)
    return shown(plans.move_plan(plan, chosen), request)


@router.post("/{int:plan_id}/picture", response=PlanOut, summary="Replace the picture of a floor plan")
def replace_picture(request: HttpRequest, plan_id: int, picture: File[UploadedFile]) -> PlanOut:
    """The doors stay where they are on it."""
    plan = _editable(request, plan_id)
    return shown(plans.change_plan(plan, content=_content(picture)), request)


@router.delete("/{int:plan_id}", response={204: None}, summary="Remove a floor plan")
def remove_plan(request: HttpRequest, plan_id: int) -> Status[None]:
    """The doors themselves stay."""
    _editable(request, plan_id).delete()
    return Status(204, None)


@router.put("/{int:plan_id}/doors/{int:door_id}", response=PlaceOut, summary="Place a door on a floor plan")
def place_door(request: HttpRequest, plan_id: int, door_id: int, body: Place) -> PlaceOut:
    """Put a door on the plan, or move it there."""
    plan = _editable(request, plan_id)
    door = services.visible_doors(caller_of(request).access, "doors.edit").filter(pk=door_id).first()
    if door is None:
        raise services.UnknownDoor(door_id)
    place = plans.place_door(plan, door, body.x, body.y)
    return PlaceOut(door=door.pk, name=door.title, x=place.x, y=place.y)


@router.delete("/{int:plan_id}/doors/{int:door_id}", response={204: None}, summary="Take a door off a floor plan")
def take_off(request: HttpRequest, plan_id: int, door_id: int) -> Status[None]:
    """The door itself stays."""
    plan = _editable(request, plan_id)
    door = services.visible_doors(caller_of(request).access, "doors.edit").filter(pk=door_id).first()
    if door is None:
        raise services.UnknownDoor(door_id)
    plans.take_off(plan, door)
    return Status(204, None)


def _visible(request: HttpRequest, plan_id: int) -> FloorPlan:
    plan = plans.visible_plans(require(request, "doors.view").access).filter(pk=plan_id).first()
    if plan is None:
        raise plans.UnknownPlan(plan_id)
    return plan


def _editable(request: HttpRequest, plan_id: int) -> FloorPlan:
    plan = _visible(request, plan_id)
    _require_in(request, plan.group, Thing.of(plan))
    return plan


def _require_in(request: HttpRequest, group: DeviceGroup | None, thing: Thing = NOTHING) -> None:
    caller = caller_of(request)
    if not caller.access.may_in("doors.edit", group.pk if group else None):
        words = refusal("doors.edit", caller)
        record("refused doors.edit", thing, outcome=Outcome.REFUSED, words=words)
        raise HttpError(403, words)


def _group(number: int | None) -> DeviceGroup | None:
    if number is None:
        return None
    group = DeviceGroup.objects.filter(pk=number).first()
    if group is None:
        raise InvalidInput("group", number, "the number of a group of devices")
    return group


def _content(file: UploadedFile) -> bytes:
    if file.size is None or file.size > LARGEST_FILE:
        raise InvalidInput("picture", f"<{file.size} bytes>", f"at most {LARGEST_FILE // 1024 // 1024} MB")
    content: bytes = file.read()
    return content

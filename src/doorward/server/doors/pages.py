"""Pages of this app: the doors, their alarms, and the floor plans."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from doorward.server.console.frame import console_page, page
from doorward.server.cursors import PageQuery, newest_first
from doorward.server.devices.models import DeviceGroup
from doorward.server.doors import alarm_api, api, plan_api
from doorward.server.doors.alarms import doors_of, visible_alarms
from doorward.server.doors.models import Door, DoorPlacement
from doorward.server.doors.pictures import LARGEST_FILE
from doorward.server.doors.plans import visible_plans
from doorward.server.doors.services import visible_doors
from doorward.server.events.choices import AlarmState, Kind
from doorward.server.events.models import Alarm
from doorward.server.events.reading import last_position
from doorward.server.operators.access import Access
from doorward.server.operators.models import Operator
from doorward.server.system.services import running_server

MOST_DOORS: Final = 1000
MOST_ALARMS_BESIDE: Final = 20
ALARMS_A_PAGE: Final = 50


@console_page("doors.view")
def doors(request: HttpRequest) -> HttpResponse:
    """Every door with its state, what can be done with it, and what is wrong."""
    position = last_position()
    access = _access(request)
    query = request.GET.get("q", "").strip()[:100]
    found = visible_doors(access).order_by("device__group__name", "name", "device__name", "device_id", "number")
    shown = list(found[:MOST_DOORS])
    beside = _open_door_alarms(access)
    context = {
        "query": query,
        "more": found.count() - len(shown) if len(shown) == MOST_DOORS else 0,
        "any": bool(shown),
        "sees_alarms": access.may("alarms.view"),
        "data": {
            **_common(access, position),
            "doors": _doors(shown, access),
            "alarms": _alarms(beside, access),
            "alarms_address": reverse("console:alarms"),
        },
    }
    return page(request, "doors/doors.html", title=_("Doors"), context=context)


@console_page("alarms.view")
def alarms(request: HttpRequest) -> HttpResponse:
    """All alarms, the open ones first of all."""
    position = last_position()
    access = _access(request)
    state = request.GET.get("state", AlarmState.OPEN.value)
    if state not in (*AlarmState.values, "all"):
        state = AlarmState.OPEN.value
    found = visible_alarms(access)
    if state != "all":
        found = found.filter(state=state)
    rows, following = newest_first(found, PageQuery(limit=ALARMS_A_PAGE))
    context = {
        "state": state,
        "states": [
            (AlarmState.OPEN.value, _("Open")),
            (AlarmState.ACKNOWLEDGED.value, _("Acknowledged")),
            ("all", _("All")),
        ],
        "data": {
            **_common(access, position),
            "state": state,
            "alarms": _alarms(rows, access),
            "next": following,
            "most": ALARMS_A_PAGE,
        },
    }
    return page(request, "doors/alarms.html", title=_("Alarms"), context=context)


@console_page("doors.view")
def floor_plans(request: HttpRequest) -> HttpResponse:
    """The floor plans."""
    access = _access(request)
    plans = list(visible_plans(access))
    placed = access.among("doors.view", DoorPlacement.objects.filter(plan__in=plans), "door__device__group")
    counts: dict[int, int] = {}
    for plan_id in placed.values_list("plan", flat=True):
        counts[plan_id] = counts.get(plan_id, 0) + 1
    groups = access.among("doors.edit", DeviceGroup.objects.order_by("name"), "pk")
    context = {
        "plans": [
            {
                "plan": plan,
                "address": reverse("console:floor_plan", args=[plan.pk]),
                "picture": plan_api.picture_address(plan),
                "count": counts.get(plan.pk, 0),
            }
            for plan in plans
        ],
        "may_add": access.may("doors.edit"),
        "may_add_everywhere": access.everywhere("doors.edit"),
        "groups": groups if access.may("doors.edit") else [],
        "largest": LARGEST_FILE // 1024 // 1024,
    }
    return page(request, "doors/floor_plans.html", title=_("Floor plans"), context=context)


@console_page("doors.view")
def floor_plan(request: HttpRequest, plan_id: int) -> HttpResponse:
    """One floor plan with its doors, live."""
    position = last_position()
    access = _access(request)
    plan = visible_plans(access).filter(pk=plan_id).first()
    if plan is None:
        raise Http404(_("There is no such floor plan, or it is not for you."))
    may_edit = access.may_in("doors.edit", plan.group_id)
    shown = visible_doors(access)
    if not may_edit:
        shown = shown.filter(placements__plan=plan)
    doors_shown = list(shown.order_by("name", "device__name", "device_id", "number")[:MOST_DOORS])
    places = {
        place.door_id: (place.x, place.y)
        for place in DoorPlacement.objects.filter(plan=plan, door__in=[door.pk for door in doors_shown])
    }
    context = {
        "plan": plan,
        "may_edit": may_edit,
        "picture": plan_api.picture_address(plan),
        "largest": LARGEST_FILE // 1024 // 1024,
        "data": {
            **_common(access, position),
            "plan": plan.pk,
            "name": plan.name,
            "may_edit": may_edit,
            "doors": [{**door, "place": places.get(cast("int", door["id"]))} for door in _doors(doors_shown, access)],
            "plans_address": reverse("console:floor_plans"),
        },
    }
    above = [(_("Floor plans"), reverse("console:floor_plans"))]
    return page(request, "doors/floor_plan.html", title=plan.name, above=above, context=context)


def _access(request: HttpRequest) -> Access:
    assert isinstance(request.user, Operator), "the page is guarded"
    return request.user.access


def _common(access: Access, position: int) -> dict[str, Any]:
    """What every live page here begins with."""
    kinds = [Kind.DOOR.value] if access.may("doors.view") else []
    if access.may("devices.view"):
        kinds.append(Kind.DEVICE.value)
    if access.may("alarms.view"):
        kinds.append(Kind.ALARM.value)
    return {
        "position": position,
        "now": timezone.now().isoformat(),
        "kinds": kinds,
        "may_acknowledge": access.may("alarms.acknowledge"),
        "people": reverse("console:people_names") if access.may("people.view") else "",
    }


def _doors(rows: Iterable[Door], access: Access) -> list[dict[str, Any]]:
    """Doors for the scripts: as the API shows them, and what the reader may do with each."""
    server_runs, now = running_server() is not None, timezone.now()
    return [
        {
            **api.shown(door, server_runs=server_runs, now=now).model_dump(mode="json"),
            "device_name": str(door.device),
            "may_open": access.may_in("doors.open", door.group_id),
            "may_edit": access.may_in("doors.edit", door.group_id),
        }
        for door in rows
    ]


def _alarms(rows: list[Alarm], access: Access) -> list[dict[str, Any]]:
    about = doors_of(rows)
    return [
        {
            **alarm_api.shown(alarm, about.get(alarm.pk)).model_dump(mode="json"),
            "may_acknowledge": access.may_in("alarms.acknowledge", alarm.device.group_id if alarm.device else None),
        }
        for alarm in rows
    ]


def _open_door_alarms(access: Access) -> list[Alarm]:
    found = visible_alarms(access).filter(state=AlarmState.OPEN, kind__startswith="door-")
    return list(found.order_by("-pk")[:MOST_ALARMS_BESIDE])


console_urlpatterns = [
    path("doors/", doors, name="doors"),
    path("alarms/", alarms, name="alarms"),
    path("floor-plans/", floor_plans, name="floor_plans"),
    path("floor-plans/<int:plan_id>/", floor_plan, name="floor_plan"),
]

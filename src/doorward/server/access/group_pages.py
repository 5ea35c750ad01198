"""Pages of access groups: all of them, and one with its doors and its people."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from doorward.model.errors import InvalidInput
from doorward.server.access.models import LONGEST_NAME, AccessGroup, AccessRight, Schedule
from doorward.server.access.saving import save_group
from doorward.server.access.schedule_pages import EDIT, VIEW
from doorward.server.access.words import week_words
from doorward.server.console.answers import answered, body_of
from doorward.server.console.frame import console_page, page
from doorward.server.doors.models import Door
from doorward.server.doors.services import visible_doors
from doorward.server.operators.access import Access

API: Final = "/api/v1/access-groups"
MOST_DOORS_NAMED: Final = 6


@console_page(VIEW)
def access_groups(request: HttpRequest) -> HttpResponse:
    """All access groups, each with its doors and how many people are in it."""
    rights: dict[int, list[str]] = {}
    for right in AccessRight.objects.select_related("door__device", "schedule").order_by("door__name", "door"):
        hours = right.schedule.name if right.schedule is not None else _("always")
        rights.setdefault(right.group_id, []).append(f"{right.door.title} ({hours})")
    rows = [
        {
            "group": item,
            "people": item.people_count,
            "doors": rights.get(item.pk, [])[:MOST_DOORS_NAMED],
            "more": max(0, len(rights.get(item.pk, [])) - MOST_DOORS_NAMED),
        }
        for item in AccessGroup.objects.annotate(people_count=Count("memberships")).order_by("name")
    ]
    context = {"rows": rows, "may_edit": request.user.has_perm(EDIT)}
    return page(request, "access/groups.html", title=_("Access groups"), context=context)


@console_page(VIEW)
def access_group(request: HttpRequest, group_number: int) -> HttpResponse:
    """One access group."""
    found = AccessGroup.objects.filter(number=group_number).first()
    if found is None:
        raise Http404
    return _page(request, found)


@console_page(EDIT)
def access_group_add(request: HttpRequest) -> HttpResponse:
    """A new one."""
    return _page(request, None)


@console_page(EDIT, methods=("POST",))
def access_group_save(request: HttpRequest, group_number: int = 0) -> HttpResponse:
    """Keep the name and the doors of a group, all of it or nothing; without a number it is a new one."""
    access: Access = request.user.access  # type: ignore[union-attr] # an operator, since the page is guarded

    def save() -> dict[str, object]:
        body = body_of(request)
        saved = save_group(group_number or None, str(body.get("name", "")), _given_rights(body), access)
        return {"number": saved.number, "address": reverse("console:access_group", args=[saved.number])}

    return answered(save)


def _given_rights(body: dict[str, Any]) -> dict[int, int | None]:
    """The doors that are given, each with the number of its schedule."""
    try:
        return {
            int(right["door"]): None if right["schedule"] is None else int(right["schedule"])
            for right in body["rights"]
        }
    except (KeyError, TypeError, ValueError):
        raise InvalidInput("rights", body.get("rights"), "a list of doors, each with a schedule or null") from None


def _page(request: HttpRequest, found: AccessGroup | None) -> HttpResponse:
    access: Access = request.user.access  # type: ignore[union-attr] # an operator, since the page is guarded
    may_edit = request.user.has_perm(EDIT)
    rights = _rights(found) if found is not None else []
    doors = visible_doors(access).select_related("device__group") if may_edit else []
    context = {
        "may_edit": may_edit,
        "sees_people": request.user.has_perm("people.view") and found is not None,
        "number": None if found is None else found.number,
        "longest_name": LONGEST_NAME,
        "data": {
            "group": {"number": None, "name": ""} if found is None else {"number": found.number, "name": found.name},
            "rights": rights,
            "doors": [_door(door) for door in doors],
            "schedules": [
                {"number": item.number, "name": item.name, "words": week_words(item.days)}
                for item in Schedule.objects.order_by("name")
            ],
            "may_edit": may_edit,
            "may_edit_members": may_edit,
            "save": reverse("console:access_group_create")
            if found is None
            else reverse("console:access_group_save", args=[found.number]),
            "people": reverse("console:people_choices"),
            "person": reverse("console:person", args=[0]),
            "api": API,
            "list": reverse("console:access_groups"),
            "schedule": reverse("console:schedule", args=[0]),
        },
    }
    title = _("Add an access group") if found is None else found.name
    above = [(_("Access groups"), reverse("console:access_groups"))]
    return page(request, "access/group.html", title=title, above=above, context=context)


def _rights(found: AccessGroup) -> list[dict[str, Any]]:
    rows = found.rights.select_related("door__device__group", "schedule").order_by("door__name", "door")
    return [_door(row.door) | {"schedule": row.schedule.number if row.schedule is not None else None} for row in rows]


def _door(door: Door) -> dict[str, Any]:
    return {
        "id": door.pk,
        "name": door.title,
        "device": door.device_id,
        "device_name": str(door.device),
        "group": door.device.group.name if door.device.group is not None else "",
    }


urlpatterns = [
    path("access/groups/", access_groups, name="access_groups"),
    path("access/groups/add/", access_group_add, name="access_group_add"),
    path("access/groups/create/", access_group_save, name="access_group_create"),
    path("access/groups/<int:group_number>/", access_group, name="access_group"),
    path("access/groups/<int:group_number>/save/", access_group_save, name="access_group_save"),
]

"""Pages of schedules: all of them, and one with the hours of its week."""

from __future__ import annotations

from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from doorward.server.access.models import LONGEST_NAME, Holiday, Schedule
from doorward.server.access.words import PICTURE_HEIGHT, PICTURE_WIDTH, day_words, week_bars, week_words
from doorward.server.console.frame import console_page, page

VIEW: Final = "access.view"
EDIT: Final = "access.edit"
MOST_PARTS: Final = 5
MOST_HOLIDAYS: Final = 2
API: Final = "/api/v1/schedules"


@console_page(VIEW)
def schedules(request: HttpRequest) -> HttpResponse:
    """All schedules, each with its week as a small picture and in words."""
    found = Schedule.objects.prefetch_related("holidays__holiday", "rights__group")
    rows = [
        {
            "schedule": item,
            "bars": week_bars(item.days),
            "words": week_words(item.days),
            "holidays": [(row.holiday.name, day_words(row.intervals)) for row in item.holidays.all()],
            "groups": sorted({right.group.name for right in item.rights.all()}),
        }
        for item in found.order_by("name")
    ]
    context = {
        "rows": rows,
        "may_edit": request.user.has_perm(EDIT),
        "width": PICTURE_WIDTH,
        "height": PICTURE_HEIGHT,
    }
    return page(request, "access/schedules.html", title=_("Schedules"), context=context)


@console_page(VIEW)
def schedule(request: HttpRequest, schedule_number: int) -> HttpResponse:
    """One schedule."""
    found = Schedule.objects.prefetch_related("holidays__holiday").filter(number=schedule_number).first()
    if found is None:
        raise Http404
    return _page(request, found)


@console_page(EDIT)
def schedule_add(request: HttpRequest) -> HttpResponse:
    """A new one."""
    return _page(request, None)


def _page(request: HttpRequest, found: Schedule | None) -> HttpResponse:
    may_edit = request.user.has_perm(EDIT)
    groups = sorted({right.group.name for right in found.rights.select_related("group")}) if found is not None else []
    context = {
        "may_edit": may_edit,
        "number": None if found is None else found.number,
        "groups": groups,
        "longest_name": LONGEST_NAME,
        "data": {
            "schedule": _shown(found),
            "holidays": list(Holiday.objects.order_by("name").values("number", "name")),
            "may_edit": may_edit,
            "most_parts": MOST_PARTS,
            "most_holidays": MOST_HOLIDAYS,
            "api": API,
            "list": reverse("console:schedules"),
            "holidays_address": reverse("console:holidays"),
        },
    }
    title = _("Add a schedule") if found is None else found.name
    above = [(_("Schedules"), reverse("console:schedules"))]
    return page(request, "access/schedule.html", title=title, above=above, context=context)


def _shown(found: Schedule | None) -> dict[str, Any]:
    if found is None:
        return {"number": None, "name": "", "days": [], "holidays": []}
    return {
        "number": found.number,
        "name": found.name,
        "days": found.days,
        "holidays": [{"holiday": row.holiday.number, "intervals": row.intervals} for row in found.holidays.all()],
    }


urlpatterns = [
    path("access/schedules/", schedules, name="schedules"),
    path("access/schedules/add/", schedule_add, name="schedule_add"),
    path("access/schedules/<int:schedule_number>/", schedule, name="schedule"),
]

"""Pages of holidays: all tables, and one with its days."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from doorward.server.access.models import LONGEST_NAME, Holiday
from doorward.server.access.schedule_pages import EDIT, VIEW
from doorward.server.console.frame import console_page, page

API: Final = "/api/v1/holidays"
MOST_PERIODS: Final = 32
LEAP_YEAR: Final = 2024
YEARS_AHEAD: Final = 9


@console_page(VIEW)
def holidays(request: HttpRequest) -> HttpResponse:
    """All tables of holidays, each with its days and the next one."""
    today = timezone.localdate()
    rows = [
        {
            "holiday": item,
            "days": [period_words(period) for period in item.periods],
            "next": next_words(item.periods, today),
            "schedules": sorted(row.schedule.name for row in item.schedules.all()),
        }
        for item in Holiday.objects.prefetch_related("schedules__schedule").order_by("name")
    ]
    context = {"rows": rows, "may_edit": request.user.has_perm(EDIT)}
    return page(request, "access/holidays.html", title=_("Holidays"), context=context)


@console_page(VIEW)
def holiday(request: HttpRequest, holiday_number: int) -> HttpResponse:
    """One table of holidays."""
    found = Holiday.objects.filter(number=holiday_number).first()
    if found is None:
        raise Http404
    return _page(request, found)


@console_page(EDIT)
def holiday_add(request: HttpRequest) -> HttpResponse:
    """A new one."""
    return _page(request, None)


def _page(request: HttpRequest, found: Holiday | None) -> HttpResponse:
    context = {
        "may_edit": request.user.has_perm(EDIT),
        "number": None if found is None else found.number,
        "days": [period_words(period) for period in found.periods] if found is not None else [],
        "longest_name": LONGEST_NAME,
        "data": {
            "holiday": {
                "number": None if found is None else found.number,
                "name": "" if found is None else found.name,
                "periods": [] if found is None else found.periods,
            },
            "most": MOST_PERIODS,
            "api": API,
            "list": reverse("console:holidays"),
        },
    }
    title = _("Add a table of holidays") if found is None else found.name
    above = [(_("Holidays"), reverse("console:holidays"))]
    return page(request, "access/holiday.html", title=title, above=above, context=context)


def period_words(period: dict[str, Any]) -> str:
    """The days of a period, such as "24 December to 26 December, every year"."""
    year = period["year"]
    first = date(year or LEAP_YEAR, period["month"], period["day"])
    last = first + timedelta(days=period["length"] - 1)
    days = date_format(first, "MONTH_DAY_FORMAT")
    if last != first:
        days = _("%(first)s to %(last)s") % {"first": days, "last": date_format(last, "MONTH_DAY_FORMAT")}
    return f"{days} {year}" if year else _("%(days)s, every year") % {"days": days}


def next_words(periods: list[dict[str, Any]], today: date) -> str:
    """The next day of a table on or after today; empty where none is to come."""
    begins = [begin for period in periods for begin in _begins(period, today)]
    return date_format(min(begins), "DATE_FORMAT") if begins else ""


def _begins(period: dict[str, Any], today: date) -> list[date]:
    """The days of a period that are to come, each year's first one."""
    years = [period["year"]] if period["year"] else range(today.year - 1, today.year + YEARS_AHEAD)
    found = []
    for year in years:
        try:
            first = date(year, period["month"], period["day"])
        except ValueError:
            continue  # the 29th of February of another year
        if first + timedelta(days=period["length"] - 1) >= today:
            found.append(max(first, today))
    return found


urlpatterns = [
    path("access/holidays/", holidays, name="holidays"),
    path("access/holidays/add/", holiday_add, name="holiday_add"),
    path("access/holidays/<int:holiday_number>/", holiday, name="holiday"),
]

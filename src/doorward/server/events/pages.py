"""Pages of the record: search, one event in detail, what is printed, and filters that are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from doorward.model.errors import InvalidInput
from doorward.model.events import EPOCH
from doorward.server.console.frame import console_page, page
from doorward.server.events import report_pages, search
from doorward.server.events.catalogue import meaning, way
from doorward.server.events.choices import Category, Severity
from doorward.server.events.export import device_names
from doorward.server.events.filters import HIGHEST, event_query, visible_devices
from doorward.server.events.forms import RIGHT, EventForm
from doorward.server.events.live import EventRow, moment
from doorward.server.events.models import Event, EventImage, SavedFilter
from doorward.server.events.search import EventPage, EventQuery
from doorward.server.operators.access import Access
from doorward.server.operators.models import Operator
from doorward.server.people.erased import shown_number
from doorward.server.people.names import called, person_names
from doorward.server.read_only_admin import device_address

ROWS: Final = 50
COUNTED: Final = 10_000
PRINTED: Final = 5_000
MOST_FILTERS: Final = 100
LONGEST_NAME: Final = 80
MANAGES: Final = "operators.manage"
EXPORTS: Final = "events.export"
BADGES: Final = {
    Severity.INFO.value: "neutral",
    Severity.NOTICE.value: "info",
    Severity.WARNING.value: "warn",
    Severity.ALARM.value: "bad",
}
NO_KEY: Final = 0xFFFF
HEX_LINE: Final = 16


@dataclass(frozen=True, slots=True)
class Line:
    """An event as a line of a page."""

    position: int
    when: datetime
    device: str
    words: str
    how: str
    person: str
    severity: str
    badge: str


def _access(request: HttpRequest) -> Access:
    return cast("Operator", request.user).access


def _lines(rows: list[EventRow], access: Access) -> list[Line]:
    names = device_names()
    people = person_names({row.person for row in rows}, access)
    made = []
    for row in rows:
        how = way(row.generation, row.code, row.sub_code)
        made.append(
            Line(
                row.position,
                timezone.localtime(moment(row.utc)),
                names.get(row.origin) or str(row.origin),
                _(meaning(row.generation, row.code).words),
                _(how) if how else "",
                called(row.person, people),
                _(str(Severity(row.severity).label)),
                BADGES[row.severity],
            )
        )
    return made


def _asked(form: EventForm, access: Access) -> EventQuery | None:
    """What a form looks for; None where it has errors."""
    if not form.is_valid():
        return None
    return event_query(form.filter(), visible_devices(access, RIGHT))


def _page(query: EventQuery, given: QueryDict) -> tuple[EventPage, str, str]:
    """The page that an address names, and the places of the newer and the older one; empty without one."""
    before, after = given.get("before", ""), given.get("after", "")
    try:
        if before:
            found = search.newer(query, before=before, limit=ROWS)
            if len(found.rows) == ROWS:
                return found, found.next, search.place_of(found.rows[-1])
            # The newest page is always a full one.
            after = ""
        found = search.search(query, after=after, limit=ROWS)
    except InvalidInput:
        found, after = search.search(query, limit=ROWS), ""
    return found, search.place_of(found.rows[0]) if after and found.rows else "", found.next


@console_page(RIGHT)
def events(request: HttpRequest) -> HttpResponse:
    """Search the record."""
    access = _access(request)
    kept = _kept(request.GET)
    if not all(request.GET.values()):
        # A form sends its empty fields too; the address that somebody keeps or sends on is short.
        return HttpResponseRedirect(_address(kept))
    form = EventForm(request.GET, access)
    query = _asked(form, access)
    context: dict[str, Any] = {
        "form": form,
        "kept": kept,
        "more_open": any(request.GET.get(name) for name in ("since", "until", "group", "device", "person", "code")),
        "saved": _saved(request),
        "may_export": access.may(EXPORTS),
        "page_shortcuts": [("/", _("To the search field"))],
        "lines": [],
    }
    if query is not None:
        found, newer, older = _page(query, request.GET)
        count = search.count(query, most=COUNTED + 1)
        context |= {
            "lines": _lines(found.rows, access),
            "count": _count_words(count),
            "newer": _address(kept, before=newer) if newer else "",
            "older": _address(kept, after=older) if older else "",
            "words": form.words(),
            "export": {"filter": form.filter().model_dump(mode="json", exclude_defaults=True), "kind": "events.export"},
        }
    return page(request, "events/events.html", title=_("Events"), context=context)


@console_page(RIGHT)
def print_events(request: HttpRequest) -> HttpResponse:
    """A search as it is printed."""
    access = _access(request)
    form = EventForm(request.GET, access)
    query = _asked(form, access)
    found = search.search(query, limit=PRINTED) if query is not None else EventPage([], "")
    return page(
        request,
        "events/print.html",
        title=_("Events"),
        above=[(_("Events"), _address(_kept(request.GET)))],
        context={
            "lines": _lines(found.rows, access),
            "words": form.words() if query is not None else [],
            "most": PRINTED if found.next else 0,
            "now": timezone.localtime(),
        },
    )


@console_page(RIGHT)
def event(request: HttpRequest, position: int) -> HttpResponse:
    """One event in detail."""
    values = Event.objects.filter(position=min(position, HIGHEST)).values_list(*EventRow._fields).first()
    visible = visible_devices(_access(request), RIGHT)
    if values is None or (visible is not None and values[2] not in visible):
        raise Http404
    row = EventRow._make(values)
    line = _lines([row], _access(request))[0]
    picture = EventImage.objects.filter(
        origin=row.origin, local_time=row.local_time, code=row.code, person=row.person
    ).exists()
    return page(
        request,
        "events/event.html",
        title=line.words,
        above=[(_("Events"), reverse("console:events"))],
        context={
            "line": line,
            "values": _values(row, line),
            "picture": reverse("console:event_picture", args=[row.position]) if picture else "",
            "record": _hex(bytes(row.record)),
            "device": device_address(row.origin) if request.user.has_perm("devices.view") else "",
            "same_device": _address({"device": str(row.origin)}),
            "same_person": _address({"person": str(row.person)}) if shown_number(row.person) else "",
        },
    )


def _values(row: EventRow, line: Line) -> list[tuple[str, str]]:
    """Every field in words."""

    def shown(when: datetime) -> str:
        return date_format(when, "DATETIME_FORMAT")

    found = [
        (_("When"), shown(line.when)),
        (_("By the device's clock"), shown(EPOCH + timedelta(seconds=row.local_time))),
        (_("Kept at"), shown(timezone.localtime(moment(row.received)))),
        (_("Device"), f"{line.device} ({row.origin})" if line.device != str(row.origin) else line.device),
        (_("How"), line.how),
        (_("Person"), line.person or _("nobody")),
        (_("Subject"), _(str(Category(row.category).label))),
        (_("Severity"), line.severity),
        (_("Attendance key"), "" if row.attendance_key == NO_KEY else str(row.attendance_key)),
        (_("Number of the event"), f"{row.code:#x} / {row.sub_code:#x}"),
        (_("Place in the record"), str(row.position)),
    ]
    if row.device_id != row.origin:
        found.insert(4, (_("Told by device"), str(row.device_id)))
    if row.ordinal:
        found.append((_("Equal events of the same second before it"), str(row.ordinal)))
    if row.image_slot != -1:
        lost = row.image_slot < 0
        place = _("it could not be kept") if lost else str(row.image_slot)
        found.append((_("Place of the picture in the device"), place))
    return [(words, value) for words, value in found if value]


def _hex(record: bytes) -> str:
    return "\n".join(
        f"{start:04x}  {record[start : start + HEX_LINE].hex(' ')}" for start in range(0, len(record), HEX_LINE)
    )


# --- Filters that are kept --------------------------------------------------------------------------------------------


def _visible_filters(request: HttpRequest) -> QuerySet[SavedFilter]:
    return SavedFilter.objects.filter(Q(operator=cast("Operator", request.user)) | Q(shared=True))


def _saved(request: HttpRequest) -> list[dict[str, Any]]:
    may_remove_all = _access(request).may(MANAGES)
    return [
        {
            "id": saved.pk,
            "name": saved.name,
            "address": f"{reverse('console:events')}?{saved.query}",
            "by": "" if saved.operator_id == request.user.pk else saved.operator.get_username(),
            "shared": saved.shared,
            "removable": may_remove_all or saved.operator_id == request.user.pk,
        }
        for saved in _visible_filters(request).select_related("operator")
    ]


@console_page(RIGHT, methods=("POST",))
def save_filter(request: HttpRequest) -> HttpResponse:
    """Keep a search under a name; one of the same name is replaced."""
    name = " ".join(request.POST.get("name", "").split())[:LONGEST_NAME]
    kept = _kept(QueryDict(request.POST.get("query", "")[:2000]))
    operator = cast("Operator", request.user)
    own = SavedFilter.objects.filter(operator=operator)
    query = urlencode(kept)[:1000]
    if not name:
        messages.error(request, _("The filter needs a name."))
    elif own.count() >= MOST_FILTERS and not own.filter(name=name).exists():
        messages.error(request, _("You keep %(count)s filters already; remove one first.") % {"count": MOST_FILTERS})
    else:
        SavedFilter.objects.update_or_create(
            operator=operator,
            name=name,
            defaults={"query": query, "shared": request.POST.get("shared") == "on", "changed": timezone.now()},
        )
        messages.success(request, _("The filter “%(name)s” is kept.") % {"name": name})
    return HttpResponseRedirect(_address(kept))


@console_page(RIGHT, methods=("POST",))
def remove_filter(request: HttpRequest, number: int) -> HttpResponse:
    """Forget a filter."""
    found = _visible_filters(request).filter(pk=number).first()
    if found is None:
        raise Http404
    if found.operator_id != request.user.pk and not _access(request).may(MANAGES):
        raise PermissionDenied(_("This filter is somebody else's."))
    found.delete()
    messages.success(request, _("The filter “%(name)s” was removed.") % {"name": found.name})
    return HttpResponseRedirect(reverse("console:events"))


def _kept(given: QueryDict) -> dict[str, str]:
    """What an address asks for, without the place in the list."""
    return {name: value for name in EventForm.base_fields if (value := given.get(name, "")[:200])}


def _address(kept: dict[str, str], **place: str) -> str:
    query = urlencode({**kept, **place})
    return reverse("console:events") + (f"?{query}" if query else "")


def _count_words(count: int) -> str:
    if count > COUNTED:
        return _("more than %(count)s events") % {"count": f"{COUNTED:,}"}
    return ngettext("%(count)s event", "%(count)s events", count) % {"count": f"{count:,}"}


console_urlpatterns = [
    path("events/", events, name="events"),
    path("events/print/", print_events, name="events_print"),
    path("events/filters/", save_filter, name="event_filters"),
    path("events/filters/<int:number>/remove/", remove_filter, name="event_filter_remove"),
    path("events/<int:position>/", event, name="event"),
    *report_pages.urlpatterns,
]

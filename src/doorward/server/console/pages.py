"""Views of this app: the dashboard, the live monitor, and the choice of a language."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST

from doorward.server.console import dashboard as data
from doorward.server.console.chart import chart
from doorward.server.console.frame import console_page, page
from doorward.server.console.live import device_names, events_for, picture_of
from doorward.server.console.navigation import address_of
from doorward.server.events.choices import Category
from doorward.server.events.reading import last_position
from doorward.server.operators.access import Access
from doorward.server.operators.models import Operator
from doorward.server.read_only_admin import device_address

YEAR_SECONDS = 366 * 86_400
LAST_EVENTS = 10
RIGHTS = ("devices.view", "alarms.view", "events.view", "server.view")
NAMED_KINDS = {"device": "devices.view", "person": "people.view"}
"""The kinds of the stream that change the names on a page, and the rights to follow them."""


def _access(request: HttpRequest) -> Access:
    return cast("Operator", request.user).access


def _device_pages(access: Access) -> str:
    """The address of a device's page with a 0 in the place of its number; empty for whoever may not see devices."""
    return device_address(0) if access.may("devices.view") else ""


def _people_names(access: Access) -> str:
    """Where the names of people are asked for; empty for whoever may not see people."""
    return reverse("console:people_names") if access.may("people.view") else ""


@console_page()
def dashboard(request: HttpRequest) -> HttpResponse:
    """How the site does now, and what wants doing next."""
    access = _access(request)
    position = last_position()
    fleet = data.fleet_of(access) if access.may("devices.view") else data.Fleet()
    alarms = data.open_alarms(access) if access.may("alarms.view") else 0
    hours = data.hours_of_today(access) if access.may("events.view") else []
    steps = data.steps_of(access, fleet)
    tasks = data.tasks_of(access, fleet, alarms)
    return page(
        request,
        "console/dashboard.html",
        title=_("Dashboard"),
        context={
            "may": {name.replace(".", "_"): access.may(name) for name in RIGHTS},
            "fleet": fleet,
            "alarms": alarms,
            "granted": sum(hour.granted for hour in hours),
            "denied": sum(hour.denied for hour in hours),
            "chart": chart(hours),
            "tasks": tasks,
            "steps": steps,
            "devices_address": address_of("console:devices", "admin:devices_device_changelist"),
            "alarms_address": address_of("console:alarms", "admin:events_alarm_changelist"),
            "events_address": address_of("console:events", "admin:events_event_changelist"),
            "nothing": not access.rights,
            "dashboard": {
                "position": position,
                "names": reverse("console:device_names"),
                "numbers": reverse("console:dashboard_numbers"),
                "warnings": reverse("console:dashboard_warnings") if access.may("server.view") else "",
                "device": _device_pages(access),
                "people": _people_names(access),
                "events": events_for(access, LAST_EVENTS, up_to=position) if access.may("events.view") else [],
                "kinds": _kinds(access),
                "todo": [task.key for task in tasks] + [str(step.done) for step in steps],
            },
        },
    )


def _kinds(access: Access) -> list[str]:
    """The kinds of the stream that the reader may follow."""
    kinds = {"event": "events.view", "device": "devices.view", "alarm": "alarms.view"}
    return [kind for kind, right in kinds.items() if access.may(right)]


@console_page()
def dashboard_numbers(request: HttpRequest) -> HttpResponse:
    """The numbers of the dashboard as they are now."""
    return JsonResponse(data.numbers(_access(request)))


@console_page("server.view")
def dashboard_warnings(request: HttpRequest) -> HttpResponse:
    """What the checks of the server find wrong."""
    del request
    found = [
        {"subject": item.subject, "level": item.level.value, "words": item.words, "advice": item.advice}
        for item in data.WARNINGS.now()
    ]
    return JsonResponse({"warnings": found, "system": address_of("console:system") or ""})


@console_page("events.view")
def live(request: HttpRequest) -> HttpResponse:
    """Events as they come."""
    access = _access(request)
    position = last_position()
    return page(
        request,
        "console/live.html",
        title=_("Live"),
        context={
            "severities": [
                ("notice", _("Notice and above")),
                ("warning", _("Warning and above")),
                ("alarm", _("Alarms alone")),
            ],
            "categories": [(str(item.label), _(str(item.label))) for item in Category],
            "page_shortcuts": [("p", _("Pause, and go on"))],
            "live": {
                "position": position,
                "opened": timezone.now().isoformat(),
                "names": reverse("console:device_names"),
                "device": _device_pages(access),
                "kinds": [kind for kind, right in NAMED_KINDS.items() if access.may(right)],
                "people": _people_names(access),
                "picture": reverse("console:event_picture", args=[0]),
                "events": events_for(access, up_to=position),
            },
        },
    )


@console_page(("events.view", "devices.view"))
def names(request: HttpRequest) -> HttpResponse:
    """The names of devices."""
    return JsonResponse({"names": device_names(_access(request))})


@console_page("events.view")
def event_picture(request: HttpRequest, position: int) -> HttpResponse:
    """The picture that a device took with an event."""
    found = picture_of(position, _access(request))
    if found is None:
        raise Http404
    picture, kind = found
    return HttpResponse(picture, content_type=kind)


@require_POST
@csrf_protect
def choose_language(request: HttpRequest) -> HttpResponse:
    """Speak another language from now on; the choice is kept with the operator and in this browser."""
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = reverse("console:dashboard")
    response = HttpResponseRedirect(back)
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES):
        operator = request.user
        if isinstance(operator, Operator):
            operator.language = language
            operator.save(update_fields=["language"])
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, language, max_age=YEAR_SECONDS, httponly=True, samesite="Lax"
        )
    return response

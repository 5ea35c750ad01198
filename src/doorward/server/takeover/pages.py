"""The guide that takes running devices over: read them, decide on what they say differently, and bring it in."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from doorward.server.console.frame import console_page, page
from doorward.server.takeover.job import RIGHT

API: Final = "/api/v1/takeovers"


@console_page(RIGHT)
def take_over(request: HttpRequest) -> HttpResponse:
    """Take people and rights over from devices that hold them already."""
    context = {
        "data": {
            "api": API,
            "sync": reverse("console:sync"),
            "person": reverse("console:person", args=[0]),
            "people": reverse("console:people"),
        }
    }
    above = [(_("People"), reverse("console:people"))]
    return page(request, "takeover/take_over.html", title=_("Take over from devices"), above=above, context=context)


console_urlpatterns = [path("people/take-over/", take_over, name="take_over")]

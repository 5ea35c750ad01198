"""The answer to "may this person pass this door then?"."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from doorward.model.errors import InvalidInput
from doorward.server.access.deciding import WORDS, may_pass
from doorward.server.console.answers import answered
from doorward.server.console.frame import console_page
from doorward.server.doors.services import UnknownDoor, visible_doors
from doorward.server.operators.access import Access
from doorward.server.people.services import one_person

HIGHEST: Final = 0xFFFFFFFF


@console_page("access.view")
def access_check(request: HttpRequest) -> HttpResponse:
    """Whether somebody may pass a door at a moment of the site's clock, and why."""
    access: Access = request.user.access  # type: ignore[union-attr] # an operator, since the page is guarded

    def answer() -> dict[str, object]:
        door_id = _number(request, "door")
        door = visible_doors(access).filter(pk=door_id).first()
        if door is None:
            raise UnknownDoor(door_id)
        found = may_pass(one_person(_number(request, "person")), door, _moment(request.GET.get("at", "")))
        return {"may": found.granted, "reason": found.reason.name.lower(), "words": str(WORDS[found.reason])}

    return answered(answer)


def _number(request: HttpRequest, name: str) -> int:
    text = request.GET.get(name, "")
    if not (text.isascii() and text.isdigit() and int(text[:11]) <= HIGHEST):
        raise InvalidInput(name, text[:40], "a number")
    return int(text)


def _moment(text: str) -> datetime:
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None:
        raise InvalidInput("at", text[:40], "a moment such as 2026-11-29T08:00")
    return found if timezone.is_aware(found) else timezone.make_aware(found)


urlpatterns = [path("access/check/", access_check, name="access_check")]

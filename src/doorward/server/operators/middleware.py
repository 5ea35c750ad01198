"""Notes who acts in each request, gives it a number, and ends what an ended session opens."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Final

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from doorward.server.operators.actor import CONSOLE, Actor, acting, name_actor
from doorward.server.operators.logging_in import DUE
from doorward.server.operators.sessions import session_operator

REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")
HEADER: Final = "X-Request-ID"
ALLOWED_BEFORE: Final = (
    "/console/account/second-factor/",
    "/console/logout/",
    "/console/words.js",
    "/console/language/",
    "/static/",
)
"""What can be had by whoever has to set up a second factor first."""


class ActorMiddleware:
    """The outermost: everything inside knows from where it was asked for.

    A number that a proxy gave to the request is kept, so that its log and ours can be read together.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer one request."""
        given = request.headers.get(HEADER, "")
        number = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        with acting(Actor("nobody", via=CONSOLE, address=request.META.get("REMOTE_ADDR", ""), request_id=number)):
            response = self._get_response(request)
        response[HEADER] = number
        if request.path_info.startswith("/api/") and not response.has_header("Cache-Control"):
            # Who may see it is decided anew each time, and some answers hold what is shown once.
            response["Cache-Control"] = "no-store"
        if request.is_secure():
            # A cookie that was given over TLS is never shown to anybody without it.
            for cookie in response.cookies.values():
                cookie["secure"] = True
        return response


class SessionMiddleware:
    """After Django's own: only a session that is noted and was not ended makes somebody of a request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer one request."""
        # The API judges for itself, since a token counts more than a session there.
        if not request.path_info.startswith("/api/"):
            operator = session_operator(request)
            if operator is None:
                request.user = AnonymousUser()
            else:
                request.user = operator
                name_actor(operator.get_username(), operator.pk, via=CONSOLE)
                if request.session.get(DUE) and not request.path_info.startswith(ALLOWED_BEFORE):
                    return HttpResponseRedirect(reverse("console:second_factor"))
        return self._get_response(request)

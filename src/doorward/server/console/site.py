"""The site of the console: the lists and forms of what is kept, in our own frame."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from doorward.server.console.middleware import ALLOW_THEME_SCRIPTS
from doorward.server.console.navigation import address_of, navigation

View = Callable[..., HttpResponse]


class ConsoleSite(UnfoldAdminSite):  # type: ignore[misc] # the theme has no types
    """Lists and forms of every table that an app registers."""

    site_header = "Doorward"
    site_title = "Doorward"
    index_title = _("Dashboard")
    enable_nav_sidebar = True

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The console begins with the dashboard."""
        del request, extra_context
        return HttpResponseRedirect(reverse("console:dashboard"))

    def app_index(
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There is no page for an app: the navigation is arranged by what people do."""
        del request, app_label, extra_context
        return HttpResponseRedirect(reverse("console:dashboard"))

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Let the pages of the theme run the theme's scripts."""
        guarded: View = super().admin_view(view, cacheable)

        @wraps(guarded)
        def with_theme(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            response = guarded(request, *args, **kwargs)
            setattr(response, ALLOW_THEME_SCRIPTS, True)
            return response

        return with_theme

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """A new password of one's own; the sessions that the old one opened end, but for this one."""
        from doorward.server.audit.services import named  # noqa: PLC0415 - these need the apps to be ready
        from doorward.server.operators.sessions import end_sessions, key_digest, move_session  # noqa: PLC0415

        before = key_digest(request.session.session_key or "")
        with named("operator.password"):
            response: HttpResponse = super().password_change(request, extra_context)
        if isinstance(response, HttpResponseRedirect) and isinstance(request.user, get_user_model()):
            move_session(request, before)
            end_sessions(request.user, by=request.user.get_username(), but=request.session.session_key or "")
        return response

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """What every page of the frame needs."""
        context: dict[str, Any] = super().each_context(request)
        return {**context, **frame_context(request)}


def frame_context(request: HttpRequest) -> dict[str, Any]:
    """What the frame needs: the navigation, and how times are told."""
    return {
        "site_title": "Doorward",
        "site_header": "Doorward",
        "site_url": None,
        "console_navigation": navigation(request),
        "console_time_zone": settings.TIME_ZONE,
        "console_languages": settings.LANGUAGES,
        "console_account": address_of("console:account"),
    }

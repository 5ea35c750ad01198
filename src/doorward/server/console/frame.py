"""What every page of our own needs: who may see it, and the frame around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from doorward.server.console.navigation import Words
from doorward.server.console.site import frame_context

P = ParamSpec("P")
PageView = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def console_page(
    permission: str | Sequence[str] = (), *, methods: Sequence[str] = ("GET",)
) -> Callable[[PageView[P]], PageView[P]]:
    """Guard a view of the console.

    Who is not signed in is led to do so; who lacks the permission gets a page that says so (403).

    Args:
        permission: What is needed, such as ``events.view_event``; of several, any one is enough. Empty: signing in.
        methods: The HTTP methods that the view answers to.
    """
    needed = (permission,) if isinstance(permission, str) else tuple(permission)

    def guard(view: PageView[P]) -> PageView[P]:
        answering = csrf_protect(require_http_methods(list(methods))(view))

        @never_cache
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated or not request.user.is_active:
                return redirect_to_login(request.get_full_path(), reverse("admin:login"))
            if needed and not any(map(request.user.has_perm, needed)):
                raise PermissionDenied(gettext("Your roles do not include what this page shows."))
            return answering(request, *args, **kwargs)

        return guarded

    return guard


def page(
    request: HttpRequest,
    template: str,
    *,
    title: Words,
    context: Mapping[str, Any] | None = None,
    above: Sequence[tuple[Words, str]] = (),
    status: int = 200,
) -> HttpResponse:
    """Render a template that extends ``console/page.html``.

    Args:
        request: The request.
        template: Name of the template.
        title: Title of the page.
        context: What the template shows.
        above: The pages above this one, as title and address, for the way back.
        status: Status of the answer.
    """
    shown = {**frame_context(request), "title": title, "above": above, "has_permission": True, **(context or {})}
    return render(request, template, shown, status=status)

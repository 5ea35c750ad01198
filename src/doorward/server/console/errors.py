"""Pages for what went wrong, in words; JSON for programs."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

API_PREFIX = "/api/"


def not_allowed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: the operator lacks a permission."""
    words = str(exception) if exception is not None and str(exception) else _("Your roles do not include this.")
    return _answer(
        request, 403, _("Not for your account"), words, _("Whoever gives the roles here can add what is missing.")
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: there is nothing at this address."""
    del exception
    return _answer(
        request,
        404,
        _("Nothing here"),
        _("There is no page at this address, or what it showed is gone."),
        _("Look for it in the navigation."),
    )


def failed(request: HttpRequest) -> HttpResponse:
    """500: an error of the server itself. Asks nothing of the database, which may be the reason."""
    return _answer(
        request,
        500,
        _("The server made a mistake"),
        _("What you asked for could not be done. The server's log says why."),
        _("Try again; if it comes back, tell whoever looks after the server when it happened."),
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the request cannot be understood."""
    del exception
    return _answer(
        request,
        400,
        _("Not understood"),
        _("The browser sent something that this server cannot use, such as a name it does not go by."),
        _("Go to the start page and try from there."),
    )


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: a form that did not come from a page of this server, or is too old."""
    del reason
    return _answer(
        request,
        403,
        _("This form is too old"),
        _("You signed in or out in another tab since this page was shown, or the browser keeps no cookies."),
        _("Go back, load the page again and repeat what you did."),
    )


def _answer(request: HttpRequest, status: int, title: str, words: str, advice: str) -> HttpResponse:
    if request.path.startswith(API_PREFIX):
        return JsonResponse({"error": words, "advice": advice}, status=status)
    context = {"title": title, "words": words, "advice": advice, "status": status, "site_title": "Doorward"}
    return render(request, "console/error.html", context, status=status)

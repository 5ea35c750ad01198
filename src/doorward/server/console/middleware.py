"""What a browser may do with a page of the console, and the language of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

ALLOW_THEME_SCRIPTS: Final = "console_theme_scripts"
"""Attribute of a response that shows one of the theme's pages: their Alpine makes functions of attributes."""

_COMMON: Final = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; style-src 'self'"
)
STRICT_POLICY: Final = f"{_COMMON}; script-src 'self'"
# Alpine writes style attributes too.
THEME_POLICY: Final = f"{_COMMON}; style-src-attr 'unsafe-inline'; script-src 'self' 'unsafe-eval'"

Answer = Callable[[HttpRequest], HttpResponse]


def content_security_policy(get_response: Answer) -> Answer:
    """Tell the browser that nothing comes from elsewhere and that no page may be put into a frame."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if "Content-Security-Policy" not in response.headers:
            allowed = getattr(response, ALLOW_THEME_SCRIPTS, False)
            response.headers["Content-Security-Policy"] = THEME_POLICY if allowed else STRICT_POLICY
        return response

    return answer


def operator_language(get_response: Answer) -> Answer:
    """Speak the language that the operator chose; else the one that ``LocaleMiddleware`` found."""

    def answer(request: HttpRequest) -> HttpResponse:
        # Who it is lies in the database only if a session was shown; programs show a token.
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            language = getattr(request.user, "language", "")
            if language and language in dict(settings.LANGUAGES):
                translation.activate(language)
                request.LANGUAGE_CODE = language
        return get_response(request)

    return answer

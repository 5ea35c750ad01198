"""One line of the log for each request of the web: what was asked, by whom, what came of it, and how long it took."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias, cast
from urllib.parse import parse_qsl, urlencode

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from doorward.server.operators.actor import current_actor
from doorward.server.redaction import REMOVED

logger = logging.getLogger(__name__)

Later: TypeAlias = Awaitable[HttpResponseBase]
Answer: TypeAlias = Callable[[HttpRequest], HttpResponseBase | Later]

SHOWN: Final = frozenset(
    {"after", "before", "category", "code", "cursor", "device", "event", "kind", "limit", "page", "severity", "since"}
    | {"approval", "from", "until", "order", "format", "state"}
)
"""Names of the query whose values are written down; those of all others may tell who was looked for."""
LONGEST_PATH: Final = 300
# What browsers load along with a page tells nothing.
QUIET: Final = ("/static/", "/favicon.ico")
SERVER_ERROR: Final = 500


@sync_and_async_middleware
def access_log(get_response: Answer) -> Answer:
    """Write a line for each request; to stand right inside of what gives the request its number."""
    if iscoroutinefunction(get_response):

        async def answer_later(request: HttpRequest) -> HttpResponseBase:
            began = time.perf_counter()
            response = await cast(Later, get_response(request))
            _write(request, response, began)
            return response

        return answer_later

    def answer(request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        response = get_response(request)
        assert isinstance(response, HttpResponseBase)
        _write(request, response, began)
        return response

    return answer


def shown_path(path: str, query: str) -> str:
    """The path of a request with its query, as it may be written down."""
    shown = path[:LONGEST_PATH] + ("..." if len(path) > LONGEST_PATH else "")
    if not query:
        return shown
    values = [
        (name[:40], value[:60] if name in SHOWN else REMOVED)
        for name, value in parse_qsl(query[:2000], keep_blank_values=True, errors="replace")
    ]
    return f"{shown}?{urlencode(values, safe='[]:,')}"


def _write(request: HttpRequest, response: HttpResponseBase, began: float) -> None:
    level = logging.INFO
    if response.status_code >= SERVER_ERROR:
        level = logging.WARNING
    elif request.path.startswith(QUIET):
        level = logging.DEBUG
    if not logger.isEnabledFor(level):
        return
    milliseconds = round((time.perf_counter() - began) * 1000, 1)
    actor = current_actor()
    path = shown_path(request.path, request.META.get("QUERY_STRING", ""))
    address = actor.address or request.META.get("REMOTE_ADDR", "") or "-"
    kind = " (stream begins)" if response.streaming else ""
    logger.log(
        level,
        "%s %s %s %s ms%s, %s at %s",
        request.method,
        # A path may hold line ends, and a line of the log is one line.
        path.encode("unicode_escape").decode("ascii"),
        response.status_code,
        milliseconds,
        kind,
        actor.name,
        address,
        extra={
            "method": request.method,
            "path": path,
            "status": response.status_code,
            "ms": milliseconds,
            "who": actor.name,
            "address": address,
        },
    )

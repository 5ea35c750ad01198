"""Health for load balancers, container engines and service managers; no login, and no detail to anybody.

``/health/live``: the process answers. ``/health/ready``: it can do its work: the database answers, the thread that
writes lives, the gateway listens, the disk is not full; else status 503 with one word.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias, cast

from asgiref.sync import async_to_sync, iscoroutinefunction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, JsonResponse
from django.utils.decorators import sync_and_async_middleware

from doorward.server.system.readiness import READY, readiness_state

Later: TypeAlias = Awaitable[HttpResponseBase]
Answer: TypeAlias = Callable[[HttpRequest], HttpResponseBase | Later]

LIVE_PATH: Final = "/health/live"
READY_PATH: Final = "/health/ready"
METHODS: Final = ("GET", "HEAD")


async def live(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return _refused(request) or _said(READY)


async def ready(request: HttpRequest) -> HttpResponse:
    """The server can do its work."""
    return _refused(request) or _said(await readiness_state())


PAGES: Final = {LIVE_PATH: live, READY_PATH: ready}


@sync_and_async_middleware
def health_first(get_response: Answer) -> Answer:
    """Answer questions after health before anything else looks at them.

    A load balancer calls the server by its address, which ``web.hosts`` need not name; and it asks without end, so the
    log shall not tell of it.
    """
    if iscoroutinefunction(get_response):

        async def answer_later(request: HttpRequest) -> HttpResponseBase:
            page = PAGES.get(request.path_info)
            if page is not None:
                return await page(request)
            return await cast(Later, get_response(request))

        return answer_later

    def answer(request: HttpRequest) -> HttpResponseBase:
        page = PAGES.get(request.path_info)
        if page is not None:
            return async_to_sync(page)(request)
        response = get_response(request)
        assert isinstance(response, HttpResponseBase)
        return response

    return answer


def _refused(request: HttpRequest) -> HttpResponse | None:
    return None if request.method in METHODS else HttpResponseNotAllowed(METHODS)


def _said(state: str) -> HttpResponse:
    return JsonResponse({"status": state}, status=200 if state == READY else 503, headers={"Cache-Control": "no-store"})

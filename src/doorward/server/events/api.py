"""``/api/v1/stream``: what happens, as it happens."""

from __future__ import annotations

from typing import Annotated

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest, StreamingHttpResponse
from ninja import Header, Query, Router

from doorward.model.errors import InvalidInput
from doorward.server.events.choices import Category
from doorward.server.events.live import live_events
from doorward.server.events.stream import StreamFilter, last_position, messages
from doorward.server.operators.api import AsyncBearer, require
from doorward.server.operators.services import operator_of_token

router = Router()

HIGHEST_POSITION = 2**63 - 1
CATEGORIES = {str(item.label): item.value for item in Category}
PERMISSION = "events.view_event"


@router.get(
    "/stream",
    auth=AsyncBearer(),
    summary="Follow the events",
    openapi_extra={
        "responses": {200: {"description": "Server-sent events without end.", "content": {"text/event-stream": {}}}}
    },
)
async def stream(
    request: HttpRequest,
    device: Annotated[list[int], Query(description="Only events of these devices.")] = [],  # noqa: B006 - ninja copies it
    category: Annotated[list[str], Query(description="Only events of these categories.")] = [],  # noqa: B006
    after: Annotated[
        str | None, Query(description="Position after which to begin, where no header can be sent.")
    ] = None,
    last_event_id: Annotated[str | None, Header(alias="Last-Event-ID")] = None,
) -> StreamingHttpResponse:
    """Every event after ``Last-Event-ID`` in order, then each new one as it is committed.

    Without a position it begins with the next event. A reader that comes back with the last ``id`` that it saw misses
    nothing. Comments (``: alive``) come while nothing happens.
    """
    await sync_to_async(require)(request, PERMISSION)
    wanted = StreamFilter(frozenset(device), frozenset(_category(name) for name in category))
    newest = await sync_to_async(last_position)()
    given = last_event_id if last_event_id is not None else after
    position = newest if given is None else _position(given)
    beyond = position > newest
    response = StreamingHttpResponse(
        messages(
            newest if beyond else position,
            wanted,
            live_events(),
            heartbeat=settings.DOORWARD.web.heartbeat_seconds,
            still_allowed=lambda: _still_allowed(request),
            announce_reset=beyond,
        ),
        content_type="text/event-stream; charset=utf-8",
    )
    response["Cache-Control"] = "no-store"
    # Proxies such as nginx keep answers back until they are whole unless told otherwise.
    response["X-Accel-Buffering"] = "no"
    return response


async def _still_allowed(request: HttpRequest) -> bool:
    text = request.headers.get("Authorization", "").partition(" ")[2]

    def allowed() -> bool:
        operator = operator_of_token(text)
        return operator is not None and operator.has_perm(PERMISSION)

    return await sync_to_async(allowed)()


def _category(name: str) -> int:
    value = CATEGORIES.get(name)
    if value is None:
        raise InvalidInput("category", name, ", ".join(CATEGORIES))
    return value


def _position(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > HIGHEST_POSITION:
        raise InvalidInput("Last-Event-ID", text[:40], "the id of an event of this stream, a whole number")
    return int(text)

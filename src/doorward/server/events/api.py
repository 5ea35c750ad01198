"""``/api/v1/stream``: what happens, as it happens."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Annotated

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest, StreamingHttpResponse
from ninja import Header, Query, Router

from doorward.model.errors import InvalidInput
from doorward.server.backup.services import resumed_after
from doorward.server.devices.models import Device
from doorward.server.events.choices import Category, Kind
from doorward.server.events.live import live_events
from doorward.server.events.reading import StreamFilter, last_position
from doorward.server.events.stream import messages
from doorward.server.operators.access import Access
from doorward.server.operators.callers import AsyncCallerAuth, identify, require

router = Router()

HIGHEST_POSITION = 2**63 - 1
NOTHING: frozenset[int] = frozenset()
CATEGORIES = {str(item.label): item.value for item in Category}
KINDS = [kind.value for kind in Kind]
# Which right lets somebody see which kind.
KIND_RIGHTS = {
    Kind.EVENT.value: "events.view",
    Kind.DEVICE.value: "devices.view",
    Kind.RECORD.value: "devices.view",
    Kind.GAP.value: "devices.view",
    Kind.COMMAND.value: "devices.view",
    Kind.ALARM.value: "alarms.view",
    Kind.DOOR.value: "doors.view",
    Kind.SYNC.value: "sync.view",
    Kind.PERSON.value: "people.view",
    Kind.ACCESS.value: "access.view",
    Kind.WEBHOOK.value: "webhooks.manage",
    Kind.SERVER.value: "server.view",
}


@router.get(
    "/stream",
    auth=AsyncCallerAuth(),
    summary="Follow all that happens",
    openapi_extra={
        "responses": {200: {"description": "Server-sent events without end.", "content": {"text/event-stream": {}}}}
    },
)
async def stream(
    request: HttpRequest,
    device: Annotated[list[int], Query(description="Only what concerns these devices.")] = [],  # noqa: B006 - ninja copies it
    category: Annotated[
        list[str],
        Query(description="Only events of these categories; other kinds come only where 'kind' names them."),
    ] = [],  # noqa: B006
    kind: Annotated[
        list[str], Query(description=f"Only these kinds: {', '.join(KINDS)}. Without it all that you may see.")
    ] = [],  # noqa: B006
    after: Annotated[
        str | None, Query(description="Position after which to begin, where no header can be sent.")
    ] = None,
    last_event_id: Annotated[str | None, Header(alias="Last-Event-ID")] = None,
) -> StreamingHttpResponse:
    """All that happens after ``Last-Event-ID`` in order, then what is new as it is committed.

    Without a position it begins with what happens next. A reader that comes back with the last ``id`` that it saw
    misses nothing. Comments (``: alive``) come while nothing happens.
    """
    kinds = frozenset(_kind(name) for name in kind)
    for right in sorted({KIND_RIGHTS[name] for name in kinds or (Kind.EVENT.value,)}):
        await sync_to_async(require)(request, right)
    wanted = StreamFilter(frozenset(device), frozenset(_category(name) for name in category), kinds)
    newest = await sync_to_async(last_position)()
    given = last_event_id if last_event_id is not None else after
    position = newest if given is None else _position(given)
    # After a restore no position is given out twice; whoever has one of the lost ones goes on where the stream does.
    resumed = newest if position > newest else await sync_to_async(resumed_after)(position)
    permitted = partial(sync_to_async(_permitted), request, wanted)
    response = StreamingHttpResponse(
        messages(
            position if resumed is None else resumed,
            await permitted() or replace(wanted, visible={}),
            live_events(),
            heartbeat=settings.DOORWARD.web.heartbeat_seconds,
            permitted=permitted,
            announce_reset=resumed is not None,
        ),
        content_type="text/event-stream; charset=utf-8",
    )
    response["Cache-Control"] = "no-store"
    # Proxies such as nginx keep answers back until they are whole unless told otherwise.
    response["X-Accel-Buffering"] = "no"
    return response


def _permitted(request: HttpRequest, wanted: StreamFilter) -> StreamFilter | None:
    """What a reader may see by now; None when it may not read at all any more."""
    caller = identify(request)
    if caller is None:
        return None
    seen = visible_kinds(caller.access)
    if not seen.keys() & (wanted.kinds or {Kind.EVENT.value}):
        return None
    all_of_it = all(seen.get(kind, NOTHING) is None for kind in KINDS)
    return replace(wanted, visible=None if all_of_it else seen)


def visible_kinds(access: Access) -> dict[str, frozenset[int] | None]:
    """The kinds that somebody may see, each with the devices that it may concern; None of them: all."""
    by_right: dict[str, frozenset[int] | None] = {}
    for right in sorted(set(KIND_RIGHTS.values())):
        if access.everywhere(right):
            by_right[right] = None
        elif access.may(right):
            by_right[right] = frozenset(access.among(right, Device.objects.all()).values_list("pk", flat=True))
    return {kind: by_right[right] for kind, right in KIND_RIGHTS.items() if right in by_right}


def _kind(name: str) -> str:
    if name not in KIND_RIGHTS:
        raise InvalidInput("kind", name, ", ".join(KINDS))
    return name


def _category(name: str) -> int:
    value = CATEGORIES.get(name)
    if value is None:
        raise InvalidInput("category", name, ", ".join(CATEGORIES))
    return value


def _position(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > HIGHEST_POSITION:
        raise InvalidInput("Last-Event-ID", text[:40], "the id of an event of this stream, a whole number")
    return int(text)

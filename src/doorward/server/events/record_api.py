"""``/api/v1/events``: search the record, and take it away in files."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from asgiref.sync import sync_to_async
from django.http import HttpRequest, StreamingHttpResponse
from ninja import Field, Query, Router, Schema, Status
from ninja.errors import HttpError

from doorward.server.audit.services import Thing, record
from doorward.server.cursors import MOST, USUAL
from doorward.server.events.export import CONTENT_TYPES, CSV, streamed
from doorward.server.events.export_job import KIND, NAMES, ExportFormat
from doorward.server.events.filters import HIGHEST, EventFilter, event_query, visible_devices
from doorward.server.events.live import EventRow
from doorward.server.events.models import Event
from doorward.server.events.search import EventQuery, search
from doorward.server.events.shapes import shown_event
from doorward.server.jobs import services as jobs
from doorward.server.jobs.api import JobOut
from doorward.server.jobs.api import shown as shown_job
from doorward.server.operators.access import Access
from doorward.server.operators.callers import AsyncCallerAuth, CallerAuth, require
from doorward.server.people.names import VIEW

router = Router()


class EventOut(Schema):
    """An event as the API shows it; the stream shows the same."""

    position: int
    kind: str
    device: int = Field(description="The device that told it.")
    origin: int = Field(description="The device at which it happened.")
    person: int = Field(description="Number of the person; 0 nobody, or somebody who was erased.")
    pseudonym: str = Field(description="Stands for somebody who was erased; else empty.")
    code: int
    sub_code: int
    name: str = Field(description="Stable name of what happened.")
    words: str
    how: str = Field(description="How somebody was verified or identified; empty where that does not apply.")
    category: str
    severity: str
    attendance_key: int
    ordinal: int
    image_slot: int
    device_time: str = Field(description="What the device's clock showed, without a zone.")
    utc: datetime
    received: datetime


class EventList(Schema):
    """A page of events."""

    items: list[EventOut]
    next: str | None = Field(description="Give it as 'after' for the next page; null on the last one.")


class EventPageQuery(EventFilter):
    """Which events, and which page of them."""

    after: str = Field("", description="The 'next' of the page before.")
    limit: Annotated[int, Field(ge=1, le=MOST)] = USUAL


class ExportQuery(EventFilter):
    """Which events, and in which form."""

    format: Literal["csv", "jsonl"] = "csv"


@router.get("/events", auth=CallerAuth(), response=EventList, summary="Search events")
def list_events(request: HttpRequest, filters: Query[EventPageQuery]) -> EventList:
    """Events by the time at which they happened, the newest first."""
    access = require(request, "events.view").access
    page = search(
        event_query(filters, visible_devices(access, "events.view")), after=filters.after, limit=filters.limit
    )
    return EventList(items=[_shown(row) for row in page.rows], next=page.next or None)


@router.get("/events/{int:position}", auth=CallerAuth(), response=EventOut, summary="Show an event")
def show_event(request: HttpRequest, position: int) -> EventOut:
    """One event, by its position."""
    access = require(request, "events.view").access
    row = Event.objects.filter(position=min(position, HIGHEST)).values_list(*EventRow._fields).first()
    visible = visible_devices(access, "events.view")
    if row is None or (visible is not None and EventRow._make(row).origin not in visible):
        raise HttpError(404, f"There is no event {position}.")
    return _shown(EventRow._make(row))


@router.get(
    "/events/export",
    auth=AsyncCallerAuth(),
    summary="Take events away in a file",
    openapi_extra={
        "responses": {
            200: {
                "description": "A file that comes piece by piece, by rising time.",
                "content": {content_type.partition(";")[0]: {} for content_type in CONTENT_TYPES.values()},
            }
        }
    },
)
async def export_events(request: HttpRequest, filters: Query[ExportQuery]) -> StreamingHttpResponse:
    """All events of a search as CSV or as lines of JSON; there may be millions.

    For whoever may see people (people.view) each has the name of its person; for others it is empty.
    """
    query, access = await sync_to_async(_export_query)(request, filters)
    pieces = streamed(query, filters.format, access)
    response = StreamingHttpResponse(pieces, content_type=CONTENT_TYPES[filters.format])
    response["Content-Disposition"] = f'attachment; filename="events.{filters.format}"'
    response["Cache-Control"] = "no-store"
    return response


class ExportOrder(Schema):
    """What an export in the background is to hold."""

    format: ExportFormat = Field(ExportFormat.CSV, description="'xlsx' is a workbook for spreadsheets.")
    filter: EventFilter = Field(default_factory=EventFilter.model_construct)


@router.post("/events/exports", auth=CallerAuth(), response={202: JobOut}, summary="Export events in the background")
def start_export(request: HttpRequest, order: ExportOrder) -> Status[JobOut]:
    """Start a job that writes all events of a search into a file; see the jobs for its progress and the file."""
    caller = require(request, "events.export")
    event_query(order.filter, None)  # refuses what cannot be looked for
    asked = order.model_dump(mode="json", exclude_defaults=True) | {"format": order.format.value}
    # A token may have fewer rights than its operator, in whose name the job runs.
    arguments = asked | {NAMES: caller.access.may(VIEW)}
    return Status(202, shown_job(jobs.start(KIND, arguments, caller.operator, asked=asked)))


def _export_query(request: HttpRequest, filters: ExportQuery) -> tuple[EventQuery, Access]:
    access = require(request, "events.export").access
    query = event_query(filters, visible_devices(access, "events.export"))
    record("events.export", Thing("events", "", filters.format), after=_asked(filters))
    return query, access


def _asked(filters: ExportQuery) -> dict[str, Any]:
    return {name: value for name, value in filters.model_dump(mode="json").items() if value not in (None, [], "", CSV)}


def _shown(row: EventRow) -> EventOut:
    return EventOut.model_validate(shown_event(row))

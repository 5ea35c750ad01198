"""Pages of events, alarms and gaps."""

from __future__ import annotations

from django.contrib import admin

from doorward.server.events.catalogue import meaning
from doorward.server.events.models import Alarm, Event, Gap
from doorward.server.read_only_admin import ReadOnlyAdmin


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """Events, newest first."""

    list_display = (
        "position",
        "device_time",
        "device_id",
        "words",
        "person",
        "severity",
        "category",
    )
    list_filter = (
        "severity",
        "category",
    )
    ordering = ("-position",)
    fields = (
        "position", "device_id", "origin", "device_time", "utc", "received", "words", "code", "sub_code", "person",
        "attendance_key", "image_slot", "severity", "category", "ordinal",)  # fmt: skip

    @admin.display(description="what happened")
    def words(self, event: Event) -> str:
        """The event in words."""
        return meaning(event.generation, event.code).words


@admin.register(Alarm)
class AlarmAdmin(ReadOnlyAdmin):
    """Alarms, newest first."""

    list_display = (
        "raised",
        "device",
        "words",
        "state",
        "cleared",
        "acknowledged_by",
        "note",
    )
    list_filter = (
        "state",
        "source",
    )
    list_select_related = ("device",)


@admin.register(Gap)
class GapAdmin(ReadOnlyAdmin):
    """Spans in which the record of a device is not complete, or may not be."""

    list_display = (
        "found",
        "device",
        "reason",
        "since",
        "until",
        "missing",
    )
    list_select_related = ("device",)

"""Pages of events, alarms and gaps."""

from __future__ import annotations

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from doorward.server.events.catalogue import meaning
from doorward.server.events.models import Alarm, Event, Gap
from doorward.server.events.services import LONGEST_NOTE, acknowledge
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


class AcknowledgeForm(forms.ModelForm):  # type: ignore[type-arg] # generic in the stubs alone
    """What a person adds to an alarm."""

    add_note = forms.CharField(
        label="Acknowledge with this note", required=False, max_length=LONGEST_NOTE, widget=forms.Textarea
    )

    class Meta:
        model = Alarm
        fields: tuple[str, ...] = ()


@admin.register(Alarm)
class AlarmAdmin(ReadOnlyAdmin):
    """Alarms, newest first; to save one is to acknowledge it."""

    form = AcknowledgeForm
    actions = ("acknowledge_alarms",)
    list_display = ("raised", "device", "words", "state", "cleared", "acknowledged_by", "note")
    list_filter = ("state", "source")
    list_select_related = ("device",)
    readonly_fields = (
        "words", "device", "raised", "cleared", "state", "acknowledged_at", "acknowledged_by", "note",
    )  # fmt: skip
    fields = (*readonly_fields, "add_note")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever may change alarms may acknowledge them."""
        return admin.ModelAdmin.has_change_permission(self, request, obj)

    def save_model(self, request: HttpRequest, obj: Alarm, form: forms.ModelForm, change: bool) -> None:  # type: ignore[type-arg]
        """Acknowledge in the name of who is signed in."""
        del change
        acknowledge(obj.pk, by=request.user.get_username(), note=form.cleaned_data["add_note"])

    @admin.action(description="Acknowledge the chosen alarms", permissions=["change"])
    def acknowledge_alarms(self, request: HttpRequest, chosen: QuerySet[Alarm]) -> None:
        """Acknowledge several without a note."""
        numbers = list(chosen.values_list("pk", flat=True))
        for number in numbers:
            acknowledge(number, by=request.user.get_username())
        messages.success(request, f"Acknowledged: {len(numbers)}")


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

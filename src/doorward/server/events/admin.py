"""Pages of events, alarms and gaps."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from doorward.server.events.catalogue import meaning, way
from doorward.server.events.choices import AlarmSource, AlarmState, Category, Severity
from doorward.server.events.models import Alarm, Event, Gap
from doorward.server.events.services import LONGEST_NOTE, acknowledge
from doorward.server.people.erased import person_words
from doorward.server.read_only_admin import (
    LongListAdmin,
    ReadOnlyAdmin,
    badge_column,
    choice_filter,
    column,
    device_column,
    field_column,
    moment_column,
    moment_words,
    reach,
    short,
)

SEVERITY_KINDS = {
    Severity.INFO: "neutral",
    Severity.NOTICE: "info",
    Severity.WARNING: "warn",
    Severity.ALARM: "bad",
}
ACKNOWLEDGE = "alarms.acknowledge"


def event_words(event: Event) -> str:
    """An event in words, in the reader's language."""
    words = gettext(meaning(event.generation, event.code).words)
    how = way(event.generation, event.code, event.sub_code)
    return f"{words} ({gettext(how)})" if how else words


def _severity(event: Event) -> tuple[str, str]:
    return str(event.get_severity_display()), SEVERITY_KINDS.get(Severity(event.severity), "neutral")


def _person(event: Event) -> str:
    return person_words(event.person)


@admin.register(Event)
class EventAdmin(LongListAdmin):
    """Events, newest first."""

    scope = ("events.view", "device__group")
    list_display = (
        moment_column("utc", _("When")),
        device_column(),
        column(_("What happened"), event_words, name="words"),
        column(_("Person"), _person, name="person"),
        badge_column(_("Severity"), _severity),
        column(_("About"), lambda event: gettext(str(event.get_category_display())), name="category"),
    )
    list_filter = (
        choice_filter(_("severity"), "severity", lambda: [(str(v), str(w)) for v, w in Severity.choices]),
        choice_filter(_("subject"), "category", lambda: [(str(v), str(w)) for v, w in Category.choices]),
    )
    list_select_related = ("device",)
    ordering = ("-position",)
    readonly_fields = (
        column(_("What happened"), event_words, name="words"),
        device_column(),
        column(_("Happened at the device"), lambda event: event.origin, name="shown_origin"),
        column(_("Person"), _person, name="person"),
        moment_column("utc", _("When")),
        column(_("By the device's clock"), lambda event: moment_words(event.device_time), name="device_time"),
        moment_column("received", _("Kept at")),
        badge_column(_("Severity"), _severity),
        column(_("About"), lambda event: gettext(str(event.get_category_display())), name="category"),
        column(_("Number of the event"), lambda event: f"{event.code:#x} / {event.sub_code:#x}", name="shown_code"),
        column(
            _("Attendance key"),
            lambda event: "" if event.attendance_key == 0xFFFF else event.attendance_key,
            name="shown_attendance_key",
        ),
        field_column("position", _("Place in the record")),
    )
    fieldsets = (
        (None, {"fields": readonly_fields[:4]}),
        (_("When"), {"fields": readonly_fields[4:7]}),
        (_("Kind"), {"fields": readonly_fields[7:]}),
    )
    empty_title = _("No events yet")
    empty_words = _("As soon as an approved device is live, what happens at its door is kept here.")

    def heading(self, row: Event) -> str:
        """What happened."""
        return event_words(row)


class AcknowledgeForm(forms.ModelForm):  # type: ignore[type-arg] # generic in the stubs alone
    """What a person adds to an alarm."""

    add_note = forms.CharField(
        label=_("Acknowledge with this note"),
        required=False,
        max_length=LONGEST_NOTE,
        widget=UnfoldAdminTextareaWidget,
        help_text=_("What you found, for whoever looks at it later."),
    )

    class Meta:
        model = Alarm
        fields: tuple[str, ...] = ()


def _alarm_state(alarm: Alarm) -> tuple[str, str]:
    return str(alarm.get_state_display()), "bad" if alarm.state == AlarmState.OPEN else "neutral"


@admin.register(Alarm)
class AlarmAdmin(ReadOnlyAdmin):
    """Alarms, newest first; to save one is to acknowledge it."""

    scope = ("alarms.view", "device__group")
    form = AcknowledgeForm
    actions = ("acknowledge_alarms",)
    list_display = (
        column(_("What happened"), lambda alarm: short(alarm.words), name="shown_words"),
        badge_column(_("State"), _alarm_state, ordering="state"),
        device_column(),
        moment_column("raised", _("Raised")),
        moment_column("cleared", _("Over since")),
        column(_("Acknowledged by"), lambda alarm: alarm.acknowledged_by, ordering="acknowledged_by"),
        column(_("Note"), lambda alarm: short(alarm.note), name="shown_note"),
    )
    list_filter = (
        choice_filter(_("state"), "state", lambda: [(v, str(w)) for v, w in AlarmState.choices]),
        choice_filter(_("source"), "source", lambda: [(v, str(w)) for v, w in AlarmSource.choices]),
    )
    search_fields = ("words", "note", "device__name", "device__device_id")
    search_help_text = _("Search by words, note or device")
    list_select_related = ("device",)
    readonly_fields = (
        column(_("What happened"), lambda alarm: alarm.words, name="shown_words"),
        device_column(),
        moment_column("raised", _("Raised")),
        moment_column("cleared", _("Over since")),
        badge_column(_("State"), _alarm_state, ordering="state"),
        moment_column("acknowledged_at", _("Acknowledged at")),
        field_column("acknowledged_by", _("Acknowledged by")),
        field_column("note", _("Note")),
    )
    fields = (*readonly_fields, "add_note")
    empty_title = _("No alarms")
    empty_words = _("Forced and held-open doors, broken record and trouble of the server are shown here.")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever may acknowledge alarms, those of his groups."""
        if obj is None:
            return bool(request.user.has_perm("events.change_alarm"))
        return bool(reach(request, ACKNOWLEDGE, Alarm.objects.filter(pk=obj.pk), "device__group").exists())

    def save_model(self, request: HttpRequest, obj: Alarm, form: forms.ModelForm, change: bool) -> None:  # type: ignore[type-arg]
        """Acknowledge in the name of who is signed in."""
        del change
        acknowledge(obj.pk, by=request.user.get_username(), note=form.cleaned_data["add_note"])

    @admin.action(description=_("Acknowledge the chosen alarms"), permissions=["change"])
    def acknowledge_alarms(self, request: HttpRequest, chosen: QuerySet[Alarm]) -> None:
        """Acknowledge several without a note."""
        numbers: list[Any] = list(reach(request, ACKNOWLEDGE, chosen, "device__group").values_list("pk", flat=True))
        for number in numbers:
            acknowledge(number, by=request.user.get_username())
        messages.success(request, gettext("Acknowledged: %(count)s") % {"count": len(numbers)})


@admin.register(Gap)
class GapAdmin(ReadOnlyAdmin):
    """Spans in which the record of a device is not complete, or may not be."""

    scope = ("devices.view", "device__group")
    list_display = (
        moment_column("found", _("Found")),
        device_column(),
        column(_("Why"), lambda gap: short(gap.reason), name="shown_reason"),
        moment_column("since", _("Complete until")),
        moment_column("until", _("Complete again from")),
        column(_("Missing at least"), lambda gap: gap.missing or "", ordering="missing"),
    )
    list_display_links = None
    list_select_related = ("device",)
    search_fields = ("device__name", "device__device_id", "reason")
    search_help_text = _("Search by device or reason")
    empty_title = _("No gaps")
    empty_words = _("The record of every device is complete as far as it has been read.")

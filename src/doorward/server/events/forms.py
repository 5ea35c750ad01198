"""The search of the events page and the span of a report, as they stand in the address."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_lazy

from doorward.server.devices.models import HIGHEST_DEVICE_ID, Device, DeviceGroup
from doorward.server.events.catalogue import BIOSTAR1_CODES, meaning
from doorward.server.events.choices import Category, Generation, Severity
from doorward.server.events.filters import HIGHEST, EventFilter
from doorward.server.operators.access import Access
from doorward.server.people.names import VIEW, numbers_called

MOST_DEVICES: Final = 500
"""So many devices are offered by name; any other can be typed."""

NO_DEVICE: Final = 0
LONGEST_REPORT: Final = timedelta(days=31)
RIGHT: Final = "events.view"

ANY_TIME: Final = ("", gettext_lazy("any time"))
RANGES: Final = (
    ("today", gettext_lazy("today")),
    ("yesterday", gettext_lazy("yesterday")),
    ("week", gettext_lazy("the last 7 days")),
    ("month", gettext_lazy("the last 30 days")),
)
SEVERITIES: Final = (
    ("", gettext_lazy("any severity")),
    ("notice", gettext_lazy("notice and above")),
    ("warning", gettext_lazy("warning and above")),
    ("alarm", gettext_lazy("alarms alone")),
)
DAYS: Final = {"week": 6, "month": 29}


def _moment_field(label: Any) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        required=False,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


class SpanForm(forms.Form):
    """A span of time and a place."""

    range = forms.ChoiceField(label=gettext_lazy("Time"), required=False, choices=[ANY_TIME, *RANGES])
    since = _moment_field(gettext_lazy("From"))
    until = _moment_field(gettext_lazy("To"))
    group = forms.ChoiceField(label=gettext_lazy("Group of devices"), required=False)
    device = forms.CharField(
        label=gettext_lazy("Device"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"list": "devices", "autocomplete": "off"}),
    )

    def __init__(self, data: Any, access: Access) -> None:
        super().__init__(data)
        self._access = access
        self._groups = dict(_tree(access))
        choices = [("", gettext("all")), *((str(pk), words) for pk, words in self._groups.items())]
        self.fields["group"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse a span that ends before it begins."""
        found = super().clean() or self.cleaned_data
        since, until = self.span()
        if since is not None and until is not None and since >= until:
            self.add_error("until", gettext("This is before the beginning."))
        return found

    def span(self) -> tuple[datetime | None, datetime | None]:
        """From when to when; a span that is named wins."""
        found = self.cleaned_data
        named = found.get("range") or ""
        today = timezone.localdate()
        if named == "today":
            return _midnight(today), _midnight(today + timedelta(days=1))
        if named == "yesterday":
            return _midnight(today - timedelta(days=1)), _midnight(today)
        if named in DAYS:
            return _midnight(today - timedelta(days=DAYS[named])), _midnight(today + timedelta(days=1))
        return found.get("since"), found.get("until")

    def devices(self) -> list[int]:
        """The devices that were named: by number, or by a part of the name."""
        text = self.cleaned_data.get("device", "").strip()
        if not text:
            return []
        if text.isascii() and text.isdigit():
            return [int(text) if len(text) < 11 and int(text) <= HIGHEST_DEVICE_ID else NO_DEVICE]
        named = self.visible_devices().filter(name__iexact=text)
        if not named.exists():
            named = self.visible_devices().filter(name__icontains=text)
        return list(named.values_list("pk", flat=True)) or [NO_DEVICE]

    def visible_devices(self) -> QuerySet[Device]:
        """The devices whose events the reader may see."""
        return self._access.among(RIGHT, Device.objects.all())

    def device_names(self) -> list[str]:
        """Names to choose from."""
        names = self.visible_devices().exclude(name="").order_by("name").values_list("name", flat=True)
        return list(names.distinct()[:MOST_DEVICES])

    def filter(self) -> EventFilter:
        """What is looked for; to be asked of a form without errors."""
        since, until = self.span()
        group = self.cleaned_data.get("group")
        return EventFilter(
            since=since, until=until, group=[int(group)] if group else [], device=self.devices(), words=""
        )

    def words(self) -> list[str]:
        """What is looked for, in words."""
        found = self.cleaned_data
        said = []
        since, until = self.span()
        if since is not None:
            said.append(gettext("from %(moment)s") % {"moment": _shown(since)})
        if until is not None:
            said.append(gettext("to %(moment)s") % {"moment": _shown(until)})
        if found.get("group"):
            said.append(gettext("group %(name)s") % {"name": self._groups[int(found["group"])].strip("\u2003")})
        if found.get("device"):
            said.append(gettext("device %(name)s") % {"name": found["device"]})
        return said


class EventForm(SpanForm):
    """A search of events."""

    person = forms.CharField(
        label=gettext_lazy("Person"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    category = forms.ChoiceField(label=gettext_lazy("Subject"), required=False)
    severity = forms.ChoiceField(label=gettext_lazy("Severity"), required=False, choices=SEVERITIES)
    code = forms.ChoiceField(label=gettext_lazy("Event"), required=False)
    q = forms.CharField(
        label=gettext_lazy("What happened"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "data-search": ""}),
    )

    def __init__(self, data: Any, access: Access) -> None:
        super().__init__(data, access)
        subjects = [(str(item.label), gettext(str(item.label))) for item in Category]
        self.fields["category"].choices = [("", gettext("any subject")), *subjects]  # type: ignore[attr-defined]
        self._events = {slug: gettext(meaning(Generation.BIOSTAR1.value, code).words) for slug, code in _EVENTS}
        chosen = sorted(self._events.items(), key=lambda item: item[1].casefold())
        self.fields["code"].choices = [("", gettext("any event")), *chosen]  # type: ignore[attr-defined]

    def clean_person(self) -> str:
        """The number of a person, or a part of a name."""
        text: str = self.cleaned_data["person"].strip()
        is_number = text.isascii() and text.isdigit()
        if is_number and int(text[:20]) > HIGHEST:
            raise forms.ValidationError(gettext("There is no person with such a number."))
        if text and not is_number and not self._access.may(VIEW):
            raise forms.ValidationError(gettext("A person is searched by the number."))
        return text

    def persons(self) -> list[int]:
        """The people that were named: by number, or by a part of the name."""
        text = self.cleaned_data.get("person", "")
        if not text:
            return []
        if text.isascii() and text.isdigit():
            return [int(text)]
        return numbers_called(text, self._access) or [HIGHEST]

    def filter(self) -> EventFilter:
        """What is looked for."""
        found = self.cleaned_data
        least = found["severity"]
        labels = [str(item.label) for item in Severity]
        return (
            super()
            .filter()
            .model_copy(
                update={
                    "person": self.persons(),
                    "category": [found["category"]] if found["category"] else [],
                    "severity": labels[labels.index(least) :] if least else [],
                    "code": [found["code"]] if found["code"] else [],
                    "words": found["q"],
                }
            )
        )

    def words(self) -> list[str]:
        """What is looked for, in words."""
        found, said = self.cleaned_data, super().words()
        if found["person"]:
            said.append(gettext("person %(number)s") % {"number": found["person"]})
        if found["category"]:
            said.append(gettext(found["category"]))
        if found["severity"]:
            said.append(str(dict(SEVERITIES)[found["severity"]]))
        if found["code"]:
            said.append(self._events[found["code"]])
        if found["q"]:
            said.append(gettext("“%(words)s”") % {"words": found["q"]})
        return said


class ReportForm(SpanForm):
    """What a report is about; bounded, so that it is quick however long the record is."""

    range = forms.ChoiceField(
        label=gettext_lazy("Time"), required=False, choices=[("", gettext_lazy("from … to …")), *RANGES]
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a span without end."""
        found = super().clean()
        since, until = self.span()
        if since is None or until is None:
            self.add_error("since", gettext("A report needs a beginning and an end."))
        elif until - since > LONGEST_REPORT + timedelta(hours=1):  # a month in which clocks were put back
            self.add_error("until", gettext("A report covers 31 days at most."))
        return found


_EVENTS: Final = tuple(BIOSTAR1_CODES.items())


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _shown(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")


def _tree(access: Access) -> Iterator[tuple[int, str]]:
    """The groups in which the reader may see events, each below the one that it lies in."""
    scope = access.scopes.get(RIGHT, frozenset())
    children: dict[int | None, list[tuple[int, str]]] = {}
    seen = set()
    for pk, parent, name in DeviceGroup.objects.order_by("name", "pk").values_list("pk", "parent_id", "name"):
        if scope is None or pk in scope:
            children.setdefault(parent, []).append((pk, name))
            seen.add(pk)
    ahead = [
        (item, 0) for parent in children if parent not in seen for item in children[parent]
    ]  # tops, and groups whose own group is not to be seen
    ahead.sort(key=lambda item: item[0][1].casefold(), reverse=True)
    while ahead:
        (pk, name), depth = ahead.pop()
        yield pk, "\u2003" * depth + name
        ahead += [(item, depth + 1) for item in reversed(children.get(pk, []))]

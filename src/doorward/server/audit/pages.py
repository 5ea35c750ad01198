"""The page of the audit log."""

from __future__ import annotations

import json
from datetime import datetime, time
from urllib.parse import urlencode

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from doorward.server.audit.choices import Outcome
from doorward.server.audit.models import AuditEntry
from doorward.server.console.frame import console_page, page
from doorward.server.cursors import PageQuery, newest_first
from doorward.server.people.erased import pseudonym_of

RIGHT = "audit.view"
ROWS = 50
ANY = [("", gettext_lazy("any outcome"))]


class AuditForm(forms.Form):
    """Which entries are shown."""

    actor = forms.CharField(label=gettext_lazy("Who"), required=False)
    action = forms.CharField(label=gettext_lazy("Action"), required=False)
    thing = forms.CharField(label=gettext_lazy("Of what"), required=False)
    outcome = forms.ChoiceField(label=gettext_lazy("Outcome"), required=False, choices=[*ANY, *Outcome.choices])
    since = forms.DateField(
        label=gettext_lazy("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=gettext_lazy("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    request = forms.CharField(required=False, widget=forms.HiddenInput)

    def chosen(self) -> QuerySet[AuditEntry]:
        """The entries that are asked for; a field that cannot be read asks for nothing."""
        rows = AuditEntry.objects.all()
        self.is_valid()
        found = self.cleaned_data
        if found.get("actor"):
            rows = rows.filter(actor__icontains=found["actor"])
        if found.get("action"):
            rows = rows.filter(action__icontains=found["action"])
        if found.get("thing"):
            number = found["thing"].removeprefix("person").strip()
            if number.isascii() and number.isdigit() and pseudonym_of(int(number)):
                return rows.none()
            rows = rows.filter(object_name__icontains=found["thing"]) | rows.filter(object_id=found["thing"])
        if found.get("outcome"):
            rows = rows.filter(outcome=found["outcome"])
        if found.get("request"):
            rows = rows.filter(request_id=found["request"])
        if found.get("since"):
            rows = rows.filter(at__gte=timezone.make_aware(datetime.combine(found["since"], time.min)))
        if found.get("until"):
            rows = rows.filter(at__lte=timezone.make_aware(datetime.combine(found["until"], time.max)))
        return rows


@console_page(RIGHT)
def audit(request: HttpRequest) -> HttpResponseBase:
    """Who did what, the newest first."""
    form = AuditForm(request.GET)
    after = request.GET.get("after", "")
    cursor = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else None
    rows, following = newest_first(form.chosen(), PageQuery(after=cursor, limit=ROWS))
    for row in rows:
        row.veil()
    kept = {name: value for name, value in request.GET.items() if name != "after" and value}
    return page(
        request,
        "audit/audit.html",
        title=_("Audit log"),
        context={
            "form": form,
            "rows": rows,
            "filtered": bool(kept),
            "older": "?" + urlencode({**kept, "after": following}) if following is not None else "",
            "newest": "?" + urlencode(kept) if cursor is not None else "",
        },
    )


@console_page(RIGHT)
def audit_entry(request: HttpRequest, number: int) -> HttpResponseBase:
    """One entry, with the values before and after."""
    entry = AuditEntry.objects.filter(pk=number).first()
    if entry is None:
        raise Http404
    entry.veil()
    before, after = entry.before or {}, entry.after or {}
    return page(
        request,
        "audit/entry.html",
        title=_("Entry %(number)s") % {"number": number},
        above=[(_("Audit log"), reverse("console:audit"))],
        context={
            "entry": entry,
            "values": [(name, _text(before.get(name)), _text(after.get(name))) for name in {**before, **after}],
        },
    )


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


console_urlpatterns = [
    path("audit/", audit, name="audit"),
    path("audit/<int:number>/", audit_entry, name="audit_entry"),
]

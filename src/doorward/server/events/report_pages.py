"""The pages of reports, and the files made of them."""

from __future__ import annotations

import csv
import io
from typing import cast
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from doorward.server.audit.services import Thing, record
from doorward.server.console.frame import console_page, page
from doorward.server.events.export import harmless
from doorward.server.events.filters import event_query, visible_devices
from doorward.server.events.forms import ReportForm
from doorward.server.events.reports import REPORTS, Report, table_of
from doorward.server.events.spreadsheet import write_table
from doorward.server.operators.models import Operator

RIGHT = "events.export"
USUAL = {"range": "week"}
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def _asked(request: HttpRequest) -> tuple[ReportForm, dict[str, str]]:
    kept = {name: value for name in ReportForm.base_fields if (value := request.GET.get(name, "")[:200])}
    if not kept.keys() & {"range", "since", "until"}:
        kept |= USUAL
    access = cast("Operator", request.user).access
    return ReportForm(kept, access), kept


def _made(request: HttpRequest, kind: str, form: ReportForm) -> Report | None:
    if kind not in REPORTS:
        raise Http404
    if not form.is_valid():
        return None
    visible = visible_devices(cast("Operator", request.user).access, RIGHT)
    return REPORTS[kind].make(event_query(form.filter(), visible))


@console_page(RIGHT)
def reports(request: HttpRequest, kind: str = "entries") -> HttpResponse:
    """What the events of a span come to."""
    form, kept = _asked(request)
    report = _made(request, kind, form)
    query = urlencode(kept)
    return page(
        request,
        "events/reports.html",
        title=_("Reports"),
        context={
            "form": form,
            "kind": kind,
            "chosen": REPORTS[kind],
            "kinds": [
                (f"{reverse('console:report', args=[key])}?{query}", item.title, key) for key, item in REPORTS.items()
            ],
            "report": report,
            "words": form.words() if form.is_valid() else [],
            "files": [
                (extension.upper(), f"{reverse('console:report_file', args=[kind, extension])}?{query}")
                for extension in TYPES
            ],
            "now": timezone.localtime(),
        },
    )


@console_page(RIGHT)
def report_file(request: HttpRequest, kind: str, extension: str) -> HttpResponse:
    """A report as a file."""
    form, kept = _asked(request)
    report = _made(request, kind, form)
    if report is None or extension not in TYPES:
        raise Http404
    columns, rows = table_of(report)
    response = HttpResponse(content_type=TYPES[extension])
    if extension == "csv":
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(columns)
        writer.writerows([harmless(cell) for cell in row] for row in rows)
        response.write("\ufeff" + text.getvalue())
    else:
        content = io.BytesIO()
        write_table(content, str(REPORTS[kind].title), columns, rows)
        response.write(content.getvalue())
    response["Content-Disposition"] = f'attachment; filename="{kind}-{timezone.localdate():%Y-%m-%d}.{extension}"'
    response["Cache-Control"] = "no-store"
    record("events.report", Thing("report", kind, str(REPORTS[kind].title)), after={**kept, "format": extension})
    return response


urlpatterns = [
    path("reports/", reports, name="reports"),
    path("reports/<slug:kind>/", reports, name="report"),
    path("reports/<slug:kind>/file.<slug:extension>", report_file, name="report_file"),
]

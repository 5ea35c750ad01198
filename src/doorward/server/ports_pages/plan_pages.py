"""What to open: the plan of a site as picture and table, and the rules for each host."""

from __future__ import annotations

import json
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.urls import URLPattern, path
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from doorward.model.errors import DoorwardError, InvalidInput
from doorward.ports.picture import as_svg
from doorward.ports.plan import FIREWALL, Plan
from doorward.ports.plan_text import as_csv, as_markdown, row
from doorward.ports.rules import FORMATS, find_format, render_rules
from doorward.server.console.frame import console_page, page
from doorward.server.operators.access import Access
from doorward.server.ports_pages.site_form import MARK, SiteForm, site_form

RIGHT: Final = "ports.view"
PLAN_TYPES: Final = {
    "csv": "text/csv",
    "md": "text/markdown",
    "json": "application/json",
    "svg": "image/svg+xml",
}
REFUSED: Final = 409


@console_page(RIGHT)
def ports(request: HttpRequest) -> HttpResponse:
    """Choose a site, see what to open, take the rules away."""
    form = _form(request)
    is_valid = form.is_valid()
    plan = form.plan if is_valid else None
    context: dict[str, Any] = {"form": form, "plan": plan, "here": "plan", "formats": list(FORMATS.values())}
    if plan is not None:
        context |= {
            # Made by this program; every name in it was checked, and is escaped besides.
            "picture": mark_safe(as_svg(plan, on_page=True)),  # noqa: S308
            "holders": _holders(plan),
            "query": _query(form),
            "files": [(suffix, suffix.upper()) for suffix in PLAN_TYPES],
        }
    return page(request, "ports_pages/ports.html", title=_("Ports"), context=context)


@console_page(RIGHT)
def plan_file(request: HttpRequest, suffix: str) -> HttpResponse:
    """The plan as a file."""
    plan = _plan(request)
    if isinstance(plan, JsonResponse):
        return plan
    text = {
        "csv": lambda: as_csv(plan),
        "md": lambda: as_markdown(plan),
        "json": lambda: json.dumps(plan.as_json(), ensure_ascii=False, indent=1) + "\n",
        "svg": lambda: as_svg(plan),
    }[suffix]()
    return _file(text, f"ports.{suffix}", PLAN_TYPES[suffix])


@console_page(RIGHT)
def rules(request: HttpRequest) -> HttpResponse:
    """The rules of one host or firewall: as JSON for the page, or as a file.

    That a language is none for a machine of this kind is an answer like others: the page says it in the rules' place.
    """
    plan = _plan(request)
    if isinstance(plan, JsonResponse):
        return plan
    holder, name = request.GET.get("for", ""), request.GET.get("format", "")
    remove = request.GET.get("remove") == "1"
    try:
        chosen = find_format(name)
        text = render_rules(plan, holder, name, remove=remove)
    except InvalidInput as error:
        return _refused(
            _("“%(value)s” is not allowed. Allowed: %(allowed)s.") % {"value": error.value, "allowed": error.allowed}
        )
    except DoorwardError as error:
        return JsonResponse({"text": f"{error.message} {error.advice}".strip(), "file": ""})
    file_name = f"{plan.holder(holder).name}-{'remove-' if remove else ''}{chosen.name}{_dotted(chosen.suffix)}"
    if request.GET.get("download") == "1":
        return _file(text, file_name, "text/plain")
    return JsonResponse({"text": text, "file": file_name})


def _dotted(suffix: str) -> str:
    return suffix if suffix.startswith(".") else f".{suffix}"


def _form(request: HttpRequest) -> SiteForm:
    access: Access = request.user.access  # type: ignore[union-attr] # an operator, since the page is guarded
    return site_form(request.GET, access, request.META.get("REMOTE_ADDR", ""))


def _plan(request: HttpRequest) -> Plan | JsonResponse:
    form = _form(request)
    if form.is_valid() and form.plan is not None:
        return form.plan
    return _refused(" ".join(str(words) for errors in form.errors.values() for words in errors))


def _refused(words: str, advice: str = "") -> JsonResponse:
    return JsonResponse({"error": words, "advice": advice}, status=REFUSED)


def _file(text: str, name: str, kind: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type=f"{kind}; charset=utf-8", headers=headers)


def _query(form: SiteForm) -> str:
    """The site as the query of an address."""
    query = QueryDict(mutable=True)
    query[MARK] = "1"
    for name, value in form.cleaned_data.items():
        if isinstance(value, str):
            query[name] = value
        else:
            query.setlist(name, value)
    return query.urlencode()


def _holders(plan: Plan) -> list[dict[str, Any]]:
    return [
        {
            "name": holder.name,
            "also": ", ".join(holder.also),
            "firewall": holder.kind == FIREWALL,
            "rows": [row(rule)[1:] for rule in holder.rules],
        }
        for holder in plan.holders
    ]


urlpatterns: list[URLPattern] = [
    path("ports/", ports, name="ports"),
    *(
        path(f"ports/plan.{suffix}", plan_file, {"suffix": suffix}, name=f"ports_plan_{suffix}")
        for suffix in PLAN_TYPES
    ),
    path("ports/rules/", rules, name="ports_rules"),
]

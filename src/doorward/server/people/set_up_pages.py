"""Pages of what people are described by: departments, own fields, and formats of cards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from doorward.model.cards import STANDARD_26
from doorward.model.errors import DoorwardError, InvalidInput
from doorward.server.console.frame import console_page, page
from doorward.server.people import card_formats, departments, own_fields
from doorward.server.people.choices import ByteOrder, FacilityUse, FieldKind, Reading
from doorward.server.people.list_pages import department_tree
from doorward.server.people.models import CardFormat, Department, PersonField
from doorward.server.people.parity_text import parity_text, read_parity

VIEW: Final = "people.view"
EDIT: Final = "people.edit"
CREDENTIALS: Final = "people.credentials"
BOTH: Final = ("GET", "POST")
TABS: Final = ("departments", "person_fields", "card_formats")


def _tabs(here: str) -> list[tuple[str, str, bool]]:
    titles = {"departments": _("Departments"), "person_fields": _("Own fields"), "card_formats": _("Card formats")}
    return [(reverse(f"console:{name}"), titles[name], name == here) for name in TABS]


def _above() -> list[tuple[str, str]]:
    return [(_("People"), reverse("console:people"))]


def _done(request: HttpRequest, here: str, right: str, act: Callable[[HttpRequest], str]) -> HttpResponse | None:
    """Do what was posted, and tell how it went; None where nothing was posted."""
    if request.method != "POST":
        return None
    if not request.user.has_perm(right):
        messages.error(request, _("Your roles let you look at this, and not change it."))
    else:
        try:
            messages.success(request, act(request))
        except DoorwardError as error:
            messages.error(request, f"{error.message} {error.advice}".strip())
    return HttpResponseRedirect(reverse(f"console:{here}"))


# --- Departments ------------------------------------------------------------------------------------------------------


@console_page(VIEW, methods=BOTH)
def departments_page(request: HttpRequest) -> HttpResponse:
    """The tree of departments."""
    done = _done(request, "departments", EDIT, _department)
    if done is not None:
        return done
    counts = dict(Department.objects.annotate(count=Count("people")).values_list("pk", "count"))
    tree = department_tree()
    for item in tree:
        item["people"] = counts.get(item["id"], 0)
        item["words"] = ngettext("%(count)s person", "%(count)s people", item["people"]) % {"count": item["people"]}
    context = {"tabs": _tabs("departments"), "tree": tree, "may_edit": request.user.has_perm(EDIT)}
    return page(request, "people/departments.html", title=_("Departments"), above=_above(), context=context)


def _department(request: HttpRequest) -> str:
    given = request.POST
    parent = departments.one_department(_number(given.get("parent"))) if given.get("parent") else None
    if given.get("do") == "add":
        made = departments.create_department(given.get("name", ""), parent)
        return _("%(name)s was added.") % {"name": made}
    found = departments.one_department(_number(given.get("id")))
    if given.get("do") == "remove":
        departments.delete_department(found)
        return _("%(name)s is gone.") % {"name": found}
    # A parent that is as before is none that the department is moved to.
    moved: Department | bool | None = parent if found.parent_id != (parent.pk if parent else None) else False
    departments.change_department(found, name=given.get("name", ""), parent=moved)
    return _("Saved.")


# --- Own fields -------------------------------------------------------------------------------------------------------


@console_page(VIEW, methods=BOTH)
def person_fields(request: HttpRequest) -> HttpResponse:
    """The fields of its own that the site keeps of people."""
    done = _done(request, "person_fields", EDIT, _field)
    if done is not None:
        return done
    context = {
        "tabs": _tabs("person_fields"),
        "rows": PersonField.objects.all(),
        "kinds": FieldKind.choices,
        "may_edit": request.user.has_perm(EDIT),
    }
    return page(request, "people/own_fields.html", title=_("Own fields"), above=_above(), context=context)


def _field(request: HttpRequest) -> str:
    given = request.POST
    if given.get("do") == "remove":
        own_fields.delete_field(given.get("slug", ""))
        return _("The field is gone, and with it what it held.")
    choices = [line.strip() for line in given.get("choices", "").splitlines() if line.strip()]
    order = _number(given.get("order") or 0)
    if given.get("do") == "add":
        kind = given.get("kind", "")
        if kind not in FieldKind.values:
            raise InvalidInput("kind", kind, ", ".join(FieldKind.values))
        made = own_fields.create_field(given.get("name", ""), FieldKind(kind), choices=choices, order=order)
        return _("%(name)s was added.") % {"name": made}
    own_fields.change_field(given.get("slug", ""), name=given.get("name", ""), choices=choices, order=order)
    return _("Saved.")


# --- Formats of cards -------------------------------------------------------------------------------------------------


@console_page(VIEW)
def card_formats_page(request: HttpRequest) -> HttpResponse:
    """All formats of cards."""
    context = {
        "tabs": _tabs("card_formats"),
        "rows": CardFormat.objects.all(),
        "may_edit": request.user.has_perm(CREDENTIALS),
    }
    return page(request, "people/card_formats.html", title=_("Card formats"), above=_above(), context=context)


@console_page(CREDENTIALS, methods=BOTH)
def card_format(request: HttpRequest, format_id: int = 0) -> HttpResponse:
    """Add a format of cards or change one, and try what it makes of a card."""
    found = CardFormat.objects.filter(pk=format_id).first()
    if format_id and found is None:
        raise Http404
    values, tried, error = _format_values(found), "", ""
    if request.method == "POST":
        given = request.POST
        try:
            if given.get("do") == "remove" and found is not None:
                card_formats.delete_format(found.pk)
                messages.success(request, _("%(name)s is gone.") % {"name": found})
                return HttpResponseRedirect(reverse("console:card_formats"))
            values = {**values, **{name: given.get(name, "") for name in values}}
            if given.get("do") == "try":
                tried = _tried(_read_format(values), given.get("card", ""))
            else:
                saved = (
                    card_formats.create_format(_read_format(values))
                    if found is None
                    else card_formats.change_format(found.pk, _read_format(values))
                )
                messages.success(request, _("Saved."))
                return HttpResponseRedirect(reverse("console:card_format", args=[saved.pk]))
        except DoorwardError as wrong:
            error = f"{wrong.message} {wrong.advice}".strip()
    context = {
        "format": found,
        "values": values,
        "readings": Reading.choices,
        "orders": ByteOrder.choices,
        "uses": FacilityUse.choices,
        "tried": tried,
        "card": request.POST.get("card", ""),
        "error": error,
    }
    above = [*_above(), (_("Card formats"), reverse("console:card_formats"))]
    title = _("Add a card format") if found is None else found.name
    return page(request, "people/card_format.html", title=title, above=above, context=context)


def _format_values(found: CardFormat | None) -> dict[str, Any]:
    """What the fields of the form show at first: a new format is the common one of 26 bits."""
    if found is None:
        common = asdict(STANDARD_26)
        return {
            "name": "",
            "reading": Reading.WIEGAND.value,
            "byte_order": ByteOrder.MOST_SIGNIFICANT_FIRST.value,
            **{name: common[name] for name in card_numbers()},
            "facility_use": STANDARD_26.facility_use.value,
            "parity": parity_text([asdict(part) for part in STANDARD_26.parity]),
        }
    return {
        "name": found.name,
        "reading": found.reading,
        "byte_order": found.byte_order,
        **{name: getattr(found, name) for name in card_numbers()},
        "facility_use": found.facility_use,
        "parity": parity_text(found.parity),
    }


def card_numbers() -> tuple[str, ...]:
    """The fields of a format that are numbers."""
    return ("bits", "facility_start", "facility_length", "number_start", "number_length")


def _read_format(values: dict[str, Any]) -> card_formats.FormatValues:
    for name, choices in (("reading", Reading), ("byte_order", ByteOrder), ("facility_use", FacilityUse)):
        if values[name] not in choices.values:
            raise InvalidInput(name, values[name], ", ".join(choices.values))
    if values["reading"] == Reading.CSN:
        # A chip's serial number has no parts.
        empty = dict.fromkeys(card_numbers(), 0)
        values = {**values, **empty, "facility_use": FacilityUse.IGNORED.value, "parity": ""}
    return card_formats.FormatValues(
        name=values["name"],
        reading=values["reading"],
        byte_order=values["byte_order"],
        bits=_number(values["bits"], "bits"),
        facility_start=_number(values["facility_start"], "facility_start"),
        facility_length=_number(values["facility_length"], "facility_length"),
        facility_use=values["facility_use"],
        number_start=_number(values["number_start"], "number_start"),
        number_length=_number(values["number_length"], "number_length"),
        parity=read_parity(values["parity"]),
    )


def _tried(values: card_formats.FormatValues, text: str) -> str:
    """What a format that is not kept yet makes of a card."""
    read = card_formats.read_card(CardFormat(**{**values, "name": values["name"] or "?"}), text)
    words = _("Devices keep the number %(number)s.") % {"number": read.number}
    if read.custom_id:
        words += " " + _("The custom ID is %(number)s.") % {"number": read.custom_id}
    if read.facility is not None:
        words += " " + _("The facility code is %(number)s.") % {"number": read.facility}
    return words


def _number(value: object, field: str = "number") -> int:
    text = str(value or "0").strip()
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise InvalidInput(field, text[:40], "a whole number")
    return int(text)


urlpatterns = [
    path("people/departments/", departments_page, name="departments"),
    path("people/fields/", person_fields, name="person_fields"),
    path("people/card-formats/", card_formats_page, name="card_formats"),
    path("people/card-formats/add/", card_format, name="card_format_add"),
    path("people/card-formats/<int:format_id>/", card_format, name="card_format"),
]

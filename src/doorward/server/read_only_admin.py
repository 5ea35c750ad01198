"""What the lists and forms of every app have in common: plain words, badges, and the reach of rights.

They keep no history of their own, since the audit log tells who did what.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, ClassVar, Final

from django.contrib import admin
from django.db.models import Field, Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.paginator import InfinitePaginator

from doorward.server.devices.models import Device

Words = str | Promise
Column = Callable[[Any], Any]

NOTHING: Final = "–"  # noqa: RUF001 - a dash, where nothing is known
LONGEST_CELL: Final = 120
DEVICE: Final = _("Device")


class ConsoleAdmin(ModelAdmin):  # type: ignore[misc] # the theme has no types
    """Lists and forms in plain words.

    Attributes:
        labels: What the fields of a form are called.
        helps: What is said below them.
        scope: The right that shows a row and the way from the row to the group of its device, such as
            ``("devices.view", "group")``; None where rows belong to no device.
        empty_title: What an empty list says.
        empty_words: What to do next then.
        empty_view: Name of the view that does it; empty for none.
        empty_action: What its button says.
    """

    labels: ClassVar[dict[str, Words]] = {}
    helps: ClassVar[dict[str, Words]] = {}
    scope: ClassVar[tuple[str, str] | None] = None
    empty_title: ClassVar[Words] = _("Nothing yet")
    empty_words: ClassVar[Words] = ""
    empty_view: ClassVar[str] = ""
    empty_action: ClassVar[Words] = ""

    list_fullwidth = True
    list_per_page = 50
    warn_unsaved_form = True
    empty_value_display = NOTHING
    show_facets = admin.ShowFacets.NEVER

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows that the operator may see."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows if self.scope is None else reach(request, self.scope[0], rows, self.scope[1])

    def formfield_for_dbfield(self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        """A field of a form, by the name that people use."""
        if db_field.name in self.labels:
            kwargs["label"] = self.labels[db_field.name]
        if db_field.name in self.helps:
            kwargs["help_text"] = self.helps[db_field.name]
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def heading(self, row: Any) -> str:
        """What the page of a row is called."""
        return str(row)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, obj: Model | None = None, **kwargs: Any
    ) -> HttpResponse:
        """The form, under its heading."""
        if obj is not None:
            context["heading"] = self.heading(obj)
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)  # type: ignore[no-any-return]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Who did what stands in the audit log."""
        del request, object_id, extra_context
        raise Http404

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> None:
        """The audit log notes it."""

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> None:
        """The audit log notes it."""

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """The audit log notes it."""

    def empty_address(self) -> str:
        """Where the button of an empty list leads; empty for no button."""
        try:
            return reverse(self.empty_view) if self.empty_view else ""
        except NoReverseMatch:
            return ""


class ReadOnlyAdmin(ConsoleAdmin):
    """Lists and shows rows; nobody adds, changes or deletes one here."""

    show_full_result_count = False  # counting a table of millions for a page of fifty takes longer than the page
    warn_unsaved_form = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody."""
        del request
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody."""
        del request, obj
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody."""
        del request, obj
        return False


class LongListAdmin(ReadOnlyAdmin):
    """The same for a table of millions: its pages are turned, not counted."""

    paginator = InfinitePaginator


class ConsoleInline(TabularInline):  # type: ignore[misc] # the theme has no types
    """Rows below a form."""

    extra = 0
    hide_title = True


def reach(request: HttpRequest, right: str, rows: QuerySet[Any], group: str) -> QuerySet[Any]:
    """The rows of devices for which the operator of a request has a right."""
    access = getattr(request.user, "access", None)
    return rows.none() if access is None else access.among(right, rows, group)


def column(title: Words, value: Callable[[Any], Any], *, ordering: str = "", name: str = "") -> Column:
    """A column of a list or a line of a form.

    Args:
        title: What it is called.
        value: Makes the cell of a row.
        ordering: The column of the database by which it is sorted; empty: not.
        name: Its name in the page; needed where two columns are sorted alike.
    """

    def cell(row: Any) -> Any:
        found = value(row)
        return NOTHING if found is None or found == "" else found

    cell.__name__ = name or ordering.replace("__", "_").lstrip("-") or "cell"
    cell.short_description = title  # type: ignore[attr-defined] # Django reads it from the function
    if ordering:
        cell.admin_order_field = ordering  # type: ignore[attr-defined] # likewise
    return cell


def field_column(field: str, title: Words) -> Column:
    """A field as it is; a choice in its words."""

    def value(row: Any) -> Any:
        shown = getattr(row, f"get_{field}_display", None)
        return gettext(str(shown())) if shown is not None and shown() else getattr(row, field)

    return column(title, value, ordering=field, name=f"shown_{field}")


def moment_column(field: str, title: Words, *, ordering: str = "") -> Column:
    """A moment in the zone of the site; ``field`` may lead over a row that belongs to this one, as ``status.since``."""

    def value(row: Any) -> str:
        moment = _follow(row, field)
        return "" if moment is None else format_html('<span class="dw-nowrap">{}</span>', moment_words(moment))

    return column(title, value, ordering=ordering or field.replace(".", "__"), name=f"shown_{field.replace('.', '_')}")


def device_column(title: Words = DEVICE, *, field: str = "device", ordering: str = "") -> Column:
    """A device by its name, with the way to its page."""

    def value(row: Any) -> str:
        return device_link(_follow(row, field))

    return column(title, value, ordering=ordering or f"{field}__name", name=f"shown_{field}")


def badge_column(title: Words, value: Callable[[Any], tuple[str, str] | None], *, ordering: str = "") -> Column:
    """A state as a badge; ``value`` gives its words and its kind: good, warn, bad, info or neutral."""

    def cell(row: Any) -> str:
        found = value(row)
        return "" if found is None else badge(*found)

    return column(title, cell, ordering=ordering, name=f"badge_{ordering}" if ordering else "badge")


def badge(words: str, kind: str = "neutral") -> str:
    """A badge."""
    return format_html('<span class="dw-badge dw-badge-{}">{}</span>', kind, gettext(words) if words else NOTHING)


def device_link(device: Device | None) -> str:
    """A device by its name, with the way to its page."""
    if device is None:
        return ""
    return format_html('<a class="dw-link" href="{}">{}</a>', device_address(device.pk), str(device))


def device_address(device_id: int) -> str:
    """Where a device is shown."""
    try:
        return reverse("console:device", args=[device_id])
    except NoReverseMatch:
        return reverse("admin:devices_device_change", args=[device_id])


def moment_words(moment: datetime | None) -> str:
    """A moment in the zone of the site."""
    if moment is None:
        return ""
    return date_format(timezone.localtime(moment) if timezone.is_aware(moment) else moment, "DATETIME_FORMAT")


def choice_filter(
    title: Words, parameter: str, choices: Callable[[], Iterable[tuple[str, str]]], field: str = ""
) -> type[admin.SimpleListFilter]:
    """A filter in words.

    Args:
        title: What it filters by.
        parameter: Its name in the address.
        choices: Gives values and their words.
        field: The column of the database; empty: as the parameter.
    """

    class ChoiceFilter(admin.SimpleListFilter):
        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            del request, model_admin
            return [(value, gettext(words)) for value, words in choices()]

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            del request
            value = self.value()
            known = {known for known, _words in choices()}
            return queryset if value is None or value not in known else queryset.filter(**{field or parameter: value})

    ChoiceFilter.title = title  # type: ignore[assignment] # a lazy translation is a text
    ChoiceFilter.parameter_name = parameter
    return ChoiceFilter


def short(text: str) -> str:
    """A text that a cell of a list can hold."""
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"


def _follow(row: Any, path: str) -> Any:
    for name in path.split("."):
        row = getattr(row, name, None)
        if row is None:
            return None
    return row

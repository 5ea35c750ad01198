"""The list of people: searched, narrowed down, and chosen from for what is done with many."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from doorward.server.access.models import AccessGroup
from doorward.server.console.frame import console_page, page
from doorward.server.people.models import Department, Person
from doorward.server.people.services import listed_people, people, search
from doorward.server.people.validity import Validity, validity_of
from doorward.server.sync.people_standing import PersonStanding, not_everywhere, standings

VIEW: Final = "people.view"
ROWS: Final = 50
LONGEST_QUERY: Final = 100
MOST_CHOSEN: Final = 20_000
MOST_NAMED: Final = 500
LONGEST_NUMBER: Final = 10
WAITING: Final = "waiting"
"""The state that only those see who may see what devices hold."""

ORDERS: Final = {
    "number": ("number",),
    "-number": ("-number",),
    "name": ("name", "number"),
    "-name": ("-name", "number"),
}


@dataclass(frozen=True, slots=True)
class State:
    """A way to narrow people down by how they stand.

    Attributes:
        title: What it is called.
        narrow: Keeps the people that it fits.
    """

    title: str | Promise
    narrow: Callable[[QuerySet[Person]], QuerySet[Person]]


def _valid(rows: QuerySet[Person]) -> QuerySet[Person]:
    now = timezone.now()
    begun = Q(valid_from__isnull=True) | Q(valid_from__lte=now)
    going_on = Q(valid_until__isnull=True) | Q(valid_until__gt=now)
    return rows.filter(begun & going_on, disabled=False)


STATES: Final = {
    "valid": State(gettext_lazy("May pass now"), _valid),
    "blocked": State(gettext_lazy("Blocked"), lambda rows: rows.filter(disabled=True)),
    "over": State(gettext_lazy("No longer valid"), lambda rows: rows.filter(valid_until__lte=timezone.now())),
    "ahead": State(gettext_lazy("Not valid yet"), lambda rows: rows.filter(valid_from__gt=timezone.now())),
    "no-group": State(gettext_lazy("In no access group"), lambda rows: rows.filter(memberships__isnull=True)),
    "no-credential": State(
        gettext_lazy("Nothing to show at a door"),
        lambda rows: rows.filter(cards__isnull=True, fingers__isnull=True, faces__isnull=True, pin=""),
    ),
    WAITING: State(gettext_lazy("Waiting for devices"), not_everywhere),
}


def _states(request: HttpRequest) -> dict[str, State]:
    """The states by which somebody may narrow people down."""
    may_see = request.user.has_perm("sync.view")
    return {name: state for name, state in STATES.items() if may_see or name != WAITING}


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for."""

    text: str
    department: Department | None
    group: int | None
    state: str
    order: str

    @classmethod
    def of(cls, request: HttpRequest) -> Asked:
        """What a request asks for; what cannot be is left out."""
        given = request.GET
        state, order = given.get("state", ""), given.get("order", "")
        department = given.get("department", "")
        group = given.get("group", "")
        return cls(
            text=given.get("q", "").strip()[:LONGEST_QUERY],
            department=Department.objects.filter(pk=department).first() if department.isdecimal() else None,
            group=int(group) if group.isdecimal() and len(group) < len(str(MOST_CHOSEN)) else None,
            state=state if state in _states(request) else "",
            order=order if order in ORDERS else "name",
        )

    def narrow(self, rows: QuerySet[Person]) -> QuerySet[Person]:
        """The people that fit."""
        rows = search(rows, text=self.text, department=self.department, group=self.group)
        if self.state:
            # By a list of numbers: the joins of a state would multiply what a list counts.
            rows = rows.filter(pk__in=STATES[self.state].narrow(people()).values("pk"))
        return rows

    def address(self, **other: str) -> str:
        """The address that asks for this, with something else in it."""
        values = {
            "q": self.text,
            "department": str(self.department.pk) if self.department is not None else "",
            "group": "" if self.group is None else str(self.group),
            "state": self.state,
            "order": "" if self.order == "name" else self.order,
            **other,
        }
        query = urlencode({name: value for name, value in values.items() if value})
        return reverse("console:people") + (f"?{query}" if query else "")


@dataclass(frozen=True, slots=True)
class Line:
    """A person as a line of the list."""

    person: Person
    validity: Validity
    groups: Sequence[str]
    standing: PersonStanding | None


@console_page(VIEW)
def people_list(request: HttpRequest) -> HttpResponse:
    """All people, or those that are looked for."""
    if not all(request.GET.values()):
        # A form sends its empty fields too; the address that somebody keeps or sends on is short.
        return _short_address(request)
    asked = Asked.of(request)
    found = asked.narrow(people())
    pages = Paginator(found.order_by(*ORDERS[asked.order]).values_list("number", flat=True), ROWS)
    shown = pages.get_page(request.GET.get("page"))
    numbers = list(shown.object_list)
    lines = _lines(request, numbers)
    may = {name: request.user.has_perm(f"people.{name}") for name in ("edit", "import", "erase")}
    context = {
        "asked": asked,
        "lines": lines,
        "pages": shown,
        "count": ngettext("%(count)s person", "%(count)s people", pages.count) % {"count": f"{pages.count:,}"},
        "is_narrowed": asked.address() != reverse("console:people") or bool(asked.text),
        "departments": department_tree(),
        "groups": AccessGroup.objects.order_by("name") if request.user.has_perm("access.view") else [],
        "states": [(name, state.title) for name, state in _states(request).items()],
        "orders": {
            name: asked.address(order=f"-{name}" if asked.order == name else name) for name in ("name", "number")
        },
        "newer": asked.address(page=str(shown.previous_page_number())) if shown.has_previous() else "",
        "older": asked.address(page=str(shown.next_page_number())) if shown.has_next() else "",
        "may_edit": may["edit"],
        "may_import": may["import"],
        "sees_sync": request.user.has_perm("sync.view"),
        "page_shortcuts": [("/", _("To the search field"))],
        "data": {
            "may": may,
            "count": pages.count,
            "most": MOST_CHOSEN,
            "numbers": f"{reverse('console:people_numbers')}?{request.GET.urlencode()}",
            "groups": _group_choices(request),
            "exported": search(people(), text=asked.text, group=asked.group).count() if may["import"] else 0,
            "searched": {"text": asked.text} | ({"group": asked.group} if asked.group is not None else {}),
        },
    }
    return page(request, "people/people.html", title=_("People"), context=context)


@console_page(VIEW)
def people_numbers(request: HttpRequest) -> HttpResponse:
    """The numbers of all people that a search finds, for what is done with all of them."""
    found = Asked.of(request).narrow(people()).order_by("number")
    return JsonResponse({"numbers": list(found.values_list("number", flat=True)[:MOST_CHOSEN])})


@console_page(VIEW)
def people_names(request: HttpRequest) -> HttpResponse:
    """What people are called and where their photos are, by their numbers."""
    asked = [part for part in request.GET.get("numbers", "").split(",")[:MOST_NAMED] if part.isdecimal()]
    numbers = [int(part) for part in asked if len(part) <= LONGEST_NUMBER]
    return JsonResponse({"people": names_of(numbers)})


def names_of(numbers: Collection[int]) -> dict[int, dict[str, str]]:
    """The names and photos of people, by number; whoever has no name is left out."""
    rows = people().filter(number__in=numbers).exclude(name="").values_list("number", "name", "photo_digest")
    return {
        number: {
            "name": name,
            "photo": f"{reverse('console:person_photo', args=[number])}?{digest[:12]}" if digest else "",
        }
        for number, name, digest in rows
    }


@console_page(VIEW)
def people_choices(request: HttpRequest) -> HttpResponse:
    """The first people that a search finds, in a group or outside of one, for a dialog that picks some."""
    given = request.GET
    asked = Asked.of(request)
    inside = people().filter(memberships__group__number=asked.group) if asked.group is not None else people()
    outside = given.get("outside", "")
    if outside.isdecimal() and len(outside) < len(str(MOST_CHOSEN)):
        inside = inside.exclude(pk__in=people().filter(memberships__group__number=int(outside)).values("pk"))
    found = search(inside, text=asked.text)
    rows = found.select_related("department").order_by("name", "number")[:ROWS]
    items = [
        {"number": row.number, "name": str(row), "department": row.department.name if row.department else ""}
        for row in rows
    ]
    return JsonResponse({"items": items, "count": found.count(), "all": inside.count()})


def department_tree() -> list[dict[str, Any]]:
    """All departments as a tree in one list, each with how deep it lies."""
    below: dict[int | None, list[Department]] = {}
    for item in Department.objects.order_by("name", "pk"):
        below.setdefault(item.parent_id, []).append(item)
    found: list[dict[str, Any]] = []

    def walk(parent: int | None, depth: int) -> None:
        for item in below.get(parent, []):
            found.append({"id": item.pk, "name": item.name, "parent": parent, "depth": depth, "indent": "  " * depth})
            walk(item.pk, depth + 1)

    walk(None, 0)
    return found


def _lines(request: HttpRequest, numbers: list[int]) -> list[Line]:
    rows = {person.number: person for person in listed_people().filter(number__in=numbers)}
    standing = standings(numbers) if request.user.has_perm("sync.view") else {}
    now = timezone.now()
    return [
        Line(
            rows[number],
            validity_of(rows[number], now),
            sorted(group.name for group in rows[number].access_groups.all()),
            standing.get(number),
        )
        for number in numbers
        if number in rows
    ]


def _group_choices(request: HttpRequest) -> list[dict[str, Any]]:
    if not (request.user.has_perm("access.view") and request.user.has_perm("access.edit")):
        return []
    return [{"key": item.number, "title": item.name} for item in AccessGroup.objects.order_by("name")]


def _short_address(request: HttpRequest) -> HttpResponse:
    query = urlencode([(name, value) for name, value in request.GET.items() if value])
    return HttpResponseRedirect(reverse("console:people") + (f"?{query}" if query else ""))


urlpatterns = [
    path("people/", people_list, name="people"),
    path("people/choices/", people_choices, name="people_choices"),
    path("people/names/", people_names, name="people_names"),
    path("people/numbers/", people_numbers, name="people_numbers"),
]

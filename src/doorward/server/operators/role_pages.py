"""Pages of roles: what each may do, shown as a tour, and roles of one's own."""

from __future__ import annotations

from itertools import groupby
from typing import cast

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from doorward.model.errors import DoorwardError
from doorward.server.console.frame import console_page, page
from doorward.server.console.navigation import pages_with
from doorward.server.operators import accounts
from doorward.server.operators.models import Operator, Role
from doorward.server.operators.rights import ALL_RIGHTS, Right

VIEW, MANAGE = "operators.view", "operators.manage"
BOTH = ("GET", "POST")

AREAS = {
    "devices": gettext_lazy("Devices"),
    "doors": gettext_lazy("Doors and floor plans"),
    "events": gettext_lazy("Events"),
    "alarms": gettext_lazy("Alarms"),
    "people": gettext_lazy("People"),
    "access": gettext_lazy("Access"),
    "sync": gettext_lazy("Synchronization"),
    "network": gettext_lazy("Network"),
    "operators": gettext_lazy("Operators"),
    "tokens": gettext_lazy("API tokens"),
    "audit": gettext_lazy("Audit log"),
    "webhooks": gettext_lazy("Webhooks"),
    "certificates": gettext_lazy("Certificates"),
    "ports": gettext_lazy("Ports"),
    "server": gettext_lazy("Server"),
}


class RoleForm(forms.Form):
    """A role of one's own."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    purpose = forms.CharField(label=gettext_lazy("What for"), max_length=300, required=False)
    second_factor = forms.BooleanField(label=gettext_lazy("Whoever has it must have a second factor"), required=False)
    rights = forms.MultipleChoiceField(
        label=gettext_lazy("Rights"), required=False, choices=[(right.name, right.words) for right in ALL_RIGHTS]
    )


@console_page(VIEW)
def roles(request: HttpRequest) -> HttpResponseBase:
    """All roles."""
    rows = Role.objects.prefetch_related("assignments")
    return page(
        request,
        "operators/roles.html",
        title=_("Roles"),
        context={
            "rows": [(role, len(role.effective_rights), _holders(role)) for role in rows],
            "may_manage": request.user.has_perm(MANAGE),
        },
    )


@console_page()
def role(request: HttpRequest, slug: str) -> HttpResponseBase:
    """A tour of one role: what it may do, what it may not, and the pages that it sees.

    Whoever has it may read this too.
    """
    found = _role(slug)
    operator = cast("Operator", request.user)
    if not request.user.has_perm(VIEW) and not operator.assignments.filter(role=found).exists():
        raise Http404
    rights = found.effective_rights
    return page(
        request,
        "operators/role.html",
        title=_(found.name) if found.built_in else found.name,
        above=[(_("Roles"), reverse("console:roles"))] if request.user.has_perm(VIEW) else [],
        context={
            "role": found,
            "areas": [(title, [(right, right.name in rights) for right in group]) for title, group in areas()],
            "pages": pages_with(rights),
            "holders": _holders(found),
            "may_manage": request.user.has_perm(MANAGE) and not found.built_in,
        },
    )


@console_page(MANAGE, methods=BOTH)
def edit_role(request: HttpRequest, slug: str = "") -> HttpResponseBase:
    """Make a role, change one, or remove one that nobody has."""
    found = _role(slug) if slug else None
    if found is not None and found.built_in:
        raise Http404
    form = RoleForm(request.POST or None, initial=_initial(found))
    if request.method == "POST":
        try:
            if "delete" in request.POST and found is not None:
                accounts.delete_role(found)
                messages.success(request, _("The role %(name)s is gone.") % {"name": found.name})
                return HttpResponseRedirect(reverse("console:roles"))
            if form.is_valid():
                saved = _save(request, form, found)
                messages.success(request, _("Saved."))
                return HttpResponseRedirect(reverse("console:role", args=[saved.slug]))
        except DoorwardError as error:
            form.is_valid()
            form.add_error(None, f"{error.message} {error.advice}".strip())
    ticked = set(form["rights"].value() or ())
    return page(
        request,
        "operators/role_form.html",
        title=_("Change the role %(name)s") % {"name": found.name} if found else _("Make a role"),
        above=[(_("Roles"), reverse("console:roles"))],
        context={
            "form": form,
            "role": found,
            "areas": [(title, [(right, right.name in ticked) for right in group]) for title, group in areas()],
        },
    )


def areas() -> list[tuple[str, list[Right]]]:
    """All rights, by what they are about."""
    by_area = groupby(ALL_RIGHTS, key=lambda right: right.name.partition(".")[0])
    return [(str(AREAS.get(area, area)), list(group)) for area, group in by_area]


def _save(request: HttpRequest, form: RoleForm, found: Role | None) -> Role:
    me, data = cast("Operator", request.user), form.cleaned_data
    accounts.require_may_give(me.access, me.get_username(), data["rights"])
    if found is not None:
        accounts.require_may_give(me.access, me.get_username(), found.effective_rights)
    return accounts.save_role(
        data["name"],
        data["rights"],
        purpose=data["purpose"],
        second_factor_required=data["second_factor"],
        role=found,
    )


def _initial(found: Role | None) -> dict[str, object]:
    if found is None:
        return {}
    return {
        "name": found.name,
        "purpose": found.purpose,
        "second_factor": found.second_factor,
        "rights": sorted(found.effective_rights),
    }


def _holders(found: Role) -> list[str]:
    return sorted({row.operator.get_username() for row in found.assignments.select_related("operator")})


def _role(slug: str) -> Role:
    found = Role.objects.filter(slug=slug).first()
    if found is None:
        raise Http404
    return found


urlpatterns = [
    path("roles/", roles, name="roles"),
    path("roles/add/", edit_role, name="add_role"),
    path("roles/<slug:slug>/", role, name="role"),
    path("roles/<slug:slug>/change/", edit_role, name="edit_role"),
]

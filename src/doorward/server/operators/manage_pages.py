"""Pages for whoever manages the accounts of others."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from doorward.model.errors import DoorwardError
from doorward.server.console.frame import console_page, page
from doorward.server.devices.models import DeviceGroup
from doorward.server.operators import accounts, second_factor
from doorward.server.operators.models import Operator, OperatorSession, Role
from doorward.server.operators.sessions import end_session, end_sessions, renew_session

VIEW, MANAGE = "operators.view", "operators.manage"
BOTH = ("GET", "POST")
ROWS_OF_ROLES = 4
SESSIONS_SHOWN = 20
EVERYWHERE = gettext_lazy("Everywhere")
SELECT = forms.Select(attrs={"class": "dw-input"})


class RoleRow(forms.Form):
    """One role of an operator."""

    role = forms.ModelChoiceField(
        Role.objects.all(), required=False, label=gettext_lazy("Role"), empty_label=gettext_lazy("none"), widget=SELECT
    )
    group = forms.ModelChoiceField(
        DeviceGroup.objects.all(), required=False, label=gettext_lazy("Where"), empty_label=EVERYWHERE, widget=SELECT
    )


RoleRows = forms.formset_factory(RoleRow, extra=ROWS_OF_ROLES, max_num=50)


class OperatorForm(forms.Form):
    """What is known of an operator."""

    full_name = forms.CharField(label=gettext_lazy("Person"), max_length=150, required=False)


class NewOperatorForm(OperatorForm):
    """A new operator."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=150, help_text=gettext_lazy("With this the person signs in.")
    )
    password = forms.CharField(
        label=gettext_lazy("First password"),
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("Ten letters or more. The person can change it after signing in."),
    )
    field_order = ("name", "full_name", "password")


@console_page(VIEW)
def operators(request: HttpRequest) -> HttpResponseBase:
    """All accounts."""
    rows = Operator.objects.prefetch_related("assignments__role", "assignments__group").order_by("username")
    factors = set(second_factor.holders())
    return page(
        request,
        "operators/operators.html",
        title=_("Operators"),
        context={
            "rows": [(row, row.pk in factors) for row in rows],
            "may_manage": request.user.has_perm(MANAGE),
        },
    )


@console_page(MANAGE, methods=BOTH)
@sensitive_post_parameters("password")
def add_operator(request: HttpRequest) -> HttpResponseBase:
    """A new account."""
    form = NewOperatorForm(request.POST or None)
    rows = RoleRows(request.POST or None)
    if request.method == "POST" and form.is_valid() and rows.is_valid():
        data = form.cleaned_data
        try:
            given = _chosen(request, rows)
            accounts.create_operator(data["name"], data["password"], roles=given, full_name=data["full_name"])
        except DoorwardError as error:
            form.add_error(None, _said(error))
        else:
            messages.success(request, _("%(name)s may sign in now.") % {"name": data["name"]})
            return HttpResponseRedirect(reverse("console:operators"))
    return page(
        request,
        "operators/operator_form.html",
        title=_("Add an operator"),
        above=[(_("Operators"), reverse("console:operators"))],
        context={"form": form, "rows": rows},
    )


@console_page(VIEW, methods=BOTH)
@sensitive_post_parameters("password")
def operator(request: HttpRequest, number: int) -> HttpResponseBase:
    """One account: its roles, its sessions, and what can be done with it."""
    found = Operator.objects.filter(pk=number).first()
    if found is None:
        raise Http404
    may_manage = request.user.has_perm(MANAGE)
    rows = RoleRows(initial=[{"role": row.role_id, "group": row.group_id} for row in found.assignments.all()])
    form = OperatorForm(initial={"full_name": found.get_full_name()})
    if request.method == "POST":
        if not may_manage:
            messages.error(request, _("You may look at operators and not change them."))
            return HttpResponseRedirect(reverse("console:operator", args=[number]))
        try:
            _change(request, found)
        except DoorwardError as error:
            messages.error(request, _said(error))
        return HttpResponseRedirect(reverse("console:operator", args=[number]))
    return page(
        request,
        "operators/operator.html",
        title=found.get_full_name() or found.get_username(),
        above=[(_("Operators"), reverse("console:operators"))],
        context={
            "operator": found,
            "form": form,
            "rows": rows,
            "assignments": found.assignments.select_related("role", "group"),
            "may_manage": may_manage,
            "second_factor": second_factor.has_second_factor(found),
            "sessions": OperatorSession.objects.filter(operator=found)[:SESSIONS_SHOWN],
            "tokens": found.tokens.filter(revoked__isnull=True).count(),
        },
    )


def _change(request: HttpRequest, found: Operator) -> None:
    """Do the one thing that a button of the page asks for."""
    me = cast("Operator", request.user)
    accounts.require_may_give(me.access, me.get_username(), accounts.rights_held(found))
    by, what = me.get_username(), request.POST.get("do", "")
    if what == "save":
        form, rows = OperatorForm(request.POST), RoleRows(request.POST)
        if not (form.is_valid() and rows.is_valid()):
            raise DoorwardError(_("The form could not be read. Nothing was changed."))
        accounts.set_roles(found, _chosen(request, rows))
        found.first_name, found.last_name = form.cleaned_data["full_name"], ""
        found.save(update_fields=["first_name", "last_name"])
        words = _("Saved.")
    elif what == "password":
        accounts.set_password(found, request.POST.get("password", ""), by=by, keep_session=_own_key(request, found))
        if found.pk == me.pk:
            renew_session(request, found)
        words = _("The new password holds, and the sessions of the old one ended.")
    elif what in {"enable", "disable"}:
        accounts.set_active(found, what == "enable", by=by)
        words = _("The account is switched on.") if what == "enable" else _("The account is switched off.")
    elif what == "second-factor":
        second_factor.remove(found)
        words = _("The second factor was taken away.")
    elif what == "sessions":
        words = _("%(count)s sessions were ended.") % {
            "count": end_sessions(found, by=by, but=_own_key(request, found))
        }
    else:
        row = OperatorSession.objects.filter(operator=found, pk=_number(request.POST.get("session", ""))).first()
        if row is None:
            raise Http404
        end_session(row, by=by)
        words = _("The session was ended.")
    messages.success(request, words)


def _own_key(request: HttpRequest, found: Operator) -> str:
    """The key of the session in which this is done, if it is one of the account that is changed."""
    return (request.session.session_key or "") if found.pk == request.user.pk else ""


def _chosen(request: HttpRequest, rows: Any) -> list[tuple[str, DeviceGroup | None]]:
    """The roles of a form, each of which the one who fills it in may give."""
    me = cast("Operator", request.user)
    given: list[tuple[str, DeviceGroup | None]] = []
    for row in rows.cleaned_data:
        role = row.get("role")
        if role is not None:
            accounts.require_may_give(me.access, me.get_username(), role.effective_rights)
            given.append((role.slug, row.get("group")))
    return given


def _said(error: DoorwardError) -> str:
    return f"{error.message} {error.advice}".strip()


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


urlpatterns = [
    path("operators/", operators, name="operators"),
    path("operators/add/", add_operator, name="add_operator"),
    path("operators/<int:number>/", operator, name="operator"),
]

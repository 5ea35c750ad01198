"""Pages of operators, their roles and tokens."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from doorward.server.operators.models import ApiToken, Operator, Role, RoleAssignment
from doorward.server.operators.rights import RIGHTS
from doorward.server.read_only_admin import (
    ConsoleAdmin,
    ConsoleInline,
    ReadOnlyAdmin,
    badge_column,
    column,
    field_column,
    moment_column,
)


class AssignmentInline(ConsoleInline):
    """The roles of an operator."""

    model = RoleAssignment
    verbose_name = _("role")
    verbose_name_plural = _("roles")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The fields by the names that people use."""
        labels = {"role": _("Role"), "group": _("In the group of devices (empty: everywhere)")}
        if db_field.name in labels:
            kwargs["label"] = labels[db_field.name]
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name in labels and field is not None:
            # The heading of a column names no field to a screen reader.
            field.widget.attrs["aria-label"] = labels[db_field.name]
        return field


def _roles(operator: Operator) -> str:
    return ", ".join(
        gettext(assignment.role.name) + (f" ({assignment.group})" if assignment.group is not None else "")
        for assignment in operator.assignments.all()
    )


def _password(operator: Operator) -> str:
    words = gettext("Set a new one") if operator.has_usable_password() else gettext("Set one")
    return format_html('<a class="dw-link" href="../password/">{}</a>', words)


@admin.register(Operator)
class OperatorAdmin(UserAdmin, ConsoleAdmin):  # type: ignore[type-arg, misc] # generic in the stubs alone
    """Accounts of people."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = (
        column(_("Name"), lambda operator: operator.username, ordering="username"),
        column(_("Person"), lambda operator: operator.get_full_name(), ordering="last_name"),
        column(_("Roles"), _roles, name="shown_roles"),
        badge_column(
            _("Account"),
            lambda operator: (
                (gettext("active"), "good") if operator.is_active else (gettext("switched off"), "neutral")
            ),
            ordering="is_active",
        ),
        moment_column("last_login", _("Last signed in")),
    )
    list_filter = (("assignments__role", admin.RelatedOnlyFieldListFilter),)
    filter_horizontal = ()
    search_fields = ("username", "first_name", "last_name", "email")
    search_help_text = _("Search by name or e-mail address")
    ordering = ("username",)
    readonly_fields = (
        moment_column("last_login", _("Last signed in")),
        column(_("Password"), _password, name="shown_password"),
    )
    fieldsets = (
        (None, {"fields": ("username", readonly_fields[1])}),
        (_("Person"), {"fields": ("first_name", "last_name", "email", "language")}),
        (_("Account"), {"fields": ("is_active", readonly_fields[0])}),
    )
    add_fieldsets = ((None, {"fields": ("username", "password1", "password2")}),)
    inlines = (AssignmentInline,)
    labels = {  # noqa: RUF012 - declared in the base
        "username": _("Name"),
        "first_name": _("First name"),
        "last_name": _("Last name"),
        "email": _("E-mail address"),
        "language": _("Language"),
        "is_active": _("May sign in"),
    }
    helps = {  # noqa: RUF012 - declared in the base
        "username": _("With this the person signs in."),
        "language": _("Such as en, de or ko. Empty: that of the server."),
        "is_active": _("Switch off instead of deleting, so that what the person did keeps a name."),
    }

    def get_queryset(self, request: HttpRequest) -> Any:
        """All accounts, with their roles."""
        return super().get_queryset(request).prefetch_related("assignments__role", "assignments__group")


class RoleForm(forms.ModelForm):  # type: ignore[type-arg] # generic in the stubs alone
    """A role, its rights as boxes to be ticked."""

    rights = forms.MultipleChoiceField(
        label=_("Rights"), required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget, choices=()
    )

    class Meta:
        model = Role
        fields = ("name", "slug", "purpose", "second_factor", "rights")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "rights" in self.fields:
            self.fields["rights"].choices = [  # type: ignore[attr-defined] # a choice field, as declared above
                (name, gettext(right.words)) for name, right in RIGHTS.items()
            ]


def _rights(role: Role) -> str:
    return " · ".join(gettext(right.words) for name, right in RIGHTS.items() if name in role.effective_rights)


@admin.register(Role)
class RoleAdmin(ConsoleAdmin):
    """Roles. Those that came with the program are shown and not changed."""

    form = RoleForm
    list_display = (
        column(_("Name"), lambda role: gettext(role.name), ordering="name"),
        column(_("What for"), lambda role: gettext(role.purpose) if role.purpose else "", name="shown_purpose"),
        column(_("Rights"), lambda role: len(role.effective_rights), name="shown_rights"),
        badge_column(
            _("Kind"),
            lambda role: (gettext("comes with Doorward"), "info") if role.built_in else (gettext("own"), "neutral"),
            ordering="built_in",
        ),
        badge_column(
            _("Second factor"), lambda role: (gettext("required"), "warn") if role.second_factor else None,
            ordering="second_factor",
        ),
    )  # fmt: skip
    fields = ("name", "slug", "purpose", "second_factor", "rights")
    labels = {  # noqa: RUF012 - declared in the base
        "name": _("Name"),
        "slug": _("Short name for programs"),
        "purpose": _("What for"),
        "second_factor": _("Whoever has it must show a second factor"),
    }

    def get_fields(self, request: HttpRequest, obj: Role | None = None) -> Any:
        """For a built-in role its rights in words."""
        if obj is not None and not self.has_change_permission(request, obj):
            return (*self.get_readonly_fields(request, obj),)
        return super().get_fields(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Role | None = None) -> Any:
        """For a role that cannot be changed all that it is."""
        if obj is not None and not self.has_change_permission(request, obj):
            return (
                column(_("Name"), lambda role: gettext(role.name), name="shown_name"),
                column(_("What for"), lambda role: gettext(role.purpose) if role.purpose else "", name="shown_purpose"),
                column(_("Rights"), _rights, name="shown_rights"),
            )
        return ()

    def has_change_permission(self, request: HttpRequest, obj: Role | None = None) -> bool:
        """Own roles alone."""
        return (obj is None or not obj.built_in) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Role | None = None) -> bool:
        """Own roles alone."""
        return (obj is None or not obj.built_in) and super().has_delete_permission(request, obj)


def _token_state(token: ApiToken) -> tuple[str, str]:
    if token.revoked is not None:
        return gettext("revoked"), "neutral"
    return gettext("holds"), "good"


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """Tokens of programs; the secret part is shown once, when one is made."""

    list_display = (
        column(_("Name"), lambda token: token.name, ordering="name"),
        column(_("Begins with"), lambda token: token.prefix, ordering="prefix"),
        column(_("Operator"), lambda token: token.operator, ordering="operator__username"),
        badge_column(_("State"), _token_state, ordering="revoked"),
        moment_column("created", _("Made")),
        moment_column("expires", _("Ends")),
        moment_column("last_used", _("Last used")),
    )
    list_display_links = None
    list_select_related = ("operator",)
    search_fields = ("name", "prefix", "operator__username")
    search_help_text = _("Search by name, beginning or operator")
    readonly_fields = (
        field_column("name", _("Name")),
        field_column("prefix", _("Begins with")),
        field_column("operator", _("Operator")),
        badge_column(_("State"), _token_state, ordering="revoked"),
        moment_column("created", _("Made")),
        moment_column("expires", _("Ends")),
        moment_column("last_used", _("Last used")),
        moment_column("revoked", _("Revoked at")),
    )
    fields = readonly_fields
    empty_title = _("No tokens yet")
    empty_words = _("A program shows a token instead of a password. Make one with: doorward tokens create")

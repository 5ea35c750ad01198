"""Changing accounts and roles, and the way back in for whoever forgot the password."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify

from doorward.model.errors import DoorwardError, InvalidInput
from doorward.server.audit.choices import Outcome
from doorward.server.audit.services import Thing, named, record
from doorward.server.devices.models import DeviceGroup
from doorward.server.errors import NotThere
from doorward.server.operators import second_factor
from doorward.server.operators.access import Access
from doorward.server.operators.models import ApiToken, Operator, Role, RoleAssignment
from doorward.server.operators.rights import ADMINISTRATOR, check_rights
from doorward.server.operators.services import administrators, give_role
from doorward.server.operators.sessions import end_sessions

LONGEST_NAME: Final = 100


class UnknownOperator(NotThere):
    """There is no such account."""

    def __init__(self, name: object) -> None:
        super().__init__("operator", name, "the name of an account; 'doorward operators list' shows them")


class UnknownRole(NotThere):
    """There is no such role."""

    def __init__(self, slug: object) -> None:
        super().__init__("role", slug, ", ".join(Role.objects.values_list("slug", flat=True)))


class LastAdministrator(DoorwardError):
    """Nobody would be left who may give rights."""

    def __init__(self) -> None:
        super().__init__(
            "This is the last administrator: nobody would be left who may give rights.",
            advice="Make another account an administrator first.",
        )


class MayNotGive(DoorwardError):
    """Somebody would give, or take over, rights that he has not himself."""


def require_may_give(giver: Access, name: str, rights: Iterable[str]) -> None:
    """Make sure that nobody gives rights that he has not himself.

    Args:
        giver: The rights of the one who gives, as far as he may use them now.
        name: His name.
        rights: What is given, or what the account has that is changed.

    Raises:
        MayNotGive: He lacks one of them, or has it in a part of the devices alone.
    """
    lacking = sorted(right for right in rights if not giver.everywhere(right))
    if lacking:
        words = f"{name} cannot give what he lacks himself: {', '.join(lacking)}."
        record("refused rights.give", outcome=Outcome.REFUSED, words=words)
        raise MayNotGive(words, advice="Ask somebody who has these rights everywhere.")


def rights_held(operator: Operator) -> frozenset[str]:
    """The rights of an account's roles, also while it is switched off: whoever switches it on gives them back."""
    held: frozenset[str] = frozenset()
    for assignment in operator.assignments.select_related("role"):
        held |= assignment.role.effective_rights
    return held


def operator_by_name(name: str) -> Operator:
    """An account.

    Raises:
        UnknownOperator: There is none.
    """
    operator = Operator.objects.filter(username=name).first()
    if operator is None:
        raise UnknownOperator(name)
    return operator


def create_operator(
    name: str, password: str, *, roles: Iterable[tuple[str, DeviceGroup | None]] = (), full_name: str = ""
) -> Operator:
    """Make an account.

    Args:
        name: The name to log in with.
        password: The first password.
        roles: Roles, each everywhere or in a group of devices.
        full_name: What people call him.

    Raises:
        InvalidInput: The name is taken or not allowed, the password too weak, or a role does not exist.
    """
    operator = Operator(username=name, first_name=full_name)
    _check(operator)
    if Operator.objects.filter(username__iexact=name).exists():
        raise InvalidInput("user name", name, "a name that no account has yet")
    check_password(operator, password)
    with transaction.atomic():
        operator.set_password(password)
        operator.save()
        for slug, group in roles:
            give_role(operator, slug, group)
    return operator


def check_password(operator: Operator, password: str) -> None:
    """Make sure that a password is good enough.

    Raises:
        InvalidInput: It is not; says why and never what it was.
    """
    try:
        validate_password(password, operator)
    except ValidationError as error:
        raise InvalidInput("password", "the one given", " ".join(error.messages)) from None


def set_password(operator: Operator, password: str, *, by: str, keep_session: str = "") -> None:
    """Set a password and end the sessions that the old one opened.

    Args:
        operator: Whose.
        password: The new one.
        by: Who sets it.
        keep_session: Key of a session that goes on.

    Raises:
        InvalidInput: It is too weak.
    """
    check_password(operator, password)
    with transaction.atomic(), named("operator.password"):
        operator.set_password(password)
        operator.save(update_fields=["password", "password_changed"])
        end_sessions(operator, by=by, but=keep_session)


def set_active(operator: Operator, active: bool, *, by: str) -> None:
    """Switch an account on or off; switched off, its sessions end and its tokens open nothing.

    Raises:
        LastAdministrator: It is the last one that may give rights.
    """
    with transaction.atomic(), named("operator.enable" if active else "operator.disable"):
        operator.is_active = active
        operator.save(update_fields=["is_active"])
        _keep_an_administrator()
        if not active:
            end_sessions(operator, by=by)


def set_roles(operator: Operator, roles: Iterable[tuple[str, DeviceGroup | None]]) -> None:
    """Give an operator just these roles.

    Raises:
        UnknownRole: One does not exist.
        LastAdministrator: Nobody would be left who may give rights.
    """
    wanted = list(roles)
    with transaction.atomic():
        kept = []
        for slug, group in wanted:
            if not Role.objects.filter(slug=slug).exists():
                raise UnknownRole(slug)
            kept.append(give_role(operator, slug, group).pk)
        for assignment in RoleAssignment.objects.filter(operator=operator).exclude(pk__in=kept):
            assignment.delete()
        _keep_an_administrator()
    operator.__dict__.pop("access", None)


def save_role(
    name: str,
    rights: Iterable[str],
    *,
    purpose: str = "",
    second_factor_required: bool = False,
    role: Role | None = None,
) -> Role:
    """Make an own role, or change one.

    Raises:
        InvalidInput: The name is taken or empty, or a right does not exist.
        DoorwardError: It is a built-in role.
    """
    chosen = sorted(check_rights(rights))
    name = name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise InvalidInput("name", name, f"1 to {LONGEST_NAME} letters")
    if role is not None and role.built_in:
        raise DoorwardError(
            f"The role {role.name} came with Doorward and stays as it is.",
            advice="Make a role of your own with the rights that you want.",
        )
    others = Role.objects.exclude(pk=0 if role is None or role.pk is None else role.pk)
    slug = role.slug if role else slugify(name)[:40] or f"role-{Role.objects.count() + 1}"
    if others.filter(name__iexact=name).exists() or others.filter(slug=slug).exists():
        raise InvalidInput("name", name, "a name that no role has yet")
    role = role or Role(slug=slug)
    role.name, role.rights, role.purpose, role.second_factor = name, chosen, purpose, second_factor_required
    role.save()
    return role


def delete_role(role: Role) -> None:
    """Remove an own role that nobody has.

    Raises:
        DoorwardError: It is built in, or somebody has it.
    """
    if role.built_in:
        raise DoorwardError(f"The role {role.name} came with Doorward and stays.")
    holders = sorted({assignment.operator.get_username() for assignment in role.assignments.select_related("operator")})
    if holders:
        raise DoorwardError(f"The role {role.name} is had by {', '.join(holders)}.", advice="Take it from them first.")
    role.delete()


def recover(name: str, password: str, *, by: str) -> Operator:
    """Let an administrator in again who lost the password or the second factor. For this machine's command line alone.

    The account is made if it is not there, switched on, given the role administrator and the password; its second
    factor, sessions and tokens end.

    Raises:
        InvalidInput: The password is too weak, or the name is not allowed.
    """
    operator = Operator.objects.filter(username=name).first() or Operator(username=name)
    _check(operator)
    check_password(operator, password)
    with transaction.atomic(), named("operator.recover"):
        operator.is_active = True
        operator.set_password(password)
        operator.save()
        give_role(operator, ADMINISTRATOR)
        second_factor.remove(operator)
        end_sessions(operator, by=by)
        for token in ApiToken.objects.filter(operator=operator, revoked__isnull=True):
            token.revoked = operator.password_changed
            token.save(update_fields=["revoked"])
        record("operator.recover", Thing.of(operator), words="Let in again from the command line of the server.")
    return operator


def _check(operator: Operator) -> None:
    try:
        operator.clean_fields(exclude=["password"])
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise InvalidInput(field, getattr(operator, field, ""), " ".join(messages)) from None


def _keep_an_administrator() -> None:
    # One at a time: two who take the role from each other at once would both see the other one as still having it.
    list(Role.objects.select_for_update(no_key=True).filter(slug=ADMINISTRATOR))
    if not administrators().exists():
        raise LastAdministrator

"""Making accounts and tokens, and checking a token."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from doorward.model.errors import InvalidInput
from doorward.server.devices.models import DeviceGroup
from doorward.server.operators.models import ApiToken, Operator, Role, RoleAssignment
from doorward.server.operators.rights import ADMINISTRATOR, check_rights

TOKEN_MARK: Final = "doorward"  # noqa: S105 - begins each token, so that one that leaked is recognized by scanners
PREFIX_BYTES: Final = 5
SECRET_BYTES: Final = 32
LAST_USED_STEP: Final = timedelta(minutes=1)


def create_administrator(name: str, password: str) -> Operator:
    """Make an account that may do everything.

    Raises:
        InvalidInput: The name is taken or not allowed, or the password is too weak.
    """
    operator = Operator(username=name)
    try:
        operator.clean_fields(exclude=["password"])
    except ValidationError as error:
        raise InvalidInput("user name", name, "; ".join(error.messages)) from None
    if Operator.objects.filter(username=name).exists():
        raise InvalidInput("user name", name, "a name that no account has yet")
    try:
        validate_password(password, operator)
    except ValidationError as error:
        raise InvalidInput("password", "the one given", " ".join(error.messages)) from None
    operator.set_password(password)
    with transaction.atomic():
        operator.save()
        give_role(operator, ADMINISTRATOR)
    return operator


def give_role(operator: Operator, slug: str, group: DeviceGroup | None = None) -> RoleAssignment:
    """Give an operator a role.

    Args:
        operator: To whom.
        slug: Which.
        group: In this group of devices alone; None: everywhere.

    Raises:
        InvalidInput: There is no such role.
    """
    role = Role.objects.filter(slug=slug).first()
    if role is None:
        raise InvalidInput("role", slug, ", ".join(Role.objects.values_list("slug", flat=True)))
    assignment, _ = RoleAssignment.objects.get_or_create(operator=operator, role=role, group=group)
    operator.__dict__.pop("access", None)
    return assignment


def administrators() -> QuerySet[Operator]:
    """The active accounts that may give rights everywhere."""
    return Operator.objects.filter(
        is_active=True, assignments__role__slug=ADMINISTRATOR, assignments__group__isnull=True
    ).order_by("pk")


def create_token(
    operator: Operator, name: str, *, expires: datetime | None = None, scopes: Iterable[str] | None = None
) -> tuple[ApiToken, str]:
    """Make a token; its text is given here and never again.

    Args:
        operator: In whose name it acts.
        name: What it is for.
        expires: When it ends; None never.
        scopes: The rights that it may use of those that its operator has; None: all, also those that he gets later.

    Raises:
        InvalidInput: The name is empty or too long, the end lies in the past, or a right does not exist.
    """
    chosen = None if scopes is None else sorted(check_rights(scopes, field="scopes"))
    if not name.strip() or len(name) > 100:
        raise InvalidInput("name", name, "1 to 100 letters that say what the token is for")
    now = timezone.now()
    if expires is not None and expires <= now:
        raise InvalidInput("expires", expires.isoformat(), "a time in the future")
    prefix = secrets.token_hex(PREFIX_BYTES)
    text = f"{TOKEN_MARK}_{prefix}_{secrets.token_urlsafe(SECRET_BYTES)}"
    token = ApiToken.objects.create(
        name=name.strip(),
        prefix=prefix,
        digest=_digest(text),
        operator=operator,
        created=now,
        expires=expires,
        scopes=chosen,
    )
    return token, text


def revoke_token(prefix: str) -> ApiToken:
    """Take a token back.

    Raises:
        InvalidInput: There is none with this prefix.
    """
    token = ApiToken.objects.filter(prefix=prefix).first()
    if token is None:
        raise InvalidInput("token", prefix, "the prefix of a token, as 'doorward tokens list' shows it")
    if token.revoked is None:
        token.revoked = timezone.now()
        token.save(update_fields=["revoked"])
    return token


class ValidToken(NamedTuple):
    """A token that holds, and whose it is."""

    token: ApiToken
    operator: Operator


def valid_token(text: str, *, address: str = "") -> ValidToken | None:
    """A token that holds, by its text; None for any other text.

    Args:
        text: What somebody showed.
        address: From where, to be noted.
    """
    parts = text.split("_", 2)
    if len(parts) != 3 or parts[0] != TOKEN_MARK or not parts[1].isascii() or not parts[1].isalnum():
        return None
    token = ApiToken.objects.select_related("operator").filter(prefix=parts[1]).first()
    if token is None or not hmac.compare_digest(bytes(token.digest), _digest(text)):
        return None
    now = timezone.now()
    if token.revoked is not None or (token.expires is not None and token.expires <= now):
        return None
    if not token.operator.is_active:
        return None
    if token.last_used is None or now - token.last_used > LAST_USED_STEP:
        ApiToken.objects.filter(pk=token.pk).update(last_used=now, last_address=address)
    return ValidToken(token, token.operator)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="surrogatepass")).digest()

"""Making accounts and tokens, and checking a token."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import timezone

from doorward.model.errors import InvalidInput
from doorward.server.operators.models import ApiToken, Operator

TOKEN_MARK: Final = "doorward"  # noqa: S105 - begins each token, so that one that leaked is recognized by scanners
PREFIX_BYTES: Final = 5
SECRET_BYTES: Final = 32
LAST_USED_STEP: Final = timedelta(minutes=1)


def create_administrator(name: str, password: str) -> Operator:
    """Make an account that may do everything.

    Raises:
        InvalidInput: The name is taken or not allowed, or the password is too weak.
    """
    operator = Operator(username=name, is_staff=True, is_superuser=True)
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
    operator.save()
    return operator


def create_token(operator: Operator, name: str, *, expires: datetime | None = None) -> tuple[ApiToken, str]:
    """Make a token; its text is given here and never again.

    Raises:
        InvalidInput: The name is empty or too long, or the end lies in the past.
    """
    if not name.strip() or len(name) > 100:
        raise InvalidInput("name", name, "1 to 100 letters that say what the token is for")
    now = timezone.now()
    if expires is not None and expires <= now:
        raise InvalidInput("expires", expires.isoformat(), "a time in the future")
    prefix = secrets.token_hex(PREFIX_BYTES)
    text = f"{TOKEN_MARK}_{prefix}_{secrets.token_urlsafe(SECRET_BYTES)}"
    token = ApiToken.objects.create(
        name=name.strip(), prefix=prefix, digest=_digest(text), operator=operator, created=now, expires=expires
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


def operator_of_token(text: str) -> Operator | None:
    """The account of a token that holds; None for any other text."""
    parts = text.split("_", 2)
    if len(parts) != 3 or parts[0] != TOKEN_MARK:
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
        ApiToken.objects.filter(pk=token.pk).update(last_used=now)
    return token.operator


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()

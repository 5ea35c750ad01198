"""Operators, roles, sessions and tokens as the API shows and takes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from ninja import Field, Schema

from doorward.server.cursors import PageQuery

Name = Annotated[str, Field(min_length=1, max_length=150)]


class Scope(Schema):
    """A right and where it holds."""

    right: str
    groups: list[int] | None = Field(description="Numbers of groups of devices; null: everywhere.")


class Me(Schema):
    """Who sent the request."""

    name: str
    token: str = Field(description="Prefix of the token that was shown; empty for a session of the console.")
    rights: list[Scope]


class RightOut(Schema):
    """A right."""

    name: str
    words: str
    by_group: bool


class RoleOut(Schema):
    """A role."""

    slug: str
    name: str
    purpose: str
    rights: list[str]
    built_in: bool
    second_factor: bool


class RoleIn(Schema):
    """What a role is made of."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    purpose: Annotated[str, Field(max_length=300)] = ""
    rights: list[str]
    second_factor: bool = False


class GivenRole(Schema):
    """A role that an operator has."""

    role: str
    group: int | None = Field(None, description="Number of a group of devices; null: everywhere.")


class OperatorOut(Schema):
    """An account."""

    id: int
    name: str
    full_name: str
    active: bool
    roles: list[GivenRole]
    second_factor: bool
    last_login: datetime | None
    password_changed: datetime | None


class OperatorList(Schema):
    """A page of accounts."""

    items: list[OperatorOut]
    next: int | None


class OperatorIn(Schema):
    """A new account."""

    name: Name
    password: Annotated[str, Field(max_length=1000)]
    full_name: Annotated[str, Field(max_length=150)] = ""
    roles: list[GivenRole] = Field(default_factory=list)


class OperatorChange(Schema):
    """What is changed of an account; what is absent stays."""

    full_name: Annotated[str, Field(max_length=150)] | None = None
    active: bool | None = None
    roles: list[GivenRole] | None = None
    password: Annotated[str, Field(max_length=1000)] | None = None


class SessionOut(Schema):
    """A session of the console."""

    id: int
    operator: str
    begun: datetime
    seen: datetime
    address: str
    browser: str
    ended: datetime | None
    ended_by: str


class SessionList(Schema):
    """A page of sessions."""

    items: list[SessionOut]
    next: int | None


class TokenOut(Schema):
    """A token, without its text."""

    prefix: str
    name: str
    operator: str
    scopes: list[str] | None = Field(description="Rights that it may use; null: all of its operator.")
    created: datetime
    expires: datetime | None
    last_used: datetime | None
    last_address: str
    revoked: datetime | None


class TokenList(Schema):
    """A page of tokens."""

    items: list[TokenOut]
    next: int | None


class TokenIn(Schema):
    """A new token in one's own name."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    scopes: list[str] | None = Field(None, description="Rights that it may use; null: all that its maker has.")
    expires: datetime | None = None


class NewToken(TokenOut):
    """A token with its text, which is shown this once."""

    token: str


class TokenFilter(PageQuery):
    """Which tokens are listed."""

    operator: str | None = None

"""``/api/v1``: who am I; operators, roles, sessions, tokens."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.http import HttpRequest
from ninja import Query, Router, Status
from ninja.errors import HttpError

from doorward.model.errors import InvalidInput
from doorward.server.cursors import PageQuery, newest_first, oldest_first
from doorward.server.devices.models import DeviceGroup
from doorward.server.operators import accounts, second_factor, services
from doorward.server.operators.callers import Caller, CallerAuth, caller_of, require_everywhere
from doorward.server.operators.models import ApiToken, Operator, OperatorSession, Role, RoleAssignment
from doorward.server.operators.rights import ALL_RIGHTS, check_rights
from doorward.server.operators.sessions import end_session
from doorward.server.operators.shapes import (
    GivenRole,
    Me,
    NewToken,
    OperatorChange,
    OperatorIn,
    OperatorList,
    OperatorOut,
    RightOut,
    RoleIn,
    RoleOut,
    Scope,
    SessionList,
    SessionOut,
    TokenFilter,
    TokenIn,
    TokenList,
    TokenOut,
)

router = Router(auth=CallerAuth())

# --- Who am I ---------------------------------------------------------------------------------------------------------


@router.get("/me", response=Me, summary="Show who I am and what I may do", tags=["operators"])
def show_me(request: HttpRequest) -> Me:
    """The operator of this token or session, and the rights that it may use."""
    caller = caller_of(request)
    scopes = sorted(caller.access.scopes.items())
    return Me(
        name=caller.name,
        token=caller.token,
        rights=[Scope(right=name, groups=None if groups is None else sorted(groups)) for name, groups in scopes],
    )


# --- Roles ------------------------------------------------------------------------------------------------------------


@router.get("/rights", response=list[RightOut], summary="List all rights", tags=["operators"])
def list_rights(request: HttpRequest) -> list[RightOut]:
    """Every right that a role can give."""
    caller_of(request)
    return [RightOut(name=right.name, words=right.words, by_group=right.by_group) for right in ALL_RIGHTS]


@router.get("/roles", response=list[RoleOut], summary="List roles", tags=["operators"])
def list_roles(request: HttpRequest) -> list[RoleOut]:
    """All roles, the built-in ones too."""
    require_everywhere(request, "operators.view")
    return [_role(role) for role in Role.objects.all()]


@router.post("/roles", response={201: RoleOut}, summary="Make a role", tags=["operators"])
def create_role(request: HttpRequest, body: RoleIn) -> Status[RoleOut]:
    """An own role."""
    _may_give(require_everywhere(request, "operators.manage"), body.rights)
    role = accounts.save_role(body.name, body.rights, purpose=body.purpose, second_factor_required=body.second_factor)
    return Status(201, _role(role))


@router.put("/roles/{slug}", response=RoleOut, summary="Change a role", tags=["operators"])
def change_role(request: HttpRequest, slug: str, body: RoleIn) -> RoleOut:
    """Change an own role; whoever has it may do the new things at once."""
    caller, role = require_everywhere(request, "operators.manage"), _one_role(slug)
    # Whoever has the role would lose what it gave; so what it gives now counts too.
    _may_give(caller, {*body.rights, *role.effective_rights})
    return _role(
        accounts.save_role(
            body.name, body.rights, purpose=body.purpose, second_factor_required=body.second_factor, role=role
        )
    )


@router.delete("/roles/{slug}", response={204: None}, summary="Remove a role", tags=["operators"])
def delete_role(request: HttpRequest, slug: str) -> Status[None]:
    """Remove an own role that nobody has."""
    require_everywhere(request, "operators.manage")
    accounts.delete_role(_one_role(slug))
    return Status(204, None)


# --- Operators --------------------------------------------------------------------------------------------------------


@router.get("/operators", response=OperatorList, summary="List operators", tags=["operators"])
def list_operators(request: HttpRequest, page: Query[PageQuery]) -> OperatorList:
    """Accounts in the order in which they were made."""
    require_everywhere(request, "operators.view")
    rows, following = oldest_first(Operator.objects.all(), page)
    return OperatorList(items=[_operator(row) for row in rows], next=following)


@router.post("/operators", response={201: OperatorOut}, summary="Add an operator", tags=["operators"])
def create_operator(request: HttpRequest, body: OperatorIn) -> Status[OperatorOut]:
    """A new account."""
    caller = require_everywhere(request, "operators.manage")
    roles = _roles(caller, body.roles)
    operator = accounts.create_operator(body.name, body.password, roles=roles, full_name=body.full_name)
    return Status(201, _operator(operator))


@router.get("/operators/{int:number}", response=OperatorOut, summary="Show an operator", tags=["operators"])
def show_operator(request: HttpRequest, number: int) -> OperatorOut:
    """One account."""
    require_everywhere(request, "operators.view")
    return _operator(_one_operator(number))


@router.patch("/operators/{int:number}", response=OperatorOut, summary="Change an operator", tags=["operators"])
def change_operator(request: HttpRequest, number: int, body: OperatorChange) -> OperatorOut:
    """Change an account; whoever is switched off is out at once."""
    caller = require_everywhere(request, "operators.manage")
    operator = _one_operator(number)
    _may_give(caller, accounts.rights_held(operator), field="operator")
    if body.password is not None:
        accounts.check_password(operator, body.password)
    roles = None if body.roles is None else _roles(caller, body.roles)
    with transaction.atomic():
        if body.full_name is not None:
            operator.first_name, operator.last_name = body.full_name, ""
            operator.save(update_fields=["first_name", "last_name"])
        if roles is not None:
            accounts.set_roles(operator, roles)
        if body.password is not None:
            accounts.set_password(operator, body.password, by=caller.name)
        if body.active is not None and body.active != operator.is_active:
            accounts.set_active(operator, body.active, by=caller.name)
    return _operator(_one_operator(number))


@router.delete(
    "/operators/{int:number}/second-factor",
    response={204: None},
    summary="Take an operator's second factor away",
    tags=["operators"],
)
def remove_second_factor(request: HttpRequest, number: int) -> Status[None]:
    """For whoever lost phone and recovery codes; he sets up a new one if a role of his asks for it."""
    caller = require_everywhere(request, "operators.manage")
    operator = _one_operator(number)
    _may_give(caller, accounts.rights_held(operator), field="operator")
    second_factor.remove(operator)
    return Status(204, None)


# --- Sessions ---------------------------------------------------------------------------------------------------------


@router.get("/sessions", response=SessionList, summary="List sessions", tags=["operators"])
def list_sessions(request: HttpRequest, page: Query[PageQuery]) -> SessionList:
    """Sessions of the console, the newest first; those that ended too."""
    require_everywhere(request, "operators.view")
    rows, following = newest_first(OperatorSession.objects.select_related("operator"), page)
    return SessionList(items=[_session(row) for row in rows], next=following)


@router.post("/sessions/{int:number}/end", response=SessionOut, summary="End a session", tags=["operators"])
def end_one_session(request: HttpRequest, number: int) -> SessionOut:
    """Whoever works in it is out at once."""
    caller = require_everywhere(request, "operators.manage")
    row = OperatorSession.objects.select_related("operator").filter(pk=number).first()
    if row is None:
        raise HttpError(404, f"There is no session {number}.")
    end_session(row, by=caller.name)
    row.refresh_from_db()
    return _session(row)


# --- Tokens -----------------------------------------------------------------------------------------------------------


@router.get("/tokens", response=TokenList, summary="List tokens", tags=["operators"])
def list_tokens(request: HttpRequest, filters: Query[TokenFilter]) -> TokenList:
    """One's own tokens; everybody's with the right to manage them."""
    caller = _token_caller(request)
    rows = ApiToken.objects.select_related("operator")
    if not caller.access.everywhere("tokens.manage"):
        rows = rows.filter(operator=caller.operator)
    if filters.operator is not None:
        rows = rows.filter(operator__username=filters.operator)
    found, following = newest_first(rows, filters)
    return TokenList(items=[_token(row) for row in found], next=following)


@router.post("/tokens", response={201: NewToken}, summary="Make a token", tags=["operators"])
def create_token(request: HttpRequest, body: TokenIn) -> Status[NewToken]:
    """A token in one's own name; its text is in this answer and nowhere else."""
    caller = require_everywhere(request, "tokens.own")
    scopes = body.scopes
    if scopes is not None:
        _may_give(caller, check_rights(scopes, field="scopes"), field="scopes")
    elif caller.token:
        # A token makes none that may do more than itself.
        scopes = sorted(caller.access.rights)
    expires = body.expires
    if expires is not None and expires.tzinfo is None:
        raise InvalidInput("expires", expires.isoformat(), "a time with its zone, such as 2030-01-01T00:00:00Z")
    expires = _end_of_token(caller, expires)
    token, text = services.create_token(caller.operator, body.name, expires=expires, scopes=scopes)
    return Status(201, NewToken(**_token(token).dict(), token=text))


@router.post("/tokens/{prefix}/revoke", response=TokenOut, summary="Revoke a token", tags=["operators"])
def revoke_token(request: HttpRequest, prefix: str) -> TokenOut:
    """Take a token back at once; one's own, or anybody's with the right to manage them."""
    caller = _token_caller(request)
    token = ApiToken.objects.filter(prefix=prefix).first()
    own = token is not None and token.operator_id == caller.operator.pk
    if token is None or not (own or caller.access.everywhere("tokens.manage")):
        raise HttpError(404, f"There is no token {prefix!r} of yours.")
    return _token(services.revoke_token(prefix))


# --- Rows as the API shows them ---------------------------------------------------------------------------------------


def _role(role: Role) -> RoleOut:
    return RoleOut(
        slug=role.slug,
        name=role.name,
        purpose=role.purpose,
        rights=sorted(role.effective_rights),
        built_in=role.built_in,
        second_factor=role.second_factor,
    )


def _operator(operator: Operator) -> OperatorOut:
    given = RoleAssignment.objects.filter(operator=operator).select_related("role")
    return OperatorOut(
        id=operator.pk,
        name=operator.get_username(),
        full_name=operator.get_full_name(),
        active=operator.is_active,
        roles=[GivenRole(role=row.role.slug, group=row.group_id) for row in given],
        second_factor=second_factor.has_second_factor(operator),
        last_login=operator.last_login,
        password_changed=operator.password_changed,
    )


def _session(row: OperatorSession) -> SessionOut:
    return SessionOut(
        id=row.pk,
        operator=row.operator.get_username(),
        begun=row.begun,
        seen=row.seen,
        address=row.address,
        browser=row.browser,
        ended=row.ended,
        ended_by=row.ended_by,
    )


def _token(token: ApiToken) -> TokenOut:
    return TokenOut(
        prefix=token.prefix,
        name=token.name,
        operator=token.operator.get_username(),
        scopes=token.scopes,
        created=token.created,
        expires=token.expires,
        last_used=token.last_used,
        last_address=token.last_address,
        revoked=token.revoked,
    )


def _one_operator(number: int) -> Operator:
    operator = Operator.objects.filter(pk=number).first()
    if operator is None:
        raise HttpError(404, f"There is no operator {number}.")
    return operator


def _one_role(slug: str) -> Role:
    role = Role.objects.filter(slug=slug).first()
    if role is None:
        raise HttpError(404, f"There is no role {slug!r}.")
    return role


def _token_caller(request: HttpRequest) -> Caller:
    caller = caller_of(request)
    if caller.access.everywhere("tokens.manage"):
        return caller
    return require_everywhere(request, "tokens.own")


def _end_of_token(caller: Caller, wanted: datetime | None) -> datetime | None:
    """When a new token ends; one that is made with another token does not outlive that one.

    Raises:
        InvalidInput: It would.
    """
    if not caller.token:
        return wanted
    latest = ApiToken.objects.values_list("expires", flat=True).get(prefix=caller.token)
    if latest is None or (wanted is not None and wanted <= latest):
        return wanted
    if wanted is None:
        return latest
    raise InvalidInput("expires", wanted.isoformat(), f"at the latest {latest.isoformat()}, when your own token ends")


def _roles(caller: Caller, given: list[GivenRole]) -> list[tuple[str, DeviceGroup | None]]:
    """Roles to be given, each of which the caller may give."""
    found: list[tuple[str, DeviceGroup | None]] = []
    for item in given:
        role = Role.objects.filter(slug=item.role).first()
        if role is None:
            raise accounts.UnknownRole(item.role)
        _may_give(caller, role.effective_rights)
        group = None
        if item.group is not None:
            group = DeviceGroup.objects.filter(pk=item.group).first()
            if group is None:
                raise InvalidInput("group", item.group, "the number of a group of devices")
        found.append((role.slug, group))
    return found


def _may_give(caller: Caller, rights: Iterable[str], *, field: str = "rights") -> None:
    """Nobody gives, or takes over, rights that he has not himself.

    Raises:
        InvalidInput: A right does not exist.
        MayNotGive: The caller lacks one.
    """
    accounts.require_may_give(caller.access, caller.name, check_rights(rights, field=field))

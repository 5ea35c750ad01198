"""Who may use the API: whoever shows a token that holds or a session of the console, each for what he may do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import CsrfViewMiddleware
from ninja.errors import HttpError
from ninja.security.http import HttpAuthBase

from doorward.server.audit.choices import Outcome
from doorward.server.audit.services import NOTHING, Thing, record
from doorward.server.devices.models import Device
from doorward.server.operators.access import Access
from doorward.server.operators.actor import API, CONSOLE, current_actor, name_actor
from doorward.server.operators.logging_in import DUE
from doorward.server.operators.models import Operator
from doorward.server.operators.services import ValidToken, valid_token
from doorward.server.operators.sessions import session_operator

NO_TOKEN = "A token is needed, as 'Authorization: Bearer TOKEN'."  # noqa: S105 - words for people
TOKEN_ADVICE = "Make one with 'doorward tokens create', or on the page API tokens of the console."  # noqa: S105
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request.

    Attributes:
        operator: In whose name.
        access: What he may do with what he showed.
        token: Prefix of the token; empty for a session of the console.
    """

    operator: Operator
    access: Access
    token: str = ""

    @property
    def name(self) -> str:
        """The operator's name."""
        return self.operator.get_username()


def identify(request: HttpRequest) -> Caller | None:
    """Who sent a request; None for nobody.

    A request with an ``Authorization`` header is judged by that alone.
    """
    header = request.headers.get("Authorization", "")
    if header:
        kind, _, text = header.partition(" ")
        found = valid_token(text.strip(), address=current_actor().address) if kind.lower() == "bearer" else None
        if found is None:
            return None
        name_actor(found.operator.get_username(), found.operator.pk, via=API, token=found.token.prefix)
        return _of_token(found)
    operator = session_operator(request)
    if operator is None or request.session.get(DUE) or _forged(request):
        return None
    name_actor(operator.get_username(), operator.pk, via=CONSOLE)
    return Caller(operator, operator.access)


def _of_token(found: ValidToken) -> Caller:
    access = found.operator.access
    scopes = found.token.scopes
    return Caller(found.operator, access if scopes is None else access.only(scopes), found.token.prefix)


def _forged(request: HttpRequest) -> bool:
    """Whether a page of somebody else may have made a browser send this with its session."""
    if request.method in SAFE_METHODS:
        return False
    # Ninja's operations are exempt from Django's own check, since most callers have a token.
    return _CsrfCheck(lambda _: HttpResponse()).process_view(request, _not_exempt, (), {}) is not None


class _CsrfCheck(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        del request
        return HttpResponse(reason, status=403)


def _not_exempt(request: HttpRequest) -> HttpResponse:
    """Stands for a view."""
    del request
    return HttpResponse()


class CallerAuth(HttpAuthBase):
    """Lets in whoever shows a token or a session, for plain functions."""

    openapi_scheme: str = "bearer"

    def __call__(self, request: HttpRequest) -> Caller | None:
        """The caller; None refuses."""
        return identify(request)


class AsyncCallerAuth(CallerAuth):
    """The same for coroutines."""

    async def __call__(self, request: HttpRequest) -> Caller | None:  # type: ignore[override]
        """The caller; None refuses."""
        return await sync_to_async(identify)(request)


def caller_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let a plain view answer only to somebody."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if identify(request) is None:
            return JsonResponse(
                {"error": NO_TOKEN, "advice": TOKEN_ADVICE}, status=401, headers={"WWW-Authenticate": "Bearer"}
            )
        return view(request, *args, **kwargs)

    return guarded


def caller_of(request: HttpRequest) -> Caller:
    """The caller of a request that was let in."""
    caller = getattr(request, "auth", None)
    if not isinstance(caller, Caller):
        raise HttpError(401, NO_TOKEN)
    return caller


def require(request: HttpRequest, right: str, device: Device | None = None, *, thing: Thing = NOTHING) -> Caller:
    """The caller of a request, if he has a right; a refusal of a change goes into the audit log.

    Args:
        request: A request that was let in.
        right: Name of the right.
        device: In whose group it must hold; None: anywhere.
        thing: What it is about, for the audit log; None of it takes the device.

    Raises:
        HttpError: He has not; 403.
    """
    caller = caller_of(request)
    allowed = caller.access.may(right) if device is None else caller.access.may_in(right, device.group_id)
    if allowed:
        return caller
    words = refusal(right, caller)
    if request.method not in SAFE_METHODS:
        about = Thing.of(device) if device is not None and thing is NOTHING else thing
        record(f"refused {right}", about, outcome=Outcome.REFUSED, words=words)
    raise HttpError(403, words)


def require_everywhere(request: HttpRequest, right: str) -> Caller:
    """The caller of a request, if he has a right for all devices.

    Raises:
        HttpError: He has not; 403.
    """
    caller = require(request, right)
    if not caller.access.everywhere(right):
        raise HttpError(403, f"{refusal(right, caller)} It is needed for all devices here.")
    return caller


def refusal(right: str, caller: Caller) -> str:
    """Why somebody is refused, in words."""
    if caller.token and caller.operator.access.may(right):
        return f"This token may not use the right {right}: it was made for others alone."
    return f"{caller.name} lacks the right {right} here."

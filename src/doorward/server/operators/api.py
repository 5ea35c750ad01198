"""Who may use the API: whoever shows a token that holds, each for what the operator of the token may do."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja.errors import HttpError
from ninja.security import HttpBearer

from doorward.server.operators.models import Operator
from doorward.server.operators.services import operator_of_token

NO_TOKEN = "A token is needed, as 'Authorization: Bearer TOKEN'."  # noqa: S105 - words for people
TOKEN_ADVICE = "Make one with 'doorward tokens create'."  # noqa: S105 - words for people


class Bearer(HttpBearer):
    """``Authorization: Bearer TOKEN``, for plain functions."""

    def authenticate(self, request: HttpRequest, token: str) -> Operator | None:
        """The operator of the token; None refuses."""
        del request
        return operator_of_token(token)


class AsyncBearer(HttpBearer):
    """The same for coroutines."""

    async def authenticate(self, request: HttpRequest, token: str) -> Operator | None:
        """The operator of the token; None refuses."""
        del request
        return await sync_to_async(operator_of_token)(token)


def token_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let a plain view answer only to a token that holds."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if Bearer()(request) is None:
            return JsonResponse(
                {"error": NO_TOKEN, "advice": TOKEN_ADVICE}, status=401, headers={"WWW-Authenticate": "Bearer"}
            )
        return view(request, *args, **kwargs)

    return guarded


def require(request: HttpRequest, permission: str) -> Operator:
    """The operator of a request that was let in, if he has a permission such as ``devices.change_device``.

    Raises:
        HttpError: He has not; 403.
    """
    operator = getattr(request, "auth", None)
    if not isinstance(operator, Operator) or not operator.has_perm(permission):
        raise HttpError(403, f"The operator of this token lacks the permission {permission}.")
    return operator

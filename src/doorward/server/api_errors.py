"""Errors of the API, all in one shape: what happened and why, and what to do next."""

from __future__ import annotations

from typing import Any, TypeAlias

from django.core.exceptions import SuspiciousOperation
from django.db.utils import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from doorward.model.errors import DoorwardError, InvalidInput
from doorward.server.crypto import KeyFileError
from doorward.server.database import explain
from doorward.server.errors import DatabaseUnusable, NotThere
from doorward.server.operators.accounts import MayNotGive
from doorward.server.operators.callers import NO_TOKEN, TOKEN_ADVICE

STATUS_CODES: tuple[tuple[type[DoorwardError], int], ...] = (
    (NotThere, 404),
    (MayNotGive, 403),
    (InvalidInput, 422),
    (DatabaseUnusable, 503),
    (KeyFileError, 503),
)
"""The first kind that an error is of decides; whatever is none of these cannot be done now (409)."""

Raised: TypeAlias = Exception | type[Exception]

PLACES = {"query": "", "path": "", "body": "", "form": "", "file": "", "header": ""}


def add_error_handlers(api: NinjaAPI) -> None:
    """Let an API answer every error in words."""

    def answer(request: HttpRequest, status: int, error: str, advice: str = "") -> HttpResponse:
        return api.create_response(request, {"error": error, "advice": advice}, status=status)

    def refuse(request: HttpRequest, error: Raised) -> HttpResponse:
        del error
        response = answer(request, 401, NO_TOKEN, TOKEN_ADVICE)
        response["WWW-Authenticate"] = "Bearer"
        return response

    def explain_refusal(request: HttpRequest, error: Raised) -> HttpResponse:
        assert isinstance(error, HttpError)
        return answer(request, error.status_code, str(error))

    def explain_values(request: HttpRequest, error: Raised) -> HttpResponse:
        assert isinstance(error, ValidationError)
        return answer(request, 422, " ".join(map(_value, error.errors[:5])), "Nothing was changed.")

    def explain_error(request: HttpRequest, error: Raised) -> HttpResponse:
        assert isinstance(error, DoorwardError)
        status = next((code for kind, code in STATUS_CODES if isinstance(error, kind)), 409)
        return answer(request, status, error.message, error.advice)

    def explain_database(request: HttpRequest, error: Raised) -> HttpResponse:
        assert isinstance(error, Exception)
        found = explain(error)
        return answer(request, 503, found.message, found.advice)

    def explain_suspicion(request: HttpRequest, error: Raised) -> HttpResponse:
        return answer(request, 400, f"The request cannot be read: {error}")

    for kind, handler in (
        (AuthenticationError, refuse),
        (HttpError, explain_refusal),
        (ValidationError, explain_values),
        (DoorwardError, explain_error),
        (OperationalError, explain_database),
        (InterfaceError, explain_database),
        (SuspiciousOperation, explain_suspicion),
    ):
        api.add_exception_handler(kind, handler)


def _value(found: dict[str, Any]) -> str:
    """One value that is not allowed, by the name of its field."""
    place = [str(part) for part in found.get("loc", ()) if part not in PLACES]
    # Where a body has one parameter its name stands before those of the fields.
    name = ".".join(place[1:] if len(place) > 1 and place[0] in {"filters", "page"} else place) or "the request"
    return f"{name}: {found.get('msg', 'not allowed')}."

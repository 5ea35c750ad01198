"""The API of the server: its routers, and errors in words."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError

from doorward import __version__
from doorward.model.errors import DoorwardError, InvalidInput
from doorward.server.crypto import KeyFileError
from doorward.server.devices.api import router as devices
from doorward.server.devices.services import UnknownDevice
from doorward.server.errors import DatabaseUnusable
from doorward.server.events.api import router as events
from doorward.server.operators.api import NO_TOKEN, TOKEN_ADVICE, token_required

api = NinjaAPI(
    title="Doorward",
    version=__version__,
    description="Devices and events of an access-control server.",
    docs_url=None,
    docs_decorator=token_required,
)
api.add_router("/devices", devices, tags=["devices"])
api.add_router("", events, tags=["events"])

STATUS_CODES: tuple[tuple[type[DoorwardError], int], ...] = (
    (UnknownDevice, 404),
    (InvalidInput, 422),
    (DatabaseUnusable, 503),
    (KeyFileError, 503),
)


@api.exception_handler(AuthenticationError)
def refuse(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    """No token, or one that does not hold."""
    del error
    response = api.create_response(
        request,
        {"error": NO_TOKEN, "advice": TOKEN_ADVICE},
        status=401,
    )
    response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(HttpError)
def explain_refusal(request: HttpRequest, error: HttpError) -> HttpResponse:
    """A refusal with its reason, in the same shape as every error."""
    return api.create_response(request, {"error": str(error), "advice": ""}, status=error.status_code)


@api.exception_handler(DoorwardError)
def explain_error(request: HttpRequest, error: DoorwardError) -> HttpResponse:
    """Say what happened, and what to do next."""
    status = next((code for kind, code in STATUS_CODES if isinstance(error, kind)), 409)
    return api.create_response(request, {"error": error.message, "advice": error.advice}, status=status)

"""What can go wrong between a program and the server. Each error says what happened and what to do next."""

from __future__ import annotations

from typing import Final

from doorward.model import errors as model
from doorward.model.errors import DoorwardError


class NotReached(model.NotReached):
    """The server was not reached, has not answered in time, or the line was cut.

    Whether a request that was sent was carried out is not known then.
    """


class NotUnderstood(DoorwardError):
    """The answer is not one of Doorward's API, or of one that is older than this client."""


class ApiError(DoorwardError):
    """The server answered that it did not do what was asked.

    Attributes:
        status: Status of the answer, from 400 on.
        advice: What to do next; empty when there is nothing to add.
    """

    def __init__(self, message: str, *, status: int, advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.status = status

    @property
    def error(self) -> str:
        """What happened, and why."""
        return self.message


class NotAllowed(ApiError):
    """The token does not hold (401), or lacks the right (403)."""


class NotThere(ApiError):
    """There is no such thing, or none that the token may see (404)."""


class Refused(ApiError):
    """It cannot be done now; where a device refused, for the reason that it gave (409)."""


class WrongInput(ApiError):
    """A value is not allowed; the message names it, and what is (400, 422)."""


_KINDS: Final[dict[int, type[ApiError]]] = {
    400: WrongInput,
    401: NotAllowed,
    403: NotAllowed,
    404: NotThere,
    409: Refused,
    422: WrongInput,
}


def api_error(status: int, message: str, advice: str = "") -> ApiError:
    """The error that a status stands for."""
    return _KINDS.get(status, ApiError)(message, status=status, advice=advice)

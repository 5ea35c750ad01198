"""A client of Doorward's API, for programs: every operation with its types, lists page by page, and the stream.

Needs httpx: ``pip install 'doorward[client]'``.
"""

from doorward.client.connection import AsyncClient, Client
from doorward.client.errors import ApiError, NotAllowed, NotReached, NotThere, NotUnderstood, Refused, WrongInput
from doorward.client.models import EventOut
from doorward.client.stream import AsyncStream, Happening, Reset, Stream, StreamItem
from doorward.client.values import UNSET

__all__ = [
    "UNSET",
    "ApiError",
    "AsyncClient",
    "AsyncStream",
    "Client",
    "EventOut",
    "Happening",
    "NotAllowed",
    "NotReached",
    "NotThere",
    "NotUnderstood",
    "Refused",
    "Reset",
    "Stream",
    "StreamItem",
    "WrongInput",
]

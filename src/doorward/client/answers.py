"""Answers of the server: what they mean, and what kind of error they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol, Self, TypeVar

import httpx

from doorward.client.errors import ApiError, NotReached, NotUnderstood, api_error

T = TypeVar("T")
READ_ADVICE: Final = "Look at the address, and whether a server of this version or a newer one answers there."


class Model(Protocol):
    """A shape of the API."""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one."""
        ...


ModelT = TypeVar("ModelT", bound=Model)


def model(kind: type[ModelT]) -> Callable[[httpx.Response], ModelT]:
    """Reads an answer that is one thing."""
    return lambda response: _read(response, kind.from_json)


def models(kind: type[ModelT]) -> Callable[[httpx.Response], tuple[ModelT, ...]]:
    """Reads an answer that is a list of things."""
    return lambda response: _read(response, lambda data: tuple(map(kind.from_json, data)))


def plain(response: httpx.Response) -> Any:
    """Reads an answer that is JSON of no fixed shape."""
    return _read(response, lambda data: data)


def nothing(response: httpx.Response) -> None:
    """Reads an answer that says nothing but that it is done."""
    del response


def content(response: httpx.Response) -> bytes:
    """Reads an answer that is a file."""
    return response.content


def text(response: httpx.Response) -> str:
    """Reads an answer that is text."""
    return response.text


def read_model(kind: type[ModelT], line: str) -> ModelT:
    """One thing from a line of JSON.

    Raises:
        NotUnderstood: It is none.
    """
    try:
        return kind.from_json(json.loads(line))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotUnderstood(f"A line is no {kind.__name__}: {error!r}.", advice=READ_ADVICE) from error


def refusal(response: httpx.Response) -> ApiError:
    """The error that an answer stands for; its content has been read."""
    try:
        found = response.json()
        words, advice = str(found["error"]), str(found.get("advice", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        words, advice = f"The server answered {response.status_code} {response.reason_phrase}.", ""
    return api_error(response.status_code, words, advice)


def not_reached(address: str, error: httpx.TransportError) -> NotReached:
    """The error for a line that failed."""
    words = str(error) or type(error).__name__
    if isinstance(error, httpx.TimeoutException):
        words = "no answer in time"
    return NotReached(
        f"The server at {address} was not reached: {words}.",
        advice="Look whether it runs (doorward status), at the address, and at what lies between.",
    )


def _read(response: httpx.Response, reader: Callable[[Any], T]) -> T:
    try:
        return reader(response.json())
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotUnderstood(
            f"The answer to {response.request.method} {response.request.url.path} is not understood: {error!r}.",
            advice=READ_ADVICE,
        ) from error

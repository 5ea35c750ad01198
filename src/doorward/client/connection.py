"""A client of a server: its operations by subject, lists page by page, and the stream."""

from __future__ import annotations

import inspect
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, ParamSpec, Protocol, Self, TypeVar, cast

import httpx

from doorward.client.operations import AsyncEverything, Everything
from doorward.client.stream import AsyncStream, Stream, Wanted
from doorward.model.errors import InvalidInput

ItemT_co = TypeVar("ItemT_co", covariant=True)
ItemT = TypeVar("ItemT")
P = ParamSpec("P")

API: Final = "/api/v1"
# A command waits up to forty seconds for its device.
TIMEOUT_SECONDS: Final = 60.0

Verify = bool | str | Path | ssl.SSLContext


class Page(Protocol[ItemT_co]):
    """A page of a list."""

    @property
    def items(self) -> Sequence[ItemT_co]:
        """What is on it."""
        ...

    @property
    def next(self) -> int | str | None:
        """Leads to the next page; None on the last one."""
        ...


def _options(url: str, token: str, timeout: float, verify: Verify) -> dict[str, Any]:
    address = httpx.URL(url)
    if address.scheme not in {"http", "https"} or not address.host or address.userinfo:
        raise InvalidInput(
            "url", str(address.copy_with(userinfo=b"")), "the server's address, such as https://doors.example:8080"
        )
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise InvalidInput("token", "the one given", "a token as the console or 'doorward tokens create' shows it once")
    return {
        "base_url": url.rstrip("/").removesuffix(API) + API,
        "headers": {"Authorization": f"Bearer {token}"},
        "timeout": timeout,
        "verify": ssl.create_default_context(cafile=verify) if isinstance(verify, str | Path) else verify,
    }  # fmt: skip


def _cursor(operation: Callable[..., object]) -> str:
    """The parameter that takes the cursor of a page."""
    names = inspect.signature(operation).parameters
    for name in ("after", "before"):
        if name in names:
            return name
    raise InvalidInput("operation", getattr(operation, "__name__", operation), "one that gives a list page by page")


class Client(Everything):
    """A client of a server, for plain functions.

    Usage::

        with Client("https://doors.example", token) as client:
            client.doors.open_door(3, reason="Delivery")

    Args:
        url: Address of the server.
        token: An API token.
        timeout: Seconds that may pass without anything from the server.
        verify: Whether its certificate is checked; a file of authorities, or settings of one's own.

    Raises:
        InvalidInput: The address or the token cannot be one.
    """

    def __init__(self, url: str, token: str, *, timeout: float = TIMEOUT_SECONDS, verify: Verify = True) -> None:
        self._http = httpx.Client(**_options(url, token, timeout, verify))
        super().__init__(self._http)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({str(self._http.base_url)!r})"

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def each(self, operation: Callable[P, Page[ItemT]], *args: P.args, **kwargs: P.kwargs) -> Iterator[ItemT]:
        """All items of a list, over all of its pages.

        Usage::

            for event in client.each(client.events.list_events, category=["alarm"]): ...
        """
        name = _cursor(operation)
        given: dict[str, Any] = dict(kwargs)
        ask = cast("Callable[..., Page[ItemT]]", operation)
        while True:
            page = ask(*args, **given)
            yield from page.items
            if page.next is None:
                return
            given[name] = page.next

    def stream(
        self,
        *,
        after: int | None = None,
        kinds: Sequence[str] = (),
        devices: Sequence[int] = (),
        categories: Sequence[str] = (),
    ) -> Stream:
        """All that happens, in order, for ever.

        Args:
            after: Position after which to begin; None begins with what happens next.
            kinds: Only these kinds, such as ``event`` and ``alarm``.
            devices: Only what concerns these devices.
            categories: Only events of these categories.
        """
        return Stream(self._http, Wanted(tuple(kinds), tuple(devices), tuple(categories)), after)


class AsyncClient(AsyncEverything):
    """The same for coroutines.

    Usage::

        async with AsyncClient("https://doors.example", token) as client:
            await client.doors.open_door(3)
    """

    def __init__(self, url: str, token: str, *, timeout: float = TIMEOUT_SECONDS, verify: Verify = True) -> None:
        self._http = httpx.AsyncClient(**_options(url, token, timeout, verify))
        super().__init__(self._http)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"AsyncClient({str(self._http.base_url)!r})"

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def each(
        self, operation: Callable[P, Awaitable[Page[ItemT]]], *args: P.args, **kwargs: P.kwargs
    ) -> AsyncIterator[ItemT]:
        """All items of a list, over all of its pages."""
        name = _cursor(operation)
        given: dict[str, Any] = dict(kwargs)
        ask = cast("Callable[..., Awaitable[Page[ItemT]]]", operation)
        while True:
            page = await ask(*args, **given)
            for item in page.items:
                yield item
            if page.next is None:
                return
            given[name] = page.next

    def stream(
        self,
        *,
        after: int | None = None,
        kinds: Sequence[str] = (),
        devices: Sequence[int] = (),
        categories: Sequence[str] = (),
    ) -> AsyncStream:
        """All that happens, in order, for ever; as ``Client.stream``."""
        return AsyncStream(self._http, Wanted(tuple(kinds), tuple(devices), tuple(categories)), after)

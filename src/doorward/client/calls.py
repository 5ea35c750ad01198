"""Calls of operations, and files that are taken away piece by piece."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx

from doorward.client import answers
from doorward.client.errors import NotReached
from doorward.client.values import body_values, form_values, query_values

T = TypeVar("T")
NO_SUCCESS: Final = 300


def _content(
    query: Mapping[str, Any] | None,
    body: Mapping[str, Any] | None,
    form: Mapping[str, Any] | None,
    files: Mapping[str, bytes] | None,
) -> dict[str, Any]:
    """What a request carries, as httpx takes it."""
    found: dict[str, Any] = {}
    if query is not None:
        found["params"] = query_values(query)
    if body is not None:
        found["json"] = body_values(body)
    if form is not None:
        found["data"] = form_values(form)
    if files is not None:
        found["files"] = files
    return found


class Download:
    """A file that comes piece by piece; it need not fit into memory."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response

    def pieces(self) -> Iterator[bytes]:
        """The bytes of the file.

        Raises:
            NotReached: The line was cut; the file is not whole.
        """
        try:
            yield from self._response.iter_bytes()
        except httpx.TransportError as error:
            raise answers.not_reached(str(self._response.request.url.copy_with(query=None)), error) from error

    def lines(self) -> Iterator[str]:
        """The lines of a file of text, without their ends."""
        rest = b""
        for piece in self.pieces():
            *whole, rest = (rest + piece).split(b"\n")
            for line in whole:
                yield line.removesuffix(b"\r").decode()
        if rest:
            yield rest.decode()

    def save(self, path: str | Path) -> int:
        """Write it into a file; gives its size in bytes. A file that did not come whole is removed."""
        target = Path(path)
        try:
            with target.open("wb") as file:
                return sum(map(file.write, self.pieces()))
        except NotReached:
            target.unlink()
            raise


class AsyncDownload:
    """The same for coroutines."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response

    async def pieces(self) -> AsyncIterator[bytes]:
        """The bytes of the file.

        Raises:
            NotReached: The line was cut; the file is not whole.
        """
        try:
            async for piece in self._response.aiter_bytes():
                yield piece
        except httpx.TransportError as error:
            raise answers.not_reached(str(self._response.request.url.copy_with(query=None)), error) from error

    async def lines(self) -> AsyncIterator[str]:
        """The lines of a file of text, without their ends."""
        rest = b""
        async for piece in self.pieces():
            *whole, rest = (rest + piece).split(b"\n")
            for line in whole:
                yield line.removesuffix(b"\r").decode()
        if rest:
            yield rest.decode()


class Operations:
    """Operations of one part of the API."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def _call(
        self,
        method: str,
        path: str,
        read: Callable[[httpx.Response], T],
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        form: Mapping[str, Any] | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> T:
        try:
            response = self._http.request(method, path, **_content(query, body, form, files))
        except httpx.TransportError as error:
            raise answers.not_reached(str(self._http.base_url), error) from error
        if response.status_code >= NO_SUCCESS:
            raise answers.refusal(response)
        return read(response)

    @contextmanager
    def _download(self, method: str, path: str, *, query: Mapping[str, Any] | None = None) -> Iterator[Download]:
        try:
            request = self._http.build_request(method, path, params=query_values(query or {}))
            response = self._http.send(request, stream=True)
        except httpx.TransportError as error:
            raise answers.not_reached(str(self._http.base_url), error) from error
        try:
            if response.status_code >= NO_SUCCESS:
                response.read()
                raise answers.refusal(response)
            yield Download(response)
        finally:
            response.close()


class AsyncOperations:
    """The same for coroutines."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def _call(
        self,
        method: str,
        path: str,
        read: Callable[[httpx.Response], T],
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        form: Mapping[str, Any] | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> T:
        try:
            response = await self._http.request(method, path, **_content(query, body, form, files))
        except httpx.TransportError as error:
            raise answers.not_reached(str(self._http.base_url), error) from error
        if response.status_code >= NO_SUCCESS:
            raise answers.refusal(response)
        return read(response)

    @asynccontextmanager
    async def _download(
        self, method: str, path: str, *, query: Mapping[str, Any] | None = None
    ) -> AsyncIterator[AsyncDownload]:
        try:
            request = self._http.build_request(method, path, params=query_values(query or {}))
            response = await self._http.send(request, stream=True)
        except httpx.TransportError as error:
            raise answers.not_reached(str(self._http.base_url), error) from error
        try:
            if response.status_code >= NO_SUCCESS:
                await response.aread()
                raise answers.refusal(response)
            yield AsyncDownload(response)
        finally:
            await response.aclose()

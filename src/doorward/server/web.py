"""The web server of the process: uvicorn around the ASGI application, on a socket that is bound before."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Final

import uvicorn

from doorward.server.asgi import application
from doorward.server.web_limits import BoundedProtocol

# Requests in hand get this long when the server stops; streams end by themselves.
STOP_SECONDS: Final = 5
# The system keeps at most about this much for one connection. Left to itself it keeps megabytes for each reader of a
# stream that does not read, and filling those costs the work that a reader who does read would cost.
SEND_BUFFER: Final = 128 * 1024


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the process, which stops the gateway and the database after the web."""
        yield


class WebServer:
    """Serves the console and the API."""

    def __init__(self, bound: socket.socket) -> None:
        self._socket = bound
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        self._server = _Server(
            uvicorn.Config(
                application,
                http=BoundedProtocol,
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                # A proxy on this machine may tell the caller's address; nobody else is believed.
                proxy_headers=True,
                forwarded_allow_ips="127.0.0.1",
                timeout_graceful_shutdown=STOP_SECONDS,
            )
        )
        self._task: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self._socket.getsockname()[1])

    def start(self) -> asyncio.Task[None]:
        """Begin to serve; the task ends with the server."""
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]), name="web")
        return self._task

    async def stop(self) -> None:
        """Finish the requests in hand and end."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task
        self._socket.close()

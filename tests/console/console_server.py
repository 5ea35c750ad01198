"""``doorward serve`` as a program of its own, on a prepared database, with virtual devices on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
import time
import urllib.request
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connections

from doorward.protocol.biostar1.redial import ServerAddress
from doorward.simulator.server_site import ServerModeSite
from doorward.simulator.site import VirtualSite
from tests.server.conftest import SETTINGS, use_database  # first: it brings Django up

# isort: split
from tests.server.accounts import PASSWORD, account
from tests.support.ports import quiet_ports
from tests.support.ready_programs import Program, start_program

T = TypeVar("T")
START_SECONDS = 60.0
STOP_SECONDS = 20.0


@cache
def _digest() -> str:
    return PBKDF2PasswordHasher().encode(PASSWORD, "saltofthetests", iterations=1)


class ConsoleServer:
    """A server with a console.

    Attributes:
        url: Where the console is.
        device_port: Where devices call.
        folder: Its data folder.
    """

    def __init__(self, folder: Path, database: str) -> None:
        self.folder = folder
        self.device_port, self.web_port = quiet_ports()
        self.url = f"http://127.0.0.1:{self.web_port}"
        self._database = database
        # The browser is driven from an event loop of this thread, in which Django refuses to ask its database.
        self._thread = ThreadPoolExecutor(1, "console-database")
        self._process: Program | None = None
        self._in_database_thread(lambda: use_database(database))

    def _in_database_thread(self, function: Callable[[], T]) -> T:
        return self._thread.submit(function).result()

    def database(self, function: Callable[[], T]) -> T:
        """Run a function that asks the database of the server."""
        return self._in_database_thread(function)

    def account(self, name: str, role: str) -> None:
        """Make an account with one role; its password is ``PASSWORD``."""

        def make() -> None:
            operator = account(name, role)
            # The server that runs does not know the digest of the tests.
            type(operator).objects.filter(pk=operator.pk).update(password=_digest())

        self.database(make)

    def start(self, *, program: bool = False) -> None:
        """Start it and wait until the console answers.

        Args:
            program: Whether it is the program that people start, rather than a process that has everything imported.
        """
        variables = {
            "DOORWARD_SETTINGS": str(self.folder / "doorward.toml"),
            "DOORWARD_DATA_FOLDER": str(self.folder),
            "DOORWARD_DATABASE_URL": self._database,
            "DOORWARD_SECURITY_KEY_FILE": str(SETTINGS.key_path),
            "DOORWARD_WEB_PORT": str(self.web_port),
            "DOORWARD_DEVICES_ADDRESS": "127.0.0.1",
            "DOORWARD_DEVICES_PORT": str(self.device_port),
            "DOORWARD_DEVICES_IDENTIFY_SECONDS": "0.1",
        }
        (self.folder / "doorward.toml").touch()
        log = self.folder / "server.log"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DOORWARD_")}
        self._process = start_program(["serve"], environment | variables, self.folder, log, log, installed=program)
        deadline = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/health/ready", timeout=5):
                return
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError("the server does not start:\n" + self.log)
            time.sleep(0.02)

    @property
    def log(self) -> str:
        """What it told."""
        return (self.folder / "server.log").read_text(errors="replace")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Stop it, or kill it."""
        if self._process is None:
            return
        self._process.send_signal(number)
        with contextlib.suppress(TimeoutError):
            self._process.wait(STOP_SECONDS)
        self._process.kill()
        self._process = None

    def close(self) -> None:
        """Stop it and let go of the database."""
        self.stop()
        self._in_database_thread(connections.close_all)
        self._thread.shutdown()


class DeviceSite:
    """Virtual devices that dial a server, in a thread with an event loop of its own."""

    def __init__(self, server: ConsoleServer, count: int, *, rate: float = 0.0, models: Sequence[str] = ()) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="virtual devices", daemon=True)
        self._thread.start()
        self._port = server.device_port
        self._count, self._rate, self._models = count, rate, models
        self.site: ServerModeSite = self.run(self._start())

    async def _start(self) -> ServerModeSite:
        devices = VirtualSite(self._count, models=self._models, people=3)
        site = ServerModeSite(devices, ServerAddress("127.0.0.1", self._port), rate=self._rate)
        await site.start()
        return site

    @property
    def ids(self) -> list[int]:
        """Serial numbers of the devices."""
        return [dialler.device.device_id for dialler in self.site.diallers]

    def run(self, work: Coroutine[Any, Any, T], seconds: float = 60.0) -> T:
        """Run a coroutine beside the devices."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    def all_live(self) -> None:
        """Wait until every device is live."""
        self.run(self.site.all_live())

    def close(self) -> None:
        """Take the devices away."""
        self.run(self.site.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


__all__ = ["PASSWORD", "ConsoleServer", "DeviceSite"]

"""A server in a process of its own, with a database made for the run."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Any

import psutil

from doorward.gateway.collaborators import DeviceState

START_SECONDS = 120.0
PROGRAM = "import sys, pathlib; from doorward.cli.serve import serve; serve(settings=pathlib.Path(sys.argv[1]))"


def free_port() -> int:
    """A TCP port of loopback that nobody holds now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ServerProcess:
    """A server that can be killed and started again.

    Args:
        folder: Where its data lies.
        database: URL of its database; empty for SQLite in the folder.
        log_level: What it tells in ``server.log`` of the folder.

    Attributes:
        device_port: Where devices call.
        web_port: Where the API is.
        token: For the API.
    """

    def __init__(self, folder: Path, *, database: str = "", log_level: str = "warning") -> None:
        self.folder = folder
        self.device_port, self.web_port = free_port(), free_port()
        self.settings = folder / "doorward.toml"
        self.token = ""
        self._log = folder / "server.log"
        self._process: asyncio.subprocess.Process | None = None
        limits = "connections = 20000\nconnections_per_address = 20000\nunidentified_per_address = 20000\n"
        rates = "new_per_second = 10000.0\nburst = 20000\n"
        self.settings.write_text(
            f'data_folder = "{folder.as_posix()}"\n'
            f'[database]\nurl = "{database}"\n'
            f"[web]\nport = {self.web_port}\n"
            f'[devices]\naddress = "127.0.0.1"\nport = {self.device_port}\n{limits}{rates}'
            f'[log]\nlevel = "{log_level}"\n',
            encoding="utf-8",
        )

    def prepare(self, devices: Iterable[tuple[int, str]]) -> None:
        """Make database, key, account and token, and approve devices; brings Django up in this process."""
        from doorward.server.crypto import new_key_file
        from doorward.server.database_folder import prepare_folder
        from doorward.server.settings import load_settings
        from doorward.server.setup import set_up

        loaded = load_settings(self.settings)
        prepare_folder(loaded.database_target)
        new_key_file(loaded.key_path)
        set_up(self.settings, required=True)
        from django.utils import timezone

        from doorward.server.database import migrate
        from doorward.server.devices.choices import Approval
        from doorward.server.devices.models import Device
        from doorward.server.operators.services import create_administrator, create_token
        from doorward.server.system.services import check_key

        migrate()
        check_key()
        self.token = create_token(create_administrator("admin", "a long benchmark phrase"), "benchmark")[1]
        now = timezone.now()
        Device.objects.bulk_create(
            Device(device_id=number, model=model, approval=Approval.APPROVED, first_seen=now, changed=now)
            for number, model in devices
        )

    async def start(self) -> None:
        """Start it, and wait until devices may call."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DOORWARD_")}
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # the loop of a benchmark may wait for a count
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", PROGRAM, str(self.settings), stdout=log, stderr=log, env=environment
            )
        async with asyncio.timeout(START_SECONDS):
            while not await self._answers():
                if self._process.returncode is not None:
                    raise RuntimeError(f"the server ended: {self._log.read_text(encoding='utf-8')[-2000:]}")
                await asyncio.sleep(0.05)

    def live_devices(self) -> int:
        """How many devices are live, as the database says."""
        from doorward.server.devices.models import DeviceStatus

        return DeviceStatus.objects.filter(state=DeviceState.LIVE.value).count()

    async def kill(self) -> None:
        """Kill it as a power cut does."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def stop(self) -> None:
        """Ask it to stop."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()

    @property
    def measured(self) -> psutil.Process:
        """The process, for memory and CPU."""
        assert self._process is not None
        return psutil.Process(self._process.pid)

    @property
    def log(self) -> str:
        """What it told."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    async def events(self, take: Callable[[dict[str, Any], float], None]) -> None:
        """Read the stream of events, for ever; ``take`` gets each with the moment of its arrival."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.web_port, limit=1 << 24)
        try:
            writer.write(
                b"GET /api/v1/stream HTTP/1.0\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n"
                b"Authorization: Bearer " + self.token.encode() + b"\r\n\r\n"
            )
            status = await reader.readline()
            if b" 200 " not in status:
                raise RuntimeError(f"the stream answered {status.decode()}")
            while line := await reader.readline():
                if line.startswith(b"data: {"):
                    take(json.loads(line[6:]), time.monotonic())
        finally:
            writer.close()

    async def _answers(self) -> bool:
        for port in (self.device_port, self.web_port):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                return False
            writer.close()
        return True


@contextlib.asynccontextmanager
async def background(work: Any) -> AsyncIterator[asyncio.Task[Any]]:
    """Run a coroutine while the body runs."""
    task = asyncio.ensure_future(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})
        if not task.cancelled() and task.exception() is not None:
            raise task.exception()

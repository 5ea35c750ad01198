"""``doorward demo``: a virtual site, and a server that it dials, all on this machine."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import sys
import tempfile
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from doorward.cli.demo_people import take_people_over
from doorward.cli.demo_tour import step, tour
from doorward.cli.output import command, err, out, print_facts, progress_bar
from doorward.cli.simulate import stop_event
from doorward.model.errors import DoorwardError

DIALLING = range(10_001, 10_013)  # twelve devices in server mode
DIALLED = range(20_001, 20_003)  # two in direct mode, which the server dials
DIALLED_ADDRESSES = ("127.0.2.1", "127.0.2.2")
DIALLED_MODELS = ("biostation", "bioentry-plus")
LOOPBACK = "127.0.0.1"
ADMINISTRATOR = "admin"
SEED = "1"  # the same people at all devices
SWIPES_A_MINUTE = "12"
LIVE_LIMIT = 60.0
_STOP_LIMIT = 15.0


class DemoFailed(DoorwardError):
    """A part of the demonstration did not start; its own words are in the message."""


class Demonstration:
    """The programs of a demonstration, as a newcomer would start them in several terminals.

    Args:
        folder: Where the settings, the key and the database of the server go.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.password = secrets.token_urlsafe(9)
        self.token = ""
        self._environment = os.environ | {
            "DOORWARD_SETTINGS": str(folder / "doorward.toml"),
            "DOORWARD_ADMIN_PASSWORD": self.password,
            "DOORWARD_DEVICES_ADDRESS": LOOPBACK,
            "PYTHONUNBUFFERED": "1",
        }
        self._running: list[Process] = []

    async def run(self, *words: str) -> str:
        """Run a command to its end and give what it printed.

        Raises:
            DemoFailed: It ended with an error.
        """
        process = await self._start(words, STDOUT)
        printed, _ = await process.communicate()
        if process.returncode:
            raise DemoFailed(f"'doorward {words[0]}' failed: {printed.decode(errors='replace').strip()}")
        return printed.decode()

    async def begin(self, *words: str) -> None:
        """Start a command that goes on until the demonstration ends; what it says goes into a file of its name."""
        with (self.folder / f"{words[0]}-{len(self._running)}.log").open("wb") as log:
            self._running.append(await self._start(words, STDOUT, log.fileno()))

    async def _start(self, words: Sequence[str], errors: int, output: int = PIPE) -> Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "from doorward.cli.main import main; main()",
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            env=self._environment,
            start_new_session=True,  # Ctrl-C is for the demonstration, which ends the others in good order
        )

    async def stop(self) -> None:
        """End all programs, the devices before the server."""
        for process in reversed(self._running):
            if process.returncode is None:
                process.terminate()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_STOP_LIMIT):
                        await process.wait()
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def status(self) -> dict[str, Any]:
        """What ``doorward status`` tells.

        Raises:
            DemoFailed: A program that should go on has ended.
        """
        for process in self._running:
            if process.returncode is not None:
                raise DemoFailed(f"A program ended early: {self._last_words()}")
        told: dict[str, Any] = json.loads(await self.run("status", "--json"))
        return told

    def _last_words(self) -> str:
        logs = sorted(self.folder.glob("*.log"))
        return " ".join(line for log in logs for line in log.read_text(errors="replace").splitlines()[-2:])


@command
async def demo(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where the downloaded log goes.")
    ] = None,
    only_tour: Annotated[bool, typer.Option("--only-tour", help="End after the walk through the devices.")] = False,
    web_port: Annotated[int, typer.Option(help="TCP port of the server's console and API.")] = 8080,
    device_port: Annotated[int, typer.Option(help="TCP port on which the devices call.")] = 1480,
) -> None:
    """Walk through a virtual site on loopback, then run a server with fourteen virtual devices until Ctrl-C.

    Nothing leaves this machine and no real device is asked.
    """
    stopped = stop_event()
    await tour(output or Path(tempfile.mkdtemp(prefix="doorward-events-")) / "events.csv")
    if only_tour:
        return
    folder = Path(tempfile.mkdtemp(prefix="doorward-demo-"))
    try:
        async with _server(folder, web_port, device_port, stopped) as demonstration:
            if not stopped.is_set():
                _tell(demonstration, web_port)
                await stopped.wait()
            out.print("\nStopping ...")
        out.print("Stopped.")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.asynccontextmanager
async def _server(
    folder: Path, web_port: int, device_port: int, stopped: asyncio.Event
) -> AsyncIterator[Demonstration]:
    demonstration = Demonstration(folder)
    step("A server on embedded SQLite: doorward init, doorward serve")
    try:
        await demonstration.run(
            "init",
            "--data-folder",
            str(folder / "data"),
            "--administrator",
            ADMINISTRATOR,
            "--web-port",
            str(web_port),
            "--device-port",
            str(device_port),
            "--yes",
        )
        await demonstration.begin("serve")
        await _until(demonstration, stopped, "The server starts", 1, lambda told: int(bool(told.get("server"))))
        await _devices(demonstration, device_port, stopped)
        await _people(demonstration, web_port, stopped)
        yield demonstration
    finally:
        await demonstration.stop()


async def _devices(demonstration: Demonstration, device_port: int, stopped: asyncio.Event) -> None:
    step(f"{len(DIALLING)} virtual devices dial it, and it dials {len(DIALLED)}; each is approved")
    await demonstration.begin(
        "simulate", "--mode", "server", "--server", f"{LOOPBACK}:{device_port}", "--devices", str(len(DIALLING)),
        "--first-id", str(DIALLING.start), "--swipes", SWIPES_A_MINUTE, "--seed", SEED,
    )  # fmt: skip
    await demonstration.begin(
        "simulate", "--mode", "direct", "--bind", ",".join(DIALLED_ADDRESSES), "--devices", str(len(DIALLED)),
        "--model", ",".join(DIALLED_MODELS), "--first-id", str(DIALLED.start), "--swipes", SWIPES_A_MINUTE,
        "--seed", SEED,
    )  # fmt: skip
    await _until(demonstration, stopped, "Devices dial in", len(DIALLING), lambda told: sum(told["states"].values()))
    await demonstration.run("devices", "approve", *map(str, DIALLING))
    for device_id, address, model in zip(DIALLED, DIALLED_ADDRESSES, DIALLED_MODELS, strict=True):
        await demonstration.run("devices", "add", str(device_id), address, "--model", model)
    await _until(
        demonstration,
        stopped,
        "Devices are live",
        len(DIALLING) + len(DIALLED),
        lambda told: told["states"].get("live", 0),
    )


async def _people(demonstration: Demonstration, web_port: int, stopped: asyncio.Event) -> None:
    printed = await demonstration.run("tokens", "create", "demo", "--operator", ADMINISTRATOR, "--json")
    demonstration.token = json.loads(printed)["token"]
    if not stopped.is_set():
        step("The people on the devices move into the server, which keeps the devices up to date from then on")
        await take_people_over(_address(web_port), demonstration.token, [*DIALLING, *DIALLED], stopped)


def _address(web_port: int) -> str:
    return f"http://{LOOPBACK}:{web_port}"


async def _until(demonstration: Demonstration, stopped: asyncio.Event, words: str, wanted: int, reached: Any) -> None:
    with progress_bar() as bar:
        task = bar.add_task(words, total=wanted)
        try:
            async with asyncio.timeout(LIVE_LIMIT):
                while not stopped.is_set():
                    count = reached(await demonstration.status())
                    bar.update(task, completed=count)
                    if count >= wanted:
                        return
        except TimeoutError:
            err.print(f"[yellow]Note:[/] {words}: not all within {LIVE_LIMIT:.0f} s; see 'doorward status'.")


def _tell(demonstration: Demonstration, web_port: int) -> None:
    settings = demonstration.folder / "doorward.toml"
    step("Running")
    print_facts(
        "Console",
        [
            ("Address", f"{_address(web_port)}/"),
            ("User", ADMINISTRATOR),
            ("Password", demonstration.password),
        ],
    )
    out.print("\nWhat happens at the doors, as it happens:")
    out.print(
        escape(f'  curl -N -H "Authorization: Bearer {demonstration.token}" {_address(web_port)}/api/v1/stream'),
        soft_wrap=True,
    )
    out.print("The fleet:")
    out.print(escape(f"  doorward status --watch --settings {settings}"), soft_wrap=True)
    out.print("\nCtrl-C ends everything.")

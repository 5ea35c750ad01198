"""The examples of the client, each as a program of its own against a running server with a virtual device."""

from __future__ import annotations

import asyncio
import csv
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from doorward.client import AsyncClient, Client, EventOut, NotAllowed
from tests.console.console_server import ConsoleServer, DeviceSite
from tests.server.conftest import key_file, sqlite_template  # noqa: F401 - fixtures

# isort: split
from doorward.server.devices.models import Device
from doorward.server.doors.models import Door
from doorward.server.events.models import Event, StreamPosition
from doorward.server.operators.models import Operator
from doorward.server.operators.services import create_token
from tests.console.seeds import FIRST, fill_site

EXAMPLES = Path(__file__).parents[2] / "examples"
SECONDS = 60
YESTERDAY = 40


@dataclass(frozen=True)
class Running:
    """A server with a connected device, and a token."""

    server: ConsoleServer
    site: DeviceSite
    token: str
    folder: Path

    @property
    def device_id(self) -> int:
        return self.site.ids[0]

    def start(self, name: str, *arguments: str, token: str = "") -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(EXAMPLES / name), self.server.url, *arguments],
            env={**os.environ, "DOORWARD_TOKEN": token or self.token, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
        )

    def run(self, name: str, *arguments: str, code: int = 0, token: str = "") -> str:
        with self.start(name, *arguments, token=token) as process:
            out, err = process.communicate(timeout=SECONDS)
        assert process.returncode == code, err
        return out if code == 0 else err


def fill() -> None:
    fill_site(events=YESTERDAY)
    # All of them lie in the middle of yesterday.
    noon = timezone.now().replace(hour=12, minute=0) - timedelta(days=1)
    for number, event in enumerate(Event.objects.order_by("position")):
        Event.objects.filter(position=event.position).update(utc=noon + timedelta(minutes=number))


@pytest.fixture(scope="module")
def running(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:  # noqa: F811
    folder = tmp_path_factory.mktemp("examples")
    path = folder / "database.sqlite3"
    shutil.copy(sqlite_template, path)
    server = ConsoleServer(folder, f"sqlite:///{path}")
    site = None
    try:
        server.account("chief", "administrator")
        server.database(fill)
        token = server.database(lambda: create_token(Operator.objects.get(), "examples")[1])
        server.start()
        site = DeviceSite(server, 1, models=["biostation-t2"])
        ids = site.ids
        with Client(server.url, token) as client:
            site.run(approved(server.url, token, ids[0]))
            site.all_live()
            # The states are written down a moment after they change.
            deadline = time.monotonic() + SECONDS
            while client.devices.show_device(ids[0]).state not in {"live", "catching up"}:
                assert time.monotonic() < deadline
        yield Running(server, site, token, folder)
    finally:
        if site is not None:
            site.close()
        server.close()
        print(server.log)  # noqa: T201 - shown with a test that failed


async def approved(url: str, token: str, device_id: int) -> None:
    """Let the device in as soon as it has called."""
    async with AsyncClient(url, token) as client, client.stream(after=0, kinds=["device"]) as stream:
        async with asyncio.timeout(SECONDS):
            async for item in stream:
                if getattr(item, "device", None) == device_id:
                    await client.devices.approve_device(device_id, name="Main gate")
                    return


def test_a_door_is_opened(running: Running) -> None:
    door = running.server.database(lambda: Door.objects.get(device=running.device_id))
    said = running.run("open_door.py", str(door.pk), "--reason", "Delivery")
    assert said.startswith("Main gate: ")
    with Client(running.server.url, running.token) as client:
        entry = next(
            entry
            for entry in client.each(client.audit.list_audit, action="door.open", limit=1)
            if entry.object_type == "door"
        )
        assert (entry.outcome, entry.actor, entry.object_id) == ("done", "chief", str(door.pk))
        assert client.doors.show_door(door.pk).lock in {"unlocked", "locked", "unknown"}


def test_a_door_that_is_none_and_a_token_that_may_not(running: Running) -> None:
    assert "0 doors are called 'Nowhere'" in running.run("open_door.py", "Nowhere", code=2)
    with Client(running.server.url, running.token) as client:
        new = client.operators.create_token(name="looks only", scopes=["doors.view"])
    said = running.run("open_door.py", "Main gate", code=1, token=new.token)
    assert "doors.open" in said
    assert running.run("open_door.py", "Main gate", code=1, token="doorward_x_y").startswith("A token is needed")


def test_the_stream_goes_on_where_it_was(running: Running) -> None:
    state = running.folder / "position.txt"
    arguments = ["--state", str(state), "--kind", "event"]
    first = running.run("follow_stream.py", *arguments, "--after", "0", "--count", "3").splitlines()
    assert [line.split()[0] for line in first] == ["1", "2", "3"]
    assert state.read_text() == "3"
    second = running.run("follow_stream.py", *arguments, "--count", "2").splitlines()
    assert [line.split()[0] for line in second] == ["4", "5"]
    last = running.server.database(lambda: StreamPosition.objects.get().last)
    state.write_text(str(last))
    # Started again at the end, it shows what the device tells then.
    with running.start("follow_stream.py", *arguments, "--count", "1") as process:
        running.site.run(swipe(running.site))
        out, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, err
    assert f"device {running.device_id}" in out


async def swipe(site: DeviceSite) -> None:
    device = site.site.diallers[0].device
    device.swipe(device.people.users.cards()[0])


def test_yesterday_in_a_data_frame(running: Running) -> None:
    kept = running.folder / "events.csv"
    said = running.run("yesterday.py", "--csv", str(kept))
    assert said.startswith(f"{YESTERDAY} events on ")
    assert "access granted" in said
    assert str(FIRST) in said
    with kept.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == YESTERDAY
    assert {int(row["origin"]) for row in rows} == {FIRST, FIRST + 1, FIRST + 2}
    assert running.run("yesterday.py", "--day", "2001-01-01").startswith("0 events on 2001-01-01")


def test_the_client_against_a_server(running: Running) -> None:
    with Client(running.server.url, running.token) as client:
        assert client.operators.show_me().name == "chief"
        assert "doorward" in client.system.show_metrics()
        every = [device.device_id for device in client.each(client.devices.list_devices, limit=2)]
        assert every == sorted({*every, running.device_id})
        events = list(client.each(client.events.list_events, limit=7, device=[FIRST]))
        assert all(isinstance(event, EventOut) and event.utc.tzinfo is not None for event in events)
        assert len({event.position for event in events}) == len(events) > 7
        with client.events.export_events(format="jsonl", device=[FIRST]) as download:
            assert sum(1 for _ in download.lines()) == len(events)
        group = client.devices.create_group(name="Gates")
        changed = client.devices.change_device(running.device_id, group_id=group.id)
        assert changed.group == "Gates"
        assert client.devices.change_device(running.device_id, group_id=None).group is None
        client.devices.delete_group(group.id)
        assert group.id not in {each.id for each in client.devices.list_groups()}
        history = list(client.each(client.devices.history, running.device_id, limit=1))
        assert len(history) > 1
    with Client(running.server.url, "doorward_wrong_token") as client, pytest.raises(NotAllowed):
        client.system.show_status()
    assert running.server.database(lambda: Device.objects.get(pk=running.device_id).name) == "Main gate"

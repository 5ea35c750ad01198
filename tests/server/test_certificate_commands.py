"""``doorward devices certificate`` against a server that runs, each in a process of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from doorward.protocol.biostar1.redial import ServerAddress
from doorward.simulator.server_dialler import DialBehaviour, ServerDialler
from doorward.simulator.server_site import ServerModeSite
from doorward.simulator.site import VirtualSite
from doorward.transport import TlsStream
from tests.server.test_commands import Site

QUICK = DialBehaviour(broken_wait=(0.1, 0.2), refused_wait=(0.1, 0.2))
SECONDS = 30.0
STATION, CAMERA = "10001", "10002"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


async def becomes(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not condition():  # noqa: ASYNC110 - many things change it
            await asyncio.sleep(0.05)


def has_tls(dialler: ServerDialler) -> bool:
    return dialler.live.is_set() and all(isinstance(stream, TlsStream) for stream in dialler._streams.values())


def certificates(site: Site) -> list[dict[str, Any]]:
    return [json.loads(line) for line in site.run("devices", "certificate", "list", "--json").splitlines()]


async def test_issue_list_revoke_and_remove(site: Site) -> None:
    site.init()
    assert "No server runs" in site.run("devices", "certificate", "issue", STATION, code=3)
    with site.serving():
        await with_devices(site)
    assert [row["state"].partition(" ")[0] for row in certificates(site)] == ["revoked", "revoked"]


async def with_devices(site: Site) -> None:
    async def run(*words: str, code: int = 0) -> str:
        return await asyncio.to_thread(site.run, "devices", *words, code=code)

    devices = VirtualSite(2, models=["biostation", "d-station"], people=1, first_id=int(STATION))
    server = ServerAddress("127.0.0.1", site.device_port)
    async with ServerModeSite(devices, server, behaviour=QUICK) as dialling:
        station = dialling.diallers[0]
        assert "is not connected" in await run_until(run, "certificate", "issue", STATION)
        await run("approve", STATION, CAMERA)
        await asyncio.wait_for(dialling.all_live(), SECONDS)
        # A model that knows no certificates.
        assert "only BioStation takes" in await run("certificate", "issue", CAMERA, code=1)
        # Issued: the device says what it did, and dials in with TLS.
        told = await issue(run)
        assert "The device took the certificate" in told
        await becomes(lambda: has_tls(station))
        (row,) = certificates(site)
        assert row["device_id"] == int(STATION)
        assert row["installed"]
        assert row["serial"] in told
        assert "(command line)" in row["issued_by"]
        assert row["state"] == "in force"
        # Removed: without TLS again.
        assert "removed its certificate" in await run("certificate", "remove", STATION)
        await becomes(lambda: station.live.is_set() and not has_tls(station))
        # Issued anew, then revoked: dropped, and told in the list of devices.
        await issue(run)
        await becomes(lambda: has_tls(station))
        assert "is revoked" in await run("certificate", "revoke", STATION, "--reason", "stolen")
        await becomes(lambda: not station.live.is_set())
        async with asyncio.timeout(SECONDS):
            while "was revoked" not in (listed := await run("list", "--json")):
                await asyncio.sleep(0.1)
        shown = {item["device_id"]: item for item in map(json.loads, listed.splitlines())}[int(STATION)]
        assert shown["state"] == "lost"
        assert shown["reason"].endswith(": stolen.")
        assert "in force" in await run("certificate", "revoke", STATION, code=2)


async def run_until(run: Any, *words: str) -> str:
    """Try until the device is known; then the command fails for another reason."""
    async with asyncio.timeout(SECONDS):
        while True:
            try:
                return str(await run(*words, code=3))
            except AssertionError:
                await asyncio.sleep(0.2)


async def issue(run: Any) -> str:
    """The device shows as connected a moment after it is."""
    async with asyncio.timeout(SECONDS):
        while True:
            try:
                return str(await run("certificate", "issue", STATION))
            except AssertionError as error:
                assert "is not connected" in str(error)
                await asyncio.sleep(0.2)

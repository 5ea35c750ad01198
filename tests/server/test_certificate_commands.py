"""``doorward devices certificate`` against a server that runs, each in a process of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from doorward.protocol.biostar1.redial import ServerAddress
from doorward.simulator.server_dialler import DialBehaviour, ServerDialler
from doorward.simulator.server_site import ServerModeSite
from doorward.simulator.site import VirtualSite
from doorward.transport import TlsStream
from tests.server.program_site import Site

QUICK = DialBehaviour(broken_wait=(0.1, 0.2), refused_wait=(0.1, 0.2))
SECONDS = 60.0
STATION = "10001"


async def becomes(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not condition():  # noqa: ASYNC110 - many things change it
            await asyncio.sleep(0.05)


def has_tls(dialler: ServerDialler) -> bool:
    return dialler.live.is_set() and all(isinstance(stream, TlsStream) for stream in dialler._streams.values())


async def test_issue_list_revoke_and_remove(site: Site) -> None:
    site.set_up()
    with site.serving() as server:
        assert server.poll() is None, server.errors
        await with_devices(site)


async def with_devices(site: Site) -> None:
    async def run(*words: str) -> str:
        return await asyncio.to_thread(site.run, "devices", *words)

    devices = VirtualSite(1, models=["biostation"], people=1, first_id=int(STATION))
    server = ServerAddress("127.0.0.1", site.device_port)
    async with ServerModeSite(devices, server, behaviour=QUICK) as dialling:
        station = dialling.diallers[0]
        await until(run, ("approve", STATION), "is approved")
        await asyncio.wait_for(dialling.all_live(), SECONDS)
        # Issued: the device says what it did, and dials in with TLS.
        told = await until(run, ("certificate", "issue", STATION), "The device took the certificate")
        await becomes(lambda: has_tls(station))
        (row,) = map(json.loads, (await run("certificate", "list", "--json")).splitlines())
        assert row["device_id"] == int(STATION)
        assert row["installed"]
        assert row["serial"] in told
        assert "(command line)" in row["issued_by"]
        assert row["state"] == "in force"
        # Removed: without TLS again.
        assert "removed its certificate" in await run("certificate", "remove", STATION)
        await becomes(lambda: station.live.is_set() and not has_tls(station))
        # Issued anew, then revoked: dropped, and told in the list of devices.
        await until(run, ("certificate", "issue", STATION), "The device took the certificate")
        await becomes(lambda: has_tls(station))
        assert "is revoked" in await run("certificate", "revoke", STATION, "--reason", "stolen")
        await becomes(lambda: not station.live.is_set())
        listed = await until(run, ("list", "--json"), "stolen")
        shown = {item["device_id"]: item for item in map(json.loads, listed.splitlines())}[int(STATION)]
        assert shown["state"] == "lost"
        assert shown["reason"].endswith(": stolen.")


async def until(run: Any, words: tuple[str, ...], wanted: str) -> str:
    """Give a command until it says what is wanted: the server writes down what happened a moment later."""
    async with asyncio.timeout(SECONDS):
        while True:
            try:
                told = str(await run(*words))
            except AssertionError:  # another exit code
                told = ""
            if wanted in told:
                return told
            await asyncio.sleep(0.2)

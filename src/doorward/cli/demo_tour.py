"""The first half of ``doorward demo``: a virtual site on this machine, and what an installer does with it."""

from __future__ import annotations

import asyncio
import csv
import time
from collections.abc import Sequence
from pathlib import Path

from rich.markup import escape

from doorward.cli.device_events import COLUMNS, Rows
from doorward.cli.output import counted, out, print_facts, print_table, progress_bar
from doorward.device import BioStar1Device, connect
from doorward.discovery import FoundDevice, read_network_settings, search
from doorward.protocol.biostar1.models import MODELS
from doorward.simulator import TrafficPlan, VirtualSite, history

RECORDS = 50_000
DEVICES = 12
BIOSTAR2_MODEL = "biostation-2"  # the twelfth device: it answers a search, too
LOG_MODEL = "biostation"
DOOR_MODEL = "bioentry-plus"


async def tour(output: Path) -> None:
    """Start a virtual site and walk through it: search, settings, log download, open a door."""
    started = time.monotonic()
    models = [model.slug for model in MODELS] + [BIOSTAR2_MODEL]
    site = VirtualSite(DEVICES, models=models, seed=1, traffic=TrafficPlan(swipes_a_minute=30))
    history(next(device for device in site.devices if device.model.slug == LOG_MODEL), RECORDS, seed=1)  # type: ignore[arg-type] # a BioStar 1 model
    async with site:
        step(f"A virtual site of {len(site.devices)} devices, each at a loopback address with its real ports")
        found = await _search(site)
        await _network_settings(_of_model(found, DOOR_MODEL))
        events, seconds = await _download(_of_model(found, LOG_MODEL), output)
        opened = await _open_door(_of_model(found, DOOR_MODEL))
    step("Done")
    print_facts(
        "",
        [
            ("Devices found", f"{len(found)}, {len({item.model for item in found})} models of both generations"),
            ("Connected in direct mode", f"{LOG_MODEL} (TCP 1470, in clear), {DOOR_MODEL} (TCP 1471, enciphered)"),
            ("Events downloaded", f"{events:,} in {seconds:.1f} s, to {output}"),
            ("Door opened", opened),
            ("Took", f"{time.monotonic() - started:.1f} s"),
        ],
    )


def step(words: str) -> None:
    """Begin a part of the demonstration."""
    out.print()
    out.rule(f"[bold]{escape(words)}[/]", align="left")


def _of_model(found: Sequence[FoundDevice], model: str) -> FoundDevice:
    return next(device for device in found if device.model == model)


async def _search(site: VirtualSite) -> tuple[FoundDevice, ...]:
    step("Search by UDP: doorward search")
    result = await search(addresses=[item.address for item in site.describe()], timeout=10)
    print_table(
        counted(len(result.devices), "device"),
        ["Device", "Model", "Generation", "Address", "Port", "ms"],
        [
            (item.device_id, item.title, item.generation, item.address, item.port, f"{item.round_trip_ms:.1f}")
            for item in result.devices
        ],
    )
    return result.devices


async def _network_settings(device: FoundDevice) -> None:
    step(f"Network settings, read by UDP: doorward network show {device.device_id}")
    settings = await read_network_settings(device)
    print_facts(
        f"{device.title} {device.device_id}",
        [
            ("Mode", settings.mode),
            ("Address", settings.address),
            ("Mask", settings.mask),
            ("Gateway", settings.gateway),
            ("TCP port", settings.port),
        ],
    )


async def _download(found: FoundDevice, target: Path) -> tuple[int, float]:
    step(f"The log, over TCP {found.port}: doorward device events {found.address} --output {target.name}")
    async with await connect(found.address, found.port) as device:
        started = time.monotonic()
        count = await _write_events(device, target)
    return count, time.monotonic() - started


async def _write_events(device: BioStar1Device, target: Path) -> int:
    rows = Rows(device.describe)
    with target.open("w", encoding="utf-8", newline="") as file, progress_bar() as bar:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        task = bar.add_task(f"{device.title} {device.device_id}", total=await device.event_count())
        written = 0
        async for chunk in device.events():
            writer.writerows(rows.row(event) for event in chunk)
            written += len(chunk)
            bar.update(task, completed=written)
            await asyncio.sleep(0)  # lets the virtual devices, which share this process, go on
    out.print(f"{written:,} events written to {escape(str(target))}", soft_wrap=True)
    return written


async def _open_door(found: FoundDevice) -> str:
    step(f"Open a door, over TCP {found.port}: doorward device open {found.address}")
    async with await connect(found.address, found.port) as device:
        before = await device.event_count()
        await device.open_door()
        last = [event async for chunk in device.events() for event in chunk][before:]
        for event in last:
            out.print(f"{event.time}  {escape(device.describe(event).words)}")
        return f"door 1 of {device.title} {device.device_id}"

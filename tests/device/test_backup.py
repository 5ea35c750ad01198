"""Backups: complete, secret, checked; restored by plan and step by step."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import stat
import zipfile
from pathlib import Path

import pytest

from doorward.device import BioStar1Device
from doorward.device.backup import save_backup
from doorward.device.backup_file import MANIFEST, DamagedBackup, load_backup
from doorward.device.restore import RestoreIncomplete, plan_restore
from doorward.model.errors import InvalidInput, NotReached, Unsupported
from doorward.model.people import Greeting, Person
from doorward.model.rights import BlacklistEntry
from doorward.protocol.biostar1.models import MODELS, Capability, Family
from doorward.protocol.biostar1.records import LegacySchedule
from doorward.simulator import VirtualDevice, fill_people, fill_rights, history
from tests.device.test_virtual_devices import GROUP, HOLIDAY, SCHEDULE, person_for
from tests.device.virtual import joined, virtual_device

every_model = pytest.mark.parametrize("slug", [model.slug for model in MODELS])


async def fill(device: BioStar1Device, virtual: VirtualDevice) -> None:
    """Something of everything that the model keeps."""
    model = virtual.model
    await device.enroll([person_for(model, number) for number in range(1, 71)])
    await device.rights.schedules.put(SCHEDULE)
    await device.rights.holidays.put(HOLIDAY)
    await device.rights.access_groups.put(GROUP)
    await device.blacklist.add([BlacklistEntry(person=7)])
    await device.blacklist.add([BlacklistEntry(card=9, card_custom_id=2)], extended=True)
    layout = await device.template_cards.layout()
    await device.template_cards.set_layout(dataclasses.replace(layout, template_count=2))
    if model.can(Capability.SCREEN) and model.slug != "biolite-net":
        await device.people.set_picture(1, b"jpeg" * 700)
    if model.can(Capability.PRIVATE_GREETING):
        await device.greetings.set(Greeting(person=1, text="Hi", picture=b"png"))
    if model.family is Family.BIOSTATION:
        await device.rights.legacy.schedules.add(LegacySchedule(schedule_id=2, name="Old"))
    if model.family is Family.COMPACT:
        await device.configuration.change("settings", matching_timeout=7)
    else:
        await device.configuration.change("doors", anti_passback_type=1)
    history(virtual, 400)


def files(folder: Path) -> list[str]:
    return sorted(item.name for item in folder.iterdir())


async def contents(device: BioStar1Device) -> dict[str, object]:
    """What a restore can make equal."""
    blocks = {
        known.name: await device.configuration.read_bytes(known.number)
        for known in device.configuration.types
        if known.name in ("doors", "inputs", "outputs", "operation-mode", "display")
    }
    return {
        "people": [person async for person in device.people.all()],
        "schedules": await device.rights.schedules.read(),
        "holidays": await device.rights.holidays.read(),
        "groups": await device.rights.access_groups.read(),
        "blacklist": await device.blacklist.read(),
        "extended": await device.blacklist.read(extended=True),
        "layout": await device.template_cards.layout(),
        **blocks,
    }


@every_model
async def test_a_backup_brings_another_device_to_the_same_state(slug: str, tmp_path: Path) -> None:
    path = tmp_path / "device.backup"
    parts: set[str] = set()
    async with virtual_device(slug) as (device, virtual):
        await fill(device, virtual)
        manifest = await save_backup(device, path, progress=lambda part, done, total: parts.add(part))
        wanted = await contents(device)
        own_network = await device.network_settings()
        log = virtual.log.content
    assert {"people", "configuration", "log"} <= parts
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert manifest.device["device_id"] == 4711
    backup = load_backup(path)
    assert backup.manifest == manifest
    assert backup.read("log") == log
    assert {part.name: part.count for part in manifest.parts}["people"] == 70
    assert next(part for part in manifest.parts if part.name == "people").secret

    async with virtual_device(slug, device_id=5000) as (device, virtual):
        before = await device.network_settings()
        plan = await plan_restore(device, backup)
        assert any("4711" in words for words in plan.warnings)
        assert not plan.is_empty
        assert any(line.startswith("people: add 1") for line in plan.lines)
        assert any("schedules: add 3" in line for line in plan.lines)
        assert any(note.startswith("log:") for note in plan.notes)
        assert await device.people_list() == []  # a plan writes nothing
        done: list[tuple[int, int | None]] = []
        await plan.apply(progress=lambda step, total: done.append((step, total)))
        assert done[-1] == (len(plan.steps), len(plan.steps))
        async with joined(virtual) as again:
            assert await contents(again) == wanted
            after = await again.network_settings()
            assert after == before  # two devices with one address disturb each other
            rest = await plan_restore(again, backup)
            assert rest.lines == ()
            with_network = await plan_restore(again, backup, with_network=True)
            assert bool(with_network.lines) == (own_network != after)


async def test_what_differs_is_told_in_words(tmp_path: Path) -> None:
    path = tmp_path / "device.backup"
    async with virtual_device("biostation") as (device, virtual):
        await fill(device, virtual)
        await save_backup(device, path, with_log=False)
        await device.delete_person(3)
        await device.people.enroll(dataclasses.replace(await device.person(4), name="Other", pin="1111"))
        await device.people.enroll(Person(number=900, name="New"))
        await device.rights.schedules.put(dataclasses.replace(SCHEDULE, number=8))
        await device.configuration.change("doors", anti_passback_type=3)
        backup = load_backup(path)
        assert not backup.has("log")
        plan = await plan_restore(device, backup)
        assert plan.lines == (
            "schedules: delete 8",
            "people: add 3 Zoë 3",
            "people: change 4 (name, PIN)",
            "Doors: anti passback type 3 -> 1",
        )
        assert "people 900 are not in the backup and stay" in plan.notes
        plan = await plan_restore(device, backup, delete_others=True)
        assert "people: delete 900" in plan.lines
        await plan.apply()
        assert (await plan_restore(device, backup, delete_others=True)).is_empty


async def test_a_restore_that_stops_tells_how_far_it_came_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "device.backup"
    async with virtual_device("xpass") as (device, virtual):
        await fill(device, virtual)
        await save_backup(device, path)
    backup = load_backup(path)
    virtual = VirtualDevice(5000, "xpass")
    async with joined(virtual) as device:
        plan = await plan_restore(device, backup)
        total = len(plan.steps)
        virtual.faults.refuse_for(1, 0x66)
        with pytest.raises(RestoreIncomplete, match="could not read or write its storage") as failure:
            await plan.apply()
        assert failure.value.done == ()
        assert failure.value.failed == plan.lines[0]
        assert failure.value.remaining == plan.lines[1:]
        steps_done = 0

        def stop(done: int, total: int | None) -> None:
            nonlocal steps_done
            steps_done = done
            if done == 2:
                task.cancel()

        task = asyncio.create_task(plan.apply(progress=stop))
        with pytest.raises(asyncio.CancelledError):
            await task
        assert 0 < plan.done < total
    async with joined(virtual) as device:
        rest = await plan_restore(device, backup)
        assert len(rest.steps) == total - plan.done
        await rest.apply()
    async with joined(virtual) as device:
        assert (await plan_restore(device, backup)).is_empty
    virtual.close()


async def test_another_family_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "device.backup"
    async with virtual_device("xpass") as (device, _):
        await save_backup(device, path)
    async with virtual_device("d-station") as (device, _):
        with pytest.raises(Unsupported, match="Xpass cannot be written to a D-Station"):
            await plan_restore(device, load_backup(path))


async def test_who_does_not_fit_is_left_out_and_told(tmp_path: Path) -> None:
    path = tmp_path / "device.backup"
    async with virtual_device("bioentry-plus") as (device, virtual):
        await device.people.enroll(person_for(virtual.model, 5))
        await save_backup(device, path)
    async with virtual_device("xpass") as (device, _):
        plan = await plan_restore(device, load_backup(path))
        assert any("person 5: fingers" in note for note in plan.notes)
        assert not any("people" in line for line in plan.lines)


async def test_nothing_is_left_behind_when_the_line_fails(tmp_path: Path) -> None:
    async with virtual_device("biostation") as (device, virtual):
        fill_rights(virtual)
        fill_people(virtual, 10)
        with pytest.raises(InvalidInput, match="folder that exists"):
            await save_backup(device, tmp_path / "nowhere" / "file")
        requests = 0

        def fail(part: str, done: int, total: int | None) -> None:
            nonlocal requests
            requests += 1
            if part == "people" and done == 3:
                task.cancel()

        task = asyncio.create_task(save_backup(device, tmp_path / "file", progress=fail))
        with pytest.raises(asyncio.CancelledError):
            await task
        assert files(tmp_path) == []
        with pytest.raises(NotReached):
            await save_backup(device, tmp_path / "file")
        assert files(tmp_path) == []


async def test_a_file_is_not_replaced_unasked(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("mine")
    async with virtual_device("xpass") as (device, _):
        with pytest.raises(InvalidInput, match="does not exist yet"):
            await save_backup(device, path)
        assert path.read_text() == "mine"
        await save_backup(device, path, overwrite=True)
        load_backup(path)
        assert files(tmp_path) == ["file"]


async def test_damaged_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with pytest.raises(InvalidInput, match="a backup that exists"):
        load_backup(path)
    path.write_text("no zip at all")
    with pytest.raises(DamagedBackup, match="not a backup"):
        load_backup(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("other", "x")
    with pytest.raises(DamagedBackup, match=r"no manifest\.json"):
        load_backup(path)
    async with virtual_device("xpass") as (device, _):
        await save_backup(device, path, overwrite=True)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}

    def rewrite(**changed: bytes) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in (members | changed).items():
                archive.writestr(name, content)

    rewrite(**{"configuration/0x50.bin": members["configuration/0x50.bin"][:-1] + b"\x01"})
    with pytest.raises(DamagedBackup, match="digest differs"):
        load_backup(path)
    rewrite(**{"configuration/0x50.bin": b"short"})
    with pytest.raises(DamagedBackup, match="12288 bytes"):
        load_backup(path)
    manifest = json.loads(members[MANIFEST])
    rewrite(**{MANIFEST: json.dumps(manifest | {"version": 2}).encode()})
    with pytest.raises(InvalidInput, match="version 1 or older"):
        load_backup(path)
    rewrite(**{MANIFEST: json.dumps(manifest | {"format": "tar"}).encode()})
    with pytest.raises(DamagedBackup, match="'tar'"):
        load_backup(path)
    rewrite(**{MANIFEST: b"{}"})
    with pytest.raises(DamagedBackup, match="manifest cannot be read"):
        load_backup(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DamagedBackup):
        load_backup(path)

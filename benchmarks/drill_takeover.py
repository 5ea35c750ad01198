"""The drill: a site of five virtual devices with 3,000 people moves into an empty server and goes to a sixth device.

The devices are of different models and hold the same people, as far as each has a place for them. Everything is read,
compared and applied as the server does it, and written to the sixth device, which must equal one of the five then. The
baseline of the reading is the list of all people without templates, which a device gives at once.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from doorward.device import BioStar1Device
from doorward.device.biostar1.opening import open_session
from doorward.model import people as model
from doorward.model.errors import NotReached
from doorward.simulator import DeviceSession, Send, VirtualDevice
from doorward.simulator.people import fill_people, fill_rights
from doorward.transport import Stream, null_modem

T = TypeVar("T")

MODELS = {21: "biostation", 22: "bioentry-plus", 23: "biostation-t2", 24: "xpass", 25: "d-station", 26: "biostation-t2"}
EQUAL, SIXTH = 23, 26
SECONDS = 900.0


async def serve(stream: Stream, virtual: VirtualDevice) -> None:
    session = DeviceSession(virtual)
    with contextlib.suppress(NotReached):
        while data := await stream.receive():
            for action in session.receive(data):
                if isinstance(action, Send):
                    await stream.send(b"".join(action.packets))


@contextlib.asynccontextmanager
async def joined(virtual: VirtualDevice) -> AsyncIterator[BioStar1Device]:
    ours, theirs = null_modem()
    serving = asyncio.create_task(serve(theirs, virtual))
    try:
        session, known, number = await open_session(ours)
        async with BioStar1Device(session, known, number) as device:
            yield device
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


class Desk:
    """Lends the drivers of virtual devices, as the server's desk does."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.drivers: dict[int, BioStar1Device] = {}
        self._stack = contextlib.AsyncExitStack()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def join(self, virtual: VirtualDevice) -> None:
        """Connect to a device."""

        async def enter() -> None:
            self.drivers[virtual.device_id] = await self._stack.enter_async_context(joined(virtual))

        asyncio.run_coroutine_threadsafe(enter(), self.loop).result(SECONDS)

    def work(self, device_id: int, work: Callable[[BioStar1Device], Coroutine[Any, Any, T]], *, seconds: float) -> T:
        """Do something with a driver."""
        del seconds  # a busy machine has its time
        return asyncio.run_coroutine_threadsafe(work(self.drivers[device_id]), self.loop).result(SECONDS)


async def _list(driver: BioStar1Device) -> int:
    return len(await driver.people.summaries())


def drill(count: int, folder: Path) -> None:
    os.environ |= {"DOORWARD_SETTINGS": str(folder / "doorward.toml"), "DOORWARD_DATA_FOLDER": str(folder)}
    from doorward.server.setup import set_up

    settings = set_up()
    from django.utils import timezone

    from doorward.server.crypto import new_key_file
    from doorward.server.database import migrate
    from doorward.server.jobs.kinds import Work, kind_named
    from doorward.server.jobs.models import Job

    new_key_file(settings.key_path)
    migrate()
    from doorward.server.access.on_devices import groups_of_people
    from doorward.server.devices.commands import set_command_desk
    from doorward.server.devices.models import Device
    from doorward.server.operators.models import Operator
    from doorward.server.operators.services import give_role
    from doorward.server.people.models import Person
    from doorward.server.people.on_devices import people_for_devices, person_for_device
    from doorward.server.takeover import services

    now, desk = timezone.now(), Desk()
    virtual = {number: VirtualDevice(number, slug) for number, slug in MODELS.items()}
    for number, device in virtual.items():
        Device.objects.create(
            device_id=number, model=MODELS[number], zone="Europe/Berlin", first_seen=now, changed=now,
            approval="approved",
        )  # fmt: skip
        if number != SIXTH:
            fill_rights(device)
            fill_people(device, count)
        desk.join(device)
    set_command_desk(desk)  # type: ignore[arg-type] # has what is used of one
    operator = Operator.objects.create_user("drill", password="a password of the drill")
    give_role(operator, "administrator", None)

    def do(job: Job | None) -> tuple[float, float]:
        """The time that a job takes, and what it computes itself meanwhile: the devices are in another thread."""
        assert job is not None
        kind = kind_named(job.kind)
        assert kind is not None
        path = folder / "file"
        path.touch()
        begin, computed = time.perf_counter(), time.thread_time()
        kind.run(Work(job.arguments, operator, path, folder, lambda *_: None))
        return time.perf_counter() - begin, time.thread_time() - computed

    begin = time.perf_counter()
    listed = sum(desk.work(number, _list, seconds=SECONDS) for number in MODELS if number != SIXTH)
    baseline = time.perf_counter() - begin
    item = services.begin(operator, list(Device.objects.exclude(pk=SIXTH)))
    reading, _ = do(item.job)
    item.refresh_from_db()
    assert item.people == count
    assert item.conflict_count == 0
    services.apply(item, item.plan)
    applying, computing = do(item.job)
    assert Person.objects.count() == count

    groups = groups_of_people(EQUAL)
    zone = ZoneInfo("Europe/Berlin")
    everybody: list[model.Person] = []
    for start in range(1, count + 1, 500):
        part = people_for_devices(range(start, start + 500))
        everybody += [person_for_device(person, groups[person.number], zone) for person in part]
    asyncio.run_coroutine_threadsafe(desk.drivers[SIXTH].people.enroll_many(everybody), desk.loop).result(SECONDS)

    async def all_of(driver: BioStar1Device) -> dict[int, model.Person]:
        return {person.number: person async for person in driver.people.all()}

    one, other = (desk.work(number, all_of, seconds=SECONDS) for number in (EQUAL, SIXTH))
    assert one == other, "the sixth device differs"
    print(f"{count:,} people on {len(MODELS) - 1} devices: the sixth device equals")
    print(f"reading and comparing {listed:,} records {reading:8.1f} s   the lists alone {baseline:6.2f} s   ratio "
          f"{baseline / reading:.3f}")  # fmt: skip
    print(f"applying {count:,} people             {applying:8.1f} s   CPU of it {computing:6.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=3_000)
    with tempfile.TemporaryDirectory() as folder:
        drill(parser.parse_args().people, Path(folder))


if __name__ == "__main__":
    main()

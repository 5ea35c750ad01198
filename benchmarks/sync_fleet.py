"""People on many virtual devices: the first full sync, and one right withdrawn from one person on all of them.

Server's side and devices share one process and its one core, joined without sockets, so the numbers are those of the
computing that both need; a real device takes longer to write, and does so beside the others. The baseline beside the
first sync is a driver that enrols the same people at one device, and nothing else.

Prints how long the first sync takes, how long until the last live device has deleted somebody who lost a right, until a
device that was away has on its return (before anything else is asked of it), and the memory of the process. Ends with
status 1 where a device holds another number of people than it should.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from pathlib import Path

from doorward.device.biostar1.opening import open_session
from doorward.gateway.collaborators import (
    AlarmCleared,
    AlarmRaised,
    Approval,
    Command,
    ConnectionMode,
    DeviceEntry,
    Happening,
    PollSettings,
    Sighting,
)
from doorward.gateway.gateway import Gateway
from doorward.gateway.settings import GatewaySettings
from doorward.model.errors import NotReached
from doorward.model.people import Card, Person
from doorward.simulator import DeviceSession, Send, VirtualDevice
from doorward.transport import Stream, null_modem

MODEL = "bioentry-plus"
FIRST = 10_001
SETTLED_WITHIN = 7_200.0
LOOK = 0.05
GROUP = 1


class Station:
    """A virtual device at the end of a null modem."""

    def __init__(self, device_id: int) -> None:
        self.device = VirtualDevice(device_id, MODEL)
        self.reachable = True
        self._streams: list[Stream] = []

    async def dial(self) -> Stream:
        """A new line to it."""
        if not self.reachable:
            raise NotReached(f"Device {self.device.device_id} is not there.")
        ours, theirs = null_modem()
        self._streams.append(theirs)
        asyncio.get_running_loop().create_task(self._serve(theirs))
        return ours

    def leave(self) -> None:
        """Be gone."""
        self.reachable = False
        for stream in self._streams:
            stream.abort()
        self._streams.clear()

    async def _serve(self, stream: Stream) -> None:
        session = DeviceSession(self.device)
        with contextlib.suppress(NotReached):
            while data := await stream.receive():
                for action in session.receive(data):
                    if isinstance(action, Send):
                        await stream.send(b"".join(action.packets))


class Fleet:
    """The stations, as the gateway dials them and as its directory knows them."""

    def __init__(self, count: int) -> None:
        self.stations = {number: Station(number) for number in range(FIRST, FIRST + count)}
        self.entries = {
            number: DeviceEntry(
                device_id=number,
                model=MODEL,
                approval=Approval.APPROVED,
                mode=ConnectionMode.DIRECT,
                address=str(number),
                poll=PollSettings(30.0, 60.0),
            )
            for number in self.stations
        }

    async def dial(self, host: str, port: int, *, timeout: float, local_address: str | None = None) -> Stream:  # noqa: ASYNC109
        """Dial a station."""
        del port, timeout, local_address
        return await self.stations[int(host)].dial()

    def people(self) -> list[int]:
        """How many people each station holds."""
        return [len(station.device.people.users) for station in self.stations.values()]


def set_up(folder: Path) -> None:
    """Django with an empty database of its own."""
    os.environ["DOORWARD_SETTINGS"] = str(folder / "doorward.toml")
    os.environ["DOORWARD_DATA_FOLDER"] = str(folder)
    from doorward.server.setup import set_up as set_django_up

    settings = set_django_up()
    from doorward.server.crypto import new_key_file
    from doorward.server.database import migrate

    new_key_file(settings.key_path)
    migrate()


def fill(fleet: Fleet, people: int) -> None:
    """People in one group that may pass everywhere."""
    from django.db import transaction
    from django.utils import timezone

    from doorward.server.access.models import AccessGroup, AccessRight, Membership
    from doorward.server.devices.models import Device
    from doorward.server.doors.models import Door
    from doorward.server.people import models
    from doorward.server.sync.models import ManagedDevice

    now = timezone.now()
    with transaction.atomic():
        group = AccessGroup.objects.create(number=GROUP, name="Everybody")
        for number in fleet.stations:
            device = Device.objects.create(
                device_id=number, model=MODEL, approval="approved", first_seen=now, changed=now
            )
            door, _ = Door.objects.get_or_create(device=device, number=0)
            AccessRight.objects.create(group=group, door=door)
            ManagedDevice.objects.create(device=device, managed=True, check_wanted=now)
        rows = [
            models.Person(number=number, name=f"Person {number}", created=now, changed=now)
            for number in range(1, people + 1)
        ]
        models.Person.objects.bulk_create(rows, batch_size=1_000)
        models.Card.objects.bulk_create(
            [models.Card(person=row, number=1_000_000 + row.number) for row in rows], batch_size=1_000
        )
        Membership.objects.bulk_create([Membership(group=group, person=row) for row in rows], batch_size=1_000)


def withdraw(number: int) -> None:
    """Take a person out of the group."""
    from django.db import transaction

    from doorward.server.access.models import Membership
    from doorward.server.sync.marking import mark_people

    with transaction.atomic():
        Membership.objects.filter(person__number=number).delete()
        mark_people([number], urgent=True)


async def baseline(people: int) -> float:
    """Seconds in which a driver alone enrols as many people at one device."""
    station = Station(1)
    session, model, number = await open_session(await station.dial())
    from doorward.device import BioStar1Device

    async with BioStar1Device(session, model, number) as device:
        begin = time.perf_counter()
        await device.people.enroll_many(
            Person(number=each, cards=(Card(1_000_000 + each),), access_groups=(GROUP,))
            for each in range(1, people + 1)
        )
        return time.perf_counter() - begin


async def measure(devices: int, people: int) -> bool:
    """Run it; tells whether every device held what it should."""
    from doorward.server.events.live import LiveEvents
    from doorward.server.events.store import DatabaseEventStore
    from doorward.server.sync.roster import DatabaseRoster

    fleet = Fleet(devices)
    await asyncio.to_thread(fill, fleet, people)
    alone = await baseline(people)
    print(f"A driver alone: {people / alone:,.0f} people/s", flush=True)
    store = DatabaseEventStore(LiveEvents())
    await store.start()
    roster = DatabaseRoster(store.writer)
    await roster.start()
    gateway = Gateway(GatewaySettings(port=None), Directory(fleet), store, Quiet(), roster=roster, dialer=fleet.dial)
    begin, worked = time.perf_counter(), time.process_time()
    await gateway.start()
    told = begin

    def show() -> None:
        nonlocal told
        if time.perf_counter() - told >= 10:
            told = time.perf_counter()
            print(f"  {told - begin:6.0f} s: {sum(fleet.people()):,} of {devices * people:,}", flush=True)

    await until(lambda: min(fleet.people()) == people, show)
    seconds = time.perf_counter() - begin
    rate = devices * people / seconds
    print(f"First sync of {people:,} people on {devices} devices: {seconds:,.1f} s, {rate:,.0f} people/s", flush=True)
    worked = time.process_time() - worked
    print(f"  {worked:,.1f} s of CPU; ratio to a driver alone {rate * alone / people:.3f}", flush=True)
    away = fleet.stations[FIRST]
    away.leave()
    await asyncio.sleep(2)
    live = [station for station in fleet.stations.values() if station is not away]
    for number in (people // 2, people // 3, people // 4):
        begin, worked = time.perf_counter(), time.process_time()
        await asyncio.to_thread(withdraw, number)
        committed = time.perf_counter()
        await until(partial(gone, number, live))
        done = time.perf_counter()
        worked = time.process_time() - worked
        words = f"{done - begin:.2f} s from the click, {done - committed:.2f} s from the commit, {worked:.2f} s of CPU"
        print(f"One right withdrawn: gone from {len(live)} live devices {words}", flush=True)
    begin = time.perf_counter()
    away.reachable = True
    await until(partial(gone, people // 2, [away]))
    print(f"The device that was away lost it {time.perf_counter() - begin:.2f} s after it could be dialled", flush=True)
    await gateway.stop()
    await roster.stop()
    await store.stop()
    kept = people - len({people // 2, people // 3, people // 4})
    right = set(fleet.people()) == {kept}
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"Most memory, devices included: {megabytes:,} MB. Every device holds {kept:,} people: {right}")
    return right


def gone(number: int, stations: Sequence[Station]) -> bool:
    """Whether no station holds a person."""
    return not any(number in station.device.people.users for station in stations)


async def until(condition: Callable[[], bool], show: Callable[[], None] = lambda: None) -> None:
    """Wait for something that the virtual devices tell."""
    async with asyncio.timeout(SETTLED_WITHIN):
        while not condition():
            show()
            await asyncio.sleep(LOOK)


class Directory:
    """Knows the fleet."""

    def __init__(self, fleet: Fleet) -> None:
        self._entries = fleet.entries

    async def entry(self, device_id: int) -> DeviceEntry | None:
        """A device."""
        return self._entries.get(device_id)

    async def direct_entries(self) -> list[DeviceEntry]:
        """All."""
        return list(self._entries.values())

    async def sighted(self, sighting: Sighting) -> DeviceEntry:
        """As it is."""
        return self._entries[sighting.device_id]

    async def changes(self) -> AsyncIterator[int]:
        """None ever."""
        await asyncio.Event().wait()
        yield 0

    async def user_by_id(self, device_id: int, user: int) -> bytes | None:
        """Nobody asks."""
        del device_id, user
        return None

    async def user_by_card(self, device_id: int, card: int, custom_id: int) -> bytes | None:
        """Nobody asks."""
        del device_id, card, custom_id
        return None


class Quiet:
    """A bus that tells of alarms alone."""

    def publish(self, happening: Happening) -> None:
        """Tell it."""
        if isinstance(happening, AlarmRaised | AlarmCleared):
            print(f"  {happening}", flush=True)

    async def commands(self) -> AsyncIterator[Command]:
        """None ever."""
        await asyncio.Event().wait()
        yield Command("", 0)

    async def finished(self, outcome: object) -> None:
        """Nobody waits."""
        del outcome


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, default=200)
    parser.add_argument("--people", type=int, default=10_000)
    options = parser.parse_args()
    print("Load of this machine: {:.1f} {:.1f} {:.1f}".format(*os.getloadavg()))
    with tempfile.TemporaryDirectory(prefix="doorward-bench-") as folder:
        set_up(Path(folder))
        right = asyncio.run(measure(options.devices, options.people))
    sys.exit(0 if right else 1)


if __name__ == "__main__":
    main()

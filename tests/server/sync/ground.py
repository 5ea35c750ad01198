"""A gateway over the database's roster, with virtual devices at the other end of null modems."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, TypeVar

from asgiref.sync import sync_to_async
from django.db import transaction
from django.utils import timezone

from doorward.device.biostar1.holdings import held_people, table_essence, written_person
from doorward.device.biostar1.right_records import read_group, read_holiday, read_schedule
from doorward.gateway.collaborators import Approval, ConnectionMode, DeviceEntry, DeviceState, PollSettings
from doorward.gateway.gateway import Gateway
from doorward.model.errors import NotReached
from doorward.protocol.biostar1.commands import rights as right_commands
from doorward.protocol.biostar1.message import Message
from doorward.protocol.biostar1.records import AccessGroup, Holiday, Schedule
from doorward.protocol.layout import split_records
from doorward.server.devices.models import Device
from doorward.server.doors.models import Door
from doorward.server.events.live import LiveEvents
from doorward.server.events.store import DatabaseEventStore
from doorward.server.people.models import Person
from doorward.server.sync.choices import Comparing
from doorward.server.sync.desired import Profile, groups_at, prepare
from doorward.server.sync.models import Difference, ManagedDevice, Waiting
from doorward.server.sync.roster import DatabaseRoster
from doorward.server.sync.tables import tables_of
from doorward.simulator import Cut, DeviceSession, Follow, Send, VirtualDevice
from doorward.simulator.outcome import After, Outcome
from doorward.transport import Stream, null_modem
from doorward.transport.null_modem import Faults
from tests.support.event_store import InMemoryEventStore
from tests.support.gateway_site import MemoryBus, MemoryDirectory, quick_settings

T = TypeVar("T")
ZONE = "Europe/Berlin"
READS = frozenset({"ReadLog", "ReadLogRange"})


class Station:
    """A virtual device in direct mode, at the end of a line that can be cut.

    Attributes:
        device: The device.
        reachable: Whether it can be dialled.
        asked: Names of the commands that came, by their numbers, since the last connection.
        cut_after: Bytes after which the next line is cut.
    """

    def __init__(self, device_id: int, model: str) -> None:
        self.device = VirtualDevice(device_id, model)
        self.reachable = True
        self.asked: list[int] = []
        self.cut_after: int | None = None
        self._streams: list[Stream] = []
        answer = self.device.answer

        def noted(request: Message) -> Outcome:
            self.asked.append(request.command)
            return answer(request)

        self.device.answer = noted  # type: ignore[method-assign]

    def cut(self) -> None:
        """Cut the line."""
        for stream in self._streams:
            stream.abort()
        self._streams.clear()

    async def dial(self) -> Stream:
        """A new line to it."""
        if not self.reachable:
            raise NotReached(f"Device {self.device.device_id} is not there.")
        self.asked.clear()
        faults, self.cut_after = Faults(cut_after=self.cut_after), None
        ours, theirs = null_modem(left_to_right=faults)
        self._streams.append(theirs)
        asyncio.get_running_loop().create_task(self._serve(theirs))
        return ours

    async def _serve(self, stream: Stream) -> None:
        session = DeviceSession(self.device)
        with contextlib.suppress(NotReached):
            while data := await stream.receive():
                for action in session.receive(data):
                    if isinstance(action, Send):
                        await stream.send(b"".join(action.packets))
                    elif isinstance(action, Cut) or action.after is not After.NOTHING:
                        assert isinstance(action, Cut | Follow)
                        stream.close()
                        return


class Site:
    """Stations, and the side of the server that can be stopped and started again."""

    def __init__(self, *models: str) -> None:
        self.stations = {number: Station(number, model) for number, model in enumerate(models, 1001)}
        self._stack: contextlib.AsyncExitStack | None = None
        self.roster: DatabaseRoster
        self.gateway: Gateway
        self.bus: MemoryBus

    async def start(self) -> None:
        """Start the server's side."""
        entries = [
            DeviceEntry(
                device_id=number,
                model=station.device.model.slug,
                approval=Approval.APPROVED,
                mode=ConnectionMode.DIRECT,
                address=str(number),
                zone=ZONE,
                poll=PollSettings(0.5, 5.0),
            )
            for number, station in self.stations.items()
        ]
        async with contextlib.AsyncExitStack() as stack:
            store = DatabaseEventStore(LiveEvents())
            await store.start()
            stack.push_async_callback(store.stop)
            self.roster = DatabaseRoster(store.writer)
            await self.roster.start()
            stack.push_async_callback(self.roster.stop)
            self.bus = MemoryBus()
            self.gateway = Gateway(
                quick_settings(port=None),
                MemoryDirectory(*entries),
                InMemoryEventStore(),
                self.bus,
                roster=self.roster,
                dialer=self._dial,
            )
            await self.gateway.start()
            stack.push_async_callback(self.gateway.stop)
            self._stack = stack.pop_all()

    async def stop(self) -> None:
        """Stop it."""
        stack, self._stack = self._stack, None
        if stack is not None:
            await stack.aclose()

    async def _dial(self, host: str, port: int, *, timeout: float, local_address: str | None = None) -> Stream:  # noqa: ASYNC109
        del port, timeout, local_address
        return await self.stations[int(host)].dial()

    async def until(self, condition: Callable[[], bool], seconds: float = 60.0) -> None:
        """Wait until something that the database says holds."""
        asking = sync_to_async(condition)
        try:
            async with asyncio.timeout(seconds):
                while not await asking():  # noqa: ASYNC110 - the database tells nobody
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"not in time; {await sync_to_async(standing)()}") from None

    async def until_settled(self) -> None:
        """Wait until nothing waits at any station that is there."""
        there = [number for number, station in self.stations.items() if station.reachable]
        await self.until(lambda: settled(there))

    async def until_live(self, device_id: int) -> None:
        """Wait until a station is live."""
        await self.bus.until_state(device_id, DeviceState.LIVE)


async def do(change: Callable[[], T]) -> T:
    """Change the data in one transaction."""

    def work() -> T:
        with transaction.atomic():
            return change()

    return await sync_to_async(work)()


def settled(device_ids: Iterable[int]) -> bool:
    """Whether nothing is under way for devices."""
    numbers = list(device_ids)
    managed = ManagedDevice.objects.filter(pk__in=numbers, managed=True)
    busy = managed.exclude(comparing=Comparing.NOT).exists() or managed.filter(check_wanted__isnull=False).exists()
    return not busy and not Waiting.objects.filter(device_id__in=numbers, due__isnull=False).exists()


def standing() -> str:
    """How it stands, for a test that fails."""
    return str(
        [
            [dataclasses.astuple(each) if dataclasses.is_dataclass(each) else each for each in rows]
            for rows in (
                ManagedDevice.objects.values(),
                Waiting.objects.values("device_id", "number", "urgency", "due", "tries", "problem"),
                Difference.objects.values("device_id", "number", "kind", "answer"),
            )
        ]
    )


def make_devices(site: Site, *, managed: bool = True, **values: Any) -> dict[int, Door]:
    """The site's devices and a door of each in the database."""
    now = timezone.now()
    doors = {}
    for number, station in site.stations.items():
        device = Device.objects.create(
            device_id=number,
            model=station.device.model.slug,
            approval=Approval.APPROVED.value,
            zone=ZONE,
            first_seen=now,
            changed=now,
        )
        doors[number], _ = Door.objects.get_or_create(device=device, number=0)
        ManagedDevice.objects.create(device=device, managed=managed, check_wanted=now if managed else None, **values)
    return doors


def what_it_holds(station: Station) -> dict[int, bytes]:
    """Everybody on a virtual device, header and templates."""
    users = station.device.people.users
    found = {}
    for number in users:
        user = users[number]
        (held,) = held_people(user.form, user.header)
        found[number] = held.essence + user.templates
    return found


def what_it_should_hold(station: Station) -> dict[int, bytes]:
    """The same by the data; who does not fit is left out."""
    number = station.device.device_id
    profile = Profile(station.device.model.slug, ZONE)
    wanted = groups_at([number])[number]
    found = {}
    for row in Person.objects.filter(number__in=wanted):
        person = prepare(row, wanted[row.number], profile).person
        if person is not None:
            written = written_person(profile.form, person)
            found[row.number] = written.essence + written.templates
    return found


def its_tables(station: Station) -> tuple[bytes, bytes, bytes]:
    """Holidays, schedules and groups of a virtual device."""
    content = station.device.rights.content
    return (
        table_essence(map(read_holiday, split_records(Holiday, content(right_commands.HOLIDAYS)))),
        table_essence(map(read_schedule, split_records(Schedule, content(right_commands.SCHEDULES)))),
        table_essence(map(read_group, split_records(AccessGroup, content(right_commands.ACCESS_GROUPS)))),
    )


def tables_it_should_have(station: Station) -> tuple[bytes, bytes, bytes]:
    """The same by the data."""
    tables = tables_of(station.device.device_id)
    return (
        table_essence(tables.holidays or ()),
        table_essence(tables.schedules or ()),
        table_essence(tables.access_groups or ()),
    )


def assert_exact(station: Station) -> None:
    """A device holds what the data say, no more and no less."""
    assert what_it_holds(station) == what_it_should_hold(station)
    assert its_tables(station) == tables_it_should_have(station)


@contextlib.asynccontextmanager
async def running(site: Site) -> AsyncIterator[Site]:
    """The server's side of a site while the body runs."""
    await site.start()
    try:
        yield site
    finally:
        await site.stop()

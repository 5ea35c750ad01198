"""Connecting: the right port, the right device, and again after a loss."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from doorward.device import BioStar1Device, Reconnector, ReconnectPolicy, WrongDevice, WrongGeneration, connect
from doorward.device.reconnect import Backoff, ReconnectState
from doorward.model.errors import DoorwardError, InvalidInput, NotReached, TimedOut, Unsupported
from doorward.protocol.biostar1.models import MODELS
from doorward.simulator import VirtualDevice
from doorward.transport import Address, Stream, listen, null_modem
from doorward.transport.errors import dial_error
from tests.device.fakes import ScriptedDevice, frame, request_fields
from tests.device.virtual import serve


class Network:
    """Hosts and ports that a test makes up; everything else refuses."""

    def __init__(self) -> None:
        self.ports: dict[int, VirtualDevice | bytes | None] = {}
        self.dialled: list[int] = []
        self.attempted = asyncio.Event()
        self.tasks: list[asyncio.Task[None]] = []
        self.streams: list[Stream] = []

    async def dialled_often(self, count: int) -> None:
        """Wait until so many attempts were made."""
        while len(self.dialled) < count:
            self.attempted.clear()
            await self.attempted.wait()

    async def dial(self, host: str, port: int, **options: object) -> Stream:
        self.dialled.append(port)
        self.attempted.set()
        if port not in self.ports:
            raise dial_error(ConnectionRefusedError(111, "refused"), Address(host, port))
        ours, theirs = null_modem()
        listening = self.ports[port]
        self.streams.append(theirs)
        if isinstance(listening, VirtualDevice):
            self.tasks.append(asyncio.create_task(serve(theirs, listening)))
        elif listening is None:
            theirs.close()
        else:
            await theirs.send(listening)
        return ours


@asynccontextmanager
async def network() -> AsyncIterator[Network]:
    made = Network()
    try:
        yield made
    finally:
        for task in made.tasks:
            task.cancel()
        await asyncio.gather(*made.tasks, return_exceptions=True)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.slug)
async def test_the_port_of_the_model_is_found(model) -> None:  # type: ignore[no-untyped-def]
    async with network() as net:
        net.ports[model.tcp_port] = VirtualDevice(77, model)
        async with await connect("door", dialer=net.dial) as device:
            assert (device.device_id, device.model) == (77, model.slug)
            assert await device.event_count() >= 0
        assert net.dialled == [1470, 1471][: 1 if model.tcp_port == 1470 else 2]
        net.dialled.clear()
        async with await connect("door", model=model.slug, dialer=net.dial) as device:
            assert await device.event_count() >= 0
        assert net.dialled == [model.tcp_port]


async def test_when_nothing_listens_both_ports_are_named() -> None:
    async with network() as net:
        with pytest.raises(NotReached, match=r"1470 and 1471.*door:1470.*door:1471"):
            await connect("door", dialer=net.dial)
        with pytest.raises(NotReached, match="Nothing listens on door:1470"):
            await connect("door", 1470, dialer=net.dial)


async def test_real_sockets_say_the_same() -> None:
    with pytest.raises(NotReached, match="1470 and 1471"):
        await connect("127.0.9.9", dial_timeout=2)


async def test_another_device_or_model_is_refused() -> None:
    async with network() as net:
        net.ports[1471] = VirtualDevice(77, "xpass")
        with pytest.raises(WrongDevice, match=r"is device 77 \(Xpass\), not device 78") as failure:
            await connect("door", device_id=78, dialer=net.dial)
        assert failure.value.device_id == 77
        with pytest.raises(WrongDevice, match=r"is a Xpass \(device 77\), not a BioEntry Plus"):
            await connect("door", model="bioentry-plus", dialer=net.dial)
        async with await connect("door", device_id=77, model="XPass", dialer=net.dial) as device:
            assert device.device_id == 77


async def test_wrong_input_is_refused_before_anything_is_dialled() -> None:
    async with network() as net:
        for options, words in (
            ({"model": "iphone"}, "biostation, bioentry-plus"),
            ({"generation": "biostar9"}, "biostar1 or biostar2"),
            ({"text_codec": "klingon"}, "code page"),
        ):
            with pytest.raises(InvalidInput, match=words):
                await connect("door", dialer=net.dial, **options)  # type: ignore[arg-type]
        with pytest.raises(Unsupported, match="BioStar 2"):
            await connect("door", generation="biostar2", dialer=net.dial)
        assert net.dialled == []


async def test_something_else_that_listens_is_told_from_a_device() -> None:
    async with network() as net:
        net.ports[1470] = b"HTTP/1.1 400 Bad Request\r\n\r\n"
        with pytest.raises(WrongGeneration, match="not a BioStar 1 device"):
            await connect("door", dialer=net.dial)
        net.ports[1470] = None
        with pytest.raises(NotReached, match="closed the connection instead of saying who it is") as failure:
            await connect("door", dialer=net.dial)
        assert "one client at a time" in failure.value.advice
        net.ports[1470] = b""
        with pytest.raises(TimedOut, match="did not answer the question who it is"):
            await connect("door", timeout=0.05, dialer=net.dial)


@pytest.mark.parametrize(("number", "words"), [(0x08, "Secure I/O"), (0x63, "unknown type 0x63")])
async def test_a_type_that_cannot_be_spoken_to(number: int, words: str) -> None:
    async def dial(host: str, port: int, **options: object) -> Stream:
        ours, theirs = null_modem()
        fakes.append(ScriptedDevice(theirs, lambda packet: [frame(1, 0, 5, number)]))
        return ours

    fakes: list[ScriptedDevice] = []
    with pytest.raises(Unsupported, match=words):
        await connect("door", dialer=dial)
    for fake in fakes:
        await fake.close()


async def test_over_real_sockets() -> None:
    virtual = VirtualDevice(77, "d-station")

    async def answer(stream: Stream) -> None:
        await serve(stream, virtual)

    async with (
        await listen(answer, "127.0.0.1", 0) as listener,
        await connect("127.0.0.1", listener.addresses[0].port) as device,
    ):
        assert (await device.information()).device_id == 77
        assert await device.people_list() == []


# Again after a loss.


async def test_a_lost_connection_is_made_anew_at_the_next_request() -> None:
    async with network() as net:
        net.ports[1470] = VirtualDevice(77, "biostation")
        policy = ReconnectPolicy(first_wait=0.01, longest_wait=0.02)
        async with await connect("door", reconnect=policy, dialer=net.dial) as device:
            first = await device.context.requester.current()
            net.streams[-1].close()
            await asyncio.wait_for(first.wait_lost(), 30)
            assert await device.event_count() >= 0
            assert await device.context.requester.current() is not first
            del net.ports[1470]
            net.streams[-1].close()
            await asyncio.wait_for((await device.context.requester.current()).wait_lost(), 30)
            waiting = asyncio.create_task(device.time())
            await asyncio.wait_for(net.dialled_often(4), 30)
            net.ports[1470] = VirtualDevice(77, "biostation")
            assert (await asyncio.wait_for(waiting, 30)).year > 2000
            net.ports[1470] = VirtualDevice(78, "biostation")
            net.streams[-1].close()
            await asyncio.wait_for((await device.context.requester.current()).wait_lost(), 30)
            with pytest.raises(WrongDevice):
                await device.time()
        with pytest.raises(NotReached, match="is closed"):
            await device.time()


async def test_attempts_come_to_an_end() -> None:
    async with network() as net:
        net.ports[1470] = VirtualDevice(77, "biostation")
        policy = ReconnectPolicy(first_wait=0.001, longest_wait=0.002, attempts=3)
        async with await connect("door", reconnect=policy, dialer=net.dial) as device:
            del net.ports[1470]
            net.streams[-1].close()
            await (await device.context.requester.current()).wait_lost()
            with pytest.raises(NotReached, match="Nothing listens"):
                await device.time()
            assert net.dialled == [1470] * 4


def test_waits_grow_to_a_cap_and_differ_by_chance() -> None:
    async def waits() -> list[float]:
        backoff = Backoff(ReconnectPolicy(first_wait=1, longest_wait=10, jitter=0.2), chance=random.Random(3))
        found = [backoff.failed(NotReached("x")) for _ in range(6)]
        backoff.reset()
        assert backoff.failed(NotReached("x")) <= 1.2
        assert backoff.failed(WrongDevice("x")) >= 8  # waiting seldom mends that
        return found

    found = asyncio.run(waits())
    for wait, middle in zip(found, (1, 2, 4, 8, 10, 10), strict=True):
        assert 0.8 * middle <= wait <= min(1.2 * middle, 10)
    assert len({wait / middle for wait, middle in zip(found, (1, 2, 4, 8), strict=False)}) > 1


@pytest.mark.parametrize(
    "values", [{"first_wait": 0}, {"first_wait": 5, "longest_wait": 1}, {"factor": 0.5}, {"jitter": 1}, {"attempts": 0}]
)
def test_a_policy_that_makes_no_sense(values: dict[str, float]) -> None:
    with pytest.raises(InvalidInput):
        ReconnectPolicy(**values)  # type: ignore[arg-type]


class Line:
    """A connection that ends when it is told to."""

    def __init__(self) -> None:
        self.ending = asyncio.Event()
        self.closed = False

    async def wait_lost(self) -> DoorwardError:
        await self.ending.wait()
        return NotReached("the line is gone")

    async def close(self) -> None:
        self.closed = True


async def test_a_reconnector_makes_a_new_connection_each_time() -> None:
    made: list[Line] = []
    states: list[ReconnectState] = []
    failures: Sequence[DoorwardError] = [NotReached("first"), NotReached("second")]
    left = list(failures)
    connected = asyncio.Event()

    async def attempt() -> Line:
        if left:
            raise left.pop(0)
        made.append(Line())
        return made[-1]

    async def work(line: Line) -> None:
        connected.set()
        await asyncio.Event().wait()

    reconnector = Reconnector(
        attempt,
        work,
        policy=ReconnectPolicy(first_wait=0.001, longest_wait=0.002),
        changed=lambda state, reason: states.append(state),
    )
    running = asyncio.create_task(reconnector.run())
    await asyncio.wait_for(connected.wait(), 30)
    assert reconnector.reason is failures[1]
    connected.clear()
    made[0].ending.set()
    await asyncio.wait_for(connected.wait(), 30)
    assert [line.closed for line in made] == [True, False]
    assert states[:6] == [
        ReconnectState.CONNECTING, ReconnectState.WAITING, ReconnectState.CONNECTING, ReconnectState.WAITING,
        ReconnectState.CONNECTING, ReconnectState.CONNECTED,
    ]  # fmt: skip
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert [line.closed for line in made] == [True, True]
    assert reconnector.state is ReconnectState.STOPPED


async def test_a_wait_is_cut_short_by_waking() -> None:
    attempts = 0
    waiting = asyncio.Event()

    async def attempt() -> Line:
        nonlocal attempts
        attempts += 1
        raise NotReached("away")

    async def work(line: Line) -> None:
        """Never reached."""

    def changed(state: ReconnectState, reason: DoorwardError | None) -> None:
        if state is ReconnectState.WAITING:
            waiting.set()

    reconnector = Reconnector(attempt, work, policy=ReconnectPolicy(first_wait=60, longest_wait=60), changed=changed)
    running = asyncio.create_task(reconnector.run())
    await asyncio.wait_for(waiting.wait(), 30)
    await asyncio.sleep(0)
    waiting.clear()
    reconnector.wake()
    await asyncio.wait_for(waiting.wait(), 30)
    assert attempts == 2
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_mistake_in_the_work_is_not_taken_for_a_lost_line() -> None:
    line = Line()

    async def attempt() -> Line:
        return line

    async def work(line: Line) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await Reconnector(attempt, work).run()
    assert line.closed


async def test_waiting_for_the_end_of_a_connection() -> None:
    async with network() as net:
        net.ports[1470] = VirtualDevice(77, "biostation")
        async with await connect("door", dialer=net.dial) as device:
            assert isinstance(device, BioStar1Device)
            lost = asyncio.create_task(device.wait_lost())
            net.streams[-1].close()
            assert "closed the connection" in (await asyncio.wait_for(lost, 30)).message


async def test_stations_that_close_idle_connections_are_kept_alive() -> None:
    asked = asyncio.Event()

    def answer(packet: bytes) -> Sequence[bytes]:
        command = request_fields(packet)[0]
        if command == 4:
            asked.set()
        return [frame(1, 0, 5, 4)] if command == 1 else [frame(command)]

    async def dial(host: str, port: int, **options: object) -> Stream:
        ours, theirs = null_modem()
        fakes.append(ScriptedDevice(theirs, answer))
        return ours

    fakes: list[ScriptedDevice] = []
    async with await connect("door", keep_alive=0.01, dialer=dial):
        await asyncio.wait_for(asked.wait(), 30)
    for fake in fakes:
        await fake.close()

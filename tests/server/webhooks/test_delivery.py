from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from doorward.server.events.choices import Kind
from doorward.server.events.happenings import tell
from doorward.server.events.live import LiveEvents
from doorward.server.events.models import Alarm, Happening
from doorward.server.events.store import DatabaseEventStore
from doorward.server.webhooks import delivery as delivery_module
from doorward.server.webhooks.delivery import Deliverer, Source, Stale
from doorward.server.webhooks.models import DeadLetter, Webhook
from doorward.server.webhooks.sending import Answer, DeliveryFailed
from doorward.server.webhooks.services import change_webhook, create_webhook
from doorward.server.webhooks.signing import signature
from tests.server.events.traffic import NOW, add_device, proof, submission

HOUR = 3600.0


class Clock:
    """Time that passes only where somebody sleeps."""

    def __init__(self) -> None:
        self.time = datetime.now(UTC).timestamp()
        self.naps: list[float] = []

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.time += seconds
        await asyncio.sleep(0)


@dataclass
class Receiver:
    """Takes deliveries in memory, and fails as it is told to."""

    clock: Clock
    secret: str = ""
    failing_until: float = 0.0
    status: int = 500
    lose_answers: int = 0
    retry_after: float = 0.0
    attempts: list[tuple[float, str]] = field(default_factory=list)
    arrived: list[tuple[str, list[dict[str, Any]]]] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    before: Callable[[], Awaitable[None]] | None = None

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        number = headers["Doorward-Delivery"]
        self.attempts.append((self.clock.time, number))
        assert headers["Doorward-Signature"] == signature(self.secret, body, int(self.clock.time))
        if self.before is not None:
            await self.before()
        if self.clock.time < self.failing_until:
            if self.status == 0:
                raise DeliveryFailed("It cannot be reached.")
            return Answer(self.status, self.retry_after)
        content = json.loads(body)
        assert content["id"] == number
        self.arrived.append((number, content["items"]))
        self.changed.set()
        if self.lose_answers:
            self.lose_answers -= 1
            raise DeliveryFailed("The line was cut.")
        return Answer(204)

    async def close(self) -> None:
        pass

    @property
    def positions(self) -> list[int]:
        """What arrived, without what came twice under the same number."""
        once = dict(self.arrived)
        return [item["position"] for items in once.values() for item in items]

    async def until(self, last: int) -> None:
        """Wait until a position has arrived."""
        async with asyncio.timeout(60):
            while not self.positions or self.positions[-1] < last:
                self.changed.clear()
                await self.changed.wait()


@pytest.fixture
async def store(database: str) -> AsyncIterator[DatabaseEventStore]:
    await sync_to_async(add_device)(7)
    await sync_to_async(add_device)(8)
    made = DatabaseEventStore(LiveEvents())
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as made:
        yield made


@dataclass
class Site:
    """A webhook, its receiver, and the deliverer between them."""

    store: DatabaseEventStore
    executor: ThreadPoolExecutor
    clock: Clock
    receiver: Receiver
    webhook: Webhook
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def start(self) -> asyncio.Task[None]:
        """Begin to deliver with what is kept, as after a start of the server."""
        await self.webhook.arefresh_from_db()
        deliverer = Deliverer(
            self.webhook,
            Source(self.store.live, self.executor),
            self.store.writer,
            self.receiver,
            give_up_seconds=72 * HOUR,
            now=self.clock.now,
            sleep=self.clock.sleep,
        )
        task = asyncio.create_task(deliverer.run())
        self.tasks.append(task)
        return task

    async def stop(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def events(self, count: int, start: int = NOW) -> None:
        proofs = (proof(start + n) for n in range(count))
        await self.store.append(submission(*proofs, received=self.clock.time))

    async def kept(self, condition: Callable[[Webhook], bool]) -> Webhook:
        async with asyncio.timeout(60):
            while not condition(found := await Webhook.objects.aget()):  # noqa: ASYNC110 - another thread writes it
                await asyncio.sleep(0.01)
        return found


@pytest.fixture
async def site(store: DatabaseEventStore, executor: ThreadPoolExecutor) -> AsyncIterator[Site]:
    clock = Clock()
    webhook, secret = await sync_to_async(create_webhook)("reports", "http://127.0.0.1:9/", by="kim")
    made = Site(store, executor, clock, Receiver(clock, secret), webhook)
    yield made
    await made.stop()


async def test_a_receiver_that_fails_for_an_hour_gets_all_of_it_in_order_and_once(site: Site) -> None:
    begin = site.clock.time
    site.receiver.failing_until = begin + HOUR
    made = 0

    async def more() -> None:
        """While it fails events go on happening."""
        nonlocal made
        if site.clock.time < site.receiver.failing_until:
            await site.events(7, NOW + 10 * made)
            made += 7

    site.receiver.before = more
    await site.events(3, NOW - 100)
    await site.start()
    await site.receiver.until(3)
    await site.receiver.until(3 + made)
    assert made > 70
    # All in order, each in one delivery.
    events = [item for _, items in site.receiver.arrived for item in items if item["kind"] == "event"]
    positions = [item["position"] for _, items in site.receiver.arrived for item in items]
    assert len(events) == 3 + made
    assert positions == sorted(set(positions))
    numbers = [number for number, _ in site.receiver.arrived]
    assert len(numbers) == len(set(numbers))
    # The first was sent again and again under one number, with waits that grow up to five minutes.
    failed = [number for moment, number in site.receiver.attempts if moment < begin + HOUR]
    assert set(failed) == {numbers[0]}
    waits = [nap for nap in site.clock.naps if nap > delivery_module.PACE_SECONDS]
    assert 0.5 <= waits[0] <= 1
    assert max(waits) <= 300
    assert waits[-1] >= 150
    assert 15 <= len(failed) <= 40
    found = await site.kept(lambda webhook: webhook.failing_since is None)
    assert (found.attempts, found.last_error, found.next_attempt) == (0, "", None)
    # It was told that it failed and that it works again: once each.
    what = [json.loads(data)["what"] async for data in Happening.objects.values_list("data", flat=True)]
    assert [each for each in what if each != "added"] == ["failing", "delivering again"]


async def test_a_lost_answer_is_sent_again_under_the_same_number(site: Site) -> None:
    site.receiver.lose_answers = 2
    await site.events(5)
    await site.start()
    await site.receiver.until(5)
    async with asyncio.timeout(60):
        while len(site.receiver.arrived) < 3:  # noqa: ASYNC110 - it comes by itself
            await asyncio.sleep(0.01)
    # What follows is the news that it works again, which has a number of its own.
    assert len({number for number, _ in site.receiver.arrived[:3]}) == 1
    assert site.receiver.arrived[0][1] == site.receiver.arrived[1][1] == site.receiver.arrived[2][1]


async def test_a_server_that_is_killed_after_sending_sends_the_same_again(site: Site) -> None:
    async def never() -> None:
        site.receiver.arrived.append((site.receiver.attempts[-1][1], []))
        site.receiver.changed.set()
        await asyncio.Event().wait()

    site.receiver.before = never
    await site.events(5)
    await site.start()
    async with asyncio.timeout(60):
        await site.receiver.changed.wait()
    await site.stop()
    ((first, _),) = site.receiver.arrived
    await site.events(5, NOW + 100)  # more has come: the delivery stays as it was
    site.receiver.before = None
    await site.start()
    await site.receiver.until(10)
    assert [(number == first, [item["position"] for item in items]) for number, items in site.receiver.arrived[1:]] == [
        (True, [1, 2, 3, 4, 5]),
        (False, [6, 7, 8, 9, 10]),
    ]


async def test_a_long_backlog_goes_in_full_batches_from_the_database(site: Site) -> None:
    site.store.live._size = 100
    for begin in range(0, 1050, 150):
        await site.events(150, NOW + begin)
    assert site.store.live.after(0, 1) is None
    await site.start()
    await site.receiver.until(1050)
    assert site.receiver.positions == list(range(1, 1051))
    assert [len(items) for _, items in site.receiver.arrived][:10] == [100] * 10
    assert (await site.kept(lambda webhook: webhook.cursor == 1050)).delivery == ""


async def test_only_what_is_wanted_is_sent(site: Site) -> None:
    await sync_to_async(change_webhook)(site.webhook.pk, by="kim", devices=[8], kinds=["event", "alarm"])
    await site.start()
    await site.events(20)
    await site.store.append(submission(proof(NOW, device=8), device=8))
    await site.receiver.until(21)
    assert site.receiver.positions == [21]
    assert (await site.kept(lambda webhook: webhook.cursor == 21)).delivery == ""


async def test_what_cannot_be_delivered_in_three_days_is_given_up_and_told(site: Site) -> None:
    await sync_to_async(change_webhook)(site.webhook.pk, by="kim", kinds=["event"])
    site.receiver.failing_until = site.clock.time + 80 * HOUR
    site.receiver.status = 0
    await site.events(250)
    await site.start()
    async with asyncio.timeout(60):
        while await DeadLetter.objects.acount() < 3:  # noqa: ASYNC110 - another thread writes it
            await asyncio.sleep(0.01)
    letters = [letter async for letter in DeadLetter.objects.order_by("pk")]
    assert [(letter.after, letter.until, letter.count) for letter in letters] == [
        (0, 100, 100), (100, 200, 100), (200, 250, 50),
    ]  # fmt: skip
    assert letters[0].error == "It cannot be reached."
    assert (letters[0].given_up - letters[0].failing_since).total_seconds() >= 72 * HOUR
    alarm = await Alarm.objects.aget()
    assert "reports" in alarm.words
    assert alarm.cleared is None
    # What comes after that is tried for its own three days, and arrives when the receiver is back.
    begin = site.store.live.last
    await site.events(5, NOW + 1000)
    await site.receiver.until(begin + 5)
    assert site.receiver.positions == list(range(begin + 1, begin + 6))
    assert site.clock.time >= site.receiver.failing_until
    await site.kept(lambda webhook: webhook.failing_since is None)
    assert (await Alarm.objects.aget()).cleared is not None


async def test_a_receiver_that_is_gone_is_switched_off(site: Site) -> None:
    site.receiver.failing_until, site.receiver.status = site.clock.time + HOUR, 410
    await site.events(5)
    task = await site.start()
    await asyncio.wait_for(task, 60)
    webhook = await Webhook.objects.aget()
    assert not webhook.enabled
    assert "410" in webhook.disabled_reason
    assert (webhook.cursor, len(site.receiver.attempts)) == (0, 1)
    assert "switched off" in (await Alarm.objects.aget()).words
    # Switched on again it goes on where it was.
    site.receiver.failing_until = 0
    await sync_to_async(change_webhook)(site.webhook.pk, by="kim", enabled=True)
    await site.start()
    await site.receiver.until(5)
    assert site.receiver.positions[:5] == [1, 2, 3, 4, 5]
    assert (await Alarm.objects.aget()).cleared is not None


async def test_a_redirection_is_a_failure_and_a_wish_to_wait_is_heard(site: Site) -> None:
    site.receiver.failing_until, site.receiver.status = site.clock.time + 100, 307
    site.receiver.retry_after = 120
    await site.events(1)
    await site.start()
    await site.receiver.until(1)
    assert len(site.receiver.attempts) == 2
    assert max(site.clock.naps) == 120


async def test_a_deliverer_of_an_old_state_keeps_nothing(site: Site) -> None:
    task = await site.start()
    await sync_to_async(change_webhook)(site.webhook.pk, by="kim", url="http://127.0.0.1:10/")
    await site.events(1)
    with pytest.raises(Stale):
        await asyncio.wait_for(task, 60)
    assert (await Webhook.objects.aget()).delivery == ""
    assert site.receiver.attempts == []


async def test_what_comes_fast_goes_out_together(site: Site) -> None:
    await site.start()
    for number in range(60):
        await site.store.append(submission(proof(NOW + number)))
    await site.receiver.until(60)
    assert site.receiver.positions == list(range(1, 61))


async def test_happenings_are_sent_in_the_shape_of_the_stream(site: Site) -> None:
    await asyncio.wrap_future(site.store.writer.call(lambda: tell(Kind.SERVER, {"what": "started"})))
    await site.start()
    await site.receiver.until(1)
    (item,) = site.receiver.arrived[0][1]
    assert (item["position"], item["kind"], item["what"], item["device"]) == (1, "server", "started", None)

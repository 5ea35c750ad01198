"""Delivering what happens to one receiver: in order, again and again until it has it, or until it is given up."""

from __future__ import annotations

import asyncio
import logging
import random
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Protocol, TypeVar

from doorward.server.events.alarms import clear_alarms, raise_alarm
from doorward.server.events.choices import Kind
from doorward.server.events.happenings import tell
from doorward.server.events.live import HappeningRow, LiveEvents, StreamRow, moment
from doorward.server.events.models import Alarm
from doorward.server.events.reading import StreamFilter, read_and_close
from doorward.server.events.shapes import shown_text
from doorward.server.webhooks.models import DeadLetter, Webhook
from doorward.server.webhooks.sending import GONE, DeliveryFailed, Sender, send

logger = logging.getLogger(__name__)

T = TypeVar("T")

MOST_ITEMS: Final = 100
MOST_BYTES: Final = 256 * 1024
# So many lines are looked through at a time for those that are wanted.
LOOKED_AT_ONCE: Final = 500
# A delivery that is not full waits this long after the one before: what comes fast goes out together.
PACE_SECONDS: Final = 0.25
FIRST_WAIT: Final = 1.0
LONGEST_WAIT: Final = 300.0
# Where nothing is wanted the cursor is kept this often, so that a new start need not look through everything again.
KEEP_SECONDS: Final = 60.0


class Stale(Exception):
    """Somebody has changed the webhook, so what was read of it holds no more."""


class Writer(Protocol):
    """Runs a function in the thread that writes; see ``doorward.server.events.writer``."""

    def call(self, function: Callable[[], T]) -> Future[T]:
        """Run it."""
        ...


@dataclass(frozen=True, slots=True)
class Source:
    """Where the lines come from.

    Attributes:
        live: The newest ones.
        executor: Reads older ones from the database.
    """

    live: LiveEvents
    executor: Executor

    async def after(self, position: int, wanted: StreamFilter, most: int) -> tuple[list[StreamRow], int]:
        """Wanted lines after a position, and the position up to which it was looked."""
        rows = self.live.after(position, most)
        if rows is None:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self.executor, read_and_close, position, wanted, most)
        return [row for row in rows if wanted.takes(row)], rows[-1].position if rows else position


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines that are sent together.

    Attributes:
        delivery: Number of the delivery.
        after: Position after which it begins.
        until: Position of the last line.
        items: The lines, as JSON.
        newest: When the last of them was kept, in seconds since 1970 in UTC.
    """

    delivery: str
    after: int
    until: int
    items: tuple[str, ...]
    newest: float = field(default=0.0, compare=False)

    @property
    def full(self) -> bool:
        """Whether more of them waited."""
        return len(self.items) >= MOST_ITEMS


def batch_of(delivery: str, after: int, rows: Sequence[StreamRow]) -> Batch:
    """As many of the rows as fit into one delivery."""
    items: list[str] = []
    size = 0
    for row in rows[:MOST_ITEMS]:
        text = shown_text(row)
        size += len(text)
        if items and size > MOST_BYTES:
            break
        items.append(text)
    last = rows[len(items) - 1]
    kept = last.at if isinstance(last, HappeningRow) else moment(last.received)
    return Batch(delivery, after, last.position, tuple(items), kept.timestamp())


class Deliverer:
    """Delivers to one receiver. Lives in the event loop.

    Args:
        webhook: The webhook as it is now; a later change of it ends this deliverer, and another one is made.
        source: Where the lines come from.
        writer: Keeps how far it has come.
        sender: Sends.
        give_up_seconds: After so long a delivery is given up.
        now: Gives the moment, in seconds since 1970 in UTC.
        sleep: Waits.
    """

    def __init__(
        self,
        webhook: Webhook,
        source: Source,
        writer: Writer,
        sender: Sender,
        *,
        give_up_seconds: float,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._source = source
        self._writer = writer
        self._sender = sender
        self._give_up_seconds = give_up_seconds
        self._now = now
        self._sleep = sleep
        self._pk, self._changed = webhook.pk, webhook.changed
        self._name, self._url, self._secret = webhook.name, webhook.url, webhook.secret
        self._wanted = webhook.wanted
        self._selection = {
            "kinds": webhook.kinds,
            "devices": webhook.devices,
            "categories": webhook.categories,
        }
        self._cursor = webhook.cursor
        self._on_its_way = (webhook.delivery, webhook.delivery_until or 0) if webhook.delivery else None
        self._failing_since = None if webhook.failing_since is None else webhook.failing_since.timestamp()
        self._attempts = webhook.attempts
        self._next_attempt = 0.0 if webhook.next_attempt is None else webhook.next_attempt.timestamp()
        self._last_error = webhook.last_error
        self._kept = webhook.cursor
        self._kept_at = now()
        self._sent_at = 0.0

    async def run(self) -> None:
        """Deliver for ever; ends when the receiver says that it is gone.

        Raises:
            Stale: The webhook was changed.
            StoreUnavailable: It cannot be kept how far it has come; what was delivered is delivered again under the
                same number.
            DatabaseError: The database cannot be read.
        """
        while True:
            batch = await self._next_batch()
            if not await self._deliver(batch):
                return

    # --- What is sent next --------------------------------------------------------------------------------------------

    async def _next_batch(self) -> Batch:
        if self._on_its_way is not None:
            # An attempt was made before; whether it arrived is not known. The same lines go under the same number.
            delivery, until = self._on_its_way
            rows, _ = await self._source.after(self._cursor, self._wanted, LOOKED_AT_ONCE)
            rows = [row for row in rows if row.position <= until]
            if rows:
                return batch_of(delivery, self._cursor, rows)
            self._on_its_way = None
        while True:
            rows, looked = await self._source.after(self._cursor, self._wanted, LOOKED_AT_ONCE)
            if rows:
                await self._pace(len(rows) >= MOST_ITEMS)
                if len(rows) < MOST_ITEMS:
                    rows, looked = await self._source.after(self._cursor, self._wanted, LOOKED_AT_ONCE)
                batch = batch_of(str(uuid.uuid4()), self._cursor, rows)
                self._on_its_way = batch.delivery, batch.until
                await self._keep()
                return batch
            self._cursor = looked
            if self._cursor < self._source.live.last:
                continue
            # What was delivered is kept before it waits; what was only looked through, now and then.
            delivered = self._sent_at >= self._kept_at
            if self._kept != self._cursor and (delivered or self._now() - self._kept_at > KEEP_SECONDS):
                await self._keep()
            await self._source.live.wait(self._cursor, KEEP_SECONDS)
            if self._source.live.closed:
                await asyncio.Event().wait()  # the server is stopping, and ends this

    async def _pace(self, full: bool) -> None:
        left = self._sent_at + PACE_SECONDS - self._now()
        if left > 0 and not full:
            await self._sleep(left)

    # --- One delivery -------------------------------------------------------------------------------------------------

    async def _deliver(self, batch: Batch) -> bool:
        """Send until it has arrived or is given up; False when the receiver is gone for good."""
        while True:
            if self._is_overdue(batch):
                await self._give_up(batch)
                return True
            wait = self._next_attempt - self._now()
            if wait > 0:
                await self._sleep(min(wait, LONGEST_WAIT))
            try:
                answer = await send(self._sender, self._url, self._secret, batch.delivery, batch.items, self._now())
            except DeliveryFailed as error:
                await self._failed(error.message, 0.0)
                continue
            if answer.taken:
                await self._arrived(batch)
                return True
            if answer.status == GONE:
                await self._gone(answer.words)
                return False
            await self._failed(answer.words, answer.retry_after)

    def _is_overdue(self, batch: Batch) -> bool:
        # The receiver has failed for so long, and the lines have waited for so long: what came late in a long outage is
        # still tried for its full time.
        latest = self._now() - self._give_up_seconds
        return self._failing_since is not None and self._failing_since <= latest and batch.newest <= latest

    async def _arrived(self, batch: Batch) -> None:
        self._cursor, self._on_its_way = batch.until, None
        self._sent_at = self._now()
        if self._failing_since is None:
            return  # it is kept with the next delivery, or when there is nothing to do
        self._failing_since, self._attempts, self._next_attempt, self._last_error = None, 0, 0.0, ""

        def tell_recovery() -> None:
            tell(Kind.WEBHOOK, {"what": "delivering again", "webhook": self._pk, "name": self._name})
            clear_alarms(alarm_kind(self._pk))

        await self._keep(tell_recovery)

    async def _failed(self, words: str, retry_after: float) -> None:
        first = self._failing_since is None
        now = self._now()
        self._attempts += 1
        self._last_error = words
        if self._failing_since is None:
            self._failing_since = now
        wait = min(FIRST_WAIT * 2.0 ** min(self._attempts - 1, 20), LONGEST_WAIT)
        # Receivers that were away together shall not be asked together.
        wait *= random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, hides nothing
        self._next_attempt = now + max(wait, min(retry_after, LONGEST_WAIT))
        logger.info("Webhook %s: %s Attempt %s follows.", self._name, words, self._attempts + 1)

        def tell_failure() -> None:
            data = {"what": "failing", "webhook": self._pk, "name": self._name, "words": words}
            tell(Kind.WEBHOOK, data)

        await self._keep(tell_failure if first else None)

    async def _give_up(self, batch: Batch) -> None:
        assert self._failing_since is not None
        since, now = _moment(self._failing_since), _moment(self._now())
        self._cursor, self._on_its_way = batch.until, None
        count = len(batch.items)
        words = (
            f"The webhook {self._name} has failed since {since:%Y-%m-%d %H:%M} UTC: what waited longest is given up. "
            f"It can be sent again from the list of the webhook. {self._last_error}"
        )

        def bury() -> None:
            letter = DeadLetter.objects.create(
                webhook_id=self._pk,
                delivery=batch.delivery,
                after=batch.after,
                until=batch.until,
                count=count,
                failing_since=since,
                given_up=now,
                error=self._last_error,
                **self._selection,
            )
            tell(
                Kind.WEBHOOK,
                {
                    "what": "given up",
                    "webhook": self._pk,
                    "name": self._name,
                    "delivery": batch.delivery,
                    "dead_letter": letter.pk,
                    "count": count,
                    "words": self._last_error,
                },
            )
            raise_once(alarm_kind(self._pk), words)

        logger.warning("%s", words)
        await self._keep(bury)

    async def _gone(self, words: str) -> None:
        reason = f"{words} It says that it is gone for good."
        self._last_error = reason

        def switch_off() -> None:
            Webhook.objects.filter(pk=self._pk).update(
                enabled=False, disabled_reason=reason, changed=_moment(self._now())
            )
            tell(Kind.WEBHOOK, {"what": "disabled", "webhook": self._pk, "name": self._name, "words": reason})
            raise_once(alarm_kind(self._pk), f"The webhook {self._name} was switched off. {reason}")

        logger.warning("The webhook %s was switched off. %s", self._name, reason)
        await self._keep(switch_off)

    async def _keep(self, besides: Callable[[], None] | None = None) -> None:
        """Keep how far it has come, and do something else in the same transaction."""
        delivery, until = self._on_its_way or ("", None)
        state: dict[str, Any] = {
            "cursor": self._cursor,
            "delivery": delivery,
            "delivery_until": until,
            "failing_since": None if self._failing_since is None else _moment(self._failing_since),
            "attempts": self._attempts,
            "next_attempt": _moment(self._next_attempt) if self._next_attempt else None,
            "last_error": self._last_error,
        }
        if self._sent_at:
            state["last_delivered"] = _moment(self._sent_at)

        def write() -> None:
            if not Webhook.objects.filter(pk=self._pk, changed=self._changed).update(**state):
                raise Stale
            if besides is not None:
                besides()

        await asyncio.wrap_future(self._writer.call(write))
        self._kept, self._kept_at = self._cursor, self._now()


def alarm_kind(webhook_id: int) -> str:
    """Name of the alarm that a receiver has not got everything."""
    return f"webhook-{webhook_id}"


def raise_once(kind: str, words: str) -> None:
    """Raise an alarm of the server unless it stands."""
    if not Alarm.objects.filter(kind=kind, cleared__isnull=True).exists():
        raise_alarm(kind, words)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)

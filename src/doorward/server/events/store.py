"""The event store of the gateway: a face in the event loop for the thread that writes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from django.db import DEFAULT_DB_ALIAS

from doorward.gateway.collaborators import StoreUnavailable
from doorward.gateway.ledger import Appended, LedgerState, Submission
from doorward.server.events.live import LiveEvents, StreamRow
from doorward.server.events.writer import EventWriter, Pending

# A device waits some ten seconds for the answer to a push before it drops the connection; what the writer has not
# begun with by then is better taken back than kept without anybody knowing.
PATIENCE_SECONDS: Final = 15.0
LOOKS: Final = 10
# So many rows may wait for the writer; more would only make the last ones wait in vain.
MOST_WAITING_ROWS: Final = 500_000


class DatabaseEventStore:
    """Keeps events in the database of the server. Lives in the event loop in which it is started.

    Args:
        live: Takes the new events for the readers of the stream.
        alias: Name of the database among Django's.
        patience: Seconds after which a submission that the writer has not begun with is taken back.
    """

    def __init__(self, live: LiveEvents, *, alias: str = DEFAULT_DB_ALIAS, patience: float = PATIENCE_SECONDS) -> None:
        self.live = live
        self.writer = EventWriter(self._committed, self._reopened, alias=alias)
        self._patience = patience
        self._waiting: dict[Pending, asyncio.Future[Appended]] = {}
        self._waiting_rows = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Open the database.

        Raises:
            StoreUnavailable: It cannot be opened.
        """
        self._loop = asyncio.get_running_loop()
        self.live.forget(await asyncio.to_thread(self.writer.start))
        self._watch = asyncio.create_task(self._look_for_late(), name="event-store-watch")

    async def stop(self) -> None:
        """Keep what was given, then close the database."""
        if self._watch is not None:
            self._watch.cancel()
        await asyncio.to_thread(self.writer.stop)
        # What the writer has told last is on its way into this loop.
        await asyncio.sleep(0)

    async def append(self, submission: Submission) -> Appended:
        """Keep a submission; see ``doorward.gateway.collaborators.EventStore``.

        Raises:
            StoreUnavailable: Nothing of it was kept.
        """
        assert self._loop is not None, "the store was not started"
        rows = len(submission.proofs)
        if self._waiting_rows and self._waiting_rows + rows > MOST_WAITING_ROWS:
            raise StoreUnavailable(f"The database is too slow: {self._waiting_rows} events wait to be written.")
        pending = Pending(submission, self._loop.time())
        future: asyncio.Future[Appended] = self._loop.create_future()
        self._waiting[pending] = future
        self._waiting_rows += rows
        self.writer.give(pending)
        return await future

    async def state(self, device_id: int) -> LedgerState:
        """The state after the last commit; see ``doorward.gateway.collaborators.EventStore``.

        Raises:
            StoreUnavailable: It cannot be read now.
        """
        return await asyncio.wrap_future(self.writer.state(device_id))

    async def _look_for_late(self) -> None:
        """Take back what the writer has not begun with in time; one look for all is cheaper than a timer for each."""
        assert self._loop is not None
        interval = self._patience / LOOKS
        while True:
            await asyncio.sleep(interval)
            latest = self._loop.time() - self._patience
            withdrawn = []
            for pending in self._waiting:  # in the order in which they were given
                if pending.given > latest:
                    break
                if self.writer.withdraw(pending):
                    withdrawn.append(pending)
            for pending in withdrawn:
                pending.error = StoreUnavailable(
                    f"The database is too slow: it has not taken an event in {self._patience:g} seconds."
                )
            self._settle(withdrawn, [])

    def _committed(self, batch: list[Pending], new_rows: Sequence[StreamRow]) -> None:
        """Called in the writer's thread."""
        self._tell(self._settle, batch, new_rows)

    def _reopened(self, last: int) -> None:
        """Called in the writer's thread."""
        self._tell(self.live.forget, last)

    def _tell(self, function: object, *arguments: object) -> None:
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(function, *arguments)  # type: ignore[arg-type]  # its type cannot name this
        except RuntimeError:
            # The loop is closed: nobody waits any more, and what was committed is in the database.
            return

    def _settle(self, batch: list[Pending], new_rows: Sequence[StreamRow]) -> None:
        self.live.publish(new_rows)
        for pending in batch:
            future = self._waiting.pop(pending, None)
            if future is None:
                continue
            self._waiting_rows -= len(pending.submission.proofs)
            if future.done():
                continue
            if pending.outcome is not None:
                future.set_result(pending.outcome)
            elif pending.error is not None:
                future.set_exception(pending.error)

"""The one thread that writes events: many submissions in one transaction, each kept whole or not at all.

One writer, so positions become visible in their order: whoever has read up to a position will never find an earlier
one afterwards. The row ``StreamPosition`` is the fence: each transaction moves it from where this writer left it, so
a second writer on the same database is refused before it can do harm.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.utils import (
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
)

from doorward.gateway.collaborators import StoreUnavailable
from doorward.gateway.ledger import Appended, LedgerState, Proof, Source, Submission
from doorward.server.database import explain
from doorward.server.devices.models import Device
from doorward.server.events.alarms import tell_raised
from doorward.server.events.catalogue import generation_number, meaning
from doorward.server.events.choices import AlarmSource, Severity
from doorward.server.events.happenings import Told, collect_into, insert_happenings, numbered
from doorward.server.events.images import insert_images
from doorward.server.events.ledgers import Ledgers
from doorward.server.events.live import EventRow, HappeningRow, StreamRow, moment
from doorward.server.events.models import Alarm, RetiredMonth, StreamPosition
from doorward.server.events.rows import INSERTS, RowMaker

if TYPE_CHECKING:
    from collections.abc import Sequence

logger = logging.getLogger(__name__)

T = TypeVar("T")

# One transaction takes what has gathered, up to this. Larger batches gain little and make the first one wait.
MOST_ROWS: Final = 20_000
# Old alarms come in when a device's log is read for the first time; nobody has to run for them.
ALARMS_FROM: Final = timedelta(hours=24)


@dataclass(slots=True, eq=False)
class Pending:
    """A submission on its way.

    Attributes:
        submission: The submission.
        given: When it was given, by the clock of the event loop.
        taken: The writer has begun with it; from then on nobody can withdraw it.
        withdrawn: Whoever gave it has given up.
        outcome: What came of it, once it is known.
        error: Why nothing of it was kept, once that is known.
    """

    submission: Submission
    given: float
    taken: bool = False
    withdrawn: bool = False
    outcome: Appended | None = None
    error: StoreUnavailable | None = None


@dataclass(slots=True, eq=False)
class _Call:
    function: Callable[[], Any]
    future: Future[Any]


Notify = Callable[["list[Pending]", "Sequence[StreamRow]"], None]
Reopened = Callable[[int], None]


class EventWriter:
    """Writes events, in a thread of its own with a connection of its own.

    Args:
        notify: Told, in the writer's thread, of each batch that was dealt with and of its new rows.
        reopened: Told, in the writer's thread, with the last position, when the writing goes on after trouble.
        alias: Name of the database among Django's.
    """

    def __init__(self, notify: Notify, reopened: Reopened, *, alias: str = DEFAULT_DB_ALIAS) -> None:
        self._notify = notify
        self._reopened = reopened
        self._alias = alias
        self._queue: queue.SimpleQueue[Pending | _Call | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="event-writer", daemon=True)
        self._ledgers = Ledgers(alias)
        self._generations: dict[int, int] = {}
        self._retired: dict[int, list[tuple[int, int]]] = {}
        self._last: int | None = None
        self._told: list[Told] = []
        self._stopping = False

    def start(self) -> int:
        """Open the database and start; gives the last position.

        Raises:
            DatabaseUnusable: The database cannot be read or written.
        """
        self._thread.start()
        return self.call(self._open).result()

    def give(self, pending: Pending) -> None:
        """Take a submission in."""
        self._queue.put(pending)

    def withdraw(self, pending: Pending) -> bool:
        """Take a submission back; False when the writer has begun with it already."""
        with self._lock:
            pending.withdrawn = not pending.taken
            return pending.withdrawn

    def call(self, function: Callable[[], T]) -> Future[T]:
        """Run a function in the writer's thread, in a transaction of its own after the events at hand."""
        future: Future[T] = Future()
        if self._stopping:
            future.set_exception(StoreUnavailable("The server is stopping.", advice="Start it again."))
            return future
        self._queue.put(_Call(function, future))
        return future

    def state(self, device_id: int) -> Future[LedgerState]:
        """The state of a device's ledger after the last commit."""
        return self.call(lambda: self._ledgers.state(device_id))

    def forget_retired(self) -> None:
        """Read the retired months anew; to be called in the writer's thread."""
        self._retired = {}
        for origin, start, end in RetiredMonth.objects.using(self._alias).values_list("origin", "start", "end"):
            self._retired.setdefault(origin, []).append((start, end))

    def stop(self) -> None:
        """Finish what was given and end."""
        self._stopping = True
        self._queue.put(None)
        if self._thread.ident is not None:
            self._thread.join()

    # --- The thread ---------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        collect_into(self._told)
        try:
            ended = False
            while not ended:
                batch, calls, ended = self._gather()
                if batch:
                    self._deal_with(batch)
                if calls:
                    self._execute(calls)
        finally:
            connections[self._alias].close()

    def _gather(self) -> tuple[list[Pending], list[_Call], bool]:
        """Wait for something to do, then take what else has gathered."""
        batch: list[Pending] = []
        calls: list[_Call] = []
        rows = 0
        item = self._queue.get()
        with contextlib.suppress(queue.Empty):
            while item is not None:
                if isinstance(item, _Call):
                    calls.append(item)
                else:
                    batch.append(item)
                    rows += len(item.submission.proofs)
                if rows >= MOST_ROWS:
                    return batch, calls, False
                item = self._queue.get_nowait()
        return batch, calls, item is None

    def _execute(self, calls: list[_Call]) -> None:
        """Run functions in one transaction; one that fails is undone alone."""
        outcomes: list[tuple[Future[Any], Any, Exception | None]] = []
        # From here on nobody can cancel them.
        calls = [call for call in calls if call.future.set_running_or_notify_cancel()]
        happenings: list[HappeningRow] = []
        self._told.clear()
        try:
            with transaction.atomic(using=self._alias):
                outcomes += [(call.future, *self._attempt(call.function)) for call in calls]
                if self._told:
                    last = self._checked_last()
                    happenings = self._keep_told(last)
                    self._move_position(happenings[-1].position)
        except (DatabaseError, InterfaceError, StoreUnavailable) as error:
            trouble = error if isinstance(error, StoreUnavailable) else self._unavailable(error)
            self._reset()
            outcomes = [(call.future, None, trouble) for call in calls]
        else:
            if happenings:
                self._last = happenings[-1].position
                self._notify([], happenings)
        for future, result, error_of_call in outcomes:
            if error_of_call is None:
                future.set_result(result)
            else:
                future.set_exception(error_of_call)

    def _attempt(self, function: Callable[[], T]) -> tuple[T | None, Exception | None]:
        told = len(self._told)
        try:
            with transaction.atomic(using=self._alias):
                return function(), None
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:  # noqa: BLE001 - it belongs to whoever asked
            del self._told[told:]
            return None, error

    def _deal_with(self, batch: list[Pending]) -> None:
        with self._lock:
            batch = [pending for pending in batch if not pending.withdrawn]
            for pending in batch:
                pending.taken = True
        if not batch:
            return
        try:
            new_rows = self._commit(batch)
        except (IntegrityError, DataError, ProgrammingError) as error:
            self._isolate(batch, error)
        except (DatabaseError, InterfaceError) as error:
            trouble = self._unavailable(error)
            self._reset()
            self._fail(batch, trouble)
        except StoreUnavailable as trouble:
            self._reset()
            self._fail(batch, trouble)
        except Exception as error:  # noqa: BLE001 - told in the log by _isolate
            self._isolate(batch, error)
        else:
            self._notify(batch, new_rows)

    def _isolate(self, batch: list[Pending], error: Exception) -> None:
        """One submission is wrong, by a fault of a program; the others shall not suffer for it."""
        self._ledgers.roll_back()
        if len(batch) > 1:
            for pending in batch:
                self._deal_with([pending])
            return
        logger.error("Events of device %s could not be kept.", batch[0].submission.device_id, exc_info=error)
        self._fail(batch, StoreUnavailable("The events could not be kept: a fault of the server, see its log."))

    def _fail(self, batch: list[Pending], trouble: StoreUnavailable) -> None:
        for pending in batch:
            pending.outcome = None
            pending.error = trouble
        self._notify(batch, [])

    def _unavailable(self, error: Exception) -> StoreUnavailable:
        found = explain(error)
        return StoreUnavailable(found.message, advice=found.advice)

    def _open(self) -> int:
        """Read where the writing goes on; in the writer's thread."""
        first = StreamPosition.objects.using(self._alias).first()
        if first is None:
            first = StreamPosition.objects.using(self._alias).create(pk=1, last=0)
        self._last = first.last
        self.forget_retired()
        return first.last

    def _reset(self) -> None:
        """After trouble: nothing that is only remembered is believed any more."""
        self._ledgers.forget()
        self._generations.clear()
        self._last = None
        connections[self._alias].close()

    # --- One transaction ----------------------------------------------------------------------------------------------

    def _commit(self, batch: list[Pending]) -> Sequence[StreamRow]:
        connection = connections[self._alias]
        self._told.clear()
        happenings: list[HappeningRow] = []
        with transaction.atomic(using=self._alias):
            last = before = self._checked_last()
            chosen = [self._places_kept(pending.submission) for pending in batch] if self._retired else None
            rows = self._rows(batch, chosen, before)
            new = INSERTS[connection.vendor](connection, rows) if rows else set()
            self._conclude(batch, chosen, rows, new)
            new_rows = rows if new is None else [row for row in rows if row[0] in new]
            if new_rows:
                last = new_rows[-1].position
                self._raise_alarms(new_rows)
            images = [(image, pending.submission) for pending in batch for image in pending.submission.images]
            if images:
                insert_images(images, alias=self._alias)
            self._ledgers.write()
            if self._told:
                happenings = self._keep_told(last)
                last = happenings[-1].position
            if last != before:
                self._move_position(last)
        self._ledgers.commit()
        self._last = last
        return [*new_rows, *happenings] if happenings else new_rows

    def _checked_last(self) -> int:
        """The last position, which nobody else moves until the transaction ends."""
        if self._last is None:
            # A commit whose answer got lost may have been kept: readers take all up to here from the database.
            self._reopened(self._open())
        assert self._last is not None
        self._check_fence()
        return self._last

    def _keep_told(self, last: int) -> list[HappeningRow]:
        """Keep what was told in this transaction, after the last position."""
        happenings = numbered(self._told, last)
        insert_happenings(connections[self._alias], happenings)
        return happenings

    def _rows(self, batch: list[Pending], chosen: list[list[int] | None] | None, before: int) -> list[EventRow]:
        """All rows of a batch, with positions after ``before``."""
        maker = RowMaker(connections[self._alias].vendor)
        rows: list[EventRow] = []
        for number, pending in enumerate(batch):
            submission = pending.submission
            proofs: Sequence[Proof] = submission.proofs
            places = None if chosen is None else chosen[number]
            if places is not None:
                proofs = [proofs[place] for place in places]
            if proofs:
                maker.add(rows, proofs, submission.received_at, self._generation(submission.device_id), before)
        return rows

    def _places_kept(self, submission: Submission) -> list[int] | None:
        """Which proofs may come in; None: all. A month that retention removed does not come back by a reading."""
        if submission.source is Source.PUSH:
            return None
        retired = self._retired
        places = [
            place
            for place, proof in enumerate(submission.proofs)
            if not any(start <= proof.key.time < end for start, end in retired.get(proof.key.origin, ()))
        ]
        return None if len(places) == len(submission.proofs) else places

    def _conclude(
        self,
        batch: list[Pending],
        chosen: list[list[int] | None] | None,
        rows: list[EventRow],
        new: set[int] | None,
    ) -> None:
        """Tell each submission what became of its proofs, and make the next state of each ledger."""
        position = rows[0].position if rows else 0
        for number, pending in enumerate(batch):
            submission = pending.submission
            places = None if chosen is None else chosen[number]
            count = len(submission.proofs) if places is None else len(places)
            row_ids: Sequence[int | None] = range(position, position + count)
            position += count
            if new is not None:
                row_ids = [row_id if row_id in new else None for row_id in row_ids]
            if places is not None:
                spread: list[int | None] = [None] * len(submission.proofs)
                for place, row_id in zip(places, row_ids, strict=True):
                    spread[place] = row_id
                row_ids = spread
            state = self._ledgers.update(submission, [row_id is not None for row_id in row_ids])
            pending.outcome = Appended(tuple(row_ids), state)

    def _check_fence(self) -> None:
        """Make sure that the last position is where this writer left it, and that it stays there meanwhile."""
        # On SQLite the transaction holds the only lock there is; on PostgreSQL the row is locked.
        position = StreamPosition.objects.using(self._alias).select_for_update().get(pk=1)
        if position.last != self._last:
            raise StoreUnavailable(
                "Another program writes events into this database.",
                advice="Stop the other server: each database has one.",
            )

    def _move_position(self, last: int) -> None:
        StreamPosition.objects.using(self._alias).filter(pk=1).update(last=last)

    def _raise_alarms(self, new_rows: list[EventRow]) -> None:
        alarming = [row for row in new_rows if row.severity == Severity.ALARM]
        if not alarming:
            return
        alarms = []
        for row in alarming:
            happened = moment(row.utc)
            if moment(row.received) - happened > ALARMS_FROM:
                continue
            found = meaning(row.generation, row.code)
            alarms.append(
                Alarm(
                    source=AlarmSource.EVENT,
                    kind=found.slug,
                    device_id=row.device_id,
                    event=row.position,
                    words=found.words,
                    raised=happened,
                )
            )
        for alarm in Alarm.objects.using(self._alias).bulk_create(alarms):
            tell_raised(alarm)

    def _generation(self, device_id: int) -> int:
        found = self._generations.get(device_id)
        if found is None:
            known = Device.objects.using(self._alias).filter(pk=device_id).values_list("generation", flat=True).first()
            found = self._generations[device_id] = generation_number(known or "")
        return found

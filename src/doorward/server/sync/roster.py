"""The gateway's roster over the database: says what each device does next, and notes what came of it.

Questions of many devices that come together are answered together, with the same few queries; what is noted goes to the
thread that writes, likewise together. So something that is withdrawn from somebody on hundreds of devices costs hardly
more than on one.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Final, Protocol, TypeVar

from django.db import connections
from django.db.utils import DatabaseError, InterfaceError

from doorward.gateway.collaborators import StoreUnavailable
from doorward.gateway.roster import Asker, Step, StepOutcome
from doorward.model.errors import DoorwardError
from doorward.server.database import explain
from doorward.server.sync import checking, hints, noting
from doorward.server.sync.basis import resume
from doorward.server.sync.desired import People
from doorward.server.sync.planning import Planner, Question, Task
from doorward.server.sync.wishes import devices_due, wish_checks, wish_for_checks

logger = logging.getLogger(__name__)

T = TypeVar("T")

LOOK_SECONDS: Final = 1.0
"""Another process, such as the command line, tells nobody when it changes something: it is looked for so often."""

AGAIN_SECONDS: Final = 0.02
"""Before a device is planned anew whose data just changed, or while somebody is about to change them."""

TOLD_EVERY: Final = 2.0
"""Seconds between two tellings of how far a device is."""

EDITS_SETTLE: Final = timedelta(seconds=3)
"""Without another change at a device's menu for so long the device is read: whoever changes one changes several."""

CHECKS_EVERY: Final = 60.0


class Writer(Protocol):
    """Runs a function in the thread that writes; see ``doorward.server.events.writer``."""

    def call(self, function: Callable[[], T]) -> Future[T]:
        """Run it."""
        ...


@dataclass(eq=False, slots=True)
class _Asked:
    question: Question
    answer: asyncio.Future[Step | None]


@dataclass(eq=False, slots=True)
class _Done:
    task: Task
    outcome: StepOutcome
    noted: asyncio.Future[None]


@dataclass(slots=True)
class _Progress:
    told: float = 0.0
    shown: tuple[int, int] = field(default=(0, 0))


class DatabaseRoster:
    """The people of the database for the gateway. Lives in the event loop in which it is started.

    Args:
        writer: Runs what changes the database.
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._people = People()
        self._planner = Planner(self._people)
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="roster")
        self._due: asyncio.Queue[int] = asyncio.Queue()
        self._hint = asyncio.Event()
        self._asked: list[_Asked] = []
        self._something_asked = asyncio.Event()
        self._done: list[_Done] = []
        self._something_done = asyncio.Event()
        self._tasks_given: dict[int, Task] = {}
        self._progress: dict[int, _Progress] = {}
        self._edited: set[int] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._end_listening: Callable[[], None] | None = None
        self._checks_at = 0.0

    async def start(self) -> None:
        """Begin to answer.

        Raises:
            StoreUnavailable: The database cannot be used.
        """
        await self._write(resume)
        loop = asyncio.get_running_loop()

        def hinted() -> None:
            loop.call_soon_threadsafe(self._hint.set)

        self._end_listening = hints.listen(hinted)
        self._tasks = [
            asyncio.create_task(self._keep(self._plan, self._something_asked), name="roster: plans"),
            asyncio.create_task(self._keep(self._note, self._something_done), name="roster: notes"),
            asyncio.create_task(self._keep_looking(), name="roster: looks"),
        ]

    async def stop(self) -> None:
        """Note what is left, and end."""
        if self._end_listening is not None:
            self._end_listening()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(DoorwardError):
            await self._note()
        for asked in self._asked:
            if not asked.answer.done():
                asked.answer.set_exception(StoreUnavailable("The server is stopping.", advice="Start it again."))
        await asyncio.get_running_loop().run_in_executor(self._reader, connections.close_all)
        self._reader.shutdown()

    # --- What the gateway asks ----------------------------------------------------------------------------------------

    async def due(self) -> AsyncIterator[int]:
        """The devices for which there is something to do, as it happens."""
        while True:
            yield await self._due.get()

    async def next_step(self, asker: Asker, *, withdrawals: bool) -> Step | None:
        """What is to be done at a device next; see ``doorward.gateway.roster.Roster``."""
        if asker.device_id in self._tasks_given:
            # Whoever had it went away in the middle, so nothing of it is known.
            self._forget(asker.device_id)
        answer: asyncio.Future[Step | None] = asyncio.get_running_loop().create_future()
        self._asked.append(_Asked(Question(asker, withdrawals), answer))
        self._something_asked.set()
        return await answer

    async def done(self, device_id: int, outcome: StepOutcome) -> None:
        """Note what came of a step; see ``doorward.gateway.roster.Roster``."""
        task = self._tasks_given.pop(device_id, None)
        if task is None or task.step is not outcome.step:
            return
        if outcome.broken or outcome.uncertain:
            self._planner.comparisons.pop(device_id, None)
        noted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._done.append(_Done(task, outcome, noted))
        self._something_done.set()
        await noted

    def edited(self, device_id: int, numbers: Mapping[int, int]) -> None:
        """Somebody changed people at the device's own menu; see ``doorward.gateway.roster.Roster``."""
        del numbers
        self._edited.add(device_id)
        self._hint.set()

    def _forget(self, device_id: int) -> None:
        self._tasks_given.pop(device_id, None)
        self._planner.comparisons.pop(device_id, None)

    # --- Plans --------------------------------------------------------------------------------------------------------

    async def _plan(self) -> None:
        asked = [each for each in self._asked if not each.answer.done()]
        self._asked = []
        if not asked:
            return
        try:
            tasks = await self._read(partial(self._planner.plan, [each.question for each in asked]))
            given = [(each, task) for each, task in zip(asked, tasks, strict=True) if task is not None]
            allowed = await self._write(partial(noting.intend, [task for _, task in given])) if given else []
        except BaseException as error:
            failure = error if isinstance(error, DoorwardError) else StoreUnavailable("The roster failed; see the log.")
            for each in asked:
                self._forget(each.question.asker.device_id)
                if not each.answer.done():
                    each.answer.set_exception(failure)
            raise
        for each, task in zip(asked, tasks, strict=True):
            if task is None and not each.answer.done():
                each.answer.set_result(None)
        again = [
            each for (each, task), ok in zip(given, allowed, strict=True) if not self._give(each, task, allowed=ok)
        ]
        if again:
            self._asked += again
            if not all(allowed):
                await asyncio.sleep(AGAIN_SECONDS)
            self._something_asked.set()

    def _give(self, asked: _Asked, task: Task, *, allowed: bool) -> bool:
        """Answer with a task; False when the device has to be planned anew."""
        device_id = task.asker.device_id
        if not allowed:
            if task.comparison is not None:
                task.comparison.position -= task.part
            return asked.answer.done()
        if task.compared:
            self._planner.comparisons.pop(device_id, None)
            self._progress.pop(device_id, None)
        if asked.answer.done():
            # The device went away meanwhile; what was made empty is found by the next comparison, or has its mark.
            self._forget(device_id)
            return True
        if not task.sends:
            return False
        self._tasks_given[device_id] = task
        asked.answer.set_result(task.step)
        return True

    # --- Notes --------------------------------------------------------------------------------------------------------

    async def _note(self) -> None:
        done, self._done = self._done, []
        if not done:
            return
        try:
            checked = [each for each in done if each.outcome.holdings is not None]
            findings = [await self._read(partial(self._look, each)) for each in checked]
            steps = [(each.task, each.outcome) for each in done]
            await self._write(partial(_note_all, steps, findings, self._how_far(done)))
        except BaseException as error:
            failure = error if isinstance(error, DoorwardError) else StoreUnavailable("The roster failed; see the log.")
            for each in done:
                self._planner.comparisons.pop(each.task.asker.device_id, None)
                if not each.noted.done():
                    each.noted.set_exception(failure)
            raise
        for each in done:
            if not each.noted.done():
                each.noted.set_result(None)

    def _look(self, done: _Done) -> checking.Findings:
        assert done.outcome.holdings is not None
        return checking.look(self._people, done.task.asker, done.outcome.holdings, done.task.began)

    def _how_far(self, done: list[_Done]) -> dict[int, tuple[int, int]]:
        now = asyncio.get_running_loop().time()
        found: dict[int, tuple[int, int]] = {}
        for each in done:
            comparison = each.task.comparison
            if comparison is None or not comparison.known:
                continue
            device_id = each.task.asker.device_id
            progress = self._progress.setdefault(device_id, _Progress())
            if now - progress.told >= TOLD_EVERY:
                progress.told = now
                found[device_id] = comparison.position, len(comparison.numbers)
        return found

    # --- What is due --------------------------------------------------------------------------------------------------

    async def _keep_looking(self) -> None:
        while True:
            try:
                await self._wish()
                for device_id in await self._read(devices_due):
                    self._due.put_nowait(device_id)
            except DoorwardError as error:
                logger.debug("What waits for devices cannot be looked for: %s", error)
            except Exception:
                logger.exception("Looking for what waits for devices failed.")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._hint.wait()
            self._hint.clear()

    async def _wish(self) -> None:
        """Have devices read that were changed by hand, and those that were not read for a day."""
        now = asyncio.get_running_loop().time()
        if self._edited:
            edited = set(self._edited)
            await self._write(partial(wish_for_checks, edited, after=EDITS_SETTLE))
            self._edited -= edited
        if now >= self._checks_at:
            self._checks_at = now + CHECKS_EVERY
            await self._write(wish_checks)

    # --- Threads ------------------------------------------------------------------------------------------------------

    async def _keep(self, work: Callable[[], object], something: asyncio.Event) -> None:
        while True:
            await something.wait()
            something.clear()
            try:
                await work()  # type: ignore[misc]
            except DoorwardError as error:
                logger.debug("People wait for the database: %s", error)
            except Exception:
                logger.exception("The roster failed.")

    async def _read(self, function: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._reader, partial(_reading, function))

    async def _write(self, function: Callable[[], T]) -> T:
        # Shielded: what the writer has begun with it finishes, whoever stops waiting for it.
        return await asyncio.shield(asyncio.wrap_future(self._writer.call(function)))


def _reading(function: Callable[[], T]) -> T:
    try:
        return function()
    except (DatabaseError, InterfaceError) as error:
        connections.close_all()
        trouble = explain(error)
        raise StoreUnavailable(trouble.message, advice=trouble.advice) from error


def _note_all(
    steps: list[tuple[Task, StepOutcome]], findings: list[checking.Findings], progress: Mapping[int, tuple[int, int]]
) -> None:
    noting.note(steps, progress)
    for each in findings:
        checking.take_in(each)

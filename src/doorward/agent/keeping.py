"""While the line to the server is cut, the agent reads the logs of its devices itself; later the server takes that.

So a log that turns over meanwhile loses nothing. Each answer of a device is kept as it came: it shows one moment of the
log, so to the server's ledger it proves what it would have proved there. Every reading begins before the last record of
the reading before, so that a second is seen whole; whether that record was still there tells whether anything can have
been lost in between.
"""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import logging
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from doorward.agent.answering import own_cards
from doorward.agent.spool import Spool, SpoolFull
from doorward.device.biostar1.log_port import SessionLogPort
from doorward.device.biostar1.log_reading import LogAnswer, LogReader, Reading
from doorward.device.biostar1.opening import open_session
from doorward.device.biostar1.session import Session
from doorward.device.connecting import DIAL_TIMEOUT, Dial
from doorward.device.reconnect import Backoff, ReconnectPolicy
from doorward.model.errors import DoorwardError, InvalidFile
from doorward.model.event_key import EventKey
from doorward.protocol.biostar1.models import MODELS_BY_TYPE
from doorward.protocol.biostar1.records.logs import ExtendedLogRecord
from doorward.protocol.tunnel.messages import EventPlace, KeepLog, Kept, KeptHead
from doorward.protocol.tunnel.reach import Reach

logger = logging.getLogger(__name__)

T = TypeVar("T")

MARGIN: Final = 2
"""Seconds before the last record that are read again with it."""

FRESH_SECONDS: Final = 120.0
"""A log that was empty at the server's last look cannot have filled up and turned over within so short a time."""

READING_LIMIT: Final = 16 * 1024 * 1024
"""Bytes of one reading that are held in memory; a longer one is given up and left to the server."""


def telling(answers: Sequence[LogAnswer]) -> list[LogAnswer]:
    """Those of the answers that prove something which no other one of them does, in their order.

    While people pass, the same records come again and again in one reading; an answer that lies in another one whole,
    with every repetition of its records, proves nothing beside it.
    """
    kept: list[tuple[LogAnswer, Counter[bytes]]] = []
    for answer in answers:
        records = Counter(record for record, _ in answer.records())
        if any(records <= other for _, other in kept):
            continue
        kept = [(each, other) for each, other in kept if not other <= records]
        kept.append((answer, records))
    return [answer for answer, _ in kept]


class LogKeeper:
    """Keeps the logs of the devices that the server had open through this agent.

    Args:
        spool: Where it keeps them.
        dialer: Dials devices.
        poll_every: Seconds between two looks at a log.
    """

    def __init__(self, spool: Spool, dialer: Dial, *, poll_every: float) -> None:
        self._spool = spool
        self._dialer = dialer
        self._poll_every = poll_every
        self._disk = asyncio.Lock()
        self._positions = spool.positions()
        self._kept = set(spool.devices())
        self._reach = spool.reach()
        self._told: dict[int, float] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._waiting: set[asyncio.Task[None]] = set()
        self._cut = False

    # --- What the line tells -----------------------------------------------------------------------------------------

    @property
    def kept(self) -> tuple[int, ...]:
        """Devices of which something waits for the server."""
        return tuple(sorted(self._kept))

    def settings(self, reach: Reach, devices: tuple[int, ...]) -> None:
        """What the server allows now, and which devices are dialled through this agent; others are forgotten."""
        self._reach = reach
        self._later(lambda: self._spool.set_reach(reach))
        for device_id in {*self._positions, *self._kept} - set(devices):
            self.forget(device_id)

    def keep(self, message: KeepLog) -> None:
        """How far a log was read by the server."""
        self._positions[message.number] = message
        self._told[message.number] = asyncio.get_running_loop().time()
        self._later(lambda: self._spool.set_position(message))

    def forget(self, device_id: int) -> None:
        """A device is no longer looked after."""
        self._positions.pop(device_id, None)
        self._kept.discard(device_id)
        self._later(lambda: self._spool.forget(device_id))

    async def next_part(self, device_id: int, after: int) -> Kept:
        """The next part of what waits; what is up to ``after`` is forgotten."""
        part = await self._on_disk(lambda: self._spool.next_part(device_id, after))
        if not part.head.place:
            self._kept.discard(device_id)
        return part

    async def make_way(self, host: str, port: int) -> None:
        """The server dials there now: let go of a connection to it."""
        await self._stop([number for number in self._tasks if self._is_at(number, host, port)])

    def _is_at(self, device_id: int, host: str, port: int) -> bool:
        position = self._positions.get(device_id)
        return position is None or (position.host, position.port) == (host, port)

    # --- Whether there is a line -------------------------------------------------------------------------------------

    def line_is_cut(self) -> None:
        """From now on the logs are read here."""
        self._cut = True
        for device_id in self._positions:
            if device_id not in self._tasks:
                self._tasks[device_id] = asyncio.create_task(self._keep(device_id), name=f"log of {device_id}")

    async def line_stands(self) -> None:
        """The server reads the logs again; a device serves one client, so every connection is given up."""
        self._cut = False
        await self._stop(list(self._tasks))

    async def stop(self) -> None:
        """End."""
        await self.line_stands()
        if self._waiting:
            await asyncio.wait(self._waiting)
        self._spool.close()

    async def _stop(self, device_ids: Sequence[int]) -> None:
        tasks = {self._tasks.pop(number) for number in device_ids if number in self._tasks}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    # --- One device --------------------------------------------------------------------------------------------------

    async def _keep(self, device_id: int) -> None:
        backoff = Backoff(ReconnectPolicy(first_wait=min(1.0, self._poll_every), longest_wait=60.0))
        while True:
            try:
                await self._watch(device_id, backoff)
            except SpoolFull as error:
                logger.warning("the log of device %d is not read any more: %s", device_id, error.message)
                return
            except (DoorwardError, sqlite3.Error) as error:
                problem = error if isinstance(error, DoorwardError) else InvalidFile(f"The spool failed: {error}.")
                wait = backoff.failed(problem)
                logger.log(
                    logging.INFO if backoff.failures == 1 else logging.DEBUG,
                    "device %d: %s Next attempt in %.1f s", device_id, problem.message, wait,
                )  # fmt: skip
                await backoff.sleep(wait)

    async def _watch(self, device_id: int, backoff: Backoff) -> None:
        """Connect, and read the log again and again until the connection is lost."""
        position = self._positions[device_id]
        if self._reach is not None:
            own = ((card.address, card.mask) for card in own_cards())
            self._reach.within(own).check_tcp(position.host, position.port)
        stream = await self._dialer(position.host, position.port, timeout=DIAL_TIMEOUT)
        model = MODELS_BY_TYPE.get(position.device_type)
        session, _, _ = await open_session(stream, model=model, device_id=device_id)
        try:
            seen = b""
            while True:
                seen = await self._read(device_id, session, seen)
                backoff.reset()
                await asyncio.sleep(self._poll_every)
        finally:
            await session.close()

    async def _read(self, device_id: int, session: Session, seen: bytes) -> bytes:
        """Read what is new; gives a digest of what was read, by which the next reading knows that nothing is."""
        position = self._positions[device_id]
        anchor = None if position.place is None else EventKey(*dataclasses.astuple(position.place))
        port = SessionLogPort(session, position.device_type)
        answers: list[LogAnswer] = []
        digest, size = hashlib.blake2b(), 0

        async def take(answer: LogAnswer, _keys: Sequence[EventKey]) -> None:
            nonlocal size
            size += len(answer.content)
            if size > READING_LIMIT:
                raise SpoolFull(f"One reading has more than {READING_LIMIT} bytes.")
            digest.update(answer.content)
            answers.append(answer)

        reader = LogReader(
            port,
            device_id,
            take,
            clock=await port.clock(),
            anchor=anchor,
            largest=position.largest,
            ignores_continue=position.ignores_continue,
        )
        reading = await reader.read(0 if anchor is None else max(0, anchor.time - MARGIN), 0)
        found = digest.digest()
        if reading.hindrance:
            logger.info("device %d: its log was not read whole: %s", device_id, reading.hindrance)
            return b""
        if not answers or (found == seen and reading.saw_anchor):
            return found
        await self._add(position, telling(answers), reading, unbroken=self._is_unbroken(position, reading))
        return found

    def _is_unbroken(self, position: KeepLog, reading: Reading) -> bool:
        if position.place is not None:
            return reading.saw_anchor
        told = self._told.pop(position.number, None)
        return told is not None and asyncio.get_running_loop().time() - told < FRESH_SECONDS

    async def _add(self, position: KeepLog, answers: list[LogAnswer], reading: Reading, *, unbroken: bool) -> None:
        newest = None if reading.newest is None else EventPlace(*reading.newest)
        parts = [
            (
                KeptHead(
                    extended=answer.record is ExtendedLogRecord,
                    ends_reading=number == len(answers),
                    unbroken=unbroken,
                    newest=newest,
                ),
                answer.content,
            )
            for number, answer in enumerate(answers, start=1)
        ]
        after = dataclasses.replace(
            position,
            place=newest or position.place,
            largest=max(position.largest, reading.largest),
            ignores_continue=reading.ignores_continue,
        )
        await self._on_disk(lambda: self._spool.add(position.number, parts, after))
        self._kept.add(position.number)
        if self._positions.get(position.number) is position:
            self._positions[position.number] = after

    # --- The disk ----------------------------------------------------------------------------------------------------

    async def _on_disk(self, work: Callable[[], T]) -> T:
        async with self._disk:
            running = asyncio.ensure_future(asyncio.to_thread(work))
            try:
                return await asyncio.shield(running)
            except asyncio.CancelledError:
                await asyncio.wait({running})  # the next one must not meet it in the middle
                raise

    def _later(self, work: Callable[[], None]) -> None:
        async def do() -> None:
            try:
                await self._on_disk(work)
            except (sqlite3.Error, DoorwardError) as error:
                logger.warning("the spool of the agent failed: %s", error)

        task = asyncio.create_task(do())
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

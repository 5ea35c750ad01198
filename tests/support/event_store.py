"""An event store in memory: it can wait, fail and be killed, as a test wants it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from doorward.gateway.collaborators import StoreUnavailable
from doorward.gateway.ledger import Appended, LedgerState, Proof, Submission
from doorward.model.event_key import EventKey


async def _at_once() -> None:
    """Do not wait."""


class InMemoryEventStore:
    """Keeps the contract of ``EventStore``.

    Attributes:
        rows: What is on disk: each row by its key and ordinal, in the order in which they came.
        states: The committed state of each device.
        failing: Why nothing is taken in now; empty while all is well.
        before_commit: Waited for before each commit: a slow store, or one that is killed before.
        after_commit: Waited for between commit and return: a store that is killed in between.
        committed: Number of submissions that were committed.
    """

    def __init__(self) -> None:
        self.rows: dict[tuple[EventKey, int], Proof] = {}
        self.states: dict[int, LedgerState] = {}
        self.failing = ""
        self.before_commit: Callable[[], Awaitable[None]] = _at_once
        self.after_commit: Callable[[], Awaitable[None]] = _at_once
        self.committed = 0

    async def append(self, submission: Submission) -> Appended:
        """Bring in a submission."""
        self._check()
        await self.before_commit()
        self._check()
        row_ids: list[int | None] = []
        for proof in submission.proofs:
            place = (proof.key, proof.ordinal)
            if place in self.rows:
                row_ids.append(None)
            else:
                self.rows[place] = proof
                row_ids.append(len(self.rows))
        inserted = [row is not None for row in row_ids]
        before = self.states.get(submission.device_id, LedgerState())
        state = submission.update(before, inserted)
        self.states[submission.device_id] = state
        self.committed += 1
        await self.after_commit()
        return Appended(tuple(row_ids), state)

    async def state(self, device_id: int) -> LedgerState:
        """The state after the last commit."""
        self._check()
        return self.states.get(device_id, LedgerState())

    def count(self, key: EventKey) -> int:
        """Rows of a key."""
        number = 0
        while (key, number) in self.rows:
            number += 1
        return number

    def _check(self) -> None:
        if self.failing:
            raise StoreUnavailable(self.failing)

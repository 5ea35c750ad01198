"""What an agent kept of a device while its line was cut, brought into the record before the device's own log is read.

Each part is one answer of the device, so to the ledger it proves what it would have proved at once, and a part that
comes twice proves nothing new. What the log itself has let go of since is no gap when the agent saw it: if its readings
hold the record that was last seen here, and none of them lost the one before, then nothing is missing up to the last.
"""

from __future__ import annotations

import logging
from dataclasses import astuple

from doorward.device.biostar1.log_reading import LogAnswer
from doorward.gateway.agent_line import AgentLine
from doorward.gateway.catch_up import RecordKeeper
from doorward.model.event_key import EventKey
from doorward.protocol.biostar1.records.logs import ExtendedLogRecord, LogRecord
from doorward.protocol.tunnel.messages import KeptHead

logger = logging.getLogger(__name__)

PART_LIMIT = 30.0
"""Seconds in which the agent has to give a part, stalls aside."""


async def bring_in(line: AgentLine, keeper: RecordKeeper) -> int:
    """Bring in all that an agent kept of a device; gives how many records that were.

    A part is forgotten by the agent when the next one is asked for, which is after the part is on disk here.

    Raises:
        StoreUnavailable: The store takes nothing; the agent keeps the rest.
        DoorwardError: The line was cut, or the agent broke a rule; it keeps the rest.
    """
    device_id = keeper.device_id
    chain = _Chain(keeper, (await keeper.state()).anchor)
    after = records = 0
    while True:
        part = await line.take_kept(device_id, after, seconds=PART_LIMIT)
        if not part.head.place:
            break
        answer = LogAnswer(part.content, ExtendedLogRecord if part.head.extended else LogRecord)
        if len(answer):
            await keeper.forwarded(answer)
        await chain.took(part.head, answer.keys(device_id))
        after = part.head.place
        records += len(answer)
    if records:
        logger.info("device %d: %d records that %s kept were brought in", device_id, records, line.title)
    return records


class _Chain:
    """Follows whether nothing can be missing between the record that was last seen here and the last one there."""

    def __init__(self, keeper: RecordKeeper, anchor: EventKey | None) -> None:
        self._keeper = keeper
        self._anchor = anchor
        self._holds: bool | None = None
        self._in_this_reading = False

    async def took(self, head: KeptHead, keys: list[EventKey]) -> None:
        self._in_this_reading = self._in_this_reading or self._anchor in keys
        if not head.ends_reading:
            return
        if self._in_this_reading:
            self._holds = True
        elif not head.unbroken:
            self._holds = False
        elif self._holds is None:
            # The log was empty here and there; with a record to hold on to, that record has to be seen.
            self._holds = self._anchor is None
        self._in_this_reading = False
        if self._holds and head.newest is not None:
            self._anchor = EventKey(*astuple(head.newest))
            await self._keeper.seen_until(self._anchor)

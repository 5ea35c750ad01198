"""The stream: all that happens in order, as server-sent events, from any position on."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from asgiref.sync import sync_to_async
from django.db.utils import DatabaseError

from doorward.server.events.live import LiveEvents
from doorward.server.events.reading import StreamFilter, read_and_close
from doorward.server.events.shapes import message

logger = logging.getLogger(__name__)

# A reader that does not read holds so many lines in memory, a few times over.
CHUNK: Final = 200
LIVE_CHUNK: Final = 100
RECONNECT_MILLISECONDS: Final = 2000
# Where no writer lives in this process, the database is asked so often.
POLL_SECONDS: Final = 1.0
# A token that was revoked ends its streams within this time, and rights that changed hold.
RECHECK_SECONDS: Final = 10.0
# What comes faster than this goes out together: a wake-up of each reader for each event would cost the gateway more
# than all the rest.
PACE_SECONDS: Final = 0.05


def _read_in_thread(position: int, wanted: StreamFilter, most: int) -> tuple[str, int, int]:
    """Messages after a position, the position of the last one, and the position up to which it was looked."""
    rows, looked = read_and_close(position, wanted, most)
    # Made here rather than in the event loop, in which the gateway works.
    return "".join(map(message, rows)), rows[-1].position if rows else position, looked


# A pool of its own, and a small one: each thread at work takes its turn from the event loop, in which the gateway
# works, and a hundred readers that begin far back shall not take a hundred turns.
_pool = ThreadPoolExecutor(2, thread_name_prefix="stream")
read_in_pool = sync_to_async(_read_in_thread, thread_sensitive=False, executor=_pool)


async def messages(
    position: int,
    wanted: StreamFilter,
    live: LiveEvents | None,
    *,
    heartbeat: float,
    permitted: Callable[[], Awaitable[StreamFilter | None]],
    announce_reset: bool = False,
) -> AsyncIterator[str]:
    """The stream after a position, for ever.

    Args:
        position: The last position that the reader has.
        wanted: What it wants and may see.
        live: What is new in this process; None asks the database now and then.
        heartbeat: Seconds of silence after which a sign of life is sent.
        permitted: Asked every few seconds for what the reader wants and may see by now; None ends the stream.
        announce_reset: Tell the reader that its position was not one of this database.
    """
    yield f"retry: {RECONNECT_MILLISECONDS}\nid: {position}\n\n"
    if announce_reset:
        words = "Your position is none of this database: it was restored from a backup, or is another one."
        yield f"event: reset\nid: {position}\ndata: {json.dumps({'position': position, 'words': words})}\n\n"
    sent_at = checked_at = time.monotonic()
    told = position
    while live is None or not live.closed:
        now = time.monotonic()
        if now - checked_at >= RECHECK_SECONDS:
            still_wanted = await permitted()
            if still_wanted is None:
                return
            wanted, checked_at = still_wanted, now
        rows = live.after(position, LIVE_CHUNK) if live is not None else None
        if rows is None:
            try:
                text, last, position = await read_in_pool(position, wanted, CHUNK)
            except DatabaseError as error:
                # The reader comes back by itself and goes on where it was.
                logger.warning("A stream ends: the database cannot be read (%s).", error)
                return
        else:
            if rows:
                position = rows[-1].position
            rows = [row for row in rows if wanted.takes(row)]
            text, last = "".join(map(message, rows)), rows[-1].position if rows else position
        if text:
            yield text
            told, sent_at = last, time.monotonic()
            continue
        left = sent_at + heartbeat - time.monotonic()
        if left <= 0:
            # The position goes with it, so that a reader of few events need not be searched for from far back.
            yield f"id: {position}\n: alive\n\n" if position > told else ": alive\n\n"
            told, sent_at = position, time.monotonic()
            continue
        await _wait(live, position, min(left, RECHECK_SECONDS))
        await asyncio.sleep(min(PACE_SECONDS - (time.monotonic() - sent_at), left))


async def _wait(live: LiveEvents | None, position: int, seconds: float) -> None:
    if live is not None:
        await live.wait(position, seconds)
        return
    await asyncio.sleep(min(POLL_SECONDS, seconds))

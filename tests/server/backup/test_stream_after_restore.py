from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from doorward.server.backup.services import APART, resume_stream
from tests.server.backup.sites import insert_events
from tests.server.events.test_stream import get, make_token
from tests.server.events.traffic import add_device


def restored_at_five() -> None:
    add_device()
    insert_events(5)
    resume_stream(timezone.now(), "1", "tester")
    insert_events(2, first=100)


@pytest.mark.parametrize(
    ("asked", "begin", "reset"),
    [
        (3, 3, False),  # it has seen nothing that was lost
        (900, APART, True),  # it has seen what the restored database never knew
        (APART + 1, APART + 1, False),  # it has been here since
        (APART + 50, None, True),  # it comes from another database
    ],
)
async def test_a_reader_learns_that_the_database_was_restored(
    database: str, key_file: object, asked: int, begin: int | None, reset: bool
) -> None:
    token = await sync_to_async(make_token)()
    await sync_to_async(restored_at_five)()
    response = await get("/api/v1/stream", token, Last_Event_ID=str(asked))
    chunks = aiter(response.streaming_content)
    first = (await anext(chunks)).decode()
    newest = int(first.split("id: ")[1].split()[0])
    assert begin is None or newest == begin
    second = (await anext(chunks)).decode()
    assert ("event: reset" in second) is reset
    if asked == 900:
        # All that happened since the restore follows.
        assert f"id: {APART + 1}\n" in (await anext(chunks)).decode()

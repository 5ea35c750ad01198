from __future__ import annotations

import asyncio
from concurrent.futures import Future
from typing import Any

import pytest

from doorward.gateway.collaborators import StoreUnavailable
from doorward.server.database_url import parse_database_url
from doorward.server.system import readiness
from doorward.server.system.readiness import Readiness, set_readiness
from tests.server.http import call, request
from tests.server.test_run import running_site


async def test_a_running_server_is_ready_and_nobody_has_to_log_in(
    each_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "LASTS_SECONDS", 0.0)
    async with running_site() as (server, port):
        assert await call(port, "GET", "/health/live") == (200, {"status": "ok"})
        assert await call(port, "GET", "/health/ready") == (200, {"status": "ok"})
        async with request(port, "POST", "/health/ready") as (status, _):
            assert status == 405
        server.store.writer.stop()
        assert await call(port, "GET", "/health/ready") == (503, {"status": "database"})
        assert await call(port, "GET", "/health/live") == (200, {"status": "ok"})


async def test_health_is_told_under_any_name(database: str) -> None:
    from django.conf import settings

    before, settings.ALLOWED_HOSTS = settings.ALLOWED_HOSTS, ["doors.example.org"]
    try:
        async with running_site() as (_, port):
            assert (await call(port, "GET", "/health/ready"))[0] == 200
    finally:
        settings.ALLOWED_HOSTS = before


class SilentWriter:
    """A writer that never answers."""

    def __init__(self) -> None:
        self.asked = 0

    def call(self, function: Any) -> Future[Any]:
        self.asked += 1
        return Future()


class RefusingWriter:
    """A writer without a database."""

    def call(self, function: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_exception(StoreUnavailable("The database is away."))
        return future


TARGET = parse_database_url("postgresql://nobody@/absent")


async def test_a_writer_that_hangs_is_asked_once_by_many(monkeypatch: pytest.MonkeyPatch) -> None:
    writer = SilentWriter()
    found = Readiness(writer, TARGET, patience=0.05)
    assert await asyncio.gather(*(found.state() for _ in range(50))) == ["database"] * 50
    assert writer.asked == 1
    assert await Readiness(RefusingWriter(), TARGET).state() == "database"
    monkeypatch.setattr(readiness, "free_bytes", lambda _: 1000)
    assert await Readiness(writer, TARGET).state() == "disk full"


async def test_without_a_server_nothing_is_ready() -> None:
    set_readiness(None)
    assert await readiness.readiness_state() == "starting"

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from doorward.gateway.gateway import Gateway
from doorward.server import run as run_module
from doorward.server.run import Server
from doorward.server.system.clock import ClockWatch, newest_known
from doorward.server.system.models import ServerRun
from doorward.server.system.services import record_start, record_stop, running_server
from tests.server.conftest import SETTINGS


def test_the_newest_moment_that_was_written_down(each_database: str) -> None:
    assert newest_known() is None
    run = record_start()
    known = newest_known()
    assert known is not None
    assert abs(known.timestamp() - time.time()) < 60
    # A run of a clock that was ahead, then one of a clock that is right: the last one counts.
    ServerRun.objects.filter(pk=run.pk).update(started=timezone.now() + timedelta(hours=1))
    record_stop(run)
    ServerRun.objects.filter(pk=run.pk).update(beat=timezone.now() + timedelta(hours=1))
    known = newest_known()
    assert known is not None
    assert known.timestamp() - time.time() > 3500
    second = record_start()
    assert running_server() == second
    known = newest_known()
    assert known is not None
    assert abs(known.timestamp() - time.time()) < 60


def test_a_clock_that_is_moved_while_the_server_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = ClockWatch()
    right = time.time
    assert watch.moved() == ""
    monkeypatch.setattr(time, "time", lambda: right() - 3600)
    assert "moved by 60 min back" in watch.moved()
    assert watch.moved() == ""
    monkeypatch.setattr(time, "time", right)
    assert "moved by 60 min ahead" in watch.moved()


async def test_nothing_is_removed_by_age_while_the_clock_is_in_doubt(
    database: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def removed(*_: object) -> object:
        raise AssertionError("it was")

    monkeypatch.setattr(run_module, "remove_old", removed)
    monkeypatch.setattr(Gateway, "clock_doubt", "The clock is odd.")
    monkeypatch.setattr(run_module, "DEVICES_HEARD_AFTER", 0.0)
    server = Server(SETTINGS)
    await server.store.start()
    try:
        await server._keep_house()
        assert "Nothing is removed by age today: The clock is odd." in caplog.text
        monkeypatch.setattr(Gateway, "clock_doubt", "")
        with pytest.raises(AssertionError, match="it was"):
            await server._keep_house()
    finally:
        await server.store.stop()

"""Jobs: one after the other, stopped, failed in words, their files for those alone who may have them."""

from __future__ import annotations

import asyncio
import json
import shutil
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections
from django.test import AsyncClient
from django.utils import timezone

from doorward.model.errors import DoorwardError
from doorward.server.audit.models import AuditEntry
from doorward.server.jobs import kinds, services, worker
from doorward.server.jobs.choices import State
from doorward.server.jobs.kinds import JobKind, Work
from doorward.server.jobs.models import Job
from doorward.server.jobs.worker import JobWorker
from doorward.server.operators.models import Operator, RoleAssignment
from doorward.server.operators.services import create_token
from tests.server.accounts import account, administrator

T = TypeVar("T")
WAIT = 10.0


class Writer:
    """A thread that writes."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1)

    def call(self, function: Callable[[], T]) -> Future[T]:
        return self._thread.submit(function)

    def close(self) -> None:
        self._thread.submit(connections.close_all).result()
        self._thread.shutdown()


class Trade:
    """A kind of job that waits to be told to go on."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.go_on = threading.Event()
        self.running = 0
        self.most = 0
        self.error: Exception | None = None

    def run(self, work: Work) -> str:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            work.progress(1, 3)
            self.begun.set()
            while not self.go_on.wait(0.01):
                work.progress(2, 3)
            if self.error is not None:
                raise self.error
            (work.scratch / "part").write_text("half")
            work.path.write_text(json.dumps(dict(work.arguments)))
            work.progress(3, 3)
            return "all of it"
        finally:
            self.running -= 1


@pytest.fixture
def trade(monkeypatch: pytest.MonkeyPatch) -> Trade:
    made = Trade()
    kind = JobKind("test", "events.export", lambda _: "A test", lambda _: "täst.csv", made.run)
    monkeypatch.setitem(kinds._kinds, "test", kind)
    monkeypatch.setattr(worker, "PROGRESS_SECONDS", 0.0)
    return made


@pytest.fixture
def folder() -> Iterator[Path]:
    shutil.rmtree(services.jobs_folder(), ignore_errors=True)
    yield services.jobs_folder()
    shutil.rmtree(services.jobs_folder(), ignore_errors=True)


@pytest.fixture
async def running(database: str, folder: Path) -> AsyncIterator[JobWorker]:
    writer = Writer()
    made = JobWorker(folder, writer)
    await made.start()
    yield made
    await made.stop()
    writer.close()


def _begin(operator: Operator, **arguments: Any) -> Job:
    return services.start("test", arguments, operator, asked=arguments)


async def _until(job: Job, *states: State) -> Job:
    async with asyncio.timeout(WAIT):
        while True:
            found = await Job.objects.select_related("operator").aget(pk=job.pk)
            if found.state in states:
                return found
            await asyncio.sleep(0.01)


async def _in_thread(event: threading.Event) -> None:
    assert await asyncio.to_thread(event.wait, WAIT)


def files(folder: Path) -> list[str]:
    """What lies in the folder of jobs."""
    return sorted(path.name for path in folder.iterdir())


async def test_jobs_run_one_after_the_other_and_leave_a_file(running: JobWorker, trade: Trade, folder: Path) -> None:
    chief = await sync_to_async(administrator)()
    first, second = [await sync_to_async(_begin)(chief, number=number) for number in (1, 2)]
    await _in_thread(trade.begun)
    at_work = await _until(first, State.RUNNING)
    assert (await _until(second, State.WAITING)).begun is None
    assert at_work.begun is not None
    trade.go_on.set()
    done = await _until(first, State.DONE)
    await _until(second, State.DONE)
    assert trade.most == 1
    assert (done.done, done.total, done.words, done.file_name) == (3, 3, "all of it", "täst.csv")
    assert json.loads((folder / done.stored_name).read_text()) == {"number": 1}
    assert (folder / done.stored_name).stat().st_mode & 0o077 == 0
    assert len(files(folder)) == 2  # nothing is left of the half


async def test_a_job_can_be_stopped_and_started_again(running: JobWorker, trade: Trade, folder: Path) -> None:
    chief = await sync_to_async(administrator)()
    job = await sync_to_async(_begin)(chief)
    waiting = await sync_to_async(_begin)(chief)
    await _in_thread(trade.begun)
    await sync_to_async(services.stop)(waiting)
    await sync_to_async(services.stop)(job)
    stopped = await _until(job, State.STOPPED)
    assert (stopped.stored_name, files(folder)) == ("", [])
    with pytest.raises(services.JobRefused, match="over"):
        await sync_to_async(services.stop)(stopped)
    trade.go_on.set()
    await sync_to_async(services.start_again)(stopped, chief)
    assert (await _until(job, State.DONE)).words == "all of it"
    assert (await _until(waiting, State.STOPPED)).begun is None
    with pytest.raises(services.JobRefused, match="failed or was stopped"):
        await sync_to_async(services.start_again)(job, chief)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (DoorwardError("Too much.", advice="Ask for less."), "Too much."),
        (OSError(28, "No space left on device"), "The file cannot be written: No space left on device."),
        (ZeroDivisionError("secret detail"), "A fault of the server; its log tells more."),
    ],
)
async def test_a_job_that_fails_says_why(running: JobWorker, trade: Trade, error: Exception, words: str) -> None:
    trade.error = error
    trade.go_on.set()
    job = await sync_to_async(lambda: _begin(administrator()))()
    assert (await _until(job, State.FAILED)).words == words


async def test_who_lost_the_right_meanwhile_gets_nothing(running: JobWorker, trade: Trade) -> None:
    trade.go_on.set()

    def begin() -> Job:
        operator = account("x", "operator")
        RoleAssignment.objects.all().delete()
        return _begin(operator)

    assert "may not do this any more" in (await _until(await sync_to_async(begin)(), State.FAILED)).words


async def test_a_server_that_ends_says_so_of_its_job(database: str, folder: Path, trade: Trade) -> None:
    writer = Writer()
    made = JobWorker(folder, writer)
    await made.start()
    job = await sync_to_async(lambda: _begin(administrator()))()
    await _in_thread(trade.begun)
    await made.stop()
    assert (await _until(job, State.FAILED)).words == services.BROKEN
    # Killed, it could not: the next one does.
    await Job.objects.filter(pk=job.pk).aupdate(state=State.RUNNING, words="")
    again = JobWorker(folder, writer)
    await again.start()
    assert (await _until(job, State.FAILED)).advice == "Start it again."
    await again.stop()
    writer.close()


async def test_a_disk_that_is_nearly_full_is_not_filled(
    running: JobWorker, trade: Trade, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "LOW_SPACE_BYTES", 2**62)
    job = await sync_to_async(lambda: _begin(administrator()))()
    assert "nearly full" in (await _until(job, State.FAILED)).words


def test_old_files_are_removed_and_strangers_too(database: str, folder: Path) -> None:
    folder.mkdir()
    now = timezone.now()
    chief = administrator()
    for number, days in ((1, -1), (2, 1)):
        (folder / f"file-{number}").write_text("x")
        Job.objects.create(
            kind="test", operator=chief, state=State.DONE, created=now, stored_name=f"file-{number}",
            expires=now + timedelta(days=days),
        )  # fmt: skip
    (folder / "nobodys").write_text("x")
    (folder / "work-killed").mkdir()
    (folder / "work-killed" / "part").write_text("x")
    Job.objects.create(kind="test", operator=chief, state=State.DONE, created=now - timedelta(days=31))
    assert services.remove_old(folder) == 2
    assert [path.name for path in folder.iterdir()] == ["file-2"]
    assert set(Job.objects.values_list("stored_name", flat=True)) == {"", "file-2"}


def test_nobody_fills_the_queue(database: str, trade: Trade) -> None:
    chief = administrator()
    for _ in range(services.MOST_OPEN):
        _begin(chief)
    with pytest.raises(services.JobRefused, match="not done yet"):
        _begin(chief)
    connection.close()


async def test_only_the_owner_sees_a_job_and_its_file(running: JobWorker, trade: Trade) -> None:
    def accounts() -> tuple[Operator, dict[str, str]]:
        owner = account("owner", "operator")
        everybody = (owner, account("other", "operator"), administrator())
        tokens = {who.username: create_token(who, "t")[1] for who in everybody}
        return owner, tokens | {"narrow": create_token(owner, "n", scopes=["events.view"])[1]}

    async def get(name: str, path: str) -> Any:
        return await AsyncClient().get(path, headers={"Authorization": f"Bearer {tokens[name]}"})

    async def post(name: str, path: str) -> Any:
        return await AsyncClient().post(path, headers={"Authorization": f"Bearer {tokens[name]}"})

    owner, tokens = await sync_to_async(accounts)()
    trade.go_on.set()
    job = await _until(await sync_to_async(_begin)(owner), State.DONE)
    address = f"/api/v1/jobs/{job.pk}"
    assert [item["id"] for item in (await get("owner", "/api/v1/jobs")).json()["items"]] == [job.pk]
    for name in ("other", "admin"):
        assert (await get(name, "/api/v1/jobs")).json()["items"] == []
    assert (await get("admin", "/api/v1/jobs?everybody=true")).json()["items"][0]["operator"] == "owner"
    assert (await get("other", "/api/v1/jobs?everybody=true")).status_code == 403
    for path in ("", "/file"):
        assert (await get("other", address + path)).status_code == 404
    assert (await post("other", address + "/stop")).status_code == 404
    assert (await post("other", address + "/start")).status_code == 404
    assert (await get("narrow", address + "/file")).status_code == 403
    answer = await get("owner", (await get("owner", address)).json()["file"])
    assert b"".join([piece async for piece in answer.streaming_content]) == b"{}"
    assert answer["Cache-Control"] == "no-store"
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''t%C3%A4st.csv")
    assert await AuditEntry.objects.filter(action="jobs.file", actor="owner").acount() == 1
    await Job.objects.filter(pk=job.pk).aupdate(stored_name="")
    assert (await get("owner", address + "/file")).status_code == 409

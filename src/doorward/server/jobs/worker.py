"""Does the jobs: one at a time, in a thread of its own, so that neither the web nor the gateway waits for them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from django.db import connection
from django.utils import timezone, translation

from doorward.gateway.collaborators import StoreUnavailable
from doorward.model.errors import DoorwardError
from doorward.server.database import LOW_SPACE_BYTES
from doorward.server.jobs.choices import State
from doorward.server.jobs.kinds import JobKind, Stopped, Work, kind_named
from doorward.server.jobs.models import Job
from doorward.server.jobs.services import BROKEN, FILES_KEPT, listen, mark_broken, remove_old

logger = logging.getLogger(__name__)

T = TypeVar("T")

PROGRESS_SECONDS: Final = 0.5
LOOK_SECONDS: Final = 5.0
HOUR_SECONDS: Final = 3600.0
END_SECONDS: Final = 10.0


class Writer(Protocol):
    """Runs a function in the thread that writes; see ``doorward.server.events.writer``."""

    def call(self, function: Callable[[], T]) -> Future[T]:
        """Run it."""
        ...


class JobWorker:
    """Does the jobs of a server. Lives in the event loop in which it is started.

    Args:
        folder: Where files are kept.
        writer: Runs what changes the database.
    """

    def __init__(self, folder: Path, writer: Writer) -> None:
        self._folder = folder
        self._writer = writer
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="job")
        self._wanted = asyncio.Event()
        self._ending = threading.Event()
        self._task: asyncio.Task[None] | None = None
        self._unlisten: Callable[[], None] | None = None

    async def start(self) -> None:
        """Begin; what was left half done by a server before is said to have failed."""
        broken = await asyncio.wrap_future(self._writer.call(mark_broken))
        if broken:
            logger.warning("%s jobs were not done when the server ended; they can be started again.", broken)
        loop = asyncio.get_running_loop()

        def wake() -> None:
            loop.call_soon_threadsafe(self._wanted.set)

        self._unlisten = listen(wake)
        self._task = asyncio.create_task(self._keep_working(), name="jobs")

    async def stop(self) -> None:
        """End; a job at work is left and said to have failed."""
        if self._unlisten is not None:
            self._unlisten()
        self._ending.set()
        self._wanted.set()
        if self._task is not None:
            _, late = await asyncio.wait({self._task}, timeout=END_SECONDS)
            for task in late:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def _keep_working(self) -> None:
        cleaned = 0.0
        while not self._ending.is_set():
            self._wanted.clear()
            try:
                if not cleaned or time.monotonic() - cleaned > HOUR_SECONDS:
                    cleaned = time.monotonic()
                    await asyncio.wrap_future(self._writer.call(lambda: remove_old(self._folder)))
                job = await asyncio.wrap_future(self._writer.call(_take))
                if job is not None:
                    await asyncio.get_running_loop().run_in_executor(self._executor, self._do, job)
                    continue
            except DoorwardError as error:
                logger.debug("Jobs wait: %s", error)
            except Exception:
                logger.exception("Looking for jobs failed.")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wanted.wait(), LOOK_SECONDS)

    # --- In the thread of jobs ----------------------------------------------------------------------------------------

    def _do(self, job: Job) -> None:
        stored = f"{job.pk}-{secrets.token_hex(16)}"
        path = self._folder / stored
        kept = False
        try:
            changes, kept = self._outcome(job, path)
            with contextlib.suppress(StoreUnavailable):
                self._writer.call(lambda: Job.objects.filter(pk=job.pk).update(**changes)).result()
        finally:
            if not kept:
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)
            connection.close()

    def _outcome(self, job: Job, path: Path) -> tuple[dict[str, Any], bool]:
        """Do a job; gives what is to be noted of it, and whether its file is to be kept."""
        try:
            kind = kind_named(job.kind)
            if kind is None:
                return _failed("This version of the server cannot do this.", "Start the job anew."), False
            if not job.operator.access.may(kind.right):
                return _failed(
                    f"{job.operator} may not do this any more.", "Ask for the right, and start again."
                ), False
            words = self._run(job, kind, path)
        except Stopped:
            if self._ending.is_set():
                return _failed(BROKEN, "Start it again."), False
            return {"state": State.STOPPED, "finished": timezone.now()}, False
        except DoorwardError as error:
            return _failed(error.message, error.advice), False
        except OSError as error:
            logger.warning("Job %s cannot write its file: %s", job.pk, error)
            return _failed(
                f"The file cannot be written: {error.strerror}.", "Check the disk of the data folder."
            ), False
        except Exception:
            logger.exception("Job %s failed.", job.pk)
            return _failed("A fault of the server; its log tells more.", "Start it again."), False
        now = timezone.now()
        has_file = path.is_file()
        return {
            "state": State.DONE,
            "words": words,
            "finished": now,
            "file_name": kind.file_name(job.arguments) if has_file else "",
            "stored_name": path.name if has_file else "",
            "size": path.stat().st_size if has_file else 0,
            "expires": now + FILES_KEPT if has_file else None,
        }, has_file

    def _run(self, job: Job, kind: JobKind, path: Path) -> str:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        language = job.operator.language or None
        with (
            tempfile.TemporaryDirectory(dir=self._folder, prefix="work-") as scratch,
            translation.override(language) if language else contextlib.nullcontext(),
        ):
            path.touch(mode=0o600)
            teller = _Teller(job.pk, self._writer, self._ending, self._folder)
            words = kind.run(Work(job.arguments, job.operator, path, Path(scratch), teller))
            teller.last()
        return words


class _Teller:
    """Notes how far a job has come, now and then, and finds out whether it is to be stopped."""

    def __init__(self, number: int, writer: Writer, ending: threading.Event, folder: Path) -> None:
        self._number = number
        self._writer = writer
        self._ending = ending
        self._folder = folder
        self._next = 0.0
        self._done = 0
        self._total: int | None = None

    def __call__(self, done: int, total: int | None = None) -> None:
        self._done, self._total = done, total
        if self._ending.is_set():
            raise Stopped
        now = time.monotonic()
        if now < self._next:
            return
        self._write()
        self._next = time.monotonic() + PROGRESS_SECONDS

    def last(self) -> None:
        """Note the end."""
        self._write()

    def _write(self) -> None:
        if shutil.disk_usage(self._folder).free < LOW_SPACE_BYTES:
            raise DiskLow
        if self._writer.call(lambda: _note(self._number, self._done, self._total)).result():
            raise Stopped


class DiskLow(DoorwardError):
    """There is too little room for a file."""

    def __init__(self) -> None:
        super().__init__(
            "The disk of the data folder is nearly full, so no more was written to it.",
            advice="Make room, or ask for less at once, and start it again.",
        )


def _failed(words: str, advice: str) -> dict[str, Any]:
    return {"state": State.FAILED, "words": words, "advice": advice, "finished": timezone.now()}


def _take() -> Job | None:
    """The job that has waited longest, now running."""
    job = Job.objects.filter(state=State.WAITING).select_related("operator").order_by("pk").first()
    if job is not None:
        Job.objects.filter(pk=job.pk).update(state=State.RUNNING, begun=timezone.now())
    return job


def _note(number: int, done: int, total: int | None) -> bool:
    """Note how far a job has come; gives whether somebody wants it stopped."""
    rows = Job.objects.filter(pk=number)
    rows.update(done=done, total=total)
    return bool(rows.values_list("stop_wanted", flat=True).first())

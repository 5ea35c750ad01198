"""What is done with jobs from requests: start, stop, start again, find; and what becomes of their files."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from doorward.model.errors import DoorwardError
from doorward.server.audit.services import Thing, record
from doorward.server.errors import NotThere
from doorward.server.jobs.choices import OPEN, State
from doorward.server.jobs.kinds import Arguments
from doorward.server.jobs.models import Job

if TYPE_CHECKING:
    from doorward.server.operators.access import Access
    from doorward.server.operators.models import Operator

logger = logging.getLogger(__name__)

FILES_KEPT: Final = timedelta(days=7)
ROWS_KEPT: Final = timedelta(days=30)
MOST_OPEN: Final = 5
"""So many jobs of one operator may wait or run."""

SEES_ALL: Final = "operators.manage"
BROKEN: Final = "The server ended before this was done."

_listeners: list[Callable[[], None]] = []


class JobRefused(DoorwardError):
    """A job cannot be started or stopped now."""


class UnknownJob(NotThere):
    """There is no such job, or it is somebody else's."""

    def __init__(self, number: int) -> None:
        super().__init__("job", number, "the number of a job of yours; GET /api/v1/jobs lists them")


def jobs_folder() -> Path:
    """The folder of the files of jobs."""
    return Path(settings.DOORWARD.data_path) / "jobs"


def visible_jobs(operator: Operator, access: Access) -> QuerySet[Job]:
    """The jobs that somebody may see: his own, or all."""
    rows = Job.objects.select_related("operator")
    return rows if access.may(SEES_ALL) else rows.filter(operator=operator)


def one_job(number: int, operator: Operator, access: Access) -> Job:
    """A job that somebody may see.

    Raises:
        UnknownJob: There is none.
    """
    found = visible_jobs(operator, access).filter(pk=number).first()
    if found is None:
        raise UnknownJob(number)
    return found


def start(kind: str, arguments: Arguments, operator: Operator, *, asked: dict[str, Any]) -> Job:
    """Ask for work; whoever calls this has checked that the operator may.

    Args:
        kind: Which kind.
        arguments: What is to be done.
        operator: Who asks.
        asked: What he asked for, for the audit log.

    Raises:
        JobRefused: Too many jobs of his are open.
    """
    with transaction.atomic():
        _check_open(operator)
        job = Job.objects.create(kind=kind, arguments=dict(arguments), operator=operator, created=timezone.now())
        record(kind, Thing("job", str(job.pk), job.title), after=asked)
        transaction.on_commit(wake)
    return job


def stop(job: Job) -> None:
    """Stop a job; one that runs ends within a second or so.

    Raises:
        JobRefused: It is over already.
    """
    now = timezone.now()
    open_job = Job.objects.filter(pk=job.pk, state=State.WAITING)
    if not open_job.update(state=State.STOPPED, stop_wanted=True, finished=now) and not Job.objects.filter(
        pk=job.pk, state=State.RUNNING
    ).update(stop_wanted=True):
        raise JobRefused("This job is over; there is nothing to stop.", advice="Its outcome is shown with it.")
    record("jobs.stop", Thing("job", str(job.pk), job.title))
    wake()


def start_again(job: Job, operator: Operator) -> None:
    """Do once more what failed or was stopped; whoever calls this has checked that the operator may.

    Raises:
        JobRefused: It is not over, it was done, or too many jobs are open.
    """
    with transaction.atomic():
        _check_open(operator)
        changed = Job.objects.filter(pk=job.pk, state__in=[State.FAILED, State.STOPPED]).update(
            state=State.WAITING, stop_wanted=False, done=0, total=None, words="", advice="", file_name="",
            stored_name="", size=0, begun=None, finished=None, expires=None,
        )  # fmt: skip
        if not changed:
            raise JobRefused("Only a job that failed or was stopped can be started again.", advice="Start a new one.")
        record("jobs.start", Thing("job", str(job.pk), job.title))
        transaction.on_commit(wake)


def file_of(job: Job) -> Path:
    """The file of a job.

    Raises:
        JobRefused: There is none, or it is gone.
    """
    if not job.stored_name:
        raise JobRefused("This job has no file.", advice="A job has its file when it is done.")
    path = jobs_folder() / job.stored_name
    if not path.is_file():
        raise JobRefused("The file of this job is gone: files are kept for 7 days.", advice="Start the job anew.")
    return path


def forget_files(kinds: Iterable[str]) -> int:
    """Remove the files of jobs of some kinds, whoever asked for them: somebody in them was erased. Gives how many.

    Jobs that are at work are stopped: what they write may hold what they read before.
    """
    chosen = Job.objects.filter(kind__in=list(kinds))
    chosen.filter(state__in=OPEN).update(stop_wanted=True)
    names = list(chosen.exclude(stored_name="").values_list("stored_name", flat=True))
    chosen.exclude(stored_name="").update(stored_name="", size=0, expires=None)

    def remove() -> None:
        for name in names:
            (jobs_folder() / name).unlink(missing_ok=True)

    transaction.on_commit(remove)
    return len(names)


def _check_open(operator: Operator) -> None:
    if Job.objects.filter(operator=operator, state__in=OPEN).count() >= MOST_OPEN:
        raise JobRefused(
            f"{MOST_OPEN} jobs of yours are not done yet.", advice="Wait until one is done, or stop one of them."
        )


# --- The side of the server -------------------------------------------------------------------------------------------


def mark_broken() -> int:
    """Say of jobs that ran when the server ended that they failed; gives how many there were."""
    return Job.objects.filter(state=State.RUNNING).update(
        state=State.FAILED, words=BROKEN, advice="Start it again.", finished=timezone.now()
    )


def remove_old(folder: Path) -> int:
    """Remove files that expired and files that belong to no job, and forget jobs of long ago; gives how many files.

    To be called while no job runs: its file belongs to it only when it is done.
    """
    now = timezone.now()
    Job.objects.filter(created__lt=now - ROWS_KEPT).exclude(state__in=OPEN).delete()
    Job.objects.filter(expires__lt=now).update(stored_name="", expires=None, size=0)
    kept = set(Job.objects.exclude(stored_name="").values_list("stored_name", flat=True))
    removed = 0
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.is_dir():
            # What a server that was killed had begun to write.
            shutil.rmtree(path, ignore_errors=True)
        elif path.name not in kept:
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def listen(listener: Callable[[], None]) -> Callable[[], None]:
    """Be told, in the thread that did it, when there is something to do; gives what ends it."""
    _listeners.append(listener)

    def end() -> None:
        _listeners.remove(listener)

    return end


def wake() -> None:
    """Tell the server that there is something to do."""
    for listener in tuple(_listeners):
        try:
            listener()
        except RuntimeError:  # a loop that is closing has no use for it
            logger.debug("A listener for jobs is gone.")

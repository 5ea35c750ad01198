"""``/api/v1/jobs``: what runs in the background for somebody, and the files that came of it."""

from __future__ import annotations

import mimetypes
from datetime import datetime
from pathlib import Path

from asgiref.sync import sync_to_async
from django.http import HttpRequest, StreamingHttpResponse
from ninja import Field, Query, Router, Schema

from doorward.server.audit.services import Thing, record
from doorward.server.cursors import PageQuery, newest_first
from doorward.server.jobs import services
from doorward.server.jobs.choices import State
from doorward.server.jobs.files import attachment
from doorward.server.jobs.kinds import kind_named
from doorward.server.jobs.models import Job
from doorward.server.operators.callers import AsyncCallerAuth, CallerAuth, caller_of, require, require_everywhere

router = Router(auth=CallerAuth())

UNKNOWN_TYPE = "application/octet-stream"
TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".jsonl": "application/x-ndjson",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class JobOut(Schema):
    """A job as the API shows it."""

    id: int
    kind: str = Field(description="A stable name for programs, such as events.export.")
    title: str
    operator: str
    state: State
    done: int
    total: int | None = Field(description="Null until that is known.")
    words: str = Field(description="What came of it, or why it failed.")
    advice: str
    file: str | None = Field(description="Where its file is fetched; null without one.")
    file_name: str
    size: int = Field(description="Bytes of the file.")
    created: datetime
    begun: datetime | None
    finished: datetime | None
    expires: datetime | None = Field(description="When the file is removed.")


class JobList(Schema):
    """A page of jobs."""

    items: list[JobOut]
    next: int | None = Field(description="Give it as 'after' for the next page; null on the last one.")


class JobFilter(PageQuery):
    """Which jobs are listed."""

    kind: str = Field("", max_length=40, description="Of this kind alone.")
    state: State | None = None
    everybody: bool = Field(False, description="Those of others too; needs operators.manage.")


def shown(job: Job) -> JobOut:
    """A job as the API shows it."""
    return JobOut(
        id=job.pk,
        kind=job.kind,
        title=job.title,
        operator=job.operator.get_username(),
        state=State(job.state),
        done=job.done,
        total=job.total,
        words=job.words,
        advice=job.advice,
        file=f"/api/v1/jobs/{job.pk}/file" if job.stored_name else None,
        file_name=job.file_name,
        size=job.size,
        created=job.created,
        begun=job.begun,
        finished=job.finished,
        expires=job.expires,
    )


@router.get("", response=JobList, summary="List jobs")
def list_jobs(request: HttpRequest, filters: Query[JobFilter]) -> JobList:
    """Jobs of the caller, the newest first."""
    caller = caller_of(request)
    rows = services.visible_jobs(caller.operator, caller.access)
    if filters.everybody:
        require(request, services.SEES_ALL)
    else:
        rows = rows.filter(operator=caller.operator)
    if filters.kind:
        rows = rows.filter(kind=filters.kind)
    if filters.state is not None:
        rows = rows.filter(state=filters.state)
    found, following = newest_first(rows, filters)
    return JobList(items=[shown(job) for job in found], next=following)


@router.get("/{int:number}", response=JobOut, summary="Show a job")
def show_job(request: HttpRequest, number: int) -> JobOut:
    """One job."""
    return shown(_job(request, number))


@router.post("/{int:number}/stop", response=JobOut, summary="Stop a job")
def stop_job(request: HttpRequest, number: int) -> JobOut:
    """Stop a job that waits or runs; one that runs ends within a second or so."""
    job = _job(request, number)
    services.stop(job)
    return shown(_job(request, number))


@router.post("/{int:number}/start", response=JobOut, summary="Start a job again")
def start_job_again(request: HttpRequest, number: int) -> JobOut:
    """Do once more what failed or was stopped."""
    job = _job(request, number)
    caller = caller_of(request)
    kind = kind_named(job.kind)
    if kind is not None:
        require(request, kind.right)
    if job.operator != caller.operator:
        raise services.JobRefused("Only the one who asked for a job can start it again.", advice="Start one of yours.")
    services.start_again(job, caller.operator)
    return shown(_job(request, number))


@router.get(
    "/{int:number}/file",
    auth=AsyncCallerAuth(),
    summary="Fetch the file of a job",
    openapi_extra={"responses": {200: {"description": "The file.", "content": {UNKNOWN_TYPE: {}}}}},
)
async def job_file(request: HttpRequest, number: int) -> StreamingHttpResponse:
    """The file that came of a job; kept for 7 days."""
    path, name = await sync_to_async(_file)(request, number)
    known = TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or UNKNOWN_TYPE
    return attachment(path, name, known)


def _file(request: HttpRequest, number: int) -> tuple[Path, str]:
    job = _job(request, number)
    kind = kind_named(job.kind)
    # A file outlives the right to make it, and a token may have been made for other things.
    if kind is not None:
        require(request, kind.right)
        if job.operator != caller_of(request).operator:
            # It holds what that operator may see, which may be more than the caller may.
            require_everywhere(request, kind.right)
    path = services.file_of(job)
    record("jobs.file", Thing("job", str(job.pk), job.title))
    return path, job.file_name


def _job(request: HttpRequest, number: int) -> Job:
    caller = caller_of(request)
    return services.one_job(min(number, 2**63 - 1), caller.operator, caller.access)

"""``/api/v1``: how the server does."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema

from doorward import __version__
from doorward.server.checks import worst
from doorward.server.checks.running import run_checks
from doorward.server.events.reading import last_position
from doorward.server.operators.callers import CallerAuth, caller_of, require_everywhere
from doorward.server.system.metrics import CONTENT_TYPE, metrics_text
from doorward.server.system.services import running_server

router = Router(auth=CallerAuth())


class StatusOut(Schema):
    """How the server does, in short."""

    version: str
    started: datetime | None = Field(description="When the server started; null when none runs.")
    web_address: str
    device_address: str = Field(description="Where devices in server mode call.")
    last_position: int = Field(description="Position of the newest line of the stream.")


class FindingOut(Schema):
    """One thing that a check found."""

    subject: str
    level: str = Field(description="ok, warning or error.")
    words: str
    advice: str


class ChecksOut(Schema):
    """What the checks found."""

    level: str = Field(description="The worst level of all findings.")
    findings: list[FindingOut]


@router.get("/status", response=StatusOut, summary="Show how the server does")
def show_status(request: HttpRequest) -> StatusOut:
    """Version, addresses, and how far the stream is; for everybody who may sign in."""
    caller_of(request)
    run = running_server()
    return StatusOut(
        version=__version__,
        started=run.started if run else None,
        web_address=run.web_address if run else "",
        device_address=run.device_address if run else "",
        last_position=last_position(),
    )


@router.get("/checks", response=ChecksOut, summary="Check the server")
def show_checks(request: HttpRequest) -> ChecksOut:
    """What ``doorward check`` finds: settings, database, ports, clocks, disk, certificates."""
    require_everywhere(request, "server.view")
    findings = run_checks(settings.DOORWARD)
    return ChecksOut(
        level=worst(findings).value,
        findings=[
            FindingOut(subject=found.subject, level=found.level.value, words=found.words, advice=found.advice)
            for found in findings
        ],
    )


@router.get(
    "/metrics",
    summary="Metrics for Prometheus",
    openapi_extra={"responses": {200: {"description": "Metrics as text.", "content": {"text/plain": {}}}}},
)
def show_metrics(request: HttpRequest) -> HttpResponse:
    """What the server measures of itself, in the text format of Prometheus."""
    require_everywhere(request, "server.view")
    return HttpResponse(metrics_text(), content_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})

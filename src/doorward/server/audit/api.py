"""``/api/v1/audit``: who did what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema

from doorward.server.audit.choices import Outcome
from doorward.server.audit.models import AuditEntry
from doorward.server.cursors import PageQuery, newest_first
from doorward.server.operators.callers import CallerAuth, require_everywhere

router = Router(auth=CallerAuth())


class AuditOut(Schema):
    """An entry of the audit log."""

    id: int
    at: datetime
    finished: datetime | None
    actor: str
    via: str
    address: str
    token: str
    request_id: str
    action: str
    object_type: str
    object_id: str
    object_name: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    outcome: str
    words: str


class AuditList(Schema):
    """A page of the audit log."""

    items: list[AuditOut]
    next: int | None


class AuditFilter(PageQuery):
    """Which entries are listed."""

    actor: str | None = None
    action: str | None = None
    object_type: str | None = None
    object_id: str | None = None
    outcome: Outcome | None = None
    since: datetime | None = None
    until: datetime | None = None


@router.get("", response=AuditList, summary="Read the audit log")
def list_audit(request: HttpRequest, filters: Query[AuditFilter]) -> AuditList:
    """Who did what, the newest first."""
    require_everywhere(request, "audit.view")
    rows = AuditEntry.objects.all()
    for name in ("actor", "action", "object_type", "object_id", "outcome"):
        value = getattr(filters, name)
        if value is not None:
            rows = rows.filter(**{name: value})
    if filters.since is not None:
        rows = rows.filter(at__gte=filters.since)
    if filters.until is not None:
        rows = rows.filter(at__lt=filters.until)
    found, following = newest_first(rows, filters)
    for row in found:
        row.veil()
    return AuditList(items=[AuditOut.from_orm(row) for row in found], next=following)

"""What a restoration means to the readers of the stream."""

from __future__ import annotations

import platform
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from doorward.server.backup.models import Restoration
from doorward.server.events.models import StreamPosition

APART: Final = 10_000_000_000
"""Positions go on at the next multiple of this after a restore. More events than that no database gives out between a
backup and its restore, so no position is ever given to two events; JavaScript counts exactly up to 900,000 times it."""


def resume_stream(made: datetime, version: str, by: str) -> Restoration:
    """Let the stream of a restored database go on apart from where the lost one may have got to."""
    with transaction.atomic():
        row = StreamPosition.objects.order_by("pk").first() or StreamPosition(pk=1, last=0)
        position = row.last
        row.last = (position // APART + 1) * APART
        row.save()
        return Restoration.objects.create(
            restored=timezone.now(),
            made=made,
            version=version,
            position=position,
            resumed=row.last,
            host=platform.node(),
            by=by,
        )


def resumed_after(position: int) -> int | None:
    """Where the stream goes on for a reader whose position was lost by a restore; None where it was not lost."""
    found = Restoration.objects.filter(position__lt=position, resumed__gt=position).order_by("-resumed").first()
    return None if found is None else found.resumed

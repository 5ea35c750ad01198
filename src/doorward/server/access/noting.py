"""What follows from each change of rights: devices are to be looked at, and whoever follows the stream is told."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from doorward.server.access.choices import Numbered
from doorward.server.access.models import AccessRight
from doorward.server.events.choices import Kind
from doorward.server.events.happenings import tell
from doorward.server.operators.actor import current_actor
from doorward.server.sync.marking import mark_tables


def note_access(kind: Numbered, number: int, what: str, *, devices: Iterable[int] = (), **more: int) -> None:
    """Note a change of a group, a schedule or a table of holidays, within the transaction that makes it, after it.

    Args:
        kind: What was changed.
        number: Its number.
        what: What was done, such as ``changed``.
        devices: The devices that hold it, or held it before.
        more: What else there is to tell, in numbers.
    """
    chosen = set(devices)
    if chosen:
        mark_tables(chosen)
    data = {"what": what, "of": kind.value, "number": number, "by": current_actor().name, **more}
    tell(Kind.ACCESS, data)


def devices_of(rights: QuerySet[AccessRight]) -> set[int]:
    """The devices at which rights hold."""
    return set(rights.values_list("door__device_id", flat=True))

"""Writing the audit log."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from django.db import models
from django.utils import timezone

from doorward.model.errors import DoorwardError
from doorward.server.audit.choices import Outcome
from doorward.server.audit.models import AuditEntry
from doorward.server.operators.actor import current_actor

LONGEST_NAME: Final = 200
AT_ONCE: Final = 50
"""Entries in one statement; older SQLite takes at most 999 values."""

_action: ContextVar[str] = ContextVar("audited action", default="")


@dataclass(frozen=True, slots=True)
class Thing:
    """What something was done to.

    Attributes:
        type: Its kind, such as ``device``.
        id: Its number or name for programs.
        name: What people call it.
    """

    type: str
    id: str
    name: str = ""

    @classmethod
    def of(cls, row: models.Model) -> Thing:
        """A row of the database, by its ``audit_name`` where it has one: what the log says stays for good."""
        name = getattr(row, "audit_name", None) or str(row)
        return cls(row._meta.model_name or "", str(row.pk), name[:LONGEST_NAME])


NOTHING: Final = Thing("", "")


def record(
    action: str,
    thing: Thing = NOTHING,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    outcome: Outcome = Outcome.DONE,
    words: str = "",
) -> AuditEntry:
    """Note that the one who acts now did something.

    Args:
        action: What, such as ``device.approve``.
        thing: To what.
        before: The changed values as they were. Never a secret.
        after: The changed values as they are now. Never a secret.
        outcome: What came of it; one that is under way has to be closed.
        words: The result, or why it was refused.
    """
    entry = _entry(action, thing, before, after)
    entry.outcome, entry.words = outcome, words
    if outcome == Outcome.PENDING:
        entry.finished = None
    entry.save(force_insert=True)
    return entry


def record_many(action: str, done: Iterable[tuple[Thing, Mapping[str, Any] | None, Mapping[str, Any] | None]]) -> None:
    """Note that the one who acts now did the same with many things.

    Args:
        action: What, such as ``person.change``.
        done: The things, each with the changed values before and after. Never a secret.
    """
    AuditEntry.objects.bulk_create((_entry(action, *one) for one in done), batch_size=AT_ONCE)


def _entry(action: str, thing: Thing, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> AuditEntry:
    actor, now = current_actor(), timezone.now()
    return AuditEntry(
        at=now,
        finished=now,
        actor=actor.name,
        operator_id=actor.operator_id,
        via=actor.via,
        address=actor.address,
        token=actor.token,
        request_id=actor.request_id,
        action=action,
        object_type=thing.type,
        object_id=thing.id,
        object_name=thing.name,
        before=before,
        after=after,
    )


def close(entry: AuditEntry, outcome: Outcome, words: str = "") -> None:
    """Note what came of an action that is under way."""
    AuditEntry.objects.filter(pk=entry.pk, outcome=Outcome.PENDING).update(
        outcome=outcome, words=words, finished=timezone.now()
    )


def close_forgotten() -> int:
    """Close what a server that was killed left under way; gives how many there were."""
    words = "The server ended before the outcome was known; it may have been done all the same."
    return AuditEntry.objects.filter(outcome=Outcome.PENDING).update(
        outcome=Outcome.FAILED, words=words, finished=timezone.now()
    )


@contextlib.contextmanager
def named(action: str) -> Iterator[None]:
    """Changes of rows inside are noted under this name rather than as mere changes of a table."""
    token = _action.set(action)
    try:
        yield
    finally:
        _action.reset(token)


def current_action() -> str:
    """The name that changes of rows are noted under; empty for that of their table."""
    return _action.get()


@contextlib.contextmanager
def under_way(action: str, thing: Thing = NOTHING, *, after: Mapping[str, Any] | None = None) -> Iterator[list[str]]:
    """Note an action before it begins, and its outcome when it is over.

    Gives a list; what is put into it becomes the words of the outcome. An error that leaves the block is its outcome.
    """
    entry = record(action, thing, after=after, outcome=Outcome.PENDING)
    words: list[str] = []
    try:
        yield words
    except DoorwardError as error:
        close(entry, Outcome.FAILED, error.message)
        raise
    except BaseException as error:
        close(entry, Outcome.FAILED, f"It ended with an error: {type(error).__name__}.")
        raise
    close(entry, Outcome.DONE, " ".join(words))

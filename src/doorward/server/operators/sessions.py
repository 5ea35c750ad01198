"""Sessions of the console: noted when they begin, looked at, and ended."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Final

from django.contrib.auth import get_user, update_session_auth_hash
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone

from doorward.server.audit.services import Thing, record
from doorward.server.operators.actor import current_actor
from doorward.server.operators.models import Operator, OperatorSession

SEEN_STEP: Final = timedelta(minutes=1)
LONGEST_BROWSER: Final = 300
KEPT: Final = timedelta(days=90)


def key_digest(key: str) -> bytes:
    """What a session is found by without knowing its key."""
    return hashlib.sha256(key.encode()).digest()


def session_operator(request: HttpRequest) -> Operator | None:
    """The operator of a request's session, if it holds and was not ended."""
    session = getattr(request, "session", None)
    if session is None or not session.session_key:
        return None
    operator = get_user(request)
    if not isinstance(operator, Operator) or not operator.is_active:
        return None
    row = OperatorSession.objects.filter(key_digest=key_digest(session.session_key)).first()
    if row is None or row.ended is not None or row.operator_id != operator.pk:
        return None
    now = timezone.now()
    if now - row.seen > SEEN_STEP:
        OperatorSession.objects.filter(pk=row.pk).update(seen=now)
    return operator


def begin_session(request: HttpRequest, operator: Operator) -> None:
    """Note that a session began, and forget those that ended long ago."""
    session = request.session
    if not session.session_key:
        session.save()
    now = timezone.now()
    OperatorSession.objects.filter(seen__lt=now - KEPT).delete()
    OperatorSession.objects.update_or_create(
        key_digest=key_digest(session.session_key or ""),
        defaults={
            "operator": operator,
            "begun": now,
            "seen": now,
            "address": current_actor().address,
            "browser": request.headers.get("User-Agent", "")[:LONGEST_BROWSER],
            "ended": None,
            "ended_by": "",
        },
    )


def renew_session(request: HttpRequest, operator: Operator) -> None:
    """Go on after a new password in the session in which it was set, under a new key."""
    before = key_digest(request.session.session_key or "")
    update_session_auth_hash(request, operator)
    move_session(request, before)


def move_session(request: HttpRequest, before: bytes) -> None:
    """Note that a session goes on under another key than the one that ``before`` is the digest of."""
    after = key_digest(request.session.session_key or "")
    OperatorSession.objects.filter(key_digest=before, ended__isnull=True).update(key_digest=after)


def end_session(row: OperatorSession, *, by: str) -> None:
    """End a session at once, wherever it is open."""
    ended = OperatorSession.objects.filter(pk=row.pk, ended__isnull=True).update(ended=timezone.now(), ended_by=by)
    _forget({bytes(row.key_digest)})
    _note_ended(row.operator, ended)


def end_sessions(operator: Operator, *, by: str, but: str = "") -> int:
    """End the sessions of an operator.

    Args:
        operator: Whose.
        by: Who ends them.
        but: Key of one that goes on.
    """
    rows = OperatorSession.objects.filter(operator=operator, ended__isnull=True).exclude(key_digest=key_digest(but))
    digests = {bytes(digest) for digest in rows.values_list("key_digest", flat=True)}
    ended = rows.update(ended=timezone.now(), ended_by=by)
    _forget(digests)
    _note_ended(operator, ended)
    return ended


def _note_ended(operator: Operator, count: int) -> None:
    if count:
        words = "1 session was ended." if count == 1 else f"{count} sessions were ended."
        record("session.end", Thing.of(operator), words=words)


def _forget(digests: set[bytes]) -> None:
    """Remove the content of sessions, so that no other part of the program takes one for valid."""
    for key in Session.objects.values_list("session_key", flat=True):
        if key_digest(key) in digests:
            SessionStore(key).delete()

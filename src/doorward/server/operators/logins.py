"""Notes who logs in and out, and who fails to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from doorward.server.audit.choices import Outcome
from doorward.server.audit.models import AuditEntry
from doorward.server.audit.services import Thing, record
from doorward.server.operators.actor import CONSOLE, current_actor, name_actor
from doorward.server.operators.models import Operator, OperatorSession
from doorward.server.operators.sessions import begin_session, key_digest

LONGEST_NAME = 150
TOO_MANY: Final = "Too many attempts."
WRONG: Final = "The name or the password is wrong."
WRONG_CODE: Final = "The code is wrong."
CODE: Final = "the code of the second factor"
"""The sender of the signal where it was the code that was wrong."""


def connect() -> None:
    """Begin to note them."""
    user_logged_in.connect(_logged_in, dispatch_uid="operators logged in")
    user_logged_out.connect(_logged_out, dispatch_uid="operators logged out")
    user_login_failed.connect(_login_failed, dispatch_uid="operators login failed")


def client_address(request: HttpRequest) -> str:
    """From where a request comes; what a proxy on this machine says of it was taken over by the web server."""
    return str(request.META.get("REMOTE_ADDR", ""))


def _logged_in(request: HttpRequest, user: Any, **_: Any) -> None:
    if isinstance(user, Operator):
        name_actor(user.get_username(), user.pk, via=CONSOLE)
        begin_session(request, user)
        record("login", Thing.of(user))


def _logged_out(request: HttpRequest, user: Any, **_: Any) -> None:
    if not isinstance(user, Operator):
        return
    key = request.session.session_key
    if key:
        OperatorSession.objects.filter(key_digest=key_digest(key), ended__isnull=True).update(
            ended=timezone.now(), ended_by=user.get_username()
        )
    record("logout", Thing.of(user))


def _login_failed(
    credentials: dict[str, Any], request: HttpRequest | None = None, sender: object = None, **_: Any
) -> None:
    name = str(credentials.get("username", ""))[:LONGEST_NAME]
    locked = bool(getattr(request, "axes_locked_out", False))
    if locked and _told(name):
        return
    words = TOO_MANY if locked else WRONG_CODE if sender == CODE else WRONG
    record("login", Thing("operator", "", name), outcome=Outcome.REFUSED, words=words)


def wrong_codes(name: str) -> int:
    """How many wrong codes were given for a name of late, from wherever; only who knows the password gives any."""
    return _of_late(name, WRONG_CODE).count()


def _told(name: str) -> bool:
    """Whether it stands in the audit log that a name is kept out: nobody shall fill that log by going on and on."""
    return _of_late(name, TOO_MANY).filter(address=current_actor().address).exists()


def _of_late(name: str, words: str) -> QuerySet[AuditEntry]:
    since: timedelta = settings.AXES_COOLOFF_TIME
    return AuditEntry.objects.filter(action="login", words=words, object_name=name, at__gt=timezone.now() - since)

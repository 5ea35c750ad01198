"""Signing in: the password, then the code of the second factor where there is one."""

from __future__ import annotations

import threading
import time
from typing import Any, Final

from axes.handlers.proxy import AxesProxyHandler
from django import forms
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from doorward.server.operators import second_factor
from doorward.server.operators.logins import CODE, wrong_codes
from doorward.server.operators.models import Operator

PENDING: Final = "sign-in that waits for its code"
DUE: Final = "second factor to be set up"
PENDING_SECONDS: Final = 300
WRONG_CODES: Final = 10
"""So many wrong codes of one account are taken in the time for which attempts are counted."""
WAITING: Final = 8
"""So many people wait for the check of their passwords at most. The digest of a password is slow on purpose, and
whoever asks for many at once shall not keep the machine from its doors: they are made one after the other."""
BUSY: Final = _("Too many people sign in at this moment. Try again in a few seconds.")
TOO_MANY: Final = _("Too many attempts with this name from here. Try again in %(minutes)s minutes.")


_waiting = threading.BoundedSemaphore(WAITING)
_checking = threading.Lock()


class SignInForm(AuthenticationForm):
    """Name and password."""

    error_messages = {  # noqa: RUF012 - Django's own form has it so
        "invalid_login": _("The name or the password is wrong."),
        "inactive": _("This account is switched off."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("Name")
        self.fields["password"].label = _("Password")

    def clean(self) -> dict[str, Any]:
        """Check both; whoever tried too often has to wait."""
        if not _waiting.acquire(blocking=False):
            raise ValidationError(BUSY, code="busy")
        try:
            with _checking:
                return super().clean()
        except ValidationError:
            if is_locked_out(self.request):
                raise too_many() from None
            raise
        finally:
            _waiting.release()


class CodeForm(forms.Form):
    """The code of the second factor."""

    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        help_text=_("The six digits that your app shows now, or one of your recovery codes."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "text", "autofocus": True}),
    )


def is_locked_out(request: HttpRequest | None) -> bool:
    """Whether this attempt was refused because there were too many before."""
    return bool(getattr(request, "axes_locked_out", False))


def too_many() -> ValidationError:
    """The words for it."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    return ValidationError(TOO_MANY, params={"minutes": minutes}, code="too_many")


def sign_in(request: HttpRequest, operator: Operator) -> bool:
    """Begin a session for whoever gave the right password; False where a code has to be given first."""
    if second_factor.has_second_factor(operator):
        request.session.cycle_key()
        request.session[PENDING] = {"operator": operator.pk, "since": time.time()}
        return False
    login(request, operator, backend=_backend())
    request.session[DUE] = second_factor.must_have_second_factor(operator)
    return True


def pending_operator(request: HttpRequest) -> Operator | None:
    """Who gave the right password a short while ago and has to give a code; None: nobody."""
    found = request.session.get(PENDING)
    if not isinstance(found, dict) or time.time() - float(found.get("since", 0)) > PENDING_SECONDS:
        return None
    return Operator.objects.filter(pk=int(found["operator"]), is_active=True).first()


def sign_in_with_code(request: HttpRequest, operator: Operator, code: str) -> None:
    """Begin a session for whoever gives the right code too.

    Raises:
        ValidationError: It is wrong, or there were too many attempts.
    """
    check_code(request, operator, code)
    request.session.pop(PENDING, None)
    login(request, operator, backend=_backend())
    request.session[DUE] = False


def check_code(request: HttpRequest, operator: Operator, code: str) -> None:
    """Take a code of the second factor.

    Raises:
        ValidationError: It is wrong, or there were too many attempts.
    """
    credentials = {"username": operator.get_username()}
    # A wrong code counts as a failed sign-in, so that codes cannot be guessed either.
    if not AxesProxyHandler.is_allowed(request, credentials):
        raise too_many()
    # Somebody who got at the password may come from many addresses.
    if wrong_codes(operator.get_username()) >= WRONG_CODES:
        raise too_many()
    if not second_factor.verify(operator, code):
        user_login_failed.send(sender=CODE, credentials=credentials, request=request)
        raise ValidationError(_("This code is wrong, or was used before."), code="wrong")


def _backend() -> str:
    return settings.AUTHENTICATION_BACKENDS[-1]

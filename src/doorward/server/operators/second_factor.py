"""The second factor of an operator: codes of an app on his phone, and recovery codes on paper."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.db import transaction
from django.utils import timezone

from doorward.model.errors import InvalidInput
from doorward.server.audit.services import Thing, record
from doorward.server.operators.models import Operator, RecoveryCode, Role, SecondFactor

SECRET_BYTES: Final = 20
DIGITS: Final = 6
STEP_SECONDS: Final = 30
STEPS_BESIDE: Final = 1
"""So many steps before and after the present one are taken too: clocks of phones differ."""
RECOVERY_CODES: Final = 10
RECOVERY_BYTES: Final = 5
ISSUER: Final = "Doorward"


def has_second_factor(operator: Operator) -> bool:
    """Whether a code is asked for at login."""
    return SecondFactor.objects.filter(operator=operator, confirmed__isnull=False).exists()


def holders() -> list[int]:
    """The numbers of the accounts with a second factor."""
    return list(SecondFactor.objects.filter(confirmed__isnull=False).values_list("operator_id", flat=True))


def must_have_second_factor(operator: Operator) -> bool:
    """Whether one of his roles asks for a second factor."""
    return Role.objects.filter(assignments__operator=operator, second_factor=True).exists()


def begin(operator: Operator) -> SecondFactor:
    """Make a shared secret that has to be confirmed; one that was begun before is thrown away.

    Raises:
        InvalidInput: He has a second factor already.
    """
    if has_second_factor(operator):
        raise InvalidInput("second factor", "a new one", "no other before the present one is removed")
    secret = base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()
    factor, _ = SecondFactor.objects.update_or_create(
        operator=operator, defaults={"secret": secret, "begun": timezone.now(), "confirmed": None, "last_step": 0}
    )
    return factor


def address(factor: SecondFactor) -> str:
    """What the app reads from the picture: an ``otpauth`` address. It holds the secret."""
    return _totp(factor).get_provisioning_uri(factor.operator.get_username(), ISSUER)


def confirm(operator: Operator, code: str, *, now: float | None = None) -> list[str]:
    """Take the first code of the app; from now on one is asked for.

    Args:
        operator: Whose second factor.
        code: What the app shows.
        now: Seconds since 1970; None: now.

    Returns:
        Recovery codes, shown this once.

    Raises:
        InvalidInput: The code is not the one of now, or no second factor was begun.
    """
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().filter(operator=operator, confirmed__isnull=True).first()
        if factor is None:
            raise InvalidInput("second factor", "the code", "one that belongs to a second factor that was begun")
        if not _take(factor, code, now):
            raise InvalidInput("code", code, f"the {DIGITS} digits that the app shows now; check the phone's clock")
        factor.confirmed = timezone.now()
        factor.save(update_fields=["confirmed", "last_step"])
        codes = _new_recovery_codes(operator)
    record("second-factor.add", Thing.of(operator))
    return codes


def verify(operator: Operator, code: str, *, now: float | None = None) -> bool:
    """Whether a code opens: that of the app, each once, or a recovery code that was not used."""
    cleaned = code.replace(" ", "").replace("-", "").lower()
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().filter(operator=operator, confirmed__isnull=False).first()
        if factor is None:
            return False
        if _take(factor, cleaned, now):
            factor.save(update_fields=["last_step"])
            return True
        used = RecoveryCode.objects.filter(operator=operator, digest=_digest(cleaned), used__isnull=True).update(
            used=timezone.now()
        )
    if used:
        record("recovery-code.use", Thing.of(operator))
    return bool(used)


def new_recovery_codes(operator: Operator) -> list[str]:
    """Make recovery codes in the place of all former ones; shown this once."""
    with transaction.atomic():
        codes = _new_recovery_codes(operator)
    record("recovery-code.add", Thing.of(operator))
    return codes


def remove(operator: Operator) -> None:
    """Take the second factor and its recovery codes away."""
    with transaction.atomic():
        deleted, _ = SecondFactor.objects.filter(operator=operator).delete()
        RecoveryCode.objects.filter(operator=operator).delete()
    if deleted:
        record("second-factor.delete", Thing.of(operator))


def _new_recovery_codes(operator: Operator) -> list[str]:
    codes = [secrets.token_hex(RECOVERY_BYTES) for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.filter(operator=operator).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(operator=operator, digest=_digest(code)) for code in codes)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _totp(factor: SecondFactor) -> TOTP:
    # SHA-1 is what every app of this kind knows; it is used as RFC 6238 has it.
    return TOTP(base64.b32decode(factor.secret), DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303 - see above


def _take(factor: SecondFactor, code: str, now: float | None) -> bool:
    """Whether a code is right and newer than the last one taken; notes it as taken."""
    if len(code) != DIGITS or not code.isascii() or not code.isdigit():
        return False
    totp = _totp(factor)
    present = int((time.time() if now is None else now) // STEP_SECONDS)
    for step in range(present - STEPS_BESIDE, present + STEPS_BESIDE + 1):
        expected = totp.generate(step * STEP_SECONDS)
        if secrets.compare_digest(expected, code.encode()) and step > factor.last_step:
            factor.last_step = step
            return True
    return False


def _digest(code: str) -> bytes:
    return hashlib.sha256(code.encode(errors="surrogatepass")).digest()

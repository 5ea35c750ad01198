"""The signature of a delivery: who knows the secret can tell that it comes from this server, and when it was sent."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

# Begins each secret, so that one that leaked is recognized by scanners.
SECRET_MARK: Final = "doorward_webhook_"  # noqa: S105 - the mark alone
SECRET_BYTES: Final = 32

SIGNATURE_HEADER: Final = "Doorward-Signature"
DELIVERY_HEADER: Final = "Doorward-Delivery"


def new_secret() -> str:
    """A fresh secret."""
    return SECRET_MARK + secrets.token_urlsafe(SECRET_BYTES)


def signature(secret: str, body: bytes, at: int) -> str:
    """The value of the header ``Doorward-Signature``.

    Args:
        secret: The secret of the webhook.
        body: The body as it is sent.
        at: When, in whole seconds since 1970 in UTC; part of what is signed, so that an old delivery that somebody
            recorded cannot be passed off as a new one.
    """
    digest = hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"

"""Checks of what people type; each refusal names the field, the value, and what is allowed."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from doorward.device.limits import WIDEST
from doorward.model.errors import InvalidInput

LONGEST_NOTES: Final = 10_000
LONGEST_SHOWN: Final = 60
EARLIEST: Final = datetime(1970, 1, 2, tzinfo=UTC)
LATEST: Final = datetime(2106, 2, 6, tzinfo=UTC)
"""Devices count seconds since 1970 in 32 bits, of their own local time."""


def one_line(field: str, text: str, longest: int, *, empty: bool = True) -> str:
    """A text of one line without spaces at its ends.

    Raises:
        InvalidInput: It is too long, empty where it may not be, or has characters that cannot be seen.
    """
    kept = text.strip()
    if len(kept) > longest or (not kept and not empty):
        raise InvalidInput(field, _short(text), f"{0 if empty else 1} to {longest} letters")
    if any(unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"} for letter in kept):
        raise InvalidInput(field, _short(text), "text in one line, without control characters")
    return kept


def device_text(field: str, text: str, *, empty: bool = True) -> str:
    """A text that devices keep: a name of a person or a department.

    Raises:
        InvalidInput: No model can hold it.
    """
    kept = one_line(field, text, WIDEST.name_units, empty=empty)
    units = len(kept.encode("utf-16-le")) // 2
    if units > WIDEST.name_units:
        raise InvalidInput(field, _short(kept), f"at most {WIDEST.name_units} UTF-16 units (this has {units})")
    return kept


def long_text(field: str, text: str, longest: int = LONGEST_NOTES) -> str:
    """A text of many lines.

    Raises:
        InvalidInput: It is too long, or has characters that no database keeps.
    """
    if len(text) > longest:
        raise InvalidInput(field, _short(text), f"at most {longest} letters")
    if "\0" in text or any(unicodedata.category(letter) == "Cs" for letter in text):
        raise InvalidInput(field, _short(text), "text without NUL characters and halves of characters")
    return text.strip()


def mail(field: str, text: str) -> str:
    """An address of mail, or nothing.

    Raises:
        InvalidInput: It is none.
    """
    kept = one_line(field, text, 254)
    if kept:
        try:
            validate_email(kept)
        except ValidationError:
            raise InvalidInput(field, _short(text), "an address such as ada@example.com, or nothing") from None
    return kept


def whole(field: str, value: object, low: int, high: int) -> int:
    """A whole number.

    Raises:
        InvalidInput: It is none, or too small or large.
    """
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise InvalidInput(field, value, f"a whole number from {low} to {high}")
    return value


def moment(field: str, value: datetime | None) -> datetime | None:
    """A moment that devices can hold, in whole seconds; None for none.

    Raises:
        InvalidInput: It has no zone, or lies before or after all that devices know.
    """
    if value is None:
        return None
    if value.tzinfo is None:
        raise InvalidInput(field, value.isoformat(), "a moment with its zone, such as 2026-11-29T08:00:00+01:00")
    if not EARLIEST <= value <= LATEST:
        raise InvalidInput(field, value.isoformat(), f"{EARLIEST:%Y-%m-%d} to {LATEST:%Y-%m-%d}")
    return value.astimezone(UTC).replace(microsecond=0)


def hidden(secret: str | bytes) -> str:
    """What an error may say of a secret."""
    return f"<{len(secret)} {'characters' if isinstance(secret, str) else 'bytes'}>"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "..."

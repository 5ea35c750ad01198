"""Whether somebody may pass at all now, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from doorward.server.people.models import Person


@dataclass(frozen=True, slots=True)
class Validity:
    """How the validity of a person stands.

    Attributes:
        words: In words.
        kind: The kind of badge: good, neutral, warn or bad.
        is_usual: Whether nothing about it wants saying: valid without an end.
    """

    words: str
    kind: str
    is_usual: bool = False


def validity_of(person: Person, now: datetime) -> Validity:
    """How the validity of a person stands at a moment."""

    def day(moment: datetime) -> str:
        return date_format(timezone.localtime(moment), "DATE_FORMAT")

    if person.disabled:
        return Validity(_("blocked"), "bad")
    if person.valid_from is not None and person.valid_from > now:
        return Validity(_("valid from %(day)s") % {"day": day(person.valid_from)}, "warn")
    if person.valid_until is not None and person.valid_until <= now:
        return Validity(_("over since %(day)s") % {"day": day(person.valid_until)}, "warn")
    if person.valid_until is not None:
        return Validity(_("until %(day)s") % {"day": day(person.valid_until)}, "neutral")
    return Validity(_("valid"), "good", is_usual=True)

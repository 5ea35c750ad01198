"""The small numbers by which devices know groups, schedules and holidays: one that was freed is given again last."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone

from doorward.model.errors import InvalidInput
from doorward.server.access.choices import Numbered
from doorward.server.access.models import FreedNumber


def next_number(kind: Numbered, used: Iterable[int], highest: int) -> int:
    """The number for something new, which it has from now on.

    The lowest one that nothing ever had; then the one that was freed first, since a device that is away may still hold
    what had it lately.

    Args:
        kind: What it is for.
        used: The numbers that are in use.
        highest: The highest number that devices know.

    Raises:
        InvalidInput: All are in use.
    """
    taken = set(used)
    freed = dict(FreedNumber.objects.filter(kind=kind).values_list("number", "at"))
    free = [number for number in range(1, highest + 1) if number not in taken]
    if not free:
        raise InvalidInput("number", highest + 1, f"at most {highest} at once, since no device knows more numbers")
    fresh = [number for number in free if number not in freed]
    number = fresh[0] if fresh else min(free, key=lambda each: freed[each])
    FreedNumber.objects.filter(kind=kind, number=number).delete()
    return number


def free_number(kind: Numbered, number: int) -> None:
    """Note that nothing has a number any more."""
    FreedNumber.objects.update_or_create(kind=kind, number=number, defaults={"at": timezone.now()})

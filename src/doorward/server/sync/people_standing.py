"""How people stand on the devices: on how many they are, and on how many something of them waits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q

from doorward.server.sync.models import Held, Waiting


@dataclass(frozen=True, slots=True)
class PersonStanding:
    """How one person stands.

    Attributes:
        held: On how many devices the person is.
        waiting: On how many a change of the person waits to be sent.
        problems: On how many of these it cannot be sent as things are.
    """

    held: int = 0
    waiting: int = 0
    problems: int = 0


def standings(numbers: Iterable[int]) -> dict[int, PersonStanding]:
    """How people stand; whoever is on no device and waits for none is left out."""
    wanted = list(numbers)
    held = dict(Held.objects.filter(number__in=wanted).values_list("number").annotate(count=Count("pk")).order_by())
    waiting = {
        number: (count, problems)
        for number, count, problems in Waiting.objects.filter(number__in=wanted)
        .values_list("number")
        .annotate(count=Count("pk"), problems=Count("pk", filter=~Q(problem="")))
        .order_by()
    }
    return {
        number: PersonStanding(held.get(number, 0), *waiting.get(number, (0, 0)))
        for number in held.keys() | waiting.keys()
    }

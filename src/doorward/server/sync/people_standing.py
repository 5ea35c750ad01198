"""How people stand on the devices: on how many they are, and on how many something of them waits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from doorward.server.access.models import AccessRight
from doorward.server.people.models import Person
from doorward.server.sync.choices import Comparing
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


def not_everywhere(rows: QuerySet[Person]) -> QuerySet[Person]:
    """Those of people who are not yet on all devices as they should be."""
    marked = Waiting.objects.filter(number=OuterRef("number"))
    held = Held.objects.filter(number=OuterRef(OuterRef("number")), device_id=OuterRef("door__device_id"))
    # Where everybody is compared, or will be once the device was read, nobody has a mark of his own.
    compared = Q(door__device__managing__checked_at__isnull=True) | ~Q(door__device__managing__comparing=Comparing.NOT)
    missing = AccessRight.objects.filter(
        ~Exists(held.exclude(digest=b"")),
        compared,
        group__memberships__person=OuterRef("pk"),
        door__device__managing__managed=True,
    )
    return rows.filter(Exists(marked) | Exists(missing))

"""Which devices a person concerns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from doorward.server.access.models import Membership
from doorward.server.sync.models import Difference, Held, Waiting

_AT_ONCE = 500


def devices_concerned(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The managed devices that hold people or should or did, as pairs of device and person; a pair may come twice."""
    for begin in range(0, len(numbers), _AT_ONCE):
        part = numbers[begin : begin + _AT_ONCE]
        rights = Membership.objects.filter(person__number__in=part, group__rights__door__device__managing__managed=True)
        yield from rights.values_list("group__rights__door__device_id", "person__number").distinct()
    yield from devices_with(numbers)


def devices_with(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The managed devices that hold people, may hold them, or wait for them; a pair may come twice."""
    for begin in range(0, len(numbers), _AT_ONCE):
        part = numbers[begin : begin + _AT_ONCE]
        for table in (Held, Waiting, Difference):
            rows = table.objects.filter(number__in=part, device__managing__managed=True)
            yield from rows.values_list("device_id", "number")

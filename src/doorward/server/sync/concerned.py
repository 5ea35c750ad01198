"""Which devices a person concerns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from doorward.server.sync.models import Held, ManagedDevice, Waiting

_AT_ONCE = 500


def devices_concerned(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The managed devices that hold people or should or did, as pairs of device and person; each pair once."""
    managed = list(ManagedDevice.objects.filter(managed=True).values_list("pk", flat=True))
    for number in numbers:
        for device_id in managed:
            yield device_id, number


def devices_with(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The managed devices that hold people, may hold them, or wait for them; a pair may come twice."""
    for begin in range(0, len(numbers), _AT_ONCE):
        part = numbers[begin : begin + _AT_ONCE]
        for table in (Held, Waiting):
            rows = table.objects.filter(number__in=part, device__managing__managed=True)
            yield from rows.values_list("device_id", "number")

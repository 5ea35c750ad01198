"""Marks who has to be looked at on which devices; whoever changes people or rights calls this.

Each function is called within the transaction that changes the data, after the change: then no change is ever committed
without its mark, and no mark without its change. Marking too much costs a look; marking too little would leave somebody
in who is to stay out.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Final, TypeVar

from django.db import connection, transaction
from django.utils import timezone

from doorward.server.sync.choices import Comparing, Urgency
from doorward.server.sync.concerned import devices_concerned, devices_with
from doorward.server.sync.hints import announce
from doorward.server.sync.models import TABLES, ManagedDevice, PersonStamp, Waiting

T = TypeVar("T")

MOST_MARKS: Final = 5_000
"""From so many marks on, devices are marked to compare everybody, which is cheaper than so many rows."""

AT_ONCE: Final = 500
_STAMP_BITS: Final = 62
_LOCK: Final = 0x446F_6F72_7761_7264
"""Name of the lock between who changes data and who is about to send them."""


def mark_people(numbers: Iterable[int], *, urgent: bool) -> None:
    """Have people looked at on every device that holds them, or should or did.

    Args:
        numbers: The people whose data, credentials or groups changed.
        urgent: Whether the change takes something away: a right, a card, a PIN, validity. Then it goes before all else.
    """
    _require_transaction()
    chosen = sorted(set(numbers))
    if not chosen:
        return
    _renew_stamps(chosen)
    shut_out_intentions()
    pairs: set[tuple[int, int]] = set()
    for pair in devices_concerned(chosen):
        pairs.add(pair)
        if len(pairs) > MOST_MARKS:
            _compare_everybody(urgent=urgent)
            return
    _mark(sorted(pairs), urgent=urgent)


def mark_tables(device_ids: Iterable[int]) -> None:
    """Have schedules, holidays and access groups of devices looked at; who may pass there is compared where need be.

    Args:
        device_ids: The devices whose tables may have changed; those that are not managed are left out.
    """
    _require_transaction()
    managed = ManagedDevice.objects.filter(managed=True).values_list("pk", flat=True)
    _mark([(device_id, TABLES) for device_id in sorted(set(managed).intersection(device_ids))], urgent=True)


def mark_removed(number: int, device_ids: Iterable[int]) -> None:
    """Have a person who is not in the data any more deleted from devices.

    Args:
        number: Whose number it was.
        device_ids: Where the person had a right; devices that hold the person by what is known here are added.
    """
    _require_transaction()
    _renew_stamps([number])
    shut_out_intentions()
    managed = set(ManagedDevice.objects.filter(managed=True).values_list("pk", flat=True))
    chosen = (managed & set(device_ids)) | {device_id for device_id, _ in devices_with([number])}
    _mark([(device_id, number) for device_id in sorted(chosen)], urgent=True)


def shut_out_intentions() -> None:
    """Let nobody begin to write people to devices before this transaction ends, who could not see its data.

    SQLite has one writer at a time anyway. Without this, PostgreSQL would let a device be given somebody from the data
    of before, while it is not seen here that it is.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_LOCK])


def try_to_intend() -> bool:
    """The other side of ``shut_out_intentions``: whether people may be written to devices in this transaction."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def new_stamp() -> int:
    """A number that no other mark has."""
    return secrets.randbits(_STAMP_BITS)


def _require_transaction() -> None:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("mark within the transaction that changes the data")


def _mark(pairs: Sequence[tuple[int, int]], *, urgent: bool) -> None:
    if not pairs:
        return
    now = timezone.now()
    urgency = Urgency.WITHDRAWAL if urgent else Urgency.ORDINARY
    # What is urgent stays so, whatever else changes before it was sent.
    kept = ["stamp", "due", "tries", "problem", *(["urgency"] if urgent else [])]
    for part in parts(pairs, AT_ONCE):
        Waiting.objects.bulk_create(
            [_waiting(device_id, number, urgency, now) for device_id, number in part],
            update_conflicts=True,
            update_fields=kept,
            unique_fields=["device", "number"],
        )
    announce()


def _waiting(device_id: int, number: int, urgency: Urgency, now: datetime) -> Waiting:
    return Waiting(device_id=device_id, number=number, urgency=urgency, since=now, due=now, stamp=new_stamp())


def _compare_everybody(*, urgent: bool) -> None:
    managed = ManagedDevice.objects.filter(managed=True)
    stamp = new_stamp()
    if urgent:
        managed.update(comparing=Comparing.WITHDRAWAL, comparing_stamp=stamp)
    else:
        managed.exclude(comparing=Comparing.WITHDRAWAL).update(comparing=Comparing.ORDINARY)
        managed.update(comparing_stamp=stamp)
    announce()


def _renew_stamps(numbers: Sequence[int]) -> None:
    for part in parts(numbers, AT_ONCE):
        PersonStamp.objects.bulk_create(
            [PersonStamp(number=number, stamp=new_stamp()) for number in part],
            update_conflicts=True,
            update_fields=["stamp"],
            unique_fields=["number"],
        )


def parts(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of at most ``size`` items."""
    source = iter(items)
    while part := list(islice(source, size)):
        yield part

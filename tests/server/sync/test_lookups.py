"""Who somebody is, for a device that asks the server."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction

from doorward.device.biostar1.person_records import FORMS
from doorward.protocol.biostar1.records import UserHeaderBioStation, UserHeaderCompact
from doorward.server.access.models import AccessRight
from doorward.server.sync.lookups import record_by_card, record_by_number
from doorward.server.sync.marking import mark_people, mark_removed, mark_tables
from tests.server.sync.ground import ZONE, Site
from tests.server.sync.test_roster import make_staff


def test_only_people_with_a_right_at_the_device_are_told_in_its_form(database: str) -> None:
    site = Site("bioentry-plus", "biostation")
    make_staff(site, 3)
    AccessRight.objects.filter(door__device_id=1002).delete()
    record = record_by_number(1001, "bioentry-plus", ZONE, 2)
    assert record is not None
    header = FORMS["compact"].header.from_bytes(record)
    assert isinstance(header, UserHeaderCompact)
    assert (header.user_id, header.card_id) == (2, 10_002)
    assert record_by_card(1001, "bioentry-plus", ZONE, 10_002, 0) == record
    assert record_by_card(1001, "bioentry-plus", ZONE, 10_002, 9) is None
    assert record_by_number(1001, "bioentry-plus", ZONE, 4) is None
    assert record_by_number(1002, "biostation", ZONE, 2) is None
    assert record_by_card(1002, "biostation", ZONE, 10_002, 0) is None
    station = record_by_number(1001, "biostation", ZONE, 3)
    assert station is not None
    assert isinstance(FORMS["biostation"].header.from_bytes(station), UserHeaderBioStation)


def test_marks_belong_into_the_transaction_that_changes_the_data(database: str) -> None:
    marks: tuple[Callable[[], None], ...] = (
        lambda: mark_people([1], urgent=True),
        lambda: mark_tables([1]),
        lambda: mark_removed(1, [1]),
    )
    for mark in marks:
        with pytest.raises(transaction.TransactionManagementError):
            mark()

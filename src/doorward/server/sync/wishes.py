"""For which devices there is something to do, and which are to be read again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from doorward.server.sync.choices import Comparing
from doorward.server.sync.models import ManagedDevice, Waiting

READ_AFTER: Final = timedelta(hours=20)
"""A device that was not read for so long is read in the next night."""

READ_ANYWAY: Final = timedelta(hours=44)
NIGHT: Final = range(1, 5)
"""Hours of the site's time in which few people are at doors."""

READ_AT_ONCE: Final = 10


def devices_due() -> list[int]:
    """The managed devices for which something waits."""
    waiting = Waiting.objects.filter(device_id=OuterRef("pk"), due__lte=timezone.now())
    managed = ManagedDevice.objects.filter(managed=True)
    wanted = managed.filter(~Q(comparing=Comparing.NOT) | Q(check_wanted__lte=timezone.now()) | Exists(waiting))
    return list(wanted.values_list("pk", flat=True))


def wish_for_checks(device_ids: Iterable[int], *, after: timedelta = timedelta()) -> None:
    """Have devices read; a wish for later puts off one that is not fulfilled yet."""
    wanted = ManagedDevice.objects.filter(pk__in=list(device_ids), managed=True)
    wanted.update(check_wanted=timezone.now() + after)


def wish_checks() -> None:
    """Have some of the devices read that were not for a day: at night, or later where no server ran at night."""
    now = timezone.now()
    limit = READ_AFTER if timezone.localtime(now).hour in NIGHT else READ_ANYWAY
    old = ManagedDevice.objects.filter(managed=True, check_wanted__isnull=True, checked_at__lt=now - limit)
    wish_for_checks(list(old.order_by("checked_at").values_list("pk", flat=True)[:READ_AT_ONCE]))

"""What all that is known of devices rests on: the secret of its digests, and the zone of the site.

The secret lies encrypted in the database, so that it outlives a change of the key file: devices need not be read anew
then, and nobody on them looks changed.
"""

from __future__ import annotations

import secrets
from typing import Final

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from doorward.server.sync.choices import Comparing
from doorward.server.sync.hints import announce
from doorward.server.sync.marking import new_stamp
from doorward.server.sync.models import Basis, ManagedDevice

SECRET_BYTES: Final = 32
ONLY: Final = 1

_known: tuple[object, bytes] | None = None


def digest_secret() -> bytes:
    """The secret of the digests of this database; made at the first use."""
    global _known  # noqa: PLW0603 - one program has one database
    # The same for all threads, and another one for another database.
    database = connection.settings_dict
    known = _known
    if known is not None and known[0] is database:
        return known[1]
    secret = _basis().secret
    if not connection.in_atomic_block:
        # Else it may have been made here and go again with this transaction.
        _known = database, secret
    return secret


def forget_secret() -> None:
    """Read the secret anew at the next use."""
    global _known  # noqa: PLW0603 - one program has one database
    _known = None


def resume() -> None:
    """Go on with what is known of devices, as far as it holds still; when a server starts.

    Validity ends in a device's own time. Where the site's zone is another one than before, everybody is compared on the
    devices that have no zone of their own.
    """
    forget_secret()
    with transaction.atomic():
        basis = _basis()
        zone = str(settings.TIME_ZONE)
        if basis.zone == zone:
            return
        if basis.zone:
            following = ManagedDevice.objects.filter(managed=True, device__zone="")
            # It may let somebody in for longer than the data say.
            following.update(comparing=Comparing.WITHDRAWAL, comparing_stamp=new_stamp())
            announce()
        Basis.objects.filter(pk=basis.pk).update(zone=zone)


def put_devices_right() -> int:
    """Have every managed device read, and brought to the data without a question; gives how many there are.

    After a restore devices may hold what came to them since the backup. None of it was made at their menus as far as
    anybody knows, and the data know nothing of it: so it goes, whatever becomes of changes at the menus else.
    """
    with transaction.atomic():
        managed = ManagedDevice.objects.filter(managed=True)
        count = managed.update(put_right=True, check_wanted=timezone.now())
        announce()
    return count


def _basis() -> Basis:
    found = Basis.objects.filter(pk=ONLY).first()
    if found is None:
        found, _ = Basis.objects.get_or_create(pk=ONLY, defaults={"secret": secrets.token_bytes(SECRET_BYTES)})
    return found

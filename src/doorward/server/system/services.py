"""The key check, the rotation of keys, and the sign of life of the server."""

from __future__ import annotations

import os
import platform
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import psutil
from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.db.utils import DatabaseError
from django.utils import timezone

from doorward import __version__
from doorward.server.audit.services import record
from doorward.server.crypto import Key, KeyFileError, read_key_file, write_key_file
from doorward.server.errors import ServerRuns
from doorward.server.fields import EncryptedBytesField, EncryptedTextField
from doorward.server.keys import forget_keys, key_ring
from doorward.server.system.models import KeyCheck, ServerRun

if TYPE_CHECKING:
    from pathlib import Path

CHECK_TEXT: Final = "doorward"
BEAT_SECONDS: Final = 5.0
# A server that was silent this long is taken for gone; several beats, since a busy disk may hold one back.
CLOCK_TOLERANCE: Final = 2.0
GONE_AFTER: Final = timedelta(seconds=30)


def check_key() -> None:
    """Make sure that the key file fits the database; a database that is new takes the key that there is.

    Raises:
        KeyFileError: It does not fit, or cannot be read.
    """
    ring = key_ring()
    path: Path = settings.DOORWARD.key_path
    try:
        known = KeyCheck.objects.first()
        fits = known is None or known.value == CHECK_TEXT
    except KeyFileError as error:
        raise KeyFileError(
            f"The key file {path} does not belong to this database ({settings.DOORWARD.database_target.words}).",
            advice="Put the key file of this database in its place, or name the right database; nothing was changed.",
        ) from error
    if not fits:
        raise KeyFileError(f"The key check of the database does not hold for {path}.", advice="Restore a backup.")
    if known is None:
        del ring
        KeyCheck.objects.create(value=CHECK_TEXT)


def running_server(now: datetime | None = None) -> ServerRun | None:
    """The server that uses the database now; None when there is none."""
    # Not by the time of the start: the clock may have been wrong at one of them.
    latest = ServerRun.objects.order_by("-pk").first()
    if latest is None or latest.stopped is not None or (now or timezone.now()) - latest.beat > GONE_AFTER:
        return None
    if latest.host == platform.node() and not _is_alive(latest):
        return None
    return latest


def _is_alive(run: ServerRun) -> bool:
    """Whether the process of a run on this machine lives, and is not another one that got its number later."""
    try:
        return bool(psutil.Process(run.process).create_time() <= run.started.timestamp() + CLOCK_TOLERANCE)
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:
        return True


def require_stopped() -> None:
    """Refuse to change a database under a server that uses it.

    Raises:
        ServerRuns: There is one.
    """
    try:
        other = running_server()
    except DatabaseError:
        return  # a database without the table yet
    if other is not None and (other.host, other.process) != (platform.node(), os.getpid()):
        raise _in_use(other)


def _in_use(other: ServerRun) -> ServerRuns:
    return ServerRuns(
        f"A server uses this database already: process {other.process} on {other.host}, since {other.started:%c}.",
        advice="Stop it first; each server needs a database of its own. If it was killed, wait half a minute.",
    )


def record_start() -> ServerRun:
    """Claim the database for this process; runs older than a year are forgotten.

    Raises:
        ServerRuns: Another process does already.
    """
    now = timezone.now()
    other = running_server(now)
    if other is not None and (other.host, other.process) != (platform.node(), os.getpid()):
        raise _in_use(other)
    ServerRun.objects.filter(started__lt=now - timedelta(days=366)).delete()
    return ServerRun.objects.create(
        started=now,
        beat=now,
        host=platform.node(),
        process=os.getpid(),
        version=__version__,
    )


def record_addresses(run: ServerRun, web_address: str, device_address: str) -> None:
    """Note where the server listens."""
    ServerRun.objects.filter(pk=run.pk).update(web_address=web_address, device_address=device_address)


def record_beat(run: ServerRun) -> None:
    """Say that the server still runs."""
    ServerRun.objects.filter(pk=run.pk).update(beat=timezone.now())


def record_stop(run: ServerRun) -> None:
    """Say that the server stopped in good order."""
    now = timezone.now()
    ServerRun.objects.filter(pk=run.pk).update(beat=now, stopped=now)


def rotate_key() -> int:
    """Encrypt all secrets with a fresh key and forget the old one; gives the number of secrets.

    The new key joins the file before anything is encrypted with it, and the old one leaves it after the last secret is
    committed: wherever the power fails, the file holds what the database needs, and the command may be run again.

    Raises:
        KeyFileError: The key file does not fit or cannot be written.
        ServerRuns: The server runs; it would go on with the old key.
    """
    other = running_server()
    if other is not None:
        raise ServerRuns(
            f"The server runs (process {other.process} on {other.host}) and would go on with the old key.",
            advice="Stop it, rotate the key, start it again.",
        )
    check_key()
    path: Path = settings.DOORWARD.key_path
    old = read_key_file(path)
    new = Key.new()
    write_key_file(path, [new, *old.keys])
    forget_keys()
    secrets = 0
    with transaction.atomic():
        for model in apps.get_models():
            names = [
                item.name
                for item in model._meta.concrete_fields
                if isinstance(item, EncryptedBytesField | EncryptedTextField)
            ]
            if not names:
                continue
            for row in model._default_manager.only("pk", *names).order_by("pk").iterator(chunk_size=500):
                row.save(update_fields=names)
                secrets += sum(1 for name in names if getattr(row, name))
        record("key.rotate", words=f"{secrets} secrets are encrypted with a fresh key.")
    write_key_file(path, [new])
    forget_keys()
    return secrets

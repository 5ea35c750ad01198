from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from doorward.server.audit.models import AuditEntry
from doorward.server.crypto import Key, KeyFileError, read_key_file, write_key_file
from doorward.server.devices.models import Device
from doorward.server.errors import ServerRuns
from doorward.server.keys import forget_keys
from doorward.server.system.models import KeyCheck, ServerRun
from doorward.server.system.services import check_key, record_start, record_stop, rotate_key, running_server
from tests.server.conftest import SETTINGS
from tests.server.events.traffic import add_device


@pytest.fixture
def own_key(key_file: Path, tmp_path: Path) -> Iterator[Path]:
    """A key file of this test alone."""
    path = tmp_path / "own.key"
    shutil.copy(key_file, path)
    path.chmod(0o600)
    settings = replace(SETTINGS, security=replace(SETTINGS.security, key_file=str(path)))
    with override_settings(DOORWARD=settings):
        forget_keys()
        yield path
    forget_keys()


def stored_password() -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("SELECT password FROM devices_device WHERE device_id = 7")
        return bytes(cursor.fetchone()[0])


def test_secrets_are_not_in_clear(each_database: str, own_key: Path) -> None:
    add_device(password="open sesame")
    assert b"sesame" not in stored_password()
    assert Device.objects.get(pk=7).password == "open sesame"
    add_device(8)
    assert Device.objects.get(pk=8).password == ""


def test_rotation_replaces_the_key_everywhere(each_database: str, own_key: Path) -> None:
    check_key()
    add_device(password="open sesame")
    before, old = stored_password(), read_key_file(own_key).keys
    assert rotate_key() == 2
    assert stored_password() != before
    assert len(read_key_file(own_key).keys) == 1
    assert read_key_file(own_key).keys != old
    assert AuditEntry.objects.get(action="key.rotate").words.startswith("2 secrets")
    assert Device.objects.get(pk=7).password == "open sesame"
    check_key()
    # The old file opens nothing any more, and says so.
    write_key_file(own_key, old)
    forget_keys()
    with pytest.raises(KeyFileError, match="does not belong to this database"):
        check_key()
    with pytest.raises(KeyFileError, match="another key"):
        Device.objects.get(pk=7)


def test_a_rotation_that_was_cut_short_is_done_again(database: str, own_key: Path) -> None:
    check_key()
    add_device(password="open sesame")
    # As after a loss of power between the writing of the file and the commit.
    write_key_file(own_key, [Key.new(), *read_key_file(own_key).keys])
    forget_keys()
    check_key()
    assert rotate_key() == 2
    assert Device.objects.get(pk=7).password == "open sesame"


def test_a_foreign_key_is_refused_before_anything_changes(database: str, own_key: Path) -> None:
    check_key()
    write_key_file(own_key, [Key.new()])
    forget_keys()
    kept = own_key.read_bytes()
    with pytest.raises(KeyFileError, match="does not belong"):
        rotate_key()
    assert own_key.read_bytes() == kept
    assert KeyCheck.objects.count() == 1


def test_a_running_server_keeps_others_out(database: str, own_key: Path) -> None:
    run = record_start()
    assert running_server() == run
    with pytest.raises(ServerRuns, match=f"process {os.getpid()}"):
        rotate_key()
    record_start()  # the same process may start again
    record_stop(ServerRun.objects.latest("pk"))
    assert running_server() is None


def test_a_killed_server_is_known_to_be_gone(database: str) -> None:
    now = timezone.now()
    run = ServerRun.objects.create(started=now, beat=now, host=platform.node(), process=2**22 - 1, version="1")
    assert running_server() is None  # there is no such process
    run.host = "elsewhere"
    run.save()
    assert running_server() == run
    assert running_server(now + timedelta(minutes=1)) is None

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from django.db import connection

from doorward import __version__
from doorward.model.errors import InvalidInput
from doorward.server.backup import upgrade
from doorward.server.backup.loading import migrate_to
from doorward.server.backup.making import make_backup
from doorward.server.backup.records import KEPT, Record, add_record, read_records
from doorward.server.backup.tables import known_migrations
from doorward.server.backup.upgrade import Finding, Level, UpgradeCheck, check_upgrade, read_package
from doorward.server.crypto import write_key_file
from doorward.server.devices.models import Device
from doorward.server.keys import forget_keys
from doorward.server.system.services import record_start
from tests.server.backup.sites import Home, fill, home, insert_events, other_ring


def found(check: UpgradeCheck, subject: str) -> Finding:
    (finding,) = (finding for finding in check.findings if finding.subject == subject)
    return finding


def test_the_backup_and_what_changed_since(source: Home, tmp_path: Path) -> None:
    with source.entered():
        fill(5)
        check = check_upgrade()
        assert not check.ready
        assert found(check, "Backup").level is Level.ERROR
        assert "no backup of this database" in found(check, "Backup").words
        make_backup(tmp_path / "a.backup")
        check = check_upgrade()
        assert check.ready
        assert (check.version, check.migrations) == (__version__, ())
        assert found(check, "Backup").level is Level.OK
        assert "nothing has changed" in found(check, "Backup").words
        assert "changes nothing" in found(check, "Changes").words
        assert "starts at once" in found(check, "Server").words
        Device.objects.filter(pk=7).update(name="renamed")
        insert_events(3, first=100)
        check = check_upgrade()
        assert check.ready
        backup = found(check, "Backup")
        assert backup.level is Level.WARNING
        assert "devices.device: changed" in backup.words
        assert "events.event: 3 rows more" in backup.words
        record_start()
        assert found(check_upgrade(), "Server").level is Level.WARNING
        (tmp_path / "a.backup").unlink()
        assert "not in its place any more" in found(check_upgrade(), "Backup").words


def test_a_database_of_an_older_version(tmp_path: Path, key_file: Path) -> None:
    place = home(tmp_path / "old", f"sqlite:///{tmp_path}/old/d.sqlite3")
    with place.entered():
        migrate_to(known_migrations() - {("backup", "0001_initial")})
        fill(3)
        make_backup(tmp_path / "a.backup")
        check = check_upgrade()
        assert check.ready
        assert check.migrations == (("backup", "0001_initial"),)
        assert "backup 0001_initial" in found(check, "Changes").words
        assert "makes the changes, then starts" in found(check, "Server").words
        assert "backup_restoration" not in connection.introspection.table_names()


def test_a_database_of_a_newer_version(source: Home) -> None:
    with source.entered():
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO django_migrations (app, name, applied) VALUES ('events', '9999_x', '2030-01-01 00:00:00')"
            )
        check = check_upgrade()
    assert not check.ready
    assert "newer version" in found(check, "Version").words
    assert "events 9999_x" in found(check, "Version").words


def test_too_little_room(sqlite_source: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upgrade, "free_bytes", lambda _: 50_000_000)
    with sqlite_source.entered():
        fill(1)
        check = check_upgrade()
        assert found(check, "Disk").level is Level.ERROR
        assert "50 MB are free" in found(check, "Disk").words


def test_a_foreign_key_file(sqlite_source: Home) -> None:
    with sqlite_source.entered():
        fill(1)
        write_key_file(sqlite_source.key, other_ring().keys)
        forget_keys()
        check = check_upgrade()
    assert found(check, "Key file").level is Level.ERROR


def wheel(folder: Path, *more: str, name: str = "doorward-9.9-py3-none-any.whl", lacking: str = "") -> Path:
    path = folder / name
    ours = (f"doorward/server/{app}/migrations/{file}.py" for app, file in known_migrations() if app != lacking)
    with zipfile.ZipFile(path, "w") as archive:
        for member in (*ours, *more):
            archive.writestr(member, "")
    return path


def test_a_package_that_is_not_installed_yet(sqlite_source: Home, tmp_path: Path) -> None:
    newer = wheel(tmp_path, "doorward/server/events/migrations/9999_more.py")
    with sqlite_source.entered():
        fill(1)
        make_backup(tmp_path / "a.backup")
        check = check_upgrade(newer)
        assert (check.version, check.migrations, check.ready) == ("9.9", (("events", "9999_more"),), True)
        assert "After the upgrade" in found(check, "Server").words
        older = tmp_path / "doorward-0.0.1-py3-none-any.whl"
        with zipfile.ZipFile(older, "w") as archive:
            archive.writestr("doorward/server/devices/migrations/0001_initial.py", "")
            archive.writestr("doorward/server/events/migrations/0001_initial.py", "")
        check = check_upgrade(older)
        assert not check.ready
        assert "newer version than 0.0.1" in found(check, "Version").words
    for path in (tmp_path / "absent.whl", tmp_path / "a.backup", wheel(tmp_path, name="other-1-py3-none-any.whl")):
        with pytest.raises(InvalidInput, match="wheel"):
            read_package(path)


def test_records_are_kept_and_a_damaged_file_of_them_is_none(tmp_path: Path) -> None:
    record = Record(
        file="/a", made="2026-01-01", version="1", database="d", position=1, size=1, sha256="0", tables={"t": (1, "x")}
    )
    for _ in range(KEPT + 3):
        add_record(tmp_path, record)
    assert read_records(tmp_path) == [record] * KEPT
    for text in ("", "{}", "[1]", '[{"file": 1}]', "null"):
        (tmp_path / "backups.json").write_text(text)
        assert read_records(tmp_path) == []

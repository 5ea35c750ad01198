"""What is refused, in words: damaged, foreign, newer; and what is upgraded: older."""

from __future__ import annotations

import json
import shutil
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorward import __version__
from doorward.server.backup import loading, making, restoring
from doorward.server.backup.archive import ArchiveReader, ArchiveWriter
from doorward.server.backup.errors import BackupNewer, DamagedBackup
from doorward.server.backup.files import relative_path, without_password
from doorward.server.backup.loading import migrate_to
from doorward.server.backup.making import make_backup
from doorward.server.backup.manifest import MARK_MEMBER, MEMBER, mark
from doorward.server.backup.opening import opened_backup
from doorward.server.backup.restoring import restore_backup
from doorward.server.backup.tables import LEFT_OUT, Migration, known_migrations, shapes_at, shapes_of
from doorward.server.crypto import KeyRing
from doorward.server.database import check_migrations
from doorward.server.devices.models import Device
from doorward.server.errors import DatabaseNewer
from doorward.server.events.models import Event
from tests.server.backup.conftest import EmptyPlace
from tests.server.backup.sites import (
    PASSWORD,
    Home,
    digests,
    empty_url,
    event_rows,
    fill,
    home,
    insert_events,
    other_ring,
    ring_of,
)

QUIET = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)


@pytest.fixture
def small_backup(sqlite_source: Home, tmp_path: Path) -> Path:
    file = tmp_path / "small.backup"
    with sqlite_source.entered():
        fill(5)
        make_backup(file)
    return file


def target_of(source: Home, folder: Path) -> Home:
    return home(folder, f"sqlite:///{folder}/doorward.sqlite3", key=ring_of(source))


def rewritten(
    file: Path, ring: KeyRing, change: Callable[[dict[str, Any], dict[str, bytes]], None], *, marked: bool = True
) -> Path:
    """The same backup with another content, as somebody could make it who knows the format."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members[MEMBER])
    change(manifest, members)
    members[MEMBER] = json.dumps(manifest).encode()
    if marked:
        members[MARK_MEMBER] = mark(members[MEMBER], ring).encode()
    changed = file.with_name("changed.backup")
    with ArchiveWriter(changed, force=True) as writer:
        for name, content in members.items():
            writer.write(name, content)
        writer.finish()
    return changed


def test_a_changed_byte_anywhere_is_found(small_backup: Path) -> None:
    good = small_backup.read_bytes()
    file = small_backup.with_name("flipped.backup")

    @QUIET
    @given(place=st.integers(0, len(good) - 1), change=st.integers(1, 255))
    def flipped(place: int, change: int) -> None:
        bad = bytearray(good)
        bad[place] ^= change
        file.write_bytes(bad)
        with pytest.raises((DamagedBackup, BackupNewer)), opened_backup(file):
            pass

    @QUIET
    @given(length=st.integers(0, len(good) - 1))
    def cut(length: int) -> None:
        file.write_bytes(good[:length])
        with pytest.raises(DamagedBackup), opened_backup(file):
            pass

    @QUIET
    @given(content=st.binary(max_size=500))
    def nonsense(content: bytes) -> None:
        for bad in (content, good + content + b"x", content + b"x" + good):
            file.write_bytes(bad)
            with pytest.raises((DamagedBackup, BackupNewer)), opened_backup(file):
                pass

    flipped()
    cut()
    nonsense()
    for place in range(len(good) - 120, len(good)):
        flipped.hypothesis.inner_test(place, 1)  # type: ignore[attr-defined]


def test_a_damaged_backup_touches_nothing(small_backup: Path, sqlite_source: Home, tmp_path: Path) -> None:
    bad = bytearray(small_backup.read_bytes())
    bad[len(bad) // 2] ^= 0x10
    small_backup.write_bytes(bad)
    target = target_of(sqlite_source, tmp_path / "target")
    with target.entered(), pytest.raises(DamagedBackup, match="damaged") as caught:
        restore_backup(small_backup)
    assert "Nothing was changed" in caught.value.advice
    assert [path.name for path in target.folder.iterdir()] == ["doorward.key"]


def other_rows(manifest: dict[str, Any], members: dict[str, bytes]) -> None:
    del manifest
    members["tables/devices_device.jsonl"] += b"[]\n"


def other_settings(manifest: dict[str, Any], members: dict[str, bytes]) -> None:
    manifest["parts"] = [{"name": "files/a", "size": 1, "sha256": "0" * 64}]
    members["files/a"] = b"x"


def way_out(manifest: dict[str, Any], members: dict[str, bytes]) -> None:
    manifest["parts"] = [{"name": "files/../../a", "size": 1, "sha256": "0" * 64}]
    members["files/../../a"] = b"x"


def foreign_table(manifest: dict[str, Any], members: dict[str, bytes]) -> None:
    (table,) = (table for table in manifest["tables"] if table["shape"]["table"] == "devices_device")
    table["shape"]["table"] = 'x" CASCADE; --'
    members['tables/x" CASCADE; --.jsonl'] = members["tables/devices_device.jsonl"]


def no_table(manifest: dict[str, Any], members: dict[str, bytes]) -> None:
    manifest["tables"] = [item for item in manifest["tables"] if item["shape"]["table"] != "devices_device"]


def other_column(manifest: dict[str, Any], members: dict[str, bytes]) -> None:
    manifest["tables"][0]["shape"]["columns"][0]["name"] = "other"


def no_manifest(manifest: dict[str, Any], members: dict[str, bytes]) -> None:
    manifest.clear()
    manifest["format"] = 1


@pytest.mark.parametrize(
    "change", [other_rows, other_settings, way_out, foreign_table, no_table, other_column, no_manifest]
)
def test_a_backup_that_was_tampered_with_touches_nothing(
    small_backup: Path, sqlite_source: Home, tmp_path: Path, change: Callable[[dict[str, Any], dict[str, bytes]], None]
) -> None:
    target = target_of(sqlite_source, tmp_path / "target")
    bad = rewritten(small_backup, ring_of(sqlite_source), change)
    with target.entered(), pytest.raises(DamagedBackup):
        restore_backup(bad)
    assert [path.name for path in target.folder.iterdir()] == ["doorward.key"]


def test_who_has_no_key_cannot_make_a_backup_that_is_taken(
    small_backup: Path, sqlite_source: Home, tmp_path: Path
) -> None:
    def new_administrator(manifest: dict[str, Any], members: dict[str, bytes]) -> None:
        manifest["made"] = "2020-01-01T00:00:00+00:00"

    target = target_of(sqlite_source, tmp_path / "target")
    for bad in (
        rewritten(small_backup, other_ring(), new_administrator),
        rewritten(small_backup, other_ring(), new_administrator, marked=False),
    ):
        with target.entered(), pytest.raises(DamagedBackup, match="changed after it was made"):
            restore_backup(bad)
    assert [path.name for path in target.folder.iterdir()] == ["doorward.key"]


def test_a_backup_of_a_newer_version_is_refused(small_backup: Path, sqlite_source: Home, tmp_path: Path) -> None:
    def newer_format(manifest: dict[str, Any], _: dict[str, bytes]) -> None:
        manifest["format"] = 2
        manifest["tables"] = "something else altogether"

    def newer_database(manifest: dict[str, Any], _: dict[str, bytes]) -> None:
        manifest["migrations"].append(["events", "9999_future"])
        manifest["version"] = "99.1"

    def newer_part(manifest: dict[str, Any], _: dict[str, bytes]) -> None:
        manifest["migrations"].append(["elevators", "0001_initial"])
        manifest["version"] = "99.2"

    target = target_of(sqlite_source, tmp_path / "target")
    for change, words in (
        (newer_format, "newer"),
        (newer_database, r"Doorward 99\.1, which is newer .*events 9999_future"),
        (newer_part, r"99\.2.*elevators 0001_initial"),
    ):
        bad = rewritten(small_backup, ring_of(sqlite_source), change)
        with target.entered(), pytest.raises(BackupNewer, match=words) as caught:
            restore_backup(bad)
        assert "Upgrade Doorward" in caught.value.advice
    content = small_backup.read_bytes()
    small_backup.write_bytes(content.replace(b"doorward backup 1 ", b"doorward backup 7 "))
    with pytest.raises(BackupNewer), ArchiveReader(small_backup):
        pass
    assert [path.name for path in target.folder.iterdir()] == ["doorward.key"]


def test_a_database_of_a_newer_version_is_not_backed_up(sqlite_source: Home, tmp_path: Path) -> None:
    # Its tables may hold what this version would leave out without a word.
    with sqlite_source.entered():
        fill(5)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO django_migrations (app, name, applied) VALUES ('events', '9999_x', '2030-01-01 00:00:00')"
            )
        with pytest.raises(DatabaseNewer, match="events 9999_x"):
            make_backup(tmp_path / "a.backup")
    assert not (tmp_path / "a.backup").exists()


def first_migrations() -> set[Migration]:
    """The first state of the database of all: what Doorward's own apps began with, and what that needs."""
    graph = MigrationLoader(None).graph
    later = {
        key
        for key in known_migrations()
        if apps.get_app_config(key[0]).name.startswith("doorward.") and not key[1].startswith("0001")
    }
    first = {key for key in graph.nodes if not set(graph.forwards_plan(key)) & later} - {("backup", "0001_initial")}
    assert ("events", "0001_initial") in first
    return first


@pytest.mark.postgresql
@pytest.mark.parametrize(("made_on", "kind"), [("sqlite", "postgresql"), ("postgresql", "sqlite")])
@pytest.mark.long
def test_a_backup_of_an_older_version_is_brought_to_this_one(
    kind: str, made_on: str, empty_place: EmptyPlace, request: pytest.FixtureRequest, tmp_path: Path, key_file: Path
) -> None:
    file = tmp_path / "old.backup"
    url = empty_url(made_on, tmp_path / "old", lambda: str(request.getfixturevalue("postgresql_server")))
    old = home(tmp_path / "old", url)
    with old.entered():
        first = first_migrations()
        migrate_to(first)
        assert check_migrations()
        # Written as the version of that time did: by its models.
        then = MigrationLoader(connection).project_state(sorted(first)).apps
        now = timezone.now()
        then.get_model("system", "KeyCheck").objects.create(value="doorward")
        then.get_model("devices", "Device").objects.create(
            device_id=7, name="Front", first_seen=now, changed=now, password=PASSWORD
        )
        insert_events(20)
        made = make_backup(file)
        assert set(made.manifest.migrations) == first
        rows = event_rows(20)
    target = home(tmp_path / "target", empty_place(kind), key=ring_of(old))
    with target.entered():
        done = restore_backup(file)
        assert done.migrated
        assert not check_migrations()
        assert event_rows(2**40) == rows
        assert Device.objects.get().password == PASSWORD
        call_command("migrate", "--check", verbosity=0)


def test_every_table_of_this_version_is_kept_or_named_as_left_out(database: str) -> None:
    shapes = shapes_of(apps)
    assert shapes == shapes_at(known_migrations())
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor)) - {"django_migrations"}
    left_out = {apps.get_model(label)._meta.db_table for label in LEFT_OUT}
    kept = {shape.table for shape in shapes}
    assert kept | left_out == there
    assert not kept & left_out
    # A row that is kept must not refer to one that is not.
    for model in apps.get_models(include_auto_created=True):
        if model._meta.db_table in kept:
            for field in model._meta.local_concrete_fields:
                if field.remote_field is not None:
                    assert field.remote_field.model._meta.db_table in kept, f"{model._meta.label}.{field.name}"


def test_values_that_are_easily_spoilt(
    sqlite_source: Home, empty_place: EmptyPlace, postgresql_server: str, tmp_path: Path
) -> None:
    names = ["", " ", "\\N", "NULL", "a\tb\r\nc", "\u2028", '"\\"', "\U0001f512", "ñ" * 100]
    times = [timezone.now().replace(microsecond=micro, year=year) for micro in (0, 1, 100_000) for year in (1970, 2037)]
    with sqlite_source.entered():
        fill(1)
        for number, name in enumerate(names, 100):
            moment = times[number % len(times)]
            Device.objects.create(device_id=number, name=name, first_seen=moment, changed=moment)
        make_backup(tmp_path / "a.backup")
        before = list(Device.objects.order_by("pk").values_list("name", "first_seen", "group", "port"))
    there = home(tmp_path / "there", empty_place("postgresql"), key=ring_of(sqlite_source))
    with there.entered():
        restore_backup(tmp_path / "a.backup")
        assert list(Device.objects.order_by("pk").values_list("name", "first_seen", "group", "port")) == before
        make_backup(tmp_path / "b.backup")
        middle = digests()
    back = home(tmp_path / "back", f"sqlite:///{tmp_path}/back/d.sqlite3", key=ring_of(sqlite_source))
    with back.entered():
        restore_backup(tmp_path / "b.backup")
        assert list(Device.objects.order_by("pk").values_list("name", "first_seen", "group", "port")) == before
        after = digests()
    assert {name for name in middle if middle[name] != after[name]} == {
        "events_streamposition",
        "backup_restoration",
        "audit_auditentry",
    }


def test_a_value_that_the_other_database_cannot_hold_is_told(
    sqlite_source: Home, empty_place: EmptyPlace, postgresql_server: str, tmp_path: Path
) -> None:
    with sqlite_source.entered():
        fill(1)
        Device.objects.filter(pk=8).update(name="x" * 101)  # SQLite holds more than the column says
        make_backup(tmp_path / "a.backup")
    there = home(tmp_path / "there", empty_place("postgresql"), key=ring_of(sqlite_source))
    with there.entered(), pytest.raises(Exception, match="value too long") as caught:
        restore_backup(tmp_path / "a.backup")
    assert type(caught.value).__name__ == "RestoreFailed"


def test_memory_stays_flat(sqlite_source: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    peaks: list[int] = []

    def measured(function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any) -> Any:
            tracemalloc.start()
            try:
                return function(*arguments)
            finally:
                peaks.append(tracemalloc.get_traced_memory()[1])
                tracemalloc.stop()

        return run

    monkeypatch.setattr(making, "_write_tables", measured(making._write_tables))
    monkeypatch.setattr(restoring, "load_tables", measured(loading.load_tables))
    monkeypatch.setattr(restoring, "prove", measured(loading.prove))
    with sqlite_source.entered():
        fill(1)
        insert_events(4000, first=10)
        make_backup(tmp_path / "a.backup")
    target = target_of(sqlite_source, tmp_path / "target")
    with target.entered():
        restore_backup(tmp_path / "a.backup")
        assert Event.objects.count() == 4001
    # All rows at once would be more than 5 MB.
    assert len(peaks) == 3
    assert max(peaks) < 4_000_000, peaks


@pytest.mark.parametrize(
    "name", ["files/", "files/../x", "files//etc/passwd", "files/a\\b", "files/C:/x", "other/x", "files/a\0b"]
)
def test_names_that_lead_elsewhere(name: str) -> None:
    with pytest.raises(DamagedBackup, match="leads elsewhere"):
        relative_path(name)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:p%40@h:1/n?sslmode=require&password=x", "postgresql://u@h:1/n?sslmode=require"),
        ("postgresql:///n?host=/run&password=x", "postgresql:///n?host=/run"),
        ("postgresql://h/n", "postgresql://h/n"),
    ],
)
def test_urls_without_passwords(url: str, shown: str) -> None:
    assert without_password(url) == shown


def test_files_of_the_data_folder(sqlite_source: Home, tmp_path: Path) -> None:
    with sqlite_source.entered():
        fill(1)
        folder = sqlite_source.folder / "files"
        (folder / "inner").mkdir(parents=True)
        (folder / "inner" / "a").write_bytes(b"a")
        (tmp_path / "secret").write_bytes(b"outside")
        (folder / "link").symlink_to(tmp_path / "secret")
        (folder / "way").symlink_to(tmp_path)
        made = make_backup(tmp_path / "x.backup")
    assert [part.name for part in made.manifest.parts if part.name.startswith("files/")] == ["files/inner/a"]
    assert made.manifest.version == __version__
    shutil.rmtree(folder)

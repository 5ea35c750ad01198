from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections

from doorward.gateway.ledger import LedgerState
from doorward.model.errors import InvalidInput
from doorward.server.audit.models import AuditEntry
from doorward.server.backup import restoring
from doorward.server.backup.errors import BackupFailed, NotEmpty, RestoreFailed
from doorward.server.backup.loading import load_tables
from doorward.server.backup.making import Made, make_backup
from doorward.server.backup.models import Restoration
from doorward.server.backup.restoring import Restored, restore_backup
from doorward.server.backup.services import APART, resumed_after
from doorward.server.backup.tables import LEFT_OUT
from doorward.server.crypto import KeyFileError, write_key_file
from doorward.server.database import migrate
from doorward.server.devices.models import Device, DeviceLedger
from doorward.server.errors import ServerRuns
from doorward.server.events.live import LiveEvents
from doorward.server.events.models import Alarm, Event, EventImage, Happening, StreamPosition
from doorward.server.events.partitions import partitions
from doorward.server.events.store import DatabaseEventStore
from doorward.server.keys import forget_keys
from doorward.server.operators.models import Operator
from doorward.server.orders.models import Order
from doorward.server.system.models import ServerRun
from doorward.server.system.services import record_start
from tests.server.backup.conftest import EmptyPlace, both_kinds
from tests.server.backup.sites import (
    PASSWORD,
    Home,
    digests,
    event_rows,
    fill,
    home,
    insert_events,
    other_ring,
    ring_of,
)
from tests.server.events.traffic import NOW, add_device, proof, submission

PASSPHRASE = "a sentence that nobody guesses"


def restored(path: Path, place: Home, **options: Any) -> Restored:
    with place.entered():
        return restore_backup(path, **options)


@both_kinds
def test_all_that_is_kept_comes_back_from_either_kind_of_database_on_either(
    source: Home, kind: str, empty_place: EmptyPlace, tmp_path: Path
) -> None:
    file = tmp_path / "all.backup"
    with source.entered():
        fill()
        (source.folder / "files" / "plans").mkdir(parents=True)
        (source.folder / "files" / "plans" / "floor 1.png").write_bytes(b"plan" * 1000)
        made = make_backup(file)
        before, rows = digests(), event_rows(50)
    assert file.stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob("*.partial"))
    target = home(tmp_path / "target", empty_place(kind), key=ring_of(source))
    told: list[str] = []
    done = restored(file, target, told=lambda what, *_: told.append(what))
    assert (done.migrated, done.key_written, done.files, done.aside) == (False, False, 1, ())
    assert {"Checking the file", "Comparing with the backup"} <= set(told)
    assert (target.folder / "files" / "plans" / "floor 1.png").read_bytes() == b"plan" * 1000
    with target.entered():
        after = digests()
        # But for what a restore writes down itself, every table is the same to the last byte.
        changed = {name for name in before if before[name] != after[name]}
        assert changed == {item._meta.db_table for item in (StreamPosition, Restoration, AuditEntry)}
        assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))[-2:] == [
            "server.backup",
            "server.restore",
        ]
        assert event_rows(50) == rows
        assert Device.objects.get(pk=7).password == PASSWORD
        assert bytes(EventImage.objects.get().picture).startswith(b"\xff\xd8planted")
        assert Operator.objects.get().check_password("planted-login-password")
        assert not Order.objects.exists()
        # Numbers go on where they were, also where the last row was removed.
        assert Alarm.objects.create(kind="next", words="", raised=made.manifest.made).pk == 3
        restoration = Restoration.objects.get()
        assert (restoration.position, restoration.resumed, restoration.by) == (50, APART, "server")
        if kind == "postgresql":
            assert len([month for month in partitions() if month]) == 4
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM events_event_other")
                assert cursor.fetchone() == (0,)


class Traffic:
    """Appends events as fast as they are kept, until it is told to stop."""

    def __init__(self, store: DatabaseEventStore) -> None:
        self.store = store
        self.kept = 0
        self.moved = threading.Condition()
        self.stop = False

    async def run(self) -> None:
        while not self.stop:
            proofs = [proof(NOW + self.kept + i, person=100_000 + i) for i in range(20)]
            await self.store.append(submission(*proofs))
            with self.moved:
                self.kept += len(proofs)
                self.moved.notify_all()

    def wait_for_more(self, number: int) -> None:
        with self.moved:
            wanted = self.kept + number
            assert self.moved.wait_for(lambda: self.kept >= wanted, 30), "nothing was kept while the backup was made"


async def backup_under_load(file: Path) -> tuple[Made, int]:
    """Make a backup while events are kept; gives it and the number of events."""
    store = DatabaseEventStore(LiveEvents())
    await store.start()
    traffic = Traffic(store)
    writing = asyncio.create_task(traffic.run())

    def told(what: str, _done: int, _whole: int) -> None:
        if what.startswith(("Table devices", "Table events")):
            traffic.wait_for_more(40)

    def make() -> Made:
        try:
            return make_backup(file, told=told)
        finally:
            connections.close_all()

    try:
        made = await asyncio.to_thread(make)
    finally:
        traffic.stop = True
        await writing
        await store.stop()
    return made, traffic.kept


@both_kinds
def test_a_backup_under_load_is_of_one_moment_and_leaves_no_hole(
    source: Home, kind: str, empty_place: EmptyPlace, tmp_path: Path
) -> None:
    file = tmp_path / "load.backup"
    with source.entered():
        fill(2000)
        made, kept = asyncio.run(backup_under_load(file))
        position = made.manifest.position
        # Events were kept before, while and after the backup was made, and the backup cost no position.
        assert Event.objects.count() == 2000 + kept
        given = [
            *Event.objects.values_list("position", flat=True),
            *Happening.objects.values_list("position", flat=True),
        ]
        assert sorted(given) == list(range(1, StreamPosition.objects.get().last + 1))
        assert 2000 <= position < max(given)
        rows = event_rows(position)
    target = home(tmp_path / "target", empty_place(kind), key=ring_of(source))
    restored(file, target)
    with target.entered():
        assert event_rows(2**40) == rows
        ledger = DeviceLedger.objects.filter(pk=7).first()
        state = LedgerState() if ledger is None else LedgerState.from_json(json.loads(ledger.state))
        assert state.rows == len(rows) - 2000
        assert Restoration.objects.get().position == position


def test_readers_of_the_stream_learn_that_their_position_is_lost(
    sqlite_source: Home, empty_place: EmptyPlace, tmp_path: Path
) -> None:
    file = tmp_path / "a.backup"
    with sqlite_source.entered():
        fill(30)
        make_backup(file)
    target = home(tmp_path / "target", empty_place("sqlite"), key=ring_of(sqlite_source))
    restored(file, target)
    with target.entered():
        assert [resumed_after(position) for position in (0, 30, 31, APART - 1, APART, APART + 5)] == [
            None, None, APART, APART, None, None,
        ]  # fmt: skip
        insert_events(3, first=1000)
        assert list(Event.objects.filter(position__gt=30).values_list("position", flat=True)) == [
            APART + 1, APART + 2, APART + 3,
        ]  # fmt: skip
        again = tmp_path / "b.backup"
        make_backup(again)
    third = home(tmp_path / "third", f"sqlite:///{tmp_path}/third/d.sqlite3", key=ring_of(sqlite_source))
    restored(again, third)
    with third.entered():
        assert StreamPosition.objects.get().last == 2 * APART
        assert [resumed_after(position) for position in (31, APART + 3, APART + 4)] == [APART, None, 2 * APART]


@pytest.mark.parametrize("case", ["row", "run"])
def test_only_an_empty_place_is_taken(source: Home, tmp_path: Path, case: str) -> None:
    file = tmp_path / "a.backup"
    with source.entered():
        fill(5)
        make_backup(file)
        Device.objects.filter(pk=8).update(name="changed")
        if case == "run":
            ServerRun.objects.all().delete()
            run = record_start()
            ServerRun.objects.filter(pk=run.pk).update(host="elsewhere")
            before = digests()
            with pytest.raises(ServerRuns, match="elsewhere"):
                restore_backup(file, replace=lambda _: True)
        else:
            before = digests()
            with pytest.raises(NotEmpty, match="already"):
                restore_backup(file)
        assert digests() == before


def test_what_was_there_is_kept_aside(source: Home, tmp_path: Path) -> None:
    file = tmp_path / "a.backup"
    with source.entered():
        fill(5)
        files = source.folder / "files"
        files.mkdir()
        (files / "a").write_bytes(b"old")
        make_backup(file)
        (files / "a").write_bytes(b"new")
        add_device(99)
        asked: list[str] = []

        def agree(there: str) -> bool:
            asked.append(there)
            return True

        done = restore_backup(file, replace=agree)
        assert len(asked) == 1
        assert "files" in asked[0]
        assert (files / "a").read_bytes() == b"old"
        assert not Device.objects.filter(pk=99).exists()
        assert Event.objects.count() == 5
        kept, kept_files = done.aside
        assert (Path(kept_files.rpartition(" in ")[2]) / "a").read_bytes() == b"new"
        if connection.vendor == "sqlite":
            with sqlite3.connect(kept.rpartition(" in ")[2]) as old:
                assert old.execute("SELECT count(*) FROM devices_device WHERE device_id = 99").fetchone() == (1,)
            old.close()
        else:
            schema = kept.partition("schema ")[2].split()[0]
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT count(*) FROM {schema}.devices_device WHERE device_id = 99")
                assert cursor.fetchone() == (1,)
        # The next server finds everything in order.
        assert not migrate()
        record_start()


@both_kinds
def test_a_restore_that_fails_on_its_way_leaves_the_place_as_it_was(
    sqlite_source: Home, kind: str, empty_place: EmptyPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.backup"
    with sqlite_source.entered():
        fill(5)
        make_backup(file, passphrase=PASSPHRASE)
    target = home(tmp_path / "target", empty_place(kind))
    target.key.unlink()
    before = sorted(target.folder.iterdir())

    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(restoring, "prove", broken)
        with pytest.raises(RestoreFailed, match="No space left"):
            restored(file, target, passphrase=lambda: PASSPHRASE)
    assert sorted(target.folder.iterdir()) == before
    if kind == "postgresql":
        with target.entered():
            assert connection.introspection.table_names() == []
    assert restored(file, target, passphrase=lambda: PASSPHRASE).key_written
    with target.entered():
        assert Device.objects.get(pk=7).password == PASSWORD


def test_what_came_into_being_meanwhile_is_not_touched(
    sqlite_source: Home, empty_place: EmptyPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.backup"
    with sqlite_source.entered():
        fill(5)
        make_backup(file)
    target = home(tmp_path / "target", empty_place("sqlite"), key=ring_of(sqlite_source))
    database = target.folder / "doorward.sqlite3"

    def slow(*_: object) -> None:
        database.write_bytes(b"somebody's data")

    monkeypatch.setattr(restoring, "prove", slow)
    with pytest.raises(NotEmpty, match="came into being"):
        restored(file, target)
    assert database.read_bytes() == b"somebody's data"
    assert sorted(path.name for path in target.folder.iterdir()) == ["doorward.key", "doorward.sqlite3"]


def test_a_row_that_did_not_arrive_as_it_was_is_found(
    sqlite_source: Home, empty_place: EmptyPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.backup"
    with sqlite_source.entered():
        fill(5)
        make_backup(file)
    target = home(tmp_path / "target", empty_place("sqlite"), key=ring_of(sqlite_source))

    def careless(*arguments: Any) -> None:
        load_tables(*arguments)
        Device.objects.filter(pk=8).update(name="other")

    monkeypatch.setattr(restoring, "load_tables", careless)
    with pytest.raises(RestoreFailed, match="devices_device"):
        restored(file, target)
    assert sorted(path.name for path in target.folder.iterdir()) == ["doorward.key"]


def test_keys(sqlite_source: Home, empty_place: EmptyPlace, tmp_path: Path) -> None:
    plain, with_key = tmp_path / "plain.backup", tmp_path / "key.backup"
    with sqlite_source.entered():
        fill(5)
        make_backup(plain)
        with pytest.raises(InvalidInput, match="passphrase"):
            make_backup(with_key, passphrase="short")
        make_backup(with_key, passphrase=PASSPHRASE)
    foreign = home(tmp_path / "foreign", f"sqlite:///{tmp_path}/foreign/d.sqlite3", key=other_ring())
    for file in (plain, with_key):
        with pytest.raises(KeyFileError, match="does not belong to this backup"):
            restored(file, foreign, passphrase=lambda: PASSPHRASE)
    assert sorted(path.name for path in foreign.folder.iterdir()) == ["doorward.key"]
    foreign.key.unlink()
    with pytest.raises(KeyFileError, match="is missing, and the backup holds none"):
        restored(plain, foreign)
    with pytest.raises(InvalidInput, match="passphrase"):
        restored(with_key, foreign, passphrase=lambda: PASSPHRASE + "x")
    assert not list(foreign.folder.iterdir())
    assert restored(with_key, foreign, passphrase=lambda: PASSPHRASE).key_written
    assert foreign.key.stat().st_mode & 0o777 == 0o600
    # The newest key comes first after a rotation, and an older backup is opened by what stands behind it.
    later = home(tmp_path / "later", f"sqlite:///{tmp_path}/later/d.sqlite3", key=other_ring())
    write_key_file(later.key, [*ring_of(later).keys, *ring_of(sqlite_source).keys])
    restored(plain, later)
    with later.entered():
        assert Device.objects.get(pk=7).password == PASSWORD


def test_secrets_are_not_in_the_clear(source: Home, tmp_path: Path) -> None:
    file = tmp_path / "a.backup"
    with source.entered():
        secrets = fill(5)
        for key in ring_of(source).keys:
            secrets["key"] = key.secret.hex()
        secrets["key line"] = source.key.read_text().splitlines()[-1]
        source.settings.path.write_text(
            'data_folder = "/srv/doorward"\n[database]\nurl = "postgresql://doorward:planted-database-password'
            '@db:5433/site?sslmode=require&sslpassword=planted-tls"\n[web]\nport = 8081\nhosts = ["a", "b"]\n'
            '[mail]\npassword = "planted-mail"\nlogin = "x"\n'
        )
        secrets |= {"database": "planted-database-password", "tls": "planted-tls", "mail": "planted-mail"}
        make_backup(file, passphrase=PASSPHRASE)
        secrets["passphrase"] = PASSPHRASE
        raw_keys = [key.secret for key in ring_of(source).keys]
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["the file itself"] = file.read_bytes()
    members["records"] = (source.folder / "backups.json").read_bytes()
    for where, content in members.items():
        for what, secret in secrets.items():
            assert secret.encode() not in content, f"{what} in {where}"
        for raw_key in raw_keys:
            assert raw_key not in content, f"key in {where}"
    text = members["settings.toml"].decode()
    assert '"postgresql://doorward@db:5433/site?sslmode=require"' in text
    assert 'login = "x"' in text
    # What is left out is really not there.
    names = {name.removeprefix("tables/").removesuffix(".jsonl") for name in members if name.startswith("tables/")}
    assert "devices_device" in names
    assert not names & {label.replace(".", "_") for label in LEFT_OUT} - {"sessions_session"}
    assert "django_session" not in names


def test_a_backup_replaces_no_file_by_itself(sqlite_source: Home, tmp_path: Path) -> None:
    file = tmp_path / "a.backup"
    file.write_bytes(b"precious")
    with sqlite_source.entered():
        fill(5)
        with pytest.raises(InvalidInput, match="--force"):
            make_backup(file)
        with pytest.raises(InvalidInput, match="folder that exists"):
            make_backup(tmp_path / "absent" / "a.backup")
        assert file.read_bytes() == b"precious"
        # What a killed backup left behind is in nobody's way.
        (tmp_path / "a.backup.partial").write_bytes(b"rest")
        make_backup(file, force=True)
    assert zipfile.is_zipfile(file)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.backup", "database.sqlite3", "source"]


@pytest.mark.parametrize("trouble", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_a_backup_that_is_stopped_leaves_nothing(sqlite_source: Home, tmp_path: Path, trouble: BaseException) -> None:
    file = tmp_path / "a.backup"

    def told(what: str, _done: int, _whole: int) -> None:
        if "events.event" in what:
            raise trouble

    with sqlite_source.entered():
        fill(5)
        with pytest.raises(KeyboardInterrupt if isinstance(trouble, KeyboardInterrupt) else BackupFailed):
            make_backup(file, told=told)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["database.sqlite3", "source"]


def test_two_backups_into_one_file_at_a_time(sqlite_source: Home, tmp_path: Path) -> None:
    file = tmp_path / "a.backup"
    again: list[int] = []

    def told(what: str, _done: int, _whole: int) -> None:
        if "events.event" in what and not again:
            again.append(1)
            make_backup(file)

    with sqlite_source.entered():
        fill(5)
        with pytest.raises(BackupFailed, match="Another program"):
            make_backup(file, told=told)
    assert zipfile.is_zipfile(file)


def test_a_foreign_key_file_makes_no_backup(sqlite_source: Home, tmp_path: Path) -> None:
    with sqlite_source.entered():
        fill(5)
        write_key_file(sqlite_source.key, other_ring().keys)
        forget_keys()
        with pytest.raises(KeyFileError, match="does not belong to this database"):
            make_backup(tmp_path / "a.backup")
    assert not list(tmp_path.glob("a.*"))

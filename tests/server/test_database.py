from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.utils import OperationalError

from doorward.server.database import check_migrations, explain, migrate, require_migrated
from doorward.server.database_folder import prepare_folder
from doorward.server.database_url import parse_database_url
from doorward.server.errors import DatabaseNewer, DatabaseUnusable
from tests.server.conftest import use_database


def test_models_and_migrations_agree(database: str) -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_a_database_of_a_newer_version_is_refused_and_not_touched(each_database: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('events', '9999_future', '2030-01-01 00:00:00')"
        )
    with pytest.raises(DatabaseNewer, match="events 9999_future"):
        check_migrations()
    with pytest.raises(DatabaseNewer):
        migrate()


def test_an_up_to_date_database_needs_nothing(each_database: str) -> None:
    assert not migrate()


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "damaged.sqlite3"
    path.write_bytes(b"this is no database, but it is long enough to look like one" * 100)
    use_database(f"sqlite:///{path}")
    with pytest.raises(DatabaseUnusable, match="damaged"):
        check_migrations()


def test_an_unreachable_database_server_is_told(tmp_path: Path) -> None:
    use_database(f"postgresql://nobody@/absent?host={tmp_path}")
    with pytest.raises(DatabaseUnusable) as caught:
        check_migrations()
    assert caught.value.advice


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("database or disk is full", "disk of the database is full"),
        ("could not extend file: No space left on device", "disk of the database is full"),
        ("attempt to write a readonly database", "read-only"),
        ("database is locked", "locked by another program"),
        ("unable to open database file", "cannot be opened"),
        ("file is not a database", "damaged"),
        ('FATAL: password authentication failed for user "x"', "refuses user or password"),
        ("something odd", "does not work"),
    ],
)
def test_database_errors_in_words(error: str, words: str) -> None:
    found = explain(OperationalError(error), parse_database_url("sqlite:////srv/d.sqlite3"))
    assert words in found.message
    assert found.advice


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DatabaseUnusable, match="cannot be used"):
        prepare_folder(parse_database_url(f"sqlite:///{tmp_path}/file/data/d.sqlite3"))


def test_a_new_folder_and_file_are_for_their_owner_only(tmp_path: Path) -> None:
    prepare_folder(parse_database_url(f"sqlite:///{tmp_path}/data/d.sqlite3"))
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0
    assert (tmp_path / "data" / "d.sqlite3").stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["d.sqlite3"]


def test_commits_wait_for_the_disk(database: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        assert cursor.fetchone() == ("wal",)
        cursor.execute("PRAGMA synchronous")
        assert cursor.fetchone() == (2,)


def test_commands_refuse_a_database_that_is_not_there() -> None:
    with pytest.raises(DatabaseUnusable, match="no database yet"):
        require_migrated()
    assert not Path("doorward.sqlite3").exists()

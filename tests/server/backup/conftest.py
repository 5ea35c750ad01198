from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from doorward.server.backup import passphrase, restoring
from doorward.server.backup.loading import migrate_to
from doorward.server.backup.tables import Migration, known_migrations
from tests.server.backup.sites import Home, copy_tables, empty_url, home

EmptyPlace = Callable[[str], str]


@pytest.fixture(autouse=True)
def quick_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Backups tell what their passphrase costs; those of the commands, which run as programs, have the usual cost."""
    monkeypatch.setattr(passphrase, "COST", 2**10)


@pytest.fixture(autouse=True)
def quick_tables(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, sqlite_template: Path) -> None:
    """A restore gets the tables of this version as a copy, rather than by every migration that there ever was.

    Those of older versions are made by their migrations, and so are all that ``doorward restore`` makes.
    """

    def quickly(applied: Iterable[Migration]) -> None:
        wanted = set(applied)
        if wanted != known_migrations():
            migrate_to(wanted)
            return
        copy_tables(sqlite_template, lambda: request.getfixturevalue("postgresql_template"))

    monkeypatch.setattr(restoring, "migrate_to", quickly)


@pytest.fixture
def source(each_database: str, tmp_path: Path) -> Home:
    """A server with an empty database of this version, of each kind."""
    return home(tmp_path / "source", each_database)


@pytest.fixture
def sqlite_source(database: str, tmp_path: Path) -> Home:
    """A server with an empty SQLite database of this version."""
    return home(tmp_path / "source", database)


@pytest.fixture
def empty_place(request: pytest.FixtureRequest, tmp_path: Path) -> EmptyPlace:
    """Makes places where nothing is yet: the URL of a database of a kind."""
    return lambda kind: empty_url(kind, tmp_path / "target", lambda: str(request.getfixturevalue("postgresql_server")))


both_kinds = pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from doorward.server.backup import passphrase
from tests.server.backup.sites import Home, empty_url, home

EmptyPlace = Callable[[str], str]


@pytest.fixture(autouse=True)
def quick_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Backups tell what their passphrase costs; those of the commands, which run as programs, have the usual cost."""
    monkeypatch.setattr(passphrase, "COST", 2**10)


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

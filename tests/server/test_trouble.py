"""What is wrong around a server is said in words by ``check`` and by ``serve``, which ends cleanly; nothing is lost."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from doorward.server.crypto import new_key_file
from tests.server.program_site import SECONDS, Site
from tests.support.small_disk import SmallDisk, small_disk


class OwnSite(Site):
    """A server in a folder of its own, asked what is wrong."""

    def checked(self, *, code: int) -> list[dict[str, str]]:
        """What ``check`` finds."""
        told = self.run("check", "--json", code=code)
        found = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
        assert len(found) == len(told.splitlines()), told
        return found

    def errors(self) -> str:
        """The errors that ``check`` finds, in words."""
        return "\n".join(each["words"] for each in self.checked(code=1) if each["level"] == "error")

    def serve_fails(self, *, code: int = 1) -> str:
        """What ``serve`` says when it cannot start."""
        return self.run("serve", code=code)


@pytest.fixture
def own(tmp_path: Path, site_template: Path) -> OwnSite:
    return OwnSite(tmp_path, site_template)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk") as found:
        yield found


def test_all_is_well(own: OwnSite) -> None:
    own.set_up()
    assert not [each for each in own.checked(code=0) if each["level"] == "error"]
    with own.serving() as process:
        words = "\n".join(each["words"] for each in own.checked(code=0))
        assert f"TCP {own.web_port} (the console and the API) is held by this server." in words
        assert f"TCP {own.device_port} (devices in server mode) is held by this server." in words
        assert f"process {process.pid}" in words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[web]\nport = 'x'", "web.port: 'x' is not allowed; allowed: a whole number"),
        ("[database]\nurl = 'mysql://u:hunter22@h/d'", "database.url"),
        ("database = 'postgresql://u:hunter22@h/d'", "a section [database]"),
        ("[database]\nurl = 'sqlite://u:hunter22@h/d'", "database.url"),
        ("=", "is not a TOML file"),
        ("[log]\nfile = '/proc/nowhere/log'", "log file /proc/nowhere/log cannot be written"),
    ],
)
def test_wrong_settings(own: OwnSite, text: str, words: str) -> None:
    own.settings.write_text(text)
    failed = own.serve_fails(code=1 if "TOML" in words or "log file" in words else 2)
    assert words in failed
    assert str(own.settings) in failed
    assert "hunter22" not in failed
    if "log file" not in words:
        found = own.errors()
        assert words in found
        assert "hunter22" not in found


@pytest.mark.parametrize("which", ["web", "devices"])
def test_a_busy_port(own: OwnSite, which: str) -> None:
    own.set_up()
    port = own.web_port if which == "web" else own.device_port
    with socket.create_server(("", port)):
        assert f"process {os.getpid()}" in own.errors()
        told = own.serve_fails(code=3)
        assert f"TCP port {port}" in told
        assert f"process {os.getpid()}" in told
    assert own.checked(code=0)


def test_a_database_of_a_newer_version(own: OwnSite) -> None:
    own.set_up()
    with sqlite3.connect(own.database) as connection:
        connection.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('events', '9999_x', '2030-01-01')"
        )
    connection.close()
    before = own.database.read_bytes()
    assert "newer version of Doorward" in own.errors()
    assert "newer version of Doorward" in own.serve_fails()
    assert own.database.read_bytes() == before


def test_a_foreign_key_file(own: OwnSite) -> None:
    own.set_up()
    path = own.data / "doorward.key"
    path.unlink()
    new_key_file(path)
    assert "does not belong to this database" in own.errors()
    assert "does not belong to this database" in own.serve_fails()


@pytest.mark.root
def test_a_read_only_folder(own: OwnSite, disk: SmallDisk) -> None:
    own.folder = disk.folder
    own.set_up()
    disk.read_only()
    assert "is read-only" in own.errors()
    assert "is read-only" in own.serve_fails()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_belongs_to_somebody_else(own: OwnSite) -> None:
    own.set_up()
    own.data.chmod(0o500)
    try:
        assert "cannot be used" in own.errors()
        assert "cannot be used" in own.serve_fails()
    finally:
        own.data.chmod(0o700)


@pytest.mark.root
def test_a_full_disk_at_the_start(own: OwnSite, disk: SmallDisk) -> None:
    own.folder = disk.folder
    own.set_up()
    disk.fill()
    assert "is full" in own.errors()
    assert "is full" in own.serve_fails()
    disk.make_room()
    with own.serving() as process:
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0


def test_a_clock_an_hour_behind(own: OwnSite) -> None:
    """As the server sees it: its record was written an hour later than its clock shows."""
    own.set_up()
    later = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%d %H:%M:%S")
    with sqlite3.connect(own.database) as connection:
        connection.execute(
            "INSERT INTO system_serverrun (started, beat, stopped, host, process, version, web_address, device_address)"
            " VALUES (?, ?, ?, 'here', 1, '1', '', '')",
            (later, later, later),
        )
    connection.close()
    assert "60 min behind" in own.errors()
    with own.serving() as process:
        # It runs all the same, and is seen to run.
        assert json.loads(own.run("status", "--json"))["server"]["process"] == process.pid
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0
        assert "at least 60 min behind" in process.errors

"""``doorward backup``, ``restore`` and ``upgrade-check``, each in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.server.program_site import SECONDS, Site
from tests.support.ready_programs import INSTALLED

PASSPHRASE = "a sentence that nobody guesses"


@pytest.fixture(autouse=True)
def ready(site: Site) -> None:
    site.set_up()


@pytest.mark.timeout(300)  # a dozen processes, one after another
def test_from_a_running_server_to_an_empty_machine(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "site.backup"
    site.run("devices", "add", "77", "10.0.0.5", "--name", "Back door")
    with site.serving() as process:
        made = json.loads(site.run("backup", str(file), "--json", "--with-key", DOORWARD_BACKUP_PASSPHRASE=PASSPHRASE))
        assert made["with_key"]
        assert made["rows"] > 1
        assert "server uses this database" in site.run("restore", str(file), "--replace", "--confirm", "x", code=1)
        assert "The server runs" in site.run("upgrade-check", "--json")
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0
    assert "a file that is not there yet" in site.run("backup", str(file), code=2)

    # The old machine is gone; the new one has the backup and nothing else.
    data = site.folder / "data"
    shutil.rmtree(data)
    site.settings.rename(tmp_path / "old.toml")
    told = site.run("restore", str(file), "--settings-from-backup", code=2)
    assert "DOORWARD_BACKUP_PASSPHRASE" in told
    assert tomllib.loads(site.settings.read_text()) == tomllib.loads((tmp_path / "old.toml").read_text())
    assert not data.exists() or not list(data.iterdir())
    told = site.run("restore", str(file), DOORWARD_BACKUP_PASSPHRASE=PASSPHRASE)
    assert "Proven" in told
    assert PASSPHRASE not in told
    assert "key file came out of the backup" in told
    (listed,) = [json.loads(line) for line in site.run("devices", "list", "--json").splitlines()]
    assert (listed["device_id"], listed["name"]) == (77, "Back door")
    assert sorted(path.name for path in data.iterdir()) == ["doorward.key", "doorward.sqlite3"]
    assert (data / "doorward.sqlite3").stat().st_mode & 0o777 == 0o600
    with site.serving() as process:
        assert process.poll() is None


def test_what_is_there_is_put_aside_only_by_name(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "site.backup"
    assert "no backup of this database" in site.run("upgrade-check", "--json", code=1)
    assert "The key file is not in it" in site.run("backup", str(file))
    assert "nothing has changed since" in site.run("upgrade-check", "--json")
    site.run("devices", "add", "77", "10.0.0.5")
    assert "--replace" in site.run("restore", str(file), code=1)
    assert "--confirm doorward.sqlite3" in site.run("restore", str(file), "--replace", code=2)
    assert "is not the name" in site.run("restore", str(file), "--replace", "--confirm", "yes", code=1)
    assert "77" in site.run("devices", "list", "--json")
    told = site.run("restore", str(file), "--replace", "--confirm", "doorward.sqlite3")
    assert "is kept in" in told
    assert "77" not in site.run("devices", "list", "--json")
    findings = [json.loads(line) for line in site.run("upgrade-check", "--json").splitlines()]
    assert findings[0]["ready"] is True


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="needs the rights to mount a small disk")
def test_a_full_disk_is_told_and_nothing_is_left(site: Site, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8k", "none", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this machine mounts no disk")
    try:
        told = site.run("backup", str(disk / "a.backup"), code=1)
        assert "is full" in told
        assert not list(disk.iterdir())
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        assert "read-only" in site.run("backup", str(disk / "a.backup"), code=1)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_signal_leaves_nothing(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "a.backup"
    program = (
        "import django; django.setup()\n"
        "import doorward.server.backup.making as making, os, signal\n"
        "write = making._write_parts\n"
        "def stop(*arguments):\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    return write(*arguments)\n"
        "making._write_parts = stop\n"
        "from doorward.cli.main import main; main()\n"
    )
    command = [INSTALLED[0], "-c", program, "backup", str(file), "--settings", str(site.settings)]
    environment = site.environment | {
        "DJANGO_SETTINGS_MODULE": "doorward.server.project",
        "DOORWARD_SETTINGS": str(site.settings),
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 130, done.stderr
    assert "Stopped." in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["site"]

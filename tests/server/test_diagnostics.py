from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from doorward.model.errors import DoorwardError
from doorward.server.diagnostics.anonymous import Anonymizer
from doorward.server.diagnostics.collecting import write_diagnostics
from doorward.server.diagnostics.log_lines import LINES, last_lines
from tests.server.conftest import SETTINGS
from tests.server.program_site import Site


def test_names_and_addresses_are_made_up_and_stay_the_same() -> None:
    anonymous = Anonymizer(["Front door", "Front", "ann", "admin", "x"])
    text = "Front door (Ann, ann) dialled in from 10.1.2.3:1470 and 10.1.2.3, then 2001:db8::17; admin x at 127.0.0.1"
    assert anonymous(text) == (
        "name-1 (Ann, name-2) dialled in from address-1:1470 and address-1, then address-2; admin x at 127.0.0.1"
    )
    assert anonymous("10.1.2.3 ann@example.org 00:17:fc:01:02:03") == "address-1 mail-1 mac-1"


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22 13:02:50.254+00:00 INFO gateway.link: device 10001 is live",
        "Django 5.2.8, Python 3.11.7, SQLite 3.40.1",
        "[::]:1480, 0.0.0.0:1480, ::1",
        "doorward.server.run:Server at 12:30:45",
        "999.1.2.3",
    ],
)
def test_what_is_no_address_stays(text: str) -> None:
    assert Anonymizer()(text) == text


def test_json_stays_json_and_fields_with_secrets_are_emptied(database: str, tmp_path: Path) -> None:
    log = tmp_path / "d.log"
    log.write_text("".join(f"line {number} at 192.0.2.{number % 9}\n" for number in range(LINES * 2)))
    hosts = replace(SETTINGS.web, hosts=("doors.example.org",))
    settings = replace(SETTINGS, web=hosts, log=replace(SETTINGS.log, file=str(log)))
    path = tmp_path / "r.zip"
    names = write_diagnostics(path, settings)
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == names
        for name in names:
            if name.endswith(".json"):
                json.loads(archive.read(name))
        assert json.loads(archive.read("settings.json"))["web"]["hosts"] == ["name-1"]
        lines = archive.read("log.txt").decode().splitlines()
        assert (len(lines), lines[-1].split(" at ")[0]) == (LINES, f"line {LINES * 2 - 1}")
        assert "192.0.2" not in lines[-1]


def test_lines_of_the_file_before_are_taken_too(tmp_path: Path) -> None:
    (tmp_path / "d.log.1").write_text("older\n")
    (tmp_path / "d.log").write_text("newer\n")
    settings = replace(SETTINGS, log=replace(SETTINGS.log, file=str(tmp_path / "d.log")))
    assert last_lines(settings) == "older\nnewer\n"


def test_a_file_that_cannot_be_written(database: str, tmp_path: Path) -> None:
    with pytest.raises(DoorwardError, match="cannot be written"):
        write_diagnostics(tmp_path / "absent" / "r.zip", SETTINGS)


def test_without_settings_there_still_is_a_file(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.settings.write_text("[web]\nport = 'x'\n")
    report = tmp_path / "r.zip"
    assert "web.port" in site.run("diagnostics", str(report))
    with zipfile.ZipFile(report) as archive:
        assert archive.namelist() == ["README.txt", "versions.json"]
        assert "web.port: 'x'" in archive.read("README.txt").decode()
    assert "is not there yet" in site.run("diagnostics", str(report), code=2)
    site.run("diagnostics", str(report), "--force")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["doorward.toml", "r.zip"]


def test_what_somebody_put_in_its_place_before_is_not_written_through(tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("keep me")
    path = tmp_path / "r.zip"
    path.with_name("r.zip.partial").symlink_to(other)
    write_diagnostics(path, None)
    assert other.read_text() == "keep me"
    assert not path.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o600

"""``doorward people`` and ``doorward sync`` from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.utils import timezone
from typer.testing import CliRunner

from doorward.cli import people as people_command
from doorward.cli import sync as sync_command
from doorward.server.devices.models import Device
from doorward.server.people.models import ErasedPerson, Person
from tests.server.imports.steps import lines

RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def opened(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands work on the database of the test."""
    for module in (people_command, sync_command):
        monkeypatch.setattr(module, "open_data", lambda settings: None)


def test_people_come_from_a_file_and_go_into_one(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(lines(("number", "name", "disabled"), (5, "Ann", "perhaps"), ("x", "Bob", "")))
    refused = RUNNER.invoke(people_command.app, ["import", str(file), "--json"])
    assert refused.exit_code == 2
    found = json.loads(refused.stdout)["problems"]
    assert [(one["row"], one["column"], one["value"]) for one in found] == [
        (2, "disabled", "perhaps"),
        (3, "number", "x"),
    ]
    assert not Person.objects.exists()
    file.write_bytes(lines(("number", "name"), (5, "Ann"), (6, "Bob")))
    assert RUNNER.invoke(people_command.app, ["import", str(file), "--dry-run"]).exit_code == 0
    assert not Person.objects.exists()
    done = RUNNER.invoke(people_command.app, ["import", str(file), "--yes"])
    assert "2 added, 0 changed" in done.stdout
    listed = RUNNER.invoke(people_command.app, ["list", "ann", "--json"])
    assert [json.loads(line)["number"] for line in listed.stdout.splitlines()] == [5]
    target = tmp_path / "out.csv"
    assert RUNNER.invoke(people_command.app, ["export", str(target)]).exit_code == 0
    assert target.stat().st_mode & 0o077 == 0
    assert "Ann" in target.read_text(encoding="utf-8-sig")
    assert RUNNER.invoke(people_command.app, ["export", str(target)]).exit_code == 2


def test_somebody_is_erased_and_devices_are_shown() -> None:
    now = timezone.now()
    Person.objects.create(number=5, name="Ann", created=now, changed=now)
    Device.objects.create(device_id=7, model="xpass", approval="approved", first_seen=now, changed=now)
    assert RUNNER.invoke(people_command.app, ["erase", "5"]).exit_code == 2  # there is nobody to ask
    assert RUNNER.invoke(people_command.app, ["erase", "5", "--yes"]).exit_code == 0
    assert ErasedPerson.objects.get().number == 5
    shown = RUNNER.invoke(sync_command.app, ["status", "--json"])
    assert [(row["device"], row["managed"]) for row in map(json.loads, shown.stdout.splitlines())] == [(7, False)]

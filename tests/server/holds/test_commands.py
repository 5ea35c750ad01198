"""``doorward devices hold|release|take-over|holder``, and who is named when a device refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from doorward.cli import holder_words
from doorward.cli.devices import app
from doorward.server.devices.models import Device
from doorward.server.holds import services
from doorward.server.holds.models import Hold
from tests.server.holds.people import add_direct, somebody


@pytest.fixture(autouse=True)
def database_of_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of these tests name a file, and each test has a database of its own."""
    monkeypatch.setattr("doorward.server.database.require_migrated", lambda: None)


def run(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == code, done.output
    return " ".join(done.output.split())


def test_the_line_is_left_to_a_program_and_taken_back(database: str) -> None:
    add_direct()
    assert "Nobody has device 7: it is free." in run("holder", "7")
    told = run("hold", "7", "--for", "BioStar 1.93", "--minutes", "10", "--reason", "Reading templates")
    assert "has let this server leave the device's line to BioStar 1.93" in told
    assert "doorward devices release 7" in told
    shown = json.loads(run("holder", "7", "--json"))
    assert (shown["holder"]["kind"], shown["holder"]["program"]) == ("released", "BioStar 1.93")
    assert "(command line)" in shown["holder"]["name"]
    assert "(command line)" in run("list")
    run("release", "7")
    assert Device.objects.get().line_left == ""
    assert "You do not hold device 7." in run("release", "7", code=1)


def test_taking_over_frees_a_device_for_everybody(database: str) -> None:
    add_direct()
    services.hold(7, somebody("kim"))
    services.ask_for(7, somebody("lee"), reason="A visitor waits.")
    told = run("holder", "7")
    assert "kim at 10.0.0.9 works with the device alone" in told
    assert "lee asks for it: A visitor waits." in told
    assert "kim" in run("hold", "7", code=1)
    assert "was taken over and is free" in run("take-over", "7", "--reason", "Fire alarm")
    assert services.open_hold(7) is None
    assert "took it over. Fire alarm" in Hold.objects.get(holder="kim").end_reason


def test_a_device_is_held_as_long_as_the_command_runs(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    add_direct()
    signs = []

    def wait(_seconds: float) -> None:
        assert services.open_hold(7) is not None
        signs.append(1)
        if len(signs) > 1:
            raise KeyboardInterrupt
        services.ask_for(7, somebody("lee"), reason="Soon?")

    monkeypatch.setattr("doorward.cli.device_holds.time.sleep", wait)
    told = run("hold", "7")
    assert "lee asks for the device: Soon?" in told
    assert "is free for everybody" in told
    assert services.open_hold(7) is None


def test_whoever_is_refused_by_a_device_is_told_who_has_it(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    add_direct()
    assert holder_words.holder_at("10.0.0.5") == ""
    services.hold(7, somebody("kim"), reason="Testing")
    # No settings file: no server on this machine, so nothing is known.
    assert holder_words.holder_at("10.0.0.5") == ""
    monkeypatch.setattr("doorward.server.places.default_settings_path", lambda: Path(__file__))
    assert "Device 7: kim at 10.0.0.9 works with the device alone" in holder_words.holder_at("10.0.0.5")
    assert holder_words.holder_at("10.0.0.6") == ""

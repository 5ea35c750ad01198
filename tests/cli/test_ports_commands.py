"""``doorward ports list``, ``plan``, ``rules`` and ``move``."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from doorward.cli.main import app
from doorward.ports.catalogue import load_catalogue
from doorward.ports.site_file import EXAMPLE
from tests.support.ready_programs import start_program

runner = CliRunner()
SITE = ("--system", "biostar1", "--mode", "server", "--server", "main=192.168.1.5/24", "--devices", "doors=10.1.0.0/24")
DOORWARD = ("--system", "doorward", *SITE[2:])


@pytest.fixture(autouse=True)
def no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No settings file of whoever runs the tests."""
    path = tmp_path / "doorward.toml"
    monkeypatch.setenv("DOORWARD_SETTINGS", str(path))
    return path


def run(*words: str, code: int = 0) -> Any:
    result = runner.invoke(app, ["ports", *words])
    assert result.exit_code == code, result.output
    return result


def objects(*words: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run(*words, "--json").stdout.splitlines()]


def test_list_prints_one_object_an_entry() -> None:
    entries = objects("list")
    assert len(entries) == len(load_catalogue().entries)
    for entry in entries:
        assert {"protocol", "port", "listens", "dials", "purpose", "system", "modes", "confidence"} <= set(entry)
    narrowed = objects("list", "--system", "biostar1", "--mode", "direct", "--role", "client")
    assert {(entry["protocol"], entry["port"]) for entry in narrowed} == {
        *(("tcp", port) for port in (1470, 1471, 1480)),
        ("udp", 51110),
    }
    assert objects("list", "--system", "easysecure,doorward")


def test_list_for_people() -> None:
    text = run("list", "--system", "biostar1", "--role", "database").stdout
    assert "3 ports" in text
    assert "1433" in text


def test_list_refuses_unknown_names() -> None:
    result = run("list", "--system", "biostar9", code=2)
    assert "system: 'biostar9' is not allowed; allowed: biostar1, biostar2" in result.output


def test_plan_as_table_and_data() -> None:
    text = run("plan", *SITE).stdout
    assert "main (host): 4 rules" in text
    assert "between (firewall): 4 rules" in text
    (plan,) = objects("plan", *SITE)
    assert {(rule["protocol"], rule["port"]) for rule in plan["rules"]} == {
        *(("tcp", port) for port in (1470, 1471, 1480)),
        ("udp", 51110),
    }
    assert run("plan", *SITE, "--format", "csv").stdout.count("\n") == 9
    assert run("plan", *SITE, "--format", "markdown", "--for", "main").stdout.startswith("## main (host)")
    ElementTree.fromstring(run("plan", *SITE, "--format", "svg").stdout)


def test_a_picture_goes_into_a_file(tmp_path: Path) -> None:
    path = tmp_path / "ports.svg"
    run("plan", *SITE, "--format", "svg", "--output", str(path))
    ElementTree.parse(path)


def test_a_site_file_is_used(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(run("plan", "--example").stdout)
    assert path.read_text() == EXAMPLE
    (plan,) = objects("plan", "--site", str(path))
    assert {rule["holder"] for rule in plan["rules"]} == {"main", "office", "edge"}
    assert "no other option" in run("plan", "--site", str(path), "--mode", "server", code=2).output
    assert "cannot be read" in run("plan", "--site", str(tmp_path / "absent.toml"), code=2).output


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (SITE[2:], "--system: 'none' is not allowed"),
        (SITE[:2], "--mode: 'none' is not allowed"),
        ((*SITE, "--format", "pdf"), "--format: 'pdf' is not allowed; allowed: table, csv"),
        ((*SITE, "--format", "svg", "--for", "main"), "--for"),
        ((*SITE, "--for", "nobody"), "--for: 'nobody' is not allowed; allowed: main, between"),
        ((*SITE, "--server", "x;y=1.2.3.4"), "server: 'x;y' is not allowed"),
        ((*SITE, "--port", "nothing=5"), "entry: 'nothing'"),
        ((*SITE, "--output", "x"), "--output"),
    ],
)
def test_plan_refuses(words: tuple[str, ...], problem: str) -> None:
    assert problem in " ".join(run("plan", *words, code=2).output.split())


def test_rules_in_every_format_go_to_standard_output() -> None:
    text = run("rules", *SITE, "--for", "main", "--format", "nftables").stdout
    assert text.startswith("#!/bin/sh")
    assert "tcp dport 1480" in text
    removing = run("rules", *SITE, "--for", "main", "--format", "nftables", "--remove").stdout
    assert "tcp dport" not in removing
    (told,) = objects("rules", *SITE, "--for", "main", "--format", "powershell")
    assert (told["for"], told["format"], told["suffix"], told["remove"]) == ("main", "powershell", "ps1", False)
    assert "New-NetFirewallRule" in told["text"]
    refused = run("rules", *SITE, "--for", "between", "--format", "powershell", code=1).output
    assert "between is a firewall between networks" in " ".join(refused.split())


def test_rules_in_a_file_are_written_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "rules.cmd"
    run("rules", *SITE, "--for", "main", "--format", "netsh", "--output", str(path))
    assert path.read_bytes().count(b"\r\n") == path.read_bytes().count(b"\n") > 4


def test_one_setting_changes_the_port_everywhere(no_settings: Path) -> None:
    def incoming() -> set[int]:
        (plan,) = objects("plan", *DOORWARD)
        return {rule["port"] for rule in plan["rules"] if rule["direction"] == "in"}

    assert incoming() == {1480}
    no_settings.write_text("[devices]\nport = 1490\n")
    assert incoming() == {1490}
    assert "tcp dport 1490" in run("rules", *DOORWARD, "--for", "main", "--format", "nftables").stdout
    listed = {entry["id"]: entry["port"] for entry in objects("list", "--system", "doorward")}
    assert listed["doorward-1480-devices"] == 1490
    assert listed["doorward-8080"] == 8080
    assert {entry["port"] for entry in objects("list", "--system", "biostar1", "--mode", "server")} >= {1480}


def doorward(*words: str, settings: Path, code: int = 0) -> str:
    """Run the program in a process of its own: the command brings Django up, which a process does once."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DOORWARD_")}
    with tempfile.TemporaryDirectory() as told:
        program = start_program(
            (*words, "--settings", str(settings)), environment | {"COLUMNS": "200"}, settings.parent,
            Path(told, "out"), Path(told, "err"),
        )  # fmt: skip
        assert program.wait(60) == code, program.told + program.errors
        return program.told + program.errors


def test_move_shows_and_writes(no_settings: Path) -> None:
    folder = no_settings.parent
    no_settings.write_text(f"data_folder = {json.dumps(str(folder))}\n\n[web]\nport = 8080    # of the console\n")
    before = no_settings.read_text()
    shown = doorward("ports", "move", "8080", "8443", settings=no_settings)
    assert "Bookmarks" in shown
    assert "Nothing was changed" in shown
    assert no_settings.read_text() == before
    refused = doorward("ports", "move", "8080", "8443", "--send", settings=no_settings, code=2)
    assert "devices do not dial the console" in refused
    assert "old port" in doorward("ports", "move", "81", "8443", settings=no_settings, code=2)
    asked = doorward("ports", "move", "8080", "8443", "--write", settings=no_settings, code=2)
    assert "Give --yes" in asked
    assert no_settings.read_text() == before
    told = doorward("ports", "move", "8080", "8443", "--write", "--yes", "--json", settings=no_settings)
    found = json.loads(next(line for line in told.splitlines() if line.startswith("{")))
    assert found["written"] is True
    assert found["move"]["setting"] == "web.port"
    assert no_settings.read_text() == before.replace("8080", "8443")

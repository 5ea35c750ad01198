"""``doorward ports check``, ``probe`` and ``serve-test`` as a person calls them."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from doorward.cli.main import app
from tests.support.site import own_addresses, site_in_thread

runner = CliRunner(env={"COLUMNS": "200"})


def run(*words: str, code: int = 0) -> Any:
    result = runner.invoke(app, ["ports", *words])
    assert result.exit_code == code, result.output
    return result


def objects(*words: str, code: int = 0) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run(*words, "--json", code=code).stdout.splitlines()]


@pytest.fixture
def held_settings(tmp_path: Path) -> Any:
    """A settings file whose web port is held by this very program, and whose port for devices is free."""
    address, other = own_addresses(2, 95)
    with socket.create_server((address, 0)) as held, socket.create_server((other, 0)) as free:
        numbers = held.getsockname()[1], free.getsockname()[1]
        free.close()
        path = tmp_path / "doorward.toml"
        path.write_text(
            f'[web]\naddress = "{address}"\nport = {numbers[0]}\n[devices]\naddress = "{other}"\nport = {numbers[1]}\n'
        )
        yield path, *numbers


def test_check_names_who_holds_a_port(held_settings: tuple[Path, int, int]) -> None:
    path, held, free = held_settings
    found = objects("check", "--settings", str(path), code=1)
    by_port = {(item["protocol"], item["port"]): item for item in found}
    assert by_port["tcp", held]["severity"] == "problem"
    assert by_port["tcp", held]["holder"]["process_id"] == os.getpid()
    assert by_port["tcp", free]["severity"] in ("ok", "note")
    assert ("udp", 51110) in by_port
    assert ("tcp", 8080) not in by_port or by_port["tcp", 8080]["purpose"] != by_port["tcp", held]["purpose"]
    text = run("check", "--settings", str(path), code=1).stdout
    assert f"TCP {held}" in text
    assert str(os.getpid()) in text
    assert "other ports that these systems use are free" in text
    everything = run("check", "--settings", str(path), "--all", code=1).stdout
    assert "TCP 51212" in everything


def test_check_of_one_system(held_settings: tuple[Path, int, int]) -> None:
    found = objects("check", "--system", "easysecure", "--settings", str(held_settings[0]))
    assert {item["port"] for item in found if item["port"]} == {80, 1470, 1471, 8080, 51210, 51211, 51212}
    assert "nonsense" in runner.invoke(app, ["ports", "check", "--system", "nonsense"]).output


def test_probe_tells_each_step_and_ends_in_one_sentence() -> None:
    with site_in_thread(1, block=96, models=["bioentry-plus"], people=0) as site:
        (device,) = site.describe()
        *steps, verdict = objects("probe", device.address, "-t", "0.5", "-i", "lo")
        assert [item["key"] for item in steps] == ["target", "way", "presence", "tcp", "udp", "settings", "clock"]
        assert {item["state"] for item in steps} <= {"ok", "note"}
        assert (verdict["verdict"], verdict["device_id"], verdict["address"]) == (
            "reached", device.device_id, device.address,
        )  # fmt: skip
        words = run("probe", f"{device.address}:1470", "-t", "0.5", "-i", "lo", code=3).stdout.splitlines()
        assert [line.split()[0] for line in words[:3]] == ["ok", "ok", "ok"] or "note" in words[2]
        assert any(line.startswith("Wrong port: the device at") for line in words)
        assert f"    doorward device info {device.address}:1471" in words
        wanted = objects("probe", device.address, "--server", "127.0.0.1:1490", "-t", "0.5", "-i", "lo", code=3)[-1]
        assert wanted["verdict"] == "direct-mode"
        assert "with the server 127.0.0.1:1490" in wanted["sentence"]
        clock = objects("probe", device.address, "--clock", "0.000001", "-t", "0.5", "-i", "lo", code=1)[-1]
        assert clock["verdict"] == "clock-off"


def test_a_site_file_is_taken(tmp_path: Path) -> None:
    from doorward.ports.site_file import EXAMPLE

    path = tmp_path / "site.toml"
    path.write_text(EXAMPLE)
    (address,) = own_addresses(1, 98)
    found = objects("probe", f"{address}:1470", "--site", str(path), "-t", "0.3", "-i", "lo", code=3)
    assert found[-1]["verdict"] == "refused"


@pytest.mark.parametrize(
    "words",
    [
        ("probe", "127.0.0.1:0"),
        ("probe", "127.0.0.1:x"),
        ("probe", ""),
        ("probe", "99999999999"),
        ("probe", "127.0.0.1", "--clock", "0"),
        ("probe", "127.0.0.1", "--timeout", "0"),
        ("probe", "127.0.0.1", "--server", "no such name"),
        ("probe", "127.0.0.1", "--site", "/no/such/file.toml"),
        ("probe", "127.0.0.1", "--interface", "no-such-card"),
        ("serve-test", "--tcp", "70000"),
        ("serve-test", "--address", "nonsense"),
        ("serve-test", "--for", "0"),
    ],
)
def test_what_is_wrong_is_refused_before_anything_is_sent(words: tuple[str, ...]) -> None:
    assert "allowed" in run(*words, code=2).output or "cannot be read" in run(*words, code=2).output


def test_serve_test_shows_where_it_listens_and_ends() -> None:
    (address,) = own_addresses(1, 97)
    found = objects("serve-test", "--tcp", "0", "--udp", "0", "--address", address, "--for", "0.2")
    assert [(item["event"], item["protocol"], item["address"]) for item in found] == [
        ("listening", "tcp", address),
        ("listening", "udp", address),
    ]
    text = run("serve-test", "--tcp", "0", "--address", address, "--for", "0.2").stdout
    assert "listening" in text
    assert text.endswith("Ended. 0 came.\n")

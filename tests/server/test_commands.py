from __future__ import annotations

import json
import os
import signal
import socket

import pytest

from tests.server.program_site import PASSWORD, SECONDS, Site


@pytest.mark.long
def test_from_nothing_to_a_running_server_and_back(site: Site) -> None:
    # The program as people run it, from nothing.
    site.installed = True
    told = site.init()
    assert "What to do next" in told
    assert PASSWORD not in told
    assert (site.folder / "data" / "doorward.key").stat().st_mode & 0o777 == 0o600
    with site.serving() as process:
        status = json.loads(site.run("status", "--json"))
        assert status["server"]["process"] == process.pid
        site.installed = False
        assert f"process {process.pid} on" in site.run("serve", code=1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0
    assert json.loads(site.run("status", "--json"))["server"] is None
    with socket.create_server(("127.0.0.1", site.web_port)):
        busy = site.run("serve", code=3)
    assert f"TCP port {site.web_port} on 127.0.0.1 is held by" in busy
    assert f"process {os.getpid()}" in busy
    assert "web.port" in busy


def test_tokens_devices_and_keys(site: Site) -> None:
    site.set_up()
    assert site.init().count("there already") == 3
    token = site.run("tokens", "create", "export", "--operator", "admin").strip()
    assert token.startswith("doorward_")
    site.run("devices", "add", "77", "10.0.0.5", "--name", "Back door")
    assert "Device 77 is blocked" in site.run("devices", "block", "77", "--reason", "lost")
    (listed,) = [json.loads(line) for line in site.run("devices", "list", "--json").splitlines()]
    assert (listed["device_id"], listed["approval"], listed["state"]) == (77, "blocked", "unknown")
    assert "device: 5" in site.run("devices", "approve", "5", code=2)
    assert "agent: 'Harbour' is not allowed" in site.run(
        "devices", "add", "78", "10.0.0.6", "--agent", "Harbour", code=2
    )
    site.run("agents", "add", "Harbour")
    assert "the agent Harbour dials 10.0.0.6" in site.run("devices", "add", "78", "10.0.0.6", "--agent", "Harbour")
    assert "fresh key" in site.run("key", "rotate")


def test_commands_before_init_say_what_to_do(site: Site) -> None:
    assert "doorward init" in site.run("serve", code=1)
    site.settings.write_text(f"data_folder = '{site.folder}/data'\n")
    assert "doorward init" in site.run("status", code=1)
    assert "doorward init" in site.run("serve", code=1)
    assert not (site.folder / "data" / "doorward.key").exists()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("[web]\nport = 'x'", "web.port: 'x' is not allowed"),
        ("[nonsense]", "nonsense"),
        ("=", "is not a TOML file"),
    ],
)
def test_wrong_settings_are_told(site: Site, settings: str, words: str) -> None:
    site.settings.write_text(settings)
    told = site.run("serve", code=2 if "TOML" not in words else 1)
    assert words in told
    assert str(site.settings) in told


def test_init_refuses_wrong_values_before_it_writes(site: Site) -> None:
    told = site.run("init", "--time-zone", "Nowhere", code=2, DOORWARD_ADMIN_PASSWORD=PASSWORD)
    assert "--time-zone: 'Nowhere'" in told
    assert not site.settings.exists()


def test_a_lost_key_file_is_not_replaced(site: Site) -> None:
    site.set_up()
    (site.folder / "data" / "doorward.key").unlink()
    assert "is missing" in site.run("init", code=1, DOORWARD_ADMIN_PASSWORD=PASSWORD)
    assert "is missing" in site.run("serve", code=1)
    assert not (site.folder / "data" / "doorward.key").exists()

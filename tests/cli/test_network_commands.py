"""``doorward search``, ``network`` and ``reset`` against virtual devices."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from doorward.cli.main import app
from doorward.simulator import RunningDevice, VirtualSite
from tests.support.site import becomes, own_addresses, site_in_thread

KEYS = ["device_id", "model", "type", "generation", "address", "port", "interface", "round_trip_ms"]
runner = CliRunner()


@pytest.fixture(scope="module")
def site() -> Iterator[VirtualSite]:
    models = ["bioentry-plus", "biostation", "biolite-net", "biostation-2"]
    with site_in_thread(4, block=1, models=models, people=2) as running:
        yield running


def run(*words: str, code: int = 0) -> Any:
    result = runner.invoke(app, [*words])
    assert result.exit_code == code, result.output
    return result


def objects(*words: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run(*words, "--json").stdout.splitlines()]


def test_search_prints_one_object_a_device(site: VirtualSite) -> None:
    wanted = {item.device_id: item for item in site.describe()}
    places = [word for item in wanted.values() for word in ("--address", item.address)]
    found = objects("search", *places, "--timeout", "5")
    assert [item["device_id"] for item in found] == sorted(wanted)
    for item in found:
        assert list(item) == KEYS
        device = wanted[item["device_id"]]
        assert {name: item[name] for name in KEYS[:6]} == device.as_dict()
        assert item["interface"] == "lo"
        assert item["round_trip_ms"] > 0


def test_search_narrowed_to_a_generation(site: VirtualSite) -> None:
    place = site.describe()[3].address
    assert objects("search", "--address", place, "--generation", "biostar1", "--timeout", "0.5") == []
    assert [item["generation"] for item in objects("search", "--address", place, "-g", "biostar2")] == ["biostar2"]


def test_search_with_details(site: VirtualSite) -> None:
    place = site.describe()[1].address
    (found,) = objects("search", "--address", place, "--details")
    assert found["mode"] == "direct"
    assert found["dhcp"] is False
    assert found["mask"] == "255.0.0.0"
    assert found["gateway"] == "127.0.0.1"
    assert found["server"] is None


def test_search_for_nobody_is_no_error_and_says_what_to_do() -> None:
    result = run("search", "--address", own_addresses(1, 9)[0], "--timeout", "0.4")
    assert "No device answered" in result.stderr
    assert "firewall" in result.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["search", "--interface", "nope"], "nope"),
        (["search", "--address", "300.1.1.1"], "300.1.1.1"),
        (["search", "--generation", "biostar9"], "biostar1 or biostar2"),
        (["search", "--timeout", "0"], "seconds, more than 0"),
        (["network", "set", "1", "--ip", "300.1.1.1"], "--ip: '300.1.1.1' is not allowed"),
        (["network", "set", "1", "--mask", "255.0.255.0"], "--mask"),
        (["network", "set", "1", "--mode", "sideways"], "direct or server"),
        (["network", "set", "1", "--server", "10.0.0.1:99999"], "a port from 1 to 65535"),
        (["network", "set", "1"], "at least one setting"),
    ],
)
def test_wrong_values_are_refused_before_anything_is_sent(words: list[str], told: str) -> None:
    assert told in run(*words, code=2).stderr


def test_unknown_device_is_not_reached() -> None:
    result = run("network", "show", "77", "--address", own_addresses(1, 9)[0], "--timeout", "0.4", code=3)
    assert "Device 77 did not answer" in result.stderr


def test_show_tells_the_settings(site: VirtualSite) -> None:
    device = site.describe()[0]
    (shown,) = objects("network", "show", str(device.device_id), "--address", device.address)
    assert shown["ip"] == device.address
    assert shown["tcp_port"] == 1471
    words = run("network", "show", str(device.device_id), "--address", device.address).stdout
    assert "BioEntry Plus" in words
    assert device.address in words


def test_set_asks_first_and_writes_only_what_is_named(site: VirtualSite) -> None:
    device = site.describe()[1]
    place = [str(device.device_id), "--address", device.address]
    refused = run("network", "set", *place, "--server", "127.0.0.1:1480", "--mode", "server", code=2)
    assert "Nothing was changed" in refused.stderr
    (before,) = objects("network", "show", *place)
    assert before["mode"] == "direct"
    (change,) = objects("network", "set", *place, "--server", "127.0.0.1:1480", "--mode", "server", "--yes")
    assert change["written"] is True
    assert change["before"]["mode"] == "direct"
    assert change["after"] == before_settings(before) | {"mode": "server", "server": "127.0.0.1:1480"}
    (after,) = objects("network", "show", *place, "--timeout", "10")
    assert before_settings(after) == change["after"]
    (again,) = objects("network", "set", *place, "--mode", "server", "--yes")
    assert again["written"] is False


def before_settings(shown: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if name not in KEYS}


def test_server_port_of_a_model_that_has_none(site: VirtualSite) -> None:
    device = site.describe()[2]
    place = [str(device.device_id), "--address", device.address]
    refused = run("network", "set", *place, "--server", "127.0.0.1:1500", "--mode", "server", "--yes", code=1)
    assert "1480" in refused.stderr
    (change,) = objects("network", "set", *place, "--server", "127.0.0.1:1480", "--mode", "server", "--yes")
    assert change["after"]["server"] == "127.0.0.1"


def test_reset_restarts_the_device(site: VirtualSite) -> None:
    device = site.describe()[0]
    (done,) = objects("reset", str(device.device_id), "--address", device.address, "--yes")
    assert done["restarted"] is True
    running = site.running[0]
    assert isinstance(running, RunningDevice)
    assert becomes(lambda: running.restarts == 1)


def test_reset_of_biostar_2_is_refused_in_words(site: VirtualSite) -> None:
    device = site.describe()[3]
    result = run("reset", str(device.device_id), "--address", device.address, "--yes", code=1)
    assert "BioStar 2" in result.stderr


def test_simulate_describes_its_devices_and_ends_cleanly() -> None:
    addresses = own_addresses(2, 5)
    words = [
        "simulate",
        "-n",
        "2",
        "-m",
        "xpass,d-station",
        "--bind",
        ",".join(addresses),
        "--first-id",
        "500",
        "--json",
    ]
    with subprocess.Popen(
        [sys.executable, "-c", "from doorward.cli.main import main; main()", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdout is not None
        lines = [json.loads(process.stdout.readline()) for _ in range(2)]
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 0, errors
    assert lines == [
        {
            "device_id": 500 + number,
            "model": model,
            "type": kind,
            "generation": "biostar1",
            "address": address,
            "port": port,
        }
        for number, (model, kind, address, port) in enumerate(
            zip(["xpass", "d-station"], [3, 4], addresses, [1471, 1470], strict=True)
        )
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--model", "nope"], "bioentry-plus"),
        (["--devices", "3", "--bind", "127.0.0.1"], "an address of its own"),
        (["--bind", "x"], "an IPv4 address"),
        (["--fault", "nope=1"], "drop-line"),
        (["--mode", "sideways"], "direct"),
    ],
)
def test_simulate_refuses_wrong_values(words: list[str], told: str) -> None:
    assert told in run("simulate", *words, code=2).stderr


def test_version_and_help() -> None:
    assert run("--version").stdout.startswith("doorward ")
    words = run("--help").stdout
    for name in ("search", "network", "reset", "simulate", "device", "decode"):
        assert name in words

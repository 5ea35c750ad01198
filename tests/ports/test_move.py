"""Moving a port: every place that must follow is named."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from doorward.cli.ports_move import _send
from doorward.discovery import NetworkChanges, find_device, read_network_settings, write_network_settings
from doorward.model.errors import DoorwardError, InvalidInput
from doorward.ports.move import DialledBy, Move, plan_move
from doorward.server.settings import load_settings
from doorward.server.settings_edit import change_setting
from doorward.simulator import VirtualSite
from tests.support.site import site_in_thread

PORTS = {"web.port": 8080, "devices.port": 1480}
STATION = DialledBy(10001, "Front door", "10.1.0.7", True)
COMPACT = DialledBy(10002, "Back door", "10.1.0.8", False)
UNKNOWN = DialledBy(10003, "", "", None)


def move(old: int, new: int, *, told_port: int = 0, devices: tuple[DialledBy, ...] = ()) -> Move:
    return plan_move(old, new, ports=PORTS, settings_file="doorward.toml", told_port=told_port, devices=devices)


def test_the_consoles_port() -> None:
    moved = move(8080, 8443)
    assert moved.setting == "web.port"
    assert [place.what for place in moved.places] == [
        "Settings",
        "Server",
        "Proxy",
        "Bookmarks",
        "API programs",
        "Webhooks",
        "Health checks",
        "Firewall rules",
    ]
    assert moved.places[0].change == "[web] port = 8443"
    assert moved.places[0].by == "--write"
    assert any("8443 is also used by uhppoted services" in warning for warning in moved.warnings)


def test_the_devices_port() -> None:
    moved = move(1480, 1490, devices=(STATION, COMPACT, UNKNOWN))
    assert [place.what for place in moved.places] == ["Settings", "Server", "Devices", "Agents", "Firewall rules"]
    devices = moved.places[2]
    assert devices.where == "10001 (Front door), 10003"
    assert devices.by == "--send"
    assert any(
        warning.startswith("10002 (Back door) always dials TCP 1480") and "models on port 1471" in warning
        for warning in moved.warnings
    )


def test_devices_that_dial_a_translated_port_go_on() -> None:
    moved = move(1480, 1490, told_port=4480, devices=(STATION,))
    assert [place.what for place in moved.places] == [
        "Settings",
        "Server",
        "Port translation",
        "Agents",
        "Firewall rules",
    ]


def test_devices_that_are_not_known_are_said_to_be() -> None:
    moved = plan_move(1480, 1490, ports=PORTS, settings_file="x", devices_known=False)
    assert "could not be asked" in moved.places[2].where


def test_a_variable_above_the_file_is_named() -> None:
    moved = plan_move(8080, 8443, ports=PORTS, settings_file="x", variables=["DOORWARD_WEB_PORT"])
    assert (moved.places[0].where, moved.places[0].by) == ("variable DOORWARD_WEB_PORT", "you")


@pytest.mark.parametrize(("new", "words"), [(443, "CAP_NET_BIND_SERVICE"), (40000, "Reserve it"), (9000, "BioStar 2")])
def test_a_port_with_a_catch(new: int, words: str) -> None:
    assert any(words in warning for warning in move(8080, new).warnings)


@pytest.mark.parametrize(("old", "new", "field"), [(9999, 8443, "old port"), (8080, 1480, "new port"),
                                                   (8080, 0, "new port"), (8080, 70000, "new port")])  # fmt: skip
def test_wrong_ports_are_refused(old: int, new: int, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        move(old, new)
    assert refused.value.field == field


FILE = """\
# The site in the Hafenstrasse.
time_zone = "Europe/Berlin"    # of the site

[web]
address = "0.0.0.0"
port = 8080    # behind the proxy

[devices]
address = ""
"""


def test_the_settings_file_keeps_its_comments(tmp_path: Path) -> None:
    path = tmp_path / "doorward.toml"
    path.write_text(FILE)
    path.chmod(0o640)
    change_setting(path, "web.port", 8443)
    assert path.read_text() == FILE.replace("8080", "8443")
    change_setting(path, "devices.port", 1490)
    assert path.read_text() == FILE.replace("8080", "8443") + "port = 1490\n"
    loaded = load_settings(path, environment={})
    assert (loaded.web.port, loaded.devices.port) == (8443, 1490)
    assert path.stat().st_mode & 0o777 == 0o640
    assert [item.name for item in tmp_path.iterdir()] == ["doorward.toml"]


def test_a_section_that_is_absent_is_made(tmp_path: Path) -> None:
    path = tmp_path / "doorward.toml"
    path.write_text("# nothing yet\n")
    change_setting(path, "web.port", 8443)
    assert path.read_text().startswith("# nothing yet\n")
    assert load_settings(path, environment={}).web.port == 8443


def test_a_file_that_would_be_wrong_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "doorward.toml"
    path.write_text(FILE)
    with pytest.raises(InvalidInput, match=r"web\.port"):
        change_setting(path, "web.port", 1480)
    assert path.read_text() == FILE
    assert [item.name for item in tmp_path.iterdir()] == ["doorward.toml"]
    path.write_text("[web\n")
    with pytest.raises(DoorwardError, match="is not a TOML file"):
        change_setting(path, "web.port", 8443)
    with pytest.raises(DoorwardError, match="cannot be read"):
        change_setting(tmp_path / "absent.toml", "web.port", 8443)


def test_a_link_to_the_file_stays_one(tmp_path: Path) -> None:
    (tmp_path / "real.toml").write_text(FILE)
    link = tmp_path / "doorward.toml"
    link.symlink_to("real.toml")
    change_setting(link, "web.port", 8443)
    assert link.is_symlink()
    assert "8443" in (tmp_path / "real.toml").read_text()


@pytest.fixture(scope="module")
def site() -> Iterator[VirtualSite]:
    with site_in_thread(2, block=41, models=["biostation", "bioentry-plus"], people=0) as running:
        yield running


async def set_mode(place: str, device_id: int, mode: str) -> None:
    found = await find_device(device_id, addresses=[place], timeout=5)
    await write_network_settings(found, NetworkChanges(mode=mode, server_address="127.0.0.1"), timeout=2)


async def told(device: DialledBy, port: int) -> tuple[str, bool]:
    """Send, again while the device restarts its network."""
    async with asyncio.timeout(20):
        while True:
            words, done = await _send(device, port, 2.0)
            if done or "did not answer" not in words:
                return words, done


async def test_devices_are_sent_the_new_port(site: VirtualSite) -> None:
    station, compact = site.describe()
    device = DialledBy(station.device_id, "", station.address, True)
    assert await told(device, 1490) == ("is in direct mode and dials nobody; left as it is", True)
    await set_mode(station.address, station.device_id, "server")
    assert await told(device, 1490) == ("has it now, and restarts its network", True)
    assert await told(device, 1490) == ("had it already", True)
    found = await find_device(station.device_id, addresses=[station.address], timeout=5)
    assert (await read_network_settings(found, timeout=2)).server_port == 1490
    words, done = await told(DialledBy(compact.device_id, "", compact.address, None), 1490)
    assert not done
    assert "always dials 1480" in words
    words, done = await _send(DialledBy(99999, "", compact.address, None), 1490, 0.4)
    assert not done
    assert "did not answer" in words

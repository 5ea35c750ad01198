"""``doorward device`` against virtual devices."""

from __future__ import annotations

import csv
import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from doorward.cli.main import app
from doorward.simulator import Fault, VirtualDevice, VirtualSite
from tests.support.site import own_addresses, site_in_thread

runner = CliRunner()
MODELS = ["biostation", "bioentry-plus", "d-station", "xpass"]


@pytest.fixture(scope="module")
def site() -> Iterator[VirtualSite]:
    with site_in_thread(4, block=2, models=MODELS, people=5, history_records=300) as running:
        yield running


def run(*words: str, code: int = 0) -> Any:
    result = runner.invoke(app, ["device", *words])
    assert result.exit_code == code, result.output
    return result


def one(*words: str, code: int = 0) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(run(*words, "--json", code=code).stdout)
    return loaded


def host(site: VirtualSite, number: int) -> str:
    place = site.describe()[number]
    return f"{place.address}:{place.port}"


def device(site: VirtualSite, number: int) -> VirtualDevice:
    found = site.devices[number]
    assert isinstance(found, VirtualDevice)
    return found


@pytest.mark.parametrize("number", range(4))
def test_info(site: VirtualSite, number: int) -> None:
    place = site.describe()[number]
    told = one("info", place.address)  # the port is found
    assert told["device_id"] == place.device_id
    assert told["model"] == place.model
    assert told["people"] == 5
    assert told["events"] >= 300
    assert told["firmware_version"]
    assert told["network"]["address"] == place.address
    assert told["problems"] == {}
    words = run("info", host(site, number)).stdout
    assert str(place.device_id) in words
    assert "Firmware" in words


def test_wrong_model_is_told(site: VirtualSite) -> None:
    result = run("info", host(site, 0), "--model", "d-station", code=3)
    assert "BioStation" in result.stderr
    assert "D-Station" in result.stderr


def test_time_is_read_and_set(site: VirtualSite) -> None:
    told = one("time", host(site, 1), "--set", "2030-01-02T03:04:05")
    assert told["set"] is True
    assert told["time"].startswith("2030-01-02T03:04:0")
    assert one("time", host(site, 1))["drift_seconds"] > 86_400
    run("time", host(site, 1), "--set", "now")
    assert abs(one("time", host(site, 1))["drift_seconds"]) < 60


def test_time_in_another_zone(site: VirtualSite) -> None:
    run("time", host(site, 3), "--zone", "Asia/Seoul", "--set", "now")
    assert abs(one("time", host(site, 3), "--zone", "Asia/Seoul")["drift_seconds"]) < 60
    assert abs(one("time", host(site, 3), "--zone", "UTC")["drift_seconds"] - 9 * 3600) < 60


def test_open_and_lock(site: VirtualSite) -> None:
    door = device(site, 1)
    assert one("open", host(site, 1))["action"] == "open"
    assert door.doors.state(0).relay_on
    assert one("open", host(site, 1), "--lock")["action"] == "release"
    assert not door.doors.state(0).relay_on


def test_notice_where_there_is_a_screen(site: VirtualSite) -> None:
    assert one("notice", host(site, 0), "Fire drill at ten")["shown"] is True
    assert "no screen" in run("notice", host(site, 1), "hello", code=1).stderr


def test_rights(site: VirtualSite) -> None:
    told = one("rights", host(site, 2))
    assert [item["number"] for item in told["schedules"]] == [1, 2]
    assert told["access_groups"][0]["rights"]
    assert "Office hours" in run("rights", host(site, 2)).stdout


def test_events_in_every_form(site: VirtualSite, tmp_path: Path) -> None:
    count = one("info", host(site, 2))["events"]
    lines = [json.loads(line) for line in run("events", host(site, 2), "--json").stdout.splitlines()]
    assert len(lines) == count
    target = tmp_path / "events.csv"
    run("events", host(site, 2), "--output", str(target))
    with target.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == count
    assert [row["time"] for row in rows] == [line["time"] for line in lines]
    assert list(rows[0]) == list(lines[0])
    middle = lines[count // 2]["time"]
    later = [json.loads(line) for line in run("events", host(site, 2), "--json", "--since", middle).stdout.splitlines()]
    assert later == [line for line in lines if line["time"] >= middle]
    assert f"{count} events" in run("events", host(site, 2)).stdout


def test_events_cut_in_the_middle_tell_how_to_go_on(site: VirtualSite, tmp_path: Path) -> None:
    device(site, 0).faults.at_reply(4, Fault.DROP_LINE)  # identity, count, the log, and the question for more
    target = tmp_path / "cut.csv"
    result = run("events", host(site, 0), "--output", str(target), code=1)
    with target.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 300
    assert f"Go on with --since {rows[-1]['time']}" in result.stderr
    device(site, 0).faults.clear()


def test_people_are_listed_exported_and_imported(site: VirtualSite, tmp_path: Path) -> None:
    listed = [json.loads(line) for line in run("people", host(site, 2), "--json").stdout.splitlines()]
    assert [person["number"] for person in listed] == [1, 2, 3, 4, 5]
    assert all("pin" not in person for person in listed)
    target = tmp_path / "people.csv"
    run("people", host(site, 2), "--export", str(target))
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert "--overwrite" in run("people", host(site, 2), "--export", str(target), code=2).stderr
    with target.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert "pin" not in rows[0]
    rows[0]["name"] = "Ines Ødegård"
    rows.append(dict(rows[1]) | {"number": "77", "name": "New Person", "card": "4711"})
    with target.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    planned = one("people", host(site, 2), "--import", str(target), "--dry-run")
    assert (planned["new"], planned["changed"], planned["written"]) == ([77], [1], False)
    assert "Nothing was changed" in run("people", host(site, 2), "--import", str(target), code=2).stderr
    assert len(run("people", host(site, 2), "--json").stdout.splitlines()) == 5
    run("people", host(site, 2), "--import", str(target), "--yes")
    after = {
        person["number"]: person
        for person in map(json.loads, run("people", host(site, 2), "--json").stdout.splitlines())
    }
    assert after[1]["name"] == "Ines Ødegård"
    assert after[77]["cards"][0]["number"] == 4711
    assert after[1]["finger_count"] == listed[0]["finger_count"]


def test_bad_rows_are_told_and_nothing_is_sent(site: VirtualSite, tmp_path: Path) -> None:
    target = tmp_path / "bad.csv"
    target.write_text(
        "number,name,valid_until,access_groups\n9,Ann,2030-13-01,1\n0,Bob,,x\n8,Cy,,\n8,Di,,\n", encoding="utf-8"
    )
    words = run("people", host(site, 2), "--import", str(target), "--yes", code=2).stderr
    assert "row 2: valid_until: '2030-13-01'" in words
    assert "row 3: number: '0'" in words
    assert "row 3: access_groups" in words
    assert "row 5: number" in words
    assert not any(
        json.loads(line)["number"] == 9 for line in run("people", host(site, 2), "--json").stdout.splitlines()
    )


def test_what_a_model_cannot_hold_is_refused(site: VirtualSite, tmp_path: Path) -> None:
    target = tmp_path / "names.csv"
    target.write_text("number,name\n9,Ann\n", encoding="utf-8")
    words = run("people", host(site, 1), "--import", str(target), "--yes", code=2).stderr
    assert "row 2" in words
    assert "name" in words


def test_backup_and_restore(site: VirtualSite, tmp_path: Path) -> None:
    file = tmp_path / "device.doorward"
    told = one("backup", host(site, 0), str(file))
    assert {part["name"] for part in told["parts"]} >= {"people", "log", "schedules", "access-groups"}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert one("restore", host(site, 0), str(file), "--dry-run")["steps"] == []
    people = tmp_path / "people.csv"
    people.write_text("number,name\n1,Somebody Else\n", encoding="utf-8")
    run("people", host(site, 0), "--import", str(people), "--yes")
    plan = one("restore", host(site, 0), str(file), "--dry-run")
    assert len(plan["steps"]) == 1
    assert plan["done"] == 0
    assert "Nothing was changed" in run("restore", host(site, 0), str(file), code=2).stderr
    assert one("restore", host(site, 0), str(file), "--yes")["done"] == 1
    assert one("restore", host(site, 0), str(file), "--dry-run")["steps"] == []
    assert "BioEntry Plus" in run("restore", host(site, 1), str(file), "--yes", code=1).stderr


def test_damaged_backup_is_refused(site: VirtualSite, tmp_path: Path) -> None:
    file = tmp_path / "damaged.doorward"
    file.write_bytes(b"PK\x03\x04 nothing of the kind")
    assert "backup" in run("restore", host(site, 0), str(file), code=2).stderr


def test_reboot_asks_first(site: VirtualSite) -> None:
    assert "Nothing was changed" in run("reboot", host(site, 3), code=2).stderr
    assert one("reboot", host(site, 3), "--yes")["restarted"] is True


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (Fault.WRONG_CHECKSUM, 1, "checksum"),
        (Fault.DROP_LINE, 1, "middle of a packet"),
        (Fault.STALL, 4, "did not answer"),
    ],
)
def test_devices_that_misbehave(site: VirtualSite, fault: Fault, code: int, words: str) -> None:
    device(site, 0).faults.at_reply(2, fault)
    result = run("rights", host(site, 0), "--timeout", "0.3", code=code)
    device(site, 0).faults.clear()
    assert words in result.stderr
    assert "Traceback" not in result.output
    assert one("info", host(site, 0))["people"] == 5


def test_nobody_there() -> None:
    nowhere = own_addresses(1, 8)[0]
    result = run("info", nowhere, code=3)
    assert "1470" in result.stderr
    assert "1471" in result.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["info", "127.0.0.1:99999"], "65535"),
        (["info", "127.0.0.1:x"], "a port from 1 to 65535"),
        (["info", "127.0.0.1", "--model", "nope"], "bioentry-plus"),
        (["time", "127.0.0.1", "--zone", "Nowhere/Land"], "--zone"),
        (["time", "127.0.0.1", "--set", "noon"], "--set"),
        (["events", "127.0.0.1", "--since", "yesterday"], "--since"),
        (["events", "127.0.0.1", "--format", "xml"], "table, csv, json"),
        (["people", "127.0.0.1", "--export", "a", "--import", "b"], "either"),
        (["notice", "127.0.0.1", " "], "at least one character"),
        (["restore", "127.0.0.1", "/nonexistent/file"], "/nonexistent/file"),
    ],
)
def test_wrong_usage(words: list[str], told: str) -> None:
    assert told in run(*words, code=2).stderr.replace("\n", "")

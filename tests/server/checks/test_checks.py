from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from doorward.gateway.ledger import ClockReading, LedgerState
from doorward.server.certificates.models import DeviceCertificate
from doorward.server.certificates.services import need_authority
from doorward.server.checks import (
    certificates,
    clock,
    data_folder,
    disk,
    exposure,
    key_file,
    ports,
    settings_file,
    time_service,
)
from doorward.server.checks import database as database_check
from doorward.server.checks.device_clocks import DeviceClock, fresh_clocks, judge
from doorward.server.checks.findings import Finding, Level, worst
from doorward.server.checks.running import CHECKS, Check, run_checks
from doorward.server.checks.site import Site
from doorward.server.crypto import Key, write_key_file
from doorward.server.database_url import parse_database_url
from doorward.server.devices.models import Device, DeviceLedger
from doorward.server.keys import forget_keys
from doorward.server.settings import ServerSettings
from doorward.server.system.models import ServerRun
from doorward.server.system.services import check_key, record_start
from tests.server.conftest import SETTINGS
from tests.support.ports import quiet_ports

HOUR = 3600.0


def settings_of(url: str, **changes: Any) -> ServerSettings:
    web, devices = quiet_ports()
    return replace(
        SETTINGS,
        database=replace(SETTINGS.database, url=url),
        web=replace(SETTINGS.web, port=web),
        devices=replace(SETTINGS.devices, address="127.0.0.1", port=devices),
        **changes,
    )


def errors(found: list[Finding]) -> list[str]:
    return [f"{each.subject}: {each.words}" for each in found if each.level is Level.ERROR]


def only(found: Iterator[Finding]) -> Finding:
    (finding,) = found
    return finding


def test_a_server_without_fault(each_database: str) -> None:
    check_key()
    found = run_checks(settings_of(each_database))
    assert errors(found) == []
    subjects = {each.subject for each in found}
    assert subjects >= {"settings", "data folder", "disk", "key file", "database", "server", "ports", "clock"}
    assert subjects >= {"clocks of devices", "certificates", "exposure"}
    assert all(each.words for each in found)
    assert all(each.advice for each in found if each.level is not Level.OK)


def test_a_fault_of_a_check_is_a_finding(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Site) -> Iterator[Finding]:
        raise RuntimeError("unforeseen")

    monkeypatch.setattr("doorward.server.checks.running.CHECKS", (Check("odd", fail), *CHECKS[-1:]))
    first, last = run_checks(settings_of(database))
    assert (first.subject, first.level, last.subject) == ("odd", Level.ERROR, "exposure")
    assert "unforeseen" not in first.words
    assert worst([first, last]) is Level.ERROR
    assert worst([]) is Level.OK


# --- Settings, folder, disk, key -----------------------------------------------------------------------------------


def test_a_settings_file_with_a_password_is_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "doorward.toml"
    site = Site(settings_of("postgresql://u:secret@h/n", path=path))
    assert only(settings_file.look(site)).level is Level.WARNING
    path.write_text("")
    path.chmod(0o644)
    first, second = settings_file.look(site)
    assert (first.level, second.level) == (Level.WARNING, Level.OK)
    assert "secret" not in first.words
    path.chmod(0o600)
    assert only(settings_file.look(site)).level is Level.OK


def test_the_data_folder(tmp_path: Path, database: str) -> None:
    site = Site(settings_of(database, data_folder=str(tmp_path / "absent")))
    first, second = data_folder.look(site)
    assert "no folder" in first.words
    assert second.level is Level.OK
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    found = list(data_folder.look(Site(settings_of(f"sqlite:///{folder}/d", data_folder=str(folder)))))
    assert "Every user of this machine may write" in found[0].words
    assert list(folder.iterdir()) == []


def test_room_on_the_disk(tmp_path: Path) -> None:
    levels = [disk.judge(tmp_path, free).level for free in (1000, 100 * 1024**2, 10 * 1024**3)]
    assert levels == [Level.ERROR, Level.WARNING, Level.OK]


def test_the_key_file(tmp_path: Path, database: str) -> None:
    check_key()
    path = tmp_path / "doorward.key"
    settings = settings_of(database, security=replace(SETTINGS.security, key_file=str(path)))
    assert any("is missing" in words for words in errors(run_checks(settings)))
    write_key_file(path, [Key.new(), Key.new()])
    assert "rotation was not finished" in only(key_file.look(Site(settings))).words
    path.chmod(0o640)
    assert any("Other users of this machine may read the key file" in words for words in errors(run_checks(settings)))


def test_a_foreign_key_file(database: str, key_file: Path) -> None:
    check_key()
    own = key_file.read_bytes()
    try:
        write_key_file(key_file, [Key.new()])
        forget_keys()
        assert any("does not belong to this database" in words for words in errors(run_checks(settings_of(database))))
    finally:
        key_file.write_bytes(own)
        forget_keys()


# --- Database and ports --------------------------------------------------------------------------------------------


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    settings = settings_of(f"sqlite:///{tmp_path}/absent.sqlite3")
    assert any("no database yet" in words for words in errors(run_checks(settings)))
    assert not (tmp_path / "absent.sqlite3").exists()


def test_a_newer_and_an_older_database(each_database: str) -> None:
    from django.db import connection

    settings = settings_of(each_database)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'orders'")
    found = run_checks(settings)
    assert errors(found) == []
    assert any("older version" in each.words for each in found)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('events', '9999_future', '2030-01-01 00:00:00')"
        )
    assert any("newer version" in words for words in errors(run_checks(settings)))


def test_a_database_that_is_away(tmp_path: Path) -> None:
    from tests.server.conftest import use_database

    url = f"postgresql://nobody:hunter22@/absent?host={tmp_path}"
    use_database(url)
    told = errors(run_checks(settings_of(url)))
    assert any("cannot be reached" in words for words in told)
    assert "hunter22" not in str(told)
    assert parse_database_url(url).words in str(told)


def test_the_running_server_is_told(database: str) -> None:
    site = Site(settings_of(database))
    assert "No server runs" in only(database_check.look_for_server(site)).words
    record_start()
    assert f"process {os.getpid()}" in only(database_check.look_for_server(site)).words
    assert site.server_process == os.getpid()


def test_ports_and_who_holds_them(database: str) -> None:
    settings = settings_of(database)
    site = Site(settings)
    assert [each.level for each in ports.look(site)][:2] == [Level.OK, Level.OK]
    with socket.create_server(("127.0.0.1", settings.devices.port)):
        _, devices, _ = ports.look(site)
        assert devices.level is Level.ERROR
        assert f"process {os.getpid()}" in devices.words
        assert "devices.port" in devices.advice
        site.server_process, site.server_runs = os.getpid(), True
        web, devices, _ = ports.look(site)
        assert "held by this server" in devices.words
        assert "other settings" in web.words


def test_an_address_that_this_machine_has_not(database: str) -> None:
    settings = settings_of(database)
    settings = replace(settings, web=replace(settings.web, address="192.0.2.1"))
    web, devices, _ = ports.look(Site(settings))
    assert (web.level, devices.level) == (Level.ERROR, Level.OK)
    assert "192.0.2.1" in web.words
    assert "web.port" in web.advice


# --- Clocks --------------------------------------------------------------------------------------------------------


def test_a_clock_behind_the_record(each_database: str) -> None:
    site = Site(settings_of(each_database))
    assert only(clock.look_at_record(site)).level is Level.OK
    run = record_start()
    assert only(clock.look_at_record(site)).level is Level.OK
    ServerRun.objects.filter(pk=run.pk).update(beat=timezone.now() + timedelta(hours=1))
    finding = only(clock.look_at_record(site))
    assert finding.level is Level.ERROR
    assert "60 min behind" in finding.words


def test_a_clock_behind_the_files_and_before_this_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "d.sqlite3"
    path.touch()
    site = Site(settings_of(f"sqlite:///{path}"))
    assert list(clock.look(site)) == []
    later = time.time() + HOUR
    os.utime(path, (later, later))
    assert "60 min behind" in only(clock.look(site)).words
    monkeypatch.setattr(time, "time", lambda: 1_000_000_000.0)
    assert "2001-09-09" in only(clock.look(site)).words


def add_clock(device_id: int, drift: float, *, age: float = 60.0, approval: str = "approved", zone: str = "") -> None:
    now = timezone.now()
    Device.objects.create(device_id=device_id, approval=approval, first_seen=now, changed=now, zone=zone)
    at = time.time() - age
    state = LedgerState(clock=ClockReading(round(at + drift), at))
    DeviceLedger.objects.create(device_id=device_id, state=json.dumps(state.to_json()))


def test_the_clocks_of_devices_are_read_from_their_ledgers(database: str) -> None:
    add_clock(1, 0)
    add_clock(2, HOUR)
    add_clock(3, HOUR, age=90_000)
    add_clock(4, HOUR, approval="blocked")
    add_clock(5, HOUR, zone="Africa/Lagos")  # an hour ahead of UTC all year
    found = {each.device_id: round(each.drift / 10) for each in fresh_clocks("UTC")}
    assert found == {1: 0, 2: 360, 5: 0}


def test_a_clock_an_hour_ahead_is_seen_by_the_devices(database: str) -> None:
    for number in (1, 2, 3):
        add_clock(number, -HOUR)
    told = errors(run_checks(settings_of(database)))
    assert any("3 of 3 devices agree with each other and are 60 min behind this machine's" in words for words in told)


@pytest.mark.parametrize(
    ("drifts", "level", "words"),
    [
        ([], Level.OK, "No clock"),
        ([1, -3, 20], Level.OK, "The clocks of 3 devices agree with this machine's"),
        ([0, 0, 7200], Level.WARNING, "The clocks of 1 of 3 devices are off: 2 by 2.0 h."),
        ([HOUR + 3, HOUR - 1, HOUR], Level.ERROR, "60 min ahead of this machine's: most likely this machine's clock"),
        ([-HOUR, -HOUR, 0], Level.ERROR, "60 min behind this machine's"),
    ],
)
def test_whose_clock_is_wrong(drifts: list[float], level: Level, words: str) -> None:
    finding = only(judge([DeviceClock(number, drift) for number, drift in enumerate(drifts)]))
    assert finding.level is level
    assert words in finding.words


@pytest.mark.parametrize(
    ("read", "answer", "expected"),
    [
        (time_service.read_timedatectl, "Timezone=UTC\nNTP=yes\nNTPSynchronized=yes\n", time_service.FOLLOWING),
        (time_service.read_timedatectl, "NTP=no\nNTPSynchronized=no\n", time_service.NOT_FOLLOWING),
        (time_service.read_timedatectl, "", None),
        (
            time_service.read_chrony,
            "A29FC87B,162.159.200.123,3,1795351992.1,-0.000012,0.00001,0.0001,1.2,0.0,0.01,0.01,0.001,64.2,Normal\n",
            time_service.FOLLOWING,
        ),
        (
            time_service.read_chrony,
            "00000000,,0,0.0,0.000000000,0.0,0.0,1.2,0.0,0.0,1.0,1.0,0.0,Not synchronised\n",
            time_service.NOT_FOLLOWING,
        ),
        (time_service.read_chrony, "506 Cannot talk to daemon\n", None),
        (time_service.read_w32tm, "Leap Indicator: 0(no warning)\nStratum: 3\n", time_service.FOLLOWING),
        (time_service.read_w32tm, "Sprungindikator: 3(nicht synchronisiert)\n", time_service.NOT_FOLLOWING),
        (time_service.read_w32tm, "The service has not been started.\n", None),
    ],
)
def test_what_the_system_says_of_its_clock(read: Any, answer: str, expected: Finding | None) -> None:
    assert read(answer) == expected


def test_a_time_service_that_is_far_off() -> None:
    answer = "A29FC87B,192.0.2.1,3,1795351992.1,-3600.25,0.1,0.1,1.2,0.0,0.01,0.01,0.001,64.2,Normal\n"
    finding = time_service.read_chrony(answer)
    assert finding is not None
    assert "3600.2 s off" in finding.words


# --- Certificates and exposure -------------------------------------------------------------------------------------


def test_certificates_that_end(database: str) -> None:
    site = Site(settings_of(database))
    assert "no certificates" in only(certificates.look(site)).words
    need_authority()
    now = timezone.now()
    for number, days in ((1, 400), (2, 30), (3, -1)):
        DeviceCertificate.objects.create(
            serial=str(number), device_id=number, issued=now, issued_by="x", expires=now + timedelta(days=days)
        )
    ended, soon = certificates.look(site)
    assert (ended.level, soon.level) == (Level.ERROR, Level.WARNING)
    assert "3 (" in ended.words
    assert "2 (" in soon.words
    DeviceCertificate.objects.filter(device_id__in=(2, 3)).update(revoked=now)
    assert only(certificates.look(site)).level is Level.OK


@pytest.mark.parametrize(
    ("address", "hosts", "count"),
    [("127.0.0.1", ("*",), 0), ("::1", ("*",), 0), ("0.0.0.0", ("*",), 2), ("192.0.2.7", ("a",), 1), ("", ("*",), 2)],
)
def test_what_is_open_to_others(address: str, hosts: tuple[str, ...], count: int) -> None:
    settings = replace(SETTINGS, web=replace(SETTINGS.web, address=address, hosts=hosts))
    found = list(exposure.look(Site(settings)))
    assert sum(each.level is Level.WARNING for each in found) == count

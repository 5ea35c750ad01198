"""Secrets that were planted everywhere are found nowhere: not in the database file, logs, diagnostics and errors."""

from __future__ import annotations

import asyncio
import base64
import json
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from doorward.protocol.biostar1.redial import ServerAddress
from doorward.protocol.biostar1.server_mode import AskTime, IdentifyTemplate, LookUpUser, VerifyTemplate
from doorward.simulator import event_codes as events
from doorward.simulator.server_dialler import DialBehaviour
from doorward.simulator.server_site import ServerModeSite
from doorward.simulator.site import VirtualSite
from tests.server.http import request
from tests.server.program_site import PASSWORD, SECONDS, Site

DEVICE = 10_001
PERSON = 5
DEVICE_PASSWORD = "0pen-Sesame-Device"
PIN = "48151623"
TEMPLATE = bytes((7 * number + 3) % 251 for number in range(384))
DATABASE_PASSWORD = "tiger-lily-in-a-url"
QUICK = DialBehaviour(broken_wait=(0.1, 0.2), refused_wait=(0.1, 0.2))

PLANT = f"""
from doorward.server.setup import set_up
set_up()
from django.utils import timezone
from doorward.server.certificates.services import need_authority
from doorward.model import people
from doorward.server.devices.models import Device
from doorward.server.people import credentials
from doorward.server.people.choices import FaceFamily
from doorward.server.people.services import create_person
now = timezone.now()
Device.objects.create(
    device_id={DEVICE}, name="Secret Garden Gate", approval="approved", approval_at=now, approval_by="test",
    mode="server", password="{DEVICE_PASSWORD}", first_seen=now, changed=now,
)
create_person({{"name": "Ada of the Garden"}}, number={PERSON})
credentials.set_pin({PERSON}, "{PIN}")
template = bytes((7 * number + 3) % 251 for number in range(384))
credentials.set_fingers({PERSON}, [people.Finger((template, template))])
credentials.set_faces({PERSON}, FaceFamily.FACESTATION, [people.Face(template, still_image=template)])
kept = need_authority()
print(kept.key)
print(kept.secret.hex())
"""


class Secrets:
    """All that was planted, in each form in which it could come out."""

    def __init__(self) -> None:
        self.needles: dict[str, bytes] = {}

    def plant(self, name: str, secret: bytes | str) -> None:
        raw = secret.encode() if isinstance(secret, str) else secret
        self.needles[name] = raw
        self.needles[f"{name} in hexadecimal"] = raw.hex().encode()
        # Base64 of a part depends on where it begins; the middle of each of the three ways is looked for.
        for start in range(3):
            self.needles[f"{name} in base64, {start}"] = base64.b64encode(raw[start : start + len(raw) // 3 * 3 - 3])
        self.needles[f"{name} as Python shows it"] = repr(raw)[2:-1].encode()

    def found_in(self, name: str, content: bytes) -> Iterator[str]:
        for what, needle in self.needles.items():
            # Thirty bytes of a long secret are enough to be one.
            if needle[:30] in content or (len(needle) > 90 and needle[45:75] in content):
                yield f"{what} in {name}"


def planted(site: Site, secrets: Secrets) -> str:
    """Plant what lies in the data; gives a token."""
    done = subprocess.run(
        [sys.executable, "-c", PLANT],
        env=site.environment | {"DOORWARD_SETTINGS": str(site.settings)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    *pem, secret = done.stdout.strip().splitlines()
    secrets.plant("key of the authority", pem[5])
    secrets.plant("secret of the authority", bytes.fromhex(secret))
    token = site.run("tokens", "create", "export", "--operator", "admin").strip().splitlines()[0]
    assert token.startswith("doorward_")
    secrets.plant("token", token.split("_", 2)[2])
    secrets.plant("password of the device", DEVICE_PASSWORD)
    secrets.plant("password of the administrator", PASSWORD)
    secrets.plant("template", TEMPLATE)
    secrets.plant("password of a database", DATABASE_PASSWORD)
    (key,) = [line for line in key_file(site).read_text().splitlines() if line and line[0] != "#"]
    secrets.plant("key", base64.urlsafe_b64decode(key))
    secrets.needles["line of the key file"] = key.encode()
    secrets.needles["PIN"] = PIN.encode()
    return token


def key_file(site: Site) -> Path:
    return site.folder / "data" / "doorward.key"


@pytest.mark.timeout(300)
@pytest.mark.long
async def test_planted_secrets_are_found_nowhere(tmp_path: Path, site_template: Path) -> None:
    site, secrets = Site(tmp_path, site_template), Secrets()
    log = tmp_path / "doorward.log"
    site.environment |= {"DOORWARD_LOG_LEVEL": "debug", "DOORWARD_LOG_FILE": str(log), "DOORWARD_LOG_FORMAT": "json"}
    site.set_up()
    token = await asyncio.to_thread(planted, site, secrets)
    told: list[str] = []
    with site.serving() as server:
        told += await at_work(site, token)
        database = b"".join(path.read_bytes() for path in (tmp_path / "data").glob("doorward.sqlite3*"))
        server.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(server.wait, SECONDS) == 0
        told += [server.errors, server.told]
    for number, options in enumerate(([], ["--with-names"])):
        await asyncio.to_thread(site.run, "diagnostics", str(tmp_path / f"report{number}.zip"), *options)
    url = f"postgresql://door:{DATABASE_PASSWORD}@127.0.0.1:1/site?connect_timeout=2"
    for words, code in ((("serve",), 1), (("diagnostics", str(tmp_path / "away.zip")), 0)):
        told.append(await asyncio.to_thread(site.run, *words, code=code, DOORWARD_DATABASE_URL=url))
    assert "cannot be reached" in told[-2]
    assert any("Ada of the Garden" in answer and '"has_pin": true' in answer for answer in told)

    leaks = list(secrets.found_in("what was told", "\n".join(told).encode()))
    leaks += secrets.found_in("the log file", log.read_bytes())
    leaks += secrets.found_in("the database", database + (tmp_path / "data" / "doorward.sqlite3").read_bytes())
    leaks += leaks_in_reports(tmp_path, secrets)
    assert leaks == []
    about_the_reports(tmp_path)
    # What was looked through is what was meant: the log knows the device, the database its name.
    assert str(DEVICE).encode() in log.read_bytes()
    assert b"Secret Garden Gate" in database


def leaks_in_reports(folder: Path, secrets: Secrets) -> Iterator[str]:
    for report in folder.glob("*.zip"):
        assert report.stat().st_mode & 0o777 == 0o600
        with zipfile.ZipFile(report) as archive:
            for name in archive.namelist():
                yield from secrets.found_in(f"{report.name}, {name}", archive.read(name))


def about_the_reports(folder: Path) -> None:
    with zipfile.ZipFile(folder / "report0.zip") as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
        assert json.loads(texts["versions.json"])["packages"]["Django"]
        assert json.loads(texts["settings.json"])["log"]["level"] == "debug"
        (device,) = json.loads(texts["devices.json"])
        assert (device["device"], device["password_set"]) == (DEVICE, True)
        assert device["name"].startswith("name-")
        assert device["last_address"].startswith(("127.", "address-"))
        assert json.loads(texts["rows.json"])["rows"]["devices_device"] == 1
        assert "events 0001_initial" in texts["migrations.txt"]
        assert {finding["subject"] for finding in json.loads(texts["check.json"])} > {"database", "clock"}
        assert f"{DEVICE}" in texts["log.txt"]
        assert "Secret Garden" not in "".join(texts.values())
    with zipfile.ZipFile(folder / "report1.zip") as archive:
        assert "Secret Garden Gate" in archive.read("devices.json").decode()
    with zipfile.ZipFile(folder / "away.zip") as archive:
        assert "could not be had" in archive.read("devices.json").decode()


async def at_work(site: Site, token: str) -> list[str]:
    """Let secrets pass through the server in every way that there is; gives what it answered."""
    devices = VirtualSite(1, models=["biostation"], people=2, first_id=DEVICE, password=DEVICE_PASSWORD.encode())
    answers = []
    async with ServerModeSite(devices, ServerAddress("127.0.0.1", site.device_port), behaviour=QUICK) as dialling:
        await asyncio.wait_for(dialling.all_live(), SECONDS)
        dialler = dialling.dialler(DEVICE)
        devices.device(DEVICE).log.add(events.VERIFY_SUCCESS, 1, 5)
        for question in (IdentifyTemplate(TEMPLATE), VerifyTemplate(5, TEMPLATE), LookUpUser(5), AskTime()):
            await asyncio.wait_for(dialler.ask(question), SECONDS)
        bearer = f"Authorization: Bearer {token}"
        for method, path, headers in (
            ("GET", "/api/v1/devices", [bearer]),
            ("GET", "/api/v1/devices", [bearer + "x"]),
            ("GET", f"/api/v1/devices?token={token}&pin={PIN}&password={DEVICE_PASSWORD}", []),
            *[("GET", f"/api/v1/people{path}", [bearer]) for path in ("", "/5", "/5/fingers", "/5/faces", "/5/photo")],
            ("GET", "/api/v1/audit", [bearer]),
            ("PUT", "/api/v1/people/5/pin", [bearer]),
            ("DELETE", "/api/v1/people/5/pin", [bearer]),
            ("DELETE", "/api/v1/people/5", [bearer]),
            ("GET", f"/console/login/?next=/&password={PASSWORD}", [f"Cookie: sessionid={token}"]),
            ("POST", f"/api/v1/devices/{DEVICE}/block?pin={PIN}", [bearer + "x"]),
        ):
            async with request(site.web_port, method, path, *headers) as (_, body):
                answer = (await body.read()).decode()
                # A form of the console goes to the very address that was asked for.
                answers.append(answer.replace(path.replace("&", "&amp;"), ""))
    return answers

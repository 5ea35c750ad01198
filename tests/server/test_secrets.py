"""What the API, the log and the errors tell of secrets: nothing; see also test_planted_secrets.py."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from doorward.server.audit.models import AuditEntry
from doorward.server.operators.services import create_token
from tests.server.accounts import administrator
from tests.server.api.site import Site, make_site, quiet_world
from tests.server.api.test_rights import operations
from tests.server.conftest import SETTINGS

PASSWORD_TO_BE = "an odd parrot of 4711"
DEVICE_PASSWORD = "gate-password-0815"
PIN_TO_BE = "0815471108154711"


@pytest.fixture
def site(database: str) -> Iterator[Site]:
    with quiet_world():
        yield make_site()


@pytest.fixture
def client(site: Site) -> Client:
    text = create_token(administrator(), "secrets")[1]
    site.secrets["the token in use"] = text.split("_", 2)[2]
    return Client(headers={"Authorization": f"Bearer {text}"}, raise_request_exception=False)


def forms(secret: str) -> set[bytes]:
    """A secret in the forms in which it could come out."""
    raw = secret.encode()
    escaped = json.dumps(secret)[1:-1].encode()
    return {raw, raw.hex().encode(), base64.b64encode(raw).rstrip(b"="), base64.urlsafe_b64encode(raw)[:-4], escaped}


def leaks(site: Site, where: str, content: bytes) -> list[str]:
    return [f"{name} in {where}" for name, secret in site.secrets.items() if any(f in content for f in forms(secret))]


def key_line() -> str:
    lines = SETTINGS.key_path.read_text().splitlines()
    return next(line for line in lines if line and not line.startswith("#"))


def test_no_answer_of_the_api_holds_one(site: Site, client: Client) -> None:
    site.secrets["the key"] = key_line()
    found: list[str] = []
    asked = 0
    for name, (method, path) in operations().items():
        if method != "get" or name == "events_stream":
            continue
        response = client.get(path.format(**site.names(name)))
        assert response.status_code in {200, 404, 409}, name
        if not response.streaming:
            found += leaks(site, name, response.content)
        asked += 1
    assert asked > 35
    assert found == []


async def test_no_file_of_events_holds_one(site: Site) -> None:
    """It comes piece by piece, from coroutines."""
    from asgiref.sync import sync_to_async
    from django.test import AsyncClient

    text = (await sync_to_async(lambda: create_token(administrator(), "export"))())[1]
    for kind in ("csv", "jsonl"):
        response: Any = await AsyncClient().get(
            f"/api/v1/events/export?format={kind}", headers={"Authorization": f"Bearer {text}"}
        )
        content = b"".join([piece async for piece in response.streaming_content])
        assert content.count(b"\n") > 50
        assert leaks(site, kind, content) == []


def test_none_is_kept_told_or_noted(
    site: Site, client: Client, database: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Secrets are given in every way, fit and unfit; what comes back, is logged and is kept is read."""
    site.secrets.update(
        {
            "a new password of a device": DEVICE_PASSWORD,
            "that of an operator": PASSWORD_TO_BE,
            "a new PIN": PIN_TO_BE,
            "the key": key_line(),
        }
    )
    told: list[bytes] = []

    def send(method: str, path: str, body: object) -> None:
        response = getattr(client, method)(f"/api/v1{path}", data=json.dumps(body), content_type="application/json")
        assert response.status_code < 500
        told.append(response.content)

    with caplog.at_level(logging.DEBUG):
        send("patch", "/devices/7", {"password": DEVICE_PASSWORD})
        send("patch", "/devices/7", {"password": DEVICE_PASSWORD + "\0"})
        send("patch", "/devices/7", {"password": [DEVICE_PASSWORD]})
        send("patch", "/devices/7", {"password": DEVICE_PASSWORD * 9})
        send("post", "/devices", {"device_id": 55, "address": "10.0.0.55", "password": DEVICE_PASSWORD})
        send("post", "/devices", {"device_id": 0, "address": "", "password": DEVICE_PASSWORD})
        for name in ("warden", "porter", ""):
            send("post", "/operators", {"name": name, "password": PASSWORD_TO_BE})
        send("post", "/operators", {"name": "x", "password": {"of": PASSWORD_TO_BE}})
        send("patch", f"/operators/{site.operator.pk}", {"password": PASSWORD_TO_BE})
        send("patch", f"/operators/{site.operator.pk}", {"password": PASSWORD_TO_BE, "roles": [{"role": "none"}]})
        send("patch", "/devices/7/settings/wireless", {"changes": {"presets.0.wpa_passphrase": DEVICE_PASSWORD}})
        send("patch", "/devices/7/settings/wireless", {"changes": {"presets.0.wpa_passphrase": {"a": DEVICE_PASSWORD}}})
        for pin in (PIN_TO_BE, PIN_TO_BE + "x", PIN_TO_BE * 2, [PIN_TO_BE], {"of": PIN_TO_BE}):
            send("put", "/people/1/pin", {"pin": pin})
            send("post", "/people", {"name": "Cleo", "pin": pin})
        send("patch", "/people/1", {"pin": PIN_TO_BE})
        send("delete", "/people/1", None)
        for name in ("a token", "the token in use"):
            text = f"doorward_{site.token.prefix}_{site.secrets[name]}"
            other = Client(headers={"Authorization": f"Bearer {text}x"})
            told.append(other.get("/api/v1/me").content)
    found = [leak for content in told for leak in leaks(site, "an answer", content)]
    found += leaks(site, "the log", "\n".join(record.getMessage() for record in caplog.records).encode())
    entries = list(AuditEntry.objects.values_list("action", "object_name", "before", "after", "words"))
    assert len(entries) > 5
    found += leaks(site, "the audit log", json.dumps(entries, default=str).encode())
    folder = Path(database.removeprefix("sqlite:///")).parent
    files = [path for path in folder.iterdir() if path.name.startswith("database.sqlite3")]
    content = b"".join(path.read_bytes() for path in files)
    assert b"Gate" in content  # the right file was read
    found += leaks(site, "the database", content)
    assert found == []

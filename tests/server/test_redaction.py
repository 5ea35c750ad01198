from __future__ import annotations

import base64
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.server.redaction import REMOVED, Redactor, redact

TOKEN = "doorward_0123456789_AbCdEf-GhIjKlMnOpQrStUvWxYz_0123456789abcdefg"
KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
TEMPLATE = bytes(range(256)) + bytes(range(128))


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"a caller showed {TOKEN}.", "AbCdEf-GhIjKlMnOpQrStUvWxYz"),
        ("cannot reach postgresql://door:hunter22@db/site", "hunter22"),
        ("cannot reach postgresql://door:p@ss:w/ord@db.example:5432/site", "p@ss:w/ord"),
        ("Authorization: Bearer abcdefghijkl", "abcdefghijkl"),
        ("{'Authorization': 'Basic dXNlcjpwYXNz'}", "dXNlcjpwYXNz"),
        ('{"password": "two words"}', "two words"),
        ("password='it\\'s mine'", "mine"),
        ("DeviceEntry(device_id=5, password=b'\\x01abc', poll=2)", "abc"),
        ("user 7 has pin=4711", "4711"),
        ("communication_password: 12345678", "12345678"),
        ("POST /login?user=x&token=abcdef&next=/", "abcdef"),
        ("Cookie: sessionid=k3j4h5k3j4h5k3j4h5", "k3j4h5"),
        (f"line 3 is {KEY}", KEY),
        ("-----BEGIN PRIVATE KEY-----\nMIIEvQ\nabc\n-----END PRIVATE KEY-----\n", "MIIEvQ"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIEvQ cut off", "MIIEvQ"),
        (f"template {TEMPLATE!r}", repr(TEMPLATE)[20:60]),
        (f"record {TEMPLATE.hex()}", TEMPLATE.hex()[100:140]),
        (f"image {base64.b64encode(TEMPLATE).decode()}", base64.b64encode(TEMPLATE).decode()[50:90]),
    ],
)
def test_secrets_go(text: str, secret: str) -> None:
    assert secret in text
    shown = redact(text)
    assert secret not in shown
    assert REMOVED in shown
    assert redact(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "device 10001 is live: Both of its connections stand; events come as they happen.",
        "The database cannot be reached (PostgreSQL database site on db.example, port 5432): connection refused.",
        "GET /api/v1/devices?after=12&category=door 200 3.1 ms, admin at 10.0.0.7",
        "2026-11-22 13:02:50.254+00:00 INFO server.run: The events of 2026-12 have a partition.",
        "/usr/lib/python3/dist-packages/django/core/handlers/asgi.py, line 163, in __call__",
        "The key file /srv/doorward/doorward.key is missing.",
        "http://127.0.0.1:8080/console/",
    ],
)
def test_words_for_people_stay(text: str) -> None:
    assert redact(text) == text


def test_known_secrets_go_wherever_they_stand() -> None:
    assert Redactor(["tiger-lily-7"])("x=tiger-lily-7y and tiger") == f"x={REMOVED}y and tiger"
    assert Redactor(["abc"])("alphabet abc") == "alphabet abc"


@given(st.text(max_size=400))
def test_any_text_is_taken_and_stays_the_same_the_second_time(text: str) -> None:
    once = redact(text)
    assert redact(once) == once


def test_long_lines_are_dealt_with_quickly() -> None:
    assert len(redact("a:b" * 100_000 + "@" * 1000 + secrets.token_hex(100_000) + "://" * 1000)) < 400_000

from __future__ import annotations

import http.client
import importlib.util
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from doorward.server.webhooks.signing import signature

FILE = Path(__file__).parents[2] / "examples" / "webhook_receiver.py"
SECRET = "doorward_webhook_test"


def load() -> Any:
    spec = importlib.util.spec_from_file_location("webhook_receiver", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


example = load()


def body(delivery: str = "one", *positions: int) -> bytes:
    return json.dumps({"id": delivery, "items": [{"position": position} for position in positions or (1,)]}).encode()


def headers(content: bytes, at: float | None = None, secret: str = SECRET) -> dict[str, str]:
    moment = int(time.time() if at is None else at)
    return {"Doorward-Signature": signature(secret, content, moment), "Doorward-Delivery": "one"}


class Taken:
    """A receiver, and what it took."""

    def __init__(self, state: str = ":memory:") -> None:
        self.items: list[dict[str, Any]] = []
        self.receiver = example.Receiver(SECRET, self.items.append, state=state)

    @property
    def positions(self) -> list[int]:
        return [item["position"] for item in self.items]


@pytest.fixture
def taken() -> Iterator[Taken]:
    made = Taken()
    yield made
    made.receiver.close()


def test_a_signed_delivery_is_taken_once(taken: Taken) -> None:
    content = body("one", 1, 2)
    assert taken.receiver.receive(headers(content), content) == 200
    # Sent again a moment later, because the answer got lost: the same number, another time and signature.
    assert taken.receiver.receive(headers(content, time.time() + 2), content) == 200
    assert taken.receiver.receive(headers(body("two", 3)), body("two", 3)) == 200
    assert taken.positions == [1, 2, 3]


@pytest.mark.parametrize(
    "forged",
    [
        {},
        {"Doorward-Signature": ""},
        {"Doorward-Signature": "t=1,v1="},
        {"Doorward-Signature": "nonsense"},
        {"Doorward-Signature": "t=²,v1=é"},
        headers(body(), secret="another"),
        headers(body("one", 9)),
        headers(body(), at=time.time() - 400),
        headers(body(), at=time.time() + 4000),
        {"Doorward-Signature": headers(body())["Doorward-Signature"].replace("t=", "t=0")},
        {"Doorward-Signature": headers(body())["Doorward-Signature"][:-1]},
    ],
)
def test_a_forged_or_old_delivery_is_refused(taken: Taken, forged: dict[str, str]) -> None:
    assert taken.receiver.receive(forged, body()) == 401
    assert taken.items == []


def test_a_new_start_knows_what_was_taken(tmp_path: Path) -> None:
    for _ in range(2):
        started = Taken(str(tmp_path / "seen.sqlite3"))
        started.receiver.receive(headers(body()), body())
        started.receiver.close()
        assert len(started.items) <= 1
    assert started.items == []


def test_what_fails_is_not_taken_for_done(taken: Taken) -> None:
    def fail(item: dict[str, Any]) -> None:
        raise OSError("full")

    broken = example.Receiver(SECRET, fail)
    with pytest.raises(OSError, match="full"):
        broken.receive(headers(body()), body())
    with pytest.raises(OSError, match="full"):
        broken.receive(headers(body()), body())
    broken.close()


@pytest.fixture
def port(taken: Taken) -> Iterator[int]:
    server = example.make_server(taken.receiver, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


def post(port: int, content: bytes, given: dict[str, str]) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", "/", content, given)
        return connection.getresponse().status
    finally:
        connection.close()


def test_over_http(taken: Taken, port: int) -> None:
    assert post(port, body(), headers(body())) == 200
    assert post(port, body(), headers(body(), secret="another")) == 401
    assert post(port, body(), {**headers(body()), "Content-Length": "9999999"}) == 413
    assert post(port, b"", {**headers(body()), "Content-Length": "x"}) == 411
    assert taken.positions == [1]


def test_as_a_program() -> None:
    environment = {**os.environ, "DOORWARD_WEBHOOK_SECRET": SECRET}
    command = [sys.executable, str(FILE), "--port", "0"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as program:
        assert program.stderr is not None
        assert program.stdout is not None
        line = program.stderr.readline()
        try:
            assert post(int(line.split()[-1]), body(), headers(body())) == 200
            assert json.loads(program.stdout.readline()) == {"position": 1}
        finally:
            program.terminate()
    del environment["DOORWARD_WEBHOOK_SECRET"]
    refused = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert refused.returncode == 2
    assert "DOORWARD_WEBHOOK_SECRET" in refused.stderr

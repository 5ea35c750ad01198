from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from doorward.model.errors import DoorwardError
from doorward.server import access_log
from doorward.server.logs import LogFile, set_up_logging
from doorward.server.operators.actor import Actor, acting
from doorward.server.settings import ServerSettings
from tests.server.conftest import SETTINGS

Lines = Callable[[], list[str]]


@pytest.fixture
def restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in ("asyncio", "django.request", "httpx", "uvicorn.error")}
    yield
    logging.captureWarnings(capture=False)
    for handler in list(root.handlers):
        if handler not in handlers:
            root.removeHandler(handler)
            handler.close()
    for handler in handlers:
        if handler not in root.handlers:
            root.addHandler(handler)
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


def with_log(**changes: Any) -> ServerSettings:
    return replace(SETTINGS, log=replace(SETTINGS.log, **changes))


@pytest.mark.usefixtures("restored_logging")
def test_lines_for_people(capfd: pytest.CaptureFixture[str]) -> None:
    set_up_logging(with_log())
    logging.getLogger("doorward.gateway.link").warning("device %d: password=%s", 77, "hunter22")
    logging.getLogger("doorward.gateway.link").debug("not told")
    (line,) = capfd.readouterr().err.splitlines()
    assert line.endswith("WARNING gateway.link: device 77: password=[removed]")
    assert line[:2] == "20"


@pytest.mark.usefixtures("restored_logging")
def test_json_for_programs(capfd: pytest.CaptureFixture[str]) -> None:
    set_up_logging(with_log(format="json", level="debug"))
    log = logging.getLogger("doorward.server.x")
    with acting(Actor("ann", request_id="abc-123")):
        try:
            int("token=secret-of-an-error")
        except ValueError:
            log.exception("device %d:\nfailed", 77, extra={"status": 500, "path": "/x?token=abcdefgh"})
    log.info("plain")
    first, second = map(json.loads, capfd.readouterr().err.splitlines())
    assert (first["level"], first["logger"], first["message"]) == ("error", "doorward.server.x", "device 77:\nfailed")
    assert (first["device"], first["request"], first["status"]) == (77, "abc-123", 500)
    assert first["ts"].endswith("+00:00")
    assert "ValueError" in first["exception"]
    assert "secret-of-an-error" not in json.dumps(first)
    assert "abcdefgh" not in json.dumps(first)
    assert set(second) == {"ts", "level", "logger", "message"}


@pytest.mark.usefixtures("restored_logging")
def test_a_file_that_only_its_owner_reads_and_that_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "doorward.log"
    set_up_logging(with_log(file=str(path)))
    handler = next(each for each in logging.getLogger().handlers if isinstance(each, LogFile))
    handler.maxBytes = 2000
    for number in range(100):
        logging.getLogger("doorward").info("line %d", number)
    assert path.stat().st_mode & 0o777 == 0o600
    assert "line 99" in path.read_text()
    assert len(list(path.parent.iterdir())) > 1


@pytest.mark.usefixtures("restored_logging")
def test_a_file_that_cannot_be_written_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DoorwardError, match="cannot be written"):
        set_up_logging(with_log(file=str(tmp_path / "file" / "log")))
    if Path("/dev/full").exists():
        (tmp_path / "full").symlink_to("/dev/full")
        set_up_logging(with_log(file=str(tmp_path / "full")))
        for _ in range(3):
            logging.getLogger("doorward").info("a line")
        told = capfd.readouterr().err
        assert told.count("cannot be written: No space left") == 1
        assert told.count("a line") == 3
        assert "Traceback" not in told


def test_the_access_log_tells_who_asked_what(caplog: pytest.LogCaptureFixture) -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        return HttpResponse(status=204)

    middleware = access_log.access_log(answer)
    request = RequestFactory().get("/api/v1/events?device=5&q=Ann+Smith&token=abc")
    with caplog.at_level(logging.INFO, "doorward"), acting(Actor("ann", address="10.0.0.7")):
        middleware(request)
    (record,) = caplog.records
    message = record.getMessage()
    assert message.startswith("GET /api/v1/events?device=5&q=[removed]&token=[removed] 204 ")
    assert message.endswith(" ms, ann at 10.0.0.7")
    assert "Smith" not in message


def test_a_path_stays_on_its_line() -> None:
    assert access_log.shown_path("/" + "x" * 1000, "") == "/" + "x" * 299 + "..."
    assert access_log.shown_path("/a", "page=1%0a2") == "/a?page=1%0A2"


def test_every_request_comes_through_the_access_log() -> None:
    assert "doorward.server.access_log.access_log" in django_settings.MIDDLEWARE
    assert django_settings.MIDDLEWARE[0] == "doorward.server.system.pages.health_first"


@pytest.mark.usefixtures("restored_logging")
def test_a_name_from_outside_begins_no_line_and_steers_no_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    set_up_logging(with_log())
    logging.getLogger("doorward.x").warning("refused: %s", "a\n2026-01-01 INFO forged\x1b[2J\x9b\u2028b")
    (line,) = capfd.readouterr().err.splitlines()
    assert line.endswith(r"refused: a\x0a2026-01-01 INFO forged\x1b[2J\x9b\x2028b")

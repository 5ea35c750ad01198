"""The files of deploy/ say what they promise, and call commands and paths that are there."""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
import urllib.error
from pathlib import Path
from typing import Any

import pytest
import yaml

from doorward.cli.main import COMMANDS
from doorward.server.settings import load_settings

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"


def unit() -> configparser.ConfigParser:
    found = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    found.optionxform = str  # type: ignore[assignment, method-assign]  # names keep their capitals
    found.read(DEPLOY / "doorward.service")
    return found


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return found


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"\\\n\s*", "", (DEPLOY / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


def test_the_unit_gives_no_rights_away() -> None:
    service = unit()["Service"]
    assert service["User"] == "doorward"
    assert service["CapabilityBoundingSet"] == ""
    assert service["NoNewPrivileges"] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["StateDirectory"] == "doorward"
    assert service["StateDirectoryMode"] == "0700"
    assert service["Restart"] == "on-failure"
    assert "WatchdogSec" not in service
    _, command = shlex.split(service["ExecStart"])
    assert command in COMMANDS
    assert {"AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK"} == set(service["RestrictAddressFamilies"].split())


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed on this machine")
def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    program = tmp_path / "doorward"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    text = (DEPLOY / "doorward.service").read_text().replace("/opt/doorward/bin/doorward", str(program))
    (tmp_path / "doorward.service").write_text(text)
    done = subprocess.run(
        ("systemd-analyze", "verify", "--man=no", str(tmp_path / "doorward.service")),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ | {"SYSTEMD_LOG_LEVEL": "warning"},
    )
    assert done.returncode == 0, done.stderr
    assert "doorward.service" not in done.stderr


def test_the_image_is_built_of_what_is_there_and_runs_without_rights() -> None:
    found = instructions()
    assert found[0][0] == "FROM"
    assert all(name.isupper() for name, _ in found)
    for name, rest in found:
        if name == "COPY" and not rest.startswith("--from"):
            *sources, _ = rest.split()
            for source in sources:
                assert (ROOT / source).exists(), source
                assert f"!{source}" in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
        if name == "FROM":
            # No name of a registry: whoever builds decides from where images come.
            assert re.fullmatch(r"python:3\.1\d-slim( AS build)?", rest)
    users = [rest for name, rest in found if name == "USER"]
    assert users[-1] not in ("root", "0")
    (entry,) = [json.loads(rest) for name, rest in found if name == "ENTRYPOINT"]
    (command,) = [json.loads(rest) for name, rest in found if name == "CMD"]
    assert entry == ["doorward"]
    assert command[0] in COMMANDS


def test_the_health_check_of_the_image_fails_without_a_server(unused_tcp_port: int) -> None:
    (text,) = [rest for name, rest in instructions() if name == "HEALTHCHECK"]
    program, option, code = json.loads(text[text.index("[") :])
    assert (program, option) == ("python", "-c")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOORWARD_WEB_PORT", str(unused_tcp_port))
        with pytest.raises(urllib.error.URLError):
            exec(compile(code, "health", "exec"), {})


def test_the_compose_file_fits_image_and_settings(tmp_path: Path) -> None:
    found = compose()
    server, database = found["services"]["server"], found["services"]["database"]
    assert server["network_mode"] == "host"
    assert server["read_only"] is True
    assert server["cap_drop"] == ["ALL"]
    assert (DEPLOY / server["build"]["context"] / server["build"]["dockerfile"]).resolve() == DEPLOY / "Dockerfile"
    variables = {name: re.sub(r"\$\{\w+:-(.*)\}", r"\1", str(value)) for name, value in server["environment"].items()}
    settings = load_settings(tmp_path / "absent.toml", environment=variables)
    assert (settings.web.address, settings.web.port, settings.log.format) == ("127.0.0.1", 8080, "json")
    volumes = {volume.split(":")[0] for service in (server, database) for volume in service["volumes"]}
    assert volumes == set(found["volumes"])
    assert set(database["secrets"]) == set(found["secrets"])
    assert all(port.startswith("127.0.0.1:") for port in database["ports"])
    for service in (server, database):
        assert "/" not in service["image"]


def test_the_commands_of_the_pages_are_there() -> None:
    for page in (DEPLOY / "README.md", ROOT / "docs" / "administrator.md"):
        for command in re.findall(r"^ {4}(?:sudo .*bin/)?doorward (\w[\w-]*)", page.read_text(), re.MULTILINE):
            assert command in COMMANDS, f"{page.name}: doorward {command}"

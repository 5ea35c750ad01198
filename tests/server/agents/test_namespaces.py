"""Two branches with the same private addresses behind routers that translate, and a server outside.

Nothing but TCP 1480 outwards passes either router. The server, the agents and the devices are programs of their own,
each in its network namespace; what an installer does is done through the API.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

import pytest

from doorward.server.operators.services import create_token
from doorward.server.system.services import check_key
from tests.ports.walled_site import require, run
from tests.server.accounts import administrator
from tests.support.namespaces import require_namespaces

pytestmark = [pytest.mark.root, pytest.mark.timeout(240)]

SERVER = "198.51.100.5"
BRANCHES = (1, 2)
LAN = "192.168.7"
DEVICE = f"{LAN}.11"
MOVED = f"{LAN}.50"
LONGEST = 90.0

DEVICE_PROGRAM = """
import asyncio, sys
from doorward.simulator import DialBehaviour, LineBehaviour, VirtualSite

async def main(number, address):
    soon = DialBehaviour(dial_timeout=2.0, broken_wait=(0.2, 0.3), refused_wait=(0.2, 0.3))
    behaviour = LineBehaviour(server_mode=soon)
    site = VirtualSite(
        1, models=["biostation"], first_id=int(number), bind=[address], people=0, history_records=30,
        behaviour=behaviour,
    )
    async with site:
        print("ready", flush=True)
        await asyncio.Event().wait()

asyncio.run(main(*sys.argv[1:]))
"""

CALL_PROGRAM = """
import json, sys, urllib.request, urllib.error
method, path, token, body = sys.argv[1:]
request = urllib.request.Request(
    "http://127.0.0.1:8080/api/v1/" + path, method=method, data=body.encode() if body else None,
    headers={"Authorization": "Bearer " + token, "Content-Type": "application/json"})
try:
    with urllib.request.urlopen(request, timeout=60) as answer:
        print(json.dumps([answer.status, json.loads(answer.read() or b"null")]))
except urllib.error.HTTPError as error:
    print(json.dumps([error.code, error.read().decode()]))
"""


class Wan:
    """The namespaces and programs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.token = ""
        self._stack = ExitStack()

    def name(self, machine: str) -> str:
        return f"da-{machine}-{os.getpid()}"

    def inside(self, machine: str, *command: str, text: str | None = None) -> str:
        return run("ip", "netns", "exec", self.name(machine), *command, text=text)

    def call(self, method: str, path: str, **body: Any) -> Any:
        """Ask the API; gives the answer."""
        text = json.dumps(body) if body else ""
        out = self.inside("server", sys.executable, "-c", CALL_PROGRAM, method, path, self.token, text)
        status, answer = json.loads(out)
        assert status < 300, (method, path, status, answer)
        return answer

    def until(self, what: Callable[[], Any]) -> Any:
        end = time.monotonic() + LONGEST
        while not (found := what()):
            assert time.monotonic() < end, f"it did not come about within {LONGEST:g} s"
            time.sleep(0.3)
        return found

    def until_state(self, device_id: int, state: str, mode: str) -> None:
        def right() -> bool:
            shown = self.call("GET", f"devices/{device_id}")
            return bool(shown["state"] == state and shown["mode"] == mode)

        self.until(right)

    def events(self, device_id: int) -> int:
        """How many events of a device are in the record."""
        return len(self.call("GET", f"events?device={device_id}&limit=1000")["items"])

    def until_events(self, device_id: int, count: int) -> None:
        self.until(lambda: self.events(device_id) >= count)

    # --- Making it ---------------------------------------------------------------------------------------------------

    def make(self) -> None:
        machines = [
            "server",
            "wan",
            *(f"{kind}{number}" for number in BRANCHES for kind in ("router", "lan", "pc", "doors")),
        ]
        for machine in machines:
            run("ip", "netns", "add", self.name(machine))
            self._stack.callback(self._delete, machine)
            self.inside(machine, "ip", "link", "set", "lo", "up")
        self._switch("wan")
        self._plug("server", "wan", "s0", f"{SERVER}/24")
        for number in BRANCHES:
            router = f"router{number}"
            # The wire has a switch of its own, so that what stays on it never meets the router's firewall.
            self._switch(f"lan{number}")
            self._plug(router, "wan", f"w{number}", f"198.51.100.{10 + number}/24")
            self._plug(router, f"lan{number}", f"r{number}", f"{LAN}.1/24")
            for machine, card, address in (("pc", "p", f"{LAN}.9"), ("doors", "d", DEVICE)):
                self._plug(f"{machine}{number}", f"lan{number}", f"{card}{number}", f"{address}/24")
                self.inside(f"{machine}{number}", "ip", "route", "add", "default", "via", f"{LAN}.1")
            self.inside(f"doors{number}", "ip", "address", "add", f"{MOVED}/24", "dev", f"d{number}")
            self.inside(router, "sysctl", "-qw", "net.ipv4.ip_forward=1")
            self.inside(
                router,
                "nft",
                "-f",
                "-",
                text=f"""
                table ip wall {{
                    chain forward {{ type filter hook forward priority 0; policy drop;
                        ct state established,related accept;
                        iifname "r{number}" oifname "w{number}" ip daddr {SERVER} tcp dport 1480 accept;
                    }}
                    chain input {{ type filter hook input priority 0; policy drop; }}
                    chain translate {{ type nat hook postrouting priority 100;
                        oifname "w{number}" masquerade;
                    }}
                }}""",
            )

    def _switch(self, machine: str) -> None:
        self.inside(machine, "ip", "link", "add", "switch", "type", "bridge")
        self.inside(machine, "ip", "link", "set", "switch", "up")

    def _plug(self, machine: str, switch: str, card: str, address: str) -> None:
        run("ip", "link", "add", card, "netns", self.name(machine), "type", "veth",
            "peer", "name", f"x{card}", "netns", self.name(switch))  # fmt: skip
        self.inside(switch, "ip", "link", "set", f"x{card}", "master", "switch", "up")
        self.inside(machine, "ip", "address", "add", address, "broadcast", "+", "dev", card)
        self.inside(machine, "ip", "link", "set", card, "up")

    def _delete(self, machine: str) -> None:
        subprocess.run(("ip", "netns", "delete", self.name(machine)), check=False, capture_output=True, timeout=20)

    def start(self, machine: str, *command: str, environment: dict[str, str] | None = None) -> IO[str]:
        process = subprocess.Popen(
            ("ip", "netns", "exec", self.name(machine), sys.executable, "-u", *command),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **(environment or {})},
        )
        assert process.stdout is not None

        def end() -> None:
            process.terminate()
            process.communicate(timeout=30)

        self._stack.callback(end)
        return process.stdout

    def close(self) -> None:
        self._stack.close()


@contextmanager
def wan(folder: Path) -> Iterator[Wan]:
    require_namespaces()
    require("nft")
    made = Wan(folder)
    try:
        made.make()
        yield made
    finally:
        made.close()


def read_until(output: IO[str], words: str) -> None:
    seen = []
    for line in output:
        seen.append(line)
        if words in line:
            return
    raise AssertionError("".join(seen))


SERVE_PROGRAM = "import sys, pathlib; from doorward.cli.serve import serve; serve(settings=pathlib.Path(sys.argv[1]))"


def start(site: Wan, folder: Path, database: str, key_file: Path) -> None:
    """The server, two devices, and two agents that are enrolled and connected."""
    settings = folder / "doorward.toml"
    lines = [
        f'data_folder = "{folder.as_posix()}"',
        f'[database]\nurl = "{database}"',
        f'[security]\nkey_file = "{key_file.as_posix()}"',
        '[log]\nlevel = "warning"',
    ]
    settings.write_text("\n".join(lines))
    check_key()
    site.token = create_token(administrator(), "test")[1]
    devices = {
        number: site.start(f"doors{number}", "-c", DEVICE_PROGRAM, str(10_000 * number + 1), DEVICE)
        for number in BRANCHES
    }
    read_until(site.start("server", "-c", SERVE_PROGRAM, str(settings)), "Devices in server mode call")
    for number in BRANCHES:
        token = folder / f"token{number}"
        token.write_text(site.call("POST", "agents", name=f"Branch {number}")["code"])
        output = site.start(
            f"pc{number}", "-m", "doorward.agent", "--server", f"{SERVER}:1480", "--token-file", str(token)
        )
        read_until(output, "Connected to")
        read_until(devices[number], "ready")


@pytest.mark.long
def test_two_branches_behind_one_open_port(tmp_path: Path, database: str, key_file: Path) -> None:
    with wan(tmp_path) as site:
        start(site, tmp_path, database, key_file)
        agents = site.call("GET", "agents")["items"]
        assert [(agent["state"], agent["server_address"]) for agent in agents] == [("connected", SERVER)] * 2
        numbers = {10_000 * number + 1: agent["id"] for number, agent in zip(BRANCHES, agents, strict=True)}

        # Both branches are searched; the addresses are the same, the agents tell them apart.
        found = site.call("POST", "discovery/search", here=False, agents=list(numbers.values()), seconds=5)
        assert not found["notices"]
        assert {(each["device_id"], each["address"], each["agent"]) for each in found["devices"]} == {
            (device, DEVICE, agent) for device, agent in numbers.items()
        }
        assert not any(each["conflict"] for each in found["devices"])
        assert {each["server_address"] for each in found["devices"]} == {SERVER}

        for device, agent in numbers.items():
            # Readdressed, to the same address in each branch; then connected in direct mode.
            target = {"device_id": device, "agent": agent, "generation": "biostar1"}
            changed = site.call("POST", "discovery/network/write", **target, changes={"address": MOVED})
            assert changed["after"]["address"] == MOVED
            site.call("POST", "devices", device_id=device, address=MOVED, agent=agent)
        for device in numbers:
            site.until_state(device, "live", "direct")
            site.until_events(device, 30)

        for device, agent in numbers.items():
            # Moved to server mode: it dials the server itself, through the same open port.
            site.call("PATCH", f"devices/{device}", mode="server")
            site.call(
                "POST", "discovery/network/write", device_id=device, agent=agent, generation="biostar1",
                changes={"mode": "server", "server_address": SERVER, "server_port": 1480},
            )  # fmt: skip
        for device in numbers:
            site.until_state(device, "live", "server")
            assert site.events(device) < 60  # none came twice

        # Nothing but that port is open outwards, and nothing inwards.
        for number in BRANCHES:
            for port in (8080, 443):
                probe = f"import socket; socket.create_connection(('{SERVER}', {port}), 2)"
                with pytest.raises(AssertionError, match="timed out"):
                    site.inside(f"pc{number}", sys.executable, "-c", probe)
            inward = f"import socket; socket.create_connection(('198.51.100.{10 + number}', 1470), 2)"
            with pytest.raises(AssertionError, match="timed out"):
                site.inside("server", sys.executable, "-c", inward)

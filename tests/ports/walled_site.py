"""A site in network namespaces: server, client, a client beside the devices, devices, and a router between them.

Every machine but the devices has a firewall of its own; each kind of firewall is a class here that begins by letting
nothing new through.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

import pytest

from doorward.ports.plan import Holder, Plan, make_plan
from doorward.ports.rules import FORMATS
from doorward.ports.site import Site, parse_device_network, parse_firewall, parse_host
from tests.support.namespaces import require_namespaces

SERVER, OFFICE, LAPTOP, ROUTER, DEVICES, WIRE = "main", "office", "laptop", "edge", "doors", "wire"
WALLED = (SERVER, OFFICE, LAPTOP, ROUTER)

# A device of port 1470, one of 1471, one of BioStar 2, and the address of one that dials.
STATION, COMPACT, SECOND_GENERATION, DIALLER = "10.73.0.11", "10.73.0.12", "10.73.0.13", "10.73.0.14"
ADDRESSES = {SERVER: "10.71.0.5", OFFICE: "10.72.0.20", LAPTOP: "10.73.0.9"}
UDP_LISTENERS = {51110: STATION, 51210: SECOND_GENERATION}


def site(*, without: tuple[str, ...] = ()) -> Site:
    """What an installer would tell of this site."""
    return Site(
        systems={"doorward": ("direct", "server")},
        hosts=(
            parse_host("server", f"{SERVER}={ADDRESSES[SERVER]}/24"),
            parse_host("client", f"{OFFICE}={ADDRESSES[OFFICE]}/24"),
            parse_host("client", f"{LAPTOP}={ADDRESSES[LAPTOP]}/24"),
        ),
        device_networks=(parse_device_network(f"{DEVICES}=10.73.0.0/24"),),
        firewalls=(parse_firewall(f"{ROUTER}=10.71.0.0/24,10.72.0.0/24,10.73.0.0/24"),),
        with_features=("client-tools",),
        without_features=without,
    )


def plan(*, without: tuple[str, ...] = ()) -> Plan:
    """The plan of this site."""
    return make_plan(site(without=without))


def run(*command: str, text: str | None = None, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command,
        check=False,
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **(environment or {})},
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


# Three devices in direct mode, and one that dials the server and dials again soon.
DEVICE_PROGRAM = """
import asyncio, sys
from doorward.protocol.biostar1.redial import ServerAddress
from doorward.simulator import DialBehaviour, LineBehaviour, ServerModeSite, VirtualSite

async def main(direct, dialler, server):
    models = ["biostation", "bioentry-plus", "biostation-2"]
    devices = VirtualSite(3, models=models, bind=direct.split(","), people=0, behaviour=LineBehaviour(max_clients=8))
    dialling = VirtualSite(1, models=["biostation"], first_id=20001, bind=[dialler], people=0)
    soon = DialBehaviour(dial_timeout=1.0, broken_wait=(0.2, 0.3), refused_wait=(0.2, 0.3))
    async with devices, ServerModeSite(dialling, ServerAddress(server, 1480), behaviour=soon):
        print("ready", flush=True)
        await asyncio.Event().wait()

asyncio.run(main(*sys.argv[1:]))
"""


class WalledSite:
    """The namespaces, their cables and the virtual devices.

    Attributes:
        names: The namespace of each machine.
    """

    def __init__(self) -> None:
        self.names = {name: f"dw-{name}-{os.getpid()}" for name in (*WALLED, DEVICES, WIRE)}
        self._programs: list[subprocess.Popen[str]] = []

    def inside(self, machine: str, *command: str, text: str | None = None) -> str:
        """Run a program on a machine."""
        return run("ip", "netns", "exec", self.names[machine], *command, text=text)

    def make(self) -> None:
        for name in self.names.values():
            run("ip", "netns", "add", name)
            run("ip", "netns", "exec", name, "ip", "link", "set", "lo", "up")
        self._cable(SERVER, "s0", ROUTER, "rs0", f"{ADDRESSES[SERVER]}/24", "10.71.0.1/24")
        self._cable(OFFICE, "o0", ROUTER, "ro0", f"{ADDRESSES[OFFICE]}/24", "10.72.0.1/24")
        # The devices' wire has a switch of its own, so that what stays on it never meets the router's firewall.
        self.inside(WIRE, "ip", "link", "add", "switch", "type", "bridge")
        self.inside(WIRE, "ip", "link", "set", "switch", "up")
        for machine, card, address in (
            (LAPTOP, "l0", f"{ADDRESSES[LAPTOP]}/24"),
            (DEVICES, "d0", f"{STATION}/24"),
            (ROUTER, "rd0", "10.73.0.1/24"),
        ):
            self._cable(machine, card, WIRE, f"w{card}", address)
            self.inside(WIRE, "ip", "link", "set", f"w{card}", "master", "switch")
        for address in (COMPACT, SECOND_GENERATION, DIALLER):
            self.inside(DEVICES, "ip", "address", "add", f"{address}/24", "dev", "d0")
        for machine, gateway in ((SERVER, 71), (OFFICE, 72), (LAPTOP, 73), (DEVICES, 73)):
            self.inside(machine, "ip", "route", "add", "default", "via", f"10.{gateway}.0.1")
        self.inside(ROUTER, "sysctl", "-qw", "net.ipv4.ip_forward=1")
        for machine in WALLED:
            # A closed port is told of as often as it is asked for, so that a scan sees it.
            self.inside(machine, "sysctl", "-qw", "net.ipv4.icmp_ratelimit=0")

    def _cable(self, one: str, card: str, other: str, other_card: str, address: str, other_address: str = "") -> None:
        run("ip", "link", "add", card, "netns", self.names[one], "type", "veth",
            "peer", "name", other_card, "netns", self.names[other])  # fmt: skip
        for machine, name, own in ((one, card, address), (other, other_card, other_address)):
            if own:
                self.inside(machine, "ip", "address", "add", own, "broadcast", "+", "dev", name)
            self.inside(machine, "ip", "link", "set", name, "up")

    def start_devices(self) -> None:
        """Run the virtual devices; they are ready when this returns."""
        command = ("ip", "netns", "exec", self.names[DEVICES], sys.executable, "-u", "-c", DEVICE_PROGRAM)
        process = subprocess.Popen(
            (*command, f"{STATION},{COMPACT},{SECOND_GENERATION}", DIALLER, ADDRESSES[SERVER]),
            stdout=subprocess.PIPE,
            text=True,
        )
        self._programs.append(process)
        output: IO[str] | None = process.stdout
        assert output is not None
        assert output.readline(), "the virtual devices ended at once"

    def remove(self) -> None:
        for process in self._programs:
            process.terminate()
            process.wait(20)
            if process.stdout is not None:
                process.stdout.close()
        for name in self.names.values():
            subprocess.run(("ip", "netns", "delete", name), check=False, capture_output=True, timeout=20)


@contextlib.contextmanager
def walled_site() -> Iterator[WalledSite]:
    """The whole site, gone again at the end."""
    require_namespaces()
    made = WalledSite()
    try:
        made.make()
        made.start_devices()
        yield made
    finally:
        made.remove()


def require(*programs: str) -> None:
    """Skip the test where a program is absent."""
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")


class Walls:
    """The firewalls of one kind on all machines; nothing new passes until rules are applied.

    Attributes:
        format_name: The format of the rules that these firewalls load.
        machines: The machines that have one.
        stops_outgoing: Whether they stop what a machine itself sends.
    """

    format_name = ""
    programs: tuple[str, ...] = ()
    machines: tuple[str, ...] = WALLED
    stops_outgoing = True

    def __init__(self, made: WalledSite, folder: Path) -> None:
        require(*self.programs)
        self.made = made
        self.folder = folder

    def raise_all(self) -> None:
        with ThreadPoolExecutor() as at_once:
            list(at_once.map(self.raise_one, self.machines))

    def raise_one(self, machine: str) -> None:
        raise AssertionError

    def lower_all(self) -> None:
        for machine in WALLED:
            self.made.inside(machine, "nft", "flush", "ruleset")

    def script(self, machine: str, text: str) -> None:
        """Run a script as the administrator of a machine would."""
        self.made.inside(machine, "sh", text=text)

    def apply(self, holder: Holder) -> None:
        self.script(holder.name, FORMATS[self.format_name].apply(holder))

    def take_away(self, holder: Holder) -> None:
        self.script(holder.name, FORMATS[self.format_name].remove(holder))

    def apply_all(self, whole: Plan) -> None:
        with ThreadPoolExecutor() as at_once:
            list(at_once.map(self.apply, [whole.holder(machine) for machine in self.machines]))

    def state(self, machine: str) -> str:
        """What the firewall holds, to be compared."""
        return self.made.inside(machine, "nft", "--stateless", "list", "ruleset")


class Nftables(Walls):
    format_name = "nftables"
    programs = ("nft",)

    def raise_one(self, machine: str) -> None:
        chains = "".join(
            f"chain {hook} {{ type filter hook {hook} priority filter; policy drop; "
            f"ct state established,related accept; {accepted} }}\n"
            for hook, accepted in (("input", "iif lo accept;"), ("forward", ""), ("output", "oif lo accept;"))
        )
        self.made.inside(machine, "nft", "-f", "-", text=f"table inet filter {{\n{chains}}}\n")


class Iptables(Walls):
    format_name = "iptables"
    programs = ("iptables", "ip6tables", "nft")

    def raise_one(self, machine: str) -> None:
        lines = ["*filter", ":INPUT DROP [0:0]", ":FORWARD DROP [0:0]", ":OUTPUT DROP [0:0]"]
        lines += [
            f"-A {chain} -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT"
            for chain in ("INPUT", "FORWARD", "OUTPUT")
        ]
        lines += ["-A INPUT -i lo -j ACCEPT", "-A OUTPUT -o lo -j ACCEPT", "COMMIT", ""]
        for program in ("iptables-restore", "ip6tables-restore"):
            self.made.inside(machine, program, text="\n".join(lines))

    def state(self, machine: str) -> str:
        lines = self.made.inside(machine, "iptables-save") + self.made.inside(machine, "ip6tables-save")
        return "\n".join(line for line in lines.splitlines() if not line.startswith(("#", ":")))


class Ufw(Walls):
    """ufw keeps its rules in /etc/ufw: each machine gets a copy of its own, which only its programs see."""

    format_name = "ufw"
    programs = ("ufw", "nft", "unshare")
    machines = (SERVER, LAPTOP, ROUTER)

    def raise_one(self, machine: str) -> None:
        own = self.folder / machine
        own.mkdir()
        shutil.copytree("/etc/ufw", own / "etc", symlinks=True)
        shutil.copy("/etc/default/ufw", own / "default")
        (own / "state").mkdir()
        self.script(
            machine,
            "set -e\nufw default deny incoming\nufw default deny outgoing\nufw default deny routed\nufw logging off\n"
            "ufw --force enable\n",
        )

    def script(self, machine: str, text: str) -> None:
        own = self.folder / machine
        mounts = "".join(
            f"mkdir -p {place}; mount --bind {own}/{copy} {place}\n" if copy != "default" else
            f"mount --bind {own}/{copy} {place}\n"
            for copy, place in (("etc", "/etc/ufw"), ("default", "/etc/default/ufw"), ("state", "/var/lib/ufw"))
        )  # fmt: skip
        (own / "script").write_text(text)
        self.made.inside(machine, "unshare", "--mount", "sh", text=f"set -e\n{mounts}sh {own}/script\n")

    def state(self, machine: str) -> str:
        own = self.folder / machine
        self.script(machine, f"ufw status numbered > {own}/status")
        return (own / "status").read_text()


BUS = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={path}</listen><policy context="default">
<allow send_destination="*" eavesdrop="true"/><allow receive_sender="*"/><allow own="*"/><allow user="*"/>
</policy></busconfig>
"""


class Firewalld(Walls):
    """firewalld answers over D-Bus: each machine gets a bus and a daemon of its own."""

    format_name = "firewalld"
    programs = ("firewalld", "firewall-cmd", "dbus-daemon", "nft")
    machines = (LAPTOP, ROUTER)
    stops_outgoing = False

    def __init__(self, made: WalledSite, folder: Path) -> None:
        super().__init__(made, folder)
        self._daemons: list[subprocess.Popen[bytes]] = []

    def _environment(self, machine: str) -> dict[str, str]:
        return {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.folder / machine / 'bus'}"}

    def raise_all(self) -> None:
        for machine in self.machines:
            self._start(machine)
        super().raise_all()

    def _start(self, machine: str) -> None:
        own = self.folder / machine
        (own / "etc" / "zones").mkdir(parents=True)
        # The usual zone lets machines through from card to card; a firewall between networks must not.
        (own / "etc" / "zones" / "shut.xml").write_text('<?xml version="1.0"?><zone target="DROP"></zone>')
        (own / "etc" / "firewalld.conf").write_text("DefaultZone=shut\n")
        (own / "bus.conf").write_text(BUS.format(path=own / "bus"))
        bus = subprocess.Popen(
            ("dbus-daemon", f"--config-file={own}/bus.conf", "--nofork", "--nopidfile", "--print-address"),
            stdout=subprocess.PIPE,
        )
        self._daemons.append(bus)
        assert bus.stdout is not None
        assert bus.stdout.readline()
        self._daemons.append(
            subprocess.Popen(
                (
                    "ip",
                    "netns",
                    "exec",
                    self.made.names[machine],
                    "firewalld",
                    "--nofork",
                    "--nopid",
                    f"--system-config={own}/etc",
                    f"--log-file={own}/log",
                ),
                env={**os.environ, **self._environment(machine)},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )

    def raise_one(self, machine: str) -> None:
        # The daemon is asked until it answers; the limit is that of the whole script.
        ready = "until firewall-cmd --state >/dev/null 2>&1; do sleep 0.1; done\n"
        run("timeout", "30", "sh", text=ready, environment=self._environment(machine))

    def script(self, machine: str, text: str) -> None:
        command = ("ip", "netns", "exec", self.made.names[machine], "sh")
        run(*command, text=text, environment=self._environment(machine))

    def lower_all(self) -> None:
        for daemon in reversed(self._daemons):
            daemon.terminate()
            daemon.wait(20)
            if daemon.stdout is not None:
                daemon.stdout.close()
        super().lower_all()

    def state(self, machine: str) -> str:
        return run("firewall-cmd", "--list-all-policies", environment=self._environment(machine))


def without_rule(holder: Holder, number: int) -> Holder:
    """A host or firewall that lacks one of its rules."""
    rules = tuple(rule for place, rule in enumerate(holder.rules) if place != number)
    return dataclasses.replace(holder, rules=rules)

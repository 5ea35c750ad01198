"""The look at this machine's ports: recorded outputs of three systems, in two languages, and real ports on loopback."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.ports.check import Finding, MachinePort, Severity, check_machine, look_at_own_ports, machine_ports
from doorward.ports.check.commands import Output, run
from doorward.ports.check.firewall import (
    FirewallState,
    firewall_finding,
    names_port,
    read_firewalld,
    read_iptables,
    read_nftables,
    read_ufw,
    read_windows,
)
from doorward.ports.check.look import look_at_port, range_findings
from doorward.ports.check.ranges import (
    PortRanges,
    Range,
    dynamic_range,
    excluded_ranges,
    freeing_commands,
    join_ports,
    parse_list,
    reserving_commands,
    unix_ranges,
    windows_ranges,
)
from doorward.ports.holders import Holder, holders, holds, service_in_cgroup
from doorward.transport import Address
from doorward.transport.trial_bind import FREE, HELD, try_to_bind
from tests.support.site import own_addresses

DYNAMIC_ENGLISH = """
Protocol tcp Dynamic Port Range
---------------------------------
Start Port      : 1024
Number of Ports : 64511

"""
DYNAMIC_GERMAN = """
Dynamischer Portbereich für Protokoll "tcp"
---------------------------------
Startport       : 49152
Anzahl von Ports: 16384
"""
EXCLUDED_ENGLISH = """
Protocol tcp Port Exclusion Ranges

Start Port    End Port
----------    --------
        80          80
      1431        1530
      5357        5357
     50000       50059     *

* - Administered port exclusions.
"""
EXCLUDED_GERMAN = """
Protokoll tcp: Portausschlussbereiche

Startport     Endport
----------    --------
      1431        1530
     50000       50059     *

* - Verwaltete Portausschlüsse.
"""
RESERVED_FILE = "/etc/sysctl.d/60-doorward-ports.conf"
NO_RIGHTS = Output(found=True, code=1, problem="Operation not permitted (you must be root)")


def output(text: str, code: int = 0) -> Output:
    return Output(found=True, code=code, text=text)


def port(number: int, protocol: str = "tcp", *, own: bool = True, address: str = "127.0.0.1") -> MachinePort:
    return MachinePort(
        protocol=protocol, port=number, purpose="a test", systems=("doorward",), own=own, address=address
    )


# --- Ranges ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted"),
    [(DYNAMIC_ENGLISH, Range(1024, 65534)), (DYNAMIC_GERMAN, Range(49152, 65535)), ("", None), ("Start : x", None)],
)
def test_dynamic_range_of_windows(text: str, wanted: Range | None) -> None:
    assert dynamic_range(text) == wanted
    assert dynamic_range(text.replace("\n", "\r\n")) == wanted


@pytest.mark.parametrize("text", [EXCLUDED_ENGLISH, EXCLUDED_GERMAN])
def test_excluded_ranges_of_windows(text: str) -> None:
    found = excluded_ranges(text.replace("\n", "\r\n"))
    assert Range(1431, 1530) in found
    assert Range(50000, 50059, by_administrator=True) in found
    assert all(item.first != 16384 for item in found)


@pytest.mark.parametrize(
    ("dynamic", "excluded"), [(DYNAMIC_ENGLISH, EXCLUDED_ENGLISH), (DYNAMIC_GERMAN, EXCLUDED_GERMAN)]
)
@pytest.mark.parametrize("number", [1470, 1471, 1480])
def test_what_windows_keeps_back_is_named_with_the_commands_that_free_it(
    dynamic: str, excluded: str, number: int
) -> None:
    ranges = windows_ranges(output(dynamic), output(excluded))
    finding = look_at_port(port(number), (), ranges)
    assert finding.severity is Severity.PROBLEM
    assert "range 1431-1530" in finding.text
    assert "10013" in finding.text
    moved_down = dynamic is DYNAMIC_ENGLISH
    assert finding.commands == (
        "net stop winnat",
        *(("netsh int ipv4 set dynamicport tcp start=49152 num=16384",) if moved_down else ()),
        f"netsh int ipv4 add excludedportrange protocol=tcp startport={number} numberofports=1",
        "net start winnat",
    )
    assert freeing_commands(number, ranges) == finding.commands


def test_what_an_administrator_reserved_may_still_be_bound() -> None:
    ranges = windows_ranges(output(DYNAMIC_ENGLISH), output(EXCLUDED_ENGLISH))
    assert ranges.kept_back_range(50001) is None
    assert not ranges.may_be_given_away(50001)
    assert ranges.may_be_given_away(51110)
    assert windows_ranges(output(""), output("")).problem


@pytest.mark.parametrize("platform", ["linux", "win32", "darwin"])
def test_ports_that_may_be_given_away_are_named_with_the_commands_that_reserve_them(platform: str) -> None:
    ranges = {
        "tcp": PortRanges(ephemeral=Range(32768, 60999), reserved=(Range(40000, 40001),)),
        "udp": PortRanges(ephemeral=Range(32768, 60999), reserved=(Range(40000, 40001),)),
    }
    ports = [item for item in machine_ports() if item.port in (1480, 51110, 51210, 51211, 51212, 51213, 52000)]
    (finding,) = range_findings(ports, ranges, platform=platform)
    assert finding.severity is Severity.WARNING
    assert finding.text.startswith("51110, 51210, 51211, 51212, 51213, 52000 lie in 32768-60999")
    expected = {
        "linux": (
            "sudo sysctl -w net.ipv4.ip_local_reserved_ports=40000-40001,51110,51210-51213,52000",
            "echo net.ipv4.ip_local_reserved_ports=40000-40001,51110,51210-51213,52000 | sudo tee " + RESERVED_FILE,
        ),
        "win32": tuple(
            f"netsh int ipv4 add excludedportrange protocol={protocol} startport={first} numberofports={count}"
            for protocol, first, count in (("tcp", 51211, 3), ("tcp", 52000, 1), ("udp", 51110, 1), ("udp", 51210, 1))
        ),
        "darwin": (),
    }
    assert finding.commands == expected[platform]
    everything = {name: PortRanges(ephemeral=Range(32768, 60999), reserved=(Range(51000, 52999),)) for name in ranges}
    (good,) = range_findings(ports, everything, platform=platform)
    assert good.severity is Severity.OK


def test_ranges_of_other_unix_systems() -> None:
    assert unix_ranges(output("49152\n65535\n")).ephemeral == Range(49152, 65535)
    assert unix_ranges(output("what\n")).problem
    assert unix_ranges(Output(found=False)).problem


@given(st.sets(st.integers(1, 65535), max_size=40))
def test_a_list_of_ports_is_read_as_it_was_written(ports: set[int]) -> None:
    ranges = parse_list(join_ports(ports))
    assert {number for item in ranges for number in range(item.first, item.last + 1)} == ports
    assert reserving_commands([], PortRanges()) == ()


@given(st.text())
def test_no_output_of_a_command_makes_it_stumble(text: str) -> None:
    dynamic_range(text)
    excluded_ranges(text)
    service_in_cgroup(text)
    names_port(text, 1480)
    for read in (read_nftables, read_iptables, read_ufw, read_firewalld, read_windows):
        for code in (0, 1):
            assert firewall_finding(read(output(text, code)), [port(1480)]).text


# --- Firewalls -------------------------------------------------------------------------------------------

NFT = """table inet filter {
	chain input {
		type filter hook input priority filter; policy drop;
		ct state established,related accept
		tcp dport 1480 accept
	}
}
"""
IPTABLES = "*filter\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\n-A INPUT -p tcp --dport 1400:1500 -j ACCEPT\nCOMMIT\n"
UFW = "Status: active\nLogging: on (low)\nDefault: deny (incoming), allow (outgoing), disabled (routed)\n"
FIREWALLD = "public (active)\n  target: default\n  services: ssh\n  ports: 1480/tcp\n"
NETSH_ENGLISH = """
Domain Profile Settings:
----------------------------------------------------------------------
State                                 ON
Firewall Policy                       BlockInbound,AllowOutbound
LocalFirewallRules                    N/A (GPO-store only)

Public Profile Settings:
----------------------------------------------------------------------
State                                 OFF
Firewall Policy                       AllowInbound,AllowOutbound
Ok.
"""
NETSH_GERMAN = """
Domänenprofil-Einstellungen:
----------------------------------------------------------------------
Status                                EIN
Firewallrichtlinie                    BlockInbound,AllowOutbound
"""


@pytest.mark.parametrize(
    ("state", "active", "drops", "problem"),
    [
        (read_nftables(output(NFT)), True, True, False),
        (read_nftables(output("table ip nat {\n}\n")), False, None, False),
        (read_nftables(NO_RIGHTS), None, None, True),
        (read_iptables(output(IPTABLES)), True, True, False),
        (read_iptables(output("*filter\n:INPUT ACCEPT [1:2]\nCOMMIT\n")), False, False, False),
        (read_iptables(NO_RIGHTS), None, None, True),
        (read_ufw(output(UFW)), True, True, False),
        (read_ufw(output("Status: inactive\n")), False, None, False),
        (read_ufw(NO_RIGHTS), None, None, True),
        (read_firewalld(output(FIREWALLD)), True, True, False),
        (read_firewalld(Output(found=True, code=252, problem="FirewallD is not running")), False, None, False),
        (read_firewalld(Output(found=True, code=1, problem="Authorization failed.")), None, None, True),
        (read_windows(output(NETSH_ENGLISH)), True, True, False),
        (read_windows(output(NETSH_GERMAN)), True, True, False),
        (read_windows(output(NETSH_GERMAN.replace("EIN", "AUS"))), False, True, False),
        (read_windows(output("Der Vorgang erfordert erhöhte Rechte.", 1)), None, None, True),
    ],
)
def test_firewalls(state: FirewallState, active: bool | None, drops: bool | None, problem: bool) -> None:
    assert (state.active, state.drops, bool(state.problem)) == (active, drops, problem)
    if problem:
        assert "administrator rights" in firewall_finding(state, []).text


def test_a_firewall_that_drops_is_a_warning_when_its_rules_do_not_name_the_port() -> None:
    named = firewall_finding(read_nftables(output(NFT)), [port(1480)])
    assert (named.severity, "name the server's ports" in named.text) == (Severity.NOTE, True)
    unnamed = firewall_finding(read_nftables(output(NFT)), [port(1480), port(8080)])
    assert (unnamed.severity, "names TCP 8080" in unnamed.text) == (Severity.WARNING, True)
    assert firewall_finding(read_iptables(output(IPTABLES)), [port(1480)]).severity is Severity.NOTE
    assert firewall_finding(read_windows(output(NETSH_ENGLISH)), [port(1480)]).severity is Severity.NOTE


# --- Ports of this machine -------------------------------------------------------------------------------


def test_the_ports_come_from_the_catalogue_and_the_settings() -> None:
    usual = {(item.protocol, item.port): item for item in machine_ports()}
    assert {("tcp", 1470), ("tcp", 1471), ("tcp", 1480), ("udp", 51110), ("udp", 51210)} <= set(usual)
    assert [key for key, item in usual.items() if item.own] == [("tcp", 1480), ("tcp", 8080)]
    moved = {(item.protocol, item.port): item for item in machine_ports(own={"web.port": ("10.0.0.1", 8443)})}
    assert [key for key, item in moved.items() if item.own] == [("tcp", 8443)]
    assert moved["tcp", 8443].address == "10.0.0.1"
    assert "doorward" in moved["tcp", 1480].systems


async def test_a_port_held_by_another_program_is_told_by_its_name() -> None:
    (address,) = own_addresses(1, 75)
    with socket.create_server((address, 0)) as server:
        number = server.getsockname()[1]
        (found,) = look_at_own_ports([port(number, address=address)])
        assert found.severity is Severity.PROBLEM
        assert found.holder is not None
        assert found.holder.process_id == os.getpid()
        assert f"(process {os.getpid()}, user " in found.text
        assert f"doorward ports move {number} NEW" in found.advice
        (elsewhere,) = look_at_own_ports([port(number, address=own_addresses(2, 75)[1])])
        assert elsewhere.severity is Severity.OK
        note = look_at_port(port(number, own=False, address=address), holders("tcp", [number]), PortRanges())
        assert note.severity is Severity.NOTE
        assert try_to_bind(Address(address, number), "tcp")[0] == HELD
    assert try_to_bind(Address(address, number), "tcp")[0] == FREE


async def test_the_whole_look_ends_with_ranges_and_firewalls() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as held:
        held.bind((own_addresses(1, 76)[0], 0))
        number = held.getsockname()[1]
        ports = [port(number, "udp", own=False, address=""), port(9, "udp", own=False)]
        findings: list[Finding] = []
        async with aclosing(check_machine(ports)) as coming:
            findings.extend([finding async for finding in coming])
    assert findings[0].holder is not None
    assert findings[0].holder.process_id == os.getpid()
    assert findings[1].text == "Free."
    assert "Range for outgoing connections" in [item.subject for item in findings]


def test_a_holder_says_how_to_stop_it() -> None:
    seen = Holder(
        kind="tcp", address="0.0.0.0", port=1480, process_id=7, name="nginx", user="www", service="nginx.service"
    )
    assert str(seen) == "nginx (process 7, user www)"
    assert "systemctl stop nginx.service" in seen.advice
    vendor = Holder(kind="tcp", address="::", port=51212, process_id=8, name="biostar-server.exe")
    assert "BioStar Setting" in vendor.advice
    hidden = Holder(kind="tcp", address="127.0.0.1", port=1480)
    assert "administrator rights" in hidden.advice
    assert holds(seen, "127.0.0.1")
    assert holds(hidden, "")
    assert not holds(hidden, "10.0.0.1")
    assert service_in_cgroup("0::/system.slice/nginx.service\n") == "nginx.service"
    assert service_in_cgroup("0::/user.slice/user-0.slice/user@0.service\n") == ""
    assert service_in_cgroup("0::/\n") == ""


async def test_a_command_that_is_not_there_is_no_error() -> None:
    assert not (await run("no-such-command-of-doorward")).found
    said = await asyncio.wait_for(run("sh", "-c", "echo words; echo trouble >&2; exit 3"), 10)
    assert (said.code, said.text, said.problem, said.good) == (3, "words\n", "trouble", False)

"""Each format: complete, quoted, read by a parser of its own language where there is one."""

from __future__ import annotations

import dataclasses
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hcl2
import pytest
import tree_sitter_powershell
from tree_sitter import Language, Node, Parser

from doorward.model.errors import InvalidInput, Unsupported
from doorward.ports.flows import End
from doorward.ports.formats import firewalld, iptables, mikrotik, nftables, terraform, ufw, windows
from doorward.ports.formats.common import harmless, reason
from doorward.ports.plan import FIREWALL, Holder, Rule
from doorward.ports.rules import FORMATS, render_rules
from tests.ports.sites import everything, plan_of

SHELL = ("nftables", "iptables", "ufw", "firewalld")
HOSTS_ONLY = ("powershell", "netsh", "terraform-aws", "terraform-azure", "terraform-gcp")
PLAN = everything()
EVIL = "x'; reboot #\"; reboot `reboot` $(reboot) %PATH% ${reboot} %{reboot}\nreboot & reboot | reboot > x </x> --> \\"


def supported(name: str) -> list[Holder]:
    if name in HOSTS_ONLY:
        return [item for item in PLAN.holders if item.kind != FIREWALL]
    if name == "mikrotik":
        return [item for item in PLAN.holders if item.kind == FIREWALL]
    return list(PLAN.holders)


CASES = [(name, holder) for name in FORMATS for holder in supported(name)]
IDS = [f"{name}-{holder.name}" for name, holder in CASES]


def with_evil_words(holder: Holder) -> Holder:
    """A holder whose names and reasons are what no check let in: the quoting must hold alone."""

    def spoilt(rule: Rule) -> Rule:
        flow = dataclasses.replace(
            rule.flow,
            reasons=(EVIL,),
            dialler=EVIL,
            source=End(EVIL, rule.source.network),
            destination=End(EVIL, rule.destination.network),
        )
        return dataclasses.replace(rule, flow=flow)

    return dataclasses.replace(holder, rules=tuple(map(spoilt, holder.rules)))


@pytest.mark.parametrize(("name", "holder"), CASES, ids=IDS)
def test_every_rule_is_there_and_nothing_wider(name: str, holder: Holder) -> None:
    text = render_rules(PLAN, holder.name, name)
    in_cloud = name.startswith("terraform")
    for rule in holder.rules:
        if in_cloud and (rule.flow.answer or rule.flow.broadcast):
            continue
        far = rule.source if rule.direction == "in" else rule.destination
        assert far.network.with_prefixlen in text or far.address in text, rule.title
        assert str(rule.ports.first) in text
    everybody = ("0.0.0.0/0", "::/0", "any/any", "remoteip=any", "-RemoteAddress Any")
    assert not any(words in text for words in everybody)
    assert text.endswith("\n")
    assert all(len(line) < 1000 for line in text.splitlines())


@pytest.mark.parametrize(("name", "holder"), CASES, ids=IDS)
@pytest.mark.parametrize("remove", [False, True], ids=["apply", "remove"])
def test_the_text_is_the_same_each_time(name: str, holder: Holder, remove: bool) -> None:
    assert render_rules(PLAN, holder.name, name, remove=remove) == render_rules(
        everything(), holder.name, name, remove=remove
    )


@pytest.mark.parametrize("name", HOSTS_ONLY)
def test_a_format_of_hosts_is_refused_for_a_firewall(name: str) -> None:
    for remove in (False, True):
        with pytest.raises(Unsupported, match="edge is a firewall between networks"):
            render_rules(PLAN, "edge", name, remove=remove)


def test_routeros_is_refused_for_a_host() -> None:
    with pytest.raises(Unsupported, match="main is a host"):
        render_rules(PLAN, "main", "mikrotik")


def test_unknown_names_are_refused() -> None:
    with pytest.raises(InvalidInput, match="--format: 'pf' is not allowed; allowed: plain, nftables"):
        render_rules(PLAN, "main", "pf")
    with pytest.raises(InvalidInput, match="--for: 'nobody'"):
        render_rules(PLAN, "nobody", "plain")
    with pytest.raises(InvalidInput, match="only with --format nftables"):
        render_rules(PLAN, "main", "plain", table="inet filter")


@pytest.mark.parametrize(
    "table", ["filter", "inet filter; flush ruleset", "inet fil'ter", "inet $(id)", "ip filter", ""]
)
def test_a_wrong_table_is_refused(table: str) -> None:
    with pytest.raises(InvalidInput, match="--table"):
        nftables.checked_table(table)


# --- shells ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SHELL)
@pytest.mark.parametrize("remove", [False, True], ids=["apply", "remove"])
def test_scripts_are_shell(name: str, remove: bool) -> None:
    for holder in PLAN.holders:
        text = render_rules(PLAN, holder.name, name, remove=remove)
        assert text.startswith("#!/bin/sh\n# ")
        assert "set -eu\n" in text
        subprocess.run(("sh", "-n"), input=text, text=True, check=True, timeout=10)


FAKES = {
    "nft": "exit 0",
    "iptables": 'case "$2" in -D | -F | -C) exit 1 ;; esac',
    "ip6tables": 'case "$2" in -D | -F | -C) exit 1 ;; esac',
    "iptables-restore": "cat >/dev/null",
    "ip6tables-restore": "cat >/dev/null",
    "ufw": "if [ \"$1\" = status ]; then echo 'Status: active'; fi",
    "firewall-cmd": "exit 0",
}


@pytest.mark.parametrize("name", SHELL)
def test_nothing_in_a_script_is_run_but_the_firewall(name: str, tmp_path: Path) -> None:
    """The firewall's programs are replaced by idle ones, and ``reboot`` by one that leaves a trace."""
    for program, body in (FAKES | {"reboot": f"touch {tmp_path}/rebooted"}).items():
        (tmp_path / program).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / program).chmod(0o755)
    for program in ("cat", "sed", "grep", "tail", "mktemp", "rm", "touch", "sh"):
        found = shutil.which(program)
        assert found is not None
        (tmp_path / program).symlink_to(found)
    for holder in map(with_evil_words, PLAN.holders):
        done = subprocess.run(
            ("sh",),
            input=FORMATS[name].apply(holder),
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
            env={"PATH": str(tmp_path)},
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert not (tmp_path / "rebooted").exists()
    subprocess.run(("sh", "-c", "reboot"), check=True, env={"PATH": str(tmp_path)}, timeout=20)
    assert (tmp_path / "rebooted").exists(), "the trace is none"


def test_a_quoted_word_stays_one() -> None:
    for holder in map(with_evil_words, PLAN.holders):
        for rule in holder.rules:
            words = shlex.split(ufw.line(rule))
            assert words[-2] == "comment"
            assert words[-1].startswith("doorward: ")
            words = shlex.split(iptables.line(rule))
            assert words[words.index("--comment") + 2 :] == ["-j", "ACCEPT"]


def test_comments_are_short_and_harmless() -> None:
    for holder in (*PLAN.holders, *map(with_evil_words, PLAN.holders)):
        for rule in holder.rules:
            for limit in (100, 120, 140, 250):
                text = reason(rule, limit)
                assert 0 < len(text) <= limit
                assert re.fullmatch(r"[A-Za-z0-9 .,:;()/_+=@-]+", text)
    assert harmless("a" * 300, 50) != ""


def test_the_firewall_keeps_words_of_route_rules_apart() -> None:
    """ufw reads 'in', 'out' and 'on' in a comment of a route rule as interfaces."""
    for holder in PLAN.holders:
        for rule in holder.rules:
            comment = shlex.split(ufw.line(rule))[-1]
            assert not {"in", "out", "on"} & set(comment.split())


# --- nftables and iptables -------------------------------------------------------------------------------


def test_nftables_matches_all_that_the_plan_says() -> None:
    text = render_rules(PLAN, "laptop", "nftables")
    answer = next(line for line in text.splitlines() if "sport 51110" in line)
    assert answer.startswith(
        "add rule inet filter doorward_input ip saddr 10.1.0.0/24 ip daddr 10.1.0.9 udp sport 51110 "
        "udp dport 32768-65535 ct state new accept comment "
    )
    assert "ip6 saddr 2001:db8:1::20" in render_rules(PLAN, "office", "nftables")
    rules = [line for line in text.splitlines() if line.startswith("add rule")]
    assert len(rules) == len(PLAN.holder("laptop").rules)
    assert all(re.search(r'comment "[^"]{1,127}"$', line) for line in rules)


def test_iptables_keeps_the_versions_apart() -> None:
    text = render_rules(PLAN, "edge", "iptables")
    four, six = text.split("ip6tables-restore")
    assert "2001:db8" not in four
    assert "10.1.0.0/24" not in six.split("RULES\njump")[0]
    assert "-A DOORWARD-FORWARD -s 2001:db8:2::/64 -d 2001:db8:1::5 -p tcp --dport 1480" in six


def test_firewalld_says_what_it_cannot_narrow() -> None:
    text = render_rules(PLAN, "laptop", "firewalld")
    assert "are not narrowed here" in text
    assert '<source-port port="51110" protocol="udp"/>' in text
    assert "are not narrowed here" not in render_rules(PLAN, "main", "firewalld")


def test_firewalls_policies_are_xml() -> None:
    from xml.etree import ElementTree

    for holder in (*PLAN.holders, *map(with_evil_words, PLAN.holders)):
        text = firewalld.apply(holder)
        policies = re.findall(r"<<'POLICY'\n(.*?)\nPOLICY", text, flags=re.DOTALL)
        rules = [rule for policy in policies for rule in ElementTree.fromstring(policy).iter("rule")]
        assert len(rules) == len(holder.rules)
        assert all(rule.find("source") is not None and rule.find("destination") is not None for rule in rules)


# --- Windows ---------------------------------------------------------------------------------------------

LANGUAGE = Language(tree_sitter_powershell.language())
INBOUND_FLAGS = {
    *("-Name", "-DisplayName", "-Description", "-Group", "-Direction", "-Action", "-Protocol", "-LocalAddress"),
    *("-RemoteAddress", "-LocalPort", "-RemotePort", "-Profile"),
}


def nodes(node: Node, kind: str) -> Iterator[Node]:
    if node.type == kind:
        yield node
    for child in node.children:
        yield from nodes(child, kind)


def powershell_commands(text: str) -> list[tuple[str, dict[str, str]]]:
    """The commands of a script with their parameters, as a grammar of PowerShell reads them."""
    tree = Parser(LANGUAGE).parse(text.encode())
    assert not tree.root_node.has_error, text
    found = []
    for command in nodes(tree.root_node, "command"):
        name = next(nodes(command, "command_name")).text
        assert name is not None
        parameters: dict[str, str] = {}
        last = ""
        elements = next(nodes(command, "command_elements"), None)
        for child in elements.children if elements is not None else ():
            word = (child.text or b"").decode()
            if child.type == "command_parameter":
                last = word
                parameters[last] = ""
            elif word.strip() and last:
                parameters[last] += word.strip()
        found.append((name.decode(), parameters))
    return found


@pytest.mark.parametrize("evil", [False, True], ids=["plain", "evil"])
def test_powershells_grammar_reads_the_script(evil: bool) -> None:
    for holder in supported("powershell"):
        holder = with_evil_words(holder) if evil else holder
        commands = powershell_commands(windows.apply_powershell(holder))
        made = [parameters for name, parameters in commands if name == "New-NetFirewallRule"]
        assert {name for name, _ in commands} == {
            *("Get-NetFirewallRule", "Remove-NetFirewallRule"),
            *(("New-NetFirewallRule", "Out-Null") if made else ()),
        }
        assert len(made) == len(holder.rules)
        assert len({parameters["-Name"] for parameters in made}) == len(made)
        for parameters, rule in zip(made, holder.rules, strict=True):
            assert set(parameters) <= INBOUND_FLAGS
            assert parameters["-Group"] == "'Doorward'"
            assert parameters["-Profile"] == "'Domain','Private'"
            assert parameters["-Direction"] == ("Inbound" if rule.direction == "in" else "Outbound")
            far, near = ("source", "destination") if rule.direction == "in" else ("destination", "source")
            assert parameters["-RemoteAddress"] == f"'{getattr(rule, far).address}'"
            assert parameters["-LocalAddress"] == f"'{getattr(rule, near).address}'"
            opened = parameters["-LocalPort"] if rule.direction == "in" else parameters["-RemotePort"]
            assert opened == f"'{rule.ports}'"
            if rule.source_ports is not None:
                assert parameters["-RemotePort"] == f"'{rule.source_ports}'"


def test_powershell_takes_the_group_away() -> None:
    (get, flags), (removing, _) = powershell_commands(render_rules(PLAN, "main", "powershell", remove=True))
    assert (get, flags["-Group"], removing) == ("Get-NetFirewallRule", "'Doorward'", "Remove-NetFirewallRule")


def test_powershells_texts() -> None:
    assert windows.powershell_text("it's $(x)") == "'it''s $(x)'"


NETSH = re.compile(
    r'netsh advfirewall firewall add rule name="Doorward" description="[^"%]{1,250}" dir=(in|out) action=allow '
    r"protocol=(TCP|UDP) localip=([0-9a-f.:/]+) remoteip=([0-9a-f.:/]+)( localport=[0-9-]+)?( remoteport=[0-9-]+)? "
    r"profile=domain,private \|\| exit /b 1"
)


@pytest.mark.parametrize("evil", [False, True], ids=["plain", "evil"])
def test_netshs_grammar_reads_the_batch_file(evil: bool) -> None:
    """Its syntax as netsh prints it with ``add rule ?``; there is no parser of it elsewhere."""
    for holder in supported("netsh"):
        holder = with_evil_words(holder) if evil else holder
        text = windows.apply_netsh(holder)
        assert text.count("\r\n") == text.count("\n")
        lines = [line for line in text.split("\r\n") if line and not line.startswith(("rem ", "@echo", "setlocal"))]
        assert lines[0] == 'netsh advfirewall firewall delete rule name="Doorward" >nul 2>&1'
        assert len(lines) == 1 + len(holder.rules)
        for line, rule in zip(lines[1:], holder.rules, strict=True):
            found = NETSH.fullmatch(line)
            assert found is not None, line
            assert found[1] == rule.direction
            opened = found[5] if rule.direction == "in" else found[6]
            assert opened is not None
            assert opened.endswith(f"port={rule.ports}")


# --- RouterOS --------------------------------------------------------------------------------------------

ROUTEROS = re.compile(
    r"add chain=doorward action=accept connection-state=new protocol=(tcp|udp) src-address=([0-9a-f.:/]+)"
    r'( src-port=[0-9]+)? dst-address=([0-9a-f.:/]+) dst-port=[0-9-]+ comment="doorward: [^"\\$]+"'
)


@pytest.mark.parametrize("evil", [False, True], ids=["plain", "evil"])
def test_routeros_rules(evil: bool) -> None:
    """The form of its documentation; there is no parser of it elsewhere."""
    holder = PLAN.holder("edge")
    holder = with_evil_words(holder) if evil else holder
    lines = [line for line in mikrotik.apply(holder).splitlines() if not line.startswith("#")]
    added = [line for line in lines if line.startswith("add ")]
    assert len(added) == len(holder.rules)
    assert all(ROUTEROS.fullmatch(line) for line in added), added
    assert lines[0] == '/ip firewall filter remove [find comment~"^doorward: "]'
    assert sum("jump-target=doorward" in line for line in lines) == 2  # one for each version
    taken = mikrotik.remove(holder).splitlines()
    assert [line for line in taken if not line.startswith("#")] == [
        '/ip firewall filter remove [find comment~"^doorward: "]',
        '/ipv6 firewall filter remove [find comment~"^doorward: "]',
    ]
    assert mikrotik.routeros_text('a"b$c\\d?') == '"a\\"b\\$c\\\\d\\?"'


# --- Terraform -------------------------------------------------------------------------------------------


def blocks(text: str, kind: str) -> list[tuple[list[str], dict[str, Any]]]:
    """The blocks of one kind with their labels, as a parser of HCL reads them."""
    found = []
    for item in hcl2.loads(text).get(kind, []):
        labels = []
        while True:
            (label, inner), *rest = [(k, v) for k, v in item.items() if not k.startswith("__")] or [("", None)]
            if rest or not isinstance(inner, dict):
                break
            labels.append(label.strip('"'))
            item = inner
        found.append((labels, {k: v for k, v in item.items() if not k.startswith("__")}))
    return found


def plain(value: Any) -> Any:
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.strip('"') if isinstance(value, str) else value


# What each kind of resource must and may have, from the providers' documentation.
SCHEMAS: dict[str, tuple[set[str], set[str]]] = {
    "aws_security_group": ({"name", "description", "vpc_id"}, set()),
    "aws_vpc_security_group_ingress_rule": (
        {"security_group_id", "ip_protocol", "from_port", "to_port", "description"},
        {"cidr_ipv4", "cidr_ipv6"},
    ),
    "aws_vpc_security_group_egress_rule": (
        {"security_group_id", "ip_protocol", "from_port", "to_port", "description"},
        {"cidr_ipv4", "cidr_ipv6"},
    ),
    "azurerm_network_security_group": ({"name", "location", "resource_group_name"}, set()),
    "azurerm_network_security_rule": (
        {
            *("name", "description", "priority", "direction", "access", "protocol", "resource_group_name"),
            *("network_security_group_name", "source_address_prefix", "source_port_range"),
            *("destination_address_prefix", "destination_port_range"),
        },
        set(),
    ),
    "google_compute_firewall": (
        {"name", "description", "network", "direction", "target_tags", "destination_ranges", "allow"},
        {"source_ranges"},
    ),
}


@pytest.mark.parametrize("evil", [False, True], ids=["plain", "evil"])
@pytest.mark.parametrize("name", ["terraform-aws", "terraform-azure", "terraform-gcp"])
def test_terraform_is_hcl_and_fits_the_providers(name: str, evil: bool) -> None:
    for holder in supported(name):
        holder = with_evil_words(holder) if evil else holder
        text = FORMATS[name].apply(holder)
        resources = blocks(text, "resource")
        variables = {labels[0] for labels, _ in blocks(text, "variable")}
        wanted = [rule for rule in holder.rules if not rule.flow.answer and not rule.flow.broadcast]
        groups = 0 if name == "terraform-gcp" else 1
        assert len(resources) == groups + len(wanted)
        names = [labels[1] for labels, _ in resources]
        assert len(set(names)) == len(names)
        assert all(re.fullmatch(r"[a-z_][a-z0-9_]*", item) for item in (*names, *variables))
        for labels, arguments in resources:
            required, optional = SCHEMAS[labels[0]]
            assert required <= set(arguments) <= required | optional, labels
        for used in re.findall(r"var\.([a-z0-9_]+)", text):
            assert used in variables
        rules = [(labels, arguments) for labels, arguments in resources if not labels[0].endswith("_group")]
        for (labels, arguments), rule in zip(rules, wanted, strict=True):
            check_terraform_rule(labels[0], {key: plain(value) for key, value in arguments.items()}, rule)


def check_terraform_rule(kind: str, arguments: dict[str, Any], rule: Rule) -> None:
    source, destination = rule.source.network.with_prefixlen, rule.destination.network.with_prefixlen
    incoming = rule.direction == "in"
    if kind.startswith("aws"):
        assert kind.split("_")[-2] == ("ingress" if incoming else "egress")
        assert arguments[f"cidr_ipv{rule.version}"] == (source if incoming else destination)
        assert (arguments["from_port"], arguments["to_port"]) == (rule.ports.first, rule.ports.last)
        assert arguments["ip_protocol"] == rule.protocol
        assert re.fullmatch(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{1,255}", arguments["description"])
    elif kind.startswith("azurerm"):
        assert arguments["direction"] == ("Inbound" if incoming else "Outbound")
        assert arguments["protocol"] == rule.protocol.capitalize()
        assert arguments["source_address_prefix"] == source
        assert arguments["destination_address_prefix"] == destination
        assert arguments["destination_port_range"] == str(rule.ports)
        assert len(arguments["description"]) <= 140
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,78}[A-Za-z0-9_]", arguments["name"])
    else:
        assert arguments["direction"] == ("INGRESS" if incoming else "EGRESS")
        assert ("source_ranges" in arguments) is incoming
        if incoming:
            assert arguments["source_ranges"] == [source]
        assert arguments["destination_ranges"] == [destination]
        (allow,) = arguments["allow"]
        assert plain(allow["protocol"]) == rule.protocol
        assert plain(allow["ports"]) == [str(rule.ports)]
        assert re.fullmatch(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?", arguments["name"])


def test_terraform_leaves_broadcasts_out_and_says_so() -> None:
    text = render_rules(PLAN, "laptop", "terraform-aws")
    assert "255.255.255.255" not in text
    assert "A cloud's network carries no broadcasts" in text


def test_azures_priorities_stay_apart() -> None:
    text = render_rules(PLAN, "main", "terraform-azure")
    places = [int(place) for place in re.findall(r"_first_priority \+ (\d+)", text)]
    assert places == list(range(len(places)))
    assert len(places) < 3896


def test_hcls_texts() -> None:
    assert terraform.hcl_text('a"b\\c${d}%{e}') == '"a\\"b\\\\c$${d}%%{e}"'


def test_removing_by_terraform_is_an_empty_file() -> None:
    text = render_rules(PLAN, "main", "terraform-aws", remove=True)
    assert hcl2.loads(text).get("resource", []) == []


def test_the_plain_table_says_everything() -> None:
    plan = plan_of({"biostar1": ("server",)}, clients=("laptop=10.1.0.9/24",))
    text = render_rules(plan, "laptop", "plain")
    assert text.startswith("Host laptop: to be let through\n")
    assert "51110        laptop (10.1.0.9)" in text
    assert "are no replies to a firewall" in text
    assert "no longer to be let through" in render_rules(plan, "laptop", "plain", remove=True)

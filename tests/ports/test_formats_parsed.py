"""Formats that are not loaded here, read by a parser of their language where there is one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import hcl2
import pytest
import tree_sitter_powershell
from tree_sitter import Language, Node, Parser

from doorward.ports.formats import mikrotik, terraform, windows
from doorward.ports.plan import Rule
from doorward.ports.rules import FORMATS, render_rules
from tests.ports.every_rule import PLAN, supported, with_evil_words
from tests.ports.sites import plan_of

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

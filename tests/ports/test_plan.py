"""Plans against expectations that were worked out by hand."""

from __future__ import annotations

import csv
import ipaddress
import json
from pathlib import Path

import pytest

from doorward.model.errors import InvalidFile, InvalidInput
from doorward.ports.catalogue import PortRange
from doorward.ports.plan import Plan, make_plan
from doorward.ports.plan_text import COLUMNS, as_csv, as_markdown, rows
from doorward.ports.site import Site, parse_device_network, parse_firewall, parse_host, parse_moved
from doorward.ports.site_file import EXAMPLE, load_site, read_site
from tests.ports.sites import plan_of

SERVER, OFFICE, DOORS = "main", "office", "doors"

# For each system and mode: what the server lets in, what it sends, what the client sends, what it lets in; with the
# server and the client in one network, and the devices in another behind a firewall.
EXPECTED: dict[tuple[str, str], dict[str, set[tuple[str, int, str]]]] = {
    ("biostar1", "direct"): {
        "main in": {("tcp", 1480, OFFICE)},
        "main out": {("udp", 51110, DOORS)},
        "office out": {("tcp", 1480, SERVER), ("tcp", 1470, DOORS), ("tcp", 1471, DOORS), ("udp", 51110, DOORS)},
        "office in": set(),
        "between": {("tcp", 1470, DOORS), ("tcp", 1471, DOORS), ("udp", 51110, DOORS)},
    },
    ("biostar1", "server"): {
        "main in": {("tcp", 1480, OFFICE), ("tcp", 1480, DOORS)},
        "main out": {("tcp", 1470, DOORS), ("tcp", 1471, DOORS), ("udp", 51110, DOORS)},
        "office out": {("tcp", 1480, SERVER), ("udp", 51110, DOORS)},
        "office in": set(),
        "between": {("tcp", 1470, DOORS), ("tcp", 1471, DOORS), ("tcp", 1480, SERVER), ("udp", 51110, DOORS)},
    },
    ("biostar2", "direct"): {
        "main in": {("tcp", port, OFFICE) for port in (443, 3002, 9002, 9010)},
        "main out": {("tcp", 51211, DOORS), ("udp", 51210, DOORS)},
        "office out": {("udp", 51210, DOORS), *(("tcp", port, SERVER) for port in (443, 3002, 9002, 9010))},
        "office in": set(),
        "between": {("tcp", 51211, DOORS), ("udp", 51210, DOORS)},
    },
    ("biostar2", "server"): {
        "main in": {
            ("tcp", 51212, DOORS),
            ("tcp", 51213, DOORS),
            *(("tcp", port, OFFICE) for port in (443, 3002, 9002, 9010)),
        },
        "main out": {("udp", 51210, DOORS)},
        "office out": {("udp", 51210, DOORS), *(("tcp", port, SERVER) for port in (443, 3002, 9002, 9010))},
        "office in": set(),
        "between": {("tcp", 51212, SERVER), ("tcp", 51213, SERVER), ("udp", 51210, DOORS)},
    },
    ("easysecure", "direct"): {
        "main in": {("tcp", 80, OFFICE), ("tcp", 8080, OFFICE)},
        "main out": {*(("tcp", port, DOORS) for port in (1470, 1471, 51211)), ("udp", 51210, DOORS)},
        "office out": {("tcp", 80, SERVER), ("tcp", 8080, SERVER), ("udp", 51210, DOORS)},
        "office in": set(),
        "between": {*(("tcp", port, DOORS) for port in (1470, 1471, 51211)), ("udp", 51210, DOORS)},
    },
    ("easysecure", "server"): {
        "main in": {("tcp", 80, OFFICE), ("tcp", 8080, OFFICE), ("tcp", 51212, DOORS)},
        "main out": {("udp", 51210, DOORS)},
        "office out": {("tcp", 80, SERVER), ("tcp", 8080, SERVER), ("udp", 51210, DOORS)},
        "office in": set(),
        "between": {("tcp", 51212, SERVER), ("udp", 51210, DOORS)},
    },
    ("doorward", "direct"): {
        "main in": {("tcp", 8080, OFFICE)},
        "main out": {("tcp", 1470, DOORS), ("tcp", 1471, DOORS), ("udp", 51110, DOORS), ("udp", 51210, DOORS)},
        "office out": {("tcp", 8080, SERVER)},
        "office in": set(),
        "between": {("tcp", 1470, DOORS), ("tcp", 1471, DOORS), ("udp", 51110, DOORS), ("udp", 51210, DOORS)},
    },
    ("doorward", "server"): {
        "main in": {("tcp", 8080, OFFICE), ("tcp", 1480, DOORS)},
        "main out": {("udp", 51110, DOORS), ("udp", 51210, DOORS)},
        "office out": {("tcp", 8080, SERVER)},
        "office in": set(),
        "between": {("tcp", 1480, SERVER), ("udp", 51110, DOORS), ("udp", 51210, DOORS)},
    },
}


def summary(plan: Plan, holder: str, direction: str = "") -> set[tuple[str, int, str]]:
    rules = [rule for rule in plan.holder(holder).rules if not direction or rule.direction == direction]
    assert all(rule.ports.single for rule in rules if not rule.flow.answer)
    far = [rule.source.name if rule.direction == "in" else rule.destination.name for rule in rules]
    found = [(rule.protocol, rule.ports.first, name) for rule, name in zip(rules, far, strict=True)]
    assert len({rule.title for rule in rules}) == len(rules), "a rule twice"
    return set(found)


@pytest.mark.parametrize(("system", "mode"), EXPECTED)
def test_the_plan_of_each_system_and_mode(system: str, mode: str) -> None:
    plan = plan_of({system: (mode,)})
    expected = EXPECTED[system, mode]
    assert summary(plan, "main", "in") == expected["main in"]
    assert summary(plan, "main", "out") == expected["main out"]
    assert summary(plan, "office", "out") == expected["office out"]
    assert summary(plan, "office", "in") == expected["office in"]
    assert summary(plan, "between") == expected["between"]


def test_the_vendors_own_line_for_server_mode() -> None:
    """Server mode needs TCP 1470, 1471, 1480 and UDP 51110 as exceptions of the firewall."""
    plan = plan_of({"biostar1": ("server",)}, clients=())
    for holder in ("main", "between"):
        found = {(rule.protocol, rule.ports.first) for rule in plan.holder(holder).rules}
        assert found == {("tcp", 1470), ("tcp", 1471), ("tcp", 1480), ("udp", 51110)}


def test_answers_to_a_broadcast_have_a_rule_where_the_searcher_stands_beside_the_devices() -> None:
    plan = plan_of({"biostar1": ("direct",)}, clients=("laptop=10.1.0.9/24",))
    (answer,) = [rule for rule in plan.rules if rule.flow.answer]
    assert (answer.holder, answer.direction, answer.protocol) == ("laptop", "in", "udp")
    assert answer.source_ports == PortRange(51110, 51110)
    assert answer.source.address == "10.1.0.0/24"
    assert answer.destination.address == "10.1.0.9"
    assert answer.ports == PortRange(32768, 65535)
    questions = {rule.destination.address for rule in plan.holder("laptop").rules if rule.ports.first == 51110}
    assert questions == {"10.1.0.0/24", "255.255.255.255"}
    # What stays on the wire is no matter of the firewall between.
    forwarded = {rule.title for rule in plan.holder("between").rules}
    assert not any("laptop" in title and "51110" in title for title in forwarded)
    assert any("another address than the one that was asked" in note for note in plan.notes)
    across = plan_of({"biostar1": ("direct",)})
    assert not any(rule.flow.answer or rule.flow.broadcast for rule in across.rules)
    assert any("crosses no router (main to doors, office to doors)" in note for note in across.notes)


def test_two_systems_share_their_rules() -> None:
    alone = plan_of({"doorward": ("server",)})
    both = plan_of({"biostar1": ("server",), "doorward": ("server",)})
    (shared,) = [rule for rule in both.holder("main").rules if rule.ports.first == 1480 and rule.source.name == "doors"]
    assert shared.flow.systems == ("biostar1", "doorward")
    assert "BioStar 1: " in shared.reason
    assert "Doorward: " in shared.reason
    assert len(both.holder("main").rules) < len(alone.holder("main").rules) + len(
        plan_of({"biostar1": ("server",)}).holder("main").rules
    )
    assert any("BioStar 1 and Doorward listen on TCP 1480" in note for note in both.notes)


def test_a_network_inside_another_needs_no_rule_of_its_own() -> None:
    plan = plan_of({"doorward": ("server",)}, devices=("all=10.1.0.0/16", "door=10.1.3.7"))
    incoming = [rule for rule in plan.holder("main").rules if rule.ports.first == 1480]
    assert [rule.source.address for rule in incoming] == ["10.1.0.0/16"]


def test_a_machine_with_two_roles_is_one_machine() -> None:
    plan = plan_of({"biostar1": ("server",)}, clients=("desk=192.168.1.5/24",))
    (host,) = [item for item in plan.holders if item.kind == "host"]
    assert (host.name, host.also) == ("main", ("desk",))
    assert plan.holder("DESK") is host
    assert not any(rule.source.network == rule.destination.network for rule in plan.rules)


def test_a_machine_with_two_addresses_is_one_machine() -> None:
    plan = plan_of(
        {"doorward": ("server",)},
        servers=("main=192.168.1.5/24", "main=2001:db8:1::5/64"),
        clients=("office=192.168.1.20/24",),
        devices=("doors=10.1.0.0/24", "new=2001:db8:2::/64"),
    )
    assert [item.name for item in plan.holders if item.kind == "host"] == ["main", "office"]
    incoming = [rule for rule in plan.holder("main").rules if rule.ports.first == 1480]
    assert {(rule.source.name, rule.destination.address) for rule in incoming} == {
        ("doors", "192.168.1.5"),
        ("new", "2001:db8:1::5"),
    }
    assert not any("main has an IPv" in note for note in plan.notes)
    assert any("office has an IPv4 address" in note for note in plan.notes) is False


def test_options_widen_and_narrow() -> None:
    usual = {rule.ports.first for rule in plan_of({"biostar2": ("server",)}).rules}
    more = {
        rule.ports.first for rule in plan_of({"biostar2": ("server",)}, with_features=("http", "video", "report")).rules
    }
    assert more - usual == {80, 3000, 3010, 3012, 4213, 4214}
    # Without video its page over HTTP is not opened either.
    assert {rule.ports.first for rule in plan_of({"biostar2": ("server",)}, with_features=("http",)).rules} - usual == {
        80,
        3000,
    }
    less = {
        rule.ports.first
        for rule in plan_of({"biostar2": ("server",)}, without_features=("plain", "attendance", "api")).rules
    }
    assert usual - less == {51212, 3002, 9010}
    tools = plan_of({"doorward": ("direct",)}, with_features=("client-tools",))
    assert summary(tools, "office", "out") == {
        ("tcp", 8080, "main"),
        *(("tcp", port, "doors") for port in (1470, 1471)),
        *(("udp", port, "doors") for port in (51110, 51210)),
    }
    only_small = plan_of({"doorward": ("direct",)}, without_features=("screen-models",))
    assert 1470 not in {rule.ports.first for rule in only_small.rules}


def test_secure_communication_in_direct_mode_is_an_option() -> None:
    plan = plan_of({"biostar2": ("direct",)}, with_features=("secure-direct",))
    assert ("tcp", 51213, "doors") in summary(plan, "main", "in")


def test_firewalls_on_the_way() -> None:
    plan = plan_of(
        {"doorward": ("server",)},
        devices=("north=10.1.0.0/24", "south=10.2.0.0/24", "near=192.168.1.0/24", "nowhere=172.16.0.0/24"),
        firewalls=("edge=192.168.1.0/24,10.0.0.0/24", "hill=10.0.0.0/24,10.1.0.0/24", "dale=10.0.0.0/24,10.2.0.0/24"),
    )

    def who(firewall: str) -> set[str]:
        return {rule.source.name for rule in plan.holder(firewall).rules if rule.ports.first == 1480}

    assert who("edge") == {"north", "south", "nowhere"}
    assert who("hill") == {"north", "nowhere"}
    assert who("dale") == {"south", "nowhere"}
    assert any(note.startswith("nowhere lies in none of the networks") for note in plan.notes)
    assert {rule.source.name for rule in plan.holder("main").rules if rule.ports.first == 1480} == {
        *("north", "south", "near", "nowhere")
    }


def test_addresses_of_different_versions_do_not_meet() -> None:
    plan = plan_of(
        {"doorward": ("direct", "server")},
        servers=("main=2001:db8::5/64",),
        clients=("office=2001:db8::20/64",),
        devices=("doors=10.1.0.0/24",),
    )
    assert summary(plan, "main") == {("tcp", 8080, "office")}
    assert any("main has an IPv6 address and no device network does" in note for note in plan.notes)


def test_a_moved_port_is_planned_where_it_is() -> None:
    site = Site(
        systems={"doorward": ("server",)},
        hosts=(parse_host("server", "main=192.168.1.5"),),
        device_networks=(parse_device_network("doors=10.1.0.0/24"),),
        moved=parse_moved(["doorward-1480-devices=1490"]),
    )
    found = {rule.ports.first for rule in make_plan(site).holder("main").rules if rule.direction == "in"}
    assert found == {1490}


def test_inner_ports_are_named_and_never_opened() -> None:
    plan = plan_of({"biostar2": ("direct", "server")}, with_features=("http", "video", "report", "unified-gateway"))
    opened = {rule.ports.first for rule in plan.rules}
    assert opened.isdisjoint({3312, 1433, 6379, 9000, 9310, 9510, 27017, 445})
    assert any("Never to be opened" in note and "3312" in note and "27017" in note for note in plan.notes)


def test_a_plan_as_text() -> None:
    plan = plan_of({"biostar1": ("server",)}, clients=("laptop=10.1.0.9/24",))
    table = list(csv.reader(as_csv(plan).splitlines()))
    assert tuple(table[0]) == COLUMNS
    assert len(table) == 1 + len(plan.rules)
    assert [tuple(line) for line in table[1:]] == rows(plan)
    assert [line[0] for line in csv.reader(as_csv(plan, "main").splitlines())][1:] == ["main"] * len(
        plan.holder("main").rules
    )
    text = as_markdown(plan)
    assert text.count("\n| ") == len(plan.rules) + len(plan.holders)
    assert "## main (host)" in text
    assert "## Notes" in text
    told = json.loads(json.dumps(plan.as_json()))
    assert len(told["rules"]) == len(plan.rules)
    first = told["rules"][0]
    assert {"holder", "direction", "protocol", "port", "source", "destination", "dials", "reason"} <= set(first)
    with pytest.raises(InvalidInput, match="--for: 'nobody' is not allowed; allowed: main, laptop, between"):
        plan.holder("nobody")


def test_rules_say_themselves_in_words() -> None:
    plan = plan_of({"biostar1": ("server",)})
    titles = {rule.title for rule in plan.holder("between").rules}
    assert "TCP 1470 from main (192.168.1.5) to doors (10.1.0.0/24)" in titles


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"servers": ("main=192.168.1.5; rm -rf /",)}, "server"),
        ({"servers": ("$(reboot)=192.168.1.5",)}, "server"),
        ({"servers": ("a b=192.168.1.5",)}, "server"),
        ({"servers": ("=192.168.1.5",)}, "server"),
        ({"servers": ("main=localhost",)}, "server"),
        ({"servers": ("main=fe80::1%$(reboot)/64",)}, "server"),
        ({"devices": ("doors=fe80::1%;reboot",)}, "device network"),
        ({"firewalls": ("edge=fe80::%;reboot/64,10.1.0.0/24",)}, "firewall"),
        ({"servers": ("main=127.0.0.1",)}, "server"),
        ({"servers": ("main=0.0.0.0",)}, "server"),
        ({"servers": ("main=192.168.1.5", "again=192.168.1.5")}, "server"),
        ({"servers": ("main=192.168.1.5",), "clients": ("main=192.168.1.6",)}, "client"),
        ({"devices": ("doors=10.1.0.0/24", "DOORS=10.2.0.0/24")}, "device network"),
        ({"servers": (), "clients": ()}, "server"),
        ({"devices": ("doors=10.1.0.7/24",)}, "device network"),
        ({"devices": ("doors=0.0.0.0/0",)}, "device network"),
        ({"devices": ("main=10.1.0.0/24",)}, "device network"),
        ({"devices": ("do`or`s=10.1.0.0/24",)}, "device network"),
        ({"firewalls": ("edge=10.1.0.0/24",)}, "firewall"),
        ({"firewalls": ("ed\nge=10.1.0.0/24,10.2.0.0/24",)}, "firewall"),
        ({"with_features": ("speed",)}, "with"),
        ({"without_features": ("speed",)}, "without"),
        ({"systems": {}}, "system"),
        ({"systems": {"other": ("direct",)}}, "system"),
        ({"systems": {"biostar1": ()}}, "mode"),
        ({"systems": {"biostar1": ("sideways",)}}, "mode"),
    ],
)
def test_a_wrong_site_is_refused(words: dict[str, object], field: str) -> None:
    arguments: dict[str, object] = {"systems": {"biostar1": ("server",)}} | words
    with pytest.raises(InvalidInput) as refused:
        plan_of(**arguments)  # type: ignore[arg-type] # some of them are wrong on purpose
    assert refused.value.field == field


def test_the_example_of_a_site_file_is_one(tmp_path: Path) -> None:
    import tomllib

    site = read_site(tomllib.loads(EXAMPLE))
    assert site.systems == {"biostar1": ("server",)}
    assert [host.name for host in site.hosts] == ["main", "office"]
    assert site.firewalls == (parse_firewall("edge=192.168.1.0/24,10.1.0.0/24"),)
    assert str(site.device_networks[0].network) == "10.1.0.0/24"
    assert isinstance(site.hosts[0].address, ipaddress.IPv4Address)
    several = EXAMPLE.replace('"192.168.1.5/24"', '["192.168.1.5/24", "2001:db8::5/64"]')
    (main, *_) = read_site(tomllib.loads(several)).machines
    assert (main.name, len(main.hosts)) == ("main", 2)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("nonsense = 1\n" + EXAMPLE, "nonsense"),
        (EXAMPLE.replace('"192.168.1.5/24"', "5"), "servers.main"),
        (EXAMPLE.replace('"192.168.1.5/24"', "[]"), "servers.main"),
        (EXAMPLE.replace('["server"]', '"server"'), "systems.biostar1"),
        (EXAMPLE.replace('main = "', '"ma in" = "'), "servers"),
        (EXAMPLE.replace('edge = ["192.168.1.0/24", "10.1.0.0/24"]', 'edge = ["10.1.0.0/24"]'), "firewalls.edge"),
        (EXAMPLE + 'nothing = 5\n', "entry"),
        (EXAMPLE + 'doorward-8080 = 70000\n', "port"),
    ],
)  # fmt: skip
def test_a_wrong_site_file_is_refused_with_its_name(text: str, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(text)
    with pytest.raises(InvalidInput) as refused:
        load_site(path)
    assert refused.value.field == problem
    assert refused.value.where == str(path)


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    with pytest.raises(InvalidFile, match="cannot be read"):
        load_site(path)
    path.write_text("[[[")
    with pytest.raises(InvalidFile, match="is not a TOML file"):
        load_site(path)

"""With one rule of the plan removed, the probe names just that rule."""

from __future__ import annotations

import asyncio

import pytest

from doorward.ports.plan import Plan, make_plan
from doorward.ports.probe import Kind, ProbeResult
from doorward.ports.site import Firewall, Site, parse_device_network, parse_host, parse_network
from doorward.transport import Stream, listen
from doorward.transport.dialling_watch import Dialling
from tests.ports.probe_site import (
    RoutedSite,
    device_in,
    filter_rules,
    need_nft,
    program_in,
    result_of,
    routed_site,
    service,
)
from tests.support.namespaces import wire

pytestmark = pytest.mark.root

FROM_SERVER = "ip saddr 10.71.0.5 ip daddr 10.72.0.0/24"
RULES = {
    "TCP 1470": f"{FROM_SERVER} tcp dport 1470 accept",
    "TCP 1471": f"{FROM_SERVER} tcp dport 1471 accept",
    "UDP 51110": f"{FROM_SERVER} udp dport 51110 accept",
    "TCP 1480": "ip saddr 10.72.0.0/24 ip daddr 10.71.0.5 tcp dport 1480 accept",
}
SERVE_TEST = """
from doorward.cli.ports_diagnosis import serve_test_command
serve_test_command(tcp=None, udp=None, address="", seconds=None, as_json=True)
"""


def plan() -> Plan:
    return make_plan(
        Site(
            systems={"doorward": ("direct", "server")},
            hosts=(parse_host("server", "main=10.71.0.5/24"),),
            device_networks=(parse_device_network("doors=10.72.0.0/24"),),
            firewalls=(Firewall("edge", (parse_network("f", "10.71.0.0/24"), parse_network("f", "10.72.0.0/24"))),),
        )
    )


def without(*names: str) -> list[str]:
    return [rule for name, rule in RULES.items() if name not in names]


def names_rule(result: ProbeResult, code: str, rule: str) -> None:
    verdict = result.verdict
    assert (verdict.code, str(verdict.rule)) == (code, rule), verdict.sentence
    assert f"let {rule}" in verdict.sentence


async def look(site: RoutedSite, **options: object) -> ProbeResult:
    return await result_of(site.device_address, interfaces=(), **options)


@pytest.mark.parametrize(("model", "port"), [("biostation", 1470), ("bioentry-plus", 1471)])
async def test_direct_mode(model: str, port: int) -> None:
    with routed_site() as site, site.device(model):
        site.forward(*RULES.values())
        whole = await look(site)
        assert (whole.verdict.code, whole.verdict.rule) == ("reached", None)
        assert whole.facts.way.gateway == "10.71.0.1"
        site.forward(*without(f"TCP {port}"))
        planned = f"TCP {port} from main (10.71.0.5) to doors (10.72.0.0/24) at the firewall edge"
        names_rule(await look(site, plan=plan()), "filtered", planned)


async def test_udp_and_a_rule_without_a_plan() -> None:
    with routed_site() as site, site.device():
        site.forward(*without("TCP 1470"))
        names_rule(
            await look(site),
            "filtered",
            "TCP 1470 from 10.71.0.5 to 10.72.0.0/24 at the firewall between 10.71.0.0/24 and 10.72.0.0/24",
        )
        site.forward(*without("UDP 51110"))
        result = await look(site, plan=plan())
        names_rule(
            result, "udp-filtered", "UDP 51110 from main (10.71.0.5) to doors (10.72.0.0/24) at the firewall edge"
        )
        assert result.verdict.kind is Kind.WARNING


async def test_server_mode() -> None:
    with routed_site() as site, site.device(server="10.71.0.5:1480"):
        site.forward(*RULES.values())
        nobody = await look(site)
        assert nobody.verdict.code == "no-server", nobody.verdict.sentence
        async with service("10.71.0.5", 1480):
            through = await until(site, "server-mode")
            assert "its connection to this server stands" in through.verdict.sentence
        site.forward(*without("TCP 1480"))
        async with service("10.71.0.5", 1480):
            dropped = await look(site, plan=plan())
            names_rule(
                dropped,
                "dials-in-vain",
                "TCP 1480 from doors (10.72.0.0/24) to main (10.71.0.5) at the firewall edge",
            )
            assert dropped.facts.server.dialling == Dialling()
            filter_rules(site.server, "input", "udp sport 51110 accept")  # first, or the device dials in between
            site.forward(*RULES.values())
            own = await look(site, plan=plan())
            names_rule(
                own,
                "dials-in-vain",
                "TCP 1480 from doors (10.72.0.0/24) to main (10.71.0.5) at the firewall of main",
            )


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
async def test_a_device_that_the_server_turns_away(tls: bool) -> None:
    async def turn_away(stream: Stream) -> None:
        if tls:
            await stream.receive()

    with routed_site() as site, site.device(server="10.71.0.5:1480", first_words="\x16\x03\x01" if tls else ""):
        async with await listen(turn_away, "10.71.0.5", 1480):
            result = await until(site, "tls-expected" if tls else "turned-away")
            assert ("begins TLS there" if tls else "approve") in result.verdict.sentence


async def until(site: RoutedSite, code: str) -> ProbeResult:
    """The device dials again and again; after some time it must be seen."""
    async with asyncio.timeout(20):
        while True:
            result = await look(site)
            if result.verdict.code == code:
                return result


async def test_answers_to_a_broadcast() -> None:
    need_nft()
    with wire("10.61.0.1/24", "10.61.0.2/24") as made, device_in(made.device, 10_001, "biostation", "10.61.0.2"):
        filter_rules(made.host, "input")
        result = await result_of("10.61.0.2", interfaces=())
        names_rule(
            result,
            "answers-dropped",
            "UDP from source port 51110, from 10.61.0.0/24 to 10.61.0.1 at the firewall of this machine",
        )
        filter_rules(made.host, "input", "ip saddr 10.61.0.0/24 udp sport 51110 accept")
        assert (await result_of("10.61.0.2", interfaces=())).verdict.code == "reached"


async def test_own_firewall_lets_nothing_out() -> None:
    need_nft()
    with wire("10.61.0.1/24", "10.61.0.2/24") as made, device_in(made.device, 10_001, "biostation", "10.61.0.2"):
        filter_rules(made.host, "output", "tcp dport 1470 drop", policy="accept")
        result = await result_of("10.61.0.2", interfaces=())
        names_rule(result, "filtered", "TCP 1470 from 10.61.0.1 to 10.61.0.2 at the firewall of this machine")


async def test_path_is_tried_before_the_device_is_there() -> None:
    with routed_site() as site, program_in(site.devices, SERVE_TEST) as first_lines:
        assert ['"listening"' in line for line in first_lines(4)] == [True] * 4
        site.forward(*RULES.values())
        whole = await look(site, plan=plan())
        assert whole.verdict.code == "path-open", whole.verdict.sentence
        assert "TCP 1470, TCP 1471, UDP 51110" in whole.verdict.sentence
        site.forward(*without("TCP 1471"))
        names_rule(
            await look(site, plan=plan()),
            "filtered",
            "TCP 1471 from main (10.71.0.5) to doors (10.72.0.0/24) at the firewall edge",
        )
        site.forward(*without("UDP 51110"))
        names_rule(
            await look(site, plan=plan()),
            "filtered",
            "UDP 51110 from main (10.71.0.5) to doors (10.72.0.0/24) at the firewall edge",
        )

"""The verdict alone: facts in, one sentence out."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorward.model.found import BIOSTAR2, FoundDevice
from doorward.model.network_settings import NetworkSettings
from doorward.ports.plan import Plan, make_plan
from doorward.ports.probe import Facts, Kind, MissingRule, Verdict, judge
from doorward.ports.probe.facts import (
    Certificate,
    PortFact,
    PortState,
    PresenceFact,
    ServerFact,
    Speaker,
    Speech,
    UdpFact,
    UdpState,
    WayFact,
)
from doorward.ports.probe.planned import expected_ports, name_by_plan
from doorward.ports.site import Site, parse_device_network, parse_host
from doorward.transport.dialling_watch import Dialling

HERE, THERE = "10.0.0.5", "10.1.0.7"
NOW = datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.UTC)
ROUTED = WayFact(card="eth0", local_address=HERE, network="10.0.0.0/24", gateway="10.0.0.1")
BESIDE = WayFact(card="eth0", local_address="10.1.0.5", network="10.1.0.0/24", same_subnet=True, gateway="")
DEVICE = FoundDevice(
    device_id=10_001, type=0, generation="biostar1", address=THERE, title="BioStation", port=1470, answered_from=THERE
)
DEVICE2 = dataclasses.replace(DEVICE, device_id=0x20000001, generation=BIOSTAR2, title="BioStation 2", port=51211)
IDENTITY = Speech(speaker=Speaker.BIOSTAR1_DEVICE, device_id=10_001, device_title="BioStation", clock_offset=1.0)
SETTINGS = NetworkSettings(
    mode="direct", dhcp=False, address=THERE, mask="255.255.255.0", gateway="10.1.0.1", port=1470, server_address=""
)
DIALS_US = dataclasses.replace(SETTINGS, mode="server", server_address=HERE, server_port=1480)
SERVER = ServerFact(addresses=(HERE,), port=1480, is_here=True, holder="doorward (process 7)", connected=True)
ANSWERED = Dialling(knocks=True, answered=True)
IN_VAIN = dataclasses.replace(SERVER, connected=False, dialling=Dialling(knocks=True))
BY_UDP = UdpFact(biostar1=UdpState.ANSWERED, direct=DEVICE, broadcast=True, heard=(DEVICE,))
SILENT_UDP = UdpFact(biostar1=UdpState.SILENT, biostar2=UdpState.SILENT, broadcast=True)


def tcp(port: int, state: PortState | Speech | Speaker) -> PortFact:
    if isinstance(state, Speaker):
        state = Speech(speaker=state)
    if isinstance(state, Speech):
        return PortFact(port=port, state=PortState.OPEN, speech=state)
    return PortFact(port=port, state=state)


def facts(*ports: PortFact, **others: Any) -> Facts:
    values: dict[str, Any] = {
        "target": THERE,
        "host": THERE,
        "wanted_ports": (1470, 1471),
        "now": NOW,
        "way": ROUTED,
        "udp": SILENT_UDP,
        "server": SERVER,
        "ports": ports,
    }
    return Facts(**(values | others))


def expired(days: int) -> Certificate:
    return Certificate(
        subject="door",
        not_before=NOW - datetime.timedelta(days=400),
        not_after=NOW + datetime.timedelta(days=days),
    )


REFUSED, FILTERED = PortState.REFUSED, PortState.FILTERED
TABLE: dict[str, tuple[Facts, str, str]] = {
    "all well": (facts(tcp(1470, IDENTITY), udp=BY_UDP, settings=SETTINGS), "reached", "TCP 1470"),
    "unknown name": (facts(host="", target_problem="Unknown name: x, so check it."), "unknown-name", "Unknown name"),
    "number not found": (facts(host="", device_id=77), "nothing-there", "device 77 does not answer"),
    "two hardware addresses": (
        facts(tcp(1470, IDENTITY), presence=PresenceFact(hardware=("aa", "bb"), asked_wire=True), udp=BY_UDP),
        "address-conflict",
        "(aa and bb)",
    ),
    "two devices at one address": (
        facts(
            tcp(1470, IDENTITY),
            udp=dataclasses.replace(BY_UDP, heard=(DEVICE, dataclasses.replace(DEVICE, device_id=10_002))),
        ),
        "address-conflict",
        "devices 10001 and 10002",
    ),
    "one number at two addresses": (
        facts(
            device_id=10_001,
            udp=dataclasses.replace(BY_UDP, heard=(DEVICE, dataclasses.replace(DEVICE, address="10.1.0.9"))),
        ),
        "address-conflict",
        "claimed from 10.1.0.7 and 10.1.0.9",
    ),
    "foreign subnet": (
        facts(
            way=WayFact(problem="no way"),
            udp=UdpFact(broadcast=True, heard=(dataclasses.replace(DEVICE, foreign_subnet=True, interface="eth0"),)),
        ),
        "wrong-subnet",
        "on the wire of eth0",
    ),
    "mask too small": (
        facts(
            tcp(1470, FILTERED),
            way=dataclasses.replace(BESIDE, local_address="10.1.0.200"),
            settings=dataclasses.replace(SETTINGS, mask="255.255.255.128", gateway=""),
            udp=dataclasses.replace(BY_UDP, direct=None),
        ),
        "wrong-subnet",
        "it has no gateway, so it cannot answer",
    ),
    "gateway outside": (
        facts(
            tcp(1470, FILTERED),
            settings=dataclasses.replace(SETTINGS, gateway="10.9.0.1"),
            udp=dataclasses.replace(BY_UDP, direct=None),
        ),
        "wrong-subnet",
        "its gateway 10.9.0.1 lies outside of it",
    ),
    "another device": (facts(tcp(1470, IDENTITY), device_id=10_009), "other-device", "is device 10001, not 10009"),
    "points elsewhere": (
        facts(tcp(1470, REFUSED), udp=BY_UDP, settings=dataclasses.replace(DIALS_US, server_address="10.9.9.9")),
        "points-elsewhere",
        "dials 10.9.9.9:1480, not this server",
    ),
    "points elsewhere, behind a router": (
        facts(
            udp=BY_UDP,
            settings=dataclasses.replace(DIALS_US, server_address="10.9.9.9"),
            server=dataclasses.replace(SERVER, addresses=("203.0.113.5", HERE), told="203.0.113.5"),
        ),
        "points-elsewhere",
        "set its server to 203.0.113.5:1480",
    ),
    "points to another port": (
        facts(tcp(1470, REFUSED), udp=BY_UDP, settings=dataclasses.replace(DIALS_US, server_port=5001)),
        "points-elsewhere",
        "dials port 5001 of this server",
    ),
    "no field for the server's port": (
        facts(tcp(1470, REFUSED), udp=BY_UDP, settings=dataclasses.replace(DIALS_US, server_port=None)),
        "server-mode",
        "All is well",
    ),
    "nobody listens": (
        facts(udp=BY_UDP, settings=DIALS_US, server=dataclasses.replace(SERVER, holder="", connected=False)),
        "no-server",
        "start the server",
    ),
    "dials in vain": (
        facts(udp=BY_UDP, settings=DIALS_US, server=dataclasses.replace(SERVER, connected=False, dialling=Dialling())),
        "dials-in-vain",
        "let TCP 1480 from 10.1.0.0/24 to 10.0.0.5 at the firewall between 10.0.0.0/24 and 10.1.0.0/24 through",
    ),
    "knocks in vain": (
        facts(
            udp=BY_UDP,
            settings=DIALS_US,
            server=IN_VAIN,
        ),
        "dials-in-vain",
        "let TCP 1480 from 10.1.0.0/24 to 10.0.0.5 at the firewall of this machine in",
    ),
    "turned away": (
        facts(udp=BY_UDP, settings=DIALS_US, server=dataclasses.replace(SERVER, connected=False, dialling=ANSWERED)),
        "turned-away",
        "knows it, has it blocked, or waits",
    ),
    "begins tls": (
        facts(
            udp=BY_UDP,
            settings=DIALS_US,
            server=dataclasses.replace(
                SERVER, connected=False, dialling=dataclasses.replace(ANSWERED, begins_tls=True)
            ),
        ),
        "tls-expected",
        "begins TLS there",
    ),
    "connected": (facts(tcp(1470, REFUSED), udp=BY_UDP, settings=DIALS_US), "server-mode", "connection to this server"),
    "connection not visible": (
        facts(udp=BY_UDP, settings=DIALS_US, server=dataclasses.replace(SERVER, connected=None)),
        "server-mode",
        "whether it gets through",
    ),
    "direct but shall dial": (
        facts(tcp(1470, IDENTITY), udp=BY_UDP, settings=SETTINGS, server_wanted=True),
        "direct-mode",
        "set it to server mode with the server 10.0.0.5:1480",
    ),
    "clock": (
        facts(tcp(1470, dataclasses.replace(IDENTITY, clock_offset=-400.0)), udp=BY_UDP, settings=SETTINGS),
        "clock-off",
        "6.7 minutes behind",
    ),
    "clock by a zone": (
        facts(tcp(1470, dataclasses.replace(IDENTITY, clock_offset=19_812.0)), udp=BY_UDP, settings=SETTINGS),
        "clock-off",
        "5.5 hours ahead (whole half hours",
    ),
    "udp filtered": (facts(tcp(1470, IDENTITY)), "udp-filtered", "UDP 51110 from 10.0.0.5 to 10.1.0.7"),
    "answers dropped": (
        facts(tcp(1470, IDENTITY), way=BESIDE, udp=dataclasses.replace(BY_UDP, heard=())),
        "answers-dropped",
        "UDP from source port 51110, from 10.1.0.0/24 to 10.1.0.5",
    ),
    "wrong port": (
        facts(tcp(1470, REFUSED), tcp(1999, IDENTITY), udp=BY_UDP),
        "wrong-port",
        "listens on TCP 1999, not on 1470 and 1471",
    ),
    "wrong port by settings": (
        facts(tcp(1470, REFUSED), udp=BY_UDP, settings=dataclasses.replace(SETTINGS, port=1999)),
        "wrong-port",
        "listens on TCP 1999",
    ),
    "its own port filtered": (
        facts(tcp(1470, REFUSED), tcp(1999, FILTERED), udp=BY_UDP, settings=dataclasses.replace(SETTINGS, port=1999)),
        "filtered",
        "TCP 1999 gets no answer",
    ),
    "tls": (facts(tcp(1470, Speaker.TLS)), "tls-expected", "takes TLS only"),
    "tls expired": (
        facts(tcp(1470, Speech(speaker=Speaker.TLS, certificate=expired(-2)))),
        "certificate-expired",
        "expired on 20 November 2026",
    ),
    "tls not yet": (
        facts(
            tcp(
                1470,
                Speech(
                    speaker=Speaker.TLS,
                    certificate=dataclasses.replace(expired(800), not_before=NOW + datetime.timedelta(days=1)),
                ),
            )
        ),
        "certificate-not-yet",
        "not valid before 23 November 2026",
    ),
    "web server": (facts(tcp(1470, Speaker.HTTP)), "other-service", "not a device"),
    "held, closes": (facts(tcp(1470, Speaker.CLOSED_AT_ONCE), udp=BY_UDP), "held", "closes a connection at once"),
    "held, silent": (facts(tcp(1471, Speaker.SILENT)), "held", "takes a connection and says nothing"),
    "held, refuses": (facts(tcp(1470, REFUSED), udp=BY_UDP, settings=SETTINGS), "held", "refuses connections although"),
    "refused": (facts(tcp(1470, REFUSED), tcp(1471, REFUSED), tcp(443, Speaker.HTTP)), "refused", "TCP 443"),
    "filtered, ping": (
        facts(tcp(1470, FILTERED), tcp(1471, FILTERED), presence=PresenceFact(ping_milliseconds=1.0)),
        "filtered",
        "it answers a ping",
    ),
    "filtered, other class": (
        facts(tcp(1470, REFUSED), tcp(1471, FILTERED)),
        "filtered",
        "let TCP 1471 from 10.0.0.5 to 10.1.0.7",
    ),
    "own firewall": (facts(tcp(1470, PortState.FORBIDDEN)), "filtered", "this machine's own firewall"),
    "no way": (facts(way=WayFact(problem="none")), "no-way", "no way to 10.1.0.7"),
    "nothing, on the wire": (
        facts(tcp(1470, FILTERED), way=BESIDE, presence=PresenceFact(asked_wire=True)),
        "nothing-there",
        "nobody on the wire",
    ),
    "nothing, router tells": (
        facts(tcp(1470, FILTERED), presence=PresenceFact(router_says="10.0.0.1 says of 10.1.0.7: nothing answers.")),
        "nothing-there",
        "10.0.0.1 says of 10.1.0.7: nothing answers, so check",
    ),
    "nothing, behind a router": (facts(tcp(1470, FILTERED)), "nothing-there", "a firewall behind 10.0.0.1 drops all"),
    "a server": (facts(tcp(1480, Speaker.BIOSTAR1_SERVER)), "server", "devices can dial it"),
    "a server with an old certificate": (
        facts(tcp(1480, Speech(speaker=Speaker.BIOSTAR1_SERVER, also_tls=True, certificate=expired(-1)))),
        "certificate-expired",
        "TCP 1480",
    ),
    "a BioStar 2 device": (
        facts(
            tcp(51211, Speaker.SILENT),
            wanted_ports=(51211,),
            udp=UdpFact(biostar2=UdpState.ANSWERED, direct=DEVICE2, broadcast=True, heard=(DEVICE2,)),
        ),
        "reached",
        "BioStation 2",
    ),
    "serve-test": (
        facts(tcp(1470, Speaker.SERVE_TEST), tcp(1471, REFUSED), udp=UdpFact(serve_test=True)),
        "path-open",
        "TCP 1470, UDP 51110",
    ),
    "serve-test, one filtered": (
        facts(tcp(1470, Speaker.SERVE_TEST), tcp(1471, FILTERED), udp=UdpFact(serve_test=True)),
        "filtered",
        "TCP 1471 gets no answer",
    ),
    "serve-test, not in the plan": (
        facts(
            tcp(1470, Speaker.SERVE_TEST),
            tcp(1471, FILTERED),
            expected=frozenset({1470}),
        ),
        "path-open",
        "TCP 1470",
    ),
    "serve-test, no udp": (facts(tcp(1470, Speaker.SERVE_TEST)), "filtered", "UDP 51110 gets no answer"),
}


@pytest.mark.parametrize("case", TABLE)
def test_each_case(case: str) -> None:
    found, code, words = TABLE[case]
    verdict = judge(found)
    assert (verdict.code, words in verdict.sentence) == (code, True), verdict.sentence
    assert verdict.sentence.endswith(".")
    assert ". " not in verdict.sentence, "one sentence"
    assert (verdict.kind is Kind.GOOD) == (code in ("reached", "server-mode", "server", "path-open"))


speech = st.one_of(
    st.none(),
    st.builds(
        Speech,
        speaker=st.sampled_from(Speaker),
        device_id=st.sampled_from([None, 10_001, 10_002]),
        clock_offset=st.sampled_from([None, 0.0, 1e9, -7200.0]),
        certificate=st.sampled_from([None, expired(-1), expired(1)]),
    ),
)
way = st.sampled_from([ROUTED, BESIDE, WayFact(problem="none")])


@settings(max_examples=300)
@given(
    ports=st.lists(
        st.builds(
            PortFact, port=st.sampled_from([1470, 1471, 1480, 80]), state=st.sampled_from(PortState), speech=speech
        ),
        max_size=4,
    ),
    udp=st.builds(
        UdpFact,
        biostar1=st.sampled_from(UdpState),
        biostar2=st.sampled_from(UdpState),
        serve_test=st.booleans(),
        direct=st.sampled_from([None, DEVICE, DEVICE2]),
        broadcast=st.booleans(),
        heard=st.sampled_from([(), (DEVICE,), (DEVICE, DEVICE2)]),
    ),
    told=st.sampled_from([None, SETTINGS, DIALS_US, dataclasses.replace(SETTINGS, gateway="", port=9)]),
    way=way,
    host=st.sampled_from(["", THERE]),
    connected=st.sampled_from([None, True, False]),
)
def test_every_set_of_facts_has_a_verdict(
    ports: list[PortFact],
    udp: UdpFact,
    told: NetworkSettings | None,
    way: WayFact,
    host: str,
    connected: bool | None,
) -> None:
    server = dataclasses.replace(SERVER, connected=connected)
    found = facts(*ports, udp=udp, settings=told, way=way, host=host, server=server, target_problem="Unknown name: x.")
    verdict = judge(found)
    assert verdict.sentence
    if verdict.rule is not None:
        assert str(verdict.rule) in verdict.sentence


def site_plan() -> Plan:
    return make_plan(
        Site(
            systems={"doorward": ("direct", "server")},
            hosts=(parse_host("server", f"main={HERE}/24"),),
            device_networks=(parse_device_network("doors=10.1.0.0/24"),),
        )
    )


def test_a_plan_says_what_should_get_through() -> None:
    plan = site_plan()
    assert expected_ports(plan, HERE, THERE) == {0, 1470, 1471}
    assert expected_ports(plan, THERE, HERE) == {1480}
    assert expected_ports(plan, "10.5.0.1", THERE) == frozenset()


OURS = "the firewall of this machine"


@pytest.mark.parametrize(
    ("port", "source", "destination", "place", "outward", "words"),
    [
        (1470, HERE, "10.1.0.0/24", "x", True, "to doors (10.1.0.0/24) at the firewall between"),
        (1470, HERE, THERE, OURS, True, "to doors (10.1.0.0/24) at the firewall of main"),
        (1480, "10.1.0.0/24", HERE, OURS, False, "to main (10.0.0.5) at the firewall of main"),
        (1480, THERE, HERE, "x", False, "TCP 1480 from doors (10.1.0.0/24) to main (10.0.0.5) at the firewall between"),
        (22, HERE, THERE, "x", True, "TCP 22 from 10.0.0.5 to 10.1.0.7 at x"),
        (1470, "10.5.0.1", THERE, "x", True, "TCP 1470 from 10.5.0.1 to 10.1.0.7 at x"),
    ],
)
def test_a_missing_rule_is_named_as_the_plan_has_it(
    port: int, source: str, destination: str, place: str, outward: bool, words: str
) -> None:
    missing = MissingRule(
        protocol="TCP", port=port, source=source, destination=destination, place=place, outward=outward
    )
    verdict = Verdict(code="filtered", kind=Kind.FAULT, sentence=f"Filtered: let {missing} through.", rule=missing)
    named = name_by_plan(verdict, site_plan())
    assert words in named.sentence
    assert str(named.rule) in named.sentence


def test_a_verdict_without_a_rule_stays_as_it_is() -> None:
    verdict = Verdict(code="refused", kind=Kind.FAULT, sentence="Refused.")
    assert name_by_plan(verdict, site_plan()) is verdict

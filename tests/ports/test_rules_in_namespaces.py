"""The rules of each format that Linux loads, applied for real: what the plan names works, all else stays shut."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from doorward.device import connect
from doorward.discovery import (
    NetworkChanges,
    find_device,
    read_network_settings,
    restart,
    search,
    write_network_settings,
)
from doorward.model.errors import DoorwardError, TimedOut
from doorward.model.found import FoundDevice
from doorward.ports.plan import Plan, Rule
from tests.ports.crossing import TRIES, gets_through, is_answered, scan, serving, tcp_state, udp_state
from tests.ports.walled_site import (
    ADDRESSES,
    COMPACT,
    DEVICES,
    LAPTOP,
    OFFICE,
    ROUTER,
    SECOND_GENERATION,
    SERVER,
    STATION,
    Firewalld,
    Iptables,
    Nftables,
    Ufw,
    WalledSite,
    Walls,
    plan,
    walled_site,
    without_rule,
)
from tests.support.namespaces import inside

pytestmark = pytest.mark.root

TCP_PORTS = (
    *(
        22,
        80,
        443,
        445,
        1433,
        1469,
        1470,
        1471,
        1472,
        1479,
        1480,
        1481,
        3306,
        3389,
        5001,
        5432,
        8080,
        8081,
        9000,
        40000,
    ),
    *(51110, 51210, 51211, 51212, 51213, 52000),
)
UDP_PORTS = (53, 123, 161, 1470, 1480, 40000, 51109, 51111, 51209, 51211, 60000)

# One rule for each thing that may be missing: the other formats show with these what nftables shows with all.
TYPICAL = ((SERVER, "in", 1480), (SERVER, "out", 1470), (ROUTER, "forward", 1480), (ROUTER, "forward", 51110))


@pytest.fixture(scope="module")
def made() -> Iterator[WalledSite]:
    with walled_site() as running:
        yield running


def walls_of(kind: type[Walls], made: WalledSite, folder: Path) -> Iterator[Walls]:
    walls = kind(made, folder)
    try:
        walls.raise_all()
        yield walls
    finally:
        walls.lower_all()


@pytest.fixture
def nftables(made: WalledSite, tmp_path: Path) -> Iterator[Walls]:
    yield from walls_of(Nftables, made, tmp_path)


@pytest.fixture
def iptables(made: WalledSite, tmp_path: Path) -> Iterator[Walls]:
    yield from walls_of(Iptables, made, tmp_path)


@pytest.fixture
def ufw(made: WalledSite, tmp_path: Path) -> Iterator[Walls]:
    yield from walls_of(Ufw, made, tmp_path)


@pytest.fixture
def firewalld(made: WalledSite, tmp_path: Path) -> Iterator[Walls]:
    yield from walls_of(Firewalld, made, tmp_path)


def allows(whole: Plan, walls: Walls, machine: str, host: str, port: int) -> bool:
    """Whether every firewall on the way lets a TCP connection through by the plan."""
    source, destination = ipaddress.ip_address(ADDRESSES.get(machine, STATION)), ipaddress.ip_address(host)
    by_address = {address: name for name, address in ADDRESSES.items()}
    on_the_way = []
    if walls.stops_outgoing:
        on_the_way.append((machine, "out"))
    if ADDRESSES.get(machine, STATION).split(".")[1] != host.split(".")[1]:
        on_the_way.append((ROUTER, "forward"))
    on_the_way.append((by_address.get(host, DEVICES), "in"))
    return all(
        any(
            rule.direction == direction
            and rule.protocol == "tcp"
            and rule.ports.first <= port <= rule.ports.last
            and source in rule.source.network
            and destination in rule.destination.network
            for rule in whole.holder(name).rules
        )
        for name, direction in on_the_way
        if name in walls.machines
    )


async def check_that_only_the_plan_passes(made: WalledSite, whole: Plan, walls: Walls) -> None:
    ways = (
        (OFFICE, ADDRESSES[SERVER]),
        (DEVICES, ADDRESSES[SERVER]),
        (LAPTOP, ADDRESSES[SERVER]),
        (SERVER, STATION),
        (LAPTOP, STATION),
        (OFFICE, STATION),
        (DEVICES, ADDRESSES[LAPTOP]),
        (DEVICES, ADDRESSES[OFFICE]),
        (SERVER, ADDRESSES[LAPTOP]),
    )
    found = await asyncio.gather(*(scan(made, machine, host, TCP_PORTS, "tcp") for machine, host in ways))
    for (machine, host), states in zip(ways, found, strict=True):
        expected = {port for port in TCP_PORTS if allows(whole, walls, machine, host, port)}
        for _ in range(TRIES):
            missed = [port for port in expected if states[port] == "silent"]
            states |= await scan(made, machine, host, missed, "tcp")
        assert {port for port, state in states.items() if state != "silent"} == expected, (machine, host)
    guarded = [way for way in ways if walls.stops_outgoing or way != (LAPTOP, STATION)]
    found = await asyncio.gather(*(scan(made, machine, host, UDP_PORTS, "udp") for machine, host in guarded))
    for way, states in zip(guarded, found, strict=True):
        assert set(states.values()) == {"silent"}, way
    for source_port, port, passes in (
        (51110, 40000, True),
        (51110, 22, walls.format_name == "firewalld"),  # its rules have room for one port
        (51111, 40000, False),
    ):
        for _ in range(TRIES if passes else 1):
            state = await udp_state(made, DEVICES, ADDRESSES[LAPTOP], port, source_port=source_port)
            if state == "refused":
                break
        assert state == ("refused" if passes else "silent"), (source_port, port)


async def check_everyday_work(made: WalledSite, everybody: set[str]) -> None:
    """Server mode, direct mode, search, settings and reset."""
    async with serving(made) as server:
        # The device has dialled in vain until now, and dials again.
        async with asyncio.timeout(40):
            while 20001 not in server.guests or server.guests[20001].request_stream is None:  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.05)
    with inside(made.names[SERVER]):
        async with await connect(STATION, 1470, timeout=10, dial_timeout=10) as device:
            assert device.device_id == 10001
    with inside(made.names[LAPTOP]):
        for _ in range(TRIES):
            everyone = await search(timeout=0.7)
            if {item.address for item in everyone.devices} == everybody:
                break
        assert {item.address for item in everyone.devices} == everybody
        found = next(item for item in everyone.devices if item.address == COMPACT)
        # Asked by broadcast, as for a device whose own address leads nowhere; its number says who is meant.
        lost = replace(found, foreign_subnet=True)
        before = await read_network_settings(lost, timeout=2)
        change = await write_network_settings(
            lost, NetworkChanges(server_address="10.71.0.5" if before.server_address != "10.71.0.5" else "10.71.0.6")
        )
        assert change.written
    with inside(made.names[SERVER]):
        # No broadcast crosses the router; by address everything works.
        assert (await search(timeout=0.4)).devices == ()
        across = await find_again(COMPACT, 10002)
        assert (await read_network_settings(across, timeout=2)).address == COMPACT
        await restart(await find_again(STATION, 10001), timeout=2)
        await find_again(STATION, 10001)


async def find_again(address: str, device_id: int) -> FoundDevice:
    """Find a device that may be restarting."""
    async with asyncio.timeout(40):
        while True:
            try:
                return await find_device(device_id, addresses=[address], timeout=0.7)
            except DoorwardError:
                continue


async def check_twice_and_away(walls: Walls, whole: Plan, machine: str) -> None:
    """Applying again changes nothing, an older plan leaves nothing behind, and what is taken away is gone."""
    holder = whole.holder(machine)
    bare = walls.state(machine)
    walls.apply(holder)
    once = walls.state(machine)
    assert once != bare
    walls.apply(holder)
    assert walls.state(machine) == once
    walls.apply(without_rule(holder, 0))
    assert walls.state(machine) not in (once, bare)
    walls.take_away(holder)
    assert walls.state(machine) == bare
    walls.take_away(holder)
    assert walls.state(machine) == bare


async def check_that_each_rule_is_needed(
    walls: Walls, whole: Plan, made: WalledSite, typical: tuple[tuple[str, str, int], ...] | None
) -> int:
    """Take one rule out at a time: just what it is for stops."""
    missing: Rule | None = None
    tried = 0
    for machine in walls.machines:
        holder = whole.holder(machine)
        for number, rule in enumerate(holder.rules):
            if typical is not None and (machine, rule.direction, rule.ports.first) not in typical:
                continue
            tried += 1
            walls.apply(without_rule(holder, number))
            assert not await is_answered(made, rule.flow), rule.title
            if missing is not None and missing.flow.key != rule.flow.key:
                assert await gets_through(made, missing.flow), missing.title
            missing = rule
        walls.apply(holder)
    return tried


async def test_a_scan_sees_what_no_firewall_stops(made: WalledSite) -> None:
    for machine, host in ((OFFICE, ADDRESSES[SERVER]), (DEVICES, ADDRESSES[LAPTOP])):
        assert set((await scan(made, machine, host, TCP_PORTS, "tcp")).values()) == {"refused"}
        assert set((await scan(made, machine, host, UDP_PORTS, "udp")).values()) == {"refused"}
    assert await tcp_state(made, SERVER, STATION, 1470) == "open"


async def test_nothing_passes_before_the_rules(made: WalledSite, nftables: Walls) -> None:
    async with serving(made):
        for flow in plan().flows:
            assert not await is_answered(made, flow), flow


@pytest.mark.parametrize("kind", ["nftables", "iptables"])
async def test_the_rules_let_through_what_is_planned_and_nothing_else(
    made: WalledSite, kind: str, request: pytest.FixtureRequest
) -> None:
    walls: Walls = request.getfixturevalue(kind)
    whole = plan()
    for machine in (SERVER, ROUTER):
        await check_twice_and_away(walls, whole, machine)
    walls.apply_all(whole)
    await check_everyday_work(made, {STATION, COMPACT, SECOND_GENERATION})
    async with serving(made):
        for flow in whole.flows:
            assert await gets_through(made, flow), flow
    await check_that_only_the_plan_passes(made, whole, walls)


async def test_nftables_without_any_one_rule(made: WalledSite, nftables: Walls) -> None:
    whole = plan()
    nftables.apply_all(whole)
    async with serving(made):
        tried = await check_that_each_rule_is_needed(nftables, whole, made, None)
    assert tried == len(whole.rules)


async def test_iptables_without_typical_rules(made: WalledSite, iptables: Walls) -> None:
    whole = plan()
    iptables.apply_all(whole)
    async with serving(made):
        assert await check_that_each_rule_is_needed(iptables, whole, made, TYPICAL) >= len(TYPICAL)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", ["ufw", "firewalld"])
@pytest.mark.long
async def test_front_ends_let_through_what_is_planned_and_nothing_else(
    made: WalledSite, kind: str, request: pytest.FixtureRequest
) -> None:
    walls: Walls = request.getfixturevalue(kind)
    whole = plan(without=("biostar2-devices", "small-models"))  # each rule takes these a while
    walls.apply_all(whole)
    await check_everyday_work(made, {STATION, COMPACT})
    await check_that_only_the_plan_passes(made, whole, walls)
    holder = whole.holder(LAPTOP)
    once = walls.state(LAPTOP)
    walls.apply(holder)
    assert walls.state(LAPTOP) == once
    answers = [rule for rule in holder.rules if rule.flow.answer]
    assert answers
    walls.take_away(holder)
    assert "doorward" not in walls.state(LAPTOP)
    for rule in answers:
        assert not await is_answered(made, rule.flow)


async def test_a_table_of_another_name_is_used(made: WalledSite, nftables: Walls) -> None:
    from doorward.ports.rules import render_rules

    made.inside(SERVER, "nft", "flush", "ruleset")
    made.inside(
        SERVER,
        "nft",
        "-f",
        "-",
        text="table inet walls {\nchain input {\ntype filter hook input priority 0; policy drop\n"
        "ct state established,related accept\n}\n}\n",
    )
    with pytest.raises(AssertionError, match="Name the table"):
        nftables.script(SERVER, render_rules(plan(), SERVER, "nftables"))
    nftables.script(SERVER, render_rules(plan(), SERVER, "nftables", table="inet walls"))
    nftables.apply(plan().holder(ROUTER))
    async with serving(made):
        assert await tcp_state(made, DEVICES, ADDRESSES[SERVER], 1480) == "open"
    nftables.script(SERVER, render_rules(plan(), SERVER, "nftables", table="inet walls", remove=True))
    assert "doorward" not in nftables.state(SERVER)


async def test_a_silent_device_is_told_of(made: WalledSite, nftables: Walls) -> None:
    """Without the rule for answers a broadcast finds nobody, and by address the device is there."""
    holder = plan().holder(LAPTOP)
    nftables.apply(replace(holder, rules=tuple(rule for rule in holder.rules if not rule.flow.answer)))
    with inside(made.names[LAPTOP]):
        assert (await search(timeout=0.4)).devices == ()
        known = await find_device(10002, addresses=[COMPACT], timeout=5)
        assert (await read_network_settings(known, timeout=2)).address == COMPACT
        with pytest.raises(TimedOut):
            await read_network_settings(replace(known, foreign_subnet=True), timeout=0.6)

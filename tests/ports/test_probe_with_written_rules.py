"""The rules as they are written for nftables, with one of them left out: the probe names just that one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from doorward.ports.plan import FORWARD, OUT, Rule
from doorward.ports.probe import ProbeResult
from tests.ports.probe_site import result_of
from tests.ports.walled_site import (
    COMPACT,
    LAPTOP,
    ROUTER,
    SERVER,
    STATION,
    Nftables,
    WalledSite,
    plan,
    walled_site,
    without_rule,
)
from tests.support.namespaces import inside

pytestmark = pytest.mark.root


@pytest.fixture(scope="module")
def made() -> Iterator[WalledSite]:
    with walled_site() as running:
        yield running


@pytest.fixture
def walls(made: WalledSite, tmp_path: Path) -> Iterator[Nftables]:
    walls = Nftables(made, tmp_path)
    walls.raise_all()
    walls.apply_all(plan())
    yield walls
    walls.lower_all()


async def look(made: WalledSite, machine: str, host: str) -> ProbeResult:
    with inside(made.names[machine]):
        return await result_of(host, interfaces=(), plan=plan())


def place_of(machine: str, direction: str, port: int, *, answer: bool = False) -> tuple[int, Rule]:
    return next(
        (number, rule)
        for number, rule in enumerate(plan().holder(machine).rules)
        if rule.direction == direction
        and rule.flow.answer is answer
        and not rule.flow.broadcast
        and (rule.source_ports if answer and rule.source_ports else rule.ports).first == port
        and (machine != ROUTER or rule.source.name == SERVER)
    )


async def test_with_all_rules_all_is_well(made: WalledSite, walls: Nftables) -> None:
    for machine in (SERVER, LAPTOP):
        result = await look(made, machine, STATION)
        assert (result.verdict.code, result.verdict.rule) == ("reached", None), result.verdict.sentence


@pytest.mark.parametrize(
    ("machine", "direction", "port", "host", "code"),
    [
        (ROUTER, FORWARD, 1470, STATION, "filtered"),
        (ROUTER, FORWARD, 1471, COMPACT, "filtered"),
        (ROUTER, FORWARD, 51110, STATION, "udp-filtered"),
        (SERVER, OUT, 1470, STATION, "filtered"),
        (SERVER, OUT, 51110, STATION, "udp-filtered"),
    ],
)
async def test_without_one_rule_just_that_one_is_named(
    made: WalledSite, walls: Nftables, machine: str, direction: str, port: int, host: str, code: str
) -> None:
    number, rule = place_of(machine, direction, port)
    walls.apply(without_rule(plan().holder(machine), number))
    result = await look(made, SERVER, host)
    place = f"the firewall {machine}" if machine == ROUTER else f"the firewall of {machine}"
    assert (result.verdict.code, str(result.verdict.rule)) == (code, f"{rule.title} at {place}")
    assert f"let {result.verdict.rule}" in result.verdict.sentence


async def test_without_the_rule_for_answers_that_one_is_named(made: WalledSite, walls: Nftables) -> None:
    number, rule = place_of(LAPTOP, "in", 51110, answer=True)
    walls.apply(without_rule(plan().holder(LAPTOP), number))
    result = await look(made, LAPTOP, STATION)
    assert result.verdict.code == "answers-dropped", result.verdict.sentence
    assert str(result.verdict.rule) == (
        f"UDP from source port 51110, from {rule.source} to {rule.destination} at the firewall of {LAPTOP}"
    )

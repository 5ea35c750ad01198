from __future__ import annotations

from collections import Counter

import pytest

from doorward.model.errors import InvalidInput
from doorward.protocol.biostar1.records.logs import read_log_records
from doorward.simulator.faults import Fault, FaultPlan
from doorward.simulator.people import fill_people
from doorward.simulator.traffic import Traffic, TrafficPlan, history
from doorward.simulator.virtual_device import VirtualDevice
from tests.simulator.talk import HostClock


def busy_device(seed: int, plan: TrafficPlan | None = None, model: str = "bioentry-plus") -> VirtualDevice:
    clock = HostClock()
    device = VirtualDevice(1, model, host_time=clock)
    fill_people(device, 20)
    traffic = Traffic(device, plan, seed=seed)
    for _ in range(2000):
        traffic.step()
        clock.now += 7
    return device


def test_the_same_seed_does_the_same() -> None:
    logs = [busy_device(seed).log.content for seed in (1, 1, 2)]
    assert logs[0] == logs[1] != logs[2]


def test_shares() -> None:
    plan = TrafficPlan(denied_share=0.3, duress_share=0.1, forced_share=0.05, button_share=0.2)
    events = Counter(record.event for record in read_log_records(busy_device(1, plan).log.content))
    people = 2000 * 0.75
    assert 0.25 < events[0x4A] / people < 0.35  # unknown cards
    assert 0.04 < events[0x86] / 2000 < 0.07  # forced open
    assert 0.16 < events[0x54] / 2000 < 0.25  # exit button


def test_a_device_without_people_is_still_visited() -> None:
    device = VirtualDevice(1, "xpass")
    traffic = Traffic(device, TrafficPlan(forced_share=0, button_share=0))
    traffic.step()
    assert device.log.content[0] == 0x4A


@pytest.mark.parametrize("values", [{"swipes_a_minute": -1}, {"denied_share": 1.1}, {"forced_share": -0.1}])
def test_plans_that_make_no_sense_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(InvalidInput):
        TrafficPlan(**values)


def test_history_has_all_kinds_and_equal_records() -> None:
    device = VirtualDevice(1, "xpass", host_time=HostClock())
    fill_people(device, 3)
    history(device, 30_000, days=2)
    found = read_log_records(device.log.content)
    assert {0x27, 0x8A, 0x82, 0x84, 0x4A, 0x6E, 0x88, 0x86, 0x62} == {record.event for record in found}
    assert len(set(found)) < len(found)
    with pytest.raises(InvalidInput):
        history(device, 5, days=0)


def test_faults_by_chance_are_the_same_for_the_same_seed() -> None:
    def draw(seed: int) -> list[Fault | None]:
        plan = FaultPlan(seed)
        plan.with_probability({Fault.BUSY: 0.1, Fault.DROP_LINE: 0.2})
        return [plan.next_fault()[0] for _ in range(1000)]

    assert draw(1) == draw(1) != draw(2)
    counts = Counter(draw(3))
    assert 60 < counts[Fault.BUSY] < 140
    assert 150 < counts[Fault.DROP_LINE] < 250
    with pytest.raises(InvalidInput, match="at most 1"):
        FaultPlan().with_probability({Fault.BUSY: 0.6, Fault.STALL: 0.6})
    with pytest.raises(InvalidInput, match="next"):
        FaultPlan().at_reply(0, Fault.BUSY)


def test_planned_faults_come_at_their_reply_and_can_be_called_off() -> None:
    plan = FaultPlan()
    plan.at_reply(2, Fault.STALL)
    plan.busy_for(1)
    assert [plan.next_fault()[0] for _ in range(3)] == [Fault.BUSY, Fault.STALL, None]
    plan.at_reply(1, Fault.STALL)
    plan.clear()
    assert plan.next_fault()[0] is None

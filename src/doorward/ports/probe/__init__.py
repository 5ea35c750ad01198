"""Why a device is not reached: looked at step by step, ending in one sentence.

Example::

    tools = DiscoveryTools(search, read_network_settings, QUESTIONS)  # of doorward.discovery
    async for event in probe(ProbeRequest.parse("192.168.1.20"), tools):
        if isinstance(event, Step):
            print(event.title, event.state.value, event.text)
        else:
            print(event.verdict.sentence)
"""

from doorward.ports.probe.discovery_tools import DiscoveryTools
from doorward.ports.probe.facts import Facts
from doorward.ports.probe.request import Limits, ProbeRequest
from doorward.ports.probe.rule import MissingRule
from doorward.ports.probe.run import ProbeEvent, ProbeResult, probe, probe_result
from doorward.ports.probe.steps import Step, StepState
from doorward.ports.probe.verdict import Kind, Verdict, judge

__all__ = [
    "DiscoveryTools",
    "Facts",
    "Kind",
    "Limits",
    "MissingRule",
    "ProbeEvent",
    "ProbeRequest",
    "ProbeResult",
    "Step",
    "StepState",
    "Verdict",
    "judge",
    "probe",
    "probe_result",
]

"""What a plan of the site says of the way: which ports should get through, and which of its rules is missing."""

from __future__ import annotations

import dataclasses
import ipaddress

from doorward.ports.catalogue import TCP
from doorward.ports.flows import lies_in
from doorward.ports.plan import FIREWALL, HOST, OUT, Plan, Rule
from doorward.ports.probe.facts import UDP_SEARCH
from doorward.ports.probe.rule import OWN_FIREWALL, MissingRule
from doorward.ports.probe.verdict import Verdict

_SEARCH_PORT = 51110


def expected_ports(plan: Plan, source: str, destination: str) -> frozenset[int]:
    """The TCP ports, and UDP search, that a plan opens from one address to another; all rules of the way together."""
    found: set[int] = set()
    for rule in plan.rules:
        if not _joins(rule, source, destination) or rule.flow.answer or rule.flow.broadcast:
            continue
        if rule.protocol == TCP:
            found.update(range(rule.ports.first, rule.ports.last + 1))
        elif rule.ports.first <= _SEARCH_PORT <= rule.ports.last:
            found.add(UDP_SEARCH)
    return frozenset(found)


def name_by_plan(verdict: Verdict, plan: Plan) -> Verdict:
    """Name the missing rule as the plan has it; the verdict stays as it is where the plan has no such rule.

    Args:
        verdict: The verdict.
        plan: The plan of the site.
    """
    missing = verdict.rule
    if missing is None:
        return verdict
    rules = [rule for rule in plan.rules if _is(rule, missing)]
    if not rules:
        return verdict
    kinds = {holder.name: holder.kind for holder in plan.holders}
    between = [rule for rule in rules if kinds[rule.holder] == FIREWALL]
    at_hosts = [rule for rule in rules if kinds[rule.holder] == HOST]
    if missing.place == OWN_FIREWALL and at_hosts:
        ours = [rule for rule in at_hosts if (rule.direction == OUT) == missing.outward]
        chosen = (ours or at_hosts)[0]
        place = f"the firewall of {chosen.holder}"
    else:
        chosen = (between or rules)[0]
        place = f"the firewall {chosen.holder}" if between else f"the firewall of {chosen.holder}"
    named = dataclasses.replace(
        missing, source=str(chosen.source), destination=str(chosen.destination), place=place, planned=True
    )
    return dataclasses.replace(verdict, rule=named, sentence=verdict.sentence.replace(str(missing), str(named)))


def _is(rule: Rule, missing: MissingRule) -> bool:
    if rule.protocol.upper() != missing.protocol or rule.flow.broadcast:
        return False
    if missing.by_source_port:
        ports = rule.source_ports
        return ports is not None and ports.first <= missing.port <= ports.last and _meets(rule, missing)
    return rule.source_ports is None and rule.ports.first <= missing.port <= rule.ports.last and _meets(rule, missing)


def _meets(rule: Rule, missing: MissingRule) -> bool:
    """Whether a rule speaks of the same ends: a network that the probe only guessed may be wider than the plan's."""
    for ours, planned in ((missing.source, rule.source.network), (missing.destination, rule.destination.network)):
        network = ipaddress.ip_network(ours, strict=False)
        if not lies_in(network, planned) and not lies_in(planned, network):
            return False
    return True


def _joins(rule: Rule, source: str, destination: str) -> bool:
    return lies_in(ipaddress.ip_network(source), rule.source.network) and lies_in(
        ipaddress.ip_network(destination), rule.destination.network
    )

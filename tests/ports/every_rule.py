"""A plan with every kind of rule, its machines by format, and the same with words that no check would let in."""

from __future__ import annotations

import dataclasses

from doorward.ports.flows import End
from doorward.ports.plan import FIREWALL, Holder, Rule
from tests.ports.sites import everything

HOSTS_ONLY = ("powershell", "netsh", "terraform-aws", "terraform-azure", "terraform-gcp")
PLAN = everything()
EVIL = "x'; reboot #\"; reboot `reboot` $(reboot) %PATH% ${reboot} %{reboot}\nreboot & reboot | reboot > x </x> --> \\"


def supported(name: str) -> list[Holder]:
    if name in HOSTS_ONLY:
        return [item for item in PLAN.holders if item.kind != FIREWALL]
    if name == "mikrotik":
        return [item for item in PLAN.holders if item.kind == FIREWALL]
    return list(PLAN.holders)


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

"""Verdicts about addresses and the way: nobody there, two there, another subnet, a filter between."""

from __future__ import annotations

import ipaddress

from doorward.ports.probe.facts import Facts, PortFact, PortState, UdpState
from doorward.ports.probe.rule import OWN_FIREWALL, rule_toward
from doorward.ports.probe.verdict import Kind, Verdict


def no_such_target(facts: Facts) -> Verdict | None:
    """The target has no address to look at."""
    if facts.host:
        return None
    if facts.device_id is None:
        return Verdict(code="unknown-name", kind=Kind.FAULT, sentence=facts.target_problem)
    others = ", ".join(map(str, facts.udp.others[:5]))
    heard = f"other devices did ({others})" if others else "nor did any other device"
    return Verdict(
        code="nothing-there",
        kind=Kind.FAULT,
        sentence=f"Nothing is there: device {facts.device_id} does not answer a search on any network card, {heard}, "
        "so check its power and cable, let UDP 51110 and 51210 through, or name its address if a router is between.",
        commands=("doorward search", "doorward ports probe ADDRESS"),
    )


def address_conflict(facts: Facts) -> Verdict | None:
    """Two machines have the address, or two devices the number."""
    target = facts.host
    if len(facts.presence.hardware) > 1:
        who = " and ".join(facts.presence.hardware)
        return _conflict(
            f"Address conflict: {target} is claimed by two machines ({who}), so packets reach now one and now the "
            "other: give one of them another address."
        )
    here = {item.device_id for item in facts.udp.heard if item.address == target}
    if len(here) > 1:
        who = " and ".join(map(str, sorted(here)))
        return _conflict(
            f"Address conflict: the devices {who} both have the address {target}, so a connection reaches now one and "
            "now the other: give one of them another address."
        )
    places = {item.address for item in facts.udp.heard if item.device_id == facts.device_id}
    if facts.device_id is not None and len(places) > 1:
        return _conflict(
            f"Address conflict: the number {facts.device_id} is claimed from {' and '.join(sorted(places))}, so one of "
            "them is not the device that is meant: find out which before anything is changed."
        )
    return None


def _conflict(sentence: str) -> Verdict:
    return Verdict(
        code="address-conflict", kind=Kind.FAULT, sentence=sentence, commands=("doorward network set ID --ip ADDRESS",)
    )


def wrong_subnet(facts: Facts) -> Verdict | None:
    """The device's address, mask or gateway does not fit the network that it is in."""
    lost = next((item for item in facts.udp.heard if item.foreign_subnet and item.address == facts.host), None)
    if lost is not None and facts.udp.direct is None and not _dialled(facts):
        return Verdict(
            code="wrong-subnet",
            kind=Kind.FAULT,
            sentence=f"Wrong subnet: device {lost.device_id} is on the wire of {lost.interface or 'this machine'} but "
            f"has the address {lost.address}, which lies in no subnet of this machine: give it an address of "
            f"{_own_network(facts)}.",
            commands=(f"doorward network set {lost.device_id} --ip ADDRESS --mask MASK --gateway GATEWAY",),
        )
    return _settings_do_not_fit(facts)


def _own_network(facts: Facts) -> str:
    return facts.way.network if facts.way.network and not facts.way.network.endswith("/32") else "this subnet"


def _settings_do_not_fit(facts: Facts) -> Verdict | None:
    settings, local = facts.settings, facts.way.local_address
    if (
        settings is None
        or facts.udp.direct is not None
        or _dialled(facts)
        or not local
        or ipaddress.IPv4Address(local).is_loopback
    ):
        return None
    try:
        network = ipaddress.IPv4Network(f"{settings.address}/{settings.mask}", strict=False)
    except ValueError:
        return None
    if ipaddress.IPv4Address(local) in network:
        return None
    gateway = settings.gateway
    if gateway and ipaddress.IPv4Address(gateway) in network:
        return None
    fault = f"its gateway {gateway} lies outside of it" if gateway else "it has no gateway"
    return Verdict(
        code="wrong-subnet",
        kind=Kind.FAULT,
        sentence=f"Wrong subnet: by its mask {settings.mask} the device is in {network}, this machine ({local}) is "
        f"not, and {fault}, so it cannot answer: set its mask and gateway as its network has them.",
        commands=(f"doorward network set {facts.device_id or 'ID'} --mask MASK --gateway GATEWAY",),
    )


def _dialled(facts: Facts) -> bool:
    """Whether any connection came about, so that packets do find their way both ways."""
    return any(fact.state in (PortState.OPEN, PortState.REFUSED) for fact in facts.ports)


def no_way(facts: Facts) -> Verdict | None:
    """This machine itself knows no way, or lets nothing out."""
    if facts.way.problem:
        return Verdict(
            code="no-way",
            kind=Kind.FAULT,
            sentence=f"This machine has no way to {facts.host}: none of its subnets holds the address and no gateway "
            "leads there, so check the address, or the mask and gateway of this machine.",
        )
    forbidden = next((fact for fact in facts.wanted if fact.state is PortState.FORBIDDEN), None)
    if forbidden is not None:
        rule = rule_toward(facts, "TCP", forbidden.port, OWN_FIREWALL)
        return Verdict(
            code="filtered",
            kind=Kind.FAULT,
            sentence=f"Filtered: this machine's own firewall does not let TCP {forbidden.port} to {facts.host} out: "
            f"let {rule} out.",
            rule=rule,
        )
    return None


def filtered(facts: Facts) -> Verdict | None:
    """The host is there, the wanted port does not answer."""
    own = facts.port(facts.settings.port) if facts.settings is not None else None
    suspects = [
        fact
        for fact in (*facts.wanted, *((own,) if own is not None and own not in facts.wanted else ()))
        if fact.state in (PortState.FILTERED, PortState.REJECTED)
    ]
    if not suspects or not facts.alive:
        return None
    suspect = _likeliest(facts, suspects)
    if suspect is None:
        return None
    rule = rule_toward(facts, "TCP", suspect.port)
    shown = _sign_of_life(facts)
    return Verdict(
        code="filtered",
        kind=Kind.FAULT,
        sentence=f"Filtered: {facts.host} is there ({shown}), but TCP {suspect.port} gets no answer, so a firewall "
        f"drops it: let {rule} through.",
        commands=("doorward ports rules --help",),
        rule=rule,
    )


def _likeliest(facts: Facts, suspects: list[PortFact]) -> PortFact | None:
    """Which of the silent ports is the device's own; None when another wanted one says that it is not here."""
    device = facts.udp.device
    number = facts.settings.port if facts.settings is not None else device.port if device is not None else None
    if number is not None:
        return next((fact for fact in suspects if fact.port == number), None)
    return suspects[0]


def _sign_of_life(facts: Facts) -> str:
    if UdpState.ANSWERED in (facts.udp.biostar1, facts.udp.biostar2):
        return "it answers by UDP"
    other = next((fact for fact in facts.ports if fact.state in (PortState.OPEN, PortState.REFUSED)), None)
    if other is not None:
        return f"TCP {other.port} is {other.state.value}"
    if facts.presence.ping_milliseconds is not None:
        return "it answers a ping"
    return "it answers on the wire"


def nothing_there(facts: Facts) -> Verdict:
    """Nothing came back from the address at all; takes whatever is left."""
    if facts.way.same_subnet and facts.presence.asked_wire:
        sentence = (
            f"Nothing is there: nobody on the wire has the address {facts.host}, so check its power, its cable and the "
            "address, and search for the device."
        )
    elif facts.presence.router_says:
        says = facts.presence.router_says.rstrip(".")
        sentence = (
            f"Nothing is there: {says}, so check the address and that the device has power and network on the other "
            "side of the router."
        )
    else:
        between = (
            "" if facts.way.same_subnet else f", or a firewall behind {facts.way.gateway or 'the router'} drops all"
        )
        sentence = (
            f"Nothing is there: {facts.host} answers neither TCP nor UDP nor a ping, so it is switched off, "
            f"unplugged or has another address{between}: check power, cable and address, and search for the device."
        )
    return Verdict(code="nothing-there", kind=Kind.FAULT, sentence=sentence, commands=("doorward search",))

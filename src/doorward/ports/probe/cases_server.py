"""Verdicts about devices in server mode: these dial, so their own TCP port says nothing."""

from __future__ import annotations

from doorward.model.network_settings import SERVER, NetworkSettings
from doorward.ports.probe.facts import Facts
from doorward.ports.probe.rule import OWN_FIREWALL, rule_from
from doorward.ports.probe.settings import dialled
from doorward.ports.probe.verdict import Kind, Verdict


def _in_server_mode(facts: Facts) -> NetworkSettings | None:
    return facts.settings if facts.settings is not None and facts.settings.mode == SERVER else None


def _name(facts: Facts) -> str:
    return f"device {facts.device_id}" if facts.device_id is not None else f"the device at {facts.host}"


def points_elsewhere(facts: Facts) -> Verdict | None:
    """The device dials another server, or the right one on another port."""
    settings = _in_server_mode(facts)
    if settings is None:
        return None
    place = dialled(settings)
    server = facts.server
    if place.host in server.addresses and place.port == server.port:
        return None
    here = place.host in server.addresses
    wanted = f"TCP {server.port}" if here else f"{address_to_dial(facts)}:{server.port}"
    what = f"dials port {place.port} of this server, which listens on {server.port}" if here else (
        f"is in server mode and dials {place}, not this server"
    )  # fmt: skip
    target = place.host if here else address_to_dial(facts)
    return Verdict(
        code="points-elsewhere",
        kind=Kind.FAULT,
        sentence=f"The device points at another server: {_name(facts)} {what}, so set its server to {wanted}, or ask "
        "who runs the other one.",
        commands=(
            f"doorward network set {facts.device_id or 'ID'} --mode server --server {target}:{server.port}",
            f"doorward network set {facts.device_id or 'ID'} --mode direct",
        ),
    )


def address_to_dial(facts: Facts) -> str:
    """The address by which the device can reach the server: as told, else the one that packets to it leave with."""
    server = facts.server
    if server.told:
        return server.told
    if facts.way.local_address in server.addresses:
        return facts.way.local_address
    return server.addresses[0] if server.addresses else "SERVER"


def no_server_here(facts: Facts) -> Verdict | None:
    """The device dials this machine, where nobody listens."""
    if _in_server_mode(facts) is None or not facts.server.is_here or facts.server.holder:
        return None
    return Verdict(
        code="no-server",
        kind=Kind.FAULT,
        sentence=f"No server listens: {_name(facts)} dials this machine on TCP {facts.server.port}, where no program "
        "listens, so start the server.",
        commands=("doorward serve",),
    )


def dials_in_vain(facts: Facts) -> Verdict | None:
    """The device dials this machine, a server listens, and no connection stands."""
    if _in_server_mode(facts) is None or not facts.server.is_here or facts.server.connected is not False:
        return None
    seen = facts.server.dialling
    if seen is not None and seen.answered:
        return _turned_away(facts, begins_tls=seen.begins_tls)
    port = facts.server.port
    if seen is not None and seen.knocks:
        rule = rule_from(facts, port, OWN_FIREWALL)
        why = (
            "its packets reach this machine and get no answer, so this machine's own firewall drops them: let "
            f"{rule} in"
        )
    else:
        rule = rule_from(facts, port)
        why = f"no connection of it stands, so a firewall drops it: let {rule} through"
        if seen is None:
            why += ", and look whether the server turns the device away"
    return Verdict(
        code="dials-in-vain",
        kind=Kind.FAULT,
        sentence=f"Filtered: {_name(facts)} dials this server on TCP {port} and {why}.",
        commands=("doorward ports rules --help", "doorward devices list"),
        rule=rule,
    )


def _turned_away(facts: Facts, *, begins_tls: bool) -> Verdict:
    reaches = f"{_name(facts)} reaches TCP {facts.server.port} of this machine"
    if begins_tls:
        return Verdict(
            code="tls-expected",
            kind=Kind.FAULT,
            sentence=f"TLS is expected: {reaches} and begins TLS there, and the server ends the connection, so issue "
            "the device a certificate of this server, or set it to a connection without SSL.",
            commands=("doorward devices certificate --help",),
        )
    return Verdict(
        code="turned-away",
        kind=Kind.FAULT,
        sentence=f"The server turns it away: {reaches} and its connection is ended again, so look whether the server "
        "knows it, has it blocked, or waits for somebody to approve it.",
        commands=("doorward devices list", f"doorward devices approve {facts.device_id or 'ID'}"),
    )


def is_connected(facts: Facts) -> Verdict | None:
    """The device is in server mode and all that can be seen is well."""
    if _in_server_mode(facts) is None:
        return None
    if facts.server.connected:
        sentence = f"All is well: {_name(facts)} is in server mode and its connection to this server stands."
    else:
        sentence = (
            f"{_name(facts).capitalize()} is in server mode and dials "
            f"{facts.server.addresses[0]}:{facts.server.port} as "
            "it should; whether it gets through can be seen on that machine only."
        )
    return Verdict(code="server-mode", kind=Kind.GOOD, sentence=sentence)

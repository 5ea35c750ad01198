"""Verdicts about what answers: the device itself, another one, TLS, another service, nobody."""

from __future__ import annotations

from doorward.model.found import BIOSTAR2
from doorward.model.network_settings import DIRECT, SERVER
from doorward.ports.probe.cases_server import address_to_dial
from doorward.ports.probe.facts import NOBODY, UDP_SEARCH, Facts, PortFact, PortState, Speaker, Speech, UdpState
from doorward.ports.probe.rule import OWN_FIREWALL, rule_for_answers, rule_toward
from doorward.ports.probe.verdict import Kind, Verdict

_SILENT = (UdpState.SILENT, UdpState.FORBIDDEN)
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def _device_port(facts: Facts) -> PortFact | None:
    return next(iter(facts.speaking(Speaker.BIOSTAR1_DEVICE)), None)


def path_under_test(facts: Facts) -> Verdict | None:
    """`doorward serve-test` stands where the device or server will be: say which ports get through."""
    open_ports = [fact.port for fact in facts.speaking(Speaker.SERVE_TEST)]
    if not open_ports and not facts.udp.serve_test:
        return None
    matter = facts.wanted
    if facts.expected is not None:
        matter = tuple(fact for fact in facts.ports if fact.port in facts.expected)
    shut = [fact for fact in matter if fact.state in (PortState.FILTERED, PortState.REJECTED, PortState.FORBIDDEN)]
    through = [f"TCP {port}" for port in open_ports] + (["UDP 51110"] if facts.udp.serve_test else [])
    found = f"doorward serve-test answers at {facts.host} on {', '.join(through)}"
    rule = rule_toward(facts, "TCP", shut[0].port) if shut else None
    udp_matters = facts.expected is None or UDP_SEARCH in facts.expected
    if rule is None and udp_matters and not facts.udp.serve_test and facts.udp.biostar1 in _SILENT:
        rule = rule_toward(facts, "UDP", 51110)
    if rule is not None:
        return Verdict(
            code="filtered",
            kind=Kind.FAULT,
            sentence=f"Filtered: {found}, but {rule.protocol} {rule.port} gets no answer: let {rule} through.",
            commands=("doorward ports rules --help",),
            rule=rule,
        )
    return Verdict(
        code="path-open", kind=Kind.GOOD, sentence=f"The path is open: {found}, so the device can take its place."
    )


def other_device(facts: Facts) -> Verdict | None:
    """Another device than the one that was named answers at its address."""
    fact = _device_port(facts)
    if fact is None or fact.speech is None or facts.device_id in (None, fact.speech.device_id):
        return None
    return Verdict(
        code="other-device",
        kind=Kind.FAULT,
        sentence=f"Another device is there: {facts.host} is device {fact.speech.device_id}, not {facts.device_id}, so "
        "search for the device to learn its present address.",
        commands=("doorward search",),
    )


def device_on_the_wanted_port(facts: Facts) -> Verdict | None:
    """The device answers where it should; what else is wrong with it?"""
    fact = next((item for item in facts.wanted if item.speech and item.speech.speaker is Speaker.BIOSTAR1_DEVICE), None)
    if fact is None or fact.speech is None:
        return None
    speech = fact.speech
    if facts.settings is not None and facts.settings.mode == SERVER:
        return _clock_off(facts, speech)  # the rest is about its dialling
    return (
        _should_dial(facts)
        or _clock_off(facts, speech)
        or _udp_filtered(facts, fact)
        or _answers_dropped(facts)
        or Verdict(
            code="reached",
            kind=Kind.GOOD,
            sentence=f"All is well: {speech.device_title} {speech.device_id} answers at {facts.host} on TCP "
            f"{fact.port}.",
        )
    )


def _should_dial(facts: Facts) -> Verdict | None:
    if not facts.server_wanted or facts.settings is None or facts.settings.mode != DIRECT:
        return None
    server = f"{address_to_dial(facts)}:{facts.server.port}"
    return Verdict(
        code="direct-mode",
        kind=Kind.FAULT,
        sentence="The device does not dial: it is in direct mode and waits to be dialled, so set it to server mode "
        f"with the server {server}.",
        commands=(f"doorward network set {facts.device_id or 'ID'} --mode server --server {server}",),
    )


def _clock_off(facts: Facts, speech: Speech) -> Verdict | None:
    offset = speech.clock_offset
    if offset is None or abs(offset) <= facts.clock_limit:
        return None
    side = "ahead" if offset > 0 else "behind"
    zone = ""
    rest = abs(offset) % (_HOUR / 2)
    if _HOUR / 2 <= abs(offset) <= _DAY / 2 + 2 * _HOUR and min(rest, _HOUR / 2 - rest) < _MINUTE:
        zone = " (whole half hours, so perhaps only its time zone differs)"
    return Verdict(
        code="clock-off",
        kind=Kind.WARNING,
        sentence=f"The clock is far off: {speech.device_title} {speech.device_id} is reached, but its clock is "
        f"{_span(abs(offset))} {side}{zone}, so set it, else its events carry the wrong time.",
        commands=(f"doorward device time {facts.host} --set now",),
    )


def _span(seconds: float) -> str:
    for size, name in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if seconds >= 2 * size or (size != _MINUTE and seconds >= size):
            number = round(seconds / size, 1)
            return f"{number:g} {name}{'' if number == 1 else 's'}"
    return f"{seconds:.0f} seconds"


def _udp_filtered(facts: Facts, fact: PortFact) -> Verdict | None:
    if facts.udp.direct is not None or facts.udp.biostar1 not in _SILENT:
        return None
    own = OWN_FIREWALL if facts.udp.biostar1 is UdpState.FORBIDDEN else ""
    rule = rule_toward(facts, "UDP", 51110, own)
    return Verdict(
        code="udp-filtered",
        kind=Kind.WARNING,
        sentence=f"Filtered: the device answers on TCP {fact.port} but not by UDP, so it can be used, yet not searched "
        f"for, set up or restarted from here: let {rule} through.",
        rule=rule,
    )


def _answers_dropped(facts: Facts) -> Verdict | None:
    if not facts.udp.broadcast or facts.udp.heard or facts.udp.direct is None or not facts.way.same_subnet:
        return None
    rule = rule_for_answers(facts, 51210 if facts.udp.direct.generation == BIOSTAR2 else 51110)
    return Verdict(
        code="answers-dropped",
        kind=Kind.WARNING,
        sentence="Filtered: the device answers when it is asked at its address but not a broadcast search; no firewall "
        f"takes the answer to a broadcast for a reply, so let {rule} in.",
        rule=rule,
    )


def server_answers(facts: Facts) -> Verdict | None:
    """The target is a server for devices."""
    fact = next(iter(facts.speaking(Speaker.BIOSTAR1_SERVER)), None)
    # Beside a device on the same machine, as on loopback, the server is not what was meant.
    if fact is None or fact.speech is None or facts.udp.device is not None:
        return None
    problem = fact.speech.certificate.problem(facts.now) if fact.speech.certificate else ""
    if problem:
        return _certificate(facts, fact, problem)
    tls = ", plain and with TLS" if fact.speech.also_tls else ""
    return Verdict(
        code="server",
        kind=Kind.GOOD,
        sentence=f"All is well: a server for BioStar 1 devices answers at {facts.host} on TCP {fact.port}{tls}, so "
        "devices can dial it from here.",
    )


def biostar2_device(facts: Facts) -> Verdict | None:
    """A BioStar 2 device in direct mode, which is known by UDP alone."""
    device = facts.udp.direct
    if device is None or device.generation != BIOSTAR2:
        return None
    number = facts.settings.port if facts.settings is not None else device.port
    fact = facts.port(number) if number else None
    if fact is None or fact.state is not PortState.OPEN:
        return None
    if fact.speech is not None and fact.speech.certificate and fact.speech.certificate.problem(facts.now):
        return None
    return (
        _should_dial(facts)
        or _answers_dropped(facts)
        or Verdict(
            code="reached",
            kind=Kind.GOOD,
            sentence=f"All is well: {device.title} {device.device_id} answers by UDP and listens on TCP {fact.port}; "
            "its TCP is enciphered, so only the vendor's software can speak to it there.",
        )
    )


def wrong_port(facts: Facts) -> Verdict | None:
    """The device is there, on another port than the one that is wanted."""
    fact = _device_port(facts)
    number = fact.port if fact is not None else None
    if number is None and facts.settings is not None and facts.settings.mode == DIRECT:
        number = facts.settings.port
    if number is None or number in facts.wanted_ports:
        return None
    there = facts.port(number)
    if there is not None and there.state not in (PortState.OPEN, PortState.REFUSED):
        return None  # it is filtered, whatever else
    tried = " and ".join(map(str, facts.wanted_ports))
    return Verdict(
        code="wrong-port",
        kind=Kind.FAULT,
        sentence=f"Wrong port: the device at {facts.host} listens on TCP {number}, not on {tried}, so dial {number}, "
        "or change the port in its network settings.",
        commands=(
            f"doorward device info {facts.host}:{number}",
            f"doorward network set {facts.device_id or 'ID'} --tcp-port {facts.wanted_ports[0]}",
        ),
    )


def tls_there(facts: Facts) -> Verdict | None:
    """TLS is spoken where plain words were expected; its certificate may be what is wrong."""
    fact = next((item for item in facts.wanted if item.speech and item.speech.speaker is Speaker.TLS), None)
    if fact is None or fact.speech is None:
        return None
    problem = fact.speech.certificate.problem(facts.now) if fact.speech.certificate else ""
    if problem:
        return _certificate(facts, fact, problem)
    return Verdict(
        code="tls-expected",
        kind=Kind.FAULT,
        sentence=f"TLS is expected: what listens at {facts.host} on TCP {fact.port} takes TLS only "
        f"({fact.speech.words}), "
        "so connect with TLS and a certificate of its authority, or switch secure communication off on that side.",
        commands=("doorward devices certificate --help",),
    )


def _certificate(facts: Facts, fact: PortFact, problem: str) -> Verdict:
    certificate = fact.speech.certificate if fact.speech is not None else None
    subject = certificate.subject if certificate is not None else facts.host
    place = f"the certificate for {subject} at {facts.host}, TCP {fact.port},"
    if problem.startswith("expired"):
        code = "certificate-expired"
        sentence = f"Certificate expired: {place} {problem}, so every peer that checks it turns away: issue a new one."
    else:
        code = "certificate-not-yet"
        sentence = (
            f"Certificate not valid yet: {place} is {problem}, so every peer that checks it turns away: check the "
            "clocks on both sides."
        )
    return Verdict(code=code, kind=Kind.FAULT, sentence=sentence)


def other_service(facts: Facts) -> Verdict | None:
    """Something else listens on the wanted port."""
    fact = next(
        (
            item
            for item in facts.wanted
            if item.speech and item.speech.speaker in (Speaker.HTTP, Speaker.SSH, Speaker.OTHER)
        ),
        None,
    )
    if fact is None or fact.speech is None:
        return None
    return Verdict(
        code="other-service",
        kind=Kind.FAULT,
        sentence=f"Another service has the port: at {facts.host} TCP {fact.port} is {fact.speech.words}, not a "
        "device, so check the address (it may be another machine's) and the port.",
        commands=("doorward search",),
    )


def held(facts: Facts) -> Verdict | None:
    """The device is there and lets nobody in: somebody else is."""
    mute = next((item for item in facts.wanted if item.speech and item.speech.speaker in NOBODY), None)
    by_udp = facts.udp.direct is not None
    settings = facts.settings
    if mute is not None:
        how = "closes a connection at once" if mute.speech and mute.speech.speaker is Speaker.CLOSED_AT_ONCE else (
            "takes a connection and says nothing"
        )  # fmt: skip
        port = mute.port
    elif by_udp and settings is not None and settings.mode == DIRECT and _refuses(facts, settings.port):
        how, port = "refuses connections", settings.port
    else:
        return None
    though = " although it answers by UDP" if by_udp else ""
    who = " and ".join(facts.clients_here)
    by = f"{who} on this machine" if who else "another client"
    return Verdict(
        code="held",
        kind=Kind.FAULT,
        sentence=f"The device is held by {by}: at {facts.host} TCP {port} {how}{though}, and in direct mode a device "
        "serves one client at a time, so end the other program, or restart the device if there is none.",
        commands=(f"doorward reset {facts.device_id or 'ID'}",),
    )


def _refuses(facts: Facts, number: int) -> bool:
    fact = facts.port(number)
    return fact is not None and fact.state is PortState.REFUSED


def refused(facts: Facts) -> Verdict | None:
    """The host is there, and nobody listens on the wanted ports."""
    ports = [fact.port for fact in facts.wanted if fact.state is PortState.REFUSED]
    if not ports:
        return None
    tried = " and ".join(map(str, ports))
    others = [f"TCP {fact.port} ({fact.speech.words or fact.speech.speaker.value})"
              for fact in facts.ports if fact.state is PortState.OPEN and fact.speech is not None]  # fmt: skip
    instead = f" (what is open there: {', '.join(others)})" if others else ""
    return Verdict(
        code="refused",
        kind=Kind.FAULT,
        sentence=f"Refused: {facts.host} is there, but nobody listens on TCP {tried}{instead}, so check the address, "
        "the port, and whether the device is in server mode or just restarting.",
        commands=("doorward search --details",),
    )

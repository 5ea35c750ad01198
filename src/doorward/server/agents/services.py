"""What is done with agents; every change is noted in the audit log."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import IntegrityError, transaction
from django.db.models import Count, QuerySet
from django.utils import timezone

from doorward.gateway.agents import AgentEntry, AgentRefused, Enrollment, EnrollmentRequest
from doorward.model.errors import DoorwardError, InvalidInput
from doorward.protocol.tunnel.code import SECRET_BYTES
from doorward.protocol.tunnel.code import EnrollmentCode as CodeText
from doorward.server.agents.changes import announce
from doorward.server.agents.models import Agent, EnrollmentCode
from doorward.server.audit.services import Thing, record
from doorward.server.certificates.agent_certificates import agent_number, issue_agent
from doorward.server.certificates.services import need_authority, parts_of, server_certificate
from doorward.server.devices.models import Device
from doorward.server.errors import NotThere

LONGEST_NAME: Final = 100
LONGEST_REASON: Final = 500
CODE_HOURS: Final = 24
MOST_CODE_HOURS: Final = 24 * 7
MOST_AGENTS: Final = 10_000

_PUBLIC: Final = PublicFormat.SubjectPublicKeyInfo


class UnknownAgent(NotThere):
    """There is no agent with this number."""

    def __init__(self, agent_id: int) -> None:
        super().__init__("agent", agent_id, "the number of an agent; 'doorward agents list' shows them")


class AgentInUse(DoorwardError):
    """An agent cannot be removed."""


@dataclass(frozen=True, slots=True)
class FreshCode:
    """A one-time code that was just made.

    Attributes:
        agent: The agent that it makes.
        text: What a person carries to the agent; shown this once. Secret.
        row: What is kept of it.
    """

    agent: Agent
    text: str = field(repr=False)
    row: EnrollmentCode


def agents() -> QuerySet[Agent]:
    """All agents, by name."""
    return Agent.objects.all()


def device_counts() -> dict[int, int]:
    """How many devices each agent dials; those without any are left out."""
    rows = Device.objects.filter(agent__isnull=False).values_list("agent_id").annotate(count=Count("pk")).order_by()
    return {number: count for number, count in rows if number is not None}


def one_agent(agent_id: int) -> Agent:
    """An agent.

    Raises:
        UnknownAgent: There is none.
    """
    agent = agents().filter(pk=agent_id).first()
    if agent is None:
        raise UnknownAgent(agent_id)
    return agent


def agent_named(name: str) -> Agent:
    """An agent by its name, or its number.

    Raises:
        NotThere: There is none.
    """
    found = Agent.objects.filter(name=name).first()
    if found is None and name.isdigit():
        found = Agent.objects.filter(pk=int(name)).first()
    if found is None:
        raise NotThere("agent", name, "the name or number of an agent; 'doorward agents list' shows them")
    return found


def add_agent(
    name: str,
    *,
    by: str,
    networks: Sequence[str] = (),
    tcp_ports: Sequence[int] | None = None,
    udp_ports: Sequence[int] | None = None,
    hours: int = CODE_HOURS,
) -> FreshCode:
    """Add an agent and make its one-time code.

    Args:
        name: What people call it.
        by: Who adds it.
        networks: What it may reach; empty: the private networks of its own cards.
        tcp_ports: TCP ports that it may dial; None: those of devices.
        udp_ports: UDP ports that it may ask; None: those of devices.
        hours: How long the code can be used.

    Raises:
        InvalidInput: A value is not allowed.
    """
    now = timezone.now()
    agent = Agent(name=_checked_name(name), created=now, created_by=by, changed=now)
    _set_reach(agent, networks, tcp_ports, udp_ports)
    if Agent.objects.count() >= MOST_AGENTS:
        raise InvalidInput("name", name, f"at most {MOST_AGENTS} agents")
    with transaction.atomic():
        _save(agent)
        record("agent.add", Thing.of(agent), after=_shown_reach(agent))
        return _make_code(agent, by, hours)


def new_code(agent_id: int, *, by: str, hours: int = CODE_HOURS) -> FreshCode:
    """Make a fresh code for an agent, as for a new machine. Codes before it end; its certificate ends with its use.

    Raises:
        InvalidInput: There is no such agent, or the hours are not allowed.
    """
    with transaction.atomic():
        return _make_code(_locked(agent_id), by, hours)


def change_agent(
    agent_id: int,
    *,
    name: str | None = None,
    networks: Sequence[str] | None = None,
    tcp_ports: Sequence[int] | None = None,
    udp_ports: Sequence[int] | None = None,
) -> Agent:
    """Change the name of an agent, or what it may reach; None leaves a value. It is told at once.

    Raises:
        InvalidInput: There is no such agent, or a value is not allowed.
    """
    with transaction.atomic():
        agent = _locked(agent_id)
        before = {"name": agent.name, **_shown_reach(agent)}
        if name is not None:
            agent.name = _checked_name(name)
        _set_reach(agent, agent.networks if networks is None else networks, tcp_ports, udp_ports)
        after = {"name": agent.name, **_shown_reach(agent)}
        changed = {key for key in after if after[key] != before[key]}
        if changed:
            agent.changed = timezone.now()
            _save(agent)
            record(
                "agent.change",
                Thing.of(agent),
                before={key: before[key] for key in changed},
                after={key: after[key] for key in changed},
            )
            announce()
    return one_agent(agent_id)


def revoke_agent(agent_id: int, *, by: str, reason: str = "") -> Agent:
    """Revoke an agent: its line is closed at once, and its certificate and codes are refused from now on.

    Raises:
        InvalidInput: There is no such agent, or the reason is too long.
    """
    if len(reason) > LONGEST_REASON:
        raise InvalidInput("reason", reason[:20] + "...", f"at most {LONGEST_REASON} letters")
    with transaction.atomic():
        agent = _locked(agent_id)
        now = timezone.now()
        agent.codes.filter(used__isnull=True, expires__gt=now).update(expires=now)
        if agent.revoked is None:
            agent.revoked, agent.revoked_by, agent.revoked_reason, agent.changed = now, by, reason, now
            agent.save(update_fields=["revoked", "revoked_by", "revoked_reason", "changed"])
            record("agent.revoke", Thing.of(agent), after={"serial": agent.serial}, words=reason)
        announce()
    return one_agent(agent_id)


def remove_agent(agent_id: int) -> None:
    """Remove an agent that dials no device.

    Raises:
        InvalidInput: There is no such agent.
        AgentInUse: It dials devices.
    """
    with transaction.atomic():
        agent = _locked(agent_id)
        count = agent.devices.count()
        if count:
            raise AgentInUse(
                f"Agent {agent.name} dials {count} devices.", advice="Give them another agent, or none, before that."
            )
        record("agent.remove", Thing.of(agent))
        agent.delete()
        announce()


# --- What the gateway asks -------------------------------------------------------------------------------------------


def enroll(request: EnrollmentRequest) -> Enrollment:
    """Take a one-time code and issue a certificate for it; what the agent had before ends.

    Who has the key for which the code was used may ask again while the code lasts: an answer can be lost on the line.

    Raises:
        AgentRefused: The code is unknown, used or too old, or the request is none.
    """
    digest = digest_of(request.code)
    refused = AgentRefused(
        "The one-time code does not hold: it is unknown, was used already or is too old.",
        advice="Make a fresh code for the agent.",
    )
    with transaction.atomic():
        code = EnrollmentCode.objects.select_for_update().select_related("agent").filter(digest=digest).first()
        now = timezone.now()
        if code is None or code.expires <= now:
            raise refused
        agent = code.agent
        authority = need_authority()
        certificate = issue_agent(parts_of(authority), request.request, agent.pk, now)
        key_digest = hashlib.sha256(certificate.public_key().public_bytes(Encoding.DER, _PUBLIC)).hexdigest()
        if code.used is not None and (code.key_digest != key_digest or agent.revoked is not None):
            raise refused
        code.used, code.used_from, code.key_digest = now, request.address, key_digest
        code.save(update_fields=["used", "used_from", "key_digest"])
        agent.fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
        agent.serial = f"{certificate.serial_number:x}"
        agent.enrolled = agent.changed = now
        agent.expires = certificate.not_valid_after_utc
        agent.revoked, agent.revoked_by, agent.revoked_reason = None, "", ""
        agent.version = request.version[:40]
        agent.save()
        words = f"It was enrolled from {request.address} with the code that {code.created_by} made."
        record("agent.enroll", Thing.of(agent), after={"serial": agent.serial}, words=words)
        announce()
    pem = certificate.public_bytes(Encoding.PEM).decode()
    return Enrollment(agent.pk, agent.name, pem, authority.certificate)


def identify(certificate: bytes) -> AgentEntry:
    """Whose certificate it is, when it holds.

    Args:
        certificate: In DER form; the authority's signature was checked.

    Raises:
        AgentRefused: It is no agent's, or it was revoked or replaced.
    """
    shown = x509.load_der_x509_certificate(certificate)
    number = agent_number(shown)
    if number is None:
        raise AgentRefused("The certificate that was shown is no certificate of an agent.")
    fingerprint = shown.fingerprint(hashes.SHA256()).hex()
    agent = Agent.objects.filter(pk=number).first()
    if agent is None or agent.fingerprint != fingerprint:
        raise AgentRefused(
            "The certificate that was shown was replaced, or its agent was removed.",
            agent_id=number,
            advice="Enroll the agent with a fresh code.",
        )
    if agent.revoked is not None:
        raise AgentRefused(
            f"Agent {agent.name} was revoked.", agent_id=number, advice="Make a fresh code if it shall come back."
        )
    return entry_of(agent, agent.devices.values_list("pk", flat=True))


def entry_of(agent: Agent, devices: Iterable[int]) -> AgentEntry:
    """An agent as the gateway knows it."""
    return AgentEntry(agent.pk, agent.name, agent.reach, tuple(sorted(devices)), agent.fingerprint)


def digest_of(secret: str) -> str:
    """What is kept of the secret of a code."""
    return hashlib.sha256(secret.encode()).hexdigest()


# --- Inner working ---------------------------------------------------------------------------------------------------


def _make_code(agent: Agent, by: str, hours: int) -> FreshCode:
    if not 1 <= hours <= MOST_CODE_HOURS:
        raise InvalidInput("hours", hours, f"a whole number from 1 to {MOST_CODE_HOURS}")
    now = timezone.now()
    server = server_certificate(need_authority()).certificate
    text = CodeText.of(secrets.token_bytes(SECRET_BYTES), server.fingerprint(hashes.SHA256()))
    agent.codes.filter(used__isnull=True, expires__gt=now).update(expires=now)
    row = EnrollmentCode.objects.create(
        agent=agent, digest=digest_of(text.secret), created=now, created_by=by, expires=now + timedelta(hours=hours)
    )
    record("agent.code", Thing.of(agent), words=f"The code can be used until {row.expires:%Y-%m-%d %H:%M} UTC.")
    return FreshCode(agent, text.text, row)


def _locked(agent_id: int) -> Agent:
    agent = Agent.objects.select_for_update().filter(pk=agent_id).first()
    if agent is None:
        raise UnknownAgent(agent_id)
    return agent


def _save(agent: Agent) -> None:
    try:
        with transaction.atomic():
            agent.save()
    except IntegrityError:
        raise InvalidInput("name", agent.name, "a name that no other agent has") from None


def _checked_name(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise InvalidInput("name", name[:LONGEST_NAME], f"1 to {LONGEST_NAME} letters that can be printed")
    return name


def _set_reach(
    agent: Agent, networks: Sequence[str], tcp_ports: Sequence[int] | None, udp_ports: Sequence[int] | None
) -> None:
    agent.networks = list(dict.fromkeys(network.strip() for network in networks))
    if tcp_ports is not None:
        agent.tcp_ports = sorted(set(tcp_ports))
    if udp_ports is not None:
        agent.udp_ports = sorted(set(udp_ports))
    agent.reach.check()


def _shown_reach(agent: Agent) -> dict[str, Any]:
    return {"networks": agent.networks, "tcp_ports": agent.tcp_ports, "udp_ports": agent.udp_ports}

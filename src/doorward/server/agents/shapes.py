"""Agents as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from ninja import Field, Schema

from doorward.protocol.tunnel.reach import MOST_NETWORKS, MOST_PORTS
from doorward.server.agents.models import Agent
from doorward.server.agents.services import CODE_HOURS, LONGEST_NAME, LONGEST_REASON, MOST_CODE_HOURS, FreshCode
from doorward.server.devices.shapes import Text

Name = Annotated[Text, Field(min_length=1, max_length=LONGEST_NAME)]
Networks = Annotated[
    list[Annotated[Text, Field(max_length=20)]],
    Field(max_length=MOST_NETWORKS, description="IPv4 networks that it may reach; none: those of its own cards."),
]
Ports = Annotated[list[Annotated[int, Field(ge=1, le=65535)]], Field(max_length=MOST_PORTS)]
Hours = Annotated[int, Field(ge=1, le=MOST_CODE_HOURS, description="How long the one-time code can be used.")]


class AgentCardOut(Schema):
    """A network card of an agent's machine."""

    name: str
    address: str
    mask: str
    up: bool
    loopback: bool


class AgentOut(Schema):
    """An agent; never a secret."""

    id: int
    name: str
    state: str = Field(description="'connected', 'away', 'waiting for enrollment' or 'revoked'.")
    networks: list[str] = Field(description="IPv4 networks that it may reach; none: the private ones of its own cards.")
    tcp_ports: list[int]
    udp_ports: list[int]
    devices: int = Field(description="How many devices are dialled through it.")
    created: datetime
    created_by: str
    enrolled: datetime | None
    certificate_expires: datetime | None
    revoked: datetime | None
    revoked_by: str
    revoked_reason: str
    version: str = Field(description="Version of its program, as it says.")
    system: str = Field(description="Its machine, as it says.")
    cards: list[AgentCardOut]
    connected_since: datetime | None
    last_contact: datetime | None
    last_address: str
    server_address: str = Field(description="The address by which it, and the devices beside it, reach this server.")
    latency_ms: float | None = Field(description="Milliseconds to it and back.")
    memory_bytes: int = Field(description="Memory of its process when it connected; 0 when it does not know.")


class AgentList(Schema):
    """All agents, by name."""

    items: list[AgentOut]


class AgentIn(Schema):
    """A new agent."""

    name: Name
    networks: Networks = []  # noqa: RUF012 - pydantic copies it
    tcp_ports: Annotated[Ports | None, Field(description="Null: those of devices.")] = None
    udp_ports: Annotated[Ports | None, Field(description="Null: those of devices.")] = None
    hours: Hours = CODE_HOURS


class AgentChange(Schema):
    """What is changed of an agent; what is left out stays."""

    name: Name | None = None
    networks: Networks | None = None
    tcp_ports: Ports | None = None
    udp_ports: Ports | None = None


class CodeIn(Schema):
    """How long a fresh code can be used."""

    hours: Hours = CODE_HOURS


class RevokeIn(Schema):
    """Why."""

    reason: Annotated[Text, Field(max_length=LONGEST_REASON)] = ""


class CodeOut(Schema):
    """A fresh one-time code. It is shown this once, and holds the fingerprint of the server's certificate."""

    agent: AgentOut
    code: str
    expires: datetime
    server_port: int | None = Field(description="TCP port of this server that the agent has to dial.")


def state_of(agent: Agent, *, server_runs: bool) -> str:
    """How it stands with an agent."""
    if agent.revoked is not None:
        return "revoked"
    if not agent.fingerprint:
        return "waiting for enrollment"
    return "connected" if agent.connected_since is not None and server_runs else "away"


def shown(agent: Agent, *, devices: int, server_runs: bool) -> AgentOut:
    """An agent as the API shows it."""
    return AgentOut(
        id=agent.pk,
        name=agent.name,
        state=state_of(agent, server_runs=server_runs),
        networks=agent.networks,
        tcp_ports=agent.tcp_ports,
        udp_ports=agent.udp_ports,
        devices=devices,
        created=agent.created,
        created_by=agent.created_by,
        enrolled=agent.enrolled,
        certificate_expires=agent.expires,
        revoked=agent.revoked,
        revoked_by=agent.revoked_by,
        revoked_reason=agent.revoked_reason,
        version=agent.version,
        system=agent.system,
        cards=[AgentCardOut(**card) for card in agent.cards],
        connected_since=agent.connected_since if server_runs else None,
        last_contact=agent.last_contact,
        last_address=agent.last_address,
        server_address=agent.server_address,
        latency_ms=agent.latency_ms,
        memory_bytes=agent.memory_bytes,
    )


def shown_code(fresh: FreshCode, agent: AgentOut, port: int | None) -> CodeOut:
    """A fresh code as the API shows it, once."""
    return CodeOut(agent=agent, code=fresh.text, expires=fresh.row.expires, server_port=port)

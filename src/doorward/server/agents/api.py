"""``/api/v1/agents``: the agents, what they may reach, and the codes with which they are enrolled."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router, Status

from doorward.server.agents import services
from doorward.server.agents.shapes import (
    AgentChange,
    AgentIn,
    AgentList,
    AgentOut,
    CodeIn,
    CodeOut,
    RevokeIn,
    shown,
    shown_code,
)
from doorward.server.discovery.services import server_port
from doorward.server.operators.callers import CallerAuth, require
from doorward.server.system.services import running_server

router = Router(auth=CallerAuth())


@router.get("", response=AgentList, summary="List agents")
def list_agents(request: HttpRequest) -> AgentList:
    """All agents, by name, and how they do."""
    require(request, "agents.view")
    runs, counts = running_server() is not None, services.device_counts()
    return AgentList(items=[shown(row, devices=counts.get(row.pk, 0), server_runs=runs) for row in services.agents()])


@router.post("", response={201: CodeOut}, summary="Add an agent")
def add_agent(request: HttpRequest, body: AgentIn) -> Status[CodeOut]:
    """Add an agent. The answer holds its one-time code, this once."""
    caller = require(request, "agents.manage")
    fresh = services.add_agent(
        body.name,
        by=caller.name,
        networks=body.networks,
        tcp_ports=body.tcp_ports,
        udp_ports=body.udp_ports,
        hours=body.hours,
    )
    return Status(201, shown_code(fresh, _answer(fresh.agent.pk), server_port()))


@router.get("/{int:agent_id}", response=AgentOut, summary="Show an agent")
def show_agent(request: HttpRequest, agent_id: int) -> AgentOut:
    """One agent, and how it does."""
    require(request, "agents.view")
    return _answer(agent_id)


@router.patch("/{int:agent_id}", response=AgentOut, summary="Change an agent")
def change_agent(request: HttpRequest, agent_id: int, body: AgentChange) -> AgentOut:
    """Change its name, or what it may reach; it is told at once."""
    require(request, "agents.manage")
    services.change_agent(
        agent_id, name=body.name, networks=body.networks, tcp_ports=body.tcp_ports, udp_ports=body.udp_ports
    )
    return _answer(agent_id)


@router.post("/{int:agent_id}/code", response={201: CodeOut}, summary="Make a fresh code")
def make_code(request: HttpRequest, agent_id: int, body: CodeIn | None = None) -> Status[CodeOut]:
    """Make a one-time code for an agent that is there already, as for a new machine; codes before it end."""
    caller = require(request, "agents.manage")
    fresh = services.new_code(agent_id, by=caller.name, hours=(body or CodeIn()).hours)
    return Status(201, shown_code(fresh, _answer(agent_id), server_port()))


@router.post("/{int:agent_id}/revoke", response=AgentOut, summary="Revoke an agent")
def revoke_agent(request: HttpRequest, agent_id: int, body: RevokeIn | None = None) -> AgentOut:
    """Close its line at once, and refuse its certificate and its codes from now on."""
    caller = require(request, "agents.manage")
    services.revoke_agent(agent_id, by=caller.name, reason=(body or RevokeIn()).reason)
    return _answer(agent_id)


@router.delete("/{int:agent_id}", response={204: None}, summary="Remove an agent")
def remove_agent(request: HttpRequest, agent_id: int) -> Status[None]:
    """Remove an agent through which no device is dialled; a line that it has is closed."""
    require(request, "agents.manage")
    services.remove_agent(agent_id)
    return Status(204, None)


def _answer(agent_id: int) -> AgentOut:
    agent = services.one_agent(agent_id)
    return shown(agent, devices=agent.devices.count(), server_runs=running_server() is not None)

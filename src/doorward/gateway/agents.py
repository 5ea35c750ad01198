"""The fifth collaborator of the gateway: who the agents are, whether they still hold, and what they may reach."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Protocol

from doorward.model.errors import NotReached
from doorward.protocol.tunnel.messages import Card
from doorward.protocol.tunnel.reach import Reach
from doorward.transport import TlsContext


class AgentRefused(NotReached):
    """An agent was not taken: its code or its certificate does not hold.

    Args:
        message: Why, in words that the agent may hear.
        agent_id: The agent that it is; None when nothing is proved.
        advice: What to do next.
    """

    def __init__(self, message: str, *, agent_id: int | None = None, advice: str | None = None) -> None:
        super().__init__(message, advice=advice)
        self.agent_id = agent_id


@dataclass(frozen=True, slots=True)
class AgentEntry:
    """An agent that holds.

    Attributes:
        agent_id: Its number.
        name: What people call it.
        reach: What it may reach.
        devices: The devices that are dialled through it.
        fingerprint: SHA-256 of its certificate in hexadecimal digits; another one is no longer the agent.
    """

    agent_id: int
    name: str
    reach: Reach = field(default_factory=Reach)
    devices: tuple[int, ...] = ()
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class EnrollmentRequest:
    """An agent asks for a certificate.

    Attributes:
        code: The secret part of its one-time code. Secret.
        request: Its certificate request, PEM.
        address: From where it called.
        version: Version of its program.
    """

    code: str = field(repr=False)
    request: str
    address: str
    version: str


@dataclass(frozen=True, slots=True)
class Enrollment:
    """What an agent gets.

    Attributes:
        agent_id: Its number.
        name: What people call it.
        certificate: Its certificate, PEM.
        authority: The certificate of the server's authority, PEM.
    """

    agent_id: int
    name: str
    certificate: str
    authority: str


@dataclass(frozen=True, slots=True)
class AgentContact:
    """How an agent does.

    Attributes:
        agent_id: Its number.
        connected_since: Since when it is connected, seconds since 1970 in UTC; None: it is not any more.
        at: When it was last heard, likewise.
        address: From where it calls.
        version: Version of its program.
        system: Its machine in words.
        cards: Its network cards.
        latency: Seconds to it and back; None while it was not measured.
        memory: Bytes of memory that its process held when it said hello; 0 when it does not know.
        server: The IP address by which it reaches the server.
    """

    agent_id: int
    connected_since: float | None
    at: float
    address: str
    version: str = ""
    system: str = ""
    cards: tuple[Card, ...] = ()
    latency: float | None = None
    memory: int = 0
    server: str = ""


class AgentDirectory(Protocol):
    """Which agents there are."""

    async def server_context(self) -> TlsContext | None:
        """What the server shows to agents, and whose certificates it takes; None before any code was made.

        Raises:
            DoorwardError: It cannot be had now.
        """
        ...

    async def enroll(self, request: EnrollmentRequest) -> Enrollment:
        """Take a one-time code and issue a certificate for it.

        Raises:
            AgentRefused: The code is unknown, used or too old, or the request is none.
            DoorwardError: It cannot be done now.
        """
        ...

    async def identify(self, certificate: bytes) -> AgentEntry:
        """Tell whose certificate it is.

        Args:
            certificate: In DER form; the authority's signature was checked.

        Raises:
            AgentRefused: It is no agent's, or it was revoked or replaced.
            DoorwardError: It cannot be looked up now.
        """
        ...

    async def entry(self, agent_id: int) -> AgentEntry | None:
        """What is known of an agent that holds; None when it is revoked, removed or was never enrolled."""
        ...

    def changes(self) -> AsyncIterator[int]:
        """The numbers of agents whose entry changed, as it happens; one may be given without need."""
        ...

    async def contact(self, contact: AgentContact) -> None:
        """Note how an agent does; never raises."""
        ...

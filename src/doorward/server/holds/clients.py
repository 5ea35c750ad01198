"""Who a client of a device is: an operator in the console, a program with a token, somebody at the command line."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from doorward.server.holds.models import Hold
from doorward.server.operators.actor import Actor, current_actor
from doorward.server.operators.models import OperatorSession
from doorward.server.operators.sessions import key_digest


@dataclass(frozen=True, slots=True)
class Client:
    """Who works with a device.

    Attributes:
        actor: Who acts, and from where.
        session_id: The row of his session of the console; None without one.
    """

    actor: Actor
    session_id: int | None = None

    @property
    def name(self) -> str:
        """His name as others read it."""
        return self.actor.name


def client_of(request: HttpRequest) -> Client:
    """The client who sent a request that was let in."""
    actor = current_actor()
    key = None if actor.token else getattr(request, "session", None) and request.session.session_key
    if not key:
        return Client(actor)
    row = OperatorSession.objects.filter(key_digest=key_digest(key)).values_list("pk", flat=True).first()
    return Client(actor, row)


def is_of(hold: Hold, actor: Actor) -> bool:
    """Whether a hold is that of who acts: the same account, by the same token or by none."""
    if hold.operator_id is None and actor.operator_id is None:
        return hold.holder == actor.name
    return hold.operator_id == actor.operator_id and hold.token == actor.token

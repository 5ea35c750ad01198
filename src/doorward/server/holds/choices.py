"""The words of the columns of holds."""

from __future__ import annotations

from django.db import models


class HoldKind(models.TextChoices):
    """In which way a device in direct mode is held."""

    SERVER = "server", "the server itself keeps its connection"
    OPERATOR = "operator", "somebody works with it alone, through this server"
    RELEASED = "released", "the server leaves its line to another program"
    CHANGING = "changing", "it is brought to the other mode"
    OTHER = "other", "a client that is none of ours is connected to it"


KEPT: tuple[HoldKind, ...] = (HoldKind.OPERATOR, HoldKind.RELEASED, HoldKind.CHANGING)
"""The kinds that are rows; the others are seen by the gateway."""

AWAY_FROM_LINE = frozenset({HoldKind.RELEASED})
"""Kinds in which the server does not dial the device."""

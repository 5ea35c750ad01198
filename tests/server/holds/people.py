"""Clients who hold devices, for tests."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F

from doorward.server.devices.models import Device
from doorward.server.holds.clients import Client
from doorward.server.holds.models import Hold
from doorward.server.operators.actor import CONSOLE, Actor
from tests.server.accounts import account
from tests.server.events.traffic import add_device


def add_direct(device_id: int = 7, **values: object) -> Device:
    """A device that the server dials."""
    return add_device(
        device_id, mode="direct", address="10.0.0.5", approval="approved", model="bioentry-plus", **values
    )


def somebody(name: str, role: str = "installer") -> Client:
    """An operator at the console, with an account of his own."""
    return Client(Actor(name, account(name, role).pk, CONSOLE, "10.0.0.9"))


def let_time_pass(seconds: float) -> None:
    """Let every hold be older by so much."""
    step = timedelta(seconds=seconds)
    Hold.objects.update(until=F("until") - step, since=F("since") - step)

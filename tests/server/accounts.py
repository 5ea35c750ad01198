"""Accounts for tests."""

from __future__ import annotations

from doorward.server.devices.models import DeviceGroup
from doorward.server.operators.models import Operator
from doorward.server.operators.services import give_role

PASSWORD = "correct horse battery"


def account(name: str, role: str, group: DeviceGroup | None = None) -> Operator:
    """An account with one role."""
    operator = Operator.objects.create_user(name, password=PASSWORD)
    give_role(operator, role, group)
    return operator


def administrator(name: str = "admin") -> Operator:
    """An account with every right."""
    return account(name, "administrator")

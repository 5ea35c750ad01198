"""What is done with devices; every change notes who did it and when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from doorward.model.errors import InvalidInput
from doorward.server.agents.models import Agent
from doorward.server.devices.changes import announce
from doorward.server.devices.choices import Approval, Mode
from doorward.server.devices.models import ConnectionHistory, Device, DeviceGroup
from doorward.server.errors import NotThere
from doorward.server.events.choices import Kind
from doorward.server.events.happenings import tell
from doorward.server.holds.models import Hold

# Anybody in the network may call under any number, so the list of callers is bounded.
MOST_WAITING_DEVICES: Final = 10_000
LONGEST_REASON: Final = 500


class UnknownDevice(NotThere):
    """There is no device with this number."""

    def __init__(self, device_id: int) -> None:
        super().__init__("device", device_id, "the number of a known device; 'doorward devices list' shows them")


def devices() -> QuerySet[Device]:
    """All devices with what a list shows of them."""
    standing = Prefetch("holds", Hold.objects.filter(ended__isnull=True), to_attr="open_holds")
    return Device.objects.select_related("group", "status", "ledger", "agent").prefetch_related(standing)


def one_device(device_id: int) -> Device:
    """A device.

    Raises:
        UnknownDevice: There is none.
    """
    device = devices().filter(pk=device_id).first()
    if device is None:
        raise UnknownDevice(device_id)
    return device


def add_direct_device(
    device_id: int,
    address: str,
    *,
    by: str,
    port: int | None = None,
    name: str = "",
    model: str = "",
    password: str = "",
    group: DeviceGroup | None = None,
    agent: Agent | None = None,
) -> Device:
    """Add a device that the server dials, or an agent for it; who adds it approves it.

    Raises:
        InvalidInput: A value is not allowed, or the device is known already.
    """
    now = timezone.now()
    if Device.objects.filter(pk=device_id).exists():
        raise InvalidInput("device", device_id, "a number that no device has yet")
    device = Device(
        device_id=device_id,
        name=name,
        group=group,
        model=model,
        mode=Mode.DIRECT,
        address=address,
        port=port,
        agent=agent,
        password=password,
        approval=Approval.APPROVED,
        approval_at=now,
        approval_by=by,
        first_seen=now,
        changed=now,
    )
    check_device(device)
    with transaction.atomic():
        device.save(force_insert=True)
        through = f" through agent {agent.name}" if agent is not None else ""
        _note(device, Approval.APPROVED, f"Added in direct mode at {address}{through}.", now, by)
        device_changed(device, "added", by=by)
    return device


def approve(device_id: int, *, by: str, name: str | None = None) -> Device:
    """Let a device in, at the address from which it was last heard.

    Raises:
        InvalidInput: There is no such device, or the name is not allowed.
    """
    with transaction.atomic():
        device = locked_device(device_id)
        now = timezone.now()
        device.approval = Approval.APPROVED
        device.approval_at, device.approval_by = now, by
        device.approved_address = device.last_address if device.mode == Mode.SERVER else ""
        if name is not None:
            device.name = name
        check_device(device)
        device.changed = now
        device.save()
        at = f" at {device.approved_address}" if device.approved_address else ""
        _note(device, Approval.APPROVED, f"Approved{at}.", now, by)
        device_changed(device, "approved", by=by)
    return device


def block(device_id: int, *, by: str, reason: str = "") -> Device:
    """Keep a device out; a connection that it has is dropped.

    Raises:
        InvalidInput: There is no such device, or the reason is too long.
    """
    if len(reason) > LONGEST_REASON:
        raise InvalidInput("reason", reason[:20] + "...", f"at most {LONGEST_REASON} letters")
    with transaction.atomic():
        device = locked_device(device_id)
        now = timezone.now()
        device.approval = Approval.BLOCKED
        device.approval_at, device.approval_by, device.changed = now, by, now
        device.save()
        _note(device, Approval.BLOCKED, f"Blocked: {reason}" if reason else "Blocked.", now, by)
        device_changed(device, "blocked", by=by, reason=reason)
    return device


def device_changed(device: Device, what: str, *, by: str = "", reason: str = "", fields: Iterable[str] = ()) -> None:
    """Tell the gateway and all who follow the stream that a device was changed, within the transaction that does it.

    Args:
        device: The device as it is now, or was before it was removed.
        what: ``added``, ``approved``, ``blocked``, ``waiting``, ``edited`` or ``removed``.
        by: Who did it; empty for the server itself.
        reason: Why, in words, where there is something to say.
        fields: Names of the values that were edited.
    """
    tell_device(device, what, by=by, reason=reason, fields=fields)
    announce(device.pk)


def tell_device(device: Device, what: str, *, by: str = "", reason: str = "", fields: Iterable[str] = ()) -> None:
    """The same for those who follow the stream alone."""
    data = {
        "what": what,
        "name": device.name,
        "approval": str(device.approval),
        "by": by,
        "reason": reason,
        "fields": sorted(fields),
    }
    tell(Kind.DEVICE, data, device_id=device.pk)


def move_group(group: DeviceGroup, parent: DeviceGroup | None) -> None:
    """Put a group into another one.

    Raises:
        InvalidInput: It would lie in itself.
    """
    with transaction.atomic():
        # All of them: two people who move groups at once could put each into the other.
        rows = DeviceGroup.objects.select_for_update(no_key=True).order_by("pk")
        parents = dict(rows.values_list("pk", "parent_id"))
        above = None if parent is None else parent.pk
        for _ in parents:
            if above == group.pk:
                raise InvalidInput("parent", str(parent), "a group that does not lie in the moved one")
            above = parents.get(above) if above is not None else None
        group.parent = parent
        group.save(update_fields=["parent"])


def groups_below(group_ids: Iterable[int]) -> set[int]:
    """The groups and all that lie in them, at any depth."""
    children: dict[int | None, list[int]] = {}
    for group_id, parent_id in DeviceGroup.objects.values_list("pk", "parent_id"):
        children.setdefault(parent_id, []).append(group_id)
    found: set[int] = set()
    ahead = list(group_ids)
    while ahead:
        group_id = ahead.pop()
        if group_id not in found:
            found.add(group_id)
            ahead.extend(children.get(group_id, ()))
    return found


def locked_device(device_id: int) -> Device:
    """A device that nobody else changes until the transaction ends.

    Raises:
        UnknownDevice: There is none.
    """
    # On PostgreSQL this keeps two people from deciding at once; SQLite has one writer anyway.
    device = Device.objects.select_for_update().filter(pk=device_id).first()
    if device is None:
        raise UnknownDevice(device_id)
    return device


def check_agent(agent_id: int) -> Agent:
    """An agent that may dial devices.

    Raises:
        InvalidInput: There is none, or it was revoked.
    """
    agent = Agent.objects.filter(pk=agent_id).first()
    if agent is None:
        raise InvalidInput("agent", agent_id, "the number of an agent; 'doorward agents list' shows them")
    if agent.revoked is not None:
        raise InvalidInput("agent", agent.name, "an agent that is not revoked")
    return agent


def check_device(device: Device) -> None:
    """Refuse values that a device cannot have.

    Raises:
        InvalidInput: One of them is such, with what is allowed.
    """
    try:
        # The validators of a foreign key would ask the database; what is given here is a row of it.
        device.clean_fields(exclude=["group", "password", "agent"])
        device.clean()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise InvalidInput(field, getattr(device, field, ""), " ".join(messages)) from None


def _note(device: Device, state: str, reason: str, since: datetime, by: str) -> None:
    ConnectionHistory.objects.create(device=device, state=state, reason=reason, since=since, by=by)

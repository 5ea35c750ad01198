"""Devices, their groups, their history and their settings as the API takes and shows them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from ninja import Field, Schema

from doorward.server.devices.choices import Approval, Mode
from doorward.server.devices.models import ConnectionHistory, Device, DeviceGroup
from doorward.server.devices.settings import NOT_STORED, FamilyView
from doorward.server.holds.choices import HoldKind
from doorward.server.holds.holder import Holder, holder_of

MOST_DEVICES = 1000
MOST_ROWS = 500
NOT_RUNNING = "unknown"
HIGHEST_NUMBER = 2**63 - 1
HIGHEST_DEVICE_ID = 0xFFFFFFFF

Number = Annotated[int, Field(ge=1, le=HIGHEST_NUMBER)]
# PostgreSQL keeps no text with a zero byte in it.
Text = Annotated[str, Field(pattern=r"^[^\x00]*$")]


class HolderOut(Schema):
    """Who has a device in direct mode, which serves one client at a time."""

    kind: HoldKind = Field(
        description="'server': this server keeps its connection; 'operator': somebody works with it alone, and "
        "commands of others are refused; 'released': the server leaves its line to another program; 'changing': it is "
        "brought to the other mode; 'other': a client that is none of ours is connected to it."
    )
    name: str
    words: str = Field(description="Who, since when and why.")
    since: datetime
    until: datetime | None = Field(description="When it ends unless it is kept up; null where it has no end.")
    reason: str
    program: str = Field(description="The program that has the line; empty where there is none.")
    via: str = Field(description="The way in, such as 'console'; empty where it is none of ours.")
    address: str
    mine: bool = Field(description="It is you.")


class DeviceOut(Schema):
    """A device as the API shows it."""

    device_id: int
    name: str
    group: str | None
    group_id: int | None
    generation: str
    model: str
    approval: str
    approval_at: datetime | None
    approval_by: str
    approved_address: str
    enabled: bool
    mode: str
    address: str
    port: int | None
    agent: int | None = Field(description="Number of the agent that dials it in direct mode; null: the server itself.")
    agent_name: str | None = Field(description="What that agent is called.")
    zone: str
    time_sync: bool
    has_password: bool
    state: str = Field(description="State of the connection; 'unknown' while no server tells it.")
    reason: str
    since: datetime | None
    connected_address: str
    next_attempt: datetime | None = Field(description="When it is dialled next, or its log asked for.")
    held_since: datetime | None = Field(description="Since when another client holds it; null when none does.")
    holder: HolderOut | None = Field(description="Who has it; null in server mode, and when nobody has.")
    clock_drift_seconds: float | None = Field(description="By how much its clock was ahead when it was last read.")
    clock_checked: datetime | None
    first_seen: datetime
    last_seen: datetime | None
    last_address: str
    complete_until: datetime | None = Field(
        description="Every event that happened before this moment is kept, but for the gaps."
    )
    hindrance: str = Field(description="Why the record did not get further; empty when it did.")


class DeviceList(Schema):
    """A page of devices."""

    items: list[DeviceOut]
    next: int | None = Field(description="Give it as 'after' for the next page; null on the last one.")


class DeviceFilter(Schema):
    """Which devices are listed."""

    approval: Approval | None = None
    mode: Mode | None = None
    state: Annotated[Text, Field(max_length=30, description="Such as 'live' or 'lost'.")] | None = None
    group: Annotated[Number, Field(description="Devices in this group and those below it.")] | None = None
    q: Annotated[Text, Field(max_length=100, description="Part of the name, number, model or address.")] = ""
    after: Annotated[int, Field(ge=0, le=HIGHEST_NUMBER)] = 0
    limit: Annotated[int, Field(ge=1, le=MOST_DEVICES)] = 100


class DeviceIn(Schema):
    """A device that the server shall dial."""

    device_id: Annotated[int, Field(ge=1, le=HIGHEST_DEVICE_ID)]
    address: Annotated[Text, Field(min_length=1, max_length=255)]
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    agent: Annotated[Number | None, Field(description="The agent that dials it; null: the server itself.")] = None
    name: Annotated[Text, Field(max_length=100)] = ""
    group_id: Number | None = None
    model: Annotated[Text, Field(max_length=40)] = ""
    password: Annotated[Text, Field(max_length=64, description="Is never shown again.")] = ""


class DeviceChange(Schema):
    """What shall become different; what is left out stays."""

    name: Annotated[Text, Field(max_length=100)] | None = None
    group_id: Annotated[Number | None, Field(description="null: in no group.")] = None
    enabled: bool | None = None
    mode: Mode | None = None
    address: Annotated[Text, Field(max_length=255)] | None = None
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    agent: Annotated[Number | None, Field(description="null: the server dials it itself.")] = None
    zone: Annotated[Text, Field(max_length=64, description="IANA name; empty takes the site's.")] | None = None
    time_sync: bool | None = None
    password: Annotated[Text, Field(max_length=64, description="Is never shown; empty removes it.")] | None = None


class Reason(Schema):
    """Why something is done."""

    reason: Annotated[Text, Field(max_length=500)] = ""


class ApproveIn(Schema):
    """How a device is let in."""

    name: Annotated[Text, Field(max_length=100)] | None = None


class HistoryOut(Schema):
    """A change of a device's state or approval."""

    id: int
    state: str
    reason: str
    since: datetime
    by: str


class HistoryList(Schema):
    """A page of the history, the newest first."""

    items: list[HistoryOut]
    next: int | None = Field(description="Give it as 'before' for the next page; null on the last one.")


class GapOut(Schema):
    """A span in which events can be missing."""

    id: int
    kind: str
    reason: str
    since: datetime | None
    until: datetime
    missing: int
    found: datetime


class GapList(Schema):
    """A page of gaps, the newest first."""

    items: list[GapOut]
    next: int | None = Field(description="Give it as 'before' for the next page; null on the last one.")


class RowFilter(Schema):
    """Which rows of a history are listed."""

    before: Number | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_ROWS)] = 50


class GroupOut(Schema):
    """A group of devices."""

    id: int
    name: str
    parent_id: int | None
    devices: int = Field(description="Devices in the group itself.")


class GroupIn(Schema):
    """A new group."""

    name: Annotated[Text, Field(min_length=1, max_length=100)]
    parent_id: Number | None = None


class GroupChange(Schema):
    """What shall become different of a group; what is left out stays."""

    name: Annotated[Text, Field(min_length=1, max_length=100)] | None = None
    parent_id: Annotated[Number | None, Field(description="null: at the top.")] = None


class Done(Schema):
    """What came of a command."""

    words: str
    advice: str = ""


class FetchLogIn(Schema):
    """Which part of a log is read."""

    complete: bool = Field(False, description="The whole log, not only what is new.")


class FamilyOut(Schema):
    """A family of settings."""

    name: str
    title: str
    read_only: bool


class ChoiceOut(Schema):
    """A value that a setting may have."""

    value: int
    words: str


class SettingOut(Schema):
    """One setting, as the device has it and as it is stored."""

    path: str
    label: str
    meaning: str
    kind: str
    minimum: int | None
    maximum: int | None
    length: int | None
    choices: list[ChoiceOut]
    writable: bool
    reason: str = Field(description="Why it cannot be changed here.")
    secret: bool = Field(description="Its value is never shown; it can be replaced.")
    value: Any = Field(description="What the device says now; null for a secret.")
    stored: Any = Field(description="What is stored; null where nothing is.")
    differs: bool


class SectionOut(Schema):
    """Settings that belong to one thing, such as one door."""

    path: str
    title: str
    unused: bool = Field(description="Nothing is set in it.")
    settings: list[SettingOut]


class SettingsOut(Schema):
    """A family of settings, read from the device now, beside what is stored."""

    family: FamilyOut
    read_at: datetime
    stored_at: datetime
    stored_by: str
    stored_origin: str
    differences: int
    sections: list[SectionOut]


class SettingsChange(Schema):
    """New values by the paths of the settings."""

    changes: dict[str, Any]


class InformationOut(Schema):
    """Who a device says it is, and what its clock shows."""

    device_id: int
    model: str
    title: str
    generation: str
    product_name: str
    firmware_version: str
    board_version: str
    mac_address: str
    details: dict[str, str]
    device_time: str
    server_time: str
    clock_drift_seconds: float
    clock_uncertainty_seconds: float
    events_in_log: int


def shown(device: Device, *, server_runs: bool) -> DeviceOut:
    """A device as the API shows it; a state that nobody keeps up to date is not shown as if it were."""
    ledger = getattr(device, "ledger", None)
    last = getattr(device, "status", None)
    # While no server runs, its last word is not passed off as the state of now.
    status = last if server_runs else None
    return DeviceOut(
        device_id=device.device_id,
        name=device.name,
        group=device.group.name if device.group else None,
        group_id=device.group_id,
        generation=device.generation,
        model=device.model,
        approval=device.approval,
        approval_at=device.approval_at,
        approval_by=device.approval_by,
        approved_address=device.approved_address,
        enabled=device.enabled,
        mode=device.mode,
        address=device.address,
        port=device.port,
        agent=device.agent_id,
        agent_name=device.agent.name if device.agent else None,
        zone=device.zone,
        time_sync=device.time_sync,
        has_password=bool(device.password),
        state=status.state if status else NOT_RUNNING,
        reason=status.reason if status else ("" if server_runs else "No server runs."),
        since=status.since if status else None,
        connected_address=status.address if status else "",
        next_attempt=status.next_attempt if status else None,
        held_since=status.held_since if status else None,
        holder=shown_holder(holder_of(device, server_runs=server_runs)),
        clock_drift_seconds=last.clock_drift_seconds if last else None,
        clock_checked=last.clock_checked if last else None,
        first_seen=device.first_seen,
        last_seen=device.last_seen,
        last_address=device.last_address,
        complete_until=ledger.complete_until if ledger is not None else None,
        hindrance=ledger.hindrance if ledger is not None else "",
    )


def shown_holder(holder: Holder | None) -> HolderOut | None:
    """Who has a device as the API shows it."""
    return None if holder is None else HolderOut(**asdict(holder))


def shown_history(row: ConnectionHistory) -> HistoryOut:
    """A line of the history as the API shows it."""
    return HistoryOut(id=row.pk, state=row.state, reason=row.reason, since=row.since, by=row.by)


def shown_group(group: DeviceGroup, devices: int) -> GroupOut:
    """A group as the API shows it."""
    return GroupOut(id=group.pk, name=group.name, parent_id=group.parent_id, devices=devices)


def shown_settings(view: FamilyView) -> SettingsOut:
    """A family of settings as the API shows it."""
    sections = []
    for section in view.sections:
        settings = []
        for setting in section.settings:
            stored = view.stored_value(setting)
            settings.append(
                SettingOut(
                    path=setting.path,
                    label=setting.label,
                    meaning=setting.meaning,
                    kind=setting.kind.value,
                    minimum=setting.minimum,
                    maximum=setting.maximum,
                    length=setting.length,
                    choices=[ChoiceOut(value=choice.value, words=choice.words) for choice in setting.choices],
                    writable=setting.writable and not view.family.read_only,
                    reason=setting.reason,
                    secret=setting.secret,
                    value=view.values.get(setting.path),
                    stored=None if stored is NOT_STORED else stored,
                    differs=view.differs(setting),
                )
            )
        sections.append(
            SectionOut(path=section.path, title=section.title, unused=section.path in view.unused, settings=settings)
        )
    return SettingsOut(
        family=FamilyOut(name=view.family.name, title=view.family.title, read_only=view.family.read_only),
        read_at=view.read_at,
        stored_at=view.stored.kept_at,
        stored_by=view.stored.kept_by,
        stored_origin=view.stored.origin,
        differences=view.differences,
        sections=sections,
    )

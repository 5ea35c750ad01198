# ruff: noqa: A002, D417 - names and words are those of the document
"""The operations of the API, each as a function with its types.

Written by tools/client-models from the document of the API; changes made here are lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import datetime
from typing import Any, Literal

import httpx

from doorward.client import answers
from doorward.client.calls import AsyncDownload, AsyncOperations, Download, Operations
from doorward.client.models import (
    AccessGroupOut,
    AgentList,
    AgentOut,
    AlarmList,
    AlarmOut,
    AlarmSource,
    AlarmState,
    Answer,
    AnsweredOut,
    Approval,
    AuditList,
    ByteOrder,
    CaptureKind,
    CaptureOut,
    CardIn,
    CardOut,
    CardRead,
    ChangeOut,
    ChecksOut,
    CodeOut,
    ContentOut,
    DeadLetterList,
    DeadLetterOut,
    Decision,
    DepartmentOut,
    DeviceList,
    DeviceOut,
    DifferenceList,
    Done,
    DoorDone,
    DoorList,
    DoorMode,
    DoorOut,
    DoorRightOut,
    ErasedPersonList,
    ErasedPersonOut,
    EventList,
    EventOut,
    FaceOut,
    FacilityUse,
    FamilyOut,
    FieldOut,
    FingerOut,
    FormatOut,
    GapList,
    GivenRole,
    GroupOut,
    GroupsOut,
    HandEdits,
    HistoryList,
    HoldOut,
    HolidayHoursShape,
    HolidayOut,
    ImportColumn,
    ImportedPersonList,
    ImportList,
    ImportOut,
    ImportOutcome,
    ImportProblemList,
    InformationOut,
    JobList,
    JobOut,
    Me,
    MemberList,
    MembersDone,
    Mode,
    ModeOut,
    NetworkChange,
    NetworkChanged,
    NetworkOut,
    NewSecret,
    NewToken,
    NewWebhook,
    OperatorList,
    OperatorOut,
    Outcome,
    ParityShape,
    PastHoldList,
    PeriodShape,
    PersonCardOut,
    PersonList,
    PersonOut,
    PlaceOut,
    PlanOut,
    ProblemList,
    Reading,
    ReadOut,
    Reply,
    ResetOut,
    RightOut,
    RoleOut,
    ScheduleOut,
    SearchOut,
    SessionList,
    SessionOut,
    SettingsOut,
    State,
    StatusOut,
    SyncList,
    SyncOut,
    TakeoverConflictList,
    TakeoverList,
    TakeoverOut,
    TestOutcome,
    TokenList,
    TokenOut,
    WebhookList,
    WebhookOut,
)
from doorward.client.values import UNSET, Unset, segment


class Access(Operations):
    """Operations of access."""

    def list_groups_of_person(self, number: int) -> GroupsOut:
        """List the access groups of a person.

        By their numbers.
        """
        return self._call("GET", f"/people/{segment(number)}/groups", answers.model(GroupsOut))

    def set_groups_of_person(self, number: int, *, groups: Sequence[int]) -> GroupsOut:
        """Set the access groups of a person.

        These and no others.
        """
        return self._call("PUT", f"/people/{segment(number)}/groups", answers.model(GroupsOut), body={"groups": groups})

    def list_access_groups(self) -> tuple[AccessGroupOut, ...]:
        """List access groups.

        All groups in the order of their numbers.
        """
        return self._call("GET", "/access-groups", answers.models(AccessGroupOut))

    def create_access_group(self, *, name: str) -> AccessGroupOut:
        """Make an access group.

        Its number is given by the server.
        """
        return self._call("POST", "/access-groups", answers.model(AccessGroupOut), body={"name": name})

    def show_access_group(self, number: int) -> AccessGroupOut:
        """Show an access group.

        One group.
        """
        return self._call("GET", f"/access-groups/{segment(number)}", answers.model(AccessGroupOut))

    def rename_access_group(self, number: int, *, name: str) -> AccessGroupOut:
        """Rename an access group.

        Its number stays.
        """
        return self._call(
            "PATCH", f"/access-groups/{segment(number)}", answers.model(AccessGroupOut), body={"name": name}
        )

    def delete_access_group(self, number: int) -> None:
        """Delete an access group.

        Its people lose what it gave them.
        """
        return self._call("DELETE", f"/access-groups/{segment(number)}", answers.nothing)

    def list_rights(self, number: int) -> tuple[DoorRightOut, ...]:
        """List the rights of an access group.

        The doors that its people may pass, and when.
        """
        return self._call("GET", f"/access-groups/{segment(number)}/rights", answers.models(DoorRightOut))

    def set_right(self, number: int, door_id: int, *, schedule: int | Unset | None = UNSET) -> DoorRightOut:
        """Let an access group pass a door.

        Give the right, or change when it holds. A device knows one schedule of a group for all of its doors.

        Args:
            schedule: Number of the schedule; null is always.
        """
        return self._call(
            "PUT",
            f"/access-groups/{segment(number)}/rights/{segment(door_id)}",
            answers.model(DoorRightOut),
            body={"schedule": schedule},
        )

    def remove_right(self, number: int, door_id: int) -> None:
        """Take a right from an access group.

        Its people do not pass this door any more, as soon as the device knows.
        """
        return self._call("DELETE", f"/access-groups/{segment(number)}/rights/{segment(door_id)}", answers.nothing)

    def list_members(self, number: int, *, after: int | None = None, limit: int | None = None) -> MemberList:
        """List the members of an access group.

        People in the order of their numbers.
        """
        return self._call(
            "GET",
            f"/access-groups/{segment(number)}/members",
            answers.model(MemberList),
            query={"after": after, "limit": limit},
        )

    def add_members(self, number: int, *, people: Sequence[int]) -> MembersDone:
        """Add members to an access group.

        All of them, or none where one is not known; who belongs to it already stays.
        """
        return self._call(
            "POST", f"/access-groups/{segment(number)}/members", answers.model(MembersDone), body={"people": people}
        )

    def remove_members(self, number: int, *, people: Sequence[int]) -> MembersDone:
        """Remove members from an access group.

        All of them, or none where one is not known.
        """
        return self._call(
            "POST",
            f"/access-groups/{segment(number)}/members/remove",
            answers.model(MembersDone),
            body={"people": people},
        )

    def list_schedules(self) -> tuple[ScheduleOut, ...]:
        """List schedules.

        In the order of their numbers.
        """
        return self._call("GET", "/schedules", answers.models(ScheduleOut))

    def create_schedule(
        self,
        *,
        name: str,
        days: Sequence[Sequence[Sequence[int]]],
        holidays: Sequence[HolidayHoursShape] | Unset = UNSET,
    ) -> ScheduleOut:
        """Make a schedule.

        Its number is given by the server; at most five intervals a day.

        Args:
            days: Seven days, Sunday first.
        """
        return self._call(
            "POST", "/schedules", answers.model(ScheduleOut), body={"name": name, "days": days, "holidays": holidays}
        )

    def show_schedule(self, number: int) -> ScheduleOut:
        """Show a schedule.

        One schedule.
        """
        return self._call("GET", f"/schedules/{segment(number)}", answers.model(ScheduleOut))

    def change_schedule(
        self,
        number: int,
        *,
        name: str | Unset | None = UNSET,
        days: Sequence[Sequence[Sequence[int]]] | Unset | None = UNSET,
        holidays: Sequence[HolidayHoursShape] | Unset | None = UNSET,
    ) -> ScheduleOut:
        """Change a schedule.

        Change what is given; every device at which it says when doors may be passed is told.
        """
        return self._call(
            "PATCH",
            f"/schedules/{segment(number)}",
            answers.model(ScheduleOut),
            body={"name": name, "days": days, "holidays": holidays},
        )

    def delete_schedule(self, number: int) -> None:
        """Delete a schedule.

        Delete a schedule by which no right holds.
        """
        return self._call("DELETE", f"/schedules/{segment(number)}", answers.nothing)

    def list_holidays(self) -> tuple[HolidayOut, ...]:
        """List tables of holidays.

        In the order of their numbers.
        """
        return self._call("GET", "/holidays", answers.models(HolidayOut))

    def create_holiday(self, *, name: str, periods: Sequence[PeriodShape] | Unset = UNSET) -> HolidayOut:
        """Make a table of holidays.

        Its number is given by the server.
        """
        return self._call("POST", "/holidays", answers.model(HolidayOut), body={"name": name, "periods": periods})

    def show_holiday(self, number: int) -> HolidayOut:
        """Show a table of holidays.

        One table.
        """
        return self._call("GET", f"/holidays/{segment(number)}", answers.model(HolidayOut))

    def change_holiday(
        self, number: int, *, name: str | Unset | None = UNSET, periods: Sequence[PeriodShape] | Unset | None = UNSET
    ) -> HolidayOut:
        """Change a table of holidays.

        Change what is given; every device with a schedule that follows it is told.
        """
        return self._call(
            "PATCH", f"/holidays/{segment(number)}", answers.model(HolidayOut), body={"name": name, "periods": periods}
        )

    def delete_holiday(self, number: int) -> None:
        """Delete a table of holidays.

        Delete a table that no schedule follows.
        """
        return self._call("DELETE", f"/holidays/{segment(number)}", answers.nothing)


class Agents(Operations):
    """Operations of agents."""

    def list_agents(self) -> AgentList:
        """List agents.

        All agents, by name, and how they do.
        """
        return self._call("GET", "/agents", answers.model(AgentList))

    def add_agent(
        self,
        *,
        name: str,
        networks: Sequence[str] | Unset = UNSET,
        tcp_ports: Sequence[int] | Unset | None = UNSET,
        udp_ports: Sequence[int] | Unset | None = UNSET,
        hours: int | Unset = UNSET,
    ) -> CodeOut:
        """Add an agent.

        Add an agent. The answer holds its one-time code, this once.

        Args:
            networks: IPv4 networks that it may reach; none: those of its own cards.
            tcp_ports: Null: those of devices.
            udp_ports: Null: those of devices.
            hours: How long the one-time code can be used.
        """
        return self._call(
            "POST",
            "/agents",
            answers.model(CodeOut),
            body={"name": name, "networks": networks, "tcp_ports": tcp_ports, "udp_ports": udp_ports, "hours": hours},
        )

    def show_agent(self, agent_id: int) -> AgentOut:
        """Show an agent.

        One agent, and how it does.
        """
        return self._call("GET", f"/agents/{segment(agent_id)}", answers.model(AgentOut))

    def change_agent(
        self,
        agent_id: int,
        *,
        name: str | Unset | None = UNSET,
        networks: Sequence[str] | Unset | None = UNSET,
        tcp_ports: Sequence[int] | Unset | None = UNSET,
        udp_ports: Sequence[int] | Unset | None = UNSET,
    ) -> AgentOut:
        """Change an agent.

        Change its name, or what it may reach; it is told at once.
        """
        return self._call(
            "PATCH",
            f"/agents/{segment(agent_id)}",
            answers.model(AgentOut),
            body={"name": name, "networks": networks, "tcp_ports": tcp_ports, "udp_ports": udp_ports},
        )

    def remove_agent(self, agent_id: int) -> None:
        """Remove an agent.

        Remove an agent through which no device is dialled; a line that it has is closed.
        """
        return self._call("DELETE", f"/agents/{segment(agent_id)}", answers.nothing)

    def make_code(self, agent_id: int, *, hours: int | Unset = UNSET) -> CodeOut:
        """Make a fresh code.

        Make a one-time code for an agent that is there already, as for a new machine; codes before it end.

        Args:
            hours: How long the one-time code can be used.
        """
        return self._call("POST", f"/agents/{segment(agent_id)}/code", answers.model(CodeOut), body={"hours": hours})

    def revoke_agent(self, agent_id: int, *, reason: str | Unset = UNSET) -> AgentOut:
        """Revoke an agent.

        Close its line at once, and refuse its certificate and its codes from now on.
        """
        return self._call(
            "POST", f"/agents/{segment(agent_id)}/revoke", answers.model(AgentOut), body={"reason": reason}
        )


class Audit(Operations):
    """Operations of audit."""

    def list_audit(
        self,
        *,
        after: int | None = None,
        limit: int | None = None,
        actor: str | None = None,
        action: str | None = None,
        object_type: str | None = None,
        object_id: str | None = None,
        outcome: Outcome | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> AuditList:
        """Read the audit log.

        Who did what, the newest first.

        Args:
            after: The 'next' of the page before; absent for the first page.
            limit: How many rows a page has at most.
        """
        return self._call(
            "GET",
            "/audit",
            answers.model(AuditList),
            query={
                "after": after,
                "limit": limit,
                "actor": actor,
                "action": action,
                "object_type": object_type,
                "object_id": object_id,
                "outcome": outcome,
                "since": since,
                "until": until,
            },
        )


class Devices(Operations):
    """Operations of devices."""

    def list_devices(
        self,
        *,
        approval: Approval | None = None,
        mode: Mode | None = None,
        state: str | None = None,
        group: int | None = None,
        q: str | None = None,
        after: int | None = None,
        limit: int | None = None,
    ) -> DeviceList:
        """List devices.

        Devices in the order of their numbers.

        Args:
            q: Part of the name, number, model or address.
        """
        return self._call(
            "GET",
            "/devices",
            answers.model(DeviceList),
            query={
                "approval": approval,
                "mode": mode,
                "state": state,
                "group": group,
                "q": q,
                "after": after,
                "limit": limit,
            },
        )

    def add_device(
        self,
        *,
        device_id: int,
        address: str,
        port: int | Unset | None = UNSET,
        agent: int | Unset | None = UNSET,
        name: str | Unset = UNSET,
        group_id: int | Unset | None = UNSET,
        model: str | Unset = UNSET,
        password: str | Unset = UNSET,
    ) -> DeviceOut:
        """Add a device that the server dials.

        Add a device in direct mode; who adds it lets it in. Devices in server mode come by themselves.

        Args:
            agent: The agent that dials it; null: the server itself.
            password: Is never shown again.
        """
        return self._call(
            "POST",
            "/devices",
            answers.model(DeviceOut),
            body={
                "device_id": device_id,
                "address": address,
                "port": port,
                "agent": agent,
                "name": name,
                "group_id": group_id,
                "model": model,
                "password": password,
            },
        )

    def show_device(self, device_id: int) -> DeviceOut:
        """Show a device.

        One device.
        """
        return self._call("GET", f"/devices/{segment(device_id)}", answers.model(DeviceOut))

    def change_device(
        self,
        device_id: int,
        *,
        name: str | Unset | None = UNSET,
        group_id: int | Unset | None = UNSET,
        enabled: bool | Unset | None = UNSET,
        mode: Mode | Unset | None = UNSET,
        address: str | Unset | None = UNSET,
        port: int | Unset | None = UNSET,
        agent: int | Unset | None = UNSET,
        zone: str | Unset | None = UNSET,
        time_sync: bool | Unset | None = UNSET,
        password: str | Unset | None = UNSET,
    ) -> DeviceOut:
        """Change a device.

        Change how a device is called, where it belongs and how it is reached.

        Args:
            group_id: null: in no group.
            agent: null: the server dials it itself.
        """
        return self._call(
            "PATCH",
            f"/devices/{segment(device_id)}",
            answers.model(DeviceOut),
            body={
                "name": name,
                "group_id": group_id,
                "enabled": enabled,
                "mode": mode,
                "address": address,
                "port": port,
                "agent": agent,
                "zone": zone,
                "time_sync": time_sync,
                "password": password,
            },
        )

    def remove_device(self, device_id: int) -> None:
        """Remove a device.

        Forget a device that is blocked, waits or is switched off; its events stay.
        """
        return self._call("DELETE", f"/devices/{segment(device_id)}", answers.nothing)

    def approve_device(self, device_id: int, *, name: str | Unset | None = UNSET) -> DeviceOut:
        """Let a device in.

        Approve a device at the address from which it was last heard.
        """
        return self._call(
            "POST", f"/devices/{segment(device_id)}/approve", answers.model(DeviceOut), body={"name": name}
        )

    def block_device(self, device_id: int, *, reason: str | Unset = UNSET) -> DeviceOut:
        """Keep a device out.

        Block a device; a connection that it has is dropped.
        """
        return self._call(
            "POST", f"/devices/{segment(device_id)}/block", answers.model(DeviceOut), body={"reason": reason}
        )

    def history(self, device_id: int, *, before: int | None = None, limit: int | None = None) -> HistoryList:
        """What became of its connections.

        Each change of the device's state or approval, the newest first.
        """
        return self._call(
            "GET",
            f"/devices/{segment(device_id)}/history",
            answers.model(HistoryList),
            query={"before": before, "limit": limit},
        )

    def gaps(self, device_id: int, *, before: int | None = None, limit: int | None = None) -> GapList:
        """Gaps in its record.

        Spans in which events of the device can be missing, the one found last first.
        """
        return self._call(
            "GET",
            f"/devices/{segment(device_id)}/gaps",
            answers.model(GapList),
            query={"before": before, "limit": limit},
        )

    def reboot(self, device_id: int) -> Done:
        """Restart a device.

        Restart it; it is away for a moment and connects anew.
        """
        return self._call("POST", f"/devices/{segment(device_id)}/reboot", answers.model(Done))

    def sync_time(self, device_id: int) -> Done:
        """Set a device's clock.

        Set its clock to the time of its zone, after what it wrote so far was read.
        """
        return self._call("POST", f"/devices/{segment(device_id)}/sync-time", answers.model(Done))

    def fetch_log(self, device_id: int, *, complete: bool | Unset = UNSET) -> Done:
        """Read a device's log now.

        Read what is new in its log, or all of it.

        Args:
            complete: The whole log, not only what is new.
        """
        return self._call(
            "POST", f"/devices/{segment(device_id)}/fetch-log", answers.model(Done), body={"complete": complete}
        )

    def reconnect(self, device_id: int, *, reason: str | Unset = UNSET) -> Done:
        """Connect anew.

        Close the connection that stands, and connect anew.
        """
        return self._call(
            "POST", f"/devices/{segment(device_id)}/reconnect", answers.model(Done), body={"reason": reason}
        )

    def open_door(self, device_id: int, door: int) -> Done:
        """Open a door by the number of its relay.

        Open a door of the device for its opening time; 0 is the first.
        """
        return self._call("POST", f"/devices/{segment(device_id)}/relays/{segment(door)}/open", answers.model(Done))

    def lock_door(self, device_id: int, door: int) -> Done:
        """Lock a door by the number of its relay.

        Lock a door of the device again; 0 is the first.
        """
        return self._call("POST", f"/devices/{segment(device_id)}/relays/{segment(door)}/lock", answers.model(Done))

    def information(self, device_id: int) -> InformationOut:
        """Ask a device who it is.

        Who the device says it is, and what its clock shows.
        """
        return self._call("GET", f"/devices/{segment(device_id)}/information", answers.model(InformationOut))

    def list_settings(self, device_id: int) -> tuple[FamilyOut, ...]:
        """List the families of a device's settings.

        The families that its model has; which of them this device has, it says itself.
        """
        return self._call("GET", f"/devices/{segment(device_id)}/settings", answers.models(FamilyOut))

    def read_settings(self, device_id: int, family: str) -> SettingsOut:
        """Read a family of settings.

        Ask the device now, and show it beside what is stored; secrets are left out.
        """
        return self._call(
            "GET", f"/devices/{segment(device_id)}/settings/{segment(family)}", answers.model(SettingsOut)
        )

    def change_settings(self, device_id: int, family: str, *, changes: Mapping[str, Any]) -> SettingsOut:
        """Change settings.

        Change the named settings at the device; all others stay as they are.
        """
        return self._call(
            "PATCH",
            f"/devices/{segment(device_id)}/settings/{segment(family)}",
            answers.model(SettingsOut),
            body={"changes": changes},
        )

    def keep_settings(self, device_id: int, family: str) -> SettingsOut:
        """Store settings as they are.

        Ask the device now, and store what it says.
        """
        return self._call(
            "POST", f"/devices/{segment(device_id)}/settings/{segment(family)}/keep", answers.model(SettingsOut)
        )

    def read_network(self, device_id: int) -> NetworkOut:
        """Read a device's network settings.

        Ask the device over its connection.
        """
        return self._call("GET", f"/devices/{segment(device_id)}/network", answers.model(NetworkOut))

    def change_network(
        self,
        device_id: int,
        *,
        mode: str | Unset | None = UNSET,
        dhcp: bool | Unset | None = UNSET,
        address: str | Unset | None = UNSET,
        mask: str | Unset | None = UNSET,
        gateway: str | Unset | None = UNSET,
        port: int | Unset | None = UNSET,
        server_address: str | Unset | None = UNSET,
        server_port: int | Unset | None = UNSET,
        tls_server_port: int | Unset | None = UNSET,
        synchronize_time: bool | Unset | None = UNSET,
        max_connections: int | Unset | None = UNSET,
        mtu: int | Unset | None = UNSET,
    ) -> NetworkChanged:
        """Change a device's network settings.

        Change the named settings over the device's connection; it restarts its network and connects anew.
        """
        return self._call(
            "PATCH",
            f"/devices/{segment(device_id)}/network",
            answers.model(NetworkChanged),
            body={
                "mode": mode,
                "dhcp": dhcp,
                "address": address,
                "mask": mask,
                "gateway": gateway,
                "port": port,
                "server_address": server_address,
                "server_port": server_port,
                "tls_server_port": tls_server_port,
                "synchronize_time": synchronize_time,
                "max_connections": max_connections,
                "mtu": mtu,
            },
        )

    def list_groups(self) -> tuple[GroupOut, ...]:
        """List groups of devices.

        All groups that the caller may see, in the order of their names.
        """
        return self._call("GET", "/devices/groups", answers.models(GroupOut))

    def create_group(self, *, name: str, parent_id: int | Unset | None = UNSET) -> GroupOut:
        """Make a group.

        Make a group of devices.
        """
        return self._call(
            "POST", "/devices/groups", answers.model(GroupOut), body={"name": name, "parent_id": parent_id}
        )

    def change_group(
        self, group_id: int, *, name: str | Unset | None = UNSET, parent_id: int | Unset | None = UNSET
    ) -> GroupOut:
        """Change a group.

        Rename a group, or put it into another one.

        Args:
            parent_id: null: at the top.
        """
        return self._call(
            "PATCH",
            f"/devices/groups/{segment(group_id)}",
            answers.model(GroupOut),
            body={"name": name, "parent_id": parent_id},
        )

    def delete_group(self, group_id: int) -> None:
        """Delete a group.

        Delete a group that holds nothing.
        """
        return self._call("DELETE", f"/devices/groups/{segment(group_id)}", answers.nothing)


class Discovery(Operations):
    """Operations of discovery."""

    def list_cards(self) -> tuple[CardOut, ...]:
        """List the server's network cards.

        Every IPv4 address of every card.
        """
        return self._call("GET", "/discovery/interfaces", answers.models(CardOut))

    def search(
        self,
        *,
        interfaces: Sequence[str] | Unset = UNSET,
        addresses: Sequence[str] | Unset = UNSET,
        generations: Sequence[str] | Unset = UNSET,
        seconds: float | Unset = UNSET,
        udp_port: int | Unset | None = UNSET,
        agents: Sequence[int] | Unset = UNSET,
        here: bool | Unset = UNSET,
    ) -> SearchOut:
        """Search for devices.

        Ask the server's networks, or single addresses, for devices; the answer comes when the search is over.

        Args:
            interfaces: Cards by name or address; none: all.
            addresses: Ask these alone; none: ask all by broadcast.
            udp_port: UDP port of BioStar 1 devices; null: 51110.
            agents: Agents that search in their branches.
            here: Whether the server searches in its own networks.
        """
        return self._call(
            "POST",
            "/discovery/search",
            answers.model(SearchOut),
            body={
                "interfaces": interfaces,
                "addresses": addresses,
                "generations": generations,
                "seconds": seconds,
                "udp_port": udp_port,
                "agents": agents,
                "here": here,
            },
        )

    def read_network(
        self,
        *,
        device_id: int,
        addresses: Sequence[str] | Unset = UNSET,
        interfaces: Sequence[str] | Unset = UNSET,
        generation: str | Unset | None = UNSET,
        udp_port: int | Unset | None = UNSET,
        agent: int | Unset | None = UNSET,
    ) -> ReadOut:
        """Read network settings by UDP.

        Ask one device how it is set up on its network, without a connection to it.

        Args:
            addresses: Where it is asked; none: by broadcast.
            agent: In whose branch it is; null: the server asks.
        """
        return self._call(
            "POST",
            "/discovery/network/read",
            answers.model(ReadOut),
            body={
                "device_id": device_id,
                "addresses": addresses,
                "interfaces": interfaces,
                "generation": generation,
                "udp_port": udp_port,
                "agent": agent,
            },
        )

    def write_network(
        self,
        *,
        device_id: int,
        changes: NetworkChange,
        addresses: Sequence[str] | Unset = UNSET,
        interfaces: Sequence[str] | Unset = UNSET,
        generation: str | Unset | None = UNSET,
        udp_port: int | Unset | None = UNSET,
        agent: int | Unset | None = UNSET,
    ) -> NetworkChanged:
        """Change network settings by UDP.

        Change the named network settings of one device; it restarts its network when it took them.

        Args:
            addresses: Where it is asked; none: by broadcast.
            agent: In whose branch it is; null: the server asks.
        """
        return self._call(
            "POST",
            "/discovery/network/write",
            answers.model(NetworkChanged),
            body={
                "device_id": device_id,
                "addresses": addresses,
                "interfaces": interfaces,
                "generation": generation,
                "udp_port": udp_port,
                "agent": agent,
                "changes": changes,
            },
        )

    def reset(
        self,
        *,
        device_id: int,
        addresses: Sequence[str] | Unset = UNSET,
        interfaces: Sequence[str] | Unset = UNSET,
        generation: str | Unset | None = UNSET,
        udp_port: int | Unset | None = UNSET,
        agent: int | Unset | None = UNSET,
    ) -> ResetOut:
        """Restart a device by UDP.

        Restart one device without a connection to it, as for one that answers a search and refuses connections.

        Args:
            addresses: Where it is asked; none: by broadcast.
            agent: In whose branch it is; null: the server asks.
        """
        return self._call(
            "POST",
            "/discovery/reset",
            answers.model(ResetOut),
            body={
                "device_id": device_id,
                "addresses": addresses,
                "interfaces": interfaces,
                "generation": generation,
                "udp_port": udp_port,
                "agent": agent,
            },
        )


class Doors(Operations):
    """Operations of doors."""

    def list_doors(
        self,
        *,
        after: int | None = None,
        limit: int | None = None,
        device: int | None = None,
        enabled: bool | None = None,
        mode: DoorMode | None = None,
        alarm: bool | None = None,
        q: str | None = None,
    ) -> DoorList:
        """List doors.

        Doors in the order of their numbers, with their state.

        Args:
            after: The 'next' of the page before; absent for the first page.
            limit: How many rows a page has at most.
            alarm: Only those that are, or are not, forced or held open too long.
            q: Only those whose name or device has this in it.
        """
        return self._call(
            "GET",
            "/doors",
            answers.model(DoorList),
            query={
                "after": after,
                "limit": limit,
                "device": device,
                "enabled": enabled,
                "mode": mode,
                "alarm": alarm,
                "q": q,
            },
        )

    def add_door(self, *, device: int, number: int, name: str | Unset = UNSET) -> DoorOut:
        """Add a further door of a device.

        A device has one door from the start; this adds the one of its second relay.
        """
        return self._call(
            "POST", "/doors", answers.model(DoorOut), body={"device": device, "number": number, "name": name}
        )

    def show_door(self, door_id: int) -> DoorOut:
        """Show a door.

        One door with its state.
        """
        return self._call("GET", f"/doors/{segment(door_id)}", answers.model(DoorOut))

    def change_door(
        self, door_id: int, *, name: str | Unset | None = UNSET, enabled: bool | Unset | None = UNSET
    ) -> DoorOut:
        """Name a door, or take it out of use.

        Change what is given; the device is not told of it.
        """
        return self._call(
            "PATCH", f"/doors/{segment(door_id)}", answers.model(DoorOut), body={"name": name, "enabled": enabled}
        )

    def remove_door(self, door_id: int) -> None:
        """Remove a door that was added.

        The first door of a device can only be taken out of use.
        """
        return self._call("DELETE", f"/doors/{segment(door_id)}", answers.nothing)

    def open_door(self, door_id: int, *, reason: str | Unset = UNSET) -> DoorDone:
        """Open a door.

        Unlock a door for its own opening time. 409 with the device's own words when it does not.
        """
        return self._call("POST", f"/doors/{segment(door_id)}/open", answers.model(DoorDone), body={"reason": reason})

    def lock_door(self, door_id: int, *, reason: str | Unset = UNSET) -> DoorDone:
        """Lock a door now.

        End the opening time of a door at once; whoever may pass can still open it.
        """
        return self._call("POST", f"/doors/{segment(door_id)}/lock", answers.model(DoorDone), body={"reason": reason})

    def hold_door_open(self, door_id: int, *, reason: str | Unset = UNSET) -> DoorDone:
        """Hold a door open.

        Let a door stay unlocked until it is returned to normal; it outlives a restart of the device.
        """
        return self._call(
            "POST", f"/doors/{segment(door_id)}/hold-open", answers.model(DoorDone), body={"reason": reason}
        )

    def lock_door_down(self, door_id: int, *, reason: str | Unset = UNSET) -> DoorDone:
        """Lock a door down.

        Let a door stay locked, whoever comes, until it is returned to normal; it outlives a restart of the device.
        """
        return self._call(
            "POST", f"/doors/{segment(door_id)}/lock-down", answers.model(DoorDone), body={"reason": reason}
        )

    def return_door_to_normal(self, door_id: int, *, reason: str | Unset = UNSET) -> DoorDone:
        """Return a door to normal.

        Let a door open to whoever may pass, as it did before it was held open or locked down.
        """
        return self._call("POST", f"/doors/{segment(door_id)}/normal", answers.model(DoorDone), body={"reason": reason})

    def read_door(self, door_id: int) -> DoorOut:
        """Ask a device how a door is set up.

        Read the times and the mode of a door from its device; nothing is changed there.
        """
        return self._call("POST", f"/doors/{segment(door_id)}/read", answers.model(DoorOut))

    def list_plans(self) -> tuple[PlanOut, ...]:
        """List floor plans.

        All floor plans with the doors on them.
        """
        return self._call("GET", "/floor-plans", answers.models(PlanOut))

    def add_plan(self, *, name: str, picture: bytes, group: int | Unset | None = UNSET) -> PlanOut:
        """Upload a floor plan.

        PNG, JPEG or WebP of at most 10 MB; it is written anew, without whatever else the file held.
        """
        return self._call(
            "POST",
            "/floor-plans",
            answers.model(PlanOut),
            form={"name": name, "group": group},
            files={"picture": picture},
        )

    def show_plan(self, plan_id: int) -> PlanOut:
        """Show a floor plan.

        One floor plan with the doors on it.
        """
        return self._call("GET", f"/floor-plans/{segment(plan_id)}", answers.model(PlanOut))

    def change_plan(self, plan_id: int, *, name: str | Unset | None = UNSET) -> PlanOut:
        """Name a floor plan.

        Change what is given.
        """
        return self._call("PATCH", f"/floor-plans/{segment(plan_id)}", answers.model(PlanOut), body={"name": name})

    def remove_plan(self, plan_id: int) -> None:
        """Remove a floor plan.

        The doors themselves stay.
        """
        return self._call("DELETE", f"/floor-plans/{segment(plan_id)}", answers.nothing)

    def show_picture(self, plan_id: int) -> bytes:
        """The picture of a floor plan.

        The picture itself.
        """
        return self._call("GET", f"/floor-plans/{segment(plan_id)}/picture", answers.content)

    def replace_picture(self, plan_id: int, *, picture: bytes) -> PlanOut:
        """Replace the picture of a floor plan.

        The doors stay where they are on it.
        """
        return self._call(
            "POST", f"/floor-plans/{segment(plan_id)}/picture", answers.model(PlanOut), files={"picture": picture}
        )

    def move_plan(self, plan_id: int, *, group: int | None) -> PlanOut:
        """Let a floor plan belong to a group of devices.

        Who has rights in that group alone sees it then; null shows it to those with rights for the whole site.
        """
        return self._call(
            "PUT", f"/floor-plans/{segment(plan_id)}/group", answers.model(PlanOut), body={"group": group}
        )

    def place_door(self, plan_id: int, door_id: int, *, x: float, y: float) -> PlaceOut:
        """Place a door on a floor plan.

        Put a door on the plan, or move it there.
        """
        return self._call(
            "PUT",
            f"/floor-plans/{segment(plan_id)}/doors/{segment(door_id)}",
            answers.model(PlaceOut),
            body={"x": x, "y": y},
        )

    def take_off(self, plan_id: int, door_id: int) -> None:
        """Take a door off a floor plan.

        The door itself stays.
        """
        return self._call("DELETE", f"/floor-plans/{segment(plan_id)}/doors/{segment(door_id)}", answers.nothing)

    def list_alarms(
        self,
        *,
        after: int | None = None,
        limit: int | None = None,
        state: AlarmState | None = None,
        kind: str | None = None,
        source: AlarmSource | None = None,
        device: int | None = None,
        door: int | None = None,
        standing: bool | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> AlarmList:
        """List alarms.

        Alarms, the newest first.

        Args:
            after: The 'next' of the page before; absent for the first page.
            limit: How many rows a page has at most.
            kind: Stable name of the kind, such as door-forced-open-0.
            standing: Only those whose trouble is not known to be over, or is.
            since: Raised at this moment or later.
            until: Raised before this moment.
        """
        return self._call(
            "GET",
            "/alarms",
            answers.model(AlarmList),
            query={
                "after": after,
                "limit": limit,
                "state": state,
                "kind": kind,
                "source": source,
                "device": device,
                "door": door,
                "standing": standing,
                "since": since,
                "until": until,
            },
        )

    def show_alarm(self, alarm_id: int) -> AlarmOut:
        """Show an alarm.

        One alarm.
        """
        return self._call("GET", f"/alarms/{segment(alarm_id)}", answers.model(AlarmOut))

    def acknowledge_alarm(self, alarm_id: int, *, note: str | Unset = UNSET) -> AlarmOut:
        """Acknowledge an alarm.

        Note that somebody sees to an alarm, and what he found; doing so again only adds a note.
        """
        return self._call(
            "POST", f"/alarms/{segment(alarm_id)}/acknowledge", answers.model(AlarmOut), body={"note": note}
        )


class Enrolment(Operations):
    """Operations of enrolment."""

    def list_captures(self) -> tuple[CaptureOut, ...]:
        """List readings at devices.

        What the caller reads, or has read and not given to a person yet.
        """
        return self._call("GET", "/enrolments", answers.models(CaptureOut))

    def begin_capture(self, *, device: int, kind: CaptureKind) -> CaptureOut:
        """Read something at a device.

        Let a live device wait for a card, a finger or a face; one at a time at each device.
        """
        return self._call("POST", "/enrolments", answers.model(CaptureOut), body={"device": device, "kind": kind})

    def show_capture(self, capture_id: str) -> CaptureOut:
        """Show a reading.

        How far it has come. The stream tells each change too, as a happening of kind person.
        """
        return self._call("GET", f"/enrolments/{segment(capture_id)}", answers.model(CaptureOut))

    def cancel_capture(self, capture_id: str) -> CaptureOut:
        """Cancel a reading.

        Want it no more; what the device still reads is thrown away.
        """
        return self._call("POST", f"/enrolments/{segment(capture_id)}/cancel", answers.model(CaptureOut))

    def attach_capture(
        self,
        capture_id: str,
        *,
        person: int,
        label: str | Unset = UNSET,
        bypass: bool | Unset = UNSET,
        position: int | Unset = UNSET,
        duress: bool | Unset = UNSET,
    ) -> None:
        """Give a person what was read.

        Add the card, finger or face to the person; it is forgotten here then.

        Args:
            person: Number of the person.
            label: Of a card, what people call it.
            bypass: Of a card, that it alone opens.
            position: Of a finger, which it is, as the model counts.
            duress: Of a finger, that it stands for a threat.
        """
        return self._call(
            "POST",
            f"/enrolments/{segment(capture_id)}/attach",
            answers.nothing,
            body={"person": person, "label": label, "bypass": bypass, "position": position, "duress": duress},
        )


class Events(Operations):
    """Operations of events."""

    def list_events(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        device: Sequence[int] = (),
        group: Sequence[int] = (),
        person: Sequence[int] = (),
        code: Sequence[str] = (),
        category: Sequence[str] = (),
        severity: Sequence[str] = (),
        words: str | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> EventList:
        """Search events.

        Events by the time at which they happened, the newest first.

        Args:
            since: From this moment on. Without a zone it is taken as UTC.
            until: Before this moment.
            device: At these devices.
            group: At devices of these groups, those of the groups inside included.
            person: Of these persons.
            code: Codes, as numbers or names such as door-forced-open.
            category: Of these categories.
            severity: Of these severities.
            words: What happened, in these words; in English or your language.
            after: The 'next' of the page before.
        """
        return self._call(
            "GET",
            "/events",
            answers.model(EventList),
            query={
                "since": since,
                "until": until,
                "device": device,
                "group": group,
                "person": person,
                "code": code,
                "category": category,
                "severity": severity,
                "words": words,
                "after": after,
                "limit": limit,
            },
        )

    def show_event(self, position: int) -> EventOut:
        """Show an event.

        One event, by its position.
        """
        return self._call("GET", f"/events/{segment(position)}", answers.model(EventOut))

    def export_events(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        device: Sequence[int] = (),
        group: Sequence[int] = (),
        person: Sequence[int] = (),
        code: Sequence[str] = (),
        category: Sequence[str] = (),
        severity: Sequence[str] = (),
        words: str | None = None,
        format: Literal["csv", "jsonl"] | None = None,
    ) -> AbstractContextManager[Download]:
        """Take events away in a file.

        All events of a search as CSV or as lines of JSON; there may be millions.

        For whoever may see people (people.view) each has the name of its person; for others it is empty.

        Args:
            since: From this moment on. Without a zone it is taken as UTC.
            until: Before this moment.
            device: At these devices.
            group: At devices of these groups, those of the groups inside included.
            person: Of these persons.
            code: Codes, as numbers or names such as door-forced-open.
            category: Of these categories.
            severity: Of these severities.
            words: What happened, in these words; in English or your language.
        """
        return self._download(
            "GET",
            "/events/export",
            query={
                "since": since,
                "until": until,
                "device": device,
                "group": group,
                "person": person,
                "code": code,
                "category": category,
                "severity": severity,
                "words": words,
                "format": format,
            },
        )

    def start_export(self, *, format: Any | Unset = UNSET, filter: Any | Unset = UNSET) -> JobOut:
        """Export events in the background.

        Start a job that writes all events of a search into a file; see the jobs for its progress and the file.

        Args:
            format: 'xlsx' is a workbook for spreadsheets.
        """
        return self._call("POST", "/events/exports", answers.model(JobOut), body={"format": format, "filter": filter})


class Holds(Operations):
    """Operations of holds."""

    def show_hold(self, device_id: int) -> HoldOut:
        """Show who has a device.

        Who has it, since when and why, and who asked for it. In server mode everybody shares a device.
        """
        return self._call("GET", f"/devices/{segment(device_id)}/hold", answers.model(HoldOut))

    def take_hold(
        self,
        device_id: int,
        *,
        kind: Literal["operator", "released"] | Unset = UNSET,
        reason: str | Unset = UNSET,
        program: str | Unset = UNSET,
        seconds: int | Unset | None = UNSET,
    ) -> HoldOut:
        """Have a device alone.

        Have a device in direct mode alone, or leave its line to another program.

        It lasts as long as you show signs of life (see ``keep``), and ends with your session, token or account.

        Args:
            kind: 'operator': commands of others are refused; 'released': the server leaves the device's line to
                another program.
            program: Which program gets the line.
        """
        return self._call(
            "POST",
            f"/devices/{segment(device_id)}/hold",
            answers.model(HoldOut),
            body={"kind": kind, "reason": reason, "program": program, "seconds": seconds},
        )

    def give_up_hold(self, device_id: int) -> None:
        """Give a device back.

        End your hold: everybody who may can work with the device again.
        """
        return self._call("DELETE", f"/devices/{segment(device_id)}/hold", answers.nothing)

    def keep_hold(self, device_id: int) -> HoldOut:
        """Go on having a device alone.

        A sign of life: your hold lasts its time from now on. Send one at least every third of that time.
        """
        return self._call("POST", f"/devices/{segment(device_id)}/hold/keep", answers.model(HoldOut))

    def ask_for_hold(self, device_id: int, *, reason: str | Unset = UNSET) -> HoldOut:
        """Ask for a device that is held.

        Ask whoever has it to give it up; he is shown that at once.
        """
        return self._call(
            "POST", f"/devices/{segment(device_id)}/hold/ask", answers.model(HoldOut), body={"reason": reason}
        )

    def take_over(self, device_id: int, *, reason: str | Unset = UNSET, seconds: int | Unset | None = UNSET) -> HoldOut:
        """Take a device over.

        End the hold of whoever has it, and have it yourself.
        """
        return self._call(
            "POST",
            f"/devices/{segment(device_id)}/hold/take-over",
            answers.model(HoldOut),
            body={"reason": reason, "seconds": seconds},
        )

    def list_holds(self, device_id: int, *, before: int | None = None, limit: int | None = None) -> PastHoldList:
        """List who had a device.

        Each hold of the device from its beginning to its end, the newest first.
        """
        return self._call(
            "GET",
            f"/devices/{segment(device_id)}/holds",
            answers.model(PastHoldList),
            query={"before": before, "limit": limit},
        )


class Imports(Operations):
    """Operations of imports."""

    def list_imports(self, *, after: int | None = None, limit: int | None = None) -> ImportList:
        """List imports.

        The caller's own imports, the newest first.

        Args:
            after: The 'next' of the page before; absent for the first page.
            limit: How many rows a page has at most.
        """
        return self._call("GET", "/people/imports", answers.model(ImportList), query={"after": after, "limit": limit})

    def begin_import(
        self, *, file_name: str, size: int, source: Any | Unset = UNSET, options: Any | Unset = UNSET
    ) -> ImportOut:
        """Begin an import.

        Say what comes; the file follows in pieces. Nothing is changed before it was checked and agreed to.

        Args:
            file_name: Its end says of what kind it is.
            size: Its bytes.
        """
        return self._call(
            "POST",
            "/people/imports",
            answers.model(ImportOut),
            body={"source": source, "file_name": file_name, "size": size, "options": options},
        )

    def list_columns(self) -> tuple[ImportColumn, ...]:
        """List the columns of files of people.

        What the heading of a file of people may name; ``number`` alone is needed.
        """
        return self._call("GET", "/people/imports/columns", answers.models(ImportColumn))

    def show_import(self, number: int) -> ImportOut:
        """Show an import.

        How far it has come, and what it does or did.
        """
        return self._call("GET", f"/people/imports/{segment(number)}", answers.model(ImportOut))

    def drop_import(self, number: int) -> None:
        """Drop an import.

        Forget the file and what is needed to undo it; what was applied stays.
        """
        return self._call("DELETE", f"/people/imports/{segment(number)}", answers.nothing)

    def upload_piece(self, number: int, *, piece: bytes, offset: int) -> ImportOut:
        """Upload a piece of the file.

        At most 8 MB; all but the last a multiple of 262144 bytes. The last one lets the file be checked.
        """
        return self._call(
            "POST",
            f"/people/imports/{segment(number)}/pieces",
            answers.model(ImportOut),
            form={"offset": offset},
            files={"piece": piece},
        )

    def check_import(
        self,
        number: int,
        *,
        encoding: Any | Unset = UNSET,
        separator: Any | Unset = UNSET,
        dates: Any | Unset = UNSET,
        sheet: str | Unset = UNSET,
        columns: Mapping[str, str] | Unset = UNSET,
    ) -> ImportOut:
        """Check an import anew.

        Read the file once more, perhaps otherwise; nothing is changed by it.

        Args:
            encoding: Of a CSV file. Detected is what has a mark at its beginning, and UTF-8.
            separator: Of a CSV file.
            dates: What comes first in a day such as 05/06/2024.
            sheet: Of a workbook; empty takes the first.
            columns: The column that a heading stands for, where it is called otherwise; an empty one is left out.
        """
        return self._call(
            "POST",
            f"/people/imports/{segment(number)}/check",
            answers.model(ImportOut),
            body={"encoding": encoding, "separator": separator, "dates": dates, "sheet": sheet, "columns": columns},
        )

    def list_problems(self, number: int, *, after: int | None = None, limit: int | None = None) -> ImportProblemList:
        """List the faults of an import.

        Every fault with row, column, value and what is allowed, in the order of the file.

        Args:
            after: The 'next' of the page before; absent for the first page.
            limit: How many rows a page has at most.
        """
        return self._call(
            "GET",
            f"/people/imports/{segment(number)}/problems",
            answers.model(ImportProblemList),
            query={"after": after, "limit": limit},
        )

    def list_imported_people(
        self, number: int, *, after: int | None = None, limit: int | None = None, outcome: ImportOutcome | None = None
    ) -> ImportedPersonList:
        """List the people of an import.

        Whoever is added or changed, in the order of the file, with what is different.

        Args:
            after: The 'next' of the page before; absent for the first page.
            limit: How many rows a page has at most.
            outcome: Only those.
        """
        return self._call(
            "GET",
            f"/people/imports/{segment(number)}/people",
            answers.model(ImportedPersonList),
            query={"after": after, "limit": limit, "outcome": outcome},
        )

    def apply_import(self, number: int, *, plan: str) -> ImportOut:
        """Apply an import.

        Do what was seen, in one transaction; refused where it would do something else by now.

        Args:
            plan: That of the import as it was seen.
        """
        return self._call(
            "POST", f"/people/imports/{segment(number)}/apply", answers.model(ImportOut), body={"plan": plan}
        )

    def undo_import(self, number: int) -> ImportOut:
        """Undo an import.

        Within 7 days. Whoever was changed since is left as is, and named.
        """
        return self._call("POST", f"/people/imports/{segment(number)}/undo", answers.model(ImportOut))

    def start_people_export(
        self,
        *,
        format: Any | Unset = UNSET,
        separator: Any | Unset = UNSET,
        text: str | Unset = UNSET,
        group: int | Unset | None = UNSET,
    ) -> JobOut:
        """Export people in the background.

        Start a job that writes people, or their photos, into a file; what it writes can be imported again.

        Args:
            format: PIN codes are never written.
            separator: Of CSV; detect stands for the comma.
            text: Only whom a search for this finds.
            group: Only members of this access group.
        """
        return self._call(
            "POST",
            "/people/exports",
            answers.model(JobOut),
            body={"format": format, "separator": separator, "text": text, "group": group},
        )


class Jobs(Operations):
    """Operations of jobs."""

    def list_jobs(
        self,
        *,
        after: int | None = None,
        limit: int | None = None,
        kind: str | None = None,
        state: State | None = None,
        everybody: bool | None = None,
    ) -> JobList:
        """List jobs.

        Jobs of the caller, the newest first.

        Args:
            after: The 'next' of the page before; absent for the first page.
            limit: How many rows a page has at most.
            kind: Of this kind alone.
            everybody: Those of others too; needs operators.manage.
        """
        return self._call(
            "GET",
            "/jobs",
            answers.model(JobList),
            query={"after": after, "limit": limit, "kind": kind, "state": state, "everybody": everybody},
        )

    def show_job(self, number: int) -> JobOut:
        """Show a job.

        One job.
        """
        return self._call("GET", f"/jobs/{segment(number)}", answers.model(JobOut))

    def stop_job(self, number: int) -> JobOut:
        """Stop a job.

        Stop a job that waits or runs; one that runs ends within a second or so.
        """
        return self._call("POST", f"/jobs/{segment(number)}/stop", answers.model(JobOut))

    def start_job_again(self, number: int) -> JobOut:
        """Start a job again.

        Do once more what failed or was stopped.
        """
        return self._call("POST", f"/jobs/{segment(number)}/start", answers.model(JobOut))

    def job_file(self, number: int) -> AbstractContextManager[Download]:
        """Fetch the file of a job.

        The file that came of a job; kept for 7 days.
        """
        return self._download("GET", f"/jobs/{segment(number)}/file")


class Modes(Operations):
    """Operations of modes."""

    def show_mode(self, device_id: int) -> ModeOut:
        """Show a device's mode and its last change.

        Which mode it has, what a change would send, and step by step how the last one went.
        """
        return self._call("GET", f"/devices/{segment(device_id)}/mode", answers.model(ModeOut))

    def change_mode(
        self,
        device_id: int,
        *,
        mode: Mode,
        server_address: str | Unset = UNSET,
        server_port: int | Unset | None = UNSET,
        seconds: int | Unset = UNSET,
        udp_port: int | Unset | None = UNSET,
    ) -> ChangeOut:
        """Bring a device to a mode.

        Set it up, wait until it calls or is reached, and only then note its mode here.

        The steps are made one after the other by the running server: ask for them by ``GET``, or follow the stream.

        Args:
            server_address: What it dials; empty: this server on its side.
            server_port: The TCP port there; null: that of this server.
            seconds: How long the device has to come.
            udp_port: UDP port of the device; null: 51110.
        """
        return self._call(
            "POST",
            f"/devices/{segment(device_id)}/mode",
            answers.model(ChangeOut),
            body={
                "mode": mode,
                "server_address": server_address,
                "server_port": server_port,
                "seconds": seconds,
                "udp_port": udp_port,
            },
        )

    def end_waiting(self, device_id: int) -> ModeOut:
        """Wait no more for a device.

        End the waiting for a device that has not come in time; what it was told stays with it.
        """
        return self._call("DELETE", f"/devices/{segment(device_id)}/mode", answers.model(ModeOut))


class Operators(Operations):
    """Operations of operators."""

    def show_me(self) -> Me:
        """Show who I am and what I may do.

        The operator of this token or session, and the rights that it may use.
        """
        return self._call("GET", "/me", answers.model(Me))

    def list_rights(self) -> tuple[RightOut, ...]:
        """List all rights.

        Every right that a role can give.
        """
        return self._call("GET", "/rights", answers.models(RightOut))

    def list_roles(self) -> tuple[RoleOut, ...]:
        """List roles.

        All roles, the built-in ones too.
        """
        return self._call("GET", "/roles", answers.models(RoleOut))

    def create_role(
        self, *, name: str, rights: Sequence[str], purpose: str | Unset = UNSET, second_factor: bool | Unset = UNSET
    ) -> RoleOut:
        """Make a role.

        An own role.
        """
        return self._call(
            "POST",
            "/roles",
            answers.model(RoleOut),
            body={"name": name, "purpose": purpose, "rights": rights, "second_factor": second_factor},
        )

    def change_role(
        self,
        slug: str,
        *,
        name: str,
        rights: Sequence[str],
        purpose: str | Unset = UNSET,
        second_factor: bool | Unset = UNSET,
    ) -> RoleOut:
        """Change a role.

        Change an own role; whoever has it may do the new things at once.
        """
        return self._call(
            "PUT",
            f"/roles/{segment(slug)}",
            answers.model(RoleOut),
            body={"name": name, "purpose": purpose, "rights": rights, "second_factor": second_factor},
        )

    def delete_role(self, slug: str) -> None:
        """Remove a role.

        Remove an own role that nobody has.
        """
        return self._call("DELETE", f"/roles/{segment(slug)}", answers.nothing)

    def list_operators(self, *, after: int | None = None, limit: int | None = None) -> OperatorList:
        """List operators.

        Accounts in the order in which they were made.

        Args:
            after: The 'next' of the page before; absent for the first page.
            limit: How many rows a page has at most.
        """
        return self._call("GET", "/operators", answers.model(OperatorList), query={"after": after, "limit": limit})

    def create_operator(
        self, *, name: str, password: str, full_name: str | Unset = UNSET, roles: Sequence[GivenRole] | Unset = UNSET
    ) -> OperatorOut:
        """Add an operator.

        A new account.
        """
        return self._call(
            "POST",
            "/operators",
            answers.model(OperatorOut),
            body={"name": name, "password": password, "full_name": full_name, "roles": roles},
        )

    def show_operator(self, number: int) -> OperatorOut:
        """Show an operator.

        One account.
        """
        return self._call("GET", f"/operators/{segment(number)}", answers.model(OperatorOut))

    def change_operator(
        self,
        number: int,
        *,
        full_name: str | Unset | None = UNSET,
        active: bool | Unset | None = UNSET,
        roles: Sequence[GivenRole] | Unset | None = UNSET,
        password: str | Unset | None = UNSET,
    ) -> OperatorOut:
        """Change an operator.

        Change an account; whoever is switched off is out at once.
        """
        return self._call(
            "PATCH",
            f"/operators/{segment(number)}",
            answers.model(OperatorOut),
            body={"full_name": full_name, "active": active, "roles": roles, "password": password},
        )

    def remove_second_factor(self, number: int) -> None:
        """Take an operator's second factor away.

        For whoever lost phone and recovery codes; he sets up a new one if a role of his asks for it.
        """
        return self._call("DELETE", f"/operators/{segment(number)}/second-factor", answers.nothing)

    def list_sessions(self, *, after: int | None = None, limit: int | None = None) -> SessionList:
        """List sessions.

        Sessions of the console, the newest first; those that ended too.

        Args:
            after: The 'next' of the page before; absent for the first page.
            limit: How many rows a page has at most.
        """
        return self._call("GET", "/sessions", answers.model(SessionList), query={"after": after, "limit": limit})

    def end_one_session(self, number: int) -> SessionOut:
        """End a session.

        Whoever works in it is out at once.
        """
        return self._call("POST", f"/sessions/{segment(number)}/end", answers.model(SessionOut))

    def list_tokens(
        self, *, after: int | None = None, limit: int | None = None, operator: str | None = None
    ) -> TokenList:
        """List tokens.

        One's own tokens; everybody's with the right to manage them.

        Args:
            after: The 'next' of the page before; absent for the first page.
            limit: How many rows a page has at most.
        """
        return self._call(
            "GET", "/tokens", answers.model(TokenList), query={"after": after, "limit": limit, "operator": operator}
        )

    def create_token(
        self, *, name: str, scopes: Sequence[str] | Unset | None = UNSET, expires: datetime | Unset | None = UNSET
    ) -> NewToken:
        """Make a token.

        A token in one's own name; its text is in this answer and nowhere else.

        Args:
            scopes: Rights that it may use; null: all that its maker has.
        """
        return self._call(
            "POST", "/tokens", answers.model(NewToken), body={"name": name, "scopes": scopes, "expires": expires}
        )

    def revoke_token(self, prefix: str) -> TokenOut:
        """Revoke a token.

        Take a token back at once; one's own, or anybody's with the right to manage them.
        """
        return self._call("POST", f"/tokens/{segment(prefix)}/revoke", answers.model(TokenOut))


class People(Operations):
    """Operations of people."""

    def list_people(
        self,
        *,
        q: str | None = None,
        card: int | None = None,
        department: int | None = None,
        group: int | None = None,
        disabled: bool | None = None,
        after: int | None = None,
        limit: int | None = None,
    ) -> PersonList:
        """List people.

        People in the order of their numbers.

        Args:
            q: Part of the name or mail, or the number of the person or of a card.
            limit: How many rows a page has at most.
        """
        return self._call(
            "GET",
            "/people",
            answers.model(PersonList),
            query={
                "q": q,
                "card": card,
                "department": department,
                "group": group,
                "disabled": disabled,
                "after": after,
                "limit": limit,
            },
        )

    def create_person(
        self,
        *,
        name: str | Unset | None = UNSET,
        department_id: int | Unset | None = UNSET,
        email: str | Unset | None = UNSET,
        phone: str | Unset | None = UNSET,
        notes: str | Unset | None = UNSET,
        valid_from: datetime | Unset | None = UNSET,
        valid_until: datetime | Unset | None = UNSET,
        disabled: bool | Unset | None = UNSET,
        security_level: int | Unset | None = UNSET,
        authentication_mode: int | Unset | None = UNSET,
        daily_entry_limit: int | Unset | None = UNSET,
        anti_passback_minutes: int | Unset | None = UNSET,
        terminal_administrator: bool | Unset | None = UNSET,
        fields: Mapping[str, str | int | float | None] | Unset | None = UNSET,
        number: int | Unset | None = UNSET,
        pin: str | Unset = UNSET,
        cards: Sequence[CardIn] | Unset = UNSET,
        groups: Sequence[int] | Unset = UNSET,
    ) -> PersonOut:
        """Add a person.

        Add a person; a PIN and cards ask for the right to credentials, groups for that to access.

        Args:
            valid_from: With its zone; null without a start.
            valid_until: With its zone; null without an end.
            security_level: How strictly fingers and faces are matched: 0 to 5.
            authentication_mode: By the model's own number; 0 is the device's default.
            daily_entry_limit: Entries a day; 0 without limit.
            anti_passback_minutes: Minutes before entering again; 0 at once.
            fields: Values of own fields; null takes one away.
            number: Null takes the next free one.
            pin: Digits. It is kept encrypted and never shown.
        """
        return self._call(
            "POST",
            "/people",
            answers.model(PersonOut),
            body={
                "name": name,
                "department_id": department_id,
                "email": email,
                "phone": phone,
                "notes": notes,
                "valid_from": valid_from,
                "valid_until": valid_until,
                "disabled": disabled,
                "security_level": security_level,
                "authentication_mode": authentication_mode,
                "daily_entry_limit": daily_entry_limit,
                "anti_passback_minutes": anti_passback_minutes,
                "terminal_administrator": terminal_administrator,
                "fields": fields,
                "number": number,
                "pin": pin,
                "cards": cards,
                "groups": groups,
            },
        )

    def show_person(self, number: int) -> PersonOut:
        """Show a person.

        One person.
        """
        return self._call("GET", f"/people/{segment(number)}", answers.model(PersonOut))

    def change_person(
        self,
        number: int,
        *,
        name: str | Unset | None = UNSET,
        department_id: int | Unset | None = UNSET,
        email: str | Unset | None = UNSET,
        phone: str | Unset | None = UNSET,
        notes: str | Unset | None = UNSET,
        valid_from: datetime | Unset | None = UNSET,
        valid_until: datetime | Unset | None = UNSET,
        disabled: bool | Unset | None = UNSET,
        security_level: int | Unset | None = UNSET,
        authentication_mode: int | Unset | None = UNSET,
        daily_entry_limit: int | Unset | None = UNSET,
        anti_passback_minutes: int | Unset | None = UNSET,
        terminal_administrator: bool | Unset | None = UNSET,
        fields: Mapping[str, str | int | float | None] | Unset | None = UNSET,
    ) -> PersonOut:
        """Change a person.

        Change what is given; the number stays.

        Args:
            valid_from: With its zone; null without a start.
            valid_until: With its zone; null without an end.
            security_level: How strictly fingers and faces are matched: 0 to 5.
            authentication_mode: By the model's own number; 0 is the device's default.
            daily_entry_limit: Entries a day; 0 without limit.
            anti_passback_minutes: Minutes before entering again; 0 at once.
            fields: Values of own fields; null takes one away.
        """
        return self._call(
            "PATCH",
            f"/people/{segment(number)}",
            answers.model(PersonOut),
            body={
                "name": name,
                "department_id": department_id,
                "email": email,
                "phone": phone,
                "notes": notes,
                "valid_from": valid_from,
                "valid_until": valid_until,
                "disabled": disabled,
                "security_level": security_level,
                "authentication_mode": authentication_mode,
                "daily_entry_limit": daily_entry_limit,
                "anti_passback_minutes": anti_passback_minutes,
                "terminal_administrator": terminal_administrator,
                "fields": fields,
            },
        )

    def delete_person(self, number: int) -> None:
        """Remove a person.

        Remove a person with all credentials, from here and from every device; events keep the number.
        """
        return self._call("DELETE", f"/people/{segment(number)}", answers.nothing)

    def show_photo(self, number: int) -> bytes:
        """The photo of a person.

        The picture itself.
        """
        return self._call("GET", f"/people/{segment(number)}/photo", answers.content)

    def set_photo(self, number: int, *, picture: bytes) -> PersonOut:
        """Upload a photo of a person.

        PNG, JPEG or WebP of at most 10 MB; it is written anew, without whatever else the file held.
        """
        return self._call(
            "POST", f"/people/{segment(number)}/photo", answers.model(PersonOut), files={"picture": picture}
        )

    def remove_photo(self, number: int) -> None:
        """Forget the photo of a person.

        Without one nothing happens.
        """
        return self._call("DELETE", f"/people/{segment(number)}/photo", answers.nothing)

    def set_pin(self, person: int, *, pin: str) -> None:
        """Give a person a PIN.

        4 to 16 digits. It can be set, and never read.

        Args:
            pin: Digits. It is kept encrypted and never shown.
        """
        return self._call("PUT", f"/people/{segment(person)}/pin", answers.nothing, body={"pin": pin})

    def remove_pin(self, person: int) -> None:
        """Take the PIN of a person away.

        Without one nothing happens.
        """
        return self._call("DELETE", f"/people/{segment(person)}/pin", answers.nothing)

    def add_card(
        self,
        person: int,
        *,
        number: int | Unset | None = UNSET,
        custom_id: int | Unset = UNSET,
        text: str | Unset = UNSET,
        format: int | Unset | None = UNSET,
        bypass: bool | Unset = UNSET,
        label: str | Unset = UNSET,
    ) -> PersonCardOut:
        """Give a person a card.

        By its number, or by what a reader gave and the card format in which it is to be read.

        Args:
            text: What was read or typed, instead of a number.
            format: The card format by which 'text' is to be read.
        """
        return self._call(
            "POST",
            f"/people/{segment(person)}/cards",
            answers.model(PersonCardOut),
            body={
                "number": number,
                "custom_id": custom_id,
                "text": text,
                "format": format,
                "bypass": bypass,
                "label": label,
            },
        )

    def change_card(
        self, person: int, card_id: int, *, bypass: bool | Unset | None = UNSET, label: str | Unset | None = UNSET
    ) -> PersonCardOut:
        """Change a card of a person.

        Change what is given; another number is another card.
        """
        return self._call(
            "PATCH",
            f"/people/{segment(person)}/cards/{segment(card_id)}",
            answers.model(PersonCardOut),
            body={"bypass": bypass, "label": label},
        )

    def remove_card(self, person: int, card_id: int) -> None:
        """Take a card from a person.

        It opens nothing any more, as soon as each device knows.
        """
        return self._call("DELETE", f"/people/{segment(person)}/cards/{segment(card_id)}", answers.nothing)

    def list_fingers(self, person: int) -> tuple[FingerOut, ...]:
        """List the fingers of a person.

        Which are enrolled; templates are not shown to anybody.
        """
        return self._call("GET", f"/people/{segment(person)}/fingers", answers.models(FingerOut))

    def change_finger(
        self, person: int, finger_id: int, *, position: int | Unset | None = UNSET, duress: bool | Unset | None = UNSET
    ) -> FingerOut:
        """Change a finger of a person.

        Change what is given.
        """
        return self._call(
            "PATCH",
            f"/people/{segment(person)}/fingers/{segment(finger_id)}",
            answers.model(FingerOut),
            body={"position": position, "duress": duress},
        )

    def remove_finger(self, person: int, finger_id: int) -> None:
        """Remove a finger of a person.

        From here and from every device.
        """
        return self._call("DELETE", f"/people/{segment(person)}/fingers/{segment(finger_id)}", answers.nothing)

    def list_faces(self, person: int) -> tuple[FaceOut, ...]:
        """List the faces of a person.

        Which are enrolled; templates are not shown to anybody.
        """
        return self._call("GET", f"/people/{segment(person)}/faces", answers.models(FaceOut))

    def remove_face(self, person: int, face_id: int) -> None:
        """Remove a face of a person.

        From here and from every device.
        """
        return self._call("DELETE", f"/people/{segment(person)}/faces/{segment(face_id)}", answers.nothing)

    def list_departments(self) -> tuple[DepartmentOut, ...]:
        """List departments.

        All departments in the order of their names.
        """
        return self._call("GET", "/departments", answers.models(DepartmentOut))

    def create_department(self, *, name: str, parent_id: int | Unset | None = UNSET) -> DepartmentOut:
        """Add a department.

        At the top, or in another one.
        """
        return self._call(
            "POST", "/departments", answers.model(DepartmentOut), body={"name": name, "parent_id": parent_id}
        )

    def change_department(
        self, department_id: int, *, name: str | Unset | None = UNSET, parent_id: int | Unset | None = UNSET
    ) -> DepartmentOut:
        """Change a department.

        Rename it, or put it into another one; devices that show departments get the new name.
        """
        return self._call(
            "PATCH",
            f"/departments/{segment(department_id)}",
            answers.model(DepartmentOut),
            body={"name": name, "parent_id": parent_id},
        )

    def delete_department(self, department_id: int) -> None:
        """Delete a department.

        Delete a department that holds nothing.
        """
        return self._call("DELETE", f"/departments/{segment(department_id)}", answers.nothing)

    def list_fields(self) -> tuple[FieldOut, ...]:
        """List own fields of people.

        In the order in which they are shown.
        """
        return self._call("GET", "/person-fields", answers.models(FieldOut))

    def create_field(
        self,
        *,
        name: str,
        kind: Any | Unset = UNSET,
        slug: str | Unset = UNSET,
        choices: Sequence[str] | Unset = UNSET,
        order: int | Unset = UNSET,
    ) -> FieldOut:
        """Add an own field of people.

        Kind and short name never change.

        Args:
            slug: Its name for programs; empty makes one of the name. It never changes.
        """
        return self._call(
            "POST",
            "/person-fields",
            answers.model(FieldOut),
            body={"name": name, "kind": kind, "slug": slug, "choices": choices, "order": order},
        )

    def change_field(
        self,
        slug: str,
        *,
        name: str | Unset | None = UNSET,
        choices: Sequence[str] | Unset | None = UNSET,
        order: int | Unset | None = UNSET,
    ) -> FieldOut:
        """Change an own field of people.

        Change what is given; a choice that somebody has stays.
        """
        return self._call(
            "PATCH",
            f"/person-fields/{segment(slug)}",
            answers.model(FieldOut),
            body={"name": name, "choices": choices, "order": order},
        )

    def delete_field(self, slug: str) -> None:
        """Remove an own field of people.

        Its values go with it.
        """
        return self._call("DELETE", f"/person-fields/{segment(slug)}", answers.nothing)

    def list_formats(self) -> tuple[FormatOut, ...]:
        """List card formats.

        In the order of their names.
        """
        return self._call("GET", "/card-formats", answers.models(FormatOut))

    def create_format(
        self,
        *,
        name: str,
        reading: Reading | Unset | None = UNSET,
        byte_order: ByteOrder | Unset | None = UNSET,
        bits: int | Unset | None = UNSET,
        facility_start: int | Unset | None = UNSET,
        facility_length: int | Unset | None = UNSET,
        facility_use: FacilityUse | Unset | None = UNSET,
        number_start: int | Unset | None = UNSET,
        number_length: int | Unset | None = UNSET,
        parity: Sequence[ParityShape] | Unset | None = UNSET,
    ) -> FormatOut:
        """Add a card format.

        For serial numbers of chips, or for Wiegand bits.
        """
        return self._call(
            "POST",
            "/card-formats",
            answers.model(FormatOut),
            body={
                "name": name,
                "reading": reading,
                "byte_order": byte_order,
                "bits": bits,
                "facility_start": facility_start,
                "facility_length": facility_length,
                "facility_use": facility_use,
                "number_start": number_start,
                "number_length": number_length,
                "parity": parity,
            },
        )

    def change_format(
        self,
        format_id: int,
        *,
        name: str | Unset | None = UNSET,
        reading: Reading | Unset | None = UNSET,
        byte_order: ByteOrder | Unset | None = UNSET,
        bits: int | Unset | None = UNSET,
        facility_start: int | Unset | None = UNSET,
        facility_length: int | Unset | None = UNSET,
        facility_use: FacilityUse | Unset | None = UNSET,
        number_start: int | Unset | None = UNSET,
        number_length: int | Unset | None = UNSET,
        parity: Sequence[ParityShape] | Unset | None = UNSET,
    ) -> FormatOut:
        """Change a card format.

        Change what is given; cards that were read by it keep their numbers.
        """
        return self._call(
            "PATCH",
            f"/card-formats/{segment(format_id)}",
            answers.model(FormatOut),
            body={
                "name": name,
                "reading": reading,
                "byte_order": byte_order,
                "bits": bits,
                "facility_start": facility_start,
                "facility_length": facility_length,
                "facility_use": facility_use,
                "number_start": number_start,
                "number_length": number_length,
                "parity": parity,
            },
        )

    def delete_format(self, format_id: int) -> None:
        """Delete a card format.

        Cards that were read by it keep their numbers.
        """
        return self._call("DELETE", f"/card-formats/{segment(format_id)}", answers.nothing)

    def read_card(self, format_id: int, *, text: str) -> CardRead:
        """Read a card by a format.

        What a device keeps of a card, by what a reader gave or somebody typed; nothing is changed.
        """
        return self._call(
            "POST", f"/card-formats/{segment(format_id)}/read", answers.model(CardRead), body={"text": text}
        )

    def list_erased(self, *, after: int | None = None, limit: int | None = None) -> ErasedPersonList:
        """List who was erased.

        Pseudonyms, the newest first; nobody is shown whose they are.

        Args:
            after: The 'next' of the page before; absent for the first page.
            limit: How many rows a page has at most.
        """
        return self._call(
            "GET", "/people/erased", answers.model(ErasedPersonList), query={"after": after, "limit": limit}
        )

    def erase_person(self, number: int, *, confirm: int) -> ErasedPersonOut:
        """Erase a person.

        For good: data, photo, credentials, groups and pictures go, here and on every device.

        Events stay under a pseudonym, and nobody finds them by the number.
        Files of exports and uploads that are not applied yet go too, whoever they belong to.

        Args:
            confirm: The number once more, so that nobody else goes.
        """
        return self._call(
            "POST", f"/people/{segment(number)}/erase", answers.model(ErasedPersonOut), body={"confirm": confirm}
        )

    def give_out(self, number: int) -> JobOut:
        """Give out all that is kept of a person.

        Start a job that writes an archive for the person who asks: data, photo, events, pictures of events.
        """
        return self._call("POST", f"/people/{segment(number)}/data-export", answers.model(JobOut))


class Sync(Operations):
    """Operations of sync."""

    def list_devices(
        self, *, after: int | None = None, limit: int | None = None, managed: bool | None = None
    ) -> SyncList:
        """List how devices stand with people and rights.

        All devices that were let in, in the order of their numbers.

        Args:
            after: The 'next' of the page before; absent for the first page.
            limit: How many rows a page has at most.
            managed: Only those that are switched on, or are not.
        """
        return self._call(
            "GET", "/sync", answers.model(SyncList), query={"after": after, "limit": limit, "managed": managed}
        )

    def list_differences(
        self,
        *,
        after: int | None = None,
        limit: int | None = None,
        device: int | None = None,
        answer: Answer | None = None,
    ) -> DifferenceList:
        """List what devices hold otherwise than they were given.

        Found when devices are read: every night, on command, and after changes at their own menus.

        Args:
            after: The 'next' of the page before; absent for the first page.
            limit: How many rows a page has at most.
            answer: Only those that are open, or were kept.
        """
        return self._call(
            "GET",
            "/sync/differences",
            answers.model(DifferenceList),
            query={"after": after, "limit": limit, "device": device, "answer": answer},
        )

    def answer_difference(self, difference_id: int, *, answer: Reply) -> AnsweredOut:
        """Answer a difference.

        Keep what the device holds, take it over into the data, or overwrite it.

        Args:
            answer: 'keep': the device stays as it is until the person's data change; 'take-over': what the device
                holds goes into the data; 'overwrite': what the data say goes to the device.
        """
        return self._call(
            "POST",
            f"/sync/differences/{segment(difference_id)}/answer",
            answers.model(AnsweredOut),
            body={"answer": answer},
        )

    def list_problems(
        self, *, after: int | None = None, limit: int | None = None, device: int | None = None
    ) -> ProblemList:
        """List who cannot be on a device as they should.

        Who does not fit on a device or was refused by it, and why.

        Args:
            after: The 'next' of the page before; absent for the first page.
            limit: How many rows a page has at most.
        """
        return self._call(
            "GET",
            "/sync/problems",
            answers.model(ProblemList),
            query={"after": after, "limit": limit, "device": device},
        )

    def show_device(self, device_id: int) -> SyncOut:
        """Show how a device stands with people and rights.

        One device.
        """
        return self._call("GET", f"/sync/devices/{segment(device_id)}", answers.model(SyncOut))

    def change_device(self, device_id: int, *, hand_edits: HandEdits) -> SyncOut:
        """Change what happens to changes at a device.

        Ask an operator, or overwrite. 409 where the device is not switched on.
        """
        return self._call(
            "PATCH", f"/sync/devices/{segment(device_id)}", answers.model(SyncOut), body={"hand_edits": hand_edits}
        )

    def show_content(self, device_id: int) -> ContentOut:
        """Show what is on a device now.

        Read everybody on it, and tell what would become of them when it is switched on. 409 when it is not
        connected.
        """
        return self._call("GET", f"/sync/devices/{segment(device_id)}/content", answers.model(ContentOut))

    def switch_on(self, device_id: int, *, hand_edits: Any | Unset = UNSET) -> SyncOut:
        """Let people on a device come from here.

        Read the device, and bring it what it should hold. Read what is on it before.

        Args:
            hand_edits: Whether an operator is asked of strangers on it and of changes at its menu.
        """
        return self._call(
            "POST",
            f"/sync/devices/{segment(device_id)}/switch-on",
            answers.model(SyncOut),
            body={"hand_edits": hand_edits},
        )

    def switch_off(self, device_id: int) -> SyncOut:
        """Leave the people on a device alone.

        What is on it stays there, and nothing more is sent.
        """
        return self._call("POST", f"/sync/devices/{segment(device_id)}/switch-off", answers.model(SyncOut))

    def check(self, device_id: int) -> SyncOut:
        """Have a device read and compared.

        As soon as it is connected. 409 where the device is not switched on.
        """
        return self._call("POST", f"/sync/devices/{segment(device_id)}/check", answers.model(SyncOut))

    def answer_all(self, device_id: int, *, answer: Reply) -> AnsweredOut:
        """Answer all open differences of a device alike.

        Keep or overwrite them; people are taken over one by one.

        Args:
            answer: 'keep': the device stays as it is until the person's data change; 'take-over': what the device
                holds goes into the data; 'overwrite': what the data say goes to the device.
        """
        return self._call(
            "POST", f"/sync/devices/{segment(device_id)}/answer", answers.model(AnsweredOut), body={"answer": answer}
        )


class System(Operations):
    """Operations of system."""

    def show_status(self) -> StatusOut:
        """Show how the server does.

        Version, addresses, and how far the stream is; for everybody who may sign in.
        """
        return self._call("GET", "/status", answers.model(StatusOut))

    def show_checks(self) -> ChecksOut:
        """Check the server.

        What ``doorward check`` finds: settings, database, ports, clocks, disk, certificates.
        """
        return self._call("GET", "/checks", answers.model(ChecksOut))

    def show_metrics(self) -> str:
        """Metrics for Prometheus.

        What the server measures of itself, in the text format of Prometheus.
        """
        return self._call("GET", "/metrics", answers.text)


class Takeover(Operations):
    """Operations of takeover."""

    def list_takeovers(self, *, after: int | None = None, limit: int | None = None) -> TakeoverList:
        """List takeovers.

        The caller's own takeovers, the newest first.

        Args:
            after: The 'next' of the page before; absent for the first page.
            limit: How many rows a page has at most.
        """
        return self._call("GET", "/takeovers", answers.model(TakeoverList), query={"after": after, "limit": limit})

    def begin_takeover(self, *, devices: Sequence[int]) -> TakeoverOut:
        """Read devices to take them over.

        Read all people and rights of live devices and compare them; nothing is changed anywhere.
        """
        return self._call("POST", "/takeovers", answers.model(TakeoverOut), body={"devices": devices})

    def show_takeover(self, number: int) -> TakeoverOut:
        """Show a takeover.

        How far it has come, and what it does or did.
        """
        return self._call("GET", f"/takeovers/{segment(number)}", answers.model(TakeoverOut))

    def drop_takeover(self, number: int) -> None:
        """Drop a takeover.

        Forget all that was read; what was applied stays.
        """
        return self._call("DELETE", f"/takeovers/{segment(number)}", answers.nothing)

    def list_conflicts(
        self, number: int, *, after: int | None = None, limit: int | None = None, only_open: bool | None = None
    ) -> TakeoverConflictList:
        """List the conflicts of a takeover.

        What devices, or a device and the data, say differently, field by field.

        Args:
            after: The 'next' of the page before; absent for the first page.
            limit: How many rows a page has at most.
            only_open: Only those that are not answered.
        """
        return self._call(
            "GET",
            f"/takeovers/{segment(number)}/conflicts",
            answers.model(TakeoverConflictList),
            query={"after": after, "limit": limit, "only_open": only_open},
        )

    def decide(
        self, number: int, *, choices: Sequence[Decision] | Unset = UNSET, others: str | Unset = UNSET
    ) -> TakeoverOut:
        """Decide on conflicts.

        This device, that one, or keep ours.

        Args:
            others: For all that are still open and have it: a device, or 'ours'.
        """
        return self._call(
            "POST",
            f"/takeovers/{segment(number)}/decisions",
            answers.model(TakeoverOut),
            body={"choices": choices, "others": others},
        )

    def compare_takeover(self, number: int, *, read: bool | Unset = UNSET) -> TakeoverOut:
        """Compare once more.

        What was decided stays where the question is the same.

        Args:
            read: Read the devices anew.
        """
        return self._call(
            "POST", f"/takeovers/{segment(number)}/compare", answers.model(TakeoverOut), body={"read": read}
        )

    def apply_takeover(self, number: int, *, plan: str) -> TakeoverOut:
        """Apply a takeover.

        Bring people, credentials, groups, schedules and holidays into the data, in one transaction.

        Args:
            plan: That of the takeover as it was seen.
        """
        return self._call(
            "POST", f"/takeovers/{segment(number)}/apply", answers.model(TakeoverOut), body={"plan": plan}
        )


class Webhooks(Operations):
    """Operations of webhooks."""

    def list_webhooks(self) -> WebhookList:
        """List webhooks.

        All webhooks, by name.
        """
        return self._call("GET", "/webhooks", answers.model(WebhookList))

    def create_webhook(
        self,
        *,
        name: str,
        url: str,
        kinds: Sequence[str] | Unset = UNSET,
        devices: Sequence[int] | Unset = UNSET,
        categories: Sequence[str] | Unset = UNSET,
    ) -> NewWebhook:
        """Make a webhook.

        Send what happens from now on to a URL. The answer holds the secret that signs each delivery, this once.
        """
        return self._call(
            "POST",
            "/webhooks",
            answers.model(NewWebhook),
            body={"name": name, "url": url, "kinds": kinds, "devices": devices, "categories": categories},
        )

    def list_dead_letters(
        self, *, webhook: int | None = None, before: int | None = None, limit: int | None = None
    ) -> DeadLetterList:
        """List what was given up.

        Deliveries that a receiver has not taken in time, the newest first.
        """
        return self._call(
            "GET",
            "/webhooks/dead-letters",
            answers.model(DeadLetterList),
            query={"webhook": webhook, "before": before, "limit": limit},
        )

    def send_again(self, letter_id: int) -> DeadLetterOut:
        """Send again what was given up.

        Send a delivery once more, under the same number. The list tells what came of it.
        """
        return self._call("POST", f"/webhooks/dead-letters/{segment(letter_id)}/send", answers.model(DeadLetterOut))

    def forget_dead_letter(self, letter_id: int) -> None:
        """Forget what was given up.

        Take a delivery off the list.
        """
        return self._call("DELETE", f"/webhooks/dead-letters/{segment(letter_id)}", answers.nothing)

    def show_webhook(self, webhook_id: int) -> WebhookOut:
        """Show a webhook.

        One webhook.
        """
        return self._call("GET", f"/webhooks/{segment(webhook_id)}", answers.model(WebhookOut))

    def change_webhook(
        self,
        webhook_id: int,
        *,
        name: str | Unset | None = UNSET,
        url: str | Unset | None = UNSET,
        kinds: Sequence[str] | Unset | None = UNSET,
        devices: Sequence[int] | Unset | None = UNSET,
        categories: Sequence[str] | Unset | None = UNSET,
        enabled: bool | Unset | None = UNSET,
        skip_waiting: bool | Unset = UNSET,
    ) -> WebhookOut:
        """Change a webhook.

        Change a webhook; what waits for it is tried again at once.

        Args:
            skip_waiting: Send nothing of what waits, only what happens from now on.
        """
        return self._call(
            "PATCH",
            f"/webhooks/{segment(webhook_id)}",
            answers.model(WebhookOut),
            body={
                "name": name,
                "url": url,
                "kinds": kinds,
                "devices": devices,
                "categories": categories,
                "enabled": enabled,
                "skip_waiting": skip_waiting,
            },
        )

    def delete_webhook(self, webhook_id: int) -> None:
        """Remove a webhook.

        Remove a webhook with all that was given up.
        """
        return self._call("DELETE", f"/webhooks/{segment(webhook_id)}", answers.nothing)

    def roll_secret(self, webhook_id: int) -> NewSecret:
        """Give a webhook a fresh secret.

        The old secret signs nothing from now on.
        """
        return self._call("POST", f"/webhooks/{segment(webhook_id)}/secret", answers.model(NewSecret))

    def test_webhook(self, webhook_id: int) -> TestOutcome:
        """Test a webhook.

        Send a delivery of the kind ``test`` now, and tell what the receiver answered.
        """
        return self._call("POST", f"/webhooks/{segment(webhook_id)}/test", answers.model(TestOutcome))


class Everything:
    """All operations, by subject."""

    def __init__(self, http: httpx.Client) -> None:
        self.access = Access(http)
        self.agents = Agents(http)
        self.audit = Audit(http)
        self.devices = Devices(http)
        self.discovery = Discovery(http)
        self.doors = Doors(http)
        self.enrolment = Enrolment(http)
        self.events = Events(http)
        self.holds = Holds(http)
        self.imports = Imports(http)
        self.jobs = Jobs(http)
        self.modes = Modes(http)
        self.operators = Operators(http)
        self.people = People(http)
        self.sync = Sync(http)
        self.system = System(http)
        self.takeover = Takeover(http)
        self.webhooks = Webhooks(http)


class AsyncAccess(AsyncOperations):
    """Operations of access, for coroutines."""

    async def list_groups_of_person(self, number: int) -> GroupsOut:
        """List the access groups of a person.

        By their numbers.
        """
        return await self._call("GET", f"/people/{segment(number)}/groups", answers.model(GroupsOut))

    async def set_groups_of_person(self, number: int, *, groups: Sequence[int]) -> GroupsOut:
        """Set the access groups of a person.

        These and no others.
        """
        return await self._call(
            "PUT", f"/people/{segment(number)}/groups", answers.model(GroupsOut), body={"groups": groups}
        )

    async def list_access_groups(self) -> tuple[AccessGroupOut, ...]:
        """List access groups.

        All groups in the order of their numbers.
        """
        return await self._call("GET", "/access-groups", answers.models(AccessGroupOut))

    async def create_access_group(self, *, name: str) -> AccessGroupOut:
        """Make an access group.

        Its number is given by the server.
        """
        return await self._call("POST", "/access-groups", answers.model(AccessGroupOut), body={"name": name})

    async def show_access_group(self, number: int) -> AccessGroupOut:
        """Show an access group.

        One group.
        """
        return await self._call("GET", f"/access-groups/{segment(number)}", answers.model(AccessGroupOut))

    async def rename_access_group(self, number: int, *, name: str) -> AccessGroupOut:
        """Rename an access group.

        Its number stays.
        """
        return await self._call(
            "PATCH", f"/access-groups/{segment(number)}", answers.model(AccessGroupOut), body={"name": name}
        )

    async def delete_access_group(self, number: int) -> None:
        """Delete an access group.

        Its people lose what it gave them.
        """
        return await self._call("DELETE", f"/access-groups/{segment(number)}", answers.nothing)

    async def list_rights(self, number: int) -> tuple[DoorRightOut, ...]:
        """List the rights of an access group.

        The doors that its people may pass, and when.
        """
        return await self._call("GET", f"/access-groups/{segment(number)}/rights", answers.models(DoorRightOut))

    async def set_right(self, number: int, door_id: int, *, schedule: int | Unset | None = UNSET) -> DoorRightOut:
        """Let an access group pass a door.

        Give the right, or change when it holds. A device knows one schedule of a group for all of its doors.

        Args:
            schedule: Number of the schedule; null is always.
        """
        return await self._call(
            "PUT",
            f"/access-groups/{segment(number)}/rights/{segment(door_id)}",
            answers.model(DoorRightOut),
            body={"schedule": schedule},
        )

    async def remove_right(self, number: int, door_id: int) -> None:
        """Take a right from an access group.

        Its people do not pass this door any more, as soon as the device knows.
        """
        return await self._call(
            "DELETE", f"/access-groups/{segment(number)}/rights/{segment(door_id)}", answers.nothing
        )

    async def list_members(self, number: int, *, after: int | None = None, limit: int | None = None) -> MemberList:
        """List the members of an access group.

        People in the order of their numbers.
        """
        return await self._call(
            "GET",
            f"/access-groups/{segment(number)}/members",
            answers.model(MemberList),
            query={"after": after, "limit": limit},
        )

    async def add_members(self, number: int, *, people: Sequence[int]) -> MembersDone:
        """Add members to an access group.

        All of them, or none where one is not known; who belongs to it already stays.
        """
        return await self._call(
            "POST", f"/access-groups/{segment(number)}/members", answers.model(MembersDone), body={"people": people}
        )

    async def remove_members(self, number: int, *, people: Sequence[int]) -> MembersDone:
        """Remove members from an access group.

        All of them, or none where one is not known.
        """
        return await self._call(
            "POST",
            f"/access-groups/{segment(number)}/members/remove",
            answers.model(MembersDone),
            body={"people": people},
        )

    async def list_schedules(self) -> tuple[ScheduleOut, ...]:
        """List schedules.

        In the order of their numbers.
        """
        return await self._call("GET", "/schedules", answers.models(ScheduleOut))

    async def create_schedule(
        self,
        *,
        name: str,
        days: Sequence[Sequence[Sequence[int]]],
        holidays: Sequence[HolidayHoursShape] | Unset = UNSET,
    ) -> ScheduleOut:
        """Make a schedule.

        Its number is given by the server; at most five intervals a day.

        Args:
            days: Seven days, Sunday first.
        """
        return await self._call(
            "POST", "/schedules", answers.model(ScheduleOut), body={"name": name, "days": days, "holidays": holidays}
        )

    async def show_schedule(self, number: int) -> ScheduleOut:
        """Show a schedule.

        One schedule.
        """
        return await self._call("GET", f"/schedules/{segment(number)}", answers.model(ScheduleOut))

    async def change_schedule(
        self,
        number: int,
        *,
        name: str | Unset | None = UNSET,
        days: Sequence[Sequence[Sequence[int]]] | Unset | None = UNSET,
        holidays: Sequence[HolidayHoursShape] | Unset | None = UNSET,
    ) -> ScheduleOut:
        """Change a schedule.

        Change what is given; every device at which it says when doors may be passed is told.
        """
        return await self._call(
            "PATCH",
            f"/schedules/{segment(number)}",
            answers.model(ScheduleOut),
            body={"name": name, "days": days, "holidays": holidays},
        )

    async def delete_schedule(self, number: int) -> None:
        """Delete a schedule.

        Delete a schedule by which no right holds.
        """
        return await self._call("DELETE", f"/schedules/{segment(number)}", answers.nothing)

    async def list_holidays(self) -> tuple[HolidayOut, ...]:
        """List tables of holidays.

        In the order of their numbers.
        """
        return await self._call("GET", "/holidays", answers.models(HolidayOut))

    async def create_holiday(self, *, name: str, periods: Sequence[PeriodShape] | Unset = UNSET) -> HolidayOut:
        """Make a table of holidays.

        Its number is given by the server.
        """
        return await self._call("POST", "/holidays", answers.model(HolidayOut), body={"name": name, "periods": periods})

    async def show_holiday(self, number: int) -> HolidayOut:
        """Show a table of holidays.

        One table.
        """
        return await self._call("GET", f"/holidays/{segment(number)}", answers.model(HolidayOut))

    async def change_holiday(
        self, number: int, *, name: str | Unset | None = UNSET, periods: Sequence[PeriodShape] | Unset | None = UNSET
    ) -> HolidayOut:
        """Change a table of holidays.

        Change what is given; every device with a schedule that follows it is told.
        """
        return await self._call(
            "PATCH", f"/holidays/{segment(number)}", answers.model(HolidayOut), body={"name": name, "periods": periods}
        )

    async def delete_holiday(self, number: int) -> None:
        """Delete a table of holidays.

        Delete a table that no schedule follows.
        """
        return await self._call("DELETE", f"/holidays/{segment(number)}", answers.nothing)


class AsyncAgents(AsyncOperations):
    """Operations of agents, for coroutines."""

    async def list_agents(self) -> AgentList:
        """List agents.

        All agents, by name, and how they do.
        """
        return await self._call("GET", "/agents", answers.model(AgentList))

    async def add_agent(
        self,
        *,
        name: str,
        networks: Sequence[str] | Unset = UNSET,
        tcp_ports: Sequence[int] | Unset | None = UNSET,
        udp_ports: Sequence[int] | Unset | None = UNSET,
        hours: int | Unset = UNSET,
    ) -> CodeOut:
        """Add an agent.

        Add an agent. The answer holds its one-time code, this once.

        Args:
            networks: IPv4 networks that it may reach; none: those of its own cards.
            tcp_ports: Null: those of devices.
            udp_ports: Null: those of devices.
            hours: How long the one-time code can be used.
        """
        return await self._call(
            "POST",
            "/agents",
            answers.model(CodeOut),
            body={"name": name, "networks": networks, "tcp_ports": tcp_ports, "udp_ports": udp_ports, "hours": hours},
        )

    async def show_agent(self, agent_id: int) -> AgentOut:
        """Show an agent.

        One agent, and how it does.
        """
        return await self._call("GET", f"/agents/{segment(agent_id)}", answers.model(AgentOut))

    async def change_agent(
        self,
        agent_id: int,
        *,
        name: str | Unset | None = UNSET,
        networks: Sequence[str] | Unset | None = UNSET,
        tcp_ports: Sequence[int] | Unset | None = UNSET,
        udp_ports: Sequence[int] | Unset | None = UNSET,
    ) -> AgentOut:
        """Change an agent.

        Change its name, or what it may reach; it is told at once.
        """
        return await self._call(
            "PATCH",
            f"/agents/{segment(agent_id)}",
            answers.model(AgentOut),
            body={"name": name, "networks": networks, "tcp_ports": tcp_ports, "udp_ports": udp_ports},
        )

    async def remove_agent(self, agent_id: int) -> None:
        """Remove an agent.

        Remove an agent through which no device is dialled; a line that it has is closed.
        """
        return await self._call("DELETE", f"/agents/{segment(agent_id)}", answers.nothing)

    async def make_code(self, agent_id: int, *, hours: int | Unset = UNSET) -> CodeOut:
        """Make a fresh code.

        Make a one-time code for an agent that is there already, as for a new machine; codes before it end.

        Args:
            hours: How long the one-time code can be used.
        """
        return await self._call(
            "POST", f"/agents/{segment(agent_id)}/code", answers.model(CodeOut), body={"hours": hours}
        )

    async def revoke_agent(self, agent_id: int, *, reason: str | Unset = UNSET) -> AgentOut:
        """Revoke an agent.

        Close its line at once, and refuse its certificate and its codes from now on.
        """
        return await self._call(
            "POST", f"/agents/{segment(agent_id)}/revoke", answers.model(AgentOut), body={"reason": reason}
        )


class AsyncAudit(AsyncOperations):
    """Operations of audit, for coroutines."""

    async def list_audit(
        self,
        *,
        after: int | None = None,
        limit: int | None = None,
        actor: str | None = None,
        action: str | None = None,
        object_type: str | None = None,
        object_id: str | None = None,
        outcome: Outcome | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> AuditList:
        """Read the audit log.

        Who did what, the newest first.

        Args:
            after: The 'next' of the page before; absent for the first page.
            limit: How many rows a page has at most.
        """
        return await self._call(
            "GET",
            "/audit",
            answers.model(AuditList),
            query={
                "after": after,
                "limit": limit,
                "actor": actor,
                "action": action,
                "object_type": object_type,
                "object_id": object_id,
                "outcome": outcome,
                "since": since,
                "until": until,
            },
        )


class AsyncDevices(AsyncOperations):
    """Operations of devices, for coroutines."""

    async def list_devices(
        self,
        *,
        approval: Approval | None = None,
        mode: Mode | None = None,
        state: str | None = None,
        group: int | None = None,
        q: str | None = None,
        after: int | None = None,
        limit: int | None = None,
    ) -> DeviceList:
        """List devices.

        Devices in the order of their numbers.

        Args:
            q: Part of the name, number, model or address.
        """
        return await self._call(
            "GET",
            "/devices",
            answers.model(DeviceList),
            query={
                "approval": approval,
                "mode": mode,
                "state": state,
                "group": group,
                "q": q,
                "after": after,
                "limit": limit,
            },
        )

    async def add_device(
        self,
        *,
        device_id: int,
        address: str,
        port: int | Unset | None = UNSET,
        agent: int | Unset | None = UNSET,
        name: str | Unset = UNSET,
        group_id: int | Unset | None = UNSET,
        model: str | Unset = UNSET,
        password: str | Unset = UNSET,
    ) -> DeviceOut:
        """Add a device that the server dials.

        Add a device in direct mode; who adds it lets it in. Devices in server mode come by themselves.

        Args:
            agent: The agent that dials it; null: the server itself.
            password: Is never shown again.
        """
        return await self._call(
            "POST",
            "/devices",
            answers.model(DeviceOut),
            body={
                "device_id": device_id,
                "address": address,
                "port": port,
                "agent": agent,
                "name": name,
                "group_id": group_id,
                "model": model,
                "password": password,
            },
        )

    async def show_device(self, device_id: int) -> DeviceOut:
        """Show a device.

        One device.
        """
        return await self._call("GET", f"/devices/{segment(device_id)}", answers.model(DeviceOut))

    async def change_device(
        self,
        device_id: int,
        *,
        name: str | Unset | None = UNSET,
        group_id: int | Unset | None = UNSET,
        enabled: bool | Unset | None = UNSET,
        mode: Mode | Unset | None = UNSET,
        address: str | Unset | None = UNSET,
        port: int | Unset | None = UNSET,
        agent: int | Unset | None = UNSET,
        zone: str | Unset | None = UNSET,
        time_sync: bool | Unset | None = UNSET,
        password: str | Unset | None = UNSET,
    ) -> DeviceOut:
        """Change a device.

        Change how a device is called, where it belongs and how it is reached.

        Args:
            group_id: null: in no group.
            agent: null: the server dials it itself.
        """
        return await self._call(
            "PATCH",
            f"/devices/{segment(device_id)}",
            answers.model(DeviceOut),
            body={
                "name": name,
                "group_id": group_id,
                "enabled": enabled,
                "mode": mode,
                "address": address,
                "port": port,
                "agent": agent,
                "zone": zone,
                "time_sync": time_sync,
                "password": password,
            },
        )

    async def remove_device(self, device_id: int) -> None:
        """Remove a device.

        Forget a device that is blocked, waits or is switched off; its events stay.
        """
        return await self._call("DELETE", f"/devices/{segment(device_id)}", answers.nothing)

    async def approve_device(self, device_id: int, *, name: str | Unset | None = UNSET) -> DeviceOut:
        """Let a device in.

        Approve a device at the address from which it was last heard.
        """
        return await self._call(
            "POST", f"/devices/{segment(device_id)}/approve", answers.model(DeviceOut), body={"name": name}
        )

    async def block_device(self, device_id: int, *, reason: str | Unset = UNSET) -> DeviceOut:
        """Keep a device out.

        Block a device; a connection that it has is dropped.
        """
        return await self._call(
            "POST", f"/devices/{segment(device_id)}/block", answers.model(DeviceOut), body={"reason": reason}
        )

    async def history(self, device_id: int, *, before: int | None = None, limit: int | None = None) -> HistoryList:
        """What became of its connections.

        Each change of the device's state or approval, the newest first.
        """
        return await self._call(
            "GET",
            f"/devices/{segment(device_id)}/history",
            answers.model(HistoryList),
            query={"before": before, "limit": limit},
        )

    async def gaps(self, device_id: int, *, before: int | None = None, limit: int | None = None) -> GapList:
        """Gaps in its record.

        Spans in which events of the device can be missing, the one found last first.
        """
        return await self._call(
            "GET",
            f"/devices/{segment(device_id)}/gaps",
            answers.model(GapList),
            query={"before": before, "limit": limit},
        )

    async def reboot(self, device_id: int) -> Done:
        """Restart a device.

        Restart it; it is away for a moment and connects anew.
        """
        return await self._call("POST", f"/devices/{segment(device_id)}/reboot", answers.model(Done))

    async def sync_time(self, device_id: int) -> Done:
        """Set a device's clock.

        Set its clock to the time of its zone, after what it wrote so far was read.
        """
        return await self._call("POST", f"/devices/{segment(device_id)}/sync-time", answers.model(Done))

    async def fetch_log(self, device_id: int, *, complete: bool | Unset = UNSET) -> Done:
        """Read a device's log now.

        Read what is new in its log, or all of it.

        Args:
            complete: The whole log, not only what is new.
        """
        return await self._call(
            "POST", f"/devices/{segment(device_id)}/fetch-log", answers.model(Done), body={"complete": complete}
        )

    async def reconnect(self, device_id: int, *, reason: str | Unset = UNSET) -> Done:
        """Connect anew.

        Close the connection that stands, and connect anew.
        """
        return await self._call(
            "POST", f"/devices/{segment(device_id)}/reconnect", answers.model(Done), body={"reason": reason}
        )

    async def open_door(self, device_id: int, door: int) -> Done:
        """Open a door by the number of its relay.

        Open a door of the device for its opening time; 0 is the first.
        """
        return await self._call(
            "POST", f"/devices/{segment(device_id)}/relays/{segment(door)}/open", answers.model(Done)
        )

    async def lock_door(self, device_id: int, door: int) -> Done:
        """Lock a door by the number of its relay.

        Lock a door of the device again; 0 is the first.
        """
        return await self._call(
            "POST", f"/devices/{segment(device_id)}/relays/{segment(door)}/lock", answers.model(Done)
        )

    async def information(self, device_id: int) -> InformationOut:
        """Ask a device who it is.

        Who the device says it is, and what its clock shows.
        """
        return await self._call("GET", f"/devices/{segment(device_id)}/information", answers.model(InformationOut))

    async def list_settings(self, device_id: int) -> tuple[FamilyOut, ...]:
        """List the families of a device's settings.

        The families that its model has; which of them this device has, it says itself.
        """
        return await self._call("GET", f"/devices/{segment(device_id)}/settings", answers.models(FamilyOut))

    async def read_settings(self, device_id: int, family: str) -> SettingsOut:
        """Read a family of settings.

        Ask the device now, and show it beside what is stored; secrets are left out.
        """
        return await self._call(
            "GET", f"/devices/{segment(device_id)}/settings/{segment(family)}", answers.model(SettingsOut)
        )

    async def change_settings(self, device_id: int, family: str, *, changes: Mapping[str, Any]) -> SettingsOut:
        """Change settings.

        Change the named settings at the device; all others stay as they are.
        """
        return await self._call(
            "PATCH",
            f"/devices/{segment(device_id)}/settings/{segment(family)}",
            answers.model(SettingsOut),
            body={"changes": changes},
        )

    async def keep_settings(self, device_id: int, family: str) -> SettingsOut:
        """Store settings as they are.

        Ask the device now, and store what it says.
        """
        return await self._call(
            "POST", f"/devices/{segment(device_id)}/settings/{segment(family)}/keep", answers.model(SettingsOut)
        )

    async def read_network(self, device_id: int) -> NetworkOut:
        """Read a device's network settings.

        Ask the device over its connection.
        """
        return await self._call("GET", f"/devices/{segment(device_id)}/network", answers.model(NetworkOut))

    async def change_network(
        self,
        device_id: int,
        *,
        mode: str | Unset | None = UNSET,
        dhcp: bool | Unset | None = UNSET,
        address: str | Unset | None = UNSET,
        mask: str | Unset | None = UNSET,
        gateway: str | Unset | None = UNSET,
        port: int | Unset | None = UNSET,
        server_address: str | Unset | None = UNSET,
        server_port: int | Unset | None = UNSET,
        tls_server_port: int | Unset | None = UNSET,
        synchronize_time: bool | Unset | None = UNSET,
        max_connections: int | Unset | None = UNSET,
        mtu: int | Unset | None = UNSET,
    ) -> NetworkChanged:
        """Change a device's network settings.

        Change the named settings over the device's connection; it restarts its network and connects anew.
        """
        return await self._call(
            "PATCH",
            f"/devices/{segment(device_id)}/network",
            answers.model(NetworkChanged),
            body={
                "mode": mode,
                "dhcp": dhcp,
                "address": address,
                "mask": mask,
                "gateway": gateway,
                "port": port,
                "server_address": server_address,
                "server_port": server_port,
                "tls_server_port": tls_server_port,
                "synchronize_time": synchronize_time,
                "max_connections": max_connections,
                "mtu": mtu,
            },
        )

    async def list_groups(self) -> tuple[GroupOut, ...]:
        """List groups of devices.

        All groups that the caller may see, in the order of their names.
        """
        return await self._call("GET", "/devices/groups", answers.models(GroupOut))

    async def create_group(self, *, name: str, parent_id: int | Unset | None = UNSET) -> GroupOut:
        """Make a group.

        Make a group of devices.
        """
        return await self._call(
            "POST", "/devices/groups", answers.model(GroupOut), body={"name": name, "parent_id": parent_id}
        )

    async def change_group(
        self, group_id: int, *, name: str | Unset | None = UNSET, parent_id: int | Unset | None = UNSET
    ) -> GroupOut:
        """Change a group.

        Rename a group, or put it into another one.

        Args:
            parent_id: null: at the top.
        """
        return await self._call(
            "PATCH",
            f"/devices/groups/{segment(group_id)}",
            answers.model(GroupOut),
            body={"name": name, "parent_id": parent_id},
        )

    async def delete_group(self, group_id: int) -> None:
        """Delete a group.

        Delete a group that holds nothing.
        """
        return await self._call("DELETE", f"/devices/groups/{segment(group_id)}", answers.nothing)


class AsyncDiscovery(AsyncOperations):
    """Operations of discovery, for coroutines."""

    async def list_cards(self) -> tuple[CardOut, ...]:
        """List the server's network cards.

        Every IPv4 address of every card.
        """
        return await self._call("GET", "/discovery/interfaces", answers.models(CardOut))

    async def search(
        self,
        *,
        interfaces: Sequence[str] | Unset = UNSET,
        addresses: Sequence[str] | Unset = UNSET,
        generations: Sequence[str] | Unset = UNSET,
        seconds: float | Unset = UNSET,
        udp_port: int | Unset | None = UNSET,
        agents: Sequence[int] | Unset = UNSET,
        here: bool | Unset = UNSET,
    ) -> SearchOut:
        """Search for devices.

        Ask the server's networks, or single addresses, for devices; the answer comes when the search is over.

        Args:
            interfaces: Cards by name or address; none: all.
            addresses: Ask these alone; none: ask all by broadcast.
            udp_port: UDP port of BioStar 1 devices; null: 51110.
            agents: Agents that search in their branches.
            here: Whether the server searches in its own networks.
        """
        return await self._call(
            "POST",
            "/discovery/search",
            answers.model(SearchOut),
            body={
                "interfaces": interfaces,
                "addresses": addresses,
                "generations": generations,
                "seconds": seconds,
                "udp_port": udp_port,
                "agents": agents,
                "here": here,
            },
        )

    async def read_network(
        self,
        *,
        device_id: int,
        addresses: Sequence[str] | Unset = UNSET,
        interfaces: Sequence[str] | Unset = UNSET,
        generation: str | Unset | None = UNSET,
        udp_port: int | Unset | None = UNSET,
        agent: int | Unset | None = UNSET,
    ) -> ReadOut:
        """Read network settings by UDP.

        Ask one device how it is set up on its network, without a connection to it.

        Args:
            addresses: Where it is asked; none: by broadcast.
            agent: In whose branch it is; null: the server asks.
        """
        return await self._call(
            "POST",
            "/discovery/network/read",
            answers.model(ReadOut),
            body={
                "device_id": device_id,
                "addresses": addresses,
                "interfaces": interfaces,
                "generation": generation,
                "udp_port": udp_port,
                "agent": agent,
            },
        )

    async def write_network(
        self,
        *,
        device_id: int,
        changes: NetworkChange,
        addresses: Sequence[str] | Unset = UNSET,
        interfaces: Sequence[str] | Unset = UNSET,
        generation: str | Unset | None = UNSET,
        udp_port: int | Unset | None = UNSET,
        agent: int | Unset | None = UNSET,
    ) -> NetworkChanged:
        """Change network settings by UDP.

        Change the named network settings of one device; it restarts its network when it took them.

        Args:
            addresses: Where it is asked; none: by broadcast.
            agent: In whose branch it is; null: the server asks.
        """
        return await self._call(
            "POST",
            "/discovery/network/write",
            answers.model(NetworkChanged),
            body={
                "device_id": device_id,
                "addresses": addresses,
                "interfaces": interfaces,
                "generation": generation,
                "udp_port": udp_port,
                "agent": agent,
                "changes": changes,
            },
        )

    async def reset(
        self,
        *,
        device_id: int,
        addresses: Sequence[str] | Unset = UNSET,
        interfaces: Sequence[str] | Unset = UNSET,
        generation: str | Unset | None = UNSET,
        udp_port: int | Unset | None = UNSET,
        agent: int | Unset | None = UNSET,
    ) -> ResetOut:
        """Restart a device by UDP.

        Restart one device without a connection to it, as for one that answers a search and refuses connections.

        Args:
            addresses: Where it is asked; none: by broadcast.
            agent: In whose branch it is; null: the server asks.
        """
        return await self._call(
            "POST",
            "/discovery/reset",
            answers.model(ResetOut),
            body={
                "device_id": device_id,
                "addresses": addresses,
                "interfaces": interfaces,
                "generation": generation,
                "udp_port": udp_port,
                "agent": agent,
            },
        )


class AsyncDoors(AsyncOperations):
    """Operations of doors, for coroutines."""

    async def list_doors(
        self,
        *,
        after: int | None = None,
        limit: int | None = None,
        device: int | None = None,
        enabled: bool | None = None,
        mode: DoorMode | None = None,
        alarm: bool | None = None,
        q: str | None = None,
    ) -> DoorList:
        """List doors.

        Doors in the order of their numbers, with their state.

        Args:
            after: The 'next' of the page before; absent for the first page.
            limit: How many rows a page has at most.
            alarm: Only those that are, or are not, forced or held open too long.
            q: Only those whose name or device has this in it.
        """
        return await self._call(
            "GET",
            "/doors",
            answers.model(DoorList),
            query={
                "after": after,
                "limit": limit,
                "device": device,
                "enabled": enabled,
                "mode": mode,
                "alarm": alarm,
                "q": q,
            },
        )

    async def add_door(self, *, device: int, number: int, name: str | Unset = UNSET) -> DoorOut:
        """Add a further door of a device.

        A device has one door from the start; this adds the one of its second relay.
        """
        return await self._call(
            "POST", "/doors", answers.model(DoorOut), body={"device": device, "number": number, "name": name}
        )

    async def show_door(self, door_id: int) -> DoorOut:
        """Show a door.

        One door with its state.
        """
        return await self._call("GET", f"/doors/{segment(door_id)}", answers.model(DoorOut))

    async def change_door(
        self, door_id: int, *, name: str | Unset | None = UNSET, enabled: bool | Unset | None = UNSET
    ) -> DoorOut:
        """Name a door, or take it out of use.

        Change what is given; the device is not told of it.
        """
        return await self._call(
            "PATCH", f"/doors/{segment(door_id)}", answers.model(DoorOut), body={"name": name, "enabled": enabled}
        )

    async def remove_door(self, door_id: int) -> None:
        """Remove a door that was added.

        The first door of a device can only be taken out of use.
        """
        return await self._call("DELETE", f"/doors/{segment(door_id)}", answers.nothing)

    async def open_door(self, door_id: int, *, reason: str | Unset = UNSET) -> DoorDone:
        """Open a door.

        Unlock a door for its own opening time. 409 with the device's own words when it does not.
        """
        return await self._call(
            "POST", f"/doors/{segment(door_id)}/open", answers.model(DoorDone), body={"reason": reason}
        )

    async def lock_door(self, door_id: int, *, reason: str | Unset = UNSET) -> DoorDone:
        """Lock a door now.

        End the opening time of a door at once; whoever may pass can still open it.
        """
        return await self._call(
            "POST", f"/doors/{segment(door_id)}/lock", answers.model(DoorDone), body={"reason": reason}
        )

    async def hold_door_open(self, door_id: int, *, reason: str | Unset = UNSET) -> DoorDone:
        """Hold a door open.

        Let a door stay unlocked until it is returned to normal; it outlives a restart of the device.
        """
        return await self._call(
            "POST", f"/doors/{segment(door_id)}/hold-open", answers.model(DoorDone), body={"reason": reason}
        )

    async def lock_door_down(self, door_id: int, *, reason: str | Unset = UNSET) -> DoorDone:
        """Lock a door down.

        Let a door stay locked, whoever comes, until it is returned to normal; it outlives a restart of the device.
        """
        return await self._call(
            "POST", f"/doors/{segment(door_id)}/lock-down", answers.model(DoorDone), body={"reason": reason}
        )

    async def return_door_to_normal(self, door_id: int, *, reason: str | Unset = UNSET) -> DoorDone:
        """Return a door to normal.

        Let a door open to whoever may pass, as it did before it was held open or locked down.
        """
        return await self._call(
            "POST", f"/doors/{segment(door_id)}/normal", answers.model(DoorDone), body={"reason": reason}
        )

    async def read_door(self, door_id: int) -> DoorOut:
        """Ask a device how a door is set up.

        Read the times and the mode of a door from its device; nothing is changed there.
        """
        return await self._call("POST", f"/doors/{segment(door_id)}/read", answers.model(DoorOut))

    async def list_plans(self) -> tuple[PlanOut, ...]:
        """List floor plans.

        All floor plans with the doors on them.
        """
        return await self._call("GET", "/floor-plans", answers.models(PlanOut))

    async def add_plan(self, *, name: str, picture: bytes, group: int | Unset | None = UNSET) -> PlanOut:
        """Upload a floor plan.

        PNG, JPEG or WebP of at most 10 MB; it is written anew, without whatever else the file held.
        """
        return await self._call(
            "POST",
            "/floor-plans",
            answers.model(PlanOut),
            form={"name": name, "group": group},
            files={"picture": picture},
        )

    async def show_plan(self, plan_id: int) -> PlanOut:
        """Show a floor plan.

        One floor plan with the doors on it.
        """
        return await self._call("GET", f"/floor-plans/{segment(plan_id)}", answers.model(PlanOut))

    async def change_plan(self, plan_id: int, *, name: str | Unset | None = UNSET) -> PlanOut:
        """Name a floor plan.

        Change what is given.
        """
        return await self._call(
            "PATCH", f"/floor-plans/{segment(plan_id)}", answers.model(PlanOut), body={"name": name}
        )

    async def remove_plan(self, plan_id: int) -> None:
        """Remove a floor plan.

        The doors themselves stay.
        """
        return await self._call("DELETE", f"/floor-plans/{segment(plan_id)}", answers.nothing)

    async def show_picture(self, plan_id: int) -> bytes:
        """The picture of a floor plan.

        The picture itself.
        """
        return await self._call("GET", f"/floor-plans/{segment(plan_id)}/picture", answers.content)

    async def replace_picture(self, plan_id: int, *, picture: bytes) -> PlanOut:
        """Replace the picture of a floor plan.

        The doors stay where they are on it.
        """
        return await self._call(
            "POST", f"/floor-plans/{segment(plan_id)}/picture", answers.model(PlanOut), files={"picture": picture}
        )

    async def move_plan(self, plan_id: int, *, group: int | None) -> PlanOut:
        """Let a floor plan belong to a group of devices.

        Who has rights in that group alone sees it then; null shows it to those with rights for the whole site.
        """
        return await self._call(
            "PUT", f"/floor-plans/{segment(plan_id)}/group", answers.model(PlanOut), body={"group": group}
        )

    async def place_door(self, plan_id: int, door_id: int, *, x: float, y: float) -> PlaceOut:
        """Place a door on a floor plan.

        Put a door on the plan, or move it there.
        """
        return await self._call(
            "PUT",
            f"/floor-plans/{segment(plan_id)}/doors/{segment(door_id)}",
            answers.model(PlaceOut),
            body={"x": x, "y": y},
        )

    async def take_off(self, plan_id: int, door_id: int) -> None:
        """Take a door off a floor plan.

        The door itself stays.
        """
        return await self._call("DELETE", f"/floor-plans/{segment(plan_id)}/doors/{segment(door_id)}", answers.nothing)

    async def list_alarms(
        self,
        *,
        after: int | None = None,
        limit: int | None = None,
        state: AlarmState | None = None,
        kind: str | None = None,
        source: AlarmSource | None = None,
        device: int | None = None,
        door: int | None = None,
        standing: bool | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> AlarmList:
        """List alarms.

        Alarms, the newest first.

        Args:
            after: The 'next' of the page before; absent for the first page.
            limit: How many rows a page has at most.
            kind: Stable name of the kind, such as door-forced-open-0.
            standing: Only those whose trouble is not known to be over, or is.
            since: Raised at this moment or later.
            until: Raised before this moment.
        """
        return await self._call(
            "GET",
            "/alarms",
            answers.model(AlarmList),
            query={
                "after": after,
                "limit": limit,
                "state": state,
                "kind": kind,
                "source": source,
                "device": device,
                "door": door,
                "standing": standing,
                "since": since,
                "until": until,
            },
        )

    async def show_alarm(self, alarm_id: int) -> AlarmOut:
        """Show an alarm.

        One alarm.
        """
        return await self._call("GET", f"/alarms/{segment(alarm_id)}", answers.model(AlarmOut))

    async def acknowledge_alarm(self, alarm_id: int, *, note: str | Unset = UNSET) -> AlarmOut:
        """Acknowledge an alarm.

        Note that somebody sees to an alarm, and what he found; doing so again only adds a note.
        """
        return await self._call(
            "POST", f"/alarms/{segment(alarm_id)}/acknowledge", answers.model(AlarmOut), body={"note": note}
        )


class AsyncEnrolment(AsyncOperations):
    """Operations of enrolment, for coroutines."""

    async def list_captures(self) -> tuple[CaptureOut, ...]:
        """List readings at devices.

        What the caller reads, or has read and not given to a person yet.
        """
        return await self._call("GET", "/enrolments", answers.models(CaptureOut))

    async def begin_capture(self, *, device: int, kind: CaptureKind) -> CaptureOut:
        """Read something at a device.

        Let a live device wait for a card, a finger or a face; one at a time at each device.
        """
        return await self._call("POST", "/enrolments", answers.model(CaptureOut), body={"device": device, "kind": kind})

    async def show_capture(self, capture_id: str) -> CaptureOut:
        """Show a reading.

        How far it has come. The stream tells each change too, as a happening of kind person.
        """
        return await self._call("GET", f"/enrolments/{segment(capture_id)}", answers.model(CaptureOut))

    async def cancel_capture(self, capture_id: str) -> CaptureOut:
        """Cancel a reading.

        Want it no more; what the device still reads is thrown away.
        """
        return await self._call("POST", f"/enrolments/{segment(capture_id)}/cancel", answers.model(CaptureOut))

    async def attach_capture(
        self,
        capture_id: str,
        *,
        person: int,
        label: str | Unset = UNSET,
        bypass: bool | Unset = UNSET,
        position: int | Unset = UNSET,
        duress: bool | Unset = UNSET,
    ) -> None:
        """Give a person what was read.

        Add the card, finger or face to the person; it is forgotten here then.

        Args:
            person: Number of the person.
            label: Of a card, what people call it.
            bypass: Of a card, that it alone opens.
            position: Of a finger, which it is, as the model counts.
            duress: Of a finger, that it stands for a threat.
        """
        return await self._call(
            "POST",
            f"/enrolments/{segment(capture_id)}/attach",
            answers.nothing,
            body={"person": person, "label": label, "bypass": bypass, "position": position, "duress": duress},
        )


class AsyncEvents(AsyncOperations):
    """Operations of events, for coroutines."""

    async def list_events(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        device: Sequence[int] = (),
        group: Sequence[int] = (),
        person: Sequence[int] = (),
        code: Sequence[str] = (),
        category: Sequence[str] = (),
        severity: Sequence[str] = (),
        words: str | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> EventList:
        """Search events.

        Events by the time at which they happened, the newest first.

        Args:
            since: From this moment on. Without a zone it is taken as UTC.
            until: Before this moment.
            device: At these devices.
            group: At devices of these groups, those of the groups inside included.
            person: Of these persons.
            code: Codes, as numbers or names such as door-forced-open.
            category: Of these categories.
            severity: Of these severities.
            words: What happened, in these words; in English or your language.
            after: The 'next' of the page before.
        """
        return await self._call(
            "GET",
            "/events",
            answers.model(EventList),
            query={
                "since": since,
                "until": until,
                "device": device,
                "group": group,
                "person": person,
                "code": code,
                "category": category,
                "severity": severity,
                "words": words,
                "after": after,
                "limit": limit,
            },
        )

    async def show_event(self, position: int) -> EventOut:
        """Show an event.

        One event, by its position.
        """
        return await self._call("GET", f"/events/{segment(position)}", answers.model(EventOut))

    def export_events(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        device: Sequence[int] = (),
        group: Sequence[int] = (),
        person: Sequence[int] = (),
        code: Sequence[str] = (),
        category: Sequence[str] = (),
        severity: Sequence[str] = (),
        words: str | None = None,
        format: Literal["csv", "jsonl"] | None = None,
    ) -> AbstractAsyncContextManager[AsyncDownload]:
        """Take events away in a file.

        All events of a search as CSV or as lines of JSON; there may be millions.

        For whoever may see people (people.view) each has the name of its person; for others it is empty.

        Args:
            since: From this moment on. Without a zone it is taken as UTC.
            until: Before this moment.
            device: At these devices.
            group: At devices of these groups, those of the groups inside included.
            person: Of these persons.
            code: Codes, as numbers or names such as door-forced-open.
            category: Of these categories.
            severity: Of these severities.
            words: What happened, in these words; in English or your language.
        """
        return self._download(
            "GET",
            "/events/export",
            query={
                "since": since,
                "until": until,
                "device": device,
                "group": group,
                "person": person,
                "code": code,
                "category": category,
                "severity": severity,
                "words": words,
                "format": format,
            },
        )

    async def start_export(self, *, format: Any | Unset = UNSET, filter: Any | Unset = UNSET) -> JobOut:
        """Export events in the background.

        Start a job that writes all events of a search into a file; see the jobs for its progress and the file.

        Args:
            format: 'xlsx' is a workbook for spreadsheets.
        """
        return await self._call(
            "POST", "/events/exports", answers.model(JobOut), body={"format": format, "filter": filter}
        )


class AsyncHolds(AsyncOperations):
    """Operations of holds, for coroutines."""

    async def show_hold(self, device_id: int) -> HoldOut:
        """Show who has a device.

        Who has it, since when and why, and who asked for it. In server mode everybody shares a device.
        """
        return await self._call("GET", f"/devices/{segment(device_id)}/hold", answers.model(HoldOut))

    async def take_hold(
        self,
        device_id: int,
        *,
        kind: Literal["operator", "released"] | Unset = UNSET,
        reason: str | Unset = UNSET,
        program: str | Unset = UNSET,
        seconds: int | Unset | None = UNSET,
    ) -> HoldOut:
        """Have a device alone.

        Have a device in direct mode alone, or leave its line to another program.

        It lasts as long as you show signs of life (see ``keep``), and ends with your session, token or account.

        Args:
            kind: 'operator': commands of others are refused; 'released': the server leaves the device's line to
                another program.
            program: Which program gets the line.
        """
        return await self._call(
            "POST",
            f"/devices/{segment(device_id)}/hold",
            answers.model(HoldOut),
            body={"kind": kind, "reason": reason, "program": program, "seconds": seconds},
        )

    async def give_up_hold(self, device_id: int) -> None:
        """Give a device back.

        End your hold: everybody who may can work with the device again.
        """
        return await self._call("DELETE", f"/devices/{segment(device_id)}/hold", answers.nothing)

    async def keep_hold(self, device_id: int) -> HoldOut:
        """Go on having a device alone.

        A sign of life: your hold lasts its time from now on. Send one at least every third of that time.
        """
        return await self._call("POST", f"/devices/{segment(device_id)}/hold/keep", answers.model(HoldOut))

    async def ask_for_hold(self, device_id: int, *, reason: str | Unset = UNSET) -> HoldOut:
        """Ask for a device that is held.

        Ask whoever has it to give it up; he is shown that at once.
        """
        return await self._call(
            "POST", f"/devices/{segment(device_id)}/hold/ask", answers.model(HoldOut), body={"reason": reason}
        )

    async def take_over(
        self, device_id: int, *, reason: str | Unset = UNSET, seconds: int | Unset | None = UNSET
    ) -> HoldOut:
        """Take a device over.

        End the hold of whoever has it, and have it yourself.
        """
        return await self._call(
            "POST",
            f"/devices/{segment(device_id)}/hold/take-over",
            answers.model(HoldOut),
            body={"reason": reason, "seconds": seconds},
        )

    async def list_holds(self, device_id: int, *, before: int | None = None, limit: int | None = None) -> PastHoldList:
        """List who had a device.

        Each hold of the device from its beginning to its end, the newest first.
        """
        return await self._call(
            "GET",
            f"/devices/{segment(device_id)}/holds",
            answers.model(PastHoldList),
            query={"before": before, "limit": limit},
        )


class AsyncImports(AsyncOperations):
    """Operations of imports, for coroutines."""

    async def list_imports(self, *, after: int | None = None, limit: int | None = None) -> ImportList:
        """List imports.

        The caller's own imports, the newest first.

        Args:
            after: The 'next' of the page before; absent for the first page.
            limit: How many rows a page has at most.
        """
        return await self._call(
            "GET", "/people/imports", answers.model(ImportList), query={"after": after, "limit": limit}
        )

    async def begin_import(
        self, *, file_name: str, size: int, source: Any | Unset = UNSET, options: Any | Unset = UNSET
    ) -> ImportOut:
        """Begin an import.

        Say what comes; the file follows in pieces. Nothing is changed before it was checked and agreed to.

        Args:
            file_name: Its end says of what kind it is.
            size: Its bytes.
        """
        return await self._call(
            "POST",
            "/people/imports",
            answers.model(ImportOut),
            body={"source": source, "file_name": file_name, "size": size, "options": options},
        )

    async def list_columns(self) -> tuple[ImportColumn, ...]:
        """List the columns of files of people.

        What the heading of a file of people may name; ``number`` alone is needed.
        """
        return await self._call("GET", "/people/imports/columns", answers.models(ImportColumn))

    async def show_import(self, number: int) -> ImportOut:
        """Show an import.

        How far it has come, and what it does or did.
        """
        return await self._call("GET", f"/people/imports/{segment(number)}", answers.model(ImportOut))

    async def drop_import(self, number: int) -> None:
        """Drop an import.

        Forget the file and what is needed to undo it; what was applied stays.
        """
        return await self._call("DELETE", f"/people/imports/{segment(number)}", answers.nothing)

    async def upload_piece(self, number: int, *, piece: bytes, offset: int) -> ImportOut:
        """Upload a piece of the file.

        At most 8 MB; all but the last a multiple of 262144 bytes. The last one lets the file be checked.
        """
        return await self._call(
            "POST",
            f"/people/imports/{segment(number)}/pieces",
            answers.model(ImportOut),
            form={"offset": offset},
            files={"piece": piece},
        )

    async def check_import(
        self,
        number: int,
        *,
        encoding: Any | Unset = UNSET,
        separator: Any | Unset = UNSET,
        dates: Any | Unset = UNSET,
        sheet: str | Unset = UNSET,
        columns: Mapping[str, str] | Unset = UNSET,
    ) -> ImportOut:
        """Check an import anew.

        Read the file once more, perhaps otherwise; nothing is changed by it.

        Args:
            encoding: Of a CSV file. Detected is what has a mark at its beginning, and UTF-8.
            separator: Of a CSV file.
            dates: What comes first in a day such as 05/06/2024.
            sheet: Of a workbook; empty takes the first.
            columns: The column that a heading stands for, where it is called otherwise; an empty one is left out.
        """
        return await self._call(
            "POST",
            f"/people/imports/{segment(number)}/check",
            answers.model(ImportOut),
            body={"encoding": encoding, "separator": separator, "dates": dates, "sheet": sheet, "columns": columns},
        )

    async def list_problems(
        self, number: int, *, after: int | None = None, limit: int | None = None
    ) -> ImportProblemList:
        """List the faults of an import.

        Every fault with row, column, value and what is allowed, in the order of the file.

        Args:
            after: The 'next' of the page before; absent for the first page.
            limit: How many rows a page has at most.
        """
        return await self._call(
            "GET",
            f"/people/imports/{segment(number)}/problems",
            answers.model(ImportProblemList),
            query={"after": after, "limit": limit},
        )

    async def list_imported_people(
        self, number: int, *, after: int | None = None, limit: int | None = None, outcome: ImportOutcome | None = None
    ) -> ImportedPersonList:
        """List the people of an import.

        Whoever is added or changed, in the order of the file, with what is different.

        Args:
            after: The 'next' of the page before; absent for the first page.
            limit: How many rows a page has at most.
            outcome: Only those.
        """
        return await self._call(
            "GET",
            f"/people/imports/{segment(number)}/people",
            answers.model(ImportedPersonList),
            query={"after": after, "limit": limit, "outcome": outcome},
        )

    async def apply_import(self, number: int, *, plan: str) -> ImportOut:
        """Apply an import.

        Do what was seen, in one transaction; refused where it would do something else by now.

        Args:
            plan: That of the import as it was seen.
        """
        return await self._call(
            "POST", f"/people/imports/{segment(number)}/apply", answers.model(ImportOut), body={"plan": plan}
        )

    async def undo_import(self, number: int) -> ImportOut:
        """Undo an import.

        Within 7 days. Whoever was changed since is left as is, and named.
        """
        return await self._call("POST", f"/people/imports/{segment(number)}/undo", answers.model(ImportOut))

    async def start_people_export(
        self,
        *,
        format: Any | Unset = UNSET,
        separator: Any | Unset = UNSET,
        text: str | Unset = UNSET,
        group: int | Unset | None = UNSET,
    ) -> JobOut:
        """Export people in the background.

        Start a job that writes people, or their photos, into a file; what it writes can be imported again.

        Args:
            format: PIN codes are never written.
            separator: Of CSV; detect stands for the comma.
            text: Only whom a search for this finds.
            group: Only members of this access group.
        """
        return await self._call(
            "POST",
            "/people/exports",
            answers.model(JobOut),
            body={"format": format, "separator": separator, "text": text, "group": group},
        )


class AsyncJobs(AsyncOperations):
    """Operations of jobs, for coroutines."""

    async def list_jobs(
        self,
        *,
        after: int | None = None,
        limit: int | None = None,
        kind: str | None = None,
        state: State | None = None,
        everybody: bool | None = None,
    ) -> JobList:
        """List jobs.

        Jobs of the caller, the newest first.

        Args:
            after: The 'next' of the page before; absent for the first page.
            limit: How many rows a page has at most.
            kind: Of this kind alone.
            everybody: Those of others too; needs operators.manage.
        """
        return await self._call(
            "GET",
            "/jobs",
            answers.model(JobList),
            query={"after": after, "limit": limit, "kind": kind, "state": state, "everybody": everybody},
        )

    async def show_job(self, number: int) -> JobOut:
        """Show a job.

        One job.
        """
        return await self._call("GET", f"/jobs/{segment(number)}", answers.model(JobOut))

    async def stop_job(self, number: int) -> JobOut:
        """Stop a job.

        Stop a job that waits or runs; one that runs ends within a second or so.
        """
        return await self._call("POST", f"/jobs/{segment(number)}/stop", answers.model(JobOut))

    async def start_job_again(self, number: int) -> JobOut:
        """Start a job again.

        Do once more what failed or was stopped.
        """
        return await self._call("POST", f"/jobs/{segment(number)}/start", answers.model(JobOut))

    def job_file(self, number: int) -> AbstractAsyncContextManager[AsyncDownload]:
        """Fetch the file of a job.

        The file that came of a job; kept for 7 days.
        """
        return self._download("GET", f"/jobs/{segment(number)}/file")


class AsyncModes(AsyncOperations):
    """Operations of modes, for coroutines."""

    async def show_mode(self, device_id: int) -> ModeOut:
        """Show a device's mode and its last change.

        Which mode it has, what a change would send, and step by step how the last one went.
        """
        return await self._call("GET", f"/devices/{segment(device_id)}/mode", answers.model(ModeOut))

    async def change_mode(
        self,
        device_id: int,
        *,
        mode: Mode,
        server_address: str | Unset = UNSET,
        server_port: int | Unset | None = UNSET,
        seconds: int | Unset = UNSET,
        udp_port: int | Unset | None = UNSET,
    ) -> ChangeOut:
        """Bring a device to a mode.

        Set it up, wait until it calls or is reached, and only then note its mode here.

        The steps are made one after the other by the running server: ask for them by ``GET``, or follow the stream.

        Args:
            server_address: What it dials; empty: this server on its side.
            server_port: The TCP port there; null: that of this server.
            seconds: How long the device has to come.
            udp_port: UDP port of the device; null: 51110.
        """
        return await self._call(
            "POST",
            f"/devices/{segment(device_id)}/mode",
            answers.model(ChangeOut),
            body={
                "mode": mode,
                "server_address": server_address,
                "server_port": server_port,
                "seconds": seconds,
                "udp_port": udp_port,
            },
        )

    async def end_waiting(self, device_id: int) -> ModeOut:
        """Wait no more for a device.

        End the waiting for a device that has not come in time; what it was told stays with it.
        """
        return await self._call("DELETE", f"/devices/{segment(device_id)}/mode", answers.model(ModeOut))


class AsyncOperators(AsyncOperations):
    """Operations of operators, for coroutines."""

    async def show_me(self) -> Me:
        """Show who I am and what I may do.

        The operator of this token or session, and the rights that it may use.
        """
        return await self._call("GET", "/me", answers.model(Me))

    async def list_rights(self) -> tuple[RightOut, ...]:
        """List all rights.

        Every right that a role can give.
        """
        return await self._call("GET", "/rights", answers.models(RightOut))

    async def list_roles(self) -> tuple[RoleOut, ...]:
        """List roles.

        All roles, the built-in ones too.
        """
        return await self._call("GET", "/roles", answers.models(RoleOut))

    async def create_role(
        self, *, name: str, rights: Sequence[str], purpose: str | Unset = UNSET, second_factor: bool | Unset = UNSET
    ) -> RoleOut:
        """Make a role.

        An own role.
        """
        return await self._call(
            "POST",
            "/roles",
            answers.model(RoleOut),
            body={"name": name, "purpose": purpose, "rights": rights, "second_factor": second_factor},
        )

    async def change_role(
        self,
        slug: str,
        *,
        name: str,
        rights: Sequence[str],
        purpose: str | Unset = UNSET,
        second_factor: bool | Unset = UNSET,
    ) -> RoleOut:
        """Change a role.

        Change an own role; whoever has it may do the new things at once.
        """
        return await self._call(
            "PUT",
            f"/roles/{segment(slug)}",
            answers.model(RoleOut),
            body={"name": name, "purpose": purpose, "rights": rights, "second_factor": second_factor},
        )

    async def delete_role(self, slug: str) -> None:
        """Remove a role.

        Remove an own role that nobody has.
        """
        return await self._call("DELETE", f"/roles/{segment(slug)}", answers.nothing)

    async def list_operators(self, *, after: int | None = None, limit: int | None = None) -> OperatorList:
        """List operators.

        Accounts in the order in which they were made.

        Args:
            after: The 'next' of the page before; absent for the first page.
            limit: How many rows a page has at most.
        """
        return await self._call(
            "GET", "/operators", answers.model(OperatorList), query={"after": after, "limit": limit}
        )

    async def create_operator(
        self, *, name: str, password: str, full_name: str | Unset = UNSET, roles: Sequence[GivenRole] | Unset = UNSET
    ) -> OperatorOut:
        """Add an operator.

        A new account.
        """
        return await self._call(
            "POST",
            "/operators",
            answers.model(OperatorOut),
            body={"name": name, "password": password, "full_name": full_name, "roles": roles},
        )

    async def show_operator(self, number: int) -> OperatorOut:
        """Show an operator.

        One account.
        """
        return await self._call("GET", f"/operators/{segment(number)}", answers.model(OperatorOut))

    async def change_operator(
        self,
        number: int,
        *,
        full_name: str | Unset | None = UNSET,
        active: bool | Unset | None = UNSET,
        roles: Sequence[GivenRole] | Unset | None = UNSET,
        password: str | Unset | None = UNSET,
    ) -> OperatorOut:
        """Change an operator.

        Change an account; whoever is switched off is out at once.
        """
        return await self._call(
            "PATCH",
            f"/operators/{segment(number)}",
            answers.model(OperatorOut),
            body={"full_name": full_name, "active": active, "roles": roles, "password": password},
        )

    async def remove_second_factor(self, number: int) -> None:
        """Take an operator's second factor away.

        For whoever lost phone and recovery codes; he sets up a new one if a role of his asks for it.
        """
        return await self._call("DELETE", f"/operators/{segment(number)}/second-factor", answers.nothing)

    async def list_sessions(self, *, after: int | None = None, limit: int | None = None) -> SessionList:
        """List sessions.

        Sessions of the console, the newest first; those that ended too.

        Args:
            after: The 'next' of the page before; absent for the first page.
            limit: How many rows a page has at most.
        """
        return await self._call("GET", "/sessions", answers.model(SessionList), query={"after": after, "limit": limit})

    async def end_one_session(self, number: int) -> SessionOut:
        """End a session.

        Whoever works in it is out at once.
        """
        return await self._call("POST", f"/sessions/{segment(number)}/end", answers.model(SessionOut))

    async def list_tokens(
        self, *, after: int | None = None, limit: int | None = None, operator: str | None = None
    ) -> TokenList:
        """List tokens.

        One's own tokens; everybody's with the right to manage them.

        Args:
            after: The 'next' of the page before; absent for the first page.
            limit: How many rows a page has at most.
        """
        return await self._call(
            "GET", "/tokens", answers.model(TokenList), query={"after": after, "limit": limit, "operator": operator}
        )

    async def create_token(
        self, *, name: str, scopes: Sequence[str] | Unset | None = UNSET, expires: datetime | Unset | None = UNSET
    ) -> NewToken:
        """Make a token.

        A token in one's own name; its text is in this answer and nowhere else.

        Args:
            scopes: Rights that it may use; null: all that its maker has.
        """
        return await self._call(
            "POST", "/tokens", answers.model(NewToken), body={"name": name, "scopes": scopes, "expires": expires}
        )

    async def revoke_token(self, prefix: str) -> TokenOut:
        """Revoke a token.

        Take a token back at once; one's own, or anybody's with the right to manage them.
        """
        return await self._call("POST", f"/tokens/{segment(prefix)}/revoke", answers.model(TokenOut))


class AsyncPeople(AsyncOperations):
    """Operations of people, for coroutines."""

    async def list_people(
        self,
        *,
        q: str | None = None,
        card: int | None = None,
        department: int | None = None,
        group: int | None = None,
        disabled: bool | None = None,
        after: int | None = None,
        limit: int | None = None,
    ) -> PersonList:
        """List people.

        People in the order of their numbers.

        Args:
            q: Part of the name or mail, or the number of the person or of a card.
            limit: How many rows a page has at most.
        """
        return await self._call(
            "GET",
            "/people",
            answers.model(PersonList),
            query={
                "q": q,
                "card": card,
                "department": department,
                "group": group,
                "disabled": disabled,
                "after": after,
                "limit": limit,
            },
        )

    async def create_person(
        self,
        *,
        name: str | Unset | None = UNSET,
        department_id: int | Unset | None = UNSET,
        email: str | Unset | None = UNSET,
        phone: str | Unset | None = UNSET,
        notes: str | Unset | None = UNSET,
        valid_from: datetime | Unset | None = UNSET,
        valid_until: datetime | Unset | None = UNSET,
        disabled: bool | Unset | None = UNSET,
        security_level: int | Unset | None = UNSET,
        authentication_mode: int | Unset | None = UNSET,
        daily_entry_limit: int | Unset | None = UNSET,
        anti_passback_minutes: int | Unset | None = UNSET,
        terminal_administrator: bool | Unset | None = UNSET,
        fields: Mapping[str, str | int | float | None] | Unset | None = UNSET,
        number: int | Unset | None = UNSET,
        pin: str | Unset = UNSET,
        cards: Sequence[CardIn] | Unset = UNSET,
        groups: Sequence[int] | Unset = UNSET,
    ) -> PersonOut:
        """Add a person.

        Add a person; a PIN and cards ask for the right to credentials, groups for that to access.

        Args:
            valid_from: With its zone; null without a start.
            valid_until: With its zone; null without an end.
            security_level: How strictly fingers and faces are matched: 0 to 5.
            authentication_mode: By the model's own number; 0 is the device's default.
            daily_entry_limit: Entries a day; 0 without limit.
            anti_passback_minutes: Minutes before entering again; 0 at once.
            fields: Values of own fields; null takes one away.
            number: Null takes the next free one.
            pin: Digits. It is kept encrypted and never shown.
        """
        return await self._call(
            "POST",
            "/people",
            answers.model(PersonOut),
            body={
                "name": name,
                "department_id": department_id,
                "email": email,
                "phone": phone,
                "notes": notes,
                "valid_from": valid_from,
                "valid_until": valid_until,
                "disabled": disabled,
                "security_level": security_level,
                "authentication_mode": authentication_mode,
                "daily_entry_limit": daily_entry_limit,
                "anti_passback_minutes": anti_passback_minutes,
                "terminal_administrator": terminal_administrator,
                "fields": fields,
                "number": number,
                "pin": pin,
                "cards": cards,
                "groups": groups,
            },
        )

    async def show_person(self, number: int) -> PersonOut:
        """Show a person.

        One person.
        """
        return await self._call("GET", f"/people/{segment(number)}", answers.model(PersonOut))

    async def change_person(
        self,
        number: int,
        *,
        name: str | Unset | None = UNSET,
        department_id: int | Unset | None = UNSET,
        email: str | Unset | None = UNSET,
        phone: str | Unset | None = UNSET,
        notes: str | Unset | None = UNSET,
        valid_from: datetime | Unset | None = UNSET,
        valid_until: datetime | Unset | None = UNSET,
        disabled: bool | Unset | None = UNSET,
        security_level: int | Unset | None = UNSET,
        authentication_mode: int | Unset | None = UNSET,
        daily_entry_limit: int | Unset | None = UNSET,
        anti_passback_minutes: int | Unset | None = UNSET,
        terminal_administrator: bool | Unset | None = UNSET,
        fields: Mapping[str, str | int | float | None] | Unset | None = UNSET,
    ) -> PersonOut:
        """Change a person.

        Change what is given; the number stays.

        Args:
            valid_from: With its zone; null without a start.
            valid_until: With its zone; null without an end.
            security_level: How strictly fingers and faces are matched: 0 to 5.
            authentication_mode: By the model's own number; 0 is the device's default.
            daily_entry_limit: Entries a day; 0 without limit.
            anti_passback_minutes: Minutes before entering again; 0 at once.
            fields: Values of own fields; null takes one away.
        """
        return await self._call(
            "PATCH",
            f"/people/{segment(number)}",
            answers.model(PersonOut),
            body={
                "name": name,
                "department_id": department_id,
                "email": email,
                "phone": phone,
                "notes": notes,
                "valid_from": valid_from,
                "valid_until": valid_until,
                "disabled": disabled,
                "security_level": security_level,
                "authentication_mode": authentication_mode,
                "daily_entry_limit": daily_entry_limit,
                "anti_passback_minutes": anti_passback_minutes,
                "terminal_administrator": terminal_administrator,
                "fields": fields,
            },
        )

    async def delete_person(self, number: int) -> None:
        """Remove a person.

        Remove a person with all credentials, from here and from every device; events keep the number.
        """
        return await self._call("DELETE", f"/people/{segment(number)}", answers.nothing)

    async def show_photo(self, number: int) -> bytes:
        """The photo of a person.

        The picture itself.
        """
        return await self._call("GET", f"/people/{segment(number)}/photo", answers.content)

    async def set_photo(self, number: int, *, picture: bytes) -> PersonOut:
        """Upload a photo of a person.

        PNG, JPEG or WebP of at most 10 MB; it is written anew, without whatever else the file held.
        """
        return await self._call(
            "POST", f"/people/{segment(number)}/photo", answers.model(PersonOut), files={"picture": picture}
        )

    async def remove_photo(self, number: int) -> None:
        """Forget the photo of a person.

        Without one nothing happens.
        """
        return await self._call("DELETE", f"/people/{segment(number)}/photo", answers.nothing)

    async def set_pin(self, person: int, *, pin: str) -> None:
        """Give a person a PIN.

        4 to 16 digits. It can be set, and never read.

        Args:
            pin: Digits. It is kept encrypted and never shown.
        """
        return await self._call("PUT", f"/people/{segment(person)}/pin", answers.nothing, body={"pin": pin})

    async def remove_pin(self, person: int) -> None:
        """Take the PIN of a person away.

        Without one nothing happens.
        """
        return await self._call("DELETE", f"/people/{segment(person)}/pin", answers.nothing)

    async def add_card(
        self,
        person: int,
        *,
        number: int | Unset | None = UNSET,
        custom_id: int | Unset = UNSET,
        text: str | Unset = UNSET,
        format: int | Unset | None = UNSET,
        bypass: bool | Unset = UNSET,
        label: str | Unset = UNSET,
    ) -> PersonCardOut:
        """Give a person a card.

        By its number, or by what a reader gave and the card format in which it is to be read.

        Args:
            text: What was read or typed, instead of a number.
            format: The card format by which 'text' is to be read.
        """
        return await self._call(
            "POST",
            f"/people/{segment(person)}/cards",
            answers.model(PersonCardOut),
            body={
                "number": number,
                "custom_id": custom_id,
                "text": text,
                "format": format,
                "bypass": bypass,
                "label": label,
            },
        )

    async def change_card(
        self, person: int, card_id: int, *, bypass: bool | Unset | None = UNSET, label: str | Unset | None = UNSET
    ) -> PersonCardOut:
        """Change a card of a person.

        Change what is given; another number is another card.
        """
        return await self._call(
            "PATCH",
            f"/people/{segment(person)}/cards/{segment(card_id)}",
            answers.model(PersonCardOut),
            body={"bypass": bypass, "label": label},
        )

    async def remove_card(self, person: int, card_id: int) -> None:
        """Take a card from a person.

        It opens nothing any more, as soon as each device knows.
        """
        return await self._call("DELETE", f"/people/{segment(person)}/cards/{segment(card_id)}", answers.nothing)

    async def list_fingers(self, person: int) -> tuple[FingerOut, ...]:
        """List the fingers of a person.

        Which are enrolled; templates are not shown to anybody.
        """
        return await self._call("GET", f"/people/{segment(person)}/fingers", answers.models(FingerOut))

    async def change_finger(
        self, person: int, finger_id: int, *, position: int | Unset | None = UNSET, duress: bool | Unset | None = UNSET
    ) -> FingerOut:
        """Change a finger of a person.

        Change what is given.
        """
        return await self._call(
            "PATCH",
            f"/people/{segment(person)}/fingers/{segment(finger_id)}",
            answers.model(FingerOut),
            body={"position": position, "duress": duress},
        )

    async def remove_finger(self, person: int, finger_id: int) -> None:
        """Remove a finger of a person.

        From here and from every device.
        """
        return await self._call("DELETE", f"/people/{segment(person)}/fingers/{segment(finger_id)}", answers.nothing)

    async def list_faces(self, person: int) -> tuple[FaceOut, ...]:
        """List the faces of a person.

        Which are enrolled; templates are not shown to anybody.
        """
        return await self._call("GET", f"/people/{segment(person)}/faces", answers.models(FaceOut))

    async def remove_face(self, person: int, face_id: int) -> None:
        """Remove a face of a person.

        From here and from every device.
        """
        return await self._call("DELETE", f"/people/{segment(person)}/faces/{segment(face_id)}", answers.nothing)

    async def list_departments(self) -> tuple[DepartmentOut, ...]:
        """List departments.

        All departments in the order of their names.
        """
        return await self._call("GET", "/departments", answers.models(DepartmentOut))

    async def create_department(self, *, name: str, parent_id: int | Unset | None = UNSET) -> DepartmentOut:
        """Add a department.

        At the top, or in another one.
        """
        return await self._call(
            "POST", "/departments", answers.model(DepartmentOut), body={"name": name, "parent_id": parent_id}
        )

    async def change_department(
        self, department_id: int, *, name: str | Unset | None = UNSET, parent_id: int | Unset | None = UNSET
    ) -> DepartmentOut:
        """Change a department.

        Rename it, or put it into another one; devices that show departments get the new name.
        """
        return await self._call(
            "PATCH",
            f"/departments/{segment(department_id)}",
            answers.model(DepartmentOut),
            body={"name": name, "parent_id": parent_id},
        )

    async def delete_department(self, department_id: int) -> None:
        """Delete a department.

        Delete a department that holds nothing.
        """
        return await self._call("DELETE", f"/departments/{segment(department_id)}", answers.nothing)

    async def list_fields(self) -> tuple[FieldOut, ...]:
        """List own fields of people.

        In the order in which they are shown.
        """
        return await self._call("GET", "/person-fields", answers.models(FieldOut))

    async def create_field(
        self,
        *,
        name: str,
        kind: Any | Unset = UNSET,
        slug: str | Unset = UNSET,
        choices: Sequence[str] | Unset = UNSET,
        order: int | Unset = UNSET,
    ) -> FieldOut:
        """Add an own field of people.

        Kind and short name never change.

        Args:
            slug: Its name for programs; empty makes one of the name. It never changes.
        """
        return await self._call(
            "POST",
            "/person-fields",
            answers.model(FieldOut),
            body={"name": name, "kind": kind, "slug": slug, "choices": choices, "order": order},
        )

    async def change_field(
        self,
        slug: str,
        *,
        name: str | Unset | None = UNSET,
        choices: Sequence[str] | Unset | None = UNSET,
        order: int | Unset | None = UNSET,
    ) -> FieldOut:
        """Change an own field of people.

        Change what is given; a choice that somebody has stays.
        """
        return await self._call(
            "PATCH",
            f"/person-fields/{segment(slug)}",
            answers.model(FieldOut),
            body={"name": name, "choices": choices, "order": order},
        )

    async def delete_field(self, slug: str) -> None:
        """Remove an own field of people.

        Its values go with it.
        """
        return await self._call("DELETE", f"/person-fields/{segment(slug)}", answers.nothing)

    async def list_formats(self) -> tuple[FormatOut, ...]:
        """List card formats.

        In the order of their names.
        """
        return await self._call("GET", "/card-formats", answers.models(FormatOut))

    async def create_format(
        self,
        *,
        name: str,
        reading: Reading | Unset | None = UNSET,
        byte_order: ByteOrder | Unset | None = UNSET,
        bits: int | Unset | None = UNSET,
        facility_start: int | Unset | None = UNSET,
        facility_length: int | Unset | None = UNSET,
        facility_use: FacilityUse | Unset | None = UNSET,
        number_start: int | Unset | None = UNSET,
        number_length: int | Unset | None = UNSET,
        parity: Sequence[ParityShape] | Unset | None = UNSET,
    ) -> FormatOut:
        """Add a card format.

        For serial numbers of chips, or for Wiegand bits.
        """
        return await self._call(
            "POST",
            "/card-formats",
            answers.model(FormatOut),
            body={
                "name": name,
                "reading": reading,
                "byte_order": byte_order,
                "bits": bits,
                "facility_start": facility_start,
                "facility_length": facility_length,
                "facility_use": facility_use,
                "number_start": number_start,
                "number_length": number_length,
                "parity": parity,
            },
        )

    async def change_format(
        self,
        format_id: int,
        *,
        name: str | Unset | None = UNSET,
        reading: Reading | Unset | None = UNSET,
        byte_order: ByteOrder | Unset | None = UNSET,
        bits: int | Unset | None = UNSET,
        facility_start: int | Unset | None = UNSET,
        facility_length: int | Unset | None = UNSET,
        facility_use: FacilityUse | Unset | None = UNSET,
        number_start: int | Unset | None = UNSET,
        number_length: int | Unset | None = UNSET,
        parity: Sequence[ParityShape] | Unset | None = UNSET,
    ) -> FormatOut:
        """Change a card format.

        Change what is given; cards that were read by it keep their numbers.
        """
        return await self._call(
            "PATCH",
            f"/card-formats/{segment(format_id)}",
            answers.model(FormatOut),
            body={
                "name": name,
                "reading": reading,
                "byte_order": byte_order,
                "bits": bits,
                "facility_start": facility_start,
                "facility_length": facility_length,
                "facility_use": facility_use,
                "number_start": number_start,
                "number_length": number_length,
                "parity": parity,
            },
        )

    async def delete_format(self, format_id: int) -> None:
        """Delete a card format.

        Cards that were read by it keep their numbers.
        """
        return await self._call("DELETE", f"/card-formats/{segment(format_id)}", answers.nothing)

    async def read_card(self, format_id: int, *, text: str) -> CardRead:
        """Read a card by a format.

        What a device keeps of a card, by what a reader gave or somebody typed; nothing is changed.
        """
        return await self._call(
            "POST", f"/card-formats/{segment(format_id)}/read", answers.model(CardRead), body={"text": text}
        )

    async def list_erased(self, *, after: int | None = None, limit: int | None = None) -> ErasedPersonList:
        """List who was erased.

        Pseudonyms, the newest first; nobody is shown whose they are.

        Args:
            after: The 'next' of the page before; absent for the first page.
            limit: How many rows a page has at most.
        """
        return await self._call(
            "GET", "/people/erased", answers.model(ErasedPersonList), query={"after": after, "limit": limit}
        )

    async def erase_person(self, number: int, *, confirm: int) -> ErasedPersonOut:
        """Erase a person.

        For good: data, photo, credentials, groups and pictures go, here and on every device.

        Events stay under a pseudonym, and nobody finds them by the number.
        Files of exports and uploads that are not applied yet go too, whoever they belong to.

        Args:
            confirm: The number once more, so that nobody else goes.
        """
        return await self._call(
            "POST", f"/people/{segment(number)}/erase", answers.model(ErasedPersonOut), body={"confirm": confirm}
        )

    async def give_out(self, number: int) -> JobOut:
        """Give out all that is kept of a person.

        Start a job that writes an archive for the person who asks: data, photo, events, pictures of events.
        """
        return await self._call("POST", f"/people/{segment(number)}/data-export", answers.model(JobOut))


class AsyncSync(AsyncOperations):
    """Operations of sync, for coroutines."""

    async def list_devices(
        self, *, after: int | None = None, limit: int | None = None, managed: bool | None = None
    ) -> SyncList:
        """List how devices stand with people and rights.

        All devices that were let in, in the order of their numbers.

        Args:
            after: The 'next' of the page before; absent for the first page.
            limit: How many rows a page has at most.
            managed: Only those that are switched on, or are not.
        """
        return await self._call(
            "GET", "/sync", answers.model(SyncList), query={"after": after, "limit": limit, "managed": managed}
        )

    async def list_differences(
        self,
        *,
        after: int | None = None,
        limit: int | None = None,
        device: int | None = None,
        answer: Answer | None = None,
    ) -> DifferenceList:
        """List what devices hold otherwise than they were given.

        Found when devices are read: every night, on command, and after changes at their own menus.

        Args:
            after: The 'next' of the page before; absent for the first page.
            limit: How many rows a page has at most.
            answer: Only those that are open, or were kept.
        """
        return await self._call(
            "GET",
            "/sync/differences",
            answers.model(DifferenceList),
            query={"after": after, "limit": limit, "device": device, "answer": answer},
        )

    async def answer_difference(self, difference_id: int, *, answer: Reply) -> AnsweredOut:
        """Answer a difference.

        Keep what the device holds, take it over into the data, or overwrite it.

        Args:
            answer: 'keep': the device stays as it is until the person's data change; 'take-over': what the device
                holds goes into the data; 'overwrite': what the data say goes to the device.
        """
        return await self._call(
            "POST",
            f"/sync/differences/{segment(difference_id)}/answer",
            answers.model(AnsweredOut),
            body={"answer": answer},
        )

    async def list_problems(
        self, *, after: int | None = None, limit: int | None = None, device: int | None = None
    ) -> ProblemList:
        """List who cannot be on a device as they should.

        Who does not fit on a device or was refused by it, and why.

        Args:
            after: The 'next' of the page before; absent for the first page.
            limit: How many rows a page has at most.
        """
        return await self._call(
            "GET",
            "/sync/problems",
            answers.model(ProblemList),
            query={"after": after, "limit": limit, "device": device},
        )

    async def show_device(self, device_id: int) -> SyncOut:
        """Show how a device stands with people and rights.

        One device.
        """
        return await self._call("GET", f"/sync/devices/{segment(device_id)}", answers.model(SyncOut))

    async def change_device(self, device_id: int, *, hand_edits: HandEdits) -> SyncOut:
        """Change what happens to changes at a device.

        Ask an operator, or overwrite. 409 where the device is not switched on.
        """
        return await self._call(
            "PATCH", f"/sync/devices/{segment(device_id)}", answers.model(SyncOut), body={"hand_edits": hand_edits}
        )

    async def show_content(self, device_id: int) -> ContentOut:
        """Show what is on a device now.

        Read everybody on it, and tell what would become of them when it is switched on. 409 when it is not
        connected.
        """
        return await self._call("GET", f"/sync/devices/{segment(device_id)}/content", answers.model(ContentOut))

    async def switch_on(self, device_id: int, *, hand_edits: Any | Unset = UNSET) -> SyncOut:
        """Let people on a device come from here.

        Read the device, and bring it what it should hold. Read what is on it before.

        Args:
            hand_edits: Whether an operator is asked of strangers on it and of changes at its menu.
        """
        return await self._call(
            "POST",
            f"/sync/devices/{segment(device_id)}/switch-on",
            answers.model(SyncOut),
            body={"hand_edits": hand_edits},
        )

    async def switch_off(self, device_id: int) -> SyncOut:
        """Leave the people on a device alone.

        What is on it stays there, and nothing more is sent.
        """
        return await self._call("POST", f"/sync/devices/{segment(device_id)}/switch-off", answers.model(SyncOut))

    async def check(self, device_id: int) -> SyncOut:
        """Have a device read and compared.

        As soon as it is connected. 409 where the device is not switched on.
        """
        return await self._call("POST", f"/sync/devices/{segment(device_id)}/check", answers.model(SyncOut))

    async def answer_all(self, device_id: int, *, answer: Reply) -> AnsweredOut:
        """Answer all open differences of a device alike.

        Keep or overwrite them; people are taken over one by one.

        Args:
            answer: 'keep': the device stays as it is until the person's data change; 'take-over': what the device
                holds goes into the data; 'overwrite': what the data say goes to the device.
        """
        return await self._call(
            "POST", f"/sync/devices/{segment(device_id)}/answer", answers.model(AnsweredOut), body={"answer": answer}
        )


class AsyncSystem(AsyncOperations):
    """Operations of system, for coroutines."""

    async def show_status(self) -> StatusOut:
        """Show how the server does.

        Version, addresses, and how far the stream is; for everybody who may sign in.
        """
        return await self._call("GET", "/status", answers.model(StatusOut))

    async def show_checks(self) -> ChecksOut:
        """Check the server.

        What ``doorward check`` finds: settings, database, ports, clocks, disk, certificates.
        """
        return await self._call("GET", "/checks", answers.model(ChecksOut))

    async def show_metrics(self) -> str:
        """Metrics for Prometheus.

        What the server measures of itself, in the text format of Prometheus.
        """
        return await self._call("GET", "/metrics", answers.text)


class AsyncTakeover(AsyncOperations):
    """Operations of takeover, for coroutines."""

    async def list_takeovers(self, *, after: int | None = None, limit: int | None = None) -> TakeoverList:
        """List takeovers.

        The caller's own takeovers, the newest first.

        Args:
            after: The 'next' of the page before; absent for the first page.
            limit: How many rows a page has at most.
        """
        return await self._call(
            "GET", "/takeovers", answers.model(TakeoverList), query={"after": after, "limit": limit}
        )

    async def begin_takeover(self, *, devices: Sequence[int]) -> TakeoverOut:
        """Read devices to take them over.

        Read all people and rights of live devices and compare them; nothing is changed anywhere.
        """
        return await self._call("POST", "/takeovers", answers.model(TakeoverOut), body={"devices": devices})

    async def show_takeover(self, number: int) -> TakeoverOut:
        """Show a takeover.

        How far it has come, and what it does or did.
        """
        return await self._call("GET", f"/takeovers/{segment(number)}", answers.model(TakeoverOut))

    async def drop_takeover(self, number: int) -> None:
        """Drop a takeover.

        Forget all that was read; what was applied stays.
        """
        return await self._call("DELETE", f"/takeovers/{segment(number)}", answers.nothing)

    async def list_conflicts(
        self, number: int, *, after: int | None = None, limit: int | None = None, only_open: bool | None = None
    ) -> TakeoverConflictList:
        """List the conflicts of a takeover.

        What devices, or a device and the data, say differently, field by field.

        Args:
            after: The 'next' of the page before; absent for the first page.
            limit: How many rows a page has at most.
            only_open: Only those that are not answered.
        """
        return await self._call(
            "GET",
            f"/takeovers/{segment(number)}/conflicts",
            answers.model(TakeoverConflictList),
            query={"after": after, "limit": limit, "only_open": only_open},
        )

    async def decide(
        self, number: int, *, choices: Sequence[Decision] | Unset = UNSET, others: str | Unset = UNSET
    ) -> TakeoverOut:
        """Decide on conflicts.

        This device, that one, or keep ours.

        Args:
            others: For all that are still open and have it: a device, or 'ours'.
        """
        return await self._call(
            "POST",
            f"/takeovers/{segment(number)}/decisions",
            answers.model(TakeoverOut),
            body={"choices": choices, "others": others},
        )

    async def compare_takeover(self, number: int, *, read: bool | Unset = UNSET) -> TakeoverOut:
        """Compare once more.

        What was decided stays where the question is the same.

        Args:
            read: Read the devices anew.
        """
        return await self._call(
            "POST", f"/takeovers/{segment(number)}/compare", answers.model(TakeoverOut), body={"read": read}
        )

    async def apply_takeover(self, number: int, *, plan: str) -> TakeoverOut:
        """Apply a takeover.

        Bring people, credentials, groups, schedules and holidays into the data, in one transaction.

        Args:
            plan: That of the takeover as it was seen.
        """
        return await self._call(
            "POST", f"/takeovers/{segment(number)}/apply", answers.model(TakeoverOut), body={"plan": plan}
        )


class AsyncWebhooks(AsyncOperations):
    """Operations of webhooks, for coroutines."""

    async def list_webhooks(self) -> WebhookList:
        """List webhooks.

        All webhooks, by name.
        """
        return await self._call("GET", "/webhooks", answers.model(WebhookList))

    async def create_webhook(
        self,
        *,
        name: str,
        url: str,
        kinds: Sequence[str] | Unset = UNSET,
        devices: Sequence[int] | Unset = UNSET,
        categories: Sequence[str] | Unset = UNSET,
    ) -> NewWebhook:
        """Make a webhook.

        Send what happens from now on to a URL. The answer holds the secret that signs each delivery, this once.
        """
        return await self._call(
            "POST",
            "/webhooks",
            answers.model(NewWebhook),
            body={"name": name, "url": url, "kinds": kinds, "devices": devices, "categories": categories},
        )

    async def list_dead_letters(
        self, *, webhook: int | None = None, before: int | None = None, limit: int | None = None
    ) -> DeadLetterList:
        """List what was given up.

        Deliveries that a receiver has not taken in time, the newest first.
        """
        return await self._call(
            "GET",
            "/webhooks/dead-letters",
            answers.model(DeadLetterList),
            query={"webhook": webhook, "before": before, "limit": limit},
        )

    async def send_again(self, letter_id: int) -> DeadLetterOut:
        """Send again what was given up.

        Send a delivery once more, under the same number. The list tells what came of it.
        """
        return await self._call(
            "POST", f"/webhooks/dead-letters/{segment(letter_id)}/send", answers.model(DeadLetterOut)
        )

    async def forget_dead_letter(self, letter_id: int) -> None:
        """Forget what was given up.

        Take a delivery off the list.
        """
        return await self._call("DELETE", f"/webhooks/dead-letters/{segment(letter_id)}", answers.nothing)

    async def show_webhook(self, webhook_id: int) -> WebhookOut:
        """Show a webhook.

        One webhook.
        """
        return await self._call("GET", f"/webhooks/{segment(webhook_id)}", answers.model(WebhookOut))

    async def change_webhook(
        self,
        webhook_id: int,
        *,
        name: str | Unset | None = UNSET,
        url: str | Unset | None = UNSET,
        kinds: Sequence[str] | Unset | None = UNSET,
        devices: Sequence[int] | Unset | None = UNSET,
        categories: Sequence[str] | Unset | None = UNSET,
        enabled: bool | Unset | None = UNSET,
        skip_waiting: bool | Unset = UNSET,
    ) -> WebhookOut:
        """Change a webhook.

        Change a webhook; what waits for it is tried again at once.

        Args:
            skip_waiting: Send nothing of what waits, only what happens from now on.
        """
        return await self._call(
            "PATCH",
            f"/webhooks/{segment(webhook_id)}",
            answers.model(WebhookOut),
            body={
                "name": name,
                "url": url,
                "kinds": kinds,
                "devices": devices,
                "categories": categories,
                "enabled": enabled,
                "skip_waiting": skip_waiting,
            },
        )

    async def delete_webhook(self, webhook_id: int) -> None:
        """Remove a webhook.

        Remove a webhook with all that was given up.
        """
        return await self._call("DELETE", f"/webhooks/{segment(webhook_id)}", answers.nothing)

    async def roll_secret(self, webhook_id: int) -> NewSecret:
        """Give a webhook a fresh secret.

        The old secret signs nothing from now on.
        """
        return await self._call("POST", f"/webhooks/{segment(webhook_id)}/secret", answers.model(NewSecret))

    async def test_webhook(self, webhook_id: int) -> TestOutcome:
        """Test a webhook.

        Send a delivery of the kind ``test`` now, and tell what the receiver answered.
        """
        return await self._call("POST", f"/webhooks/{segment(webhook_id)}/test", answers.model(TestOutcome))


class AsyncEverything:
    """All operations, by subject."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.access = AsyncAccess(http)
        self.agents = AsyncAgents(http)
        self.audit = AsyncAudit(http)
        self.devices = AsyncDevices(http)
        self.discovery = AsyncDiscovery(http)
        self.doors = AsyncDoors(http)
        self.enrolment = AsyncEnrolment(http)
        self.events = AsyncEvents(http)
        self.holds = AsyncHolds(http)
        self.imports = AsyncImports(http)
        self.jobs = AsyncJobs(http)
        self.modes = AsyncModes(http)
        self.operators = AsyncOperators(http)
        self.people = AsyncPeople(http)
        self.sync = AsyncSync(http)
        self.system = AsyncSystem(http)
        self.takeover = AsyncTakeover(http)
        self.webhooks = AsyncWebhooks(http)

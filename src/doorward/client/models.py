"""The shapes of the API, as Python has them.

Written by tools/client-models from the document of the API; changes made here are lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Self

from doorward.client.values import UNSET, Unset, body_values, moment

AlarmSource = Literal["event", "server"]
"""Where an alarm comes from."""
AlarmState = Literal["open", "acknowledged"]
"""What became of an alarm."""
Answer = Literal["open", "kept"]
"""What an operator said to a difference."""
Approval = Literal["waiting", "approved", "blocked"]
"""Whether a device may come in."""
ByteOrder = Literal["msb", "lsb"]
"""Which byte of a number comes first."""
CaptureKind = Literal["card", "finger", "face"]
"""What is read."""
CaptureState = Literal["waiting", "again", "done", "timed-out", "refused", "cancelled"]
"""How far a reading has come."""
ChangeState = Literal["under way", "overdue", "done", "failed", "ended"]
"""How far a change of mode is."""
DifferenceKind = Literal["unknown", "missing", "changed", "tables"]
"""How a device differs from what it was given."""
DoorMode = Literal["normal", "held open", "locked down"]
"""What a door does until further notice; the names are those of ``doorward.model.doors.DoorMode``."""
FaceFamily = Literal["d-station", "facestation"]
"""The models that can use a face template; those of different families do not understand each other's."""
FacilityUse = Literal["ignored", "joined", "custom-id"]
"""What becomes of a facility code in the number that a device keeps."""
Fate = Literal["unknown", "no-right", "no-place"]
"""What becomes of somebody on a device who has no place there by the data, when it is switched on."""
FieldKind = Literal["text", "number", "date", "choice"]
"""What an own field of a site holds."""
HandEdits = Literal["ask", "overwrite"]
"""What happens to what somebody changed at a device's own menu."""
HoldKind = Literal["server", "operator", "released", "changing", "other"]
"""In which way a device in direct mode is held."""
ImportFileKind = Literal["csv", "xlsx", "zip"]
"""What kind of file it is."""
ImportOutcome = Literal["added", "changed", "unchanged"]
"""What an import does to a person."""
ImportSource = Literal["people", "photos"]
"""What is imported."""
ImportState = Literal[
    "receiving", "checking", "faulty", "checked", "applying", "applied", "undoing", "undone", "failed"
]
"""How far an import has come."""
Leaf = Literal["closed", "open", "unknown"]
"""Whether a door stands open, where a sensor tells."""
Lock = Literal["locked", "unlocked", "unknown"]
"""Whether the relay of a door lets people through."""
Mode = Literal["server", "direct"]
"""Who dials."""
Outcome = Literal["pending", "done", "refused", "failed"]
"""What came of an action."""
Reading = Literal["csn", "wiegand"]
"""What a reader gives of a card."""
Reply = Literal["keep", "take-over", "overwrite"]
"""What an operator says to a difference; the names are those of the API and of the audit log."""
State = Literal["waiting", "running", "done", "failed", "stopped"]
"""How far a job has come."""
StepState = Literal["running", "done", "failed"]
"""How a step of a change does."""
TakeoverState = Literal["reading", "compared", "applying", "applied", "failed"]
"""How far a takeover has come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessGroupOut:
    """An access group.

    Attributes:
        rights: At how many doors it has a right.
        members: How many people belong to it.
    """

    number: int
    name: str
    rights: int
    members: int

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            number=data["number"],
            name=data["name"],
            rights=data["rights"],
            members=data["members"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentCardOut:
    """A network card of an agent's machine."""

    name: str
    address: str
    mask: str
    up: bool
    loopback: bool

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            name=data["name"],
            address=data["address"],
            mask=data["mask"],
            up=data["up"],
            loopback=data["loopback"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentList:
    """All agents, by name."""

    items: tuple[AgentOut, ...]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            items=tuple(AgentOut.from_json(item) for item in data["items"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentOut:
    """An agent; never a secret.

    Attributes:
        state: 'connected', 'away', 'waiting for enrollment' or 'revoked'.
        networks: IPv4 networks that it may reach; none: the private ones of its own cards.
        devices: How many devices are dialled through it.
        version: Version of its program, as it says.
        system: Its machine, as it says.
        server_address: The address by which it, and the devices beside it, reach this server.
        latency_ms: Milliseconds to it and back.
        memory_bytes: Memory of its process when it connected; 0 when it does not know.
    """

    id: int
    name: str
    state: str
    networks: tuple[str, ...]
    tcp_ports: tuple[int, ...]
    udp_ports: tuple[int, ...]
    devices: int
    created: datetime
    created_by: str
    enrolled: datetime | None
    certificate_expires: datetime | None
    revoked: datetime | None
    revoked_by: str
    revoked_reason: str
    version: str
    system: str
    cards: tuple[AgentCardOut, ...]
    connected_since: datetime | None
    last_contact: datetime | None
    last_address: str
    server_address: str
    latency_ms: float | None
    memory_bytes: int

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            id=data["id"],
            name=data["name"],
            state=data["state"],
            networks=tuple(data["networks"]),
            tcp_ports=tuple(data["tcp_ports"]),
            udp_ports=tuple(data["udp_ports"]),
            devices=data["devices"],
            created=moment(data["created"]),
            created_by=data["created_by"],
            enrolled=None if data["enrolled"] is None else moment(data["enrolled"]),
            certificate_expires=None if data["certificate_expires"] is None else moment(data["certificate_expires"]),
            revoked=None if data["revoked"] is None else moment(data["revoked"]),
            revoked_by=data["revoked_by"],
            revoked_reason=data["revoked_reason"],
            version=data["version"],
            system=data["system"],
            cards=tuple(AgentCardOut.from_json(item) for item in data["cards"]),
            connected_since=None if data["connected_since"] is None else moment(data["connected_since"]),
            last_contact=None if data["last_contact"] is None else moment(data["last_contact"]),
            last_address=data["last_address"],
            server_address=data["server_address"],
            latency_ms=data["latency_ms"],
            memory_bytes=data["memory_bytes"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmList:
    """A page of alarms.

    Attributes:
        next: Give it as 'after' for the next page; null on the last one.
    """

    items: tuple[AlarmOut, ...]
    next: int | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            items=tuple(AlarmOut.from_json(item) for item in data["items"]),
            next=data["next"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmOut:
    """An alarm as the API shows it.

    Attributes:
        source: 'event': a device told it; 'server': the server found out.
        kind: A stable name for programs.
        door: The door that it is about; null where it is about none.
        event: Position of the event that raised it.
        cleared: When the trouble was over, where the server could tell.
    """

    id: int
    source: AlarmSource
    kind: str
    words: str
    device: int | None
    device_name: str
    door: int | None
    door_name: str
    event: int | None
    raised: datetime
    cleared: datetime | None
    state: AlarmState
    acknowledged_at: datetime | None
    acknowledged_by: str
    note: str

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            id=data["id"],
            source=data["source"],
            kind=data["kind"],
            words=data["words"],
            device=data["device"],
            device_name=data["device_name"],
            door=data["door"],
            door_name=data["door_name"],
            event=data["event"],
            raised=moment(data["raised"]),
            cleared=None if data["cleared"] is None else moment(data["cleared"]),
            state=data["state"],
            acknowledged_at=None if data["acknowledged_at"] is None else moment(data["acknowledged_at"]),
            acknowledged_by=data["acknowledged_by"],
            note=data["note"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredOut:
    """How many were answered."""

    answered: int

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            answered=data["answered"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditList:
    """A page of the audit log."""

    items: tuple[AuditOut, ...]
    next: int | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            items=tuple(AuditOut.from_json(item) for item in data["items"]),
            next=data["next"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditOut:
    """An entry of the audit log."""

    id: int
    at: datetime
    finished: datetime | None
    actor: str
    via: str
    address: str
    token: str
    request_id: str
    action: str
    object_type: str
    object_id: str
    object_name: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    outcome: str
    words: str

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            id=data["id"],
            at=moment(data["at"]),
            finished=None if data["finished"] is None else moment(data["finished"]),
            actor=data["actor"],
            via=data["via"],
            address=data["address"],
            token=data["token"],
            request_id=data["request_id"],
            action=data["action"],
            object_type=data["object_type"],
            object_id=data["object_id"],
            object_name=data["object_name"],
            before=data["before"],
            after=data["after"],
            outcome=data["outcome"],
            words=data["words"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureOut:
    """A reading as the API shows it.

    Attributes:
        step: How often something was read.
        steps: How often it has to be read: a finger twice.
        words: What is to be done at the device, or what came of it.
        card: Number of a card that was read.
        expires: When it is forgotten unless it is given to a person.
    """

    id: str
    device: int
    kind: CaptureKind
    state: CaptureState
    step: int
    steps: int
    words: str
    advice: str
    card: int | None
    card_custom_id: int | None
    created: datetime
    expires: datetime

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            id=data["id"],
            device=data["device"],
            kind=data["kind"],
            state=data["state"],
            step=data["step"],
            steps=data["steps"],
            words=data["words"],
            advice=data["advice"],
            card=data["card"],
            card_custom_id=data["card_custom_id"],
            created=moment(data["created"]),
            expires=moment(data["expires"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CardIn:
    """A card for a person: its number, or what a reader gave together with the format in which it is to be read.

    Attributes:
        text: What was read or typed, instead of a number.
        format: The card format by which 'text' is to be read.
    """

    number: int | Unset | None = UNSET
    custom_id: int | Unset = UNSET
    text: str | Unset = UNSET
    format: int | Unset | None = UNSET
    bypass: bool | Unset = UNSET
    label: str | Unset = UNSET

    def to_json(self) -> dict[str, Any]:
        """The same for the server."""
        return body_values(
            {
                "number": self.number,
                "custom_id": self.custom_id,
                "text": self.text,
                "format": self.format,
                "bypass": self.bypass,
                "label": self.label,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CardOut:
    """A network card of the server."""

    name: str
    address: str
    mask: str
    up: bool
    loopback: bool

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            name=data["name"],
            address=data["address"],
            mask=data["mask"],
            up=data["up"],
            loopback=data["loopback"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRead:
    """What a device keeps of it."""

    number: int
    custom_id: int
    facility: int | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            number=data["number"],
            custom_id=data["custom_id"],
            facility=data["facility"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeOut:
    """A change of a device's mode, as far as it is.

    Attributes:
        deadline: When it is overdue; null before the device took its settings.
        finished: When it was over; null while the device may still come.
        reasons: Why it may not have come, the most likely first.
        words: What came of it.
    """

    id: int
    target: Mode
    state: ChangeState
    by: str
    begun: datetime
    deadline: datetime | None
    finished: datetime | None
    server_address: str
    server_port: int | None
    device_address: str
    device_port: int | None
    steps: tuple[StepOut, ...]
    reasons: tuple[str, ...]
    words: str
    advice: str

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            id=data["id"],
            target=data["target"],
            state=data["state"],
            by=data["by"],
            begun=moment(data["begun"]),
            deadline=None if data["deadline"] is None else moment(data["deadline"]),
            finished=None if data["finished"] is None else moment(data["finished"]),
            server_address=data["server_address"],
            server_port=data["server_port"],
            device_address=data["device_address"],
            device_port=data["device_port"],
            steps=tuple(StepOut.from_json(item) for item in data["steps"]),
            reasons=tuple(data["reasons"]),
            words=data["words"],
            advice=data["advice"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecksOut:
    """What the checks found.

    Attributes:
        level: The worst level of all findings.
    """

    level: str
    findings: tuple[FindingOut, ...]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            level=data["level"],
            findings=tuple(FindingOut.from_json(item) for item in data["findings"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceOut:
    """A value that a setting may have."""

    value: int
    words: str

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            value=data["value"],
            words=data["words"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeOut:
    """A fresh one-time code. It is shown this once, and holds the fingerprint of the server's certificate.

    Attributes:
        server_port: TCP port of this server that the agent has to dial.
    """

    agent: AgentOut
    code: str
    expires: datetime
    server_port: int | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            agent=AgentOut.from_json(data["agent"]),
            code=data["code"],
            expires=moment(data["expires"]),
            server_port=data["server_port"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentOut:
    """What is on a device now, and what would become of it once its people come from here.

    Attributes:
        capacity: How many people its model holds.
        stay: People who are there just as the data say.
        change: People who would be written anew.
        come: People who would be added.
        unknown: People who are not known here: take the device over first to keep them.
        no_right: People who are known here and have no right at this device.
        no_place: People who do not fit on its model; they would be deleted.
        leave: The first 20 of the last three kinds.
        doors: Doors that would follow another schedule; as long as there is one it is not switched on for good.
    """

    device: int
    people: int
    capacity: int
    stay: int
    change: int
    come: int
    unknown: int
    no_right: int
    no_place: int
    leave: tuple[OnDeviceOut, ...]
    tables: tuple[TableOnDeviceOut, ...]
    doors: tuple[str, ...]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            device=data["device"],
            people=data["people"],
            capacity=data["capacity"],
            stay=data["stay"],
            change=data["change"],
            come=data["come"],
            unknown=data["unknown"],
            no_right=data["no_right"],
            no_place=data["no_place"],
            leave=tuple(OnDeviceOut.from_json(item) for item in data["leave"]),
            tables=tuple(TableOnDeviceOut.from_json(item) for item in data["tables"]),
            doors=tuple(data["doors"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterList:
    """A page of deliveries that were given up, the newest first.

    Attributes:
        next: Give it as 'before' for the next page; null on the last one.
    """

    items: tuple[DeadLetterOut, ...]
    next: int | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            items=tuple(DeadLetterOut.from_json(item) for item in data["items"]),
            next=data["next"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterOut:
    """A delivery that was given up.

    Attributes:
        after: Position after which it begins.
        until: Position of its last line.
        waiting: It is about to be sent again.
        delivered: When it was delivered after all.
    """

    id: int
    webhook: int
    delivery: str
    after: int
    until: int
    count: int
    failing_since: datetime
    given_up: datetime
    error: str
    waiting: bool
    delivered: datetime | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            id=data["id"],
            webhook=data["webhook"],
            delivery=data["delivery"],
            after=data["after"],
            until=data["until"],
            count=data["count"],
            failing_since=moment(data["failing_since"]),
            given_up=moment(data["given_up"]),
            error=data["error"],
            waiting=data["waiting"],
            delivered=None if data["delivered"] is None else moment(data["delivered"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """An answer.

    Attributes:
        id: Of the conflict.
        choice: That of an option, a device that says so, or 'ours'.
    """

    id: int
    choice: str

    def to_json(self) -> dict[str, Any]:
        """The same for the server."""
        return body_values({"id": self.id, "choice": self.choice})


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentOut:
    """A department.

    Attributes:
        people: How many people are in it, not counting departments in it.
    """

    id: int
    name: str
    parent_id: int | None
    people: int

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            id=data["id"],
            name=data["name"],
            parent_id=data["parent_id"],
            people=data["people"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceList:
    """A page of devices.

    Attributes:
        next: Give it as 'after' for the next page; null on the last one.
    """

    items: tuple[DeviceOut, ...]
    next: int | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            items=tuple(DeviceOut.from_json(item) for item in data["items"]),
            next=data["next"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceOut:
    """A device as the API shows it.

    Attributes:
        agent: Number of the agent that dials it in direct mode; null: the server itself.
        agent_name: What that agent is called.
        state: State of the connection; 'unknown' while no server tells it.
        next_attempt: When it is dialled next, or its log asked for.
        held_since: Since when another client holds it; null when none does.
        holder: Who has it; null in server mode, and when nobody has.
        clock_drift_seconds: By how much its clock was ahead when it was last read.
        complete_until: Every event that happened before this moment is kept, but for the gaps.
        hindrance: Why the record did not get further; empty when it did.
    """

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
    agent: int | None
    agent_name: str | None
    zone: str
    time_sync: bool
    has_password: bool
    state: str
    reason: str
    since: datetime | None
    connected_address: str
    next_attempt: datetime | None
    held_since: datetime | None
    holder: HolderOut | None
    clock_drift_seconds: float | None
    clock_checked: datetime | None
    first_seen: datetime
    last_seen: datetime | None
    last_address: str
    complete_until: datetime | None
    hindrance: str

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            device_id=data["device_id"],
            name=data["name"],
            group=data["group"],
            group_id=data["group_id"],
            generation=data["generation"],
            model=data["model"],
            approval=data["approval"],
            approval_at=None if data["approval_at"] is None else moment(data["approval_at"]),
            approval_by=data["approval_by"],
            approved_address=data["approved_address"],
            enabled=data["enabled"],
            mode=data["mode"],
            address=data["address"],
            port=data["port"],
            agent=data["agent"],
            agent_name=data["agent_name"],
            zone=data["zone"],
            time_sync=data["time_sync"],
            has_password=data["has_password"],
            state=data["state"],
            reason=data["reason"],
            since=None if data["since"] is None else moment(data["since"]),
            connected_address=data["connected_address"],
            next_attempt=None if data["next_attempt"] is None else moment(data["next_attempt"]),
            held_since=None if data["held_since"] is None else moment(data["held_since"]),
            holder=None if data["holder"] is None else HolderOut.from_json(data["holder"]),
            clock_drift_seconds=data["clock_drift_seconds"],
            clock_checked=None if data["clock_checked"] is None else moment(data["clock_checked"]),
            first_seen=moment(data["first_seen"]),
            last_seen=None if data["last_seen"] is None else moment(data["last_seen"]),
            last_address=data["last_address"],
            complete_until=None if data["complete_until"] is None else moment(data["complete_until"]),
            hindrance=data["hindrance"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceList:
    """A page of differences.

    Attributes:
        next: Give it as 'after' for the next page; null on the last one.
    """

    items: tuple[DifferenceOut, ...]
    next: int | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            items=tuple(DifferenceOut.from_json(item) for item in data["items"]),
            next=data["next"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceOut:
    """Something that a device holds otherwise than it was given.

    Attributes:
        person: Number of the person; null where it is about the tables.
    """

    id: int
    device: int
    device_name: str
    person: int | None
    kind: DifferenceKind
    found_at: datetime
    words: str
    answer: Answer
    answered_by: str
    answered_at: datetime | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            id=data["id"],
            device=data["device"],
            device_name=data["device_name"],
            person=data["person"],
            kind=data["kind"],
            found_at=moment(data["found_at"]),
            words=data["words"],
            answer=data["answer"],
            answered_by=data["answered_by"],
            answered_at=None if data["answered_at"] is None else moment(data["answered_at"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of a command."""

    words: str
    advice: str = ""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            words=data["words"],
            advice=data.get("advice", ""),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorDone:
    """What came of it."""

    words: str
    door: DoorOut

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            words=data["words"],
            door=DoorOut.from_json(data["door"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorList:
    """A page of doors.

    Attributes:
        next: Give it as 'after' for the next page; null on the last one.
    """

    items: tuple[DoorOut, ...]
    next: int | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            items=tuple(DoorOut.from_json(item) for item in data["items"]),
            next=data["next"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorOut:
    """A door as the API shows it.

    Attributes:
        device: Number of the device that opens it.
        number: Its number at the device, from 0.
        name: What people call it; that of the device where it has none.
        own_name: The name that it was given; empty without one.
        connected: Whether its device is connected; else the state is the last one known.
        lock: Whether the relay lets people through, as far as the device tells.
        lock_by: The operator who unlocked or locked it; empty for anybody else.
        lock_person: Number of the person for whom it was unlocked; 0 where not known.
        unlocked_until: When it locks by itself; null where it does not.
        leaf: Whether it stands open; 'unknown' without a door sensor.
        mode: What it does until further notice.
        forced_since: When it was forced open; null unless it is so still.
        held_since: Since when it is open for too long; null unless it is.
        has_relay: By the device's own settings; null until they were read.
        open_seconds: How long it is unlocked when it is opened.
        held_open_seconds: How long it may stand open; 0 for ever.
        settings_read: When the device told so.
    """

    id: int
    device: int
    number: int
    name: str
    own_name: str
    group: str | None
    enabled: bool
    connected: bool
    lock: Lock
    lock_since: datetime | None
    lock_by: str
    lock_person: int
    unlocked_until: datetime | None
    leaf: Leaf
    leaf_since: datetime | None
    mode: DoorMode
    mode_since: datetime | None
    mode_by: str
    forced_since: datetime | None
    held_since: datetime | None
    has_relay: bool | None
    has_sensor: bool | None
    open_seconds: int | None
    held_open_seconds: int | None
    settings_read: datetime | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            id=data["id"],
            device=data["device"],
            number=data["number"],
            name=data["name"],
            own_name=data["own_name"],
            group=data["group"],
            enabled=data["enabled"],
            connected=data["connected"],
            lock=data["lock"],
            lock_since=None if data["lock_since"] is None else moment(data["lock_since"]),
            lock_by=data["lock_by"],
            lock_person=data["lock_person"],
            unlocked_until=None if data["unlocked_until"] is None else moment(data["unlocked_until"]),
            leaf=data["leaf"],
            leaf_since=None if data["leaf_since"] is None else moment(data["leaf_since"]),
            mode=data["mode"],
            mode_since=None if data["mode_since"] is None else moment(data["mode_since"]),
            mode_by=data["mode_by"],
            forced_since=None if data["forced_since"] is None else moment(data["forced_since"]),
            held_since=None if data["held_since"] is None else moment(data["held_since"]),
            has_relay=data["has_relay"],
            has_sensor=data["has_sensor"],
            open_seconds=data["open_seconds"],
            held_open_seconds=data["held_open_seconds"],
            settings_read=None if data["settings_read"] is None else moment(data["settings_read"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorRightOut:
    """A door that the people of a group may pass.

    Attributes:
        schedule: Number of the schedule; null is always.
    """

    door: int
    door_name: str
    device: int
    schedule: int | None
    schedule_name: str | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            door=data["door"],
            door_name=data["door_name"],
            device=data["device"],
            schedule=data["schedule"],
            schedule_name=data["schedule_name"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedPersonList:
    """A page of those who were erased.

    Attributes:
        next: Give it as 'after' for the next page; null on the last one.
    """

    items: tuple[ErasedPersonOut, ...]
    next: int | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            items=tuple(ErasedPersonOut.from_json(item) for item in data["items"]),
            next=data["next"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedPersonOut:
    """Somebody who was erased.

    Attributes:
        pseudonym: Stands for the person wherever an event names one.
    """

    pseudonym: str
    at: datetime
    by: str

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            pseudonym=data["pseudonym"],
            at=moment(data["at"]),
            by=data["by"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EventList:
    """A page of events.

    Attributes:
        next: Give it as 'after' for the next page; null on the last one.
    """

    items: tuple[EventOut, ...]
    next: str | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            items=tuple(EventOut.from_json(item) for item in data["items"]),
            next=data["next"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EventOut:
    """An event as the API shows it; the stream shows the same.

    Attributes:
        device: The device that told it.
        origin: The device at which it happened.
        person: Number of the person; 0 nobody, or somebody who was erased.
        pseudonym: Stands for somebody who was erased; else empty.
        name: Stable name of what happened.
        how: How somebody was verified or identified; empty where that does not apply.
        device_time: What the device's clock showed, without a zone.
    """

    position: int
    kind: str
    device: int
    origin: int
    person: int
    pseudonym: str
    code: int
    sub_code: int
    name: str
    words: str
    how: str
    category: str
    severity: str
    attendance_key: int
    ordinal: int
    image_slot: int
    device_time: str
    utc: datetime
    received: datetime

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            position=data["position"],
            kind=data["kind"],
            device=data["device"],
            origin=data["origin"],
            person=data["person"],
            pseudonym=data["pseudonym"],
            code=data["code"],
            sub_code=data["sub_code"],
            name=data["name"],
            words=data["words"],
            how=data["how"],
            category=data["category"],
            severity=data["severity"],
            attendance_key=data["attendance_key"],
            ordinal=data["ordinal"],
            image_slot=data["image_slot"],
            device_time=data["device_time"],
            utc=moment(data["utc"]),
            received=moment(data["received"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceOut:
    """An enrolled face; its template leaves the server for devices alone.

    Attributes:
        family: Which models can use it.
    """

    id: int
    family: FaceFamily
    place: int
    kind: int

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            id=data["id"],
            family=data["family"],
            place=data["place"],
            kind=data["kind"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyOut:
    """A family of settings."""

    name: str
    title: str
    read_only: bool

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            name=data["name"],
            title=data["title"],
            read_only=data["read_only"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldOut:
    """An own field."""

    slug: str
    name: str
    kind: FieldKind
    choices: tuple[str, ...]
    order: int

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            slug=data["slug"],
            name=data["name"],
            kind=data["kind"],
            choices=tuple(data["choices"]),
            order=data["order"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingOut:
    """One thing that a check found.

    Attributes:
        level: ok, warning or error.
    """

    subject: str
    level: str
    words: str
    advice: str

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            subject=data["subject"],
            level=data["level"],
            words=data["words"],
            advice=data["advice"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FingerOut:
    """An enrolled finger; its templates leave the server for devices alone.

    Attributes:
        place: Where it stands among the person's fingers, from 0.
        position: Which finger it is, as the model counts them; 0 where it does not say.
        duress: Whoever shows it is under threat: the door opens and an alarm is sent.
    """

    id: int
    place: int
    position: int
    duress: bool

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            id=data["id"],
            place=data["place"],
            position=data["position"],
            duress=data["duress"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatOut:
    """A card format."""

    id: int
    name: str
    reading: Reading
    byte_order: ByteOrder
    bits: int
    facility_start: int
    facility_length: int
    facility_use: FacilityUse
    number_start: int
    number_length: int
    parity: tuple[ParityShape, ...]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            id=data["id"],
            name=data["name"],
            reading=data["reading"],
            byte_order=data["byte_order"],
            bits=data["bits"],
            facility_start=data["facility_start"],
            facility_length=data["facility_length"],
            facility_use=data["facility_use"],
            number_start=data["number_start"],
            number_length=data["number_length"],
            parity=tuple(ParityShape.from_json(item) for item in data["parity"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundOut:
    """A device that answered.

    Attributes:
        mode: 'direct' or 'server' where its answer says so; else empty.
        interface: The card that heard it.
        agent: The agent in whose branch it was heard; null: the server itself.
        foreign_subnet: Its address lies in no subnet of the server: it has to be readdressed.
        conflict: Why it cannot be told apart from another one; empty when it can.
        known: Null when this server does not know it, or you may not see it.
        server_address: Address of this server as the device has to dial it.
        server_port: Port of this server that devices dial.
    """

    device_id: int
    type: int
    generation: str
    model: str
    title: str
    address: str
    port: int | None
    mode: str
    interface: str
    agent: int | None
    round_trip_ms: float
    answers: int
    foreign_subnet: bool
    conflict: str
    known: KnownOut | None
    server_address: str
    server_port: int | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            device_id=data["device_id"],
            type=data["type"],
            generation=data["generation"],
            model=data["model"],
            title=data["title"],
            address=data["address"],
            port=data["port"],
            mode=data["mode"],
            interface=data["interface"],
            agent=data["agent"],
            round_trip_ms=data["round_trip_ms"],
            answers=data["answers"],
            foreign_subnet=data["foreign_subnet"],
            conflict=data["conflict"],
            known=None if data["known"] is None else KnownOut.from_json(data["known"]),
            server_address=data["server_address"],
            server_port=data["server_port"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GapList:
    """A page of gaps, the newest first.

    Attributes:
        next: Give it as 'before' for the next page; null on the last one.
    """

    items: tuple[GapOut, ...]
    next: int | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            items=tuple(GapOut.from_json(item) for item in data["items"]),
            next=data["next"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GapOut:
    """A span in which events can be missing."""

    id: int
    kind: str
    reason: str
    since: datetime | None
    until: datetime
    missing: int
    found: datetime

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            id=data["id"],
            kind=data["kind"],
            reason=data["reason"],
            since=None if data["since"] is None else moment(data["since"]),
            until=moment(data["until"]),
            missing=data["missing"],
            found=moment(data["found"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenRole:
    """A role that an operator has.

    Attributes:
        group: Number of a group of devices; null: everywhere.
    """

    role: str
    group: int | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            role=data["role"],
            group=data.get("group", None),
        )

    def to_json(self) -> dict[str, Any]:
        """The same for the server."""
        return body_values({"role": self.role, "group": self.group})


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupOut:
    """A group of devices.

    Attributes:
        devices: Devices in the group itself.
    """

    id: int
    name: str
    parent_id: int | None
    devices: int

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            id=data["id"],
            name=data["name"],
            parent_id=data["parent_id"],
            devices=data["devices"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupsOut:
    """The access groups of a person, by their numbers."""

    groups: tuple[int, ...]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            groups=tuple(data["groups"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryList:
    """A page of the history, the newest first.

    Attributes:
        next: Give it as 'before' for the next page; null on the last one.
    """

    items: tuple[HistoryOut, ...]
    next: int | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            items=tuple(HistoryOut.from_json(item) for item in data["items"]),
            next=data["next"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryOut:
    """A change of a device's state or approval."""

    id: int
    state: str
    reason: str
    since: datetime
    by: str

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            id=data["id"],
            state=data["state"],
            reason=data["reason"],
            since=moment(data["since"]),
            by=data["by"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldOut:
    """Who has a device, and who asked for it.

    Attributes:
        holder: Null when nobody has it.
    """

    holder: HolderOut | None
    requests: tuple[RequestOut, ...]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            holder=None if data["holder"] is None else HolderOut.from_json(data["holder"]),
            requests=tuple(RequestOut.from_json(item) for item in data["requests"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderOut:
    """Who has a device in direct mode, which serves one client at a time.

    Attributes:
        kind: 'server': this server keeps its connection; 'operator': somebody works with it alone, and commands
            of others are refused; 'released': the server leaves its line to another program; 'changing': it is
            brought to the other mode; 'other': a client that is none of ours is connected to it.
        words: Who, since when and why.
        until: When it ends unless it is kept up; null where it has no end.
        program: The program that has the line; empty where there is none.
        via: The way in, such as 'console'; empty where it is none of ours.
        mine: It is you.
    """

    kind: HoldKind
    name: str
    words: str
    since: datetime
    until: datetime | None
    reason: str
    program: str
    via: str
    address: str
    mine: bool

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            kind=data["kind"],
            name=data["name"],
            words=data["words"],
            since=moment(data["since"]),
            until=None if data["until"] is None else moment(data["until"]),
            reason=data["reason"],
            program=data["program"],
            via=data["via"],
            address=data["address"],
            mine=data["mine"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayHoursShape:
    """What of a schedule holds on the days of a table of holidays.

    Attributes:
        intervals: None closes such a day.
    """

    holiday: int
    intervals: tuple[tuple[int, ...], ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            holiday=data["holiday"],
            intervals=tuple(tuple(item) for item in data.get("intervals", [])),
        )

    def to_json(self) -> dict[str, Any]:
        """The same for the server."""
        return body_values({"holiday": self.holiday, "intervals": self.intervals})


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayOut:
    """A table of holidays.

    Attributes:
        used_by: How many schedules follow it.
    """

    number: int
    name: str
    periods: tuple[PeriodShape, ...]
    used_by: int

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            number=data["number"],
            name=data["name"],
            periods=tuple(PeriodShape.from_json(item) for item in data["periods"]),
            used_by=data["used_by"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportColumn:
    """A column that a file of people may have.

    Attributes:
        words: What it holds.
        read: Whether it is read; the others are written for information.
    """

    name: str
    words: str
    read: bool

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            name=data["name"],
            words=data["words"],
            read=data["read"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportList:
    """A page of imports.

    Attributes:
        next: Give it as 'after' for the next page; null on the last one.
    """

    items: tuple[ImportOut, ...]
    next: int | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            items=tuple(ImportOut.from_json(item) for item in data["items"]),
            next=data["next"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """How a file is to be read.

    Attributes:
        encoding: Of a CSV file. Detected is what has a mark at its beginning, and UTF-8.
        separator: Of a CSV file.
        dates: What comes first in a day such as 05/06/2024.
        sheet: Of a workbook; empty takes the first.
        columns: The column that a heading stands for, where it is called otherwise; an empty one is left out.
    """

    encoding: Any = "detect"
    separator: Any = "detect"
    dates: Any = "not-said"
    sheet: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            encoding=data.get("encoding", "detect"),
            separator=data.get("separator", "detect"),
            dates=data.get("dates", "not-said"),
            sheet=data.get("sheet", ""),
            columns=data.get("columns", {}),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOut:
    """An import as the API shows it.

    Attributes:
        received: How many of its bytes have come.
        words: What came of the last step, or why it failed.
        job: The job of the last step, with its progress.
        expires: When it is forgotten; until then an applied one can be undone.
        rows: Rows, or pictures, of the file.
        problems: How many things are wrong with it.
        left: How many people were not undone, since they were changed meanwhile.
        departments: The departments that it adds.
        headings: Each heading of the file with the column that it stands for.
        plan: Goes back with the word to apply it: it says what was seen.
    """

    id: int
    source: ImportSource
    kind: ImportFileKind
    file_name: str
    size: int
    received: int
    state: ImportState
    words: str
    job: JobOut | None
    options: ImportOptions
    created: datetime
    checked: datetime | None
    applied: datetime | None
    undone: datetime | None
    expires: datetime
    rows: int
    added: int
    changed: int
    unchanged: int
    problems: int
    left: int
    departments: tuple[str, ...]
    headings: tuple[tuple[str, ...], ...]
    plan: str

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            id=data["id"],
            source=data["source"],
            kind=data["kind"],
            file_name=data["file_name"],
            size=data["size"],
            received=data["received"],
            state=data["state"],
            words=data["words"],
            job=None if data["job"] is None else JobOut.from_json(data["job"]),
            options=ImportOptions.from_json(data["options"]),
            created=moment(data["created"]),
            checked=None if data["checked"] is None else moment(data["checked"]),
            applied=None if data["applied"] is None else moment(data["applied"]),
            undone=None if data["undone"] is None else moment(data["undone"]),
            expires=moment(data["expires"]),
            rows=data["rows"],
            added=data["added"],
            changed=data["changed"],
            unchanged=data["unchanged"],
            problems=data["problems"],
            left=data["left"],
            departments=tuple(data["departments"]),
            headings=tuple(tuple(item) for item in data["headings"]),
            plan=data["plan"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportProblemList:
    """A page of faults.

    Attributes:
        next: Give it as 'after' for the next page; null on the last one.
    """

    items: tuple[ImportProblemOut, ...]
    next: int | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            items=tuple(ImportProblemOut.from_json(item) for item in data["items"]),
            next=data["next"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportProblemOut:
    """One thing that is wrong with a file.

    Attributes:
        row: The row as a spreadsheet counts it; 0 the file as a whole.
        column: The column; of photos, the name of the picture in the archive.
    """

    row: int
    column: str
    value: str
    allowed: str

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            row=data["row"],
            column=data["column"],
            value=data["value"],
            allowed=data["allowed"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedPersonList:
    """A page of people.

    Attributes:
        next: Give it as 'after' for the next page; null on the last one.
    """

    items: tuple[ImportedPersonOut, ...]
    next: int | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            items=tuple(ImportedPersonOut.from_json(item) for item in data["items"]),
            next=data["next"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedPersonOut:
    """Somebody whom an import adds or changes.

    Attributes:
        changes: What is different, by field, as before and after.
        undone: removed, restored or left, where the import was undone; empty before.
    """

    number: int
    row: int
    name: str
    outcome: ImportOutcome
    changes: Mapping[str, tuple[Any, ...]]
    undone: str

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            number=data["number"],
            row=data["row"],
            name=data["name"],
            outcome=data["outcome"],
            changes=data["changes"],
            undone=data["undone"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class InformationOut:
    """Who a device says it is, and what its clock shows."""

    device_id: int
    model: str
    title: str
    generation: str
    product_name: str
    firmware_version: str
    board_version: str
    mac_address: str
    details: Mapping[str, str]
    device_time: str
    server_time: str
    clock_drift_seconds: float
    clock_uncertainty_seconds: float
    events_in_log: int

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            device_id=data["device_id"],
            model=data["model"],
            title=data["title"],
            generation=data["generation"],
            product_name=data["product_name"],
            firmware_version=data["firmware_version"],
            board_version=data["board_version"],
            mac_address=data["mac_address"],
            details=data["details"],
            device_time=data["device_time"],
            server_time=data["server_time"],
            clock_drift_seconds=data["clock_drift_seconds"],
            clock_uncertainty_seconds=data["clock_uncertainty_seconds"],
            events_in_log=data["events_in_log"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class JobList:
    """A page of jobs.

    Attributes:
        next: Give it as 'after' for the next page; null on the last one.
    """

    items: tuple[JobOut, ...]
    next: int | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            items=tuple(JobOut.from_json(item) for item in data["items"]),
            next=data["next"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOut:
    """A job as the API shows it.

    Attributes:
        kind: A stable name for programs, such as events.export.
        total: Null until that is known.
        words: What came of it, or why it failed.
        file: Where its file is fetched; null without one.
        size: Bytes of the file.
        expires: When the file is removed.
    """

    id: int
    kind: str
    title: str
    operator: str
    state: State
    done: int
    total: int | None
    words: str
    advice: str
    file: str | None
    file_name: str
    size: int
    created: datetime
    begun: datetime | None
    finished: datetime | None
    expires: datetime | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            id=data["id"],
            kind=data["kind"],
            title=data["title"],
            operator=data["operator"],
            state=data["state"],
            done=data["done"],
            total=data["total"],
            words=data["words"],
            advice=data["advice"],
            file=data["file"],
            file_name=data["file_name"],
            size=data["size"],
            created=moment(data["created"]),
            begun=None if data["begun"] is None else moment(data["begun"]),
            finished=None if data["finished"] is None else moment(data["finished"]),
            expires=None if data["expires"] is None else moment(data["expires"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownOut:
    """What this server knows of a found device."""

    name: str
    approval: str
    state: str

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            name=data["name"],
            approval=data["approval"],
            state=data["state"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """Who sent the request.

    Attributes:
        token: Prefix of the token that was shown; empty for a session of the console.
    """

    name: str
    token: str
    rights: tuple[Scope, ...]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            name=data["name"],
            token=data["token"],
            rights=tuple(Scope.from_json(item) for item in data["rights"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberList:
    """A page of members.

    Attributes:
        next: Give it as 'after' for the next page; null on the last one.
    """

    items: tuple[MemberOut, ...]
    next: int | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            items=tuple(MemberOut.from_json(item) for item in data["items"]),
            next=data["next"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberOut:
    """A person in a group."""

    number: int
    name: str

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            number=data["number"],
            name=data["name"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MembersDone:
    """What came of it.

    Attributes:
        changed: For how many it was a change.
        members: How many people belong to the group now.
    """

    changed: int
    members: int

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            changed=data["changed"],
            members=data["members"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeOut:
    """The mode of a device, what a change would send, and how the last change went.

    Attributes:
        mode: As it was last seen to be; it changes when a change was seen to come true.
        meant_for: What the mode is meant for.
        way: How the device would be set up: from where, to where, to which port.
        server_address: What it would dial; empty when that cannot be told.
        change: The newest change; null when there never was one.
    """

    mode: Mode
    meant_for: str
    way: str
    server_address: str
    server_port: int | None
    change: ChangeOut | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            mode=data["mode"],
            meant_for=data["meant_for"],
            way=data["way"],
            server_address=data["server_address"],
            server_port=data["server_port"],
            change=None if data["change"] is None else ChangeOut.from_json(data["change"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkChange:
    """What shall become different; what is left out stays."""

    mode: str | Unset | None = UNSET
    dhcp: bool | Unset | None = UNSET
    address: str | Unset | None = UNSET
    mask: str | Unset | None = UNSET
    gateway: str | Unset | None = UNSET
    port: int | Unset | None = UNSET
    server_address: str | Unset | None = UNSET
    server_port: int | Unset | None = UNSET
    tls_server_port: int | Unset | None = UNSET
    synchronize_time: bool | Unset | None = UNSET
    max_connections: int | Unset | None = UNSET
    mtu: int | Unset | None = UNSET

    def to_json(self) -> dict[str, Any]:
        """The same for the server."""
        return body_values(
            {
                "mode": self.mode,
                "dhcp": self.dhcp,
                "address": self.address,
                "mask": self.mask,
                "gateway": self.gateway,
                "port": self.port,
                "server_address": self.server_address,
                "server_port": self.server_port,
                "tls_server_port": self.tls_server_port,
                "synchronize_time": self.synchronize_time,
                "max_connections": self.max_connections,
                "mtu": self.mtu,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkChanged:
    """What a change did.

    Attributes:
        written: Whether anything was sent; false when the device had these settings already.
    """

    words: str
    before: NetworkOut
    after: NetworkOut
    written: bool

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            words=data["words"],
            before=NetworkOut.from_json(data["before"]),
            after=NetworkOut.from_json(data["after"]),
            written=data["written"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkOut:
    """How a device is set up on its network; null where the model has no such setting.

    Attributes:
        mode: 'direct': a client dials the device; 'server': the device dials the server.
    """

    mode: str
    dhcp: bool
    address: str
    mask: str
    gateway: str
    port: int
    server_address: str
    server_port: int | None
    tls_server_port: int | None
    synchronize_time: bool | None
    max_connections: int | None
    mtu: int | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            mode=data["mode"],
            dhcp=data["dhcp"],
            address=data["address"],
            mask=data["mask"],
            gateway=data["gateway"],
            port=data["port"],
            server_address=data["server_address"],
            server_port=data["server_port"],
            tls_server_port=data["tls_server_port"],
            synchronize_time=data["synchronize_time"],
            max_connections=data["max_connections"],
            mtu=data["mtu"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSecret:
    """A fresh secret; it is shown this once."""

    secret: str

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            secret=data["secret"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token with its text, which is shown this once.

    Attributes:
        scopes: Rights that it may use; null: all of its operator.
    """

    prefix: str
    name: str
    operator: str
    scopes: tuple[str, ...] | None
    created: datetime
    expires: datetime | None
    last_used: datetime | None
    last_address: str
    revoked: datetime | None
    token: str

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            prefix=data["prefix"],
            name=data["name"],
            operator=data["operator"],
            scopes=None if data["scopes"] is None else tuple(data["scopes"]),
            created=moment(data["created"]),
            expires=None if data["expires"] is None else moment(data["expires"]),
            last_used=None if data["last_used"] is None else moment(data["last_used"]),
            last_address=data["last_address"],
            revoked=None if data["revoked"] is None else moment(data["revoked"]),
            token=data["token"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWebhook:
    """A webhook that was just made, with its secret: it is shown this once.

    Attributes:
        disabled_reason: Why the server switched it off; empty where a person did.
        position: Everything up to here was delivered, or given up.
        attempts: Attempts in a row that failed.
    """

    id: int
    name: str
    url: str
    kinds: tuple[str, ...]
    devices: tuple[int, ...]
    categories: tuple[str, ...]
    enabled: bool
    disabled_reason: str
    created: datetime
    created_by: str
    position: int
    failing_since: datetime | None
    attempts: int
    next_attempt: datetime | None
    last_error: str
    last_delivered: datetime | None
    secret: str

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            id=data["id"],
            name=data["name"],
            url=data["url"],
            kinds=tuple(data["kinds"]),
            devices=tuple(data["devices"]),
            categories=tuple(data["categories"]),
            enabled=data["enabled"],
            disabled_reason=data["disabled_reason"],
            created=moment(data["created"]),
            created_by=data["created_by"],
            position=data["position"],
            failing_since=None if data["failing_since"] is None else moment(data["failing_since"]),
            attempts=data["attempts"],
            next_attempt=None if data["next_attempt"] is None else moment(data["next_attempt"]),
            last_error=data["last_error"],
            last_delivered=None if data["last_delivered"] is None else moment(data["last_delivered"]),
            secret=data["secret"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDeviceOut:
    """Somebody who is on a device and has no place there by the data.

    Attributes:
        name: As the device has it, or as it is here; empty for callers who may not see people.
        fate: 'unknown': not known here; 'no-right': known here, without a right at this device. Of both an
            operator is asked, or they are deleted, as 'hand_edits' says. 'no-place': does not fit on the model,
            and is deleted.
    """

    number: int
    name: str
    fate: Fate

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            number=data["number"],
            name=data["name"],
            fate=data["fate"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorList:
    """A page of accounts."""

    items: tuple[OperatorOut, ...]
    next: int | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            items=tuple(OperatorOut.from_json(item) for item in data["items"]),
            next=data["next"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorOut:
    """An account."""

    id: int
    name: str
    full_name: str
    active: bool
    roles: tuple[GivenRole, ...]
    second_factor: bool
    last_login: datetime | None
    password_changed: datetime | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            id=data["id"],
            name=data["name"],
            full_name=data["full_name"],
            active=data["active"],
            roles=tuple(GivenRole.from_json(item) for item in data["roles"]),
            second_factor=data["second_factor"],
            last_login=None if data["last_login"] is None else moment(data["last_login"]),
            password_changed=None if data["password_changed"] is None else moment(data["password_changed"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ParityShape:
    """A bit that checks others."""

    bit: int
    odd: bool
    covers: tuple[int, ...]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            bit=data["bit"],
            odd=data["odd"],
            covers=tuple(data["covers"]),
        )

    def to_json(self) -> dict[str, Any]:
        """The same for the server."""
        return body_values({"bit": self.bit, "odd": self.odd, "covers": self.covers})


@dataclass(frozen=True, slots=True, kw_only=True)
class PastHoldList:
    """A page of holds, the newest first.

    Attributes:
        next: Give it as 'before' for the next page; null on the last one.
    """

    items: tuple[PastHoldOut, ...]
    next: int | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            items=tuple(PastHoldOut.from_json(item) for item in data["items"]),
            next=data["next"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PastHoldOut:
    """A hold, from its beginning to its end."""

    id: int
    kind: str
    holder: str
    program: str
    via: str
    address: str
    reason: str
    since: datetime
    until: datetime
    ended: datetime | None
    ended_by: str
    end_reason: str

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            id=data["id"],
            kind=data["kind"],
            holder=data["holder"],
            program=data["program"],
            via=data["via"],
            address=data["address"],
            reason=data["reason"],
            since=moment(data["since"]),
            until=moment(data["until"]),
            ended=None if data["ended"] is None else moment(data["ended"]),
            ended_by=data["ended_by"],
            end_reason=data["end_reason"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodShape:
    """One or more days in a row.

    Attributes:
        year: The only year; null is every year.
    """

    month: int
    day: int
    length: int = 1
    year: int | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            month=data["month"],
            day=data["day"],
            length=data.get("length", 1),
            year=data.get("year", None),
        )

    def to_json(self) -> dict[str, Any]:
        """The same for the server."""
        return body_values({"month": self.month, "day": self.day, "length": self.length, "year": self.year})


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonCardOut:
    """A card of a person.

    Attributes:
        number: The number that devices keep.
        custom_id: The custom ID that some cards carry besides; 0 none.
        bypass: The card alone opens, whatever else the device asks for.
        format: The card format by which it was read; null where its number was typed.
    """

    id: int
    number: int
    custom_id: int
    bypass: bool
    label: str
    format: int | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            id=data["id"],
            number=data["number"],
            custom_id=data["custom_id"],
            bypass=data["bypass"],
            label=data["label"],
            format=data["format"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonList:
    """A page of people.

    Attributes:
        next: Give it as 'after' for the next page; null on the last one.
    """

    items: tuple[PersonOut, ...]
    next: int | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            items=tuple(PersonOut.from_json(item) for item in data["items"]),
            next=data["next"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonOut:
    """A person as the API shows it; of PIN, fingers and faces only whether they are there.

    Attributes:
        photo: Where the photo is; null without one.
        groups: Numbers of the access groups; null to whoever may not see them.
    """

    number: int
    name: str
    department: str | None
    department_id: int | None
    email: str
    phone: str
    notes: str
    photo: str | None
    valid_from: datetime | None
    valid_until: datetime | None
    disabled: bool
    security_level: int
    authentication_mode: int
    daily_entry_limit: int
    anti_passback_minutes: int
    terminal_administrator: bool
    fields: Mapping[str, str | int | float | None]
    has_pin: bool
    cards: tuple[PersonCardOut, ...]
    finger_count: int
    face_count: int
    groups: tuple[int, ...] | None
    created: datetime
    changed: datetime

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            number=data["number"],
            name=data["name"],
            department=data["department"],
            department_id=data["department_id"],
            email=data["email"],
            phone=data["phone"],
            notes=data["notes"],
            photo=data["photo"],
            valid_from=None if data["valid_from"] is None else moment(data["valid_from"]),
            valid_until=None if data["valid_until"] is None else moment(data["valid_until"]),
            disabled=data["disabled"],
            security_level=data["security_level"],
            authentication_mode=data["authentication_mode"],
            daily_entry_limit=data["daily_entry_limit"],
            anti_passback_minutes=data["anti_passback_minutes"],
            terminal_administrator=data["terminal_administrator"],
            fields=data["fields"],
            has_pin=data["has_pin"],
            cards=tuple(PersonCardOut.from_json(item) for item in data["cards"]),
            finger_count=data["finger_count"],
            face_count=data["face_count"],
            groups=None if data["groups"] is None else tuple(data["groups"]),
            created=moment(data["created"]),
            changed=moment(data["changed"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOut:
    """Where a door lies.

    Attributes:
        x: From the left edge, as a part of the width.
        y: From the upper edge, as a part of the height.
    """

    door: int
    name: str
    x: float
    y: float

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            door=data["door"],
            name=data["name"],
            x=data["x"],
            y=data["y"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOut:
    """A floor plan as the API shows it.

    Attributes:
        group: The group of devices to which it belongs; null: the whole site.
        picture: Where the picture is; the address changes with it.
        doors: The doors on it that you may see.
    """

    id: int
    name: str
    group: int | None
    kind: str
    width: int
    height: int
    picture: str
    changed: datetime
    doors: tuple[PlaceOut, ...]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            id=data["id"],
            name=data["name"],
            group=data["group"],
            kind=data["kind"],
            width=data["width"],
            height=data["height"],
            picture=data["picture"],
            changed=moment(data["changed"]),
            doors=tuple(PlaceOut.from_json(item) for item in data["doors"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemList:
    """A page of problems.

    Attributes:
        next: Give it as 'after' for the next page; null on the last one.
    """

    items: tuple[ProblemOut, ...]
    next: int | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            items=tuple(ProblemOut.from_json(item) for item in data["items"]),
            next=data["next"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemOut:
    """A person who cannot be on a device as the person should.

    Attributes:
        person: Number of the person; null where it is about the tables.
        next_try: When it is tried again; null: not before the data change.
    """

    id: int
    device: int
    device_name: str
    person: int | None
    since: datetime
    words: str
    next_try: datetime | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            id=data["id"],
            device=data["device"],
            device_name=data["device_name"],
            person=data["person"],
            since=moment(data["since"]),
            words=data["words"],
            next_try=None if data["next_try"] is None else moment(data["next_try"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOut:
    """The network settings of a device, and how it has to dial this server."""

    device_id: int
    title: str
    address: str
    interface: str
    settings: NetworkOut
    server_address: str
    server_port: int | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            device_id=data["device_id"],
            title=data["title"],
            address=data["address"],
            interface=data["interface"],
            settings=NetworkOut.from_json(data["settings"]),
            server_address=data["server_address"],
            server_port=data["server_port"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestOut:
    """Somebody asked for a device that is held."""

    by: str
    address: str
    reason: str
    at: datetime

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            by=data["by"],
            address=data["address"],
            reason=data["reason"],
            at=moment(data["at"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetOut:
    """What came of a restart."""

    words: str

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            words=data["words"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RightOut:
    """A right."""

    name: str
    words: str
    by_group: bool

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            name=data["name"],
            words=data["words"],
            by_group=data["by_group"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleOut:
    """A role."""

    slug: str
    name: str
    purpose: str
    rights: tuple[str, ...]
    built_in: bool
    second_factor: bool

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            slug=data["slug"],
            name=data["name"],
            purpose=data["purpose"],
            rights=tuple(data["rights"]),
            built_in=data["built_in"],
            second_factor=data["second_factor"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleOut:
    """A schedule.

    Attributes:
        days: Seven days, Sunday first.
        used_by: How many rights hold by it.
    """

    number: int
    name: str
    days: tuple[tuple[tuple[int, ...], ...], ...]
    holidays: tuple[HolidayHoursShape, ...]
    used_by: int

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            number=data["number"],
            name=data["name"],
            days=tuple(tuple(tuple(item) for item in item) for item in data["days"]),
            holidays=tuple(HolidayHoursShape.from_json(item) for item in data["holidays"]),
            used_by=data["used_by"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A right and where it holds.

    Attributes:
        groups: Numbers of groups of devices; null: everywhere.
    """

    right: str
    groups: tuple[int, ...] | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            right=data["right"],
            groups=None if data["groups"] is None else tuple(data["groups"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchOut:
    """What a search found.

    Attributes:
        notices: What you should know, such as a card that could not be used.
        ignored: Datagrams that were no answer of a device.
    """

    devices: tuple[FoundOut, ...]
    notices: tuple[str, ...]
    ignored: int

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            devices=tuple(FoundOut.from_json(item) for item in data["devices"]),
            notices=tuple(data["notices"]),
            ignored=data["ignored"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionOut:
    """Settings that belong to one thing, such as one door.

    Attributes:
        unused: Nothing is set in it.
    """

    path: str
    title: str
    unused: bool
    settings: tuple[SettingOut, ...]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            path=data["path"],
            title=data["title"],
            unused=data["unused"],
            settings=tuple(SettingOut.from_json(item) for item in data["settings"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionList:
    """A page of sessions."""

    items: tuple[SessionOut, ...]
    next: int | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            items=tuple(SessionOut.from_json(item) for item in data["items"]),
            next=data["next"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOut:
    """A session of the console."""

    id: int
    operator: str
    begun: datetime
    seen: datetime
    address: str
    browser: str
    ended: datetime | None
    ended_by: str

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            id=data["id"],
            operator=data["operator"],
            begun=moment(data["begun"]),
            seen=moment(data["seen"]),
            address=data["address"],
            browser=data["browser"],
            ended=None if data["ended"] is None else moment(data["ended"]),
            ended_by=data["ended_by"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingOut:
    """One setting, as the device has it and as it is stored.

    Attributes:
        reason: Why it cannot be changed here.
        secret: Its value is never shown; it can be replaced.
        value: What the device says now; null for a secret.
        stored: What is stored; null where nothing is.
    """

    path: str
    label: str
    meaning: str
    kind: str
    minimum: int | None
    maximum: int | None
    length: int | None
    choices: tuple[ChoiceOut, ...]
    writable: bool
    reason: str
    secret: bool
    value: Any
    stored: Any
    differs: bool

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            path=data["path"],
            label=data["label"],
            meaning=data["meaning"],
            kind=data["kind"],
            minimum=data["minimum"],
            maximum=data["maximum"],
            length=data["length"],
            choices=tuple(ChoiceOut.from_json(item) for item in data["choices"]),
            writable=data["writable"],
            reason=data["reason"],
            secret=data["secret"],
            value=data["value"],
            stored=data["stored"],
            differs=data["differs"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsOut:
    """A family of settings, read from the device now, beside what is stored."""

    family: FamilyOut
    read_at: datetime
    stored_at: datetime
    stored_by: str
    stored_origin: str
    differences: int
    sections: tuple[SectionOut, ...]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            family=FamilyOut.from_json(data["family"]),
            read_at=moment(data["read_at"]),
            stored_at=moment(data["stored_at"]),
            stored_by=data["stored_by"],
            stored_origin=data["stored_origin"],
            differences=data["differences"],
            sections=tuple(SectionOut.from_json(item) for item in data["sections"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusOut:
    """How the server does, in short.

    Attributes:
        started: When the server started; null when none runs.
        device_address: Where devices in server mode call.
        last_position: Position of the newest line of the stream.
    """

    version: str
    started: datetime | None
    web_address: str
    device_address: str
    last_position: int

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            version=data["version"],
            started=None if data["started"] is None else moment(data["started"]),
            web_address=data["web_address"],
            device_address=data["device_address"],
            last_position=data["last_position"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOut:
    """A step of a change.

    Attributes:
        sends: What is sent, from where and to which port; empty where nothing is.
        text: What came of it.
        seconds: How long it took; null while it runs.
    """

    key: str
    title: str
    state: StepState
    sends: str
    text: str
    at: datetime
    seconds: float | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            key=data["key"],
            title=data["title"],
            state=data["state"],
            sends=data["sends"],
            text=data["text"],
            at=moment(data["at"]),
            seconds=data["seconds"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncList:
    """A page of devices.

    Attributes:
        next: Give it as 'after' for the next page; null on the last one.
    """

    items: tuple[SyncOut, ...]
    next: int | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            items=tuple(SyncOut.from_json(item) for item in data["items"]),
            next=data["next"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncOut:
    """How a device stands with its people and rights.

    Attributes:
        state: Of its connection; empty before the first one.
        managed: Whether its people and rights come from here; else they are left alone.
        in_step: Whether it holds what it should, as far as is known.
        since: Since when it is switched on.
        by: Who switched it on.
        hand_edits: What happens to changes at its own menu.
        held: People whom it is known to hold.
        waiting: People who wait to be sent or deleted; its tables count as one.
        withdrawals: Those of them who lose something; they go first.
        problems: People who cannot be there as they should.
        differences: Differences without an answer.
        done: People who are done, of 'total'.
        total: People of the comparison under way; 0 when none is.
        comparing: Whether everybody is compared with the data, or will be.
        checked_at: When it was last read.
        check_wanted: Since when it is to be read; null when it is not.
        words: What hinders it; empty when nothing does.
    """

    device: int
    device_name: str
    group: str | None
    model: str
    state: str
    managed: bool
    in_step: bool
    since: datetime | None
    by: str
    hand_edits: HandEdits
    held: int
    waiting: int
    withdrawals: int
    problems: int
    differences: int
    done: int
    total: int
    comparing: bool
    checked_at: datetime | None
    check_wanted: datetime | None
    words: str

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            device=data["device"],
            device_name=data["device_name"],
            group=data["group"],
            model=data["model"],
            state=data["state"],
            managed=data["managed"],
            in_step=data["in_step"],
            since=None if data["since"] is None else moment(data["since"]),
            by=data["by"],
            hand_edits=data["hand_edits"],
            held=data["held"],
            waiting=data["waiting"],
            withdrawals=data["withdrawals"],
            problems=data["problems"],
            differences=data["differences"],
            done=data["done"],
            total=data["total"],
            comparing=data["comparing"],
            checked_at=None if data["checked_at"] is None else moment(data["checked_at"]),
            check_wanted=None if data["check_wanted"] is None else moment(data["check_wanted"]),
            words=data["words"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOnDeviceOut:
    """A table of a device.

    Attributes:
        name: 'holidays', 'schedules' or 'access_groups'.
        there: How many items the device has in it.
        here: How many it would have.
    """

    name: str
    there: int
    here: int
    replaced: bool

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            name=data["name"],
            there=data["there"],
            here=data["here"],
            replaced=data["replaced"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeoverConflictList:
    """A page of conflicts.

    Attributes:
        next: Give it as 'after' for the next page; null on the last one.
    """

    items: tuple[TakeoverConflictOut, ...]
    next: int | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            items=tuple(TakeoverConflictOut.from_json(item) for item in data["items"]),
            next=data["next"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeoverConflictOut:
    """Something that is said differently of a person.

    Attributes:
        choice: Empty before somebody decided.
    """

    id: int
    number: int
    field: str
    options: tuple[TakeoverOption, ...]
    choice: str

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            id=data["id"],
            number=data["number"],
            field=data["field"],
            options=tuple(TakeoverOption.from_json(item) for item in data["options"]),
            choice=data["choice"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeoverDevice:
    """A device of a takeover.

    Attributes:
        people: How many people it holds.
    """

    device: int
    name: str
    people: int
    read: bool

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            device=data["device"],
            name=data["name"],
            people=data["people"],
            read=data["read"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeoverGroup:
    """A group of devices as an own group."""

    name: str
    devices: tuple[int, ...]
    people: int

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            name=data["name"],
            devices=tuple(data["devices"]),
            people=data["people"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeoverList:
    """A page of takeovers.

    Attributes:
        next: Give it as 'after' for the next page; null on the last one.
    """

    items: tuple[TakeoverOut, ...]
    next: int | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            items=tuple(TakeoverOut.from_json(item) for item in data["items"]),
            next=data["next"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeoverOption:
    """One of several things that are said.

    Attributes:
        devices: The devices that say so.
        ours: Whether it is said here already.
        shown: What is said; of a secret, that there is one.
    """

    choice: str
    devices: tuple[int, ...]
    ours: bool
    shown: str

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            choice=data["choice"],
            devices=tuple(data["devices"]),
            ours=data["ours"],
            shown=data["shown"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeoverOut:
    """A takeover as the API shows it.

    Attributes:
        expires: When it is forgotten, with all that was read.
        added: How many of them are new here.
        known: How many of them are here already.
        conflicts: Questions.
        open: Questions that are not answered.
        plan: Goes back with the word to apply it: it says what was seen.
    """

    id: int
    state: TakeoverState
    words: str
    job: JobOut | None
    devices: tuple[TakeoverDevice, ...]
    created: datetime
    compared: datetime | None
    applied: datetime | None
    expires: datetime
    people: int
    added: int
    known: int
    conflicts: int
    open: int
    groups: tuple[TakeoverGroup, ...]
    remarks: tuple[str, ...]
    plan: str

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            id=data["id"],
            state=data["state"],
            words=data["words"],
            job=None if data["job"] is None else JobOut.from_json(data["job"]),
            devices=tuple(TakeoverDevice.from_json(item) for item in data["devices"]),
            created=moment(data["created"]),
            compared=None if data["compared"] is None else moment(data["compared"]),
            applied=None if data["applied"] is None else moment(data["applied"]),
            expires=moment(data["expires"]),
            people=data["people"],
            added=data["added"],
            known=data["known"],
            conflicts=data["conflicts"],
            open=data["open"],
            groups=tuple(TakeoverGroup.from_json(item) for item in data["groups"]),
            remarks=tuple(data["remarks"]),
            plan=data["plan"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TestOutcome:
    """What came of a test.

    Attributes:
        status: What the receiver answered; null without an answer.
    """

    delivered: bool
    status: int | None
    words: str

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            delivered=data["delivered"],
            status=data["status"],
            words=data["words"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenList:
    """A page of tokens."""

    items: tuple[TokenOut, ...]
    next: int | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            items=tuple(TokenOut.from_json(item) for item in data["items"]),
            next=data["next"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenOut:
    """A token, without its text.

    Attributes:
        scopes: Rights that it may use; null: all of its operator.
    """

    prefix: str
    name: str
    operator: str
    scopes: tuple[str, ...] | None
    created: datetime
    expires: datetime | None
    last_used: datetime | None
    last_address: str
    revoked: datetime | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            prefix=data["prefix"],
            name=data["name"],
            operator=data["operator"],
            scopes=None if data["scopes"] is None else tuple(data["scopes"]),
            created=moment(data["created"]),
            expires=None if data["expires"] is None else moment(data["expires"]),
            last_used=None if data["last_used"] is None else moment(data["last_used"]),
            last_address=data["last_address"],
            revoked=None if data["revoked"] is None else moment(data["revoked"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookList:
    """All webhooks."""

    items: tuple[WebhookOut, ...]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            items=tuple(WebhookOut.from_json(item) for item in data["items"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookOut:
    """A webhook as the API shows it; never its secret.

    Attributes:
        disabled_reason: Why the server switched it off; empty where a person did.
        position: Everything up to here was delivered, or given up.
        attempts: Attempts in a row that failed.
    """

    id: int
    name: str
    url: str
    kinds: tuple[str, ...]
    devices: tuple[int, ...]
    categories: tuple[str, ...]
    enabled: bool
    disabled_reason: str
    created: datetime
    created_by: str
    position: int
    failing_since: datetime | None
    attempts: int
    next_attempt: datetime | None
    last_error: str
    last_delivered: datetime | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; what this version does not know is left out."""
        return cls(
            id=data["id"],
            name=data["name"],
            url=data["url"],
            kinds=tuple(data["kinds"]),
            devices=tuple(data["devices"]),
            categories=tuple(data["categories"]),
            enabled=data["enabled"],
            disabled_reason=data["disabled_reason"],
            created=moment(data["created"]),
            created_by=data["created_by"],
            position=data["position"],
            failing_since=None if data["failing_since"] is None else moment(data["failing_since"]),
            attempts=data["attempts"],
            next_attempt=None if data["next_attempt"] is None else moment(data["next_attempt"]),
            last_error=data["last_error"],
            last_delivered=None if data["last_delivered"] is None else moment(data["last_delivered"]),
        )

"""The three collaborators that the gateway knows: the directory, the event store and the bus; and the matcher.

They are protocols: the server implements them over its database, a test in memory. All methods may be called from one
event loop; none may block it. Moments are seconds since 1970 in UTC by the server's clock.
"""

from __future__ import annotations

import enum
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from doorward.gateway.ledger import Appended, Gap, LedgerState, Proof, Submission
from doorward.model.errors import DoorwardError
from doorward.model.network_settings import NetworkChanges


class StoreUnavailable(DoorwardError):
    """The event store cannot take anything in now: it is slow, locked, full or gone. Nothing was kept."""

    default_advice = "The devices keep their records meanwhile; look at the database and the disk of the server."


# --- The directory ---------------------------------------------------------------------------------------------------


class Approval(enum.Enum):
    """Whether an operator lets a device in."""

    WAITING = "waiting"
    APPROVED = "approved"
    BLOCKED = "blocked"


class ConnectionMode(enum.Enum):
    """Who dials."""

    SERVER = "server"
    DIRECT = "direct"


@dataclass(frozen=True, slots=True)
class PollSettings:
    """How often the log of a device in direct mode is asked for; nothing is pushed there.

    Attributes:
        shortest: Seconds between two questions while people pass.
        longest: Seconds between two questions while nobody does.
    """

    shortest: float = 2.0
    longest: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceEntry:
    """A device as the directory knows it.

    Attributes:
        device_id: Its serial number.
        generation: ``biostar1`` or ``biostar2``.
        model: Name of the model as used in commands, such as ``bioentry-plus``; None while it is not known.
        approval: Whether it may come in.
        enabled: Whether the gateway shall hold a connection to it.
        mode: Who dials.
        address: Where it is dialled in direct mode; None when it is not known.
        port: The port there; None for the model's own.
        approved_address: The address that it was approved with; a device that comes from another one waits for
            approval again. None: any address will do.
        zone: IANA name of the zone in which its clock runs, such as ``Europe/Berlin``.
        time_sync: Whether its clock is set when it is off.
        password: Its communication password; None without one. Secret.
        poll: How often its log is asked for in direct mode.
        line_left: Why its line is left to somebody else just now, so that it is not dialled, in words; empty when it
            is not.
        agent: Number of the agent that dials it in direct mode; None: this server dials it itself.
    """

    device_id: int
    generation: str = "biostar1"
    model: str | None = None
    approval: Approval = Approval.WAITING
    enabled: bool = True
    mode: ConnectionMode = ConnectionMode.SERVER
    address: str | None = None
    port: int | None = None
    approved_address: str | None = None
    zone: str = "UTC"
    time_sync: bool = True
    password: bytes | None = field(default=None, repr=False)
    poll: PollSettings = PollSettings()
    line_left: str = ""
    agent: int | None = None


class SightingKind(enum.Enum):
    """How a device was seen."""

    DIALLED_IN = "dialled in"
    DIALLED = "dialled by the server"
    SEARCH = "answered a search"


@dataclass(frozen=True, slots=True)
class Sighting:
    """A device was seen and said who it is. On a plain line that is a claim, no proof.

    Attributes:
        device_id: The serial number that it gave.
        device_type: The number of its model on the wire; None when it did not say.
        address: From where, as text.
        at: When.
        kind: How.
        model: Name of the model that belongs to the type; None for an unknown type.
        certified: A certificate proved the serial number.
    """

    device_id: int
    device_type: int | None
    address: str
    at: float
    kind: SightingKind
    model: str | None = None
    certified: bool = False


class Directory(Protocol):
    """Which devices there are, which are let in, how each is reached, and who the people are."""

    async def entry(self, device_id: int) -> DeviceEntry | None:
        """What is known of a device; None when nothing is."""
        ...

    async def direct_entries(self) -> Sequence[DeviceEntry]:
        """The enabled and approved devices in direct mode."""
        ...

    async def sighted(self, sighting: Sighting) -> DeviceEntry:
        """Note that a device was seen, and tell what is known of it.

        An unknown device is entered as waiting for approval. An approved one that comes from another address than the
        approved one waits again from now on.
        """
        ...

    def changes(self) -> AsyncIterator[int]:
        """The serial numbers of devices whose entry changed, as it happens; an entry may be given without need."""
        ...

    async def user_by_id(self, device_id: int, user: int) -> bytes | None:
        """The record of a person in the form of the asking device, by number; None when there is none."""
        ...

    async def user_by_card(self, device_id: int, card: int, custom_id: int) -> bytes | None:
        """The record of a person in the form of the asking device, by card; None when there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Match:
    """A finger or face was recognised.

    Attributes:
        user_record: The person's record in the form of the asking device. Secret, since it holds the PIN.
        duress: The finger is one that stands for a threat.
    """

    user_record: bytes = field(repr=False)
    duress: bool = False


class Matcher(Protocol):
    """Recognises people for devices with server matching; without one such requests are refused."""

    async def identify(self, device_id: int, template: bytes) -> Match | None:
        """Whose template is it? None: nobody's."""
        ...

    async def verify(self, device_id: int, user: int, template: bytes) -> Match | None:
        """Is it the template of this person? None: no."""
        ...


# --- The event store -------------------------------------------------------------------------------------------------


class EventStore(Protocol):
    """Keeps events, and with them the ledger of each device."""

    async def append(self, submission: Submission) -> Appended:
        """Bring in the rows of a submission and the new state of its device, in one transaction.

        - A proof inserts a row unless the row ``(key, ordinal)`` is there: rows are unique on the six fields of the key
          and the ordinal, so no count has to be read before it is written, and no proof can do harm twice. The number
          of rows of a key never falls: a store that removes old events must not take them in again (rows earlier than
          ``LedgerState.reaches_back_to`` cannot come back from the device).
        - ``submission.update`` is called with the state before and, for each proof, whether it inserted a row. What it
          gives is the new state. Submissions of one device are applied in the order in which they were given, also
          within one transaction; of two equal proofs the first one given inserts.
        - Many submissions, of many devices too, may be committed together. Each is kept whole or not at all.
        - When this returns, rows and state are on disk and survive a loss of power.

        A submission may be given again after any error: what was kept of it by a commit whose outcome got lost is not
        doubled.

        Raises:
            StoreUnavailable: It was not kept, with the reason in words.
        """
        ...

    async def state(self, device_id: int) -> LedgerState:
        """The state after the last commit; a new device has ``LedgerState()``.

        Raises:
            StoreUnavailable: It cannot be read now.
        """
        ...


# --- The bus ---------------------------------------------------------------------------------------------------------


class DeviceState(enum.Enum):
    """How the gateway stands with a device."""

    WAITING = "waiting for approval"
    BLOCKED = "blocked"
    DISABLED = "disabled"
    CONNECTING = "connecting"
    IDENTIFYING = "identifying"
    CATCHING_UP = "catching up"
    LIVE = "live"
    LOST = "lost"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class EventsCommitted:
    """New events are on disk.

    Attributes:
        device_id: The device that gave them.
        events: Number of the row and what it was made from, in the order of the rows.
    """

    device_id: int
    events: tuple[tuple[int, Proof], ...]


@dataclass(frozen=True, slots=True)
class DeviceStateChanged:
    """The gateway stands differently with a device.

    Attributes:
        device_id: The device.
        state: The new state.
        reason: Why, in words.
        at: Since when.
        address: From or at which address; empty without a connection.
    """

    device_id: int
    state: DeviceState
    reason: str
    at: float
    address: str = ""


@dataclass(frozen=True, slots=True)
class RecordProgressed:
    """A catch-up ended: up to where the record of a device is complete.

    Attributes:
        device_id: The device.
        complete_until: All that happened there before is in the record but for the gaps; None: nothing is known.
        hindrance: Why it did not get further, in words; empty when it did.
    """

    device_id: int
    complete_until: float | None
    hindrance: str = ""


@dataclass(frozen=True, slots=True)
class GapFound:
    """Events of a device can be missing.

    Attributes:
        gap: Which, and why.
    """

    gap: Gap


@dataclass(frozen=True, slots=True)
class AlarmRaised:
    """Something needs a person. Raised once until it is cleared.

    Attributes:
        kind: A short name for programs, such as ``store-unavailable``.
        words: What it is, for people.
        at: Since when.
        device_id: The device that it is about; None: the server.
    """

    kind: str
    words: str
    at: float
    device_id: int | None = None


@dataclass(frozen=True, slots=True)
class AlarmCleared:
    """What ``AlarmRaised`` told is over.

    Attributes:
        kind: As when it was raised.
        at: When.
        device_id: As when it was raised.
    """

    kind: str
    at: float
    device_id: int | None = None


Happening = EventsCommitted | DeviceStateChanged | RecordProgressed | GapFound | AlarmRaised | AlarmCleared


@dataclass(frozen=True, slots=True)
class Command:
    """What an operator wants of a device.

    Attributes:
        command_id: Goes back with the outcome; unique.
        device_id: The device.
    """

    command_id: str
    device_id: int


@dataclass(frozen=True, slots=True)
class OpenDoor(Command):
    """Open a door for its own opening time.

    Attributes:
        door: Number of the door at the device, from 0.
    """

    door: int = 0


@dataclass(frozen=True, slots=True)
class LockDoor(Command):
    """Lock a door again.

    Attributes:
        door: Number of the door at the device, from 0.
    """

    door: int = 0


@dataclass(frozen=True, slots=True)
class HoldDoorOpen(Command):
    """Let a door stay unlocked until further notice.

    Attributes:
        door: Number of the door at the device, from 0.
    """

    door: int = 0


@dataclass(frozen=True, slots=True)
class LockDownDoor(Command):
    """Let a door stay locked until further notice, whoever comes.

    Attributes:
        door: Number of the door at the device, from 0.
    """

    door: int = 0


@dataclass(frozen=True, slots=True)
class ReturnDoorToNormal(Command):
    """Let a door open again to whoever may pass.

    Attributes:
        door: Number of the door at the device, from 0.
        open_schedule: The device's schedule in which it stays unlocked, as it was before; 0 none.
        closed_schedule: The device's schedule in which it stays locked, as it was before; 0 none.
    """

    door: int = 0
    open_schedule: int = 0
    closed_schedule: int = 0


@dataclass(frozen=True, slots=True)
class ReadDoors(Command):
    """Ask how the doors of a device are set up."""


@dataclass(frozen=True, slots=True)
class Reboot(Command):
    """Start the device anew."""


@dataclass(frozen=True, slots=True)
class SyncTime(Command):
    """Set the device's clock to the time of its zone."""


@dataclass(frozen=True, slots=True)
class FetchLog(Command):
    """Catch up now.

    Attributes:
        complete: Read the whole log, not only what is new.
    """

    complete: bool = False


@dataclass(frozen=True, slots=True)
class Reconnect(Command):
    """Close what stands and connect anew.

    Attributes:
        reason: Why, in words.
    """

    reason: str = "An operator asked to connect anew."


@dataclass(frozen=True, slots=True)
class InstallCertificate(Command):
    """Put a certificate on the device, which dials in with TLS from then on.

    Attributes:
        file: Certificate, private key and authority, as ``CertificateFile`` writes them. Secret.
    """

    file: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class RemoveCertificate(Command):
    """Take the certificate off the device, which dials in without TLS from then on."""


@dataclass(frozen=True, slots=True)
class ReadInformation(Command):
    """Ask the device who it is and what its clock shows."""


@dataclass(frozen=True, slots=True)
class ReadSettings(Command):
    """Read a family of the device's settings.

    Attributes:
        family: Name of the family, such as ``operation-mode``.
    """

    family: str = ""


@dataclass(frozen=True, slots=True)
class WriteSettings(Command):
    """Change settings of one family; all others stay as they are.

    Attributes:
        family: Name of the family.
        changes: New values by the paths of the settings. May be secret.
    """

    family: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class ReadNetworkSettings(Command):
    """Read how the device is set up on its network."""


@dataclass(frozen=True, slots=True)
class WriteNetworkSettings(Command):
    """Change how the device is set up on its network; it connects anew afterwards.

    Attributes:
        changes: What shall become different.
    """

    changes: NetworkChanges = field(default_factory=NetworkChanges)


@dataclass(frozen=True, slots=True)
class CommandOutcome:
    """What came of a command.

    Attributes:
        command_id: Which command.
        succeeded: Whether the device did it.
        words: The result, or the error as the device or the line gave it, in words.
        advice: What to do next; empty when there is nothing to add.
        data: What a command that asks has learned, fit for JSON; never a secret.
    """

    command_id: str
    succeeded: bool
    words: str
    advice: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


class Bus(Protocol):
    """Tells the world what happened, and brings commands."""

    def publish(self, happening: Happening) -> None:
        """Tell what happened. Never waits and never raises; whoever misses an event finds it in the store."""
        ...

    def commands(self) -> AsyncIterator[Command]:
        """The commands for the devices of this gateway, as they come."""
        ...

    async def finished(self, outcome: CommandOutcome) -> None:
        """Give back what came of a command; once for each command."""
        ...

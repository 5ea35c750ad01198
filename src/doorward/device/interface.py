"""What every device can be asked, whatever its generation.

What a model cannot do raises ``Unsupported``, and nothing is sent.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self

from doorward.model.devices import ClockDrift, DeviceInformation
from doorward.model.errors import DoorwardError
from doorward.model.events import Event, EventDescription
from doorward.model.network_settings import NetworkChange, NetworkChanges, NetworkSettings
from doorward.model.people import Person, PersonSummary


class Device(Protocol):
    """One device over one connection.

    Times are the device's local time without a zone, unless a ``datetime`` carries one: then it is converted to the
    zone that was given when connecting, or to this machine's own.
    """

    @property
    def generation(self) -> str:
        """``biostar1`` or ``biostar2``."""
        ...

    @property
    def device_id(self) -> int:
        """Serial number."""
        ...

    @property
    def model(self) -> str:
        """Name of the model as used in commands and files."""
        ...

    @property
    def title(self) -> str:
        """Name of the model as on the box."""
        ...

    async def information(self) -> DeviceInformation:
        """Who the device is."""
        ...

    async def time(self) -> datetime:
        """The local time of its clock, without a zone."""
        ...

    async def set_time(self, moment: datetime | None = None) -> datetime:
        """Set the clock; this machine's time when none is given. Gives the local time that was set."""
        ...

    async def clock_drift(self) -> ClockDrift:
        """How far the clock is off this machine's."""
        ...

    async def event_count(self) -> int:
        """Number of lines in the log."""
        ...

    def events(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        progress: Callable[[int, int | None], None] | None = None,
    ) -> AsyncIterator[list[Event]]:
        """The log, oldest first, in lists of some thousand events; both bounds are included."""
        ...

    def describe(self, event: Event) -> EventDescription:
        """An event in words."""
        ...

    async def people_list(self) -> list[PersonSummary]:
        """Everybody on the device, without templates."""
        ...

    async def person(self, number: int) -> Person:
        """One person with all credentials."""
        ...

    async def enroll(
        self, people: Iterable[Person], *, progress: Callable[[int, int | None], None] | None = None
    ) -> None:
        """Enrol people; all are checked before the first is sent."""
        ...

    async def delete_person(self, number: int) -> None:
        """Delete a person."""
        ...

    async def open_door(self, door: int = 0) -> None:
        """Open a door for its opening time; 0 is the first."""
        ...

    async def release_door(self, door: int = 0) -> None:
        """Lock a door again; 0 is the first."""
        ...

    async def network_settings(self) -> NetworkSettings:
        """The network settings."""
        ...

    async def change_network_settings(self, changes: NetworkChanges) -> NetworkChange:
        """Change network settings; the connection is closed afterwards."""
        ...

    async def show_notice(self, text: str) -> None:
        """Show a notice on the screen."""
        ...

    async def reboot(self) -> None:
        """Restart the device; the connection is closed afterwards."""
        ...

    async def wait_lost(self) -> DoorwardError:
        """Wait until the connection is over; gives the reason."""
        ...

    async def close(self) -> None:
        """Close the connection."""
        ...

    async def __aenter__(self) -> Self:
        """Use the device as a context manager that closes it."""
        ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        ...

"""A BioStar 1 device: its parts by subject, and the interface that every generation shares."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from datetime import datetime, tzinfo
from types import TracebackType
from typing import Self

from doorward.device.biostar1.blacklist import Blacklist
from doorward.device.biostar1.clock import Clock
from doorward.device.biostar1.configuration import Configuration
from doorward.device.biostar1.context import DeviceContext
from doorward.device.biostar1.credentials import Reader, TemplateCards
from doorward.device.biostar1.door_modes import DoorModes
from doorward.device.biostar1.doors import Doors
from doorward.device.biostar1.greetings import Greetings
from doorward.device.biostar1.image_log import ImageLog
from doorward.device.biostar1.information import read_information
from doorward.device.biostar1.log import Log
from doorward.device.biostar1.maintenance import Maintenance
from doorward.device.biostar1.people import People
from doorward.device.biostar1.rights import Rights
from doorward.device.biostar1.screen import Screen
from doorward.device.biostar1.session import Requester
from doorward.device.biostar1.settings import Settings
from doorward.model.devices import ClockDrift, DeviceInformation
from doorward.model.doors import DoorAction
from doorward.model.errors import DoorwardError
from doorward.model.events import Event, EventDescription
from doorward.model.found import BIOSTAR1
from doorward.model.network_settings import NetworkChange, NetworkChanges, NetworkSettings
from doorward.model.people import Person, PersonSummary
from doorward.protocol.biostar1.events import event_meaning, sub_event_words
from doorward.protocol.biostar1.models import DeviceModel
from doorward.protocol.layout import DEFAULT_TEXT_CODEC


class BioStar1Device:
    """One device over one connection.

    The methods of this class are those of every generation (see ``doorward.device.Device``); what only BioStar 1
    devices can is in the parts.

    Args:
        requester: Carries requests: a session, or what makes a new one when it is lost.
        model: The model that answered.
        device_id: The serial number that answered.
        text_codec: The code page of the device's names, where they are not UTF-16.
        zone: The zone in which its clock runs; None for the zone of this machine.

    Attributes:
        context: What the parts share.
        clock: The clock.
        log: The log.
        image_log: Pictures of events.
        people: People and their credentials.
        greetings: Private greetings.
        rights: Schedules, holidays and access groups.
        blacklist: People and cards that are refused.
        configuration: Configuration blocks and network settings.
        settings: The same blocks as settings with bounds and words, for programs and pages.
        doors: Doors and relays.
        door_modes: How doors are set up, and what they do until further notice.
        screen: What the terminal shows and plays.
        reader: Waits for a card, a finger or a face.
        template_cards: Cards that carry templates.
        maintenance: Restart, locks, firmware and the bus.
    """

    generation = BIOSTAR1

    def __init__(
        self,
        requester: Requester,
        model: DeviceModel,
        device_id: int,
        *,
        text_codec: str = DEFAULT_TEXT_CODEC,
        zone: tzinfo | None = None,
    ) -> None:
        self.context = DeviceContext(requester, model, device_id, text_codec, zone)
        self.clock = Clock(self.context)
        self.log = Log(self.context)
        self.image_log = ImageLog(self.context)
        self.people = People(self.context)
        self.greetings = Greetings(self.context)
        self.rights = Rights(self.context)
        self.blacklist = Blacklist(self.context)
        self.configuration = Configuration(self.context)
        self.settings = Settings(self.configuration, model)
        self.doors = Doors(self.context)
        self.door_modes = DoorModes(self.context)
        self.screen = Screen(self.context)
        self.reader = Reader(self.context)
        self.template_cards = TemplateCards(self.context)
        self.maintenance = Maintenance(self.context)

    @property
    def device_id(self) -> int:
        """Serial number."""
        return self.context.device_id

    @property
    def model(self) -> str:
        """Name of the model as used in commands and files."""
        return self.context.model.slug

    @property
    def title(self) -> str:
        """Name of the model as on the box."""
        return self.context.model.title

    # The interface of every generation.

    async def information(self) -> DeviceInformation:
        """Who the device is."""
        return await read_information(self.context)

    async def time(self) -> datetime:
        """The local time of the device's clock, without a zone."""
        return await self.clock.read()

    async def set_time(self, moment: datetime | None = None) -> datetime:
        """Set the clock; this machine's time when none is given. Gives the local time that was set."""
        return await self.clock.set(moment)

    async def clock_drift(self) -> ClockDrift:
        """How far the clock is off this machine's."""
        return await self.clock.drift()

    async def event_count(self) -> int:
        """Number of lines in the log."""
        return await self.log.count()

    async def events(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        progress: Callable[[int, int | None], None] | None = None,
    ) -> AsyncIterator[list[Event]]:
        """The log, oldest first, in lists of some thousand events.

        Args:
            since: First second, included; local time without a zone, or a time with one.
            until: Last second, included.
            progress: Told how many were read and, when the whole log is read, of how many.
        """
        async for chunk in self.log.records(since=since, until=until, progress=progress):
            yield chunk.events()

    def describe(self, event: Event) -> EventDescription:
        """An event in words."""
        meaning = event_meaning(event.code)
        return EventDescription(
            meaning.slug,
            meaning.words,
            meaning.category.value,
            meaning.severity.value,
            sub_event_words(event.code, event.sub_code),
        )

    async def people_list(self) -> list[PersonSummary]:
        """Everybody on the device, without templates."""
        return await self.people.summaries()

    async def person(self, number: int) -> Person:
        """One person with all credentials."""
        return await self.people.get(number)

    async def enroll(
        self, people: Iterable[Person], *, progress: Callable[[int, int | None], None] | None = None
    ) -> None:
        """Enrol people; all are checked before the first is sent."""
        await self.people.enroll_many(people, progress=progress)

    async def delete_person(self, number: int) -> None:
        """Delete a person."""
        await self.people.delete(number)

    async def open_door(self, door: int = 0) -> None:
        """Open a door for its opening time; 0 is the first."""
        await self.doors.act(door, DoorAction.OPEN)

    async def release_door(self, door: int = 0) -> None:
        """Lock a door again; 0 is the first."""
        await self.doors.act(door, DoorAction.RELEASE)

    async def network_settings(self) -> NetworkSettings:
        """The network settings."""
        return await self.configuration.network()

    async def change_network_settings(self, changes: NetworkChanges) -> NetworkChange:
        """Change network settings; the connection is closed afterwards."""
        return await self.configuration.change_network(changes)

    async def show_notice(self, text: str) -> None:
        """Show a notice on the screen."""
        await self.screen.show_notice(text)

    async def reboot(self) -> None:
        """Restart the device; the connection is closed afterwards."""
        await self.maintenance.reboot()

    async def wait_lost(self) -> DoorwardError:
        """Wait until the connection is over; gives the reason."""
        return await self.context.requester.wait_lost()

    async def close(self) -> None:
        """Close the connection."""
        await self.context.requester.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

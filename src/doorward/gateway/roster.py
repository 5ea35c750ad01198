"""The gateway's fourth collaborator: the roster, which says what each device should hold of people and rights.

The gateway asks it for one step after the other, carries each out over the line, and tells what came of it. The server
implements the roster over its database, a test in memory. All methods may be called from one event loop; none may block
it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from doorward.device.biostar1.holdings import HeldPerson
from doorward.model.doors import DoorSetup
from doorward.model.people import Person
from doorward.model.rights import AccessGroup, Holiday, Schedule


@dataclass(frozen=True, slots=True)
class Asker:
    """A device that asks what it should hold.

    Attributes:
        device_id: Its serial number.
        model: Name of its model as used in commands.
        zone: IANA name of the zone of its clock.
    """

    device_id: int
    model: str
    zone: str


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of a device, each as a whole.

    Attributes:
        holidays: Tables of holidays; None where they stay as they are.
        schedules: Schedules; likewise.
        access_groups: Access groups; likewise.
    """

    holidays: tuple[Holiday, ...] | None = None
    schedules: tuple[Schedule, ...] | None = None
    access_groups: tuple[AccessGroup, ...] | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done at a device next; its parts in the order of the attributes.

    Attributes:
        delete: People to delete.
        enroll: People to write, in place of those with their numbers; each fits the model.
        tables: Tables to write; None for none.
        check: Whether to read what the device holds.
    """

    delete: tuple[int, ...] = ()
    enroll: tuple[Person, ...] = field(default=(), repr=False)
    tables: Tables | None = None
    check: bool = False


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a device holds.

    Attributes:
        people: Everybody on it.
        tables: Its tables.
        capacity: Most people that its model holds.
        doors: How its doors are set up; empty where its model tells nothing of them.
    """

    people: tuple[HeldPerson, ...]
    tables: Tables
    capacity: int
    doors: tuple[DoorSetup, ...] = ()


@dataclass(slots=True)
class StepOutcome:
    """What came of a step. Who is named nowhere was not tried.

    Attributes:
        step: The step.
        deleted: People whom the device surely does not hold any more.
        enrolled: People whom it surely holds as they were sent.
        refused: The device's own words for each person whom it did not take.
        uncertain: People of whom it is not known, since the line broke in the middle.
        tables_written: Whether all tables of the step were taken.
        tables_refused: The device's own words, where it did not take a table.
        holdings: What it holds, where that was asked.
        broken: Why the step was not brought to its end, in words; empty when it was.
    """

    step: Step
    deleted: set[int] = field(default_factory=set)
    enrolled: set[int] = field(default_factory=set)
    refused: dict[int, str] = field(default_factory=dict)
    uncertain: set[int] = field(default_factory=set)
    tables_written: bool = False
    tables_refused: str = ""
    holdings: Holdings | None = None
    broken: str = ""


class Roster(Protocol):
    """What each device should hold, and what was done."""

    def due(self) -> AsyncIterator[int]:
        """The devices for which there is something to do, as it happens; one may be given without need."""
        ...

    async def next_step(self, asker: Asker, *, withdrawals: bool) -> Step | None:
        """What is to be done at a device next; None when nothing is now.

        What takes something away comes first. The step before must have been told of with ``done``.

        Args:
            asker: The device.
            withdrawals: Only what takes something away: its log was not read yet.

        Raises:
            StoreUnavailable: It cannot be known now.
        """
        ...

    async def done(self, device_id: int, outcome: StepOutcome) -> None:
        """Note what came of a step; what was not done is given again later.

        Raises:
            StoreUnavailable: It was not noted, so it will be done again.
        """
        ...

    def edited(self, device_id: int, numbers: Mapping[int, int]) -> None:
        """Somebody changed people at the device's own menu, by its log.

        Args:
            device_id: The device.
            numbers: For each person the event code; 0 is everybody.
        """
        ...

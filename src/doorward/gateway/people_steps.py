"""Carries out one step of the roster over a driver, and tells exactly what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from doorward.device.biostar1.driver import BioStar1Device
from doorward.device.errors import EnrollmentIncomplete
from doorward.gateway.roster import Holdings, Step, StepOutcome, Tables
from doorward.model.doors import DoorSetup
from doorward.model.errors import DeviceRefused, DoorwardError, InvalidInput, Unsupported
from doorward.model.people import Person
from doorward.protocol.biostar1.results import NotFoundError

DELETED_AT_ONCE: Final = 1_000


async def carry_out_step(driver: BioStar1Device, step: Step) -> StepOutcome:
    """Carry out a step; what the device or the line says against it stands in the outcome.

    Cancelled in the middle, nothing of the step may be believed.
    """
    outcome = StepOutcome(step)
    try:
        await _delete(driver, outcome)
        await _enroll(driver, outcome)
        await _write_tables(driver, outcome)
        if step.check:
            outcome.holdings = await read_holdings(driver)
    except DoorwardError as error:
        outcome.broken = f"{error.message} {error.advice}".strip()
    return outcome


async def read_holdings(driver: BioStar1Device) -> Holdings:
    """Read what a device holds of people and rights.

    Raises:
        DoorwardError: The device did not answer, or said no.
    """
    rights = driver.rights
    tables = Tables(
        holidays=tuple(await rights.holidays.read()),
        schedules=tuple(await rights.schedules.read()),
        access_groups=tuple(await rights.access_groups.read()),
    )
    people = tuple(await driver.people.held())
    return Holdings(people, tables, driver.context.model.user_capacity, await _doors(driver))


async def _doors(driver: BioStar1Device) -> tuple[DoorSetup, ...]:
    try:
        return tuple(await driver.door_modes.read())
    except Unsupported:
        return ()


async def _delete(driver: BioStar1Device, outcome: StepOutcome) -> None:
    numbers = outcome.step.delete
    for begin in range(0, len(numbers), DELETED_AT_ONCE):
        part = numbers[begin : begin + DELETED_AT_ONCE]
        try:
            await driver.people.delete_many(part)
        except NotFoundError:
            await _delete_one_by_one(driver, part, outcome)
        except DeviceRefused as error:
            outcome.refused |= dict.fromkeys(part, error.message)
        else:
            outcome.deleted.update(part)


async def _delete_one_by_one(driver: BioStar1Device, numbers: Sequence[int], outcome: StepOutcome) -> None:
    """Where some of them are not there the device does not tell whom of the others it deleted."""
    for number in numbers:
        try:
            await driver.people.delete(number)
        except NotFoundError:
            pass
        except DeviceRefused as error:
            outcome.refused[number] = error.message
            continue
        outcome.deleted.add(number)


async def _enroll(driver: BioStar1Device, outcome: StepOutcome) -> None:
    waiting: Sequence[Person] = [person for person in outcome.step.enroll if _fits(driver, person, outcome)]
    while waiting:
        try:
            await driver.people.enroll_many(waiting)
        except EnrollmentIncomplete as error:
            outcome.enrolled.update(error.enrolled)
            if error.refused is None:
                outcome.uncertain.update(error.uncertain)
                raise error.reason from error
            outcome.refused[error.refused] = error.reason.message
            left = set(error.not_sent)
            waiting = [person for person in waiting if person.number in left]
        else:
            outcome.enrolled.update(person.number for person in waiting)
            return


def _fits(driver: BioStar1Device, person: Person, outcome: StepOutcome) -> bool:
    problems = driver.people.problems(person)
    if problems:
        outcome.refused[person.number] = problems[0].message
    return not problems


async def _write_tables(driver: BioStar1Device, outcome: StepOutcome) -> None:
    tables = outcome.step.tables
    if tables is None:
        return
    rights = driver.rights
    try:
        # A group needs its schedules, and those their holidays.
        if tables.holidays is not None:
            await (rights.holidays.replace(tables.holidays) if tables.holidays else rights.holidays.clear())
        if tables.schedules is not None:
            await (rights.schedules.replace(tables.schedules) if tables.schedules else rights.schedules.clear())
        if tables.access_groups is not None:
            groups = tables.access_groups
            await (rights.access_groups.replace(groups) if groups else rights.access_groups.clear())
    except (DeviceRefused, InvalidInput, Unsupported) as error:
        outcome.tables_refused = error.message
    else:
        outcome.tables_written = True

"""Planning the people of a backup."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from doorward.device.backup_file import DamagedBackup, line_bytes
from doorward.device.biostar1.person_records import FORMS, read_person
from doorward.device.restore_step import Planning, listed
from doorward.model.people import Person
from doorward.protocol.biostar1.models import Capability
from doorward.protocol.biostar1.results import NotFoundError
from doorward.protocol.biostar1.user_data import UserEntry
from doorward.protocol.errors import RemoteProtocolError

PEOPLE_A_STEP = 64

WORDS = {
    "name": "name",
    "department": "department",
    "pin": "PIN",
    "cards": "card",
    "valid_from": "start of validity",
    "valid_until": "end of validity",
    "access_groups": "access groups",
    "administrator": "administrator",
    "disabled": "blocked",
    "security_level": "security level",
    "authentication_mode": "authentication mode",
    "daily_entry_limit": "daily limit",
    "anti_passback_minutes": "anti-passback",
    "fingers": "fingers",
    "faces": "faces",
}
"""The parts of a person that are compared, and what they are called."""


async def plan_people(
    planning: Planning, *, delete_others: bool, progress: Callable[[int, int | None], None] | None = None
) -> None:
    """Plan people and their pictures; each person on the device is read to be compared."""
    if not planning.backup.has("people"):
        return
    device = planning.device
    wanted, pictures = _people_of(planning)
    present = {summary.number for summary in await device.people.summaries()}
    new: list[Person] = []
    changed: list[tuple[Person, str]] = []
    for done, person in enumerate(wanted.values(), 1):
        refused = device.people.problems(person)
        if refused:
            planning.notes.append(f"{refused[0].message}; this person is left out")
        elif person.number not in present:
            new.append(person)
        else:
            words = await _difference(planning, person)
            if words:
                changed.append((person, words))
        if progress is not None:
            progress(done, len(wanted))
    _plan_deleting(planning, present - wanted.keys(), delete_others=delete_others)
    for start in range(0, len(new), PEOPLE_A_STEP):
        batch = new[start : start + PEOPLE_A_STEP]
        _plan_batch(planning, f"people: add {_named(batch)}", batch)
    for start in range(0, len(changed), PEOPLE_A_STEP):
        pairs = changed[start : start + PEOPLE_A_STEP]
        words = "; ".join(f"{person.number} ({what})" for person, what in pairs)
        _plan_batch(planning, f"people: change {words}", [person for person, _ in pairs])
    await _plan_pictures(planning, pictures, present)


def _people_of(planning: Planning) -> tuple[dict[int, Person], dict[int, bytes]]:
    own_form = planning.device.people.form
    people: dict[int, Person] = {}
    pictures: dict[int, bytes] = {}
    for line in planning.backup.lines("people"):
        form = FORMS.get(str(line.get("form")))
        record = line_bytes(line, "record")
        if form is None or len(record) < form.header.SIZE:
            raise DamagedBackup(f"{planning.backup.path}: a person has no record that can be read.")
        if form is not own_form:
            raise DamagedBackup(
                f"{planning.backup.path}: a person is kept in the form {form.name}, the device keeps {own_form.name}."
            )
        header = form.header.from_bytes(record[: form.header.SIZE], text_codec=planning.text_codec)
        templates = record[form.header.SIZE :]
        try:
            due = form.template_size(header)
        except RemoteProtocolError as error:
            raise DamagedBackup(f"{planning.backup.path}: {error.message}.") from error
        if len(templates) != due:
            raise DamagedBackup(f"{planning.backup.path}: person {header.user_id} has {len(templates)} of {due} bytes.")
        person = read_person(form, UserEntry(header, templates))
        people[person.number] = person
        if line.get("picture"):
            pictures[person.number] = line_bytes(line, "picture")
    return people, pictures


async def _difference(planning: Planning, wanted: Person) -> str:
    """What differs between the person on the device and in the backup, in words; empty when nothing does."""
    try:
        present = await planning.device.people.get(wanted.number)
    except NotFoundError:
        return "deleted meanwhile"
    parts = [words for name, words in WORDS.items() if getattr(present, name) != getattr(wanted, name)]
    if not parts and present.origin != wanted.origin:
        parts = ["details of the device's own record"]
    return ", ".join(parts)


def _named(people: Sequence[Person]) -> str:
    return "; ".join(f"{person.number} {person.name}".strip() for person in people)


def _plan_batch(planning: Planning, words: str, batch: list[Person]) -> None:
    async def write() -> None:
        await planning.device.people.enroll_many(batch)

    planning.add(words, write)


def _plan_deleting(planning: Planning, others: set[int], *, delete_others: bool) -> None:
    if not others:
        return
    if not delete_others:
        planning.notes.append(f"people {listed(others)} are not in the backup and stay")
        return

    async def delete() -> None:
        await planning.device.people.delete_many(sorted(others))

    planning.add(f"people: delete {listed(others)}", delete)


async def _plan_pictures(planning: Planning, pictures: dict[int, bytes], present: set[int]) -> None:
    people = planning.device.people
    if not planning.device.context.model.can(Capability.SCREEN):
        return
    for number, picture in pictures.items():
        try:
            shown = await people.picture(number) if number in present else b""
        except NotFoundError:
            shown = b""
        if shown != picture:

            async def write(number: int = number, picture: bytes = picture) -> None:
                await people.set_picture(number, picture)

            planning.add(f"picture of person {number}: {'change' if shown else 'add'}", write)

"""People on a device: list, read, enrol, delete, pictures and private greetings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence

from doorward.device.biostar1 import person_limits
from doorward.device.biostar1.context import DeviceContext
from doorward.device.biostar1.holdings import HeldPerson, held_people
from doorward.device.biostar1.person_records import read_person, read_summary
from doorward.device.biostar1.person_writing import write_person
from doorward.device.biostar1.under_way import LONGEST_LIST_WAIT
from doorward.device.errors import EnrollmentIncomplete
from doorward.model.errors import DoorwardError, InvalidInput
from doorward.model.people import PeopleTotals, Person, PersonSummary
from doorward.protocol.biostar1.commands import users
from doorward.protocol.biostar1.models import Capability
from doorward.protocol.biostar1.request import Done, Request
from doorward.protocol.biostar1.results import NOT_FOUND, NotFoundError, ResultError, result_error
from doorward.protocol.biostar1.user_data import UserEntry, UserForm, split_users, user_form
from doorward.protocol.errors import RemoteProtocolError

LARGEST_TRANSFER = 512 * 1024
"""Bytes of one message that the vendor states as the most a device takes (section 2)."""


class People:
    """Reads and writes the people of one device.

    Args:
        context: The device.
        form: The form of header to speak; the model's own when it is not given.
    """

    def __init__(self, context: DeviceContext, form: UserForm | None = None) -> None:
        self._context = context
        self.form = user_form(context.model) if form is None else form

    # What fits.

    def check(self, person: Person) -> None:
        """Refuse a person whom the model cannot hold, before anything is sent.

        Raises:
            InvalidInput: A field does not fit; person, field, value and what is allowed are named.
        """
        for problem in self.problems(person):
            raise problem

    def problems(self, person: Person) -> tuple[InvalidInput, ...]:
        """Everything of a person that does not fit the model; nothing when the person can be enrolled."""
        return tuple(person_limits.problems(person, self._context.model, self.form, self._context.text_codec))

    def reduced(self, person: Person) -> tuple[Person, tuple[str, ...]]:
        """A person without the parts for which the model has no place at all (such as a name on an Xpass).

        Returns:
            The person, and the names of the parts that were left out.
        """
        return person_limits.reduced(person, self._context.model, self.form)

    # Reading.

    async def totals(self) -> PeopleTotals:
        """How many people and templates the device holds."""
        totals = await self._context.requester.request(users.ReadUserTotals())
        faces = None
        if self._context.model.can(Capability.FACE):
            faces = (await self._context.requester.request(users.ReadFaceTotals())).templates
        return PeopleTotals(totals.users, totals.templates, faces)

    async def summaries(self) -> list[PersonSummary]:
        """Everybody on the device, without templates, in the device's order."""
        return [read_summary(self.form, entry.header) for entry in await self._list_entries()]

    async def held(self) -> list[HeldPerson]:
        """Everybody on the device, in a form that is equal to what ``holdings.written_person`` gives."""
        reply = await self._list()
        if reply is None:
            return []
        codec = self._context.text_codec
        # Ten thousand headers take a second, in which others are served.
        found = await asyncio.to_thread(held_people, self.form, reply.content, text_codec=codec)
        if len(found) < reply.user_count:
            raise RemoteProtocolError(f"{reply.user_count} people are announced, {len(found)} arrived")
        return found[: reply.user_count]

    async def _list(self) -> users.Users | None:
        make: Callable[..., Request[users.Users]] = self.form.list_all
        try:
            return await self._context.requester.request(make(content=self.form.header_code))
        except NotFoundError:
            return None  # this is how an empty list is told (section 3.4)

    async def _list_entries(self) -> list[UserEntry]:
        reply = await self._list()
        if reply is None:
            return []
        entries = self._split(reply, with_templates=False)
        if len(entries) < reply.user_count:
            raise RemoteProtocolError(f"{reply.user_count} people are announced, {len(entries)} arrived")
        return entries[: reply.user_count]

    async def get(self, number: int) -> Person:
        """Read a person with all templates.

        Raises:
            InvalidInput: The number is not that of a person.
            NotFoundError: The device has no such person.
        """
        return read_person(self.form, await self._entry(number, with_templates=True))

    async def get_summary(self, number: int) -> PersonSummary:
        """Read a person without templates; raises as ``get`` does."""
        return read_summary(self.form, (await self._entry(number, with_templates=False)).header)

    async def _entry(self, number: int, *, with_templates: bool) -> UserEntry:
        _check_number(number)
        content = self.form.full_code if with_templates else self.form.header_code
        make: Callable[..., Request[users.Users]] = self.form.read
        reply = await self._context.requester.request(make(user_id=number, content=content))
        # The count only tells whether the person is there (section 7); the header tells who it is.
        entries = self._split(reply, with_templates=with_templates) if reply.user_count else []
        if not entries:
            raise result_error(NOT_FOUND, f"give person {number}")
        if entries[0].header.user_id != number:
            raise RemoteProtocolError(f"person {number} was asked for, person {entries[0].header.user_id} came")
        return entries[0]

    def _split(self, reply: users.Users, *, with_templates: bool) -> list[UserEntry]:
        codec = self._context.text_codec
        return list(split_users(self.form, reply.content, with_templates=with_templates, text_codec=codec))

    async def all(self, *, progress: Callable[[int, int | None], None] | None = None) -> AsyncIterator[Person]:
        """Everybody with all templates, one at a time; who is deleted meanwhile is left out.

        Args:
            progress: Told how many were read, and of how many.
        """
        numbers = [entry.header.user_id for entry in await self._list_entries()]
        for done, number in enumerate(numbers, 1):
            try:
                person = await self.get(number)
            except NotFoundError:
                continue
            yield person
            if progress is not None:
                progress(done, len(numbers))

    # Enrolling.

    async def enroll(self, person: Person) -> None:
        """Enrol a person; one with the same number is replaced.

        Raises:
            InvalidInput: The model cannot hold this person; nothing was sent.
            DatabaseFullError: The device holds as many people as it can.
            ResultError: The device said no for another reason.
        """
        self.check(person)
        await self._send([self._write(person)])

    async def enroll_many(
        self, people: Iterable[Person], *, progress: Callable[[int, int | None], None] | None = None
    ) -> None:
        """Enrol several people, up to 64 in a transfer. All are checked before the first is sent.

        Where the device refuses a transfer its people are sent one by one, so that the error can name who it was.

        Args:
            people: The people; those with numbers that the device holds are replaced.
            progress: Told how many are enrolled, and of how many.

        Raises:
            InvalidInput: The model cannot hold one of them, or a number comes twice; nothing was sent.
            EnrollmentIncomplete: The device refused one, or the line failed; it tells who is enrolled and who is not.
        """
        waiting = list(people)
        seen: set[int] = set()
        for person in waiting:
            self.check(person)
            if person.number in seen:
                raise InvalidInput("number", person.number, "each number once")
            seen.add(person.number)
        done = 0
        while done < len(waiting):
            batch = self._batch(waiting, done)
            try:
                await self._send([self._write(person) for person in batch])
            except ResultError as error:
                enrolled = await self._one_by_one(waiting, done, batch, error)
                done += enrolled
            except DoorwardError as error:
                raise _incomplete(waiting, done, error, uncertain=len(batch)) from error
            else:
                done += len(batch)
            if progress is not None:
                progress(done, len(waiting))

    def _batch(self, people: Sequence[Person], start: int) -> Sequence[Person]:
        size = 0
        end = start
        while end < len(people) and end - start < self.form.users_per_enrolment:
            person = people[end]
            size += self.form.header.SIZE + _template_bytes(person)
            if end > start and size > LARGEST_TRANSFER:
                break
            end += 1
        return people[start:end]

    async def _one_by_one(
        self, people: Sequence[Person], start: int, batch: Sequence[Person], error: ResultError
    ) -> int:
        if len(batch) == 1:
            raise _incomplete(people, start, error, refused=batch[0].number) from error
        for place, person in enumerate(batch, start):
            try:
                await self._send([self._write(person)])
            except ResultError as refusal:
                raise _incomplete(people, place, refusal, refused=person.number) from refusal
            except DoorwardError as failure:
                raise _incomplete(people, place, failure, uncertain=1) from failure
        return len(batch)

    def _write(self, person: Person) -> bytes:
        codec = self._context.text_codec
        return write_person(self.form, person, text_codec=codec).to_bytes(text_codec=codec)

    async def _send(self, entries: Sequence[bytes]) -> None:
        fields: dict[str, int] = {"form": self.form.enrol_code} if self.form.enrol is users.EnrollWideUsers else {}
        make: Callable[..., Request[Done]] = self.form.enrol
        await self._context.requester.request(make(user_count=len(entries), content=b"".join(entries), **fields))

    # Deleting.

    async def delete(self, number: int) -> None:
        """Delete a person.

        Raises:
            InvalidInput: The number is not that of a person; 0 would mean everybody on the wire.
            NotFoundError: The device has no such person.
        """
        _check_number(number)
        await self._context.requester.request(users.DeleteUser(number))

    async def delete_many(self, numbers: Iterable[int]) -> None:
        """Delete several people.

        Raises:
            InvalidInput: The list is empty, which would mean everybody on the wire, or holds what is no number.
        """
        wanted = tuple(numbers)
        if not wanted:
            raise InvalidInput("numbers", "an empty list", "at least one number; to delete everybody use delete_all")
        for number in wanted:
            _check_number(number)
        await self._context.requester.request(users.DeleteUsers(wanted))

    async def delete_all(self) -> int:
        """Delete everybody; gives how many people the device held before."""
        count = (await self._context.requester.request(users.ReadUserTotals())).users
        limit = min(
            users.DELETE_TIMEOUT + count * users.LIST_SECONDS_PER_USER, max(users.DELETE_TIMEOUT, LONGEST_LIST_WAIT)
        )
        await self._context.requester.request(users.DeleteAllUsers(), timeout=limit)
        return count

    # Pictures.

    async def picture(self, number: int) -> bytes:
        """Read the picture of a person.

        Raises:
            Unsupported: The model has no screen to show it.
            NotFoundError: There is no such person or no picture.
        """
        self._context.need(Capability.SCREEN, "keep pictures of people")
        _check_number(number)
        reply = await self._context.requester.request(users.ReadUserPicture(number))
        if not reply.size:
            raise result_error(NOT_FOUND, f"give a picture of person {number}")
        if reply.size > len(reply.picture):
            raise RemoteProtocolError(
                f"a picture of {reply.size} bytes is announced, {len(reply.picture)} bytes arrived"
            )
        return reply.picture[: reply.size]

    async def set_picture(self, number: int, picture: bytes) -> None:
        """Write the picture of a person.

        Raises:
            Unsupported: The model has no screen to show it.
            InvalidInput: The picture is empty or larger than a message can be.
        """
        self._context.need(Capability.SCREEN, "keep pictures of people")
        _check_number(number)
        if not 0 < len(picture) <= LARGEST_TRANSFER:
            raise InvalidInput("picture", f"<{len(picture)} bytes>", f"1 to {LARGEST_TRANSFER} bytes")
        await self._context.requester.request(users.WriteUserPicture(number, picture))


def _check_number(number: int) -> None:
    if not 1 <= number <= person_limits.LARGEST_NUMBER:
        raise InvalidInput("number", number, f"a whole number from 1 to {person_limits.LARGEST_NUMBER}")


def _template_bytes(person: Person) -> int:
    return sum(len(template) for finger in person.fingers for template in finger.templates) + sum(
        len(face.template) + len(face.still_image) for face in person.faces
    )


def _incomplete(
    people: Sequence[Person], done: int, reason: DoorwardError, *, refused: int | None = None, uncertain: int = 0
) -> EnrollmentIncomplete:
    numbers = [person.number for person in people]
    rest = done + (1 if refused is not None else uncertain)
    return EnrollmentIncomplete(
        enrolled=tuple(numbers[:done]),
        refused=refused,
        uncertain=tuple(numbers[done : done + uncertain]),
        not_sent=tuple(numbers[rest:]),
        reason=reason,
    )

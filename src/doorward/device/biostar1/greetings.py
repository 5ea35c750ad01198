"""Private greetings: what the display of a BioStation shows when one person enters."""

from __future__ import annotations

from doorward.device.biostar1.context import DeviceContext
from doorward.model.errors import InvalidInput
from doorward.model.people import Greeting
from doorward.protocol.biostar1.commands import users
from doorward.protocol.biostar1.models import Capability
from doorward.protocol.biostar1.records import PrivateGreeting
from doorward.protocol.biostar1.results import NOT_FOUND, NotFoundError, result_error
from doorward.protocol.errors import RemoteProtocolError

LARGEST_PICTURE = 256 * 1024
OF_PERSON = 0
OF_GROUP = 1


class Greetings:
    """Reads and writes the private greetings of one device."""

    def __init__(self, context: DeviceContext) -> None:
        self._context = context

    def _need_greetings(self) -> None:
        self._context.need(Capability.PRIVATE_GREETING, "keep greetings of people")

    async def all(self) -> list[Greeting]:
        """All greetings, without their pictures."""
        self._need_greetings()
        try:
            reply = await self._context.requester.request(users.ListGreetings())
        except NotFoundError:
            return []
        size = PrivateGreeting.SIZE
        if len(reply.content) != reply.count * size:
            raise RemoteProtocolError(
                f"{reply.count} greetings of {size} bytes are announced, {len(reply.content)} bytes arrived"
            )
        return [self._read(reply.content[at : at + size]) for at in range(0, len(reply.content), size)]

    async def get(self, number: int) -> Greeting:
        """The greeting of one person, with its picture.

        Raises:
            Unsupported: The model has no greetings.
            NotFoundError: The person has none.
        """
        self._need_greetings()
        if number < 1:
            raise InvalidInput("number", number, "a whole number of 1 or more")
        reply = await self._context.requester.request(users.ReadGreeting(number))
        if not reply.count:
            raise result_error(NOT_FOUND, f"give a greeting for person {number}")
        return self._read(reply.content)

    async def set(self, greeting: Greeting, *, for_group: bool = False) -> None:
        """Write a greeting.

        Args:
            greeting: The greeting; the number is that of a person or of a group.
            for_group: Whether the number is that of a group.

        Raises:
            Unsupported: The model has no greetings.
            LocalProtocolError: A text does not fit; nothing was sent.
        """
        self._need_greetings()
        if len(greeting.picture) > LARGEST_PICTURE:
            raise InvalidInput("picture", f"<{len(greeting.picture)} bytes>", f"at most {LARGEST_PICTURE} bytes")
        content = greeting_record(greeting).to_bytes(text_codec=self._context.text_codec) + greeting.picture
        await self._context.requester.request(
            users.WriteGreeting(OF_GROUP if for_group else OF_PERSON, len(greeting.picture), content)
        )

    def _read(self, content: bytes) -> Greeting:
        if len(content) < PrivateGreeting.SIZE:
            raise RemoteProtocolError(f"a greeting has {PrivateGreeting.SIZE} bytes, {len(content)} arrived")
        record = PrivateGreeting.from_bytes(content[: PrivateGreeting.SIZE], text_codec=self._context.text_codec)
        return Greeting(
            person=record.user_id,
            text=record.greeting,
            department=record.department,
            duration=record.duration,
            daily_count=record.daily_count,
            picture=content[PrivateGreeting.SIZE :],
        )


def greeting_record(greeting: Greeting) -> PrivateGreeting:
    """The record of a greeting; its picture follows it on the wire."""
    return PrivateGreeting(
        user_id=greeting.person,
        department=greeting.department,
        greeting=greeting.text,
        image=int(bool(greeting.picture)),
        duration=greeting.duration,
        daily_count=greeting.daily_count,
        image_checksum=sum(greeting.picture) & 0xFFFFFFFF,
    )

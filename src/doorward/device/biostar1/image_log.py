"""Pictures that a device took with events (D-Station, X-Station, BioStation T2, FaceStation)."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import datetime

from doorward.device.biostar1.clock import to_local_seconds
from doorward.device.biostar1.context import DeviceContext
from doorward.device.biostar1.log import LARGEST_LOG_SECOND
from doorward.device.biostar1.session import Session
from doorward.model.errors import InvalidInput
from doorward.model.events import Event, EventImage
from doorward.protocol.biostar1.commands import logs
from doorward.protocol.biostar1.models import Capability
from doorward.protocol.biostar1.records import ImageLogHeader
from doorward.protocol.biostar1.results import NotFoundError
from doorward.protocol.errors import RemoteProtocolError

LARGEST_PICTURE = 4 * 1024 * 1024
"""Most bytes of one picture; a larger announcement is an error of the device, not a reason to fill memory."""


class ImageLog:
    """Reads and clears the pictures of one device."""

    def __init__(self, context: DeviceContext) -> None:
        self._context = context

    def _need_camera(self) -> None:
        self._context.need(Capability.CAMERA, "keep pictures of events")

    async def count(self) -> int:
        """Number of pictures."""
        self._need_camera()
        return (await self._context.requester.request(logs.CountImageLogs())).count

    async def images(
        self, *, since: datetime | None = None, until: datetime | None = None
    ) -> AsyncIterator[EventImage]:
        """Read the pictures, oldest first; one at a time is held in memory.

        The connection is taken while a reply lasts: ask nothing else from within the loop.

        Args:
            since: First second, included. Without a zone: the device's local time. With one: converted.
            until: Last second, included.

        Raises:
            Unsupported: The model has no camera.
            InvalidInput: A time lies outside 1970 to 2038.
            RemoteProtocolError: The device broke a rule.
        """
        self._need_camera()
        bounds = [
            0
            if moment is None
            else to_local_seconds(moment, zone=self._context.zone, field=name, largest=LARGEST_LOG_SECOND)
            for name, moment in (("since", since), ("until", until))
        ]
        session = await self._context.requester.current()
        position = logs.FROM_START
        last: EventImage | None = None
        while True:
            first_of_reply: EventImage | None = None
            request = logs.ReadImageLogs(position, bounds[0], bounds[1])
            async with contextlib.aclosing(self._reply(session, request)) as images:
                async for image in images:
                    if first_of_reply is None:
                        first_of_reply = image
                        if image == last:
                            return  # the device cannot go on and repeats itself
                    yield image
            if first_of_reply is None:
                return
            last = first_of_reply
            position = logs.CONTINUE

    async def _reply(self, session: Session, request: logs.ReadImageLogs) -> AsyncGenerator[EventImage, None]:
        waiting = b""
        try:
            async with contextlib.aclosing(session.stream(request)) as stream:
                async for piece in stream:
                    waiting += piece.content
                    while (image := self._first_image(waiting)) is not None:
                        waiting = waiting[ImageLogHeader.SIZE + len(image.picture) :]
                        yield image
        except NotFoundError:
            return  # an empty image log is told this way (section 6)
        except RemoteProtocolError as error:
            session.end(error)
            raise
        if waiting:
            cut = RemoteProtocolError(f"the image log ends {len(waiting)} bytes into a picture")
            session.end(cut)
            raise cut

    def _first_image(self, content: bytes) -> EventImage | None:
        if len(content) < ImageLogHeader.SIZE:
            return None
        header = ImageLogHeader.from_bytes(content[: ImageLogHeader.SIZE])
        if header.image_size > LARGEST_PICTURE:
            raise RemoteProtocolError(
                f"a picture of {header.image_size} bytes is announced; at most {LARGEST_PICTURE} are allowed"
            )
        if len(content) < ImageLogHeader.SIZE + header.image_size:
            return None
        return self._image(header, content[ImageLogHeader.SIZE : ImageLogHeader.SIZE + header.image_size])

    def _image(self, header: ImageLogHeader, picture: bytes) -> EventImage:
        event = Event(
            code=header.event,
            sub_code=header.sub_event,
            local_time=header.local_time,
            person=header.user_id,
            device_id=header.device_id or self._context.device_id,
        )
        return EventImage(event, picture)

    async def image(self, event: Event) -> EventImage:
        """Read the picture of one event.

        Raises:
            Unsupported: The model has no camera.
            NotFoundError: There is no picture of this event.
            RemoteProtocolError: What came is not one picture.
        """
        self._need_camera()
        reply = await self._context.requester.request(logs.ReadImageLog(event.local_time, event.code))
        image = self._first_image(reply.content)
        if image is None:
            raise RemoteProtocolError(f"{len(reply.content)} bytes arrived, which are not a whole picture")
        return image

    async def delete_oldest(self, count: int) -> int:
        """Delete the oldest pictures; gives how many the device deleted.

        Raises:
            Unsupported: The model has no camera.
            InvalidInput: The count is below 1.
        """
        self._need_camera()
        if count < 1:
            raise InvalidInput("count", count, "1 or more; to delete all there is a method of its own")
        return (await self._context.requester.request(logs.DeleteImageLogs(count))).count

    async def delete_all(self) -> int:
        """Delete all pictures; gives how many the device deleted."""
        self._need_camera()
        return (await self._context.requester.request(logs.DeleteAllImageLogs())).count

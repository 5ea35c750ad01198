"""The questions for a device's log, over a session."""

from __future__ import annotations

from doorward.device.biostar1.log_reading import LogAnswer
from doorward.device.biostar1.session import Requester
from doorward.protocol.biostar1.commands.clock import ReadClock
from doorward.protocol.biostar1.commands.logs import CountLogs, Logs, ReadExtendedLogs, ReadLogs
from doorward.protocol.biostar1.models import MODELS_BY_TYPE, Capability
from doorward.protocol.biostar1.records.logs import ExtendedLogRecord, LogRecord
from doorward.protocol.biostar1.request import Request
from doorward.protocol.biostar1.results import NotFoundError
from doorward.protocol.errors import RemoteProtocolError


class SessionLogPort:
    """A ``LogPort`` over a session.

    Args:
        requester: Carries the questions.
        device_type: The type of the device; decides about the form of its records.
    """

    def __init__(self, requester: Requester, device_type: int) -> None:
        self._requester = requester
        model = MODELS_BY_TYPE.get(device_type)
        extended = model is not None and model.can(Capability.EXTENDED_LOG)
        self._record: type[LogRecord | ExtendedLogRecord] = ExtendedLogRecord if extended else LogRecord

    async def clock(self) -> int:
        """The device's clock, in local seconds."""
        return (await self._requester.request(ReadClock())).local_time

    async def count(self) -> int:
        """Number of records in the log."""
        return (await self._requester.request(CountLogs())).count

    async def read(self, position: int, first: int, last: int) -> LogAnswer:
        """One answer; see ``LogPort.read``."""
        request: Request[Logs]
        if self._record is ExtendedLogRecord:
            request = ReadExtendedLogs(position, first, last)
        else:
            request = ReadLogs(position, first, last)
        try:
            reply = await self._requester.request(request)
        except NotFoundError:
            return LogAnswer(b"", self._record)  # some devices say "not found" where others say "none"
        size = reply.record_count * self._record.SIZE
        if size > len(reply.content):
            error = RemoteProtocolError(
                f"the log reply announces {reply.record_count} records, but {len(reply.content)} bytes arrived"
            )
            (await self._requester.current()).end(error)
            raise error
        return LogAnswer(reply.content[:size], self._record)

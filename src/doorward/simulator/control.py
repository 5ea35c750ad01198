"""Virtual devices act on command: JSON lines in, one JSON line out for each.

Each line is an object whose ``do`` says what happens; where several devices run, ``device_id`` says at which one::

    {"do": "log", "event": 55, "sub_event": 0, "tna_event": 0, "time": 1700000000, "user_id": 7}
    {"do": "image_log", "event": 55, "time": 1700000001, "user_id": 7, "image_hex": "ffd8..."}
    {"do": "user_info", "id_type": 1, "id": 7, "custom_id": 0}
    {"do": "matching", "matching_type": 2, "id": 7, "template_hex": "00..."}
    {"do": "show_card", "card_id": 7, "custom_id": 0}   {"do": "show_finger", "user_id": 7, "finger": 0}
    {"do": "show_face", "user_id": 7}   {"do": "attended", "on": false}
    {"do": "time"}   {"do": "keep_alive"}   {"do": "drop"}   {"do": "quit"}

``log`` and ``image_log`` go into the device's log and to the server, ``time`` is left out for now. ``user_info`` asks
by number (``id_type`` 1) or by card (2), ``matching`` identifies (``matching_type`` 1) or verifies (2). ``drop`` cuts
both connections; the device comes back by itself. ``show_card``, ``show_finger`` and ``show_face`` let somebody stand
at the device with a card, a finger or a face for the next time that it is asked to read one; with ``attended`` off
nobody else stands there. The answer repeats ``do`` as ``done``, with the server's ``result``
code and, where there is one, ``param1`` or ``payload_hex``; what could not be done has ``error`` and no result.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

from doorward.model.errors import DoorwardError, InvalidInput, NotReached, Unsupported
from doorward.protocol.biostar1.device_end import ANSWER_LIMIT, Answered
from doorward.protocol.biostar1.models import Capability
from doorward.protocol.biostar1.records.logs import (
    NO_IMAGE,
    ExtendedLogRecord,
    ImageLogHeader,
    LogRecord,
    write_extended_log_records,
    write_log_records,
)
from doorward.protocol.biostar1.server_mode import (
    AskTime,
    DeviceRequest,
    IdentifyTemplate,
    KeepAlive,
    LookUpCard,
    LookUpUser,
    PushImageLog,
    VerifyTemplate,
)
from doorward.simulator.server_dialler import ServerDialler
from doorward.simulator.server_site import ServerModeSite

LIVE_LIMIT: Final = 8.0
"""Seconds that a command waits for its device to be connected."""

QUIT: Final = "quit"
_BY_NUMBER, _BY_CARD = 1, 2
_IDENTIFY, _VERIFY = 1, 2

Answer = dict[str, Any]
Command = dict[str, Any]


class Control:
    """Carries out commands at the devices of a site; those of one device in their order, but for ``drop``.

    Args:
        site: The devices.
        live_limit: Seconds that a command waits for its device to be connected.
        answer_limit: Seconds more that it waits for the server's answer.
    """

    def __init__(
        self, site: ServerModeSite, *, live_limit: float = LIVE_LIMIT, answer_limit: float = ANSWER_LIMIT
    ) -> None:
        self._site = site
        self._live_limit = live_limit
        self._answer_limit = answer_limit
        self._turns: dict[int, asyncio.Lock] = {}
        self._actions: dict[str, Callable[[ServerDialler, Command], Awaitable[Answer]]] = {
            "log": self._log,
            "image_log": self._image_log,
            "user_info": self._user_info,
            "matching": self._matching,
            "time": self._time,
            "keep_alive": self._keep_alive,
            "show_card": self._show_card,
            "show_finger": self._show_finger,
            "show_face": self._show_face,
            "attended": self._attended,
            "drop": self._drop,
        }

    async def run(self, lines: AsyncIterator[str], write: Callable[[str], None]) -> None:
        """Carry out lines until they end or one says ``quit``.

        Args:
            lines: The commands.
            write: Takes each answer, one line without its end.
        """
        tasks: set[asyncio.Task[None]] = set()
        try:
            async for line in lines:
                if not line.strip():
                    continue
                if _is_quit(line):
                    write(json.dumps({"done": QUIT}))
                    return
                task = asyncio.get_running_loop().create_task(self._carry_out(line, write))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            if tasks:
                await asyncio.wait(tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def handle(self, line: str) -> Answer:
        """Carry out one line; what cannot be done is told in the answer, it never raises."""
        answer: Answer = {}
        try:
            command = _command_in(line)
            answer["done"] = command.get("do")
            action = self._actions.get(str(command.get("do")))
            if action is None:
                raise InvalidInput("do", command.get("do"), ", ".join((*self._actions, QUIT)))
            dialler = self._device_of(command)
            if len(self._site.diallers) > 1:
                answer["device_id"] = dialler.device.device_id
            if action == self._drop:  # it must not wait for what hangs on the line
                answer |= await self._drop(dialler, command)
            else:
                async with self._turns.setdefault(dialler.device.device_id, asyncio.Lock()):
                    answer |= await self._in_time(action(dialler, command))
        except DoorwardError as error:
            answer["error"] = " ".join(filter(None, (error.message, error.advice)))
        return answer

    async def _carry_out(self, line: str, write: Callable[[str], None]) -> None:
        write(json.dumps(await self.handle(line)))

    def _device_of(self, command: Command) -> ServerDialler:
        if "device_id" not in command and len(self._site.diallers) == 1:
            return self._site.diallers[0]
        return self._site.dialler(_number(command, "device_id", 0xFFFFFFFF))

    async def _in_time(self, work: Awaitable[Answer]) -> Answer:
        try:
            async with asyncio.timeout(self._live_limit + self._answer_limit):
                return await work
        except TimeoutError:
            raise NotReached(
                "The server has not answered.", advice="What was to be pushed goes out again on the next connection."
            ) from None

    async def _log(self, dialler: ServerDialler, command: Command) -> Answer:
        device = dialler.device
        fields = (
            _number(command, "event", 0xFF),
            _number(command, "sub_event", 0xFF, 0),
            _number(command, "tna_event", 0xFFFF, 0xFFFF),
            _number(command, "time", 0x7FFFFFFF, min(device.clock.local_time, 0x7FFFFFFF)),
            _number(command, "user_id", 0xFFFFFFFF, 0),
        )
        if device.log.extended:
            slot = _number(command, "image_slot", 0x7FFF, NO_IMAGE)
            record = write_extended_log_records([ExtendedLogRecord(*fields, device.device_id, slot)])
        else:
            record = write_log_records([LogRecord(*fields)])
        device.log.add_records(record)
        await self._connected(dialler, "The record is in the device's log.")
        return _told(await dialler.push(record))

    async def _image_log(self, dialler: ServerDialler, command: Command) -> Answer:
        device = dialler.device
        if not device.model.can(Capability.CAMERA):
            raise Unsupported(f"{device.model.title} has no camera.", advice="Choose a model that has one.")
        header = ImageLogHeader(
            event=_number(command, "event", 0xFF),
            sub_event=_number(command, "sub_event", 0xFF, 0),
            local_time=_number(command, "time", 0x7FFFFFFF, min(device.clock.local_time, 0x7FFFFFFF)),
            user_id=_number(command, "user_id", 0xFFFFFFFF, 0),
            device_id=device.device_id,
        )
        push = PushImageLog.of(header, _hexadecimal(command, "image_hex"))
        device.images.add_record(push.content)
        return await self._ask(dialler, push)

    async def _user_info(self, dialler: ServerDialler, command: Command) -> Answer:
        how = _number(command, "id_type", 0xFFFF, _BY_NUMBER)
        wanted = _number(command, "id", 0xFFFFFFFF)
        if how == _BY_NUMBER:
            request: DeviceRequest[Any] = LookUpUser(wanted)
        elif how == _BY_CARD:
            request = LookUpCard(wanted, _number(command, "custom_id", 0xFFFFFFFF, 0))
        else:
            raise InvalidInput("id_type", how, "1 by number, 2 by card")
        return await self._ask(dialler, request, payload=True)

    async def _matching(self, dialler: ServerDialler, command: Command) -> Answer:
        how = _number(command, "matching_type", 0xFFFF, _IDENTIFY)
        template = _hexadecimal(command, "template_hex")
        if how == _IDENTIFY:
            request: DeviceRequest[Any] = IdentifyTemplate(template)
        elif how == _VERIFY:
            request = VerifyTemplate(_number(command, "id", 0xFFFFFFFF), template)
        else:
            raise InvalidInput("matching_type", how, "1 to identify, 2 to verify")
        return await self._ask(dialler, request, param1=True, payload=True)

    async def _time(self, dialler: ServerDialler, _command: Command) -> Answer:
        return await self._ask(dialler, AskTime(), param1=True)

    async def _keep_alive(self, dialler: ServerDialler, _command: Command) -> Answer:
        return await self._ask(dialler, KeepAlive())

    async def _show_card(self, dialler: ServerDialler, command: Command) -> Answer:
        number = _number(command, "card_id", 0xFFFFFFFF)
        dialler.device.readers.show_card(number, _number(command, "custom_id", 0xFFFFFFFF, 0))
        return {}

    async def _show_finger(self, dialler: ServerDialler, command: Command) -> Answer:
        user, finger = _number(command, "user_id", 0xFFFFFFFF), _number(command, "finger", 9, 0)
        dialler.device.readers.show_finger(user, finger)
        return {}

    async def _show_face(self, dialler: ServerDialler, command: Command) -> Answer:
        dialler.device.readers.show_face(_number(command, "user_id", 0xFFFFFFFF))
        return {}

    async def _attended(self, dialler: ServerDialler, command: Command) -> Answer:
        if not isinstance(command.get("on"), bool):
            raise InvalidInput("on", command.get("on"), "true or false")
        dialler.device.readers.attended = command["on"]
        return {}

    async def _drop(self, dialler: ServerDialler, _command: Command) -> Answer:
        dialler.drop()
        return {}

    async def _ask(
        self, dialler: ServerDialler, request: DeviceRequest[Any], *, param1: bool = False, payload: bool = False
    ) -> Answer:
        await self._connected(dialler, "")
        return _told(await dialler.ask(request), param1=param1, payload=payload)

    async def _connected(self, dialler: ServerDialler, otherwise: str) -> None:
        try:
            async with asyncio.timeout(self._live_limit):
                await dialler.live.wait()
        except TimeoutError:
            number = dialler.device.device_id
            raise NotReached(f"Device {number} is not connected to its server.", advice=otherwise) from None


async def standard_input() -> AsyncIterator[str]:
    """The lines of standard input as they come; a thread reads, since not every system can wait for it otherwise."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str | None] = asyncio.Queue()

    def tell(line: str | None) -> bool:
        try:
            loop.call_soon_threadsafe(lines.put_nowait, line)
        except RuntimeError:  # the program ends
            return False
        return True

    def read() -> None:
        for line in sys.stdin:
            if not tell(line):
                return
        tell(None)

    threading.Thread(target=read, name="standard input", daemon=True).start()
    while (line := await lines.get()) is not None:
        yield line


def _command_in(line: str) -> Command:
    try:
        command = json.loads(line)
    except (ValueError, RecursionError):
        command = None
    if not isinstance(command, dict):
        raise InvalidInput("line", line.strip()[:80], 'a JSON object such as {"do": "keep_alive"}')
    return command


def _is_quit(line: str) -> bool:
    try:
        return _command_in(line).get("do") == QUIT
    except InvalidInput:
        return False


def _number(command: Command, name: str, largest: int, default: int | None = None) -> int:
    value = command.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not (0 <= value <= largest or value == default):
        raise InvalidInput(name, value, f"a whole number from 0 to {largest}")
    return value


def _hexadecimal(command: Command, name: str) -> bytes:
    value = command.get(name, "")
    try:
        return bytes.fromhex(value)
    except (TypeError, ValueError):
        raise InvalidInput(name, value, "bytes as hexadecimal digits") from None


def _told(answered: Answered, *, param1: bool = False, payload: bool = False) -> Answer:
    answer: Answer = {"result": answered.result}
    if param1:
        answer["param1"] = answered.message.param1
    if payload:
        answer["payload_hex"] = answered.message.payload.hex()
    return answer

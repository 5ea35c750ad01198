"""A server of our own parts that does what the application of a recorded scenario did."""

from __future__ import annotations

import hashlib
from typing import Any

from doorward.model.errors import DoorwardError, TimedOut
from doorward.protocol.biostar1.announcement import ConnectionKind, DeviceIdentity
from doorward.protocol.biostar1.client import ReplyReceived
from doorward.protocol.biostar1.commands.identity import IDENTIFY
from doorward.protocol.biostar1.message import Message, encode_message
from doorward.protocol.biostar1.recovering_stream import Dropped
from doorward.protocol.biostar1.request import Reply
from doorward.protocol.biostar1.results import NOT_FOUND, UNSUPPORTED
from doorward.protocol.biostar1.server_connections import (
    CommandConnection,
    Question,
    Refused,
    RequestConnection,
    start_request_connection,
)
from doorward.protocol.biostar1.server_end import (
    VENDOR_ASK_AFTER,
    AcceptedConnection,
    Announced,
    AskIdentity,
    TlsHello,
)
from doorward.protocol.biostar1.server_mode import (
    AskTime,
    IdentifyTemplate,
    KeepAlive,
    LookUpCard,
    LookUpUser,
    MatchAnswer,
    PushExtendedLog,
    PushImageLog,
    PushLog,
    ServerTime,
    StartRequestConnection,
    StartRequestConnectionAt,
    UserAnswer,
    VerifyTemplate,
    dotted,
    request_class,
)
from doorward.protocol.errors import RemoteProtocolError

# What a library of the recording calls the results that occur in its answers to the application.
LIBRARY_RESULTS = {0: 0, 0x64: -300, 0x68: -306, 0x69: -307}


def masked(data: bytes, step: dict[str, Any]) -> str:
    """Bytes with those that vary set to zero."""
    mask = bytes.fromhex(step["mask_hex"])
    assert len(data) == len(mask), (len(data), len(mask))
    return bytes(byte & keep for byte, keep in zip(data, mask, strict=True)).hex()


class Slot:
    """One connection of the server."""

    def __init__(self, server: RecordedServer, label: str, now: float) -> None:
        self.server = server
        self.label = label
        self.accepted: AcceptedConnection | None = AcceptedConnection(now, ask_after=VENDOR_ASK_AFTER)
        self.command: CommandConnection | None = None
        self.request: RequestConnection | None = None
        self.device_id = 0
        self.sent = bytearray()
        self.closed = False
        self.reason: DoorwardError | None = None

    @property
    def deadline(self) -> float | None:
        if self.closed:
            return None
        waiting = self.accepted or self.request
        return None if waiting is None else waiting.deadline

    def close(self, reason: DoorwardError | None = None) -> None:
        self.closed = True
        self.reason = self.reason or reason

    def time_out(self, now: float) -> None:
        try:
            if self.accepted is not None:
                self.sent += self.accepted.timed_out(now)
            elif self.request is not None:
                self.request.timed_out(now)
        except TimedOut as error:
            if self.request is not None:
                self.server.lose(self.device_id)
            self.close(error)

    def receive(self, data: bytes, now: float) -> None:
        try:
            if self.accepted is not None:
                for event in self.accepted.receive(data, now):
                    if isinstance(event, AskIdentity):
                        self.sent += event.data
                    elif isinstance(event, Announced):
                        self.server.decide(self, event, now)
            elif self.command is not None:
                for reply in self.command.receive(data):
                    assert isinstance(reply, ReplyReceived)
                    self.server.replied(reply.message)
            elif self.request is not None:
                for item in self.request.receive(data, now):
                    if isinstance(item, Question):
                        self.sent += self.server.answer(self.request, item)
                    elif isinstance(item, Refused):
                        self.sent += item.answer
                    else:
                        assert isinstance(item, Dropped)
        except RemoteProtocolError as error:
            self.close(error)


class RecordedServer:
    """Plays the server of a scenario: what the application did is taken from the recording, the rest is ours."""

    def __init__(self, scenario: dict[str, Any]) -> None:
        self.scenario = scenario
        self.setup = scenario["server_setup"]
        self.slots: dict[str, Slot] = {}
        self.devices: dict[int, list[Slot]] = {}
        self.reported: list[dict[str, Any]] = []
        self.at = 0
        self.calls = [item for item in scenario["callbacks"] if item["ev"] == "api_result"]

    @staticmethod
    def identity_answer(device_id: int, device_type: int) -> bytes:
        return b"".join(encode_message(Message(IDENTIFY, 0, device_id, device_type)))

    def play(self, step: dict[str, Any]) -> bytes:
        """Play a step; gives what the server sends in it."""
        now = step["at_ms"] / 1000
        self.at = step["n"]
        label = step["connection"]
        for slot in list(self.slots.values()):
            while slot.deadline is not None and slot.deadline <= now:
                slot.time_out(slot.deadline)
        slot = self.slots.get(label) or Slot(self, label, now)
        self.slots[label] = slot
        event = step.get("event")
        if event == "tls_handshake":
            assert slot.accepted is not None
            assert slot.accepted.receive(b"\x16\x03\x01", now) == [TlsHello(b"\x16\x03\x01")]
            who = DeviceIdentity(self.scenario["device_id"], self.scenario["device_type"])
            slot.accepted = AcceptedConnection(now, certificate=who)
        elif event == "tcp_close" and step["by"] == "device":
            self.lose(slot.device_id)
            slot.close()
        elif event == "tcp_close" and self.scenario["scenario"].startswith("application-close"):
            slot.close()
        elif step.get("from") == "device":
            slot.receive(bytes.fromhex(step["hex"]), now)
        elif step.get("from") == "server":
            if slot.command is not None and not slot.sent:
                return self.call(slot.command, step["decoded"])
            size = len(bytes.fromhex(step["hex"]))
            sent = bytes(slot.sent[:size])
            del slot.sent[:size]
            return sent
        return b""

    def call(self, connection: CommandConnection, decoded: dict[str, Any]) -> bytes:
        """The application asks what it asked in the recording."""
        header = Message(int(decoded["command"], 16), decoded["flag"], decoded["param1"], decoded["param2"])
        kind = request_class(header)
        assert kind is not None
        if kind in (StartRequestConnection, StartRequestConnectionAt):
            request = start_request_connection(
                self.scenario["device_type"], dotted(decoded["param1"]) if decoded["param1"] else "", decoded["param2"]
            )
            return connection.start(request)
        return connection.start(kind.decode(header))

    def replied(self, message: Message) -> None:
        """The device answered a call."""
        if not self.calls:
            return
        call = self.calls.pop(0)
        size = len("".join(call["out"])) // 2
        out = b""
        if message.code == 0:
            numbers = message.param1.to_bytes(4, "little"), message.param2.to_bytes(4, "little")
            out = (numbers[0] + message.payload if message.payload else b"".join(numbers))[:size]
        self.reported.append({"ev": "api_result", "rc": LIBRARY_RESULTS[message.code], "out": out.hex()})

    def next_answer(self) -> dict[str, Any]:
        """The recorded answer to what has just arrived."""
        rest = self.scenario["steps"][self.at + 1 :]
        found: dict[str, Any] = next((step["decoded"] for step in rest if step.get("from") == "server"), {"flag": 0})
        return found

    def decide(self, slot: Slot, announced: Announced, now: float) -> None:
        """Take the device or not, as the recorded application did."""
        accepted, identity = slot.accepted, announced.identity
        assert accepted is not None
        if announced.kind is ConnectionKind.REQUEST and identity.device_id not in self.devices:
            slot.close()
            return
        if announced.kind is ConnectionKind.COMMAND:
            self.lose(identity.device_id)
            if self.setup.get("max_connections"):
                slot.sent += accepted.refuse_busy()
                slot.close()
                return
        slot.device_id = identity.device_id
        self.devices.setdefault(identity.device_id, []).append(slot)
        name = "connected" if announced.kind is ConnectionKind.COMMAND else "request_started"
        self.report(name)
        result = self.next_answer()["flag"]
        if result:
            slot.sent += accepted.refuse(result)
            slot.accepted = None
        elif announced.kind is ConnectionKind.COMMAND:
            answer, slot.command = accepted.take_command()
            slot.sent += answer
            slot.accepted = None
        else:
            check = float(self.setup.get("check_seconds", 100))
            answer, slot.request = accepted.take_request(now, check_duration=check)
            slot.sent += answer
            slot.accepted = None
            slot.receive(b"", now)

    def lose(self, device_id: int) -> None:
        """A device is gone: close what it has."""
        slots = self.devices.pop(device_id, [])
        for slot in slots:
            slot.close()
        if slots:
            self.report("disconnected")

    def report(self, name: str, **values: Any) -> None:
        if self.setup.get("handlers") == "none":
            return
        self.reported.append({"ev": name, "device_type": self.scenario["device_type"], **values})

    def answer(self, connection: RequestConnection, question: Question) -> bytes:
        """Answer as the recorded application did."""
        request = question.request
        match request:
            case PushLog() | PushExtendedLog():
                self.report("log", data=request.content.hex())
                result = self.next_answer()["flag"]
                return connection.refuse(question, result) if result else connection.answer(question)
            case PushImageLog():
                whole = request.content
                digest = hashlib.sha256(whole).hexdigest()
                self.report("image_log", size=len(whole), sum=sum(whole), sha256=digest)
                return connection.answer(question)
            case KeepAlive():
                return connection.answer(question)
            case AskTime():
                return connection.answer(question, ServerTime(1_700_000_000))
            case LookUpUser(user_id=user_id):
                self.report("user_info", id_type=1, id=user_id, custom_id=0)
            case LookUpCard(card_id=card_id, custom_id=custom_id):
                self.report("user_info", id_type=2, id=card_id, custom_id=custom_id)
            case IdentifyTemplate(template=template):
                self.report("matching", matching_type=1, id=0, template=template.hex())
            case VerifyTemplate(user_id=user_id, template=template):
                self.report("matching", matching_type=2, id=user_id, template=template.hex())
        return self.answer_about_user(connection, question)

    def answer_about_user(self, connection: RequestConnection, question: Question) -> bytes:
        if self.setup.get("handlers") == "none":
            return connection.refuse(question, UNSUPPORTED)
        if self.setup.get("result") == "not found":
            return connection.refuse(question, NOT_FOUND)
        content = bytes.fromhex(self.setup["user_header_hex"])
        reply: Reply = UserAnswer(content)
        if isinstance(question.request, (IdentifyTemplate, VerifyTemplate)):
            reply = MatchAnswer(self.next_answer()["param1"], content)
        return connection.answer(question, reply)

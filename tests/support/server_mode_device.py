"""A device of our own parts that asks and answers what the device of a recorded scenario did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

from doorward.protocol.biostar1.announcement import ConnectionKind, DeviceIdentity
from doorward.protocol.biostar1.device_end import (
    Admitted,
    DeviceCommandConnection,
    DeviceRequestConnection,
    DialledConnection,
    SendPieces,
    TurnedAway,
)
from doorward.protocol.biostar1.device_side import RequestReceived
from doorward.protocol.biostar1.message import Message
from doorward.protocol.biostar1.server_mode import DeviceRequest, request_class


@dataclass
class DeviceSlot:
    """One connection of the device."""

    dialled: DialledConnection | None = None
    command: DeviceCommandConnection | None = None
    request: DeviceRequestConnection | None = None
    pieces: list[bytes] = field(default_factory=list)
    asked: Message | None = None


class RecordedDevice:
    """Plays the device of a scenario: what it asks and answers is recorded, how it does so is ours."""

    def __init__(self, scenario: dict[str, Any]) -> None:
        self.scenario = scenario
        self.slots: dict[str, DeviceSlot] = {}
        self.results: list[tuple[str, int]] = []

    def play(self, step: dict[str, Any]) -> bytes:
        """Play a step; gives the one packet that the device sends in it."""
        now = step["at_ms"] / 1000
        label = step["connection"]
        event = step.get("event")
        if event == "tcp_connect":
            self.slots[label] = DeviceSlot(self.dial(label, now, inside_tls=False))
        slot = self.slots[label]
        if event == "tls_handshake":
            slot.dialled = self.dial(label, now, inside_tls=True)
            slot.pieces.append(slot.dialled.start(now))
        elif step.get("from") == "server":
            self.take(label, slot, bytes.fromhex(step["hex"]), now)
        elif step.get("from") == "device":
            if not slot.pieces:
                slot.pieces = self.speak(slot, step, now)
            return slot.pieces.pop(0)
        return b""

    def dial(self, label: str, now: float, *, inside_tls: bool) -> DialledConnection:
        kind = ConnectionKind.COMMAND if label.startswith("command") else ConnectionKind.REQUEST
        command = "0x0101" if kind is ConnectionKind.COMMAND else "0x0102"
        enciphered = next(
            (
                step["decoded"]["encrypted"]
                for step in self.scenario["steps"]
                if step["connection"] == label and step.get("decoded", {}).get("command") == command
            ),
            None,
        )
        identity = DeviceIdentity(self.scenario["device_id"], self.scenario["device_type"])
        return DialledConnection(identity, kind, now, inside_tls=inside_tls, enciphered=enciphered)

    def take(self, label: str, slot: DeviceSlot, data: bytes, now: float) -> None:
        if slot.command is not None:
            (question,) = slot.command.receive(data)
            assert isinstance(question, RequestReceived)
            slot.asked = question.header
        elif slot.request is not None:
            (answered,) = slot.request.receive(data)
            self.results.append((label, answered.result))
        else:
            assert slot.dialled is not None
            for event in slot.dialled.receive(data, now):
                if isinstance(event, SendPieces):
                    slot.pieces += event.pieces
                elif isinstance(event, TurnedAway):
                    self.results.append((label, event.result))
                else:
                    assert isinstance(event, Admitted)
                    self.results.append((label, 0))
                    self.go_on(label, slot)

    def go_on(self, label: str, slot: DeviceSlot) -> None:
        assert slot.dialled is not None
        packets = [
            step["decoded"]
            for step in self.scenario["steps"]
            if step["connection"] == label and step.get("from") == "device" and step.get("decoded")
        ]
        largest = max([packet["size"] for packet in packets if packet["total"] > 1], default=2048)
        if slot.dialled.kind is ConnectionKind.COMMAND:
            slot.command = slot.dialled.serve(packet_payload=largest)
        else:
            slot.request = slot.dialled.ask(packet_payload=largest, enciphered=packets[-1]["encrypted"])

    def speak(self, slot: DeviceSlot, step: dict[str, Any], now: float) -> list[bytes]:
        """The recorded device asks or answers; gives its packets."""
        first = step["decoded"]
        payload = "".join(
            following["decoded"].get("payload_hex", "")
            for following in self.scenario["steps"][step["n"] : step["n"] + first["total"]]
        )
        message = Message(
            int(first["command"], 16), first["flag"], first["param1"], first["param2"], bytes.fromhex(payload)
        )
        if slot.command is not None:
            assert slot.asked is not None
            return list(slot.command.reply(slot.asked, message))
        assert slot.request is not None
        kind = request_class(message)
        assert kind is not None
        return slot.request.ask(cast("DeviceRequest[Any]", kind.decode(message)), now)

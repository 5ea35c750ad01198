"""Gives a virtual device the data that a vector shows, and plays the vector's requests to it."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from doorward.protocol.biostar1.cipher import decrypt_password
from doorward.protocol.biostar1.commands.rights import ALL
from doorward.protocol.biostar1.configuration import configuration_type
from doorward.protocol.biostar1.models import MODELS, MODELS_BY_TYPE, DeviceModel
from doorward.protocol.biostar1.records import BlacklistItem, ExtendedBlacklistItem
from doorward.protocol.biostar1.results import BUSY, COMMUNICATION_DISABLED, DATABASE_FULL
from doorward.protocol.biostar1.user_data import UserForm
from doorward.simulator.fields import RecordView, with_fields
from doorward.simulator.session import DeviceSession, Send
from doorward.simulator.virtual_device import VirtualDevice

IDENTIFY, READ_CLOCK, READ_CONFIGURATION, WRITE_CONFIGURATION = 0x0001, 0x0002, 0x0030, 0x0031
NOON = 1_700_000_000.0


@dataclass
class Exchanged:
    """What was asked with one command, and what came back."""

    command: int
    code: int
    param1: int
    param2: int
    request_payload: bytes = b""
    reply: dict[str, int] = field(default_factory=dict)
    reply_payload: bytes = b""


def exchanges(case: dict[str, Any]) -> list[Exchanged]:
    """The vector's packets joined to exchanges."""
    found: list[Exchanged] = []
    for packet in case["packets"]:
        command = int(packet["command"], 16)
        payload = bytes.fromhex(packet["payload_hex"])
        if packet["dir"] == "host":
            if payload and found and found[-1].command == command:
                found[-1].request_payload += payload
            else:
                found.append(Exchanged(command, packet["code"], packet["param1"], packet["param2"], payload))
            continue
        found[-1].reply = {name: packet[name] for name in ("code", "param1", "param2")}
        found[-1].reply_payload += payload
    return found


def device_for(case: dict[str, Any]) -> VirtualDevice:
    """A device of the vector's type, holding what the vector's replies show."""
    steps = exchanges(case)
    device = VirtualDevice(_device_id(case, steps), _model(case, steps), host_time=lambda: NOON)
    for step in steps:
        prepare = PREPARATIONS.get(step.command)
        if is_made_on_demand(step):
            device.faults.refuse_for(1, step.reply["code"])
        elif step.reply.get("code") == COMMUNICATION_DISABLED:
            device.maintenance._locks[0] = b"\1"
        elif step.reply.get("code") == DATABASE_FULL:
            device.people.users.capacity = 1
            _enrol_blank(device, device.people.users.forms[0], 999)
        elif prepare is not None and step.reply and not step.reply["code"]:
            prepare(device, step)
    return device


def play(device: VirtualDevice, case: dict[str, Any]) -> bytes:
    """All bytes that the device answers when it gets the vector's packets one by one."""
    session = DeviceSession(device)
    answer = bytearray()
    for packet in case["packets"]:
        if packet["dir"] == "host":
            for action in session.receive(bytes.fromhex(packet["hex"])):
                if isinstance(action, Send):
                    answer += b"".join(action.packets)
    return bytes(answer)


def is_made_on_demand(step: Exchanged) -> bool:
    """Whether a refusal is made on demand: no state of a device leads to it."""
    code = step.reply.get("code", 0)
    return code == BUSY or (step.command == READ_CLOCK and code not in (0, COMMUNICATION_DISABLED))


def _device_id(case: dict[str, Any], steps: list[Exchanged]) -> int:
    found = [step.reply["param1"] for step in steps if step.command == IDENTIFY and step.reply]
    return found[0] if found else int(case["device_id"])


def _model(case: dict[str, Any], steps: list[Exchanged]) -> DeviceModel:
    """The vector's model, or one like it that has the vector's block: the bytes do not tell them apart."""
    identities = [step.reply["param2"] for step in steps if step.command == IDENTIFY and step.reply]
    model = MODELS_BY_TYPE[identities[0] if identities else case["device_type"]]
    for step in steps:
        size = len(step.reply_payload) if step.command == READ_CONFIGURATION else len(step.request_payload)
        if step.command not in (READ_CONFIGURATION, WRITE_CONFIGURATION) or not size:
            continue
        for candidate in (model, *MODELS):
            block = configuration_type(step.code, candidate.device_type)
            if candidate.enciphered == model.enciphered and block is not None and block.size == size:
                return candidate
    return model


def _enrol_blank(device: VirtualDevice, form: UserForm, user_id: int, **values: Any) -> None:
    header = with_fields(form.header, form.header().to_bytes(), user_id=user_id, **values)
    templates = bytes(form.template_size(RecordView(form.header, header)))
    assert device.people.users.enrol(form, header + templates, 1) == 0


def _put_users(device: VirtualDevice, step: Exchanged) -> None:
    forms = device.people.users.forms
    form = next(
        form for form in forms if step.command == form.read.COMMAND and step.code in (form.header_code, form.full_code)
    )
    content = step.reply_payload
    if step.code == form.header_code:
        headers = [content[at : at + form.header.SIZE] for at in range(0, len(content), form.header.SIZE)]
        content = b"".join(header + bytes(form.template_size(RecordView(form.header, header))) for header in headers)
    assert device.people.users.enrol(form, content, step.reply["param1"]) == 0


def _put_totals(device: VirtualDevice, step: Exchanged) -> None:
    form = device.people.users.forms[0]
    count, templates = step.reply["param1"], step.reply["param2"]
    for user_id in range(1, count + 1):
        _enrol_blank(device, form, user_id, finger_count=templates // 2 if user_id == 1 else 0)


def _put_face_totals(device: VirtualDevice, step: Exchanged) -> None:
    form = device.people.users.forms[0]
    for user_id in range(1, step.reply["param1"] + 1):
        _enrol_blank(device, form, user_id, face_count=step.reply["param2"] if user_id == 1 else 0)


def _put_deleted(device: VirtualDevice, step: Exchanged) -> None:
    ids = [number for (number,) in struct.iter_unpack("<I", step.request_payload)]
    for user_id in ids or ([step.param1] if step.param1 else []):
        _enrol_blank(device, device.people.users.forms[0], user_id)


def _put_logs(device: VirtualDevice, step: Exchanged) -> None:
    device.log.add_records(step.reply_payload)


def _put_blank_logs(device: VirtualDevice, step: Exchanged) -> None:
    device.log.add_records(bytes(device.log.record_size * step.reply["param1"]))


def _put_legacy(name: str, size: int) -> Callable[[VirtualDevice, Exchanged], None]:
    def prepare(device: VirtualDevice, step: Exchanged) -> None:
        table = getattr(device.rights, name)
        for at in range(0, len(step.reply_payload), size):
            item = step.reply_payload[at : at + size]
            table[int.from_bytes(item[:4], "little")] = item
        if not step.reply_payload and step.param1 != ALL:
            table[step.param1] = bytes(size)

    return prepare


def _put_blacklist(device: VirtualDevice, step: Exchanged) -> None:
    kind = BlacklistItem if step.command == 0x00B8 else ExtendedBlacklistItem
    for at in range(0, len(step.reply_payload), kind.SIZE):
        device.blacklist.add(kind.from_bytes(step.reply_payload[at : at + kind.SIZE]))


def _put_greetings(device: VirtualDevice, step: Exchanged) -> None:
    size = len(step.reply_payload) // step.reply["param1"]
    for at in range(0, len(step.reply_payload), size):
        greeting = step.reply_payload[at : at + size]
        device.people.greetings[int.from_bytes(greeting[:4], "little")] = greeting


def _put_password(device: VirtualDevice, step: Exchanged) -> None:
    block = step.request_payload
    device.maintenance.password = block if device.model.enciphered else decrypt_password(block)


def _put_cards(device: VirtualDevice, step: Exchanged) -> None:
    from doorward.simulator.readers import PresentedCard

    device.readers.cards.append(PresentedCard(step.reply["param1"], step.reply["param2"]))


def _put_face(device: VirtualDevice, step: Exchanged) -> None:
    size = step.reply["param1"]
    device.readers.faces.append((step.reply_payload[:size], step.reply_payload[size:]))


def _put_bus(device: VirtualDevice, step: Exchanged) -> None:
    device.maintenance.bus = list(struct.iter_unpack("<Ii", step.reply_payload))


def _put_images(device: VirtualDevice, step: Exchanged) -> None:
    for _ in range(step.reply["param1"]):
        device.images.add(0x27, 0, 1, b"picture")


PREPARATIONS: dict[int, Callable[[VirtualDevice, Exchanged], Any]] = {
    0x0002: lambda device, step: device.clock.set(step.reply["param1"]),
    0x000B: lambda device, step: setattr(device.maintenance, "password", step.request_payload[:16]),
    0x000C: _put_bus,
    0x0011: _put_logs,
    0x0012: _put_logs,
    0x0013: _put_blank_logs,
    0x0014: _put_blank_logs,
    0x0017: _put_logs,
    0x0018: _put_logs,
    0x001A: lambda device, step: device.images.add_record(step.reply_payload),
    0x001C: _put_images,
    0x0021: _put_deleted,
    0x0022: _put_users,
    0x0023: _put_totals,
    0x0025: _put_users,
    0x0026: lambda device, step: setattr(device.readers, "last_finger_image", step.reply_payload),
    0x0027: _put_cards,
    0x002A: _put_users,
    0x002D: _put_users,
    0x002E: _put_face,
    0x002F: _put_face_totals,
    0x0030: lambda device, step: device.configuration.put(step.code, step.reply_payload),
    0x0036: lambda device, step: setattr(device.maintenance, "storage", (step.reply["param1"], step.reply["param2"])),
    0x003A: lambda device, step: device.people.pictures.update({step.param1: step.reply_payload}),
    0x0051: _put_legacy("legacy_schedules", 180),
    0x0052: _put_legacy("legacy_schedules", 180),
    0x0054: _put_legacy("legacy_holidays", 124),
    0x0055: _put_legacy("legacy_holidays", 124),
    0x0057: _put_legacy("legacy_access_groups", 104),
    0x0058: _put_legacy("legacy_access_groups", 104),
    0x0059: lambda device, step: device.rights.replace(step.code, step.reply_payload),
    0x0061: _put_password,
    0x0063: lambda device, step: device.readers.fingers.append(step.reply_payload),
    0x0081: _put_greetings,
    0x00B1: lambda device, step: device.readers.layouts.update({step.code: step.reply_payload}),
    0x00B3: lambda device, step: device.readers.template_cards.update(
        {step.code: (step.reply["param2"], step.reply_payload)}
    ),
    0x00B8: _put_blacklist,
    0x00BB: _put_blacklist,
}

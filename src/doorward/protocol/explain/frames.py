"""Datagrams of BioStar 2 explained (protocol notes for BioStar 2, sections 2 and 5)."""

from __future__ import annotations

import struct
from dataclasses import replace

from doorward.protocol.biostar1.datagram import DATAGRAM_SIZE as OTHER_DATAGRAM_SIZE
from doorward.protocol.biostar2.frame import CIPHERED_FLAG, DATAGRAM_SIZE, HEADER_SIZE, MAGIC, Frame, decode_frame
from doorward.protocol.biostar2.models import type_title
from doorward.protocol.biostar2.network_settings import (
    GET_CONFIGURATION,
    GET_IPV6_CONFIGURATION,
    IP_CONFIGURATION_MASK,
    SET_CONFIGURATION,
    IpConfiguration,
    decode_container,
)
from doorward.protocol.biostar2.results import SUCCESS, result_words
from doorward.protocol.biostar2.search import SEARCH, SEARCH_CORE_STATION, SearchReply
from doorward.protocol.errors import RemoteProtocolError
from doorward.protocol.explain.message import Explained, Sender, Value, joined_errors
from doorward.protocol.explain.values import ValueWriter, shown_bytes

_NAMES = {
    SEARCH: "BioStar 2 search",
    SEARCH_CORE_STATION: "BioStar 2 search for CoreStation",
    GET_CONFIGURATION: "BioStar 2 read network settings",
    SET_CONFIGURATION: "BioStar 2 write network settings",
    GET_IPV6_CONFIGURATION: "BioStar 2 read IPv6 settings",
}
_CLEAR_HEADER = struct.Struct("<4sIIHHHH")  # never ciphered
_CIPHERED_HEADER = struct.Struct("<IHHII")


def is_frame(data: bytes) -> bool:
    """Whether a datagram is a BioStar 2 frame: 1024 bytes or more, where BioStar 1 has 982.

    A cut one is told by its header: the second word is 0 where BioStar 1 has the device's number, and the number of
    fragments is not.
    """
    if not data.startswith(MAGIC) or len(data) == OTHER_DATAGRAM_SIZE:
        return False
    if len(data) >= DATAGRAM_SIZE:
        return True
    if len(data) < HEADER_SIZE:
        return False
    _, reserved, _, flags, _, index, total = _CLEAR_HEADER.unpack_from(data)
    size, _, command, _, _ = _CIPHERED_HEADER.unpack_from(data, _CLEAR_HEADER.size)
    plausible = reserved == 0 and index < total and flags <= 0xF
    return bool(plausible and size <= DATAGRAM_SIZE - HEADER_SIZE and command >= SEARCH)


def explain_frame(data: bytes, sender: Sender, *, show_secrets: bool = False) -> Explained:
    """Explain a datagram with a BioStar 2 frame.

    Args:
        data: The datagram, at least a start mark.
        sender: Who sent it; without it the payload tells, as far as it can.
        show_secrets: Show what is secret.
    """
    wrong_size = ""
    if len(data) < DATAGRAM_SIZE:
        wrong_size = f"the datagram has {len(data)} bytes, every one has at least {DATAGRAM_SIZE}"
    try:
        frame = decode_frame(data)
    except RemoteProtocolError as problem:
        return replace(_header_alone(data, sender), error=joined_errors(problem.message, wrong_size))
    if sender is Sender.UNKNOWN:
        sender = _sender(frame)
    error = wrong_size
    try:
        fields = _fields(frame, sender, ValueWriter(show_secrets=show_secrets, model_words=type_title))
    except RemoteProtocolError as problem:
        fields, error = {}, joined_errors(problem.message, wrong_size)
    name = _NAMES.get(frame.command, f"BioStar 2 command {frame.command:#06x}")
    return Explained(
        f"reply to {name}" if sender is Sender.DEVICE else name,
        fields,
        error,
        sender,
        frame.payload,
        frame.device_id,
        False,
        frame.sequence,
        frame.fragment_index,
        frame.fragment_total,
        len(frame.payload),
        frame.command,
        frame.option,
        frame.param1,
        frame.param2,
    )


def _header_alone(data: bytes, sender: Sender) -> Explained:
    """What can be told of a frame that cannot be read."""
    if len(data) < HEADER_SIZE:
        return Explained("BioStar 2 frame", {"bytes": len(data), "beginning": data.hex()}, "", sender)
    _, _, device_id, flags, sequence, index, total = _CLEAR_HEADER.unpack_from(data)
    ciphered = bool(flags & CIPHERED_FLAG)
    explained = Explained(
        "BioStar 2 frame",
        sender=sender,
        device_id=device_id,
        encrypted=ciphered,
        sequence=sequence,
        index=index,
        count=total,
    )
    if ciphered:
        return explained
    size, option, command, param1, param2 = _CIPHERED_HEADER.unpack_from(data, _CLEAR_HEADER.size)
    return replace(
        explained,
        name=_NAMES.get(command, f"BioStar 2 command {command:#06x}"),
        payload=bytes(data[HEADER_SIZE : HEADER_SIZE + size]),
        size=size,
        command=command,
        code=option,
        param1=param1,
        param2=param2,
    )


def _sender(frame: Frame) -> Sender:
    """Questions and answers differ in their payload (section 5)."""
    if frame.command in (SEARCH, SEARCH_CORE_STATION):
        return Sender.DEVICE if frame.payload or frame.option else Sender.HOST
    if frame.command in (GET_CONFIGURATION, GET_IPV6_CONFIGURATION):
        return Sender.HOST if frame.payload and not any(frame.payload) else Sender.DEVICE
    if frame.command == SET_CONFIGURATION:
        return Sender.HOST if frame.payload else Sender.DEVICE
    return Sender.UNKNOWN


def _fields(frame: Frame, sender: Sender, values: ValueWriter) -> dict[str, Value]:
    told: dict[str, Value] = {}
    if sender is Sender.DEVICE:
        told["result"] = result_words(frame.option)
        if frame.option != SUCCESS:
            return told
        if frame.command in (SEARCH, SEARCH_CORE_STATION):
            return {**told, **values.record(SearchReply.from_frame(frame).answer)}
        if frame.command in (GET_CONFIGURATION, GET_IPV6_CONFIGURATION):
            return {**told, **_blocks(frame.payload, values)}
    elif frame.command in (GET_CONFIGURATION, GET_IPV6_CONFIGURATION):
        return {"mask": frame.param2}
    elif frame.command == SET_CONFIGURATION:
        return _blocks(frame.payload, values)
    if frame.payload and frame.command not in _NAMES:
        told["payload"] = shown_bytes(frame.payload)
    return told


def _blocks(payload: bytes, values: ValueWriter) -> dict[str, Value]:
    """The blocks of a container of settings."""
    told: dict[str, Value] = {}
    for block in decode_container(payload):
        if block.mask == IP_CONFIGURATION_MASK:
            told["network_settings"] = values.record(IpConfiguration.from_bytes(block.data, longer=True))
        else:
            told[f"block_{block.mask:#x}"] = shown_bytes(block.data)
    return told

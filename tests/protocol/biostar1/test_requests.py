"""Every request and reply of the golden vectors through the typed declarations, and rubbish through both ends."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorward.protocol.biostar1.cipher import TCP_CIPHER
from doorward.protocol.biostar1.client import ClientConnection, ReplyReceived, SendPayload, State
from doorward.protocol.biostar1.commands import REQUESTS, command_words, has_payload_packets, request_class
from doorward.protocol.biostar1.commands.clock import ReadClock, SetClock
from doorward.protocol.biostar1.commands.identity import ChangePassword, EnableCommunication, Identify
from doorward.protocol.biostar1.commands.logs import DeleteAllLogs, DeleteLogs, ReadLogs
from doorward.protocol.biostar1.commands.settings import WriteConfiguration
from doorward.protocol.biostar1.commands.users import DeleteAllUsers, DeleteUser, DeleteUsers, ListBioStationUsers
from doorward.protocol.biostar1.device_side import DeviceConnection, RequestReceived, WriteOffered
from doorward.protocol.biostar1.message import Message, encode_message
from doorward.protocol.biostar1.packet import TRAILER_SIZE, Packet, encode_packet
from doorward.protocol.biostar1.request import Exchange, Part, Request, parts_of
from doorward.protocol.biostar1.results import DatabaseFullError, UnknownResultError, result_error, result_words
from doorward.protocol.biostar1.stream import PacketDecoder
from doorward.protocol.errors import LocalProtocolError, RemoteProtocolError
from tests.support.vectors import tcp_cases

# Cases that send bare packets or stop before a whole exchange: the framing tests read those.
BARE = {"BS_SendSinglePacket", "BS_SendPacket"}
REFUSED_WRITES = {"users/enroll_db_full_Ex", "users/enroll_db_full_BEPlus"}
EXCHANGES = [
    pytest.param(item, id=name)
    for name, item in tcp_cases()
    if item["sdk_call"] not in BARE and name not in REFUSED_WRITES
]


def written(request: Request[Any], like: Message) -> bytes:
    """A request's bytes under the header of another message."""
    outgoing = request.encode()
    parts = [outgoing.header] if outgoing.payload is None else [outgoing.header, outgoing.payload]
    return b"".join(
        raw
        for part in parts
        for raw in encode_message(replace(part, device_id=like.device_id, encrypted=like.encrypted))
    )


@pytest.mark.parametrize("vector", EXCHANGES)
def test_requests_of_a_vector_are_known_and_written_alike(vector: dict[str, Any]) -> None:
    connection = DeviceConnection(vector["device_id"])
    produced = b""
    for event in connection.receive(bytes.fromhex(vector["request_hex"])):
        if isinstance(event, WriteOffered):
            connection.accept()
            continue
        kind = request_class(event.header)
        assert kind is not None, event.header
        produced += written(kind.decode(event.message), event.header)
    assert produced.hex() == vector["request_hex"]


@pytest.mark.parametrize("vector", EXCHANGES)
def test_replies_of_a_vector_are_read_and_written_alike(vector: dict[str, Any]) -> None:
    """Each reply goes through its typed reply and comes out with the declared numbers and the same payload."""
    connection = DeviceConnection(vector["device_id"])
    asked: list[Request[Any]] = []
    for event in connection.receive(bytes.fromhex(vector["request_hex"])):
        if isinstance(event, WriteOffered):
            connection.accept()
        else:
            kind = request_class(event.header)
            assert kind is not None
            asked.append(kind.decode(event.message))
    replies = [packet for packet in vector["packets"] if packet["dir"] == "device" and packet["checksum_ok"]]
    if vector["name"] == "read_log_50000":  # the vector keeps only the first and the last packet
        return
    for request in asked:
        mine = [packet for packet in replies if int(packet["command"], 16) == request.COMMAND]
        if not mine or mine[0]["code"] != 0 or request.EXCHANGE not in {Exchange.DATA, Exchange.SIMPLE}:
            continue
        payload = b"".join(bytes.fromhex(packet["payload_hex"]) for packet in mine)
        message = Message(request.COMMAND, 0, mine[0]["param1"], mine[0]["param2"], payload)
        reply = request.decode_reply(message)
        again = reply.encode(request.COMMAND)
        assert again.payload == payload
        # What a reply does not declare, a device may fill as it likes.
        for item in parts_of(type(reply)):
            if item.part is Part.PARAM1:
                assert again.param1 == message.param1
            elif item.part is Part.PARAM2:
                assert again.param2 == message.param2


@pytest.mark.parametrize("vector", [p for p in EXCHANGES if p.values[0]["device_type"] in (0, 1)])  # type: ignore[index]
def test_client_end_produces_the_bytes_and_takes_the_answer(vector: dict[str, Any]) -> None:
    """The client end, driven with the typed requests of a vector, sends its bytes and ends each exchange."""
    if vector["name"] in {"bad_checksum_reply", "no_reply_timeout", "read_log_50000", "search_device_one"}:
        return
    device_id = vector["packets"][0]["deviceID"]
    enciphered = vector["device_type"] == 1
    device = DeviceConnection(device_id)
    asked = []
    for event in device.receive(bytes.fromhex(vector["request_hex"])):
        if isinstance(event, WriteOffered):
            device.accept()
        else:
            kind = request_class(event.header)
            assert kind is not None
            asked.append(kind.decode(event.message))
    client = ClientConnection(device_id=device_id, enciphered=enciphered)
    answers = PacketDecoder().feed(bytes.fromhex(vector["response_hex"]))
    sent = b""
    for request in asked:
        sent += client.start(request)
        while client.state is not State.IDLE:
            packet = answers.pop(0)
            raw = encode_packet(packet, TCP_CIPHER)
            for happened in client.receive(raw):
                if isinstance(happened, SendPayload):
                    sent += b"".join(happened.packets)
                elif isinstance(happened, ReplyReceived) and happened.message.code == 0:
                    request.decode_reply(happened.message)
    assert sent.hex() == vector["request_hex"]
    assert answers == []


def test_every_command_has_words() -> None:
    for command, kinds in REQUESTS.items():
        assert command_words(command)
        assert all(kind.PURPOSE and kind.__doc__ for kind in kinds)
    assert command_words(0x7777) == "unknown command 0x7777"


@pytest.mark.parametrize(
    ("header", "follows"),
    [
        (Message(0x0021, param1=0, param2=2), True),
        (Message(0x0021, param1=0, param2=0), False),
        (Message(0x0021, param1=5, param2=5), False),
        (Message(0x0042, 1, 1, 5), True),
        (Message(0x0042), False),
        (Message(0x0043, 1, 9), True),
        (Message(0x0043, 1, 0, 1), False),
        (Message(0x00B7, param1=2, param2=16), True),
        (Message(0x00B7), False),
        (Message(0x005A, 3), True),
        (Message(0x0001), False),
        (Message(0x0001, param1=1, param2=1500), True),
        (Message(0x0002), False),
        (Message(0x7777), False),
    ],
)
def test_payload_packets_are_known_from_the_header(header: Message, follows: bool) -> None:
    assert has_payload_packets(header) is follows


def test_zero_never_means_all_by_accident() -> None:
    for request in (DeleteUser(0), DeleteUsers(()), DeleteLogs(0)):
        with pytest.raises(LocalProtocolError, match="0 is not allowed"):
            request.encode()
    assert isinstance(request_class(Message(0x0021)), type)
    assert request_class(Message(0x0021)) is DeleteAllUsers
    assert request_class(Message(0x0013)) is DeleteAllLogs
    assert request_class(Message(0x0013, param1=5)) is DeleteLogs


def test_numbers_that_do_not_fit_are_named() -> None:
    with pytest.raises(LocalProtocolError, match=r"SetClock\.local_time: 4294967296 .* 0 to 4294967295"):
        SetClock(1 << 32).encode()


def test_result_codes_in_words() -> None:
    error = result_error(0x6C, "enrol users")
    assert isinstance(error, DatabaseFullError)
    assert error.code == 0x6C
    assert "refused to enrol users" in str(error)
    assert error.advice
    assert isinstance(result_error(0x99, "x"), UnknownResultError)
    assert result_words(0) == "success"


@pytest.mark.parametrize("enciphered", [False, True])
def test_communication_password(enciphered: bool) -> None:
    request = EnableCommunication.with_password(b"secret12", enciphered_model=enciphered)
    assert len(request.block) == 16
    assert request.password(enciphered_model=enciphered) == b"secret12"
    with pytest.raises(LocalProtocolError):
        ChangePassword.from_to(b"x" * 17, b"")


def reply(command: int, code: int = 0, param1: int = 0, param2: int = 0, payload: bytes = b"") -> bytes:
    return b"".join(encode_message(Message(command, code, param1, param2, payload, 5)))


def test_one_request_at_a_time() -> None:
    client = ClientConnection()
    client.start(Identify())
    with pytest.raises(LocalProtocolError, match="waits for the reply"):
        client.start(ReadClock())


def test_reply_to_another_command_ends_the_connection() -> None:
    client = ClientConnection()
    client.start(ReadClock())
    with pytest.raises(RemoteProtocolError, match="0x0014 arrived; 0x0002"):
        client.receive(reply(0x0014))
    with pytest.raises(LocalProtocolError, match="out of step"):
        client.start(ReadClock())


def test_reply_that_nobody_asked_for() -> None:
    with pytest.raises(RemoteProtocolError, match="nothing was asked"):
        ClientConnection().receive(reply(0x0002))


def test_refused_write_sends_no_payload() -> None:
    client = ClientConnection()
    client.start(WriteConfiguration(0x10, bytes(204)))
    (event,) = client.receive(reply(0x0031, 0x65))
    assert isinstance(event, ReplyReceived)
    assert event.message.code == 0x65
    assert client.state is State.IDLE


def test_list_of_nobody_needs_one_reply() -> None:
    client = ClientConnection()
    client.start(ListBioStationUsers())
    (event,) = client.receive(reply(0x0025, 0x68))
    assert isinstance(event, ReplyReceived)
    assert client.state is State.IDLE


def test_streamed_reply_is_never_held_whole() -> None:
    client = ClientConnection()
    client.start(ReadLogs(0), streamed=True)
    payload = bytes(range(256)) * 400
    pieces = b""
    raw = reply(0x0012, param1=len(payload) // 16, payload=payload)
    for start in range(0, len(raw), 777):
        for event in client.receive(raw[start : start + 777]):
            if isinstance(event, ReplyReceived):
                assert event.message.payload == b""
            else:
                pieces += event.content  # type: ignore[union-attr]
    assert pieces == payload
    assert client.state is State.IDLE


def test_device_end_takes_another_command_as_a_new_request() -> None:
    device = DeviceConnection(5)
    (offer,) = device.receive(b"".join(encode_message(Message(0x0031, 0x10, 204))))
    assert isinstance(offer, WriteOffered)
    assert device.accept()
    assert device.waits_for_payload
    (event,) = device.receive(b"".join(encode_message(Message(0x0002))))
    assert isinstance(event, RequestReceived)
    assert not device.waits_for_payload


def test_device_end_accepts_only_what_is_offered() -> None:
    with pytest.raises(LocalProtocolError, match="no write is offered"):
        DeviceConnection(5).accept()


packets = st.builds(
    Packet,
    device_id=st.just(5),
    command=st.sampled_from([*REQUESTS, 0x7777]),
    code=st.integers(0, 3),
    param1=st.integers(0, 40),
    param2=st.integers(0, 40),
    payload=st.binary(max_size=300),
    index=st.integers(0, 2),
    count=st.integers(0, 3),
    encrypted=st.booleans(),
)


@given(st.lists(packets, max_size=6))
@settings(max_examples=200)
def test_device_end_survives_any_packets(given_packets: list[Packet]) -> None:
    device = DeviceConnection(5)
    try:
        for event in device.receive(b"".join(encode_packet(packet, TCP_CIPHER) for packet in given_packets)):
            if isinstance(event, WriteOffered):
                device.accept()
            else:
                kind = request_class(event.header)
                if kind is not None:
                    kind.decode(event.message)
    except RemoteProtocolError:
        pass


@given(st.sampled_from([kind for kinds in REQUESTS.values() for kind in kinds]), st.lists(packets, max_size=5))
@settings(max_examples=200)
def test_client_end_survives_any_replies(kind: type[Request[Any]], given_packets: list[Packet]) -> None:
    client = ClientConnection(device_id=5)
    request = kind.decode(Message(kind.COMMAND, payload=b"")) if kind not in UNDECODABLE_EMPTY else None
    if request is None:
        return
    try:
        client.start(request)
        for packet in given_packets:
            for event in client.receive(encode_packet(replace(packet, command=kind.COMMAND), TCP_CIPHER)):
                if isinstance(event, ReplyReceived) and event.message.code == 0:
                    request.decode_reply(event.message)
    except (RemoteProtocolError, LocalProtocolError):
        pass


def _undecodable() -> set[type[Request[Any]]]:
    found = set()
    for kinds in REQUESTS.values():
        for kind in kinds:
            try:
                kind.decode(Message(kind.COMMAND, payload=b""))
            except RemoteProtocolError:
                found.add(kind)
    return found


UNDECODABLE_EMPTY = _undecodable()


def test_trailer_is_never_ciphered() -> None:
    raw = encode_packet(Packet(5, 0x0002, encrypted=True), TCP_CIPHER)
    assert raw[-4:] == b">>}}"
    assert len(raw) == 32 + TRAILER_SIZE

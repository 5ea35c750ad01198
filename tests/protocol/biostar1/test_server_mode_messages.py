"""Messages of server mode against the recorded scenarios, and both directions of each."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.protocol.biostar1 import server_mode
from doorward.protocol.biostar1.cipher import TCP_CIPHER
from doorward.protocol.biostar1.message import Message
from doorward.protocol.biostar1.packet import MAXIMUM_PAYLOAD_RECEIVED, Packet, decode_packet, encode_packet
from doorward.protocol.biostar1.records import UserHeaderBioStation
from doorward.protocol.biostar1.records.logs import ExtendedLogRecord, ImageLogHeader, LogRecord
from doorward.protocol.biostar1.request import Request
from doorward.protocol.biostar1.server_mode import (
    DEVICE_REQUESTS,
    SERVER_REQUESTS,
    USER_HEADERS,
    AskTime,
    IdentifyTemplate,
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
    WriteCertificate,
    asked_by_device,
    has_payload_packets,
    read_user_header,
    refused_user_answer,
    request_class,
    server_result_words,
)
from doorward.protocol.errors import LocalProtocolError, RemoteProtocolError

VECTORS = Path(__file__).parents[2] / "data" / "vectors" / "biostar1-server-mode"
SCENARIOS = {path.stem: json.loads(path.read_text()) for path in sorted(VECTORS.glob("*.json"))}


def packets(scenario: str) -> Iterator[tuple[str, Packet]]:
    for step in SCENARIOS[scenario]["steps"]:
        decoded = step.get("decoded")
        if decoded and decoded["checksum_ok"] and decoded["size"] <= MAXIMUM_PAYLOAD_RECEIVED:
            read = decode_packet(bytes.fromhex(step["hex"]), TCP_CIPHER)
            assert read is not None
            yield step["from"], read[0]


def message(packet: Packet, payload: bytes | None = None) -> Message:
    return Message(
        packet.command,
        packet.code,
        packet.param1,
        packet.param2,
        packet.payload if payload is None else payload,
        packet.device_id,
        packet.encrypted,
    )


def sent(scenario: str, command: int, sender: str) -> Message:
    return next(message(p) for side, p in packets(scenario) if side == sender and p.command == command)


# 0x0104, 0x0105 and 0x010c are in the recording on purpose; 0x0001 and 0x0101 are asked there by the wrong side.
@pytest.mark.parametrize("scenario", [name for name in SCENARIOS if not name.startswith("unknown-commands")])
def test_every_question_of_the_recordings_is_known_and_written_back_as_it_came(scenario: str) -> None:
    checked = 0
    for sender, packet in packets(scenario):
        asker = "device" if asked_by_device(packet.command) else "server"
        if sender != asker or packet.count != 1:
            continue
        question = message(packet)
        kind = request_class(question)
        if kind is None or (packet.size and not asked_by_device(packet.command)):
            continue  # payload packets of a write
        checked += 1
        request = kind.decode(question)
        if question.command in SERVER_REQUESTS and has_payload_packets(question):
            continue  # the size of the file stands in the header packet, the file follows
        written = request.encode().header
        again = Packet(
            packet.device_id,
            written.command,
            written.code,
            written.param1,
            written.param2,
            written.payload,
            encrypted=packet.encrypted,
        )
        assert encode_packet(again, TCP_CIPHER) == encode_packet(packet, TCP_CIPHER)
    assert checked or scenario.startswith(("identity-unanswered", "device-speaks-first"))


@pytest.mark.parametrize("device_type", [0, 1, 4, 5, 7, 10, 12])
def test_start_of_the_request_connection_takes_the_form_of_the_type(device_type: int) -> None:
    question = sent(f"start-request-type{device_type}", server_mode.START_REQUEST_CONNECTION, "server")
    kind = request_class(question)
    if device_type in server_mode.TYPES_TOLD_THE_ADDRESS:
        assert kind is StartRequestConnectionAt
        request = StartRequestConnectionAt.decode(question)
        assert StartRequestConnectionAt.to(request.address, request.server_port) == request
    else:
        assert kind is StartRequestConnection


def test_the_servers_address_stands_in_network_order() -> None:
    header = StartRequestConnectionAt.to("192.168.1.10", 1480).encode().header
    assert header.param1.to_bytes(4, "little") == bytes([192, 168, 1, 10])
    with pytest.raises(LocalProtocolError, match="IPv4"):
        StartRequestConnectionAt.to("server.example")


@pytest.mark.parametrize("device_type", [0, 1, 3, 4, 6, 7, 10])
def test_user_answers_carry_the_header_of_the_type(device_type: int) -> None:
    vector = SCENARIOS[f"user-info-type{device_type}"]
    answer = UserAnswer.decode(sent(f"user-info-type{device_type}", server_mode.LOOK_UP_USER, "server"))
    expected = bytes.fromhex(vector["server_setup"]["user_header_hex"])
    user = answer.user(device_type)
    assert user.user_id == vector["server_setup"]["user_header"]["user_id"]
    assert UserAnswer.of(user).encode(server_mode.LOOK_UP_USER).payload == expected


@pytest.mark.parametrize("device_type", [0, 1, 3, 4, 6, 10])
def test_matching(device_type: int) -> None:
    scenario = f"matching-type{device_type}"
    questions = [
        message(p) for side, p in packets(scenario) if side == "device" and p.command == server_mode.MATCH_TEMPLATE
    ]
    answers = [
        message(p) for side, p in packets(scenario) if side == "server" and p.command == server_mode.MATCH_TEMPLATE
    ]
    kinds = [request_class(question) for question in questions]
    assert IdentifyTemplate in kinds
    assert VerifyTemplate in kinds
    assert {MatchAnswer.decode(answer).duress for answer in answers} == {True, False}
    for answer in answers:
        match = MatchAnswer.decode(answer)
        again = MatchAnswer.of(match.user(device_type), duress=match.duress).encode(server_mode.MATCH_TEMPLATE)
        assert (again.param1, again.payload) == (answer.param1, answer.payload)


@pytest.mark.parametrize("device_type", [0, 1, 4, 10])
def test_a_user_that_is_missing(device_type: int) -> None:
    recorded = sent(f"user-info-missing-type{device_type}", server_mode.LOOK_UP_USER, "server")
    own = refused_user_answer(server_mode.LOOK_UP_USER, recorded.code, device_type)
    assert (own.code, own.payload) == (recorded.code, recorded.payload)


def test_a_type_without_a_known_header() -> None:
    assert refused_user_answer(server_mode.LOOK_UP_USER, 0x68, 99).payload == b""
    with pytest.raises(RemoteProtocolError, match="type 99"):
        read_user_header(bytes(148), 99)


def test_certificate_is_a_write() -> None:
    question = sent("delete-certificate-type0", server_mode.CERTIFICATE, "server")
    assert not has_payload_packets(question)
    outgoing = WriteCertificate(b"x" * 5000).encode()
    assert (outgoing.header.code, outgoing.header.param1, outgoing.header.payload) == (1, 5000, b"")
    assert outgoing.payload is not None
    assert WriteCertificate.decode(outgoing.payload).file == b"x" * 5000
    assert has_payload_packets(outgoing.header)


@given(st.integers(0, 0xFFFFFFFF), st.integers(-(2**31), 2**31 - 1))
def test_pushed_records_both_ways(user_id: int, local_time: int) -> None:
    record = LogRecord(0x27, 0x2F, 0xFFFF, local_time, user_id)
    push = PushLog.of(record)
    assert PushLog.decode(push.encode().header).records == [record]
    extended = ExtendedLogRecord(0x27, 0x2F, 0xFFFF, local_time, user_id, 7, 4)
    assert PushExtendedLog.decode(PushExtendedLog.of(extended).encode().header).records == [extended]


@pytest.mark.parametrize(("kind", "size"), [(PushLog, 0), (PushLog, 15), (PushLog, 17), (PushExtendedLog, 16)])
def test_a_push_of_broken_records_is_refused(kind: type[PushLog | PushExtendedLog], size: int) -> None:
    with pytest.raises(RemoteProtocolError, match="whole log records"):
        kind.decode(Message(kind.COMMAND, payload=bytes(size)))


def test_pushed_pictures_both_ways() -> None:
    push = PushImageLog.of(ImageLogHeader(event=0x27, local_time=5), b"JPEG")
    again = PushImageLog.decode(push.encode().header)
    assert again.picture == b"JPEG"
    assert again.header.event == 0x27


@pytest.mark.parametrize("payload", [b"", bytes(23), ImageLogHeader(image_size=5).to_bytes() + b"JPEG"])
def test_a_picture_that_is_cut_is_refused(payload: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        PushImageLog.decode(Message(PushImageLog.COMMAND, payload=payload))


def test_time_question() -> None:
    answer = ServerTime(1_700_000_000).encode(AskTime.COMMAND)
    assert AskTime().decode_reply(answer).local_time == 1_700_000_000


@pytest.mark.parametrize("kind", [kind for kinds in DEVICE_REQUESTS.values() for kind in kinds])
def test_what_the_device_asks_is_found_again(kind: type[Request[Any]]) -> None:
    assert request_class(kind().encode().header) is kind


def test_lookups_are_told_apart_by_their_flag() -> None:
    assert request_class(LookUpUser(5).encode().header) is LookUpUser
    assert request_class(LookUpCard(5, 6).encode().header) is LookUpCard
    assert request_class(Message(server_mode.LOOK_UP_USER, 3)) is None
    assert request_class(Message(0x0104)) is None


def test_headers_of_all_types() -> None:
    sizes = {device_type: header.SIZE for device_type, header in USER_HEADERS.items()}
    assert sizes == {0: 148, 1: 128, 2: 128, 3: 128, 4: 388, 5: 388, 6: 388, 7: 128, 10: 756, 11: 128, 12: 128}
    assert USER_HEADERS[0] is UserHeaderBioStation


@pytest.mark.parametrize(
    ("code", "words"), [(0, "success"), (0xCA, "the server does not allow it"), (0x68, "it has no such item")]
)
def test_result_words(code: int, words: str) -> None:
    assert server_result_words(code) == words

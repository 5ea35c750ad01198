"""Both ends of server mode against each other, against time and against whatever may arrive."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorward.model.errors import TimedOut
from doorward.protocol.biostar1.announcement import ConnectionKind, DeviceIdentity
from doorward.protocol.biostar1.client import ReplyReceived, SendPayload
from doorward.protocol.biostar1.commands.clock import ReadClock
from doorward.protocol.biostar1.device_end import (
    ANSWER_LIMIT,
    DECISION_LIMIT,
    QUESTION_LIMIT,
    Admitted,
    DeviceCommandConnection,
    DeviceRequestConnection,
    DialledConnection,
    SendPieces,
    TurnedAway,
)
from doorward.protocol.biostar1.device_side import RequestReceived, WriteOffered
from doorward.protocol.biostar1.message import Message, encode_message
from doorward.protocol.biostar1.models import MODELS
from doorward.protocol.biostar1.packet import HEADER_SIZE, START_MARK
from doorward.protocol.biostar1.records.logs import ImageLogHeader, LogRecord
from doorward.protocol.biostar1.recovering_stream import MAXIMUM_DROPPED, Dropped
from doorward.protocol.biostar1.results import BUSY, INVALID_PARAMETER, NOT_FOUND, UNSUPPORTED
from doorward.protocol.biostar1.server_connections import (
    MAXIMUM_QUESTION,
    UNFINISHED_LIMIT,
    CommandConnection,
    Question,
    Refused,
    RequestConnection,
    start_request_connection,
)
from doorward.protocol.biostar1.server_end import (
    ANNOUNCEMENT_LIMIT,
    ASK_AFTER,
    IDENTITY_LIMIT,
    AcceptedConnection,
    Announced,
    AskIdentity,
    HttpRequest,
    Phase,
    TlsHello,
)
from doorward.protocol.biostar1.server_mode import (
    USER_HEADERS,
    AskTime,
    DeleteCertificate,
    KeepAlive,
    LookUpUser,
    PushImageLog,
    PushLog,
    ServerTime,
    StartRequestConnection,
    UserAnswer,
    WriteCertificate,
)
from doorward.protocol.errors import LocalProtocolError, RemoteProtocolError
from tests.support.vectors import server_mode_cases

TYPES = [model.device_type for model in MODELS]
WHO = DeviceIdentity(12345, 4)
COMMAND, REQUEST = ConnectionKind.COMMAND, ConnectionKind.REQUEST


def packet(command: int, **values: Any) -> bytes:
    return b"".join(encode_message(Message(command, **values)))


def identity_answer(who: DeviceIdentity = WHO) -> bytes:
    return packet(0x0001, param1=who.device_id, param2=who.device_type)


def announcement(kind: ConnectionKind = COMMAND, who: DeviceIdentity = WHO) -> bytes:
    return packet(0x0101 if kind is COMMAND else 0x0102, device_id=who.device_id)


def admit(who: DeviceIdentity, kind: ConnectionKind, *, tls: bool = False) -> tuple[AcceptedConnection, Any]:
    """Let a device dial until the server's application has to decide."""
    server = AcceptedConnection(0.0, certificate=who if tls else None)
    device = DialledConnection(who, kind, 0.0, inside_tls=tls)
    pieces = [device.start(0.0)] if tls else []
    if not tls:
        assert device.start(0.0) == b""
        question = server.timed_out(ASK_AFTER)
        (sent,) = device.receive(question, ASK_AFTER)
        assert isinstance(sent, SendPieces)
        pieces = list(sent.pieces)
        assert len(pieces) == 2
    events = [event for piece in pieces for event in server.receive(piece, ASK_AFTER)]
    assert events == [Announced(who, kind)]
    return server, device


def accepted(who: DeviceIdentity = WHO, kind: ConnectionKind = COMMAND) -> AcceptedConnection:
    server = AcceptedConnection(0.0)
    server.timed_out(ASK_AFTER)
    server.receive(identity_answer(who) + announcement(kind, who), ASK_AFTER)
    assert server.phase is Phase.DECISION
    return server


def request_pair(who: DeviceIdentity = WHO, **arguments: Any) -> tuple[RequestConnection, DeviceRequestConnection]:
    server, device = admit(who, REQUEST)
    answer, connection = server.take_request(0.0, **arguments)
    assert device.receive(answer, 0.0) == [Admitted()]
    return connection, device.ask()


# Both ends against each other.


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("device_type", TYPES)
def test_commands_of_the_server(device_type: int, tls: bool) -> None:
    who = DeviceIdentity(777, device_type)
    server, device = admit(who, COMMAND, tls=tls)
    answer, connection = server.take_command()
    assert device.receive(answer, 0.0) == [Admitted()]
    serving = device.serve()
    for request in (
        ReadClock(),
        start_request_connection(device_type, "10.0.0.1"),
        WriteCertificate(b"x" * 5000),
        DeleteCertificate(),
    ):
        to_device = connection.start(request)
        while to_device:
            back = b""
            for event in serving.receive(to_device):
                if isinstance(event, WriteOffered):
                    back += serving.accept()
                else:
                    assert isinstance(event, RequestReceived)
                    reply = Message(0, 0, 99) if isinstance(request, ReadClock) else Message(0)
                    back += b"".join(serving.reply(event.header, reply))
            to_device = b""
            for result in connection.receive(back):
                if isinstance(result, SendPayload):
                    to_device += b"".join(result.packets)
                else:
                    assert isinstance(result, ReplyReceived)
                    assert result.message.code == 0
                    if isinstance(request, ReadClock):
                        assert request.decode_reply(result.message).local_time == 99


@pytest.mark.parametrize("device_type", TYPES)
def test_questions_of_the_device(device_type: int) -> None:
    connection, asking = request_pair(DeviceIdentity(777, device_type))
    header = USER_HEADERS[device_type](user_id=5)
    picture = PushImageLog.of(ImageLogHeader(event=0x27), bytes(range(256)) * 30)
    for request, reply in (
        (PushLog.of(LogRecord(0x27, user_id=5)), None),
        (picture, None),
        (KeepAlive(), None),
        (AskTime(), ServerTime(42)),
        (LookUpUser(5), UserAnswer.of(header)),
    ):
        events = [event for piece in asking.ask(request, 0.0) for event in connection.receive(piece, 0.0)]
        (question,) = events
        assert isinstance(question, Question)
        assert question.request == request
        (answered,) = asking.receive(connection.answer(question, reply))
        assert answered.result == 0
        if reply is not None:
            assert answered.reply == reply
        assert not asking.is_waiting


def test_refusals() -> None:
    connection, asking = request_pair()
    for result, size in ((NOT_FOUND, 388), (UNSUPPORTED, 0)):
        (question,) = connection.receive(b"".join(asking.ask(LookUpUser(5), 0.0)), 0.0)
        assert isinstance(question, Question)
        (answered,) = asking.receive(connection.refuse(question, result))
        assert (answered.result, answered.reply, len(answered.message.payload)) == (result, None, size)
        assert answered.words
    (question,) = connection.receive(b"".join(asking.ask(LookUpUser(5), 0.0)), 0.0)
    assert isinstance(question, Question)
    with pytest.raises(LocalProtocolError, match="no refusal"):
        connection.refuse(question, 0)
    with pytest.raises(LocalProtocolError, match="128 bytes do not fit device type 4; allowed: 388"):
        connection.answer(question, UserAnswer(bytes(128)))
    with pytest.raises(LocalProtocolError, match="answered by UserAnswer, not by Done"):
        connection.answer(question)


def test_a_device_is_turned_away() -> None:
    server, device = admit(WHO, COMMAND)
    assert device.receive(server.refuse_busy(), 0.0) == [TurnedAway(BUSY, "it is busy")]
    server, device = admit(WHO, COMMAND)
    (refusal,) = device.receive(server.refuse(0xCA), 0.0)
    assert refusal == TurnedAway(0xCA, "the server does not allow it")
    with pytest.raises(LocalProtocolError):
        server.refuse(0xCA)
    with pytest.raises(LocalProtocolError, match="no refusal"):
        admit(WHO, COMMAND)[0].refuse(0)


def test_the_wrong_connection_cannot_be_taken() -> None:
    server, device = admit(WHO, REQUEST)
    with pytest.raises(LocalProtocolError, match="no command connection was announced"):
        server.take_command()
    answer, _ = server.take_request(0.0)
    device.receive(answer, 0.0)
    with pytest.raises(LocalProtocolError):
        device.serve()


# Who calls.


@pytest.mark.parametrize("begin", [b"\x16", b"\x16\x03\x01\x02\x00"])
def test_tls_is_handed_over(begin: bytes) -> None:
    server = AcceptedConnection(0.0)
    assert server.receive(begin, 0.1) == [TlsHello(begin)]
    assert server.deadline is None


def test_http_is_handed_over_once_it_is_certain() -> None:
    server = AcceptedConnection(0.0)
    assert server.receive(b"GE", 0.1) == []
    assert server.receive(b"T /agent", 0.2) == [HttpRequest(b"GET /agent")]
    server = AcceptedConnection(0.0)
    server.receive(b"GE", 0.1)
    with pytest.raises(TimedOut):
        server.timed_out(ASK_AFTER)


@pytest.mark.parametrize("rubbish", [b"\0", b"SSH-2.0", b"{{<x", b"GETX", b"\x80\x2e\x01", b"7b7b3c3c"])
def test_rubbish_is_refused_at_once(rubbish: bytes) -> None:
    server = AcceptedConnection(0.0)
    with pytest.raises(RemoteProtocolError):
        server.receive(rubbish, 0.0)
    assert server.phase is Phase.OVER
    with pytest.raises(LocalProtocolError):
        server.receive(b"{", 0.0)


def test_a_device_that_speaks_first() -> None:
    server = AcceptedConnection(0.0)
    assert server.receive(START_MARK[:2], 0.1) == []
    question = server.timed_out(ASK_AFTER)
    assert question
    events = server.receive(announcement()[2:], 1.1)
    assert events == []
    assert server.receive(identity_answer(), 1.2) == [Announced(WHO, COMMAND)]
    server = AcceptedConnection(0.0)
    assert server.receive(announcement(REQUEST), 0.1) == [AskIdentity(question)]
    assert server.receive(identity_answer(), 0.2) == [Announced(WHO, REQUEST)]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (packet(0x0001, code=0x64), "does not say who it is"),
        (packet(0x0001), "0 as its serial number"),
        (packet(0x0103, device_id=1), "0x0103 arrived where the answer"),
        (packet(0x0001, param1=1, payload=b"x"), "with a payload"),
        (identity_answer() + identity_answer(), "0x0001 arrived where the announcement"),
        (announcement() + announcement(), "0x0101 arrived where"),
        (identity_answer() + announcement(who=DeviceIdentity(5, 4)), "bears the number 5"),
        (identity_answer()[:-9] + b"\1" + identity_answer()[-8:], "damaged"),
        (packet(0x0103, payload=b"x" * 4000), "with a payload"),
    ],
)
def test_the_way_to_the_announcement(data: bytes, words: str) -> None:
    server = AcceptedConnection(0.0)
    server.timed_out(ASK_AFTER)
    with pytest.raises(RemoteProtocolError, match=words):
        server.receive(data, 2.0)


def test_a_certificate_of_another_device() -> None:
    server = AcceptedConnection(0.0, certificate=WHO)
    with pytest.raises(RemoteProtocolError, match="bears the number 5, but the device is 12345"):
        server.receive(announcement(who=DeviceIdentity(5, 4)), 0.0)
    server = AcceptedConnection(0.0, certificate=WHO)
    with pytest.raises(RemoteProtocolError, match="0x0001"):
        server.receive(identity_answer(), 0.0)


def test_what_comes_behind_the_announcement_is_not_lost() -> None:
    server = AcceptedConnection(0.0)
    server.timed_out(ASK_AFTER)
    push = packet(0x0103, payload=bytes(16))
    assert len(server.receive(identity_answer() + announcement(REQUEST) + push + push[:20], 1.0)) == 1
    assert server.receive(push[20:], 1.0) == []
    _, connection = server.take_request(1.0)
    questions = connection.receive(b"", 1.0)
    assert [type(question) for question in questions] == [Question, Question]
    too_much = AcceptedConnection(0.0)
    with pytest.raises(RemoteProtocolError, match="before the device was taken"):
        too_much.receive(identity_answer() + announcement() + bytes(70_000), 0.0)


# Time.


def test_limits_of_the_server() -> None:
    server = AcceptedConnection(10.0)
    assert server.deadline == 10.0 + ASK_AFTER
    assert server.timed_out(10.5) == b""
    assert server.timed_out(11.0)
    assert server.deadline == 11.0 + IDENTITY_LIMIT
    server.receive(identity_answer()[:30], 14.0)  # a trickle does not win time
    assert server.deadline == 11.0 + IDENTITY_LIMIT
    server.receive(identity_answer()[30:], 14.5)
    assert server.deadline == 14.5 + ANNOUNCEMENT_LIMIT
    with pytest.raises(TimedOut, match="Device 12345 did not send the announcement"):
        server.timed_out(14.5 + ANNOUNCEMENT_LIMIT)
    assert server.phase is Phase.OVER


def test_supervision_begins_with_the_first_question() -> None:
    silent, _ = request_pair(check_duration=5.0)
    assert silent.deadline is None
    silent.timed_out(1e9)
    connection, _ = request_pair(check_duration=5.0)
    connection.receive(packet(0x0107), 100.0)
    assert connection.deadline == 105.0
    connection.timed_out(104.9)
    with pytest.raises(TimedOut, match="silent for 5 s"):
        connection.timed_out(105.0)


def test_a_message_that_does_not_end() -> None:
    connection, _ = request_pair()
    whole = list(encode_message(Message(0x010B, payload=bytes(5000))))
    for begin in (whole[0][:10], whole[0]):
        connection, _ = request_pair()
        connection.receive(begin, 100.0)
        assert connection.deadline == 100.0 + UNFINISHED_LIMIT
        if len(begin) == 10:
            connection.receive(whole[0][10:11], 110.0)
        with pytest.raises(TimedOut, match="did not end it"):
            connection.timed_out(100.0 + UNFINISHED_LIMIT)
        with pytest.raises(RemoteProtocolError, match="in the middle"):
            connection.end()


def test_limits_of_the_device() -> None:
    device = DialledConnection(WHO, COMMAND, 5.0)
    device.timed_out(5.0 + QUESTION_LIMIT - 0.1)
    with pytest.raises(TimedOut, match="the identity question"):
        device.timed_out(5.0 + QUESTION_LIMIT)
    device = DialledConnection(WHO, COMMAND, 5.0, inside_tls=True)
    device.start(6.0)
    with pytest.raises(TimedOut, match="the answer to the announcement"):
        device.timed_out(6.0 + DECISION_LIMIT)
    asking = DeviceRequestConnection(1)
    asking.timed_out(1e9)
    asking.ask(KeepAlive(), 7.0)
    asking.timed_out(7.0 + ANSWER_LIMIT - 0.1)
    with pytest.raises(TimedOut, match="KeepAlive"):
        asking.timed_out(7.0 + ANSWER_LIMIT)


# What a device or a line may do wrong.


def test_one_question_at_a_time() -> None:
    asking = DeviceRequestConnection(1)
    asking.ask(KeepAlive(), 0.0)
    with pytest.raises(LocalProtocolError, match="KeepAlive waits"):
        asking.ask(AskTime(), 0.0)
    with pytest.raises(RemoteProtocolError, match="0x0107 was asked"):
        asking.receive(packet(0x0106))
    with pytest.raises(RemoteProtocolError, match="nothing was asked"):
        DeviceRequestConnection(1).receive(packet(0x0106))


def test_a_burst_is_answered_in_order() -> None:
    connection, _ = request_pair()
    questions = connection.receive(packet(0x0107) + packet(0x0106) + packet(0x0107), 0.0)
    first, second, third = questions
    assert isinstance(first, Question)
    assert isinstance(second, Question)
    assert isinstance(third, Question)
    assert connection.unanswered == 3
    with pytest.raises(LocalProtocolError, match="in order"):
        connection.answer(third)
    connection.answer(first)
    with pytest.raises(LocalProtocolError, match="in order"):
        connection.answer(first)
    connection.answer(second, ServerTime(1))
    connection.answer(third)
    with pytest.raises(RemoteProtocolError, match="asks on"):
        connection.receive(packet(0x0107) * 1000, 0.0)


def test_what_cannot_be_read_is_refused() -> None:
    connection, _ = request_pair()
    refused = connection.receive(packet(0x0103, payload=bytes(15)) + packet(0x0108, code=3), 0.0)
    assert [type(event) for event in refused] == [Refused, Refused]
    assert refused[0].answer == packet(0x0103, code=INVALID_PARAMETER)  # type: ignore[union-attr]  # types checked above
    assert refused[1].answer == packet(0x0108, code=UNSUPPORTED)  # type: ignore[union-attr]  # types checked above
    assert connection.unanswered == 0


def test_parameters_that_mean_nothing_are_not_looked_at() -> None:
    connection, _ = request_pair()
    (question,) = connection.receive(packet(0x0107, code=7, param1=8, param2=9), 0.0)
    assert isinstance(question, Question)
    assert question.request == KeepAlive()


def test_a_damaged_part_drops_the_whole_message() -> None:
    connection, _ = request_pair()
    first, second, third = encode_message(Message(0x010B, payload=bytes(5000)))
    damaged = second[:-8] + b"\xff\xff\xff\xff" + second[-4:]
    assert [type(event) for event in connection.receive(first + damaged + third, 0.0)] == [Dropped]
    assert connection.deadline == 100.0
    (question,) = connection.receive(packet(0x0107), 1.0)
    assert isinstance(question, Question)
    damaged = first[:-8] + b"\xff\xff\xff\xff" + first[-4:]
    assert [type(event) for event in connection.receive(damaged + second + third, 0.0)] == [Dropped]
    (question,) = connection.receive(packet(0x0103, payload=bytes(16)), 1.0)
    assert isinstance(question, Question)


def test_a_packet_in_pieces_with_rubbish_before_it() -> None:
    connection, _ = request_pair()
    data = b"\0" * 50 + b"{{<" + packet(0x0103, payload=bytes(16))
    events = [event for byte in data for event in connection.receive(bytes([byte]), 0.0)]
    assert [type(event) for event in events] == [Dropped, Question]


def test_rubbish_without_end_closes() -> None:
    connection, _ = request_pair()
    for _ in range(8):
        connection.receive(bytes(1000), 0.0)
    with pytest.raises(RemoteProtocolError, match="in a row are no packet"):
        connection.receive(bytes(1000), 0.0)
    connection, _ = request_pair()
    with pytest.raises(RemoteProtocolError, match="in a row are no packet"):
        connection.receive((START_MARK + b"\xff" * 12) * MAXIMUM_DROPPED, 0.0)


def test_a_question_without_end_closes() -> None:
    connection, _ = request_pair()
    *pieces, last = encode_message(Message(0x010B, payload=bytes(MAXIMUM_QUESTION + 1)))
    assert not [event for piece in pieces for event in connection.receive(piece, 0.0)]
    with pytest.raises(RemoteProtocolError, match="grows beyond"):
        connection.receive(last, 0.0)
    connection, _ = request_pair()
    largest = encode_message(Message(0x0109, code=1, payload=bytes(MAXIMUM_QUESTION)))
    assert [type(event) for piece in largest for event in connection.receive(piece, 0.0)] == [Question]


def test_unasked_packets_on_the_command_connection_are_discarded() -> None:
    _, connection = accepted().take_command()
    stray = packet(0x0103, payload=bytes(16))
    assert connection.receive(stray + stray[:20]) == []
    connection.start(ReadClock())
    (reply,) = connection.receive(stray[20:] + packet(0x0002, param1=5) + stray)
    assert isinstance(reply, ReplyReceived)
    assert reply.message.param1 == 5
    assert connection.discarded == 3


def test_what_came_behind_the_announcement_is_no_answer() -> None:
    server = AcceptedConnection(0.0)
    server.timed_out(ASK_AFTER)
    early = packet(0x0002, param1=666)
    server.receive(identity_answer() + announcement() + early + early[:30], 1.0)
    _, connection = server.take_command()
    connection.start(ReadClock())
    (reply,) = connection.receive(early[30:] + packet(0x0002, param1=5))
    assert isinstance(reply, ReplyReceived)
    assert reply.message.param1 == 5


def test_a_server_that_breaks_the_rules() -> None:
    for data in (packet(0x0101), packet(0x0002), packet(0x0001, payload=b"x"), b"HTTP/1.1"):
        with pytest.raises(RemoteProtocolError):
            DialledConnection(WHO, COMMAND, 0.0).receive(data, 0.0)
    device = DialledConnection(WHO, REQUEST, 0.0)
    device.receive(packet(0x0001), 0.0)
    device.receive(packet(0x0102) + packet(0x0107), 0.0)
    with pytest.raises(RemoteProtocolError, match="before it was asked"):
        device.ask()


def test_packet_payload_is_checked() -> None:
    for size in (0, 4097):
        with pytest.raises(LocalProtocolError, match="1 to 4096"):
            DeviceRequestConnection(1, packet_payload=size)
    pieces = DeviceRequestConnection(1, packet_payload=4096).ask(PushImageLog(bytes(9000)), 0.0)
    assert [len(piece) - 40 for piece in pieces] == [4096, 4096, 808]


@pytest.mark.parametrize("device_type", [0, 99])
def test_the_form_of_the_start_request(device_type: int) -> None:
    assert start_request_connection(device_type, "") == StartRequestConnection()


# Anything may arrive.

RECORDED = sorted(
    {step["hex"] for _, scenario in server_mode_cases() for step in scenario["steps"] if "hex" in step}, key=len
)


@st.composite
def streams(draw: st.DrawFn) -> list[bytes]:
    """Recorded packets, changed, cut and joined at random, and rubbish, in random pieces."""
    parts = draw(
        st.lists(st.sampled_from(RECORDED).map(bytes.fromhex) | st.binary(max_size=80), min_size=1, max_size=8)
    )
    data = bytearray(b"".join(parts))
    for place in draw(st.lists(st.integers(0, max(0, len(data) - 1)), max_size=6)):
        if place < len(data):
            data[place] = draw(st.integers(0, 255))
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=10)))
    return [bytes(data[a:b]) for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]


def run_out(server: AcceptedConnection) -> None:
    """Let all limits pass: the question may be due first."""
    server.timed_out(1e9)
    server.timed_out(2e9)


@settings(max_examples=150, deadline=None)
@given(streams(), st.booleans())
def test_a_new_connection_takes_anything(pieces: list[bytes], asked: bool) -> None:
    server = AcceptedConnection(0.0)
    if asked:
        server.timed_out(ASK_AFTER)
    try:
        for piece in pieces:
            for event in server.receive(piece, 1.0):
                if isinstance(event, (TlsHello, HttpRequest)):
                    return
    except RemoteProtocolError:
        assert server.phase is Phase.OVER
        return
    if server.phase is Phase.DECISION:
        assert server.identity is not None
    else:
        with pytest.raises(TimedOut):
            run_out(server)


@settings(max_examples=150, deadline=None)
@given(streams())
def test_a_request_connection_takes_anything(pieces: list[bytes]) -> None:
    connection = RequestConnection(1, 4, 0.0)
    try:
        for piece in pieces:
            for event in connection.receive(piece, 1.0):
                if isinstance(event, Question):
                    reply = event.request.REPLY
                    if reply is UserAnswer:
                        assert connection.refuse(event, NOT_FOUND)
                    else:
                        assert connection.refuse(event)
    except RemoteProtocolError:
        return
    assert connection.unanswered == 0


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([0x0103, 0x0107, 0x010B, 0x0108, 0x1234]), min_size=1, max_size=6), st.data())
def test_how_a_stream_is_cut_makes_no_difference(asked: list[int], draw: st.DataObject) -> None:
    sizes = {0x0103: 16, 0x010B: 3000, 0x0108: 0}
    stream = b"".join(
        packet(command, code=1 if command == 0x0108 else 0, payload=bytes(sizes.get(command, 0))) for command in asked
    )
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(stream)), max_size=30)))
    connection = RequestConnection(1, 4, 0.0)
    whole = RequestConnection(1, 4, 0.0).receive(stream, 0.0)
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert [event for piece in pieces for event in connection.receive(piece, 0.0)] == whole
    assert len(whole) == len(asked)


@settings(max_examples=100, deadline=None)
@given(streams())
def test_the_other_connections_take_anything(pieces: list[bytes]) -> None:
    device = DialledConnection(WHO, COMMAND, 0.0)
    command = CommandConnection(1, 0)
    command.start(ReadClock())
    asking = DeviceRequestConnection(1)
    asking.ask(LookUpUser(5), 0.0)
    serving = DeviceCommandConnection(1)
    for receive in (lambda data: device.receive(data, 0.0), command.receive, asking.receive):
        try:
            for piece in pieces:
                receive(piece)
        except (RemoteProtocolError, LocalProtocolError):
            continue
    try:
        for piece in pieces:
            for event in serving.receive(piece):
                if isinstance(event, WriteOffered):
                    serving.accept()
                else:
                    list(serving.reply(event.header, Message(0, UNSUPPORTED)))
    except RemoteProtocolError:
        pass


def test_callers_that_wait_or_send_rubbish_cost_almost_nothing() -> None:
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        waiting = [AcceptedConnection(0.0) for _ in range(2000)]
        for server in waiting:
            server.timed_out(ASK_AFTER)
            server.receive(START_MARK + bytes(HEADER_SIZE - 5), 1.0)
        each = (tracemalloc.get_traced_memory()[0] - before) / len(waiting)
        assert each < 1024
        for server in waiting:
            with pytest.raises(RemoteProtocolError):
                server.receive(b"\xff" * 200_000, 1.0)
        left = (tracemalloc.get_traced_memory()[0] - before) / len(waiting)
        assert left < 1024
    finally:
        tracemalloc.stop()

"""The messages of the tunnel: there and back, garbage, limits of what an agent may reach, credit, codes."""

from __future__ import annotations

import dataclasses
import json
import ssl
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorward.model.errors import DeviceRefused, DoorwardError, InvalidInput, NotReached, TimedOut
from doorward.model.found import FoundDevice
from doorward.model.network_settings import NetworkChange, NetworkChanges, NetworkSettings
from doorward.protocol.errors import LocalProtocolError, RemoteProtocolError
from doorward.protocol.tls_hello import named_protocols
from doorward.protocol.tunnel import messages, questions
from doorward.protocol.tunnel.code import EnrollmentCode
from doorward.protocol.tunnel.failures import error_of, failure_of
from doorward.protocol.tunnel.flow import LARGEST_CREDIT, WINDOW, Flow
from doorward.protocol.tunnel.messages import MOST_BYTES, MOST_DATA, Data, Message, decode, encode
from doorward.protocol.tunnel.reach import OutOfReach, Reach
from doorward.protocol.tunnel.values import from_json, to_json

ALL_MESSAGES = [each for each in vars(messages).values() if isinstance(each, type) and issubclass(each, Message)]
CONCRETE: list[type[Message]] = [each for each in ALL_MESSAGES if each is not Message]
NETWORK = NetworkSettings(
    mode="direct", dhcp=False, address="192.168.1.7", mask="255.255.255.0", gateway="", port=1471, server_address=""
)
DEVICE = FoundDevice(device_id=7, type=1, generation="biostar1", address="192.168.1.7", details=NETWORK)


def made(kind: type[Message]) -> st.SearchStrategy[Message]:
    return st.builds(kind, number=st.integers(0, messages.LARGEST_NUMBER))


@given(st.one_of(st.sampled_from(CONCRETE).flatmap(made)), st.binary(max_size=100))
def test_every_message_comes_back(message: Message, content: bytes) -> None:
    if hasattr(message, "content"):
        message = dataclasses.replace(message, content=content)  # type: ignore[call-arg] # those that carry bytes
    if isinstance(message, messages.Ask):
        message = dataclasses.replace(message, what="search")
    assert decode(encode(message)) == message


def test_kinds_differ() -> None:
    assert len({each.KIND for each in CONCRETE}) == len(CONCRETE)


@given(st.binary(max_size=200), st.sampled_from([each.KIND for each in CONCRETE]))
def test_garbage_is_refused(garbage: bytes, kind: int) -> None:
    for content in (garbage, bytes([kind]) + b"\0\0\0\1" + garbage):
        try:
            found = decode(content)
        except RemoteProtocolError:
            continue
        assert decode(encode(found)) == found


_NAMES = st.sampled_from(["device_id", "type", "generation", "address", "devices", "notices", "details"])
_LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5)


@settings(max_examples=60)
@given(st.recursive(_LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES, inner), max_leaves=10))
def test_values_of_any_shape_are_refused_or_right(value: Any) -> None:
    for kind in (questions.SearchAnswer, FoundDevice, messages.Hello):
        try:
            found = from_json(kind, json.dumps(value).encode())
        except RemoteProtocolError:
            continue
        assert from_json(kind, to_json(found)) == found


@pytest.mark.parametrize("content", [b"", b"\xff", b"NaN", b"[" * 100_000, b'{"name":1}', b"[]"])
def test_no_values(content: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        from_json(messages.Card, content)


def test_questions_and_answers_come_back() -> None:
    for value in (
        questions.Search(addresses=("192.168.1.7",)),
        questions.SearchAnswer((DEVICE,), ("a card is down",), 3),
        questions.WriteNetwork(device=DEVICE, changes=NetworkChanges(address="192.168.1.8", dhcp=False)),
        NetworkChange(before=NETWORK, after=NETWORK, written=True),
        questions.ProbeVerdict(code="fine", kind="good", sentence="It answers.", commands=("x",)),
    ):
        assert from_json(type(value), to_json(value)) == value
    # What a newer one adds is left out; what an older one lacks takes its default.
    assert from_json(messages.Card, b'{"name":"a","address":"b","mask":"c","speed":9}').up


def test_errors_keep_their_kind() -> None:
    for error in (
        NotReached("n", advice="a"),
        TimedOut("t", advice=""),
        DeviceRefused("d", code=5, advice="x"),
        InvalidInput("port", 5, "more"),
        RemoteProtocolError("r"),
    ):
        back = error_of(failure_of(error, 3))
        assert isinstance(back, type(error))
        assert (back.message, back.advice) == (error.message, error.advice)
    assert type(error_of(messages.Failed(1, "Nonsense", "m"))) is NotReached
    assert isinstance(error_of(failure_of(DeviceRefused("d", code=5), 3)), DoorwardError)


def test_too_long() -> None:
    with pytest.raises(LocalProtocolError):
        encode(Data(1, b"x" * MOST_BYTES))
    with pytest.raises(RemoteProtocolError):
        decode(b"x" * (MOST_BYTES + 1))


# --- Reach -----------------------------------------------------------------------------------------------------------

CARDS = [("192.168.1.9", "255.255.255.0"), ("127.0.0.1", "255.0.0.0"), ("8.8.8.9", "255.255.255.0"), ("x", "y")]


def test_by_default_the_private_networks_of_its_own_cards() -> None:
    allowed = Reach().within(CARDS)
    allowed.check_tcp("192.168.1.77", 1470)
    allowed.check_udp(51110)
    for host, port in (
        ("192.168.2.1", 1470), ("127.0.0.1", 1470), ("8.8.8.9", 1470), ("192.168.1.77", 22), ("localhost", 1470),
        ("192.168.1.77.", 1471), ("::ffff:192.168.1.7", 1470), ("", 1470),
    ):  # fmt: skip
        with pytest.raises(OutOfReach):
            allowed.check_tcp(host, port)
    with pytest.raises(OutOfReach, match="udp_port"):
        allowed.check_udp(53)


def test_named_networks_take_the_place_of_its_own() -> None:
    allowed = Reach(("10.0.0.0/8",), (1470,), ()).within(CARDS)
    allowed.check_tcp("10.9.8.7", 1470)
    for host, port in (("192.168.1.77", 1470), ("10.9.8.7", 1471)):
        with pytest.raises(OutOfReach):
            allowed.check_tcp(host, port)


@pytest.mark.parametrize(
    "reach", [Reach(("10.0.0.1/8",)), Reach(("here",)), Reach((), (0,)), Reach((), (1470,), (70_000,))]
)
def test_wrong_reach(reach: Reach) -> None:
    with pytest.raises(InvalidInput):
        reach.check()


def test_questions_outside_are_refused() -> None:
    allowed = Reach().within(CARDS)
    far = dataclasses.replace(DEVICE, address="10.0.0.1")
    lost = dataclasses.replace(far, foreign_subnet=True)
    for question in (
        questions.Search(addresses=("10.0.0.1",)),
        questions.Search(port=53),
        questions.Find(device_id=1, addresses=("8.8.8.8",)),
        questions.ReadNetwork(device=far),
        questions.WriteNetwork(device=DEVICE, changes=NetworkChanges(), port=9),
        questions.Restart(device=lost),  # it would go to the address
        questions.Probe(target="8.8.8.8"),
        questions.Probe(target="192.168.1.3", port=443),
    ):
        with pytest.raises(OutOfReach):
            question.check(allowed)
    for question in (
        questions.Search(),
        questions.ReadNetwork(device=DEVICE),
        questions.ReadNetwork(device=lost),  # by broadcast
        questions.Probe(target="10001", port=1470),
        questions.Probe(target="192.168.1.3"),
    ):
        question.check(allowed)


# --- Credit, codes, hellos -------------------------------------------------------------------------------------------


@given(st.lists(st.integers(1, MOST_DATA), max_size=40), st.data())
def test_nobody_sends_more_than_there_is_room_for(sizes: list[int], data: st.DataObject) -> None:
    sender, receiver = Flow(), Flow()
    under_way = 0
    for size in sizes:
        granted = sender.spend(size)
        assert granted <= size
        if granted:
            receiver.received(granted)
            under_way += granted
        assert under_way <= WINDOW
        taken = data.draw(st.integers(0, under_way))
        under_way -= taken
        if credit := receiver.taken(taken):
            sender.granted(credit)


def test_credit_is_not_overdrawn() -> None:
    flow = Flow()
    for _ in range(WINDOW // MOST_DATA):
        flow.received(MOST_DATA)
    for count in (1, 0):
        with pytest.raises(RemoteProtocolError):
            flow.received(count)
    for credit in (0, LARGEST_CREDIT):
        with pytest.raises(RemoteProtocolError):
            flow.granted(credit)


def test_code() -> None:
    code = EnrollmentCode.of(bytes(range(20)), b"\x07" * 32)
    assert EnrollmentCode.parse(f" {code.text}\n") == code
    assert code.secret not in repr(code)
    for text in ("", "doorward-agent.a.b", code.text[:-5], code.text + ".x", code.text.replace(".", "!", 1)):
        with pytest.raises(InvalidInput) as caught:
            EnrollmentCode.parse(text)
        assert code.secret not in str(caught.value)


def _hello_of(protocols: list[str] | None) -> bytes:
    context = ssl.create_default_context()
    if protocols:
        context.set_alpn_protocols(protocols)
    outgoing = ssl.MemoryBIO()
    connection = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="x")
    with pytest.raises(ssl.SSLWantReadError):
        connection.do_handshake()
    return outgoing.read()


def test_protocols_of_a_hello() -> None:
    hello = _hello_of(["one", "doorward-tunnel-1"])
    assert named_protocols(hello) == (b"one", b"doorward-tunnel-1")
    assert all(named_protocols(hello[:size]) is None for size in range(1, len(hello)))
    assert named_protocols(_hello_of(None)) == ()
    # The same in small records.
    body = hello[5:]
    pieces = b"".join(
        hello[:3] + len(body[at : at + 50]).to_bytes(2, "big") + body[at : at + 50] for at in range(0, len(body), 50)
    )
    assert named_protocols(pieces) == (b"one", b"doorward-tunnel-1")


@given(st.binary(max_size=300), st.integers(5, 500), st.binary(min_size=1, max_size=4))
def test_a_damaged_hello_does_no_harm(garbage: bytes, at: int, change: bytes) -> None:
    named_protocols(garbage)
    named_protocols(b"\x16\x03\x01" + garbage)
    hello = _HELLO[:at] + change + _HELLO[at + len(change) :]
    named_protocols(hello)


_HELLO = _hello_of(["doorward-tunnel-1"])

"""Captures explained: every packet of every recording, and never more than marked output for anything else."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorward.protocol.biostar1.cipher import TCP_CIPHER
from doorward.protocol.biostar1.datagram import MAXIMUM_DATAGRAM_PAYLOAD, encode_datagram
from doorward.protocol.biostar1.message import Message, encode_message
from doorward.protocol.biostar1.packet import Packet, encode_packet
from doorward.protocol.biostar1.records import NetworkSettings
from doorward.protocol.biostar1.records.logs import ImageLogHeader, LogRecord, write_log_records
from doorward.protocol.explain import (
    Channel,
    DatagramExplainer,
    Explained,
    Knowledge,
    Sender,
    StreamExplainer,
    guess_channel,
    split_datagrams,
)
from doorward.protocol.explain.assembly import MOST_BYTES_JOINED
from doorward.protocol.explain.reading import LARGEST_PAYLOAD_READ, TolerantReader
from doorward.protocol.explain.values import iso_time

VECTORS = Path(__file__).parents[1] / "data" / "vectors"
FAMILIES = ("framing", "device", "config", "logs", "users", "access", "udp")
KEYS = [
    "device_id",
    "encrypted",
    "sequence",
    "index",
    "count",
    "size",
    "command",
    "code",
    "param1",
    "param2",
    "payload_hex",
    "checksum_ok",
    "name",
    "fields",
]
# Only the first and the last of 391 packets were kept.
INCOMPLETE = {"read_log_50000"}
DAMAGED = {"bad_checksum_reply", "bad-checksum-type4", "oversize-packet-type4"}


def direct_cases() -> dict[str, dict[str, Any]]:
    return {
        f"{family}:{case['name']}": case
        for family in FAMILIES
        for case in json.loads((VECTORS / "biostar1" / f"{family}.json").read_text())
    }


CASES = direct_cases()
SCENARIOS = {
    path.stem: json.loads(path.read_text()) for path in sorted((VECTORS / "biostar1-server-mode").glob("*.json"))
}


def told(explained: Explained) -> dict[str, Any]:
    """The JSON object, checked for its keys and for being JSON."""
    value: dict[str, Any] = json.loads(json.dumps(explained.to_object()))
    assert list(value) == (KEYS if not explained.error else [*KEYS, "error"])
    return value


def explain_case(name: str, *, known: bool) -> Iterator[tuple[dict[str, Any], Explained]]:
    """The packets of a recorded case, with and without knowledge of who sent them."""
    case = CASES[name]
    knowledge = Knowledge()
    if known and "device_type" in case:
        knowledge.learn(case["device_id"], case["device_type"])
    stream, datagrams = StreamExplainer(knowledge=knowledge), DatagramExplainer(knowledge=knowledge)
    for packet in case["packets"]:
        data = bytes.fromhex(packet["hex"])
        sender = Sender(packet["dir"]) if known else Sender.UNKNOWN
        if name.startswith("udp:"):
            yield packet, datagrams.explain(data, sender)
        else:
            (explained,) = stream.feed(data, sender)
            yield packet, explained
    assert stream.end() == []


@pytest.mark.parametrize("known", [True, False], ids=["sender told", "sender guessed"])
@pytest.mark.parametrize("name", CASES)
def test_every_packet_of_direct_mode_and_udp(name: str, known: bool) -> None:
    for packet, explained in explain_case(name, known=known):
        message = told(explained)
        assert message["device_id"] == packet["deviceID"]
        assert message["sequence"] == packet.get("sequence", 0)
        assert message["command"] == int(packet["command"], 16)
        for key in (
            *("index", "count", "size", "code", "param1", "param2", "payload_hex", "checksum_ok", "encrypted"),
        ):
            assert message[key] == packet[key], key
        assert explained.sender.value == packet["dir"]
        short = name.split(":")[1]
        assert bool(explained.error) == (
            (short in DAMAGED and not packet["checksum_ok"]) or (short in INCOMPLETE and packet["index"] > 0)
        ), explained.error
        assert explained.name.startswith("reply to") == (packet["dir"] == "device")


@pytest.mark.parametrize("known", [True, False], ids=["sender told", "sender guessed"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_packet_of_server_mode(scenario: str, known: bool) -> None:
    connections: dict[str, StreamExplainer] = {}
    for step in SCENARIOS[scenario]["steps"]:
        if "hex" not in step:
            continue
        explainer = connections.setdefault(step["connection"], StreamExplainer(Channel.SERVER))
        side = Sender.DEVICE if step["from"] == "device" else Sender.HOST
        found = explainer.feed(bytes.fromhex(step["hex"]), side if known else Sender.UNKNOWN)
        decoded = step["decoded"]
        if decoded is None:
            continue  # half a packet; the other half brings the message
        (explained,) = found
        message = told(explained)
        for key, recorded in (
            ("device_id", "device_id"),
            ("index", "index"),
            ("count", "total"),
            ("size", "size"),
            ("code", "flag"),
            ("param1", "param1"),
            ("param2", "param2"),
            ("checksum_ok", "checksum_ok"),
            ("encrypted", "encrypted"),
        ):
            assert message[key] == decoded[recorded], key
        assert message["command"] == int(decoded["command"], 16)
        assert message["payload_hex"] == decoded.get("payload_hex", "")
        damaged = scenario in DAMAGED and (not decoded["checksum_ok"] or decoded["size"] > 4096)
        assert bool(explained.error) == damaged, explained.error
        if known:
            assert explained.sender is side
    assert all(explainer.end() == [] for explainer in connections.values())


def test_a_header_in_two_pieces_is_one_message() -> None:
    steps = [step for step in SCENARIOS["split-header-type4"]["steps"] if step.get("from") == "device"]
    pieces = [bytes.fromhex(step["hex"]) for step in steps if step["decoded"] is None]
    explainer = StreamExplainer(Channel.SERVER)
    assert explainer.feed(pieces[0]) == []
    (explained,) = explainer.feed(pieces[1])
    assert explained.name == "push log"
    assert explained.fields["records"] == [
        {
            "event": 0x37,
            "sub_event": 0,
            "event_words": "User identified",
            "attendance_key": 0,
            "local_time": "2023-11-14T22:13:20",
            "user_id": 1,
            "device_id": 0,
        }
    ]


@pytest.mark.parametrize("vector", sorted(path.stem for path in (VECTORS / "biostar2").glob("*.json")))
def test_every_datagram_of_biostar2(vector: str) -> None:
    recorded = json.loads((VECTORS / "biostar2" / f"{vector}.json").read_text())
    explainer = DatagramExplainer()
    for kind, sender in (("request_hex", Sender.HOST), ("response_hex", Sender.DEVICE)):
        data = bytes.fromhex(recorded[kind])
        explained = explainer.explain(data)
        message = told(explained)
        assert explained.sender is sender
        assert not explained.error
        assert message["checksum_ok"] is None
        assert message["size"] == int.from_bytes(data[20:24], "little")
        assert message["payload_hex"] == data[36 : 36 + message["size"]].hex()
        assert message["device_id"] == int.from_bytes(data[8:12], "little")
        assert message["command"] == int.from_bytes(data[26:28], "little")
        assert guess_channel(data) is Channel.UDP


def test_fields_of_biostar2() -> None:
    explainer = DatagramExplainer()
    search, settings_vector = (
        json.loads((VECTORS / "biostar2" / f"{name}.json").read_text()) for name in ("UdpSearch400", "UdpSetIPConfig")
    )
    answer = explainer.explain(bytes.fromhex(search["response_hex"]))
    assert answer.name == "reply to BioStar 2 search"
    assert answer.fields["device_type_words"] == "FaceStation 2"
    assert answer.fields["ip_address"] == "10.78.0.2"
    order = explainer.explain(bytes.fromhex(settings_vector["request_hex"]))
    assert order.name == "BioStar 2 write network settings"
    assert order.fields["network_settings"]["gateway"] == "10.78.0.254"  # type: ignore[index, call-overload]


# Fields


def fields(name: str, packet: int = -1) -> dict[str, Any]:
    return told(list(explain_case(name, known=False))[packet][1])["fields"]  # type: ignore[no-any-return]


def test_users_with_their_secrets_hidden() -> None:
    case = CASES["users:get_all_user_info_Ex"]
    users = fields("users:get_all_user_info_Ex")["users"]
    assert [user["name"] for user in users] == [user["name"] for user in case["decoded"]["users"]]
    assert [user["card_id"] for user in users] == [user["cardID"] for user in case["decoded"]["users"]]
    assert {user["pin"] for user in users} == {"<secret, 17 bytes>"}


def test_secrets_are_shown_when_asked_for() -> None:
    explainer = StreamExplainer(show_secrets=True)
    packets = [bytes.fromhex(packet["hex"]) for packet in CASES["users:get_all_user_info_Ex"]["packets"]]
    last = [explained for data in packets for explained in explainer.feed(data)][-1]
    assert last.fields["users"][0]["pin"] == "1234"  # type: ignore[index, call-overload]


def test_no_template_stands_in_the_fields() -> None:
    shown = 0
    for name in CASES:
        if not name.startswith("users:") or "nroll" not in name.lower():
            continue
        for packet, explained in explain_case(name, known=True):
            if packet["size"] > 800 and packet["count"] == 1 and packet["dir"] == "host":
                shown += 1
                assert "<secret" in json.dumps(explained.fields)
                assert packet["payload_hex"][-700:-20] not in json.dumps(explained.fields)
    assert shown > 3


def test_configuration_in_typed_fields() -> None:
    content = fields("udp:read_ipconfig", 1)["content"]
    assert content["ip_address"] == "10.78.0.2"
    assert content["port"] == 1470
    assert fields("udp:read_ipconfig", 0) == {"configuration_type": 0x10, "configuration_type_words": "Network"}


def test_a_block_of_many_datagrams_is_joined_on_the_last() -> None:
    blocks = [
        explained for packet, explained in explain_case("udp:read_be_config", known=False) if packet["dir"] == "device"
    ]
    assert len(blocks) == 14
    assert all("content" not in block.fields for block in blocks[:-1])
    (recorded,) = (packet for packet in CASES["udp:read_be_config"]["packets"][1:2])
    assert told(blocks[-1])["fields"]["content"]["magic_number"] == int.from_bytes(
        bytes.fromhex(recorded["payload_hex"])[:4], "little"
    )


def test_search_answers_teach_the_model() -> None:
    knowledge = Knowledge()
    explainer = DatagramExplainer(knowledge=knowledge)
    for packet in CASES["udp:search_one_bioentry"]["packets"]:
        explained = explainer.explain(bytes.fromhex(packet["hex"]))
    assert explained.fields == {"device_id": 10001, "device_type": 1, "device_type_words": "BioEntry Plus"}
    assert knowledge.device_type(10001) == 1


def talk(*packets: Packet, **arguments: Any) -> list[Explained]:
    explainer = StreamExplainer(**arguments)
    data = b"".join(encode_packet(packet, TCP_CIPHER) for packet in packets)
    return [*explainer.feed(data), *explainer.end()]


def test_times_events_and_results_in_words() -> None:
    records = write_log_records([LogRecord(0x27, 0x2E, 0xFFFF, 1_700_000_000, 7), LogRecord(0x12, 0, 0, 0, 0)])
    question, answer, refused, refusal = talk(
        Packet(5, 0x0012, param1=1_700_000_000),
        Packet(5, 0x0012, param1=2, payload=records),
        Packet(5, 0x0002),
        Packet(5, 0x0002, code=0x6A),
    )
    assert question.fields == {"position": 0, "start_time": "2023-11-14T22:13:20", "end_time": None}
    records_told = told(answer)["fields"]["records"]
    assert [record["event_words"] for record in records_told] == ["User verified (card and PIN)", "unknown event 0x12"]
    assert refused.name == "read clock"
    assert refusal.name == "reply to read clock"
    assert refusal.fields == {"result": "its clock does not work"}


def test_local_times_have_no_zone_and_reach_before_1970() -> None:
    assert iso_time(0) == "1970-01-01T00:00:00"
    assert iso_time(-1) == "1969-12-31T23:59:59"
    assert iso_time(0xFFFFFFFF) == "2106-02-07T06:28:15"
    assert iso_time(0, zero_is_none=True) is None


def test_message_of_several_packets_is_explained_on_the_last() -> None:
    records = write_log_records([LogRecord(0x27, user_id=number) for number in range(300)])
    data = b"".join(encode_message(Message(0x0012, param1=300, payload=records)))
    parts = StreamExplainer().feed(data)
    assert [part.index for part in parts] == [0, 1, 2]
    assert [len(part.fields.get("records", ())) for part in parts] == [0, 0, 300]  # type: ignore[arg-type]


def test_a_reply_to_another_command_is_marked() -> None:
    explainer = StreamExplainer()
    explainer.feed(encode_packet(Packet(5, 0x0002), TCP_CIPHER), Sender.HOST)
    (reply,) = explainer.feed(encode_packet(Packet(5, 0x0014, param1=3), TCP_CIPHER), Sender.DEVICE)
    assert reply.error == "a reply to command 0x0014 arrived, 0x0002 was asked"


def test_packets_out_of_order_are_marked() -> None:
    packets = [Packet(5, 0x0012, param1=1, payload=b"x" * 8, index=index, count=3) for index in (0, 2)]
    first, second = talk(*packets)
    assert not first.error
    assert "ended after 1 of 3 packets" in second.error
    assert "without those before it" in second.error


def test_an_unfinished_message_is_marked_at_the_end() -> None:
    _, unfinished = talk(Packet(5, 0x0012, param1=1, payload=b"x" * 8, count=3))
    assert "ended after 1 of 3 packets" in unfinished.error
    assert told(unfinished)["command"] is None


def test_unknown_commands_are_named_by_number() -> None:
    (explained,) = talk(Packet(5, 0x0999, payload=b"abc"))
    assert explained.name == "unknown command 0x0999"
    assert explained.fields == {"payload": "616263"}
    assert not explained.error


def test_which_table_a_reply_without_question_carries_is_told_by_its_size() -> None:
    (explained,) = talk(Packet(5, 0x0059, param1=2, payload=bytes(2 * 304)))
    assert len(explained.fields["items"]) == 2  # type: ignore[arg-type]
    assert "holiday_id" in explained.fields["items"][0]  # type: ignore[operator, index]


def test_model_decides_where_the_bytes_do_not() -> None:
    block = bytes(100)
    question, answer = Packet(5, 0x0030, code=0x76), Packet(5, 0x0030, payload=block)
    unknown = talk(question, answer)[-1].fields["content"]
    assert unknown == "<100 bytes; what they mean depends on the model, which is not known>"
    known = talk(question, answer, knowledge=Knowledge(0x05))[-1].fields["content"]
    assert isinstance(known, dict)


def test_one_side_alone_of_a_write() -> None:
    block = NetworkSettings(ip_address="10.0.0.1").to_bytes()
    header, payload = talk(
        Packet(5, 0x0031, code=0x10, param1=204), Packet(5, 0x0031, code=0x10, param1=204, payload=block)
    )
    assert header.name == "write configuration (header)"
    assert payload.name == "write configuration (payload)"
    assert payload.fields["content"]["ip_address"] == "10.0.0.1"  # type: ignore[index, call-overload]


@pytest.mark.parametrize(
    ("packet", "name"),
    [
        (Packet(5, 0x0001, param1=10001, param2=1), "reply to identify or scan bus"),
        (Packet(5, 0x0001, param1=3, param2=1500), "scan bus"),
        (Packet(5, 0x0031, code=0, param1=0), "reply to write configuration"),
        (Packet(5, 0x0031, code=0x10, param1=204), "write configuration (header)"),
        (Packet(5, 0x0025, code=0x68), "reply to read BioStation user or list BioStation users"),
        (Packet(5, 0x0030, code=0x64), "read configuration"),
        (Packet(5, 0x0021), "delete all users, or a reply"),
        (Packet(5, 0x0021, param1=7, param2=7), "delete user"),
        (Packet(5, 0x0004), "check status"),
    ],
)
def test_a_packet_alone_is_told_by_its_form(packet: Packet, name: str) -> None:
    assert talk(packet)[0].name == name


@pytest.mark.parametrize("name", ["read_be_config", "read_929", "write_929"])
@pytest.mark.parametrize("side", ["host", "device"])
def test_one_side_alone_of_a_udp_exchange(name: str, side: str) -> None:
    explainer = DatagramExplainer()
    for packet in CASES[f"udp:{name}"]["packets"]:
        if packet["dir"] == side and not (side == "host" and packet["sequence"] == 0):
            assert not explainer.explain(bytes.fromhex(packet["hex"])).error


def test_picture_push() -> None:
    content = ImageLogHeader(event=0x27, local_time=60, image_size=3).to_bytes() + b"JPG"
    (explained,) = talk(Packet(5, 0x010B, payload=content), channel=Channel.SERVER)
    (picture,) = told(explained)["fields"]["pictures"]
    assert picture["picture"] == "<3 bytes>"
    assert picture["local_time"] == "1970-01-01T00:01:00"


def test_udp_is_no_stream() -> None:
    with pytest.raises(ValueError, match="DatagramExplainer"):
        StreamExplainer(Channel.UDP)


# Damage

GOOD = encode_packet(Packet(5, 0x0002), TCP_CIPHER)
WITH_PAYLOAD = encode_packet(Packet(10001, 0x0040, param1=11, payload=b"Hello there", encrypted=True), TCP_CIPHER)


@pytest.mark.parametrize("size", range(1, len(WITH_PAYLOAD)))
def test_a_packet_cut_at_any_byte_is_one_marked_message(size: int) -> None:
    explainer = StreamExplainer()
    assert explainer.feed(WITH_PAYLOAD[:size]) == []
    (explained,) = explainer.end()
    assert explained.error
    message = told(explained)
    assert message["checksum_ok"] is False
    assert message["command"] == (0x0040 if size >= 32 else None)


@pytest.mark.parametrize("size", range(1, len(WITH_PAYLOAD)))
def test_after_a_cut_packet_the_next_one_is_read(size: int) -> None:
    explainer = StreamExplainer()
    messages = [*explainer.feed(WITH_PAYLOAD[:size] + GOOD + GOOD), *explainer.end()]
    assert [message.name for message in messages if not message.error] == ["read clock", "reply to read clock"]
    assert sum(bool(message.error) for message in messages) == 1


def test_a_wrong_checksum_costs_nothing_else() -> None:
    damaged = bytearray(GOOD)
    damaged[32] ^= 1
    messages = StreamExplainer().feed(bytes(damaged) + GOOD)
    assert "checksum" in messages[0].error
    assert (messages[0].checksum_ok, messages[0].command) == (False, 2)
    assert (messages[1].checksum_ok, messages[1].error) == (True, "")


def test_a_wrong_end_mark() -> None:
    damaged = bytearray(GOOD)
    damaged[-1] ^= 1
    messages = StreamExplainer().feed(bytes(damaged) + GOOD)
    assert "instead of the mark" in messages[0].error
    assert not messages[1].error


def test_a_size_of_four_gigabytes_is_not_waited_for() -> None:
    damaged = bytearray(GOOD)
    damaged[16:20] = b"\xff\xff\xff\xff"
    messages = StreamExplainer().feed(bytes(damaged) + GOOD)
    assert "4294967295 bytes" in messages[0].error
    assert messages[0].size == 0xFFFFFFFF
    assert (messages[1].name, messages[1].error) == ("read clock", "")


def test_a_size_that_is_a_little_wrong() -> None:
    damaged = bytearray(GOOD)
    damaged[16] = 100
    messages = StreamExplainer().feed(bytes(damaged) + GOOD * 4)
    assert messages[0].error
    assert [message.error for message in messages[1:]] == [""] * 4


def test_bytes_before_the_first_packet_are_told_once() -> None:
    junk, good = StreamExplainer().feed(b"\x00" * 500 + GOOD)
    assert "500 bytes are not a packet" in junk.error
    assert junk.fields == {"bytes": 500, "beginning": "00" * 32}
    assert not good.error


def test_tls_is_called_by_its_name() -> None:
    explainer = StreamExplainer(Channel.SERVER)
    explainer.feed(b"\x16\x03\x01\x00\xa5" + bytes(200))
    (explained,) = explainer.end()
    assert "TLS" in explained.error


def test_a_gap_ends_what_was_unfinished() -> None:
    explainer = StreamExplainer()
    explainer.feed(WITH_PAYLOAD[:50], Sender.HOST)
    cut, gap = explainer.gap(1000, Sender.HOST)
    assert "cut" in cut.error
    assert gap.fields == {"missing_bytes": 1000}
    assert not explainer.feed(GOOD, Sender.HOST)[0].error


def test_a_stream_in_single_bytes() -> None:
    explainer = StreamExplainer()
    messages = [message for byte in WITH_PAYLOAD + GOOD for message in explainer.feed(bytes([byte]))]
    assert [message.name for message in messages] == ["show notice (payload)", "read clock"]
    assert messages[0].fields == {"text": "Hello there"}


@pytest.mark.parametrize("size", [0, 1, 4, 31, 39, 40, 500, 981, 983, 1023])
def test_datagrams_of_a_wrong_size(size: int) -> None:
    data = encode_datagram(Packet(0, 0x04A0)).ljust(1100, b"\0")[:size]
    explained = DatagramExplainer().explain(data)
    assert explained.error
    told(explained)
    if size >= 40:
        assert explained.name == "search"


def test_a_datagram_that_is_no_packet() -> None:
    explained = DatagramExplainer().explain(b"M-SEARCH * HTTP/1.1")
    assert "not a datagram" in explained.error


def test_a_ciphered_frame_of_biostar2() -> None:
    data = bytearray(bytes.fromhex(json.loads((VECTORS / "biostar2" / "UdpSearch32.json").read_text())["response_hex"]))
    data[12] |= 1
    explained = DatagramExplainer().explain(bytes(data))
    assert "ciphered" in explained.error
    message = told(explained)
    assert (message["encrypted"], message["command"], message["device_id"]) == (True, None, 0x1F223344)


# Guessing


@pytest.mark.parametrize("name", CASES)
def test_the_channel_of_direct_mode_and_udp_is_guessed(name: str) -> None:
    expected = Channel.UDP if name.startswith("udp:") else Channel.TCP
    case = CASES[name]
    for data in (bytes.fromhex(case["request_hex"]), *(bytes.fromhex(packet["hex"]) for packet in case["packets"])):
        assert guess_channel(data) is expected


def test_the_channel_of_server_mode_is_guessed() -> None:
    steps = [step for step in SCENARIOS["connect-type1"]["steps"] if "hex" in step]
    assert guess_channel(b"".join(bytes.fromhex(step["hex"]) for step in steps)) is Channel.SERVER


def test_datagrams_in_one_piece_are_cut_apart() -> None:
    request = bytes.fromhex(CASES["udp:read_be_config"]["request_hex"])
    assert [len(piece) for piece in split_datagrams(request)] == [982] * 15
    assert split_datagrams(request[:-1]) == [request[:-1]]
    frame = bytes.fromhex(json.loads((VECTORS / "biostar2" / "UdpSearch32.json").read_text())["request_hex"])
    assert split_datagrams(frame * 2) == [frame, frame]


# Anything at all

RECORDED = [
    bytes.fromhex(packet["hex"])
    for case in CASES.values()
    for packet in case["packets"]
    if len(packet["hex"]) < 2 * 1200
][::7] + [
    bytes.fromhex(step["hex"])
    for scenario in SCENARIOS.values()
    for step in scenario["steps"]
    if "hex" in step and len(step["hex"]) < 2 * 1200
][::11]


def changed(data: bytes, changes: list[tuple[int, int]]) -> bytes:
    result = bytearray(data)
    for place, value in changes:
        result[place % len(result)] = value
    return bytes(result)


mutated = st.builds(
    changed, st.sampled_from(RECORDED), st.lists(st.tuples(st.integers(0, 1200), st.integers(0, 255)), max_size=6)
)
anything = st.one_of(
    st.binary(max_size=300),
    mutated,
    st.builds(lambda data, size: data[: size % (len(data) + 1)], st.sampled_from(RECORDED), st.integers(0, 1200)),
    st.builds(lambda data: b"{{<<" + data, st.binary(max_size=200)),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(anything, st.sampled_from(Sender)), max_size=6),
    st.sampled_from([Channel.TCP, Channel.SERVER]),
)
def test_no_stream_breaks_the_explainer(pieces: list[tuple[bytes, Sender]], channel: Channel) -> None:
    explainer = StreamExplainer(channel)
    for data, sender in pieces:
        for message in explainer.feed(data, sender):
            told(message)
    for message in explainer.end():
        told(message)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(anything, st.sampled_from(Sender)), max_size=4))
def test_no_datagram_breaks_the_explainer(datagrams: list[tuple[bytes, Sender]]) -> None:
    explainer = DatagramExplainer()
    for data, sender in datagrams:
        told(explainer.explain(data, sender))
        guess_channel(data)


header_numbers = st.builds(
    Packet,
    device_id=st.just(5),
    command=st.one_of(st.integers(0, 0x200), st.integers(0x4A0, 0x4A4)),
    code=st.sampled_from([0, 1, 2, 4, 0x10, 0x21, 0x24, 0x50, 0x68, 0x70, 0xFFFF]),
    param1=st.one_of(st.integers(0, 4), st.integers(0, 0xFFFFFFFF)),
    param2=st.one_of(st.integers(0, 4), st.integers(0, 0xFFFFFFFF)),
    payload=st.one_of(st.binary(max_size=700), st.sampled_from([16, 24, 116, 128, 148, 388, 756, 1112]).map(bytes)),
    index=st.integers(0, 2),
    count=st.integers(0, 3),
    encrypted=st.booleans(),
    sequence=st.integers(0, 4),
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(header_numbers, st.sampled_from(Sender)), max_size=5), st.sampled_from(Channel))
def test_no_valid_packet_with_odd_content_breaks_the_explainer(
    packets: list[tuple[Packet, Sender]], channel: Channel
) -> None:
    datagrams = DatagramExplainer()
    stream = StreamExplainer(Channel.TCP if channel is Channel.UDP else channel)
    for packet, sender in packets:
        if channel is Channel.UDP:
            if packet.size <= MAXIMUM_DATAGRAM_PAYLOAD:
                told(datagrams.explain(encode_datagram(packet), sender))
        else:
            (message,) = stream.feed(encode_packet(packet, TCP_CIPHER), sender)
            assert message.checksum_ok
            told(message)


def test_the_reader_holds_one_packet_at_the_most() -> None:
    reader = TolerantReader(TCP_CIPHER)
    largest = 0
    header = encode_packet(Packet(5, 0x0012, payload=b"x" * 100), TCP_CIPHER)[:32]
    for data in itertools.repeat(header[:16] + (60_000).to_bytes(4, "little") + header[20:] + b"x" * 1000, 300):
        reader.feed(data)
        largest = max(largest, reader.buffered)
    assert largest < LARGEST_PAYLOAD_READ + 64


def test_a_message_without_end_is_not_held() -> None:
    explainer = StreamExplainer()
    part = bytes(4096)
    messages = []
    for index in range(MOST_BYTES_JOINED // len(part) + 2):
        packet = Packet(5, 0x0009, param1=1, payload=part, index=index, count=MOST_BYTES_JOINED // len(part) + 2)
        messages += explainer.feed(encode_packet(packet, TCP_CIPHER), Sender.HOST)
    assert "too much" in messages[-1].error
    assert not any(message.error for message in messages[:-1])

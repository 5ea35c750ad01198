"""The rules of the UDP exchanges beyond what was recorded: losses, repetitions, strangers, limits."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorward.model.errors import DeviceRefused
from doorward.protocol.biostar1.datagram import DATAGRAM_SIZE, decode_datagram, encode_datagram
from doorward.protocol.biostar1.packet import Packet
from doorward.protocol.biostar1.results import INVALID_PARAMETER, UNSUPPORTED, result_error
from doorward.protocol.biostar1.udp_device import MAXIMUM_ASKERS, MAXIMUM_WRITE, UdpDevice
from doorward.protocol.biostar1.udp_exchange import (
    MAXIMUM_ATTEMPTS,
    READ_CONFIGURATION,
    SEARCH,
    WRITE_CONFIGURATION,
    DeviceExchange,
    ReadConfigurationExchange,
    RestartExchange,
    SearchExchange,
    WriteConfigurationExchange,
)
from doorward.protocol.errors import LocalProtocolError, RemoteProtocolError

ID = 10001
SOURCE = ("10.0.0.1", 4000)


class Store:
    """Holds blocks and counts what it was asked to do."""

    def __init__(self) -> None:
        self.blocks = {0x10: bytes(range(204)), 0x50: bytes(12288)}
        self.writes = 0
        self.restarts = 0

    def read_configuration(self, configuration_type: int) -> bytes:
        if configuration_type not in self.blocks:
            raise result_error(UNSUPPORTED, "read it")
        return self.blocks[configuration_type]

    def check_write(self, configuration_type: int, size: int) -> None:
        if len(self.read_configuration(configuration_type)) != size:
            raise result_error(INVALID_PARAMETER, "write it")

    def write_configuration(self, configuration_type: int, data: bytes) -> None:
        self.writes += 1
        self.blocks[configuration_type] = data

    def restart(self) -> None:
        self.restarts += 1


def device() -> tuple[UdpDevice, Store]:
    store = Store()
    return UdpDevice(ID, 1, store), store


def run(exchange: DeviceExchange, peer: UdpDevice, first: bytes | None = None) -> None:
    waiting = [first or exchange.start()]
    while waiting:
        for reply in peer.receive(waiting.pop(0), SOURCE):
            waiting += exchange.receive(reply)


@given(st.binary(min_size=1, max_size=20_000))
@settings(max_examples=30)
def test_blocks_of_any_size_go_both_ways(block: bytes) -> None:
    peer, store = device()
    store.blocks[0x60] = bytes(len(block))
    write = WriteConfigurationExchange(ID, 0x60, block)
    run(write, peer)
    assert write.done
    read = ReadConfigurationExchange(ID, 0x60)
    run(read, peer)
    assert read.result == block == store.blocks[0x60]
    assert store.writes == 1


@pytest.mark.parametrize("lost", range(1, 29))
def test_reading_begins_again_after_any_loss(lost: int) -> None:
    peer, store = device()
    store.blocks[0x50] = bytes(index % 251 for index in range(12288))
    exchange = ReadConfigurationExchange(ID, 0x50)
    waiting, count = [exchange.start()], 0
    while not exchange.done:
        if not waiting:
            assert exchange.may_restart
            waiting.append(exchange.start())
        for reply in peer.receive(waiting.pop(0), SOURCE):
            count += 1
            if count != lost:
                waiting += exchange.receive(reply)
    assert exchange.result == store.blocks[0x50]
    assert exchange.attempts == (2 if lost <= 14 else 1)


@pytest.mark.parametrize(("lost", "again"), [(1, True), (2, True), (3, False), (4, False)])
def test_writing_begins_again_only_before_the_last_part_left(lost: int, again: bool) -> None:
    # Two parts: the answers are accept, acknowledgement, acknowledgement, result.
    peer, store = device()
    store.blocks[0x60] = bytes(1000)
    exchange = WriteConfigurationExchange(ID, 0x60, b"n" * 1000)
    waiting, count = [exchange.start()], 0
    while waiting and not exchange.done:
        for reply in peer.receive(waiting.pop(0), SOURCE):
            count += 1
            if count == lost:
                break
            waiting += exchange.receive(reply)
    assert not exchange.done
    assert exchange.may_restart is again
    if again:
        assert store.writes == 0
        run(exchange, peer, exchange.start())
        assert exchange.done
    else:
        assert exchange.last_part_sent
        with pytest.raises(LocalProtocolError, match="cannot begin again"):
            exchange.start()
    assert store.writes == 1


def test_a_device_acts_once_on_a_datagram_that_comes_twice() -> None:
    peer, store = device()
    exchange = WriteConfigurationExchange(ID, 0x10, bytes(204))
    (accept,) = peer.receive(exchange.start(), SOURCE)
    (part,) = exchange.receive(accept)
    answers = peer.receive(part, SOURCE)
    assert peer.receive(part, SOURCE) == answers
    assert store.writes == 1
    for answer in answers:
        assert exchange.receive(answer) == ()
        assert exchange.receive(answer) == ()
    assert exchange.done


def test_a_client_drops_a_repetition_and_what_is_not_meant_for_it() -> None:
    peer, _ = device()
    exchange = ReadConfigurationExchange(ID, 0x50)
    (first,) = peer.receive(exchange.start(), SOURCE)
    (acknowledgement,) = exchange.receive(first)
    assert exchange.receive(first) == ()
    assert exchange.receive(encode_datagram(Packet(ID, SEARCH, sequence=3))) == ()
    assert exchange.receive(encode_datagram(Packet(ID + 1, READ_CONFIGURATION, sequence=3))) == ()
    (second,) = peer.receive(acknowledgement, SOURCE)
    unnamed = encode_datagram(replace(decode_datagram(second), device_id=0))
    assert len(exchange.receive(unnamed)) == 1


@pytest.mark.parametrize("change", [{"sequence": 3}, {"sequence": 0}, {"index": 1}])
def test_an_answer_out_of_order_is_refused(change: dict[str, int]) -> None:
    peer, _ = device()
    exchange = ReadConfigurationExchange(ID, 0x50)
    (first,) = peer.receive(exchange.start(), SOURCE)
    broken = replace(decode_datagram(first), sequence=change.get("sequence", 1), index=change.get("index", 0))
    with pytest.raises(RemoteProtocolError, match="was due"):
        exchange.receive(encode_datagram(broken))
    assert not exchange.done


def test_a_count_that_changes_is_refused() -> None:
    peer, _ = device()
    exchange = ReadConfigurationExchange(ID, 0x50)
    (first,) = peer.receive(exchange.start(), SOURCE)
    (acknowledgement,) = exchange.receive(first)
    (second,) = peer.receive(acknowledgement, SOURCE)
    with pytest.raises(RemoteProtocolError, match="was due"):
        exchange.receive(encode_datagram(replace(decode_datagram(second), count=3)))


def test_a_block_that_grows_too_large_is_refused() -> None:
    peer, _ = device()
    exchange = ReadConfigurationExchange(ID, 0x50, maximum_size=1000)
    (first,) = peer.receive(exchange.start(), SOURCE)
    (acknowledgement,) = exchange.receive(first)
    (second,) = peer.receive(acknowledgement, SOURCE)
    with pytest.raises(RemoteProtocolError, match="beyond 1000"):
        exchange.receive(second)


def test_a_result_before_its_acknowledgement_is_refused() -> None:
    peer, _ = device()
    exchange = WriteConfigurationExchange(ID, 0x10, bytes(204))
    (accept,) = peer.receive(exchange.start(), SOURCE)
    exchange.receive(accept)
    with pytest.raises(RemoteProtocolError, match="result 0 arrived where 1"):
        exchange.receive(encode_datagram(Packet(ID, WRITE_CONFIGURATION, sequence=3)))


@pytest.mark.parametrize(
    ("exchange", "code"),
    [
        (ReadConfigurationExchange(ID, 0x99), UNSUPPORTED),
        (WriteConfigurationExchange(ID, 0x99, b"x"), UNSUPPORTED),
        (WriteConfigurationExchange(ID, 0x10, b"short"), INVALID_PARAMETER),
    ],
)
def test_a_refusal_ends_the_exchange(exchange: DeviceExchange, code: int) -> None:
    peer, store = device()
    with pytest.raises(DeviceRefused) as caught:
        run(exchange, peer)
    assert caught.value.code == code
    assert exchange.done
    assert not exchange.may_restart
    assert store.writes == 0


def test_a_result_is_not_there_before_the_end() -> None:
    exchange = ReadConfigurationExchange(ID, 0x10)
    with pytest.raises(LocalProtocolError, match="no result"):
        _ = exchange.result


def test_attempts_are_limited() -> None:
    exchange = RestartExchange(ID)
    for _ in range(MAXIMUM_ATTEMPTS):
        exchange.start()
    assert not exchange.may_restart
    with pytest.raises(LocalProtocolError, match="cannot begin again"):
        exchange.start()


@pytest.mark.parametrize("device_id", [0, -1, 2**32])
def test_a_device_must_be_named(device_id: int) -> None:
    with pytest.raises(LocalProtocolError, match="device id"):
        RestartExchange(device_id)
    with pytest.raises(LocalProtocolError, match="configuration"):
        WriteConfigurationExchange(ID, 0x10, b"")


@pytest.mark.parametrize(
    "packet",
    [
        Packet(ID + 1, SEARCH),
        Packet(0, READ_CONFIGURATION, code=0x10),
        Packet(ID + 1, READ_CONFIGURATION, code=0x10),
        Packet(0, 0x04A4),
        Packet(ID, 0x0001),
        Packet(ID, READ_CONFIGURATION, code=1, sequence=2),
    ],
)
def test_a_device_keeps_silent_when_it_is_not_meant(packet: Packet) -> None:
    peer, store = device()
    assert peer.receive(encode_datagram(packet), SOURCE) == ()
    assert store.restarts == 0


def test_a_device_answers_a_search_by_its_own_id() -> None:
    peer, _ = device()
    answer = SearchExchange(ID).receive(peer.receive(SearchExchange(ID).start(), SOURCE)[0])
    assert answer is not None
    assert (answer.device_id, answer.device_type) == (ID, 1)


def test_each_asker_has_an_exchange_of_its_own_and_their_number_is_limited() -> None:
    peer, _ = device()
    exchanges = [ReadConfigurationExchange(ID, 0x50) for _ in range(MAXIMUM_ASKERS + 1)]
    next_ = [
        exchange.receive(peer.receive(exchange.start(), ("10.0.0.1", port))[0])[0]
        for port, exchange in enumerate(exchanges)
    ]
    answers = [peer.receive(data, ("10.0.0.1", port)) for port, data in enumerate(next_)]
    assert answers[0] == ()  # the oldest was forgotten
    assert all(len(answer) == 1 for answer in answers[1:])


@pytest.mark.parametrize("size", [0, MAXIMUM_WRITE + 1, 0xFFFFFFFF])
def test_a_device_refuses_a_write_of_an_impossible_size(size: int) -> None:
    peer, _ = device()
    (answer,) = peer.receive(encode_datagram(Packet(ID, WRITE_CONFIGURATION, 0x10, size)), SOURCE)
    assert decode_datagram(answer).code == INVALID_PARAMETER


@pytest.mark.parametrize("payload", [b"", bytes(203), bytes(205)])
def test_a_device_refuses_parts_that_do_not_add_up(payload: bytes) -> None:
    peer, store = device()
    peer.receive(encode_datagram(Packet(ID, WRITE_CONFIGURATION, 0x10, 204)), SOURCE)
    answers = peer.receive(encode_datagram(Packet(ID, WRITE_CONFIGURATION, 0x10, 204, 0, payload, sequence=2)), SOURCE)
    assert [decode_datagram(answer).code for answer in answers] == [1, INVALID_PARAMETER]
    assert store.writes == 0


packets = st.builds(
    Packet,
    device_id=st.sampled_from([0, ID]),
    command=st.sampled_from([0x04A0, 0x04A2, 0x04A3, 0x04A4]),
    code=st.sampled_from([0, 1, 0x10, 0x50]),
    param1=st.sampled_from([0, 204, 12288, 0xFFFFFFFF]),
    param2=st.just(0),
    payload=st.binary(max_size=300),
    index=st.integers(0, 3),
    count=st.integers(0, 3),
    encrypted=st.booleans(),
    sequence=st.integers(0, 6),
)


@given(st.lists(st.one_of(packets.map(encode_datagram), st.binary(min_size=DATAGRAM_SIZE, max_size=DATAGRAM_SIZE)),
                max_size=12))  # fmt: skip
@settings(max_examples=100)
def test_no_datagrams_break_either_end(datagrams: list[bytes]) -> None:
    peer, _ = device()
    exchanges: list[DeviceExchange] = [
        ReadConfigurationExchange(ID, 0x10),
        WriteConfigurationExchange(ID, 0x10, bytes(204)),
        RestartExchange(ID),
    ]
    for exchange in exchanges:
        exchange.start()
    search = SearchExchange()
    for data in datagrams:
        assert all(len(answer) == DATAGRAM_SIZE for answer in peer.receive(data, SOURCE))
        for receive in (search.receive, *(exchange.receive for exchange in exchanges)):
            try:
                receive(data)
            except (RemoteProtocolError, DeviceRefused):
                continue


@given(st.binary(max_size=1100))
def test_no_bytes_break_either_end(data: bytes) -> None:
    peer, _ = device()
    assert peer.receive(data, SOURCE) == ()
    with pytest.raises(RemoteProtocolError):
        SearchExchange().receive(data)

"""Every direct-mode vector, played to a virtual device that holds the vector's data: the replies are the vector's."""

from __future__ import annotations

import pytest

from doorward.protocol.biostar1.stream import PacketDecoder
from doorward.protocol.errors import ChecksumError
from doorward.simulator.faults import Fault
from tests.simulator.replay import device_for, play
from tests.support.vectors import tcp_cases

RAW = "a packet that no command of the protocol is; the vectors' own device echoes success to anything"

# Vectors whose reply cannot be compared byte for byte, and why.
EXCEPTIONS = {
    "framing/single_packet_clear": RAW,
    "framing/payload_5_clear": RAW,
    "framing/payload_2048_one_packet": RAW,
    "framing/payload_2049_two_packets": RAW,
    "framing/single_packet_enc_type1": RAW,
    "framing/single_packet_enc_type7": RAW,
    "framing/single_packet_enc_type12": RAW,
    "framing/payload_1_enc": RAW,
    "framing/payload_16_enc": RAW,
    "framing/payload_17_enc": RAW,
    "framing/payload_5000_enc": RAW,
    "framing/bad_checksum_reply": "the damage is another one; see the test of wrong checksums below",
    "framing/no_reply_timeout": "there is no reply; see the test of stalling below",
    "framing/reply_large_one_packet_4096": "packets carry at most 2048 bytes, as section 2 recommends",
    "logs/read_log_50000": "the vector keeps the first and the last packet only; see the test below",
    "users/get_user_info_FStationEx": "the second parameter is 0 there and the size in all like it; nobody looks at it",
    "users/get_all_private_info": "its two greetings are of one user; a device holds one for each",
}

CASES = dict(tcp_cases())


@pytest.mark.parametrize("name", [name for name in CASES if name not in EXCEPTIONS])
def test_the_reply_is_that_of_the_vector(name: str) -> None:
    case = CASES[name]
    assert play(device_for(case), case).hex() == case["response_hex"]


def test_exceptions_are_vectors() -> None:
    assert set(EXCEPTIONS) <= set(CASES)


def test_a_wrong_checksum_on_demand_is_refused_by_the_decoder() -> None:
    case = CASES["framing/bad_checksum_reply"]
    device = device_for(case)
    device.faults.at_reply(1, Fault.WRONG_CHECKSUM)
    reply = play(device, case)
    assert reply[:32].hex() == case["packets"][1]["hex"][:64]
    with pytest.raises(ChecksumError):
        PacketDecoder().feed(reply)


def test_a_stalled_device_answers_nothing() -> None:
    case = CASES["framing/no_reply_timeout"]
    device = device_for(case)
    device.faults.at_reply(1, Fault.STALL)
    assert play(device, case) == b""


def test_a_log_of_50000_records_begins_and_ends_as_in_the_vector() -> None:
    case = CASES["logs/read_log_50000"]
    first, last = (packet for packet in case["packets"] if packet["dir"] == "device")
    device = device_for(case | {"packets": []})
    known = [bytes.fromhex(packet["payload_hex"]) for packet in (first, last)]
    device.log.add_records(known[0] + bytes(50_000 * 16 - sum(map(len, known))) + known[1])
    device.log.records_per_read = 50_000
    reply = play(device, case)
    assert len(reply) == 391 * 40 + 50_000 * 16
    assert reply.startswith(bytes.fromhex(first["hex"]))
    assert reply.endswith(bytes.fromhex(last["hex"]))

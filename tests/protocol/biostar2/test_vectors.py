"""The recorded datagrams, byte for byte, as a client sends and reads them and as a device does."""

import json
from pathlib import Path
from typing import Any, cast

import pytest

from doorward.protocol.biostar2.frame import DATAGRAM_SIZE, decode_datagram, decode_frame, encode_datagram
from doorward.protocol.biostar2.network_settings import (
    SET_CONFIGURATION,
    ConfigurationReply,
    IpConfiguration,
    SetConfigurationRequest,
)
from doorward.protocol.biostar2.search import LongSearchAnswer, SearchAnswer, SearchReply, SearchRequest
from doorward.protocol.errors import RemoteProtocolError

VECTORS = Path(__file__).parents[2] / "data" / "vectors" / "biostar2"
NAMES = sorted(path.stem for path in VECTORS.glob("*.json"))


def load(name: str) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads((VECTORS / f"{name}.json").read_text()))


def masked(data: bytes, mask: bytes) -> bytes:
    assert len(data) == len(mask)
    return bytes(a & b for a, b in zip(data, mask, strict=True))


def assert_same(sent: bytes, vector: dict[str, Any], kind: str) -> None:
    prefix = "" if kind == "request" else "response_"
    expected, mask = bytes.fromhex(vector[f"{kind}_hex"]), bytes.fromhex(vector[f"{prefix}mask_hex"])
    assert masked(sent, mask) == masked(expected, mask)


def test_all_vectors_are_known() -> None:
    assert NAMES == ["UdpSearch32", "UdpSearch400", "UdpSetIPConfig"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["request_hex", "response_hex"])
def test_every_datagram_is_written_back_as_it_came(name: str, kind: str) -> None:
    data = bytes.fromhex(load(name)[kind])
    assert encode_datagram(decode_datagram(data)) == data


@pytest.mark.parametrize(("name", "record"), [("UdpSearch32", SearchAnswer), ("UdpSearch400", LongSearchAnswer)])
def test_search(name: str, record: type[SearchAnswer]) -> None:
    vector = load(name)
    assert_same(SearchRequest(sequence=7).to_datagram(), vector, "request")
    asked = SearchRequest.from_frame(decode_datagram(bytes.fromhex(vector["request_hex"])))
    assert not asked.core_station

    reply = SearchReply.from_datagram(bytes.fromhex(vector["response_hex"]))
    assert type(reply.answer) is record
    assert reply.answer.valid_device_id
    out = bytes.fromhex(vector["decoded"].get("out_hex") or load("UdpSearch32")["decoded"]["out_hex"])
    assert reply.answer.device_id == int.from_bytes(out[:4], "little") == 0x1F223344
    assert reply.answer.device_type == int.from_bytes(out[4:6], "little") == 0x0A
    assert reply.answer.connection_mode == out[6] == 0
    assert reply.answer.ip_address == "10.78.0.2"
    assert reply.answer.port == int.from_bytes(out[11:13], "little") == 51211
    answer = record(device_id=0x1F223344, device_type=0x0A, ip_address="10.78.0.2", port=51211, capabilities=1)
    assert_same(SearchReply(answer=answer, sequence=asked.sequence).to_datagram(), vector, "response")


def test_set_network_settings() -> None:
    vector = load("UdpSetIPConfig")
    device_id, settings = vector["arguments"][0], bytes.fromhex(vector["arguments"][1])
    configuration = IpConfiguration.from_bytes(settings.ljust(IpConfiguration.SIZE, b"\0"))
    assert configuration == IpConfiguration(
        connection_mode=0,
        dhcp=True,
        ip_address="10.78.0.2",
        gateway="10.78.0.254",
        subnet_mask="255.255.255.0",
        server_address="10.78.0.1",
        port=51211,
        server_port=51212,
        mtu_size=1514,
        baseband=1,
        tls_server_port=51213,
    )
    sent = SetConfigurationRequest(device_id=device_id, configuration=configuration).to_datagram()
    assert_same(sent, vector, "request")
    request = SetConfigurationRequest.from_frame(decode_datagram(bytes.fromhex(vector["request_hex"])))
    assert request.configuration == configuration
    assert request.device_id == device_id

    reply = ConfigurationReply.from_datagram(bytes.fromhex(vector["response_hex"]))
    assert (reply.command, reply.device_id, reply.result) == (SET_CONFIGURATION, device_id, 0)
    answered = ConfigurationReply(command=SET_CONFIGURATION, device_id=device_id, sequence=request.sequence)
    assert_same(answered.to_datagram(), vector, "response")


@pytest.mark.parametrize("name", NAMES)
def test_a_frame_cut_at_any_byte_is_refused(name: str) -> None:
    data = bytes.fromhex(load(name)["request_hex"])
    assert len(data) == DATAGRAM_SIZE
    end = 36 + len(decode_frame(data).payload)
    for size in range(end):
        with pytest.raises(RemoteProtocolError):
            decode_frame(data[:size])
    for size in range(0, DATAGRAM_SIZE, 31):
        with pytest.raises(RemoteProtocolError):
            decode_datagram(data[:size])

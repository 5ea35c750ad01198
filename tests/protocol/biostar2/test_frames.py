"""Frames, containers, and words for numbers: the rules beyond the recorded datagrams."""

import dataclasses
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorward.model.errors import DeviceRefused, InvalidInput
from doorward.protocol.biostar2 import models, results
from doorward.protocol.biostar2.events import EVENTS, event_words
from doorward.protocol.biostar2.frame import (
    DATAGRAM_SIZE,
    MAGIC,
    Frame,
    decode_datagram,
    decode_frame,
    encode_datagram,
    encode_frame,
)
from doorward.protocol.biostar2.network_settings import (
    GET_CONFIGURATION,
    SET_CONFIGURATION,
    ConfigurationBlock,
    ConfigurationReply,
    ExtendedIpConfiguration,
    GetConfigurationRequest,
    IpConfiguration,
    SetConfigurationRequest,
    decode_container,
    encode_container,
    ip_configuration_of,
)
from doorward.protocol.biostar2.search import LongSearchAnswer, SearchAnswer, SearchReply, SearchRequest
from doorward.protocol.errors import LocalProtocolError, RemoteProtocolError

u16, u32 = st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)
frames = st.builds(
    Frame,
    command=u16,
    device_id=u32,
    sequence=u16,
    option=u16,
    param1=u32,
    param2=u32,
    payload=st.binary(max_size=988),
    flags=u16.map(lambda flags: flags & ~1),
    fragment_index=u16,
    fragment_total=u16,
    reserved=u32,
)


@given(frames)
def test_a_frame_survives_the_way_out_and_back(frame: Frame) -> None:
    assert decode_frame(encode_frame(frame)) == frame
    assert decode_datagram(encode_datagram(frame)) == frame
    assert len(encode_datagram(frame)) == DATAGRAM_SIZE


@settings(max_examples=300)
@given(st.one_of(st.binary(max_size=1200), st.binary(max_size=1200).map(lambda tail: MAGIC + tail)))
def test_no_bytes_break_the_decoders(data: bytes) -> None:
    for decode in (
        decode_frame,
        decode_datagram,
        decode_container,
        ip_configuration_of,
        SearchReply.from_datagram,
        ConfigurationReply.from_datagram,
    ):
        try:
            decode(data)
        except RemoteProtocolError:
            continue


@given(frames)
def test_no_frame_breaks_the_messages(frame: Frame) -> None:
    for command in (frame.command, 0x1000, 0x1001, 0x1002, 0x1004):
        asked = dataclasses.replace(frame, command=command)
        for read in (
            SearchRequest.from_frame,
            SearchReply.from_frame,
            GetConfigurationRequest.from_frame,
            SetConfigurationRequest.from_frame,
            ConfigurationReply.from_frame,
        ):
            try:
                read(asked)
            except RemoteProtocolError:
                continue


@given(st.binary(min_size=32, max_size=32) | st.binary(min_size=400, max_size=400))
def test_a_search_answer_is_written_back_as_it_came(data: bytes) -> None:
    reply = SearchReply.from_frame(Frame(command=0x1000, payload=data))
    assert reply.answer.to_bytes() == data


@pytest.mark.parametrize("size", [0, 31, 33, 399, 401, 988])
def test_a_search_answer_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(RemoteProtocolError, match="32 or 400"):
        SearchReply.from_frame(Frame(command=0x1000, payload=bytes(size)))


@pytest.mark.parametrize("frame", [Frame(command=0x1002, payload=bytes(32)), Frame(command=0x1000, option=2)])
def test_another_command_or_an_error_is_no_search_answer(frame: Frame) -> None:
    with pytest.raises(RemoteProtocolError):
        SearchReply.from_frame(frame)


def test_core_station_search() -> None:
    frame = decode_datagram(SearchRequest(core_station=True, sequence=3).to_datagram())
    assert (frame.command, frame.param1, frame.param2, frame.payload) == (0x1004, 0, 0, b"")
    assert SearchRequest.from_frame(frame) == SearchRequest(core_station=True, sequence=3)
    reply = SearchReply(answer=LongSearchAnswer(device_id=0x0E000001, device_type=0x0E), core_station=True)
    assert SearchReply.from_datagram(reply.to_datagram()) == reply


def test_long_datagrams_are_taken_and_short_ones_refused() -> None:
    data = SearchReply(answer=SearchAnswer(device_id=0x1F223344)).to_datagram()
    assert SearchReply.from_datagram(data + bytes(400)).answer.device_id == 0x1F223344
    with pytest.raises(RemoteProtocolError, match="1024"):
        decode_datagram(data[:-1])


def test_a_size_of_four_gigabytes_is_refused() -> None:
    data = bytearray(SearchRequest().to_datagram())
    data[20:24] = b"\xff\xff\xff\xff"
    with pytest.raises(RemoteProtocolError, match="4294967295"):
        decode_datagram(bytes(data))


def test_ciphered_frames_are_refused_both_ways() -> None:
    data = bytearray(SearchRequest().to_datagram())
    data[12] |= 1
    with pytest.raises(RemoteProtocolError, match="ciphered"):
        decode_datagram(bytes(data))
    with pytest.raises(LocalProtocolError, match="ciphered"):
        encode_frame(Frame(command=0x1000, flags=1))


@pytest.mark.parametrize("change", [{"device_id": -1}, {"command": 0x10000}, {"payload": bytes(989)}])
def test_what_does_not_fit_is_not_sent(change: dict[str, Any]) -> None:
    with pytest.raises(LocalProtocolError):
        encode_datagram(dataclasses.replace(Frame(command=1), **change))


def test_question_and_answer_about_settings() -> None:
    asked = decode_datagram(GetConfigurationRequest(device_id=5, sequence=9).to_datagram())
    assert (asked.command, asked.param2, len(asked.payload)) == (GET_CONFIGURATION, 4, 988)
    assert GetConfigurationRequest.from_frame(asked) == GetConfigurationRequest(device_id=5, sequence=9)
    settings_block = IpConfiguration(ip_address="192.168.0.9", port=51211)
    reply = ConfigurationReply(command=GET_CONFIGURATION, device_id=5, configuration=settings_block, sequence=9)
    assert ConfigurationReply.from_datagram(reply.to_datagram()) == reply
    refused = ConfigurationReply(command=SET_CONFIGURATION, device_id=5, result=0x0101)
    assert ConfigurationReply.from_datagram(refused.to_datagram()) == refused


def test_unknown_bytes_of_the_settings_survive_a_change() -> None:
    data = bytes(range(4, 108 + 4))
    changed = dataclasses.replace(IpConfiguration.from_bytes(data), port=1).to_bytes()
    assert [at for at in range(108) if changed[at] != data[at]] == [68, 69]


def test_extended_settings_have_their_published_size() -> None:
    record = ExtendedIpConfiguration(dns_address="9.9.9.9", server_url="server.example")
    data = record.to_bytes()
    assert len(data) == 304
    assert data[16:30] == b"server.example"
    assert ExtendedIpConfiguration.from_bytes(data) == record


@given(st.lists(st.tuples(st.integers(0, 15), st.binary(max_size=40)), min_size=1, max_size=4))
def test_containers_survive(blocks: list[tuple[int, bytes]]) -> None:
    written = tuple(ConfigurationBlock(1 << bit, data) for bit, data in blocks)
    assert decode_container(encode_container(*written) + bytes(20)) == written


def test_a_container_with_a_wrong_mask_is_refused() -> None:
    data = bytearray(encode_container(ConfigurationBlock(4, bytes(108))))
    data[0] = 5
    with pytest.raises(RemoteProtocolError, match="announce"):
        decode_container(bytes(data))
    with pytest.raises(RemoteProtocolError, match="no IPv4"):
        ip_configuration_of(encode_container(ConfigurationBlock(2, bytes(8))))
    with pytest.raises(LocalProtocolError):
        encode_container(ConfigurationBlock(4, bytes(985)))


@pytest.mark.parametrize(
    ("result", "number", "words"),
    [
        (0x0000, 1, "success"),
        (0x0001, 0, "in progress"),
        (0x0002, -10007, "the device is busy"),
        (0x0100, -600, "not supported"),
        (0x0101, -200, "invalid parameter"),
        (0xFF37, -201, "invalid packet"),
        (0xFD38, -712, "invalid log file"),
        (0xFFFF, -1, "the device's driver reported an error"),
        (0x0003, -65533, "unknown result 0x0003"),
    ],
)
def test_results(result: int, number: int, words: str) -> None:
    assert results.error_number(result) == number
    assert results.result_words(result) == words


def test_a_refusal_says_what_and_why() -> None:
    error = results.refusal(results.BUSY, "take network settings")
    assert isinstance(error, DeviceRefused)
    assert error.code == 2
    assert "take network settings" in error.message
    assert "busy" in error.message
    assert error.advice


@given(u16)
def test_every_event_code_has_words(code: int) -> None:
    assert event_words(code)
    assert results.result_words(code)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0x1006, "verified (card)"),
        (0x1301, "identified (fingerprint)"),
        (0x1902, "access denied (user disabled)"),
        (0x3201, "time zone set"),
        (0x5200, "door opened"),
        (0x52FF, "door opened (sub code 0xff)"),
        (0xFF01, "unknown event 0xff01"),
    ],
)
def test_event_words(code: int, words: str) -> None:
    assert event_words(code) == words


def test_models() -> None:
    assert len(models.MODELS_BY_TYPE) == len(models.MODELS_BY_SLUG) == len(models.MODELS) == 35
    assert models.model_by_slug(" FaceStation-2 ").device_type == 0x0A
    assert models.type_title(0x0A) == "FaceStation 2"
    assert models.type_title(0xEEEE) == "unknown type 0xeeee"
    assert models.Feature.PIN in models.MODELS_BY_TYPE[0x1A].supported
    with pytest.raises(InvalidInput, match="biostation-2"):
        models.model_by_slug("toaster")
    assert len(EVENTS) > 130

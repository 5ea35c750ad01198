"""The device's end of UDP 51210, and network settings in the words of all generations."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.model.errors import DeviceRefused, InvalidInput, Unsupported
from doorward.model.network_settings import NetworkChanges
from doorward.protocol.biostar2.frame import Frame, decode_datagram, encode_datagram
from doorward.protocol.biostar2.network_settings import (
    GET_CONFIGURATION,
    SET_CONFIGURATION,
    ConfigurationReply,
    GetConfigurationRequest,
    IpConfiguration,
    SetConfigurationRequest,
    change_settings,
    read_settings,
)
from doorward.protocol.biostar2.search import SearchAnswer, SearchReply, SearchRequest
from doorward.protocol.biostar2.udp_device import UdpDevice

ID = 0x1F223344
CONFIGURATION = IpConfiguration(ip_address="10.1.2.3", subnet_mask="255.255.255.0", port=51211, server_port=51212)


class State:
    def __init__(self, device_type: int = 0x0A) -> None:
        self.device_type = device_type
        self.configuration = CONFIGURATION
        self.refusal = 0

    def search_answer(self) -> SearchAnswer:
        return SearchAnswer(device_id=ID, device_type=self.device_type, ip_address=self.configuration.ip_address)

    def ip_configuration(self) -> IpConfiguration:
        return self.configuration

    def take_ip_configuration(self, configuration: IpConfiguration) -> None:
        if self.refusal:
            raise DeviceRefused("no", code=self.refusal)
        self.configuration = configuration


def test_search() -> None:
    (reply,) = UdpDevice(State()).receive(SearchRequest(sequence=5).to_datagram())
    assert SearchReply.from_datagram(reply).answer == State().search_answer()
    assert decode_datagram(reply).sequence == 5
    assert UdpDevice(State()).receive(SearchRequest(core_station=True).to_datagram()) == ()
    (reply,) = UdpDevice(State(0x0E)).receive(SearchRequest(core_station=True).to_datagram())
    assert SearchReply.from_datagram(reply).core_station


def test_get_and_set() -> None:
    state = State()
    device = UdpDevice(state)
    (reply,) = device.receive(GetConfigurationRequest(device_id=ID, sequence=6).to_datagram())
    assert ConfigurationReply.from_datagram(reply).configuration == CONFIGURATION
    wanted = replace(CONFIGURATION, port=51999)
    (reply,) = device.receive(SetConfigurationRequest(device_id=ID, configuration=wanted).to_datagram())
    answer = ConfigurationReply.from_datagram(reply)
    assert (answer.command, answer.result, answer.device_id) == (SET_CONFIGURATION, 0, ID)
    assert state.configuration == wanted


@pytest.mark.parametrize(
    ("frame", "result"),
    [
        (Frame(command=GET_CONFIGURATION, device_id=ID, param2=2), 0x0101),
        (Frame(command=0x1009, device_id=ID, param2=2), 0x0100),
        (Frame(command=SET_CONFIGURATION, device_id=ID, payload=bytes(988)), 0x0101),
    ],
)
def test_refusals(frame: Frame, result: int) -> None:
    (reply,) = UdpDevice(State()).receive(encode_datagram(frame))
    assert decode_datagram(reply).option == result


def test_a_device_may_refuse_settings() -> None:
    state = State()
    state.refusal = 0xFCE0
    request = SetConfigurationRequest(device_id=ID, configuration=replace(CONFIGURATION, port=1))
    (reply,) = UdpDevice(state).receive(request.to_datagram())
    assert ConfigurationReply.from_datagram(reply).result == 0xFCE0
    assert state.configuration == CONFIGURATION


@pytest.mark.parametrize(
    "frame",
    [
        Frame(command=GET_CONFIGURATION, device_id=ID + 1),
        Frame(command=GET_CONFIGURATION),
        Frame(command=0x1000, device_id=ID + 1),
        Frame(command=0x2000, device_id=ID),
    ],
)
def test_a_device_keeps_silent_when_it_is_not_meant(frame: Frame) -> None:
    assert UdpDevice(State()).receive(encode_datagram(frame)) == ()


@given(st.binary(max_size=1100), st.sampled_from([0x1000, 0x1001, 0x1002, 0x1004, 0x1009]))
def test_no_bytes_break_the_device(data: bytes, command: int) -> None:
    device = UdpDevice(State())
    assert device.receive(data) == ()
    for answer in device.receive(encode_datagram(Frame(command=command, device_id=ID, payload=data[:988]))):
        assert len(answer) == 1024


def test_settings_in_words() -> None:
    settings = read_settings(replace(CONFIGURATION, connection_mode=1, server_address="10.1.2.9", mtu_size=1514))
    assert (settings.mode, settings.address, settings.server_address) == ("server", "10.1.2.3", "10.1.2.9")
    assert (settings.server_port, settings.mtu, settings.synchronize_time) == (51212, 1514, None)


def test_a_change_keeps_the_rest() -> None:
    raw = IpConfiguration.from_bytes(bytes(78) + bytes(range(30)))
    before = replace(raw, ip_address="10.1.2.3", subnet_mask="255.0.0.0")
    changed = change_settings(before, NetworkChanges(mode="server", server_address="10.9.9.9", tls_server_port=51213))
    data, changed_data = before.to_bytes(), changed.to_bytes()
    assert changed_data[78:] == bytes(range(30))
    assert {place for place in range(108) if data[place] != changed_data[place]} <= {0, *range(52, 68), 76, 77}


@pytest.mark.parametrize("changes", [{"synchronize_time": True}, {"max_connections": 3}])
def test_what_udp_cannot_change_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Unsupported, match="by UDP"):
        change_settings(CONFIGURATION, NetworkChanges(**changes))
    with pytest.raises(InvalidInput, match="mtu"):
        change_settings(CONFIGURATION, NetworkChanges(mtu=100))

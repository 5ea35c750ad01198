"""The recorded UDP exchanges, byte for byte, played by our client and by our device."""

from typing import Any

import pytest

from doorward.model.errors import DeviceRefused
from doorward.protocol.biostar1.datagram import DATAGRAM_SIZE, decode_datagram, encode_datagram
from doorward.protocol.biostar1.results import result_error
from doorward.protocol.biostar1.udp_device import UdpDevice
from doorward.protocol.biostar1.udp_exchange import (
    DeviceExchange,
    ReadConfigurationExchange,
    RestartExchange,
    SearchAnswer,
    SearchExchange,
    WriteConfigurationExchange,
)
from tests.support.vectors import case, cases

CASES = {item["name"]: item for item in cases("udp")}
SEARCHES = ["search_one_bioentry", "search_three"]
REFUSALS = {"read_error_65": 0x65, "write_rejected": 0x69}
SOURCE = ("10.78.0.1", 40000)


def sent_by(item: dict[str, Any], side: str) -> list[bytes]:
    return [bytes.fromhex(packet["hex"]) for packet in item["packets"] if packet["dir"] == side]


def written(item: dict[str, Any]) -> bytes:
    return bytes.fromhex(item["arguments"][5].removeprefix("hex:"))


def exchange_of(item: dict[str, Any]) -> DeviceExchange:
    arguments = item["arguments"]
    if item["name"].startswith("read"):
        return ReadConfigurationExchange(arguments[2], arguments[3])
    if item["name"].startswith("write"):
        return WriteConfigurationExchange(arguments[2], arguments[3], written(item))
    return RestartExchange(arguments[2])


class RecordedDevice:
    """A device that holds what the recorded one held and refuses what it refused."""

    def __init__(self, item: dict[str, Any]) -> None:
        self.item = item
        self.refusal = REFUSALS.get(item["name"])
        self.took: list[tuple[int, bytes]] = []
        self.restarted = 0

    def read_configuration(self, configuration_type: int) -> bytes:
        if self.refusal:
            raise result_error(self.refusal, "read")
        assert configuration_type == self.item["arguments"][3]
        return bytes.fromhex(self.item["outputs"]["data_hex"])

    def check_write(self, configuration_type: int, size: int) -> None:
        assert [configuration_type, size] == self.item["arguments"][3:5]

    def write_configuration(self, configuration_type: int, data: bytes) -> None:
        self.took.append((configuration_type, data))
        if self.refusal:
            raise result_error(self.refusal, "write")

    def restart(self) -> None:
        self.restarted += 1


def test_all_cases_are_known() -> None:
    assert sorted(CASES) == sorted([*SEARCHES, "read_ipconfig", "read_be_config", "read_929", "read_error_65",
                                    "write_ipconfig", "write_929", "write_rejected", "reset"])  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_every_datagram_is_read_and_written_back(name: str) -> None:
    for packet in CASES[name]["packets"]:
        data = bytes.fromhex(packet["hex"])
        assert len(data) == DATAGRAM_SIZE
        read = decode_datagram(data)
        assert (read.device_id, read.sequence, read.index, read.count) == (
            packet["deviceID"], packet["sequence"], packet["index"], packet["count"])  # fmt: skip
        assert (read.command, read.code, read.param1, read.param2) == (
            int(packet["command"], 16), packet["code"], packet["param1"], packet["param2"])  # fmt: skip
        assert read.payload.hex() == packet["payload_hex"]
        assert encode_datagram(read) == data


@pytest.mark.parametrize("name", SEARCHES)
def test_search_both_ways(name: str) -> None:
    item = CASES[name]
    exchange = SearchExchange()
    assert [exchange.start()] == sent_by(item, "host")
    answers = [exchange.receive(data) for data in sent_by(item, "device")]
    listed = item["outputs"]["devices"]
    assert answers == [SearchAnswer(device["id"], device["type"]) for device in listed]
    devices = [UdpDevice(device["id"], device["type"], RecordedDevice(item)) for device in listed]
    replies = [device.receive(exchange.start(), SOURCE) for device in devices]
    assert [data for reply in replies for data in reply] == sent_by(item, "device")


@pytest.mark.parametrize("name", [name for name in CASES if name not in SEARCHES])
def test_the_client_sends_what_was_recorded(name: str) -> None:
    item = CASES[name]
    exchange = exchange_of(item)
    sent = [exchange.start()]
    refusal = REFUSALS.get(name)
    arrived = sent_by(item, "device")
    for data in arrived[:-1]:
        assert not exchange.done
        sent += exchange.receive(data)
    if refusal:
        with pytest.raises(DeviceRefused) as caught:
            exchange.receive(arrived[-1])
        assert caught.value.code == refusal
    else:
        sent += exchange.receive(arrived[-1])
    assert exchange.done
    assert sent == sent_by(item, "host")
    if isinstance(exchange, ReadConfigurationExchange) and not refusal:
        assert exchange.result.hex() == item["outputs"]["data_hex"]


@pytest.mark.parametrize("name", [name for name in CASES if name not in SEARCHES])
def test_the_device_answers_what_was_recorded(name: str) -> None:
    item = CASES[name]
    state = RecordedDevice(item)
    device = UdpDevice(item["arguments"][2], 1, state)
    answered = [reply for data in sent_by(item, "host") for reply in device.receive(data, SOURCE)]
    assert answered == sent_by(item, "device")
    if name.startswith("write"):
        assert state.took == [(item["arguments"][3], written(item))]
    assert state.restarted == (name == "reset")


def test_the_published_search_bytes() -> None:
    data = SearchExchange().start()
    assert data[16:32].hex() == "2dd3a9405f9af5d1400df9d7b3772e64"
    assert data[32:36].hex() == "14020000"
    assert data == bytes.fromhex(case("udp", "search_three")["packets"][0]["hex"])

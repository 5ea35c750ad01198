"""Network settings in the blocks of each model."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.model.errors import InvalidInput, Unsupported
from doorward.model.network_settings import NetworkChanges
from doorward.protocol.biostar1.models import MODELS
from doorward.protocol.biostar1.network_block import network_block
from doorward.protocol.errors import RemoteProtocolError
from tests.support.vectors import case

STATION_TYPES = [0x00, 0x04, 0x05, 0x06, 0x0A]
COMPACT_TYPES = [0x01, 0x02, 0x03, 0x07, 0x0B, 0x0C]


@pytest.mark.parametrize(
    ("device_type", "number"), [*((kind, 0x10) for kind in STATION_TYPES), (1, 0x50), (2, 0x70), (3, 0x50), (11, 0x50)]
)
def test_each_model_has_its_block(device_type: int, number: int) -> None:
    assert network_block(device_type).configuration_type == number


def test_every_model_is_covered() -> None:
    assert sorted(STATION_TYPES + COMPACT_TYPES) == sorted(model.device_type for model in MODELS)
    for device_type in (8, 9, 13, 0xFFFF):
        with pytest.raises(Unsupported, match="not known"):
            network_block(device_type)


def test_the_recorded_block_reads_in_words() -> None:
    data = bytes.fromhex(case("udp", "read_ipconfig")["outputs"]["data_hex"])
    settings = network_block(0).read(data)
    assert (settings.mode, settings.dhcp, settings.address, settings.port) == ("direct", False, "10.78.0.2", 1470)
    assert (settings.gateway, settings.mask) == ("10.78.0.1", "255.255.255.0")
    assert settings.mtu is None


ADDRESSED: dict[str, Any] = {"address": "10.1.2.3", "mask": "255.255.255.0", "gateway": "10.1.2.1", "dhcp": False}


@pytest.mark.parametrize("device_type", STATION_TYPES + COMPACT_TYPES)
def test_a_change_touches_the_bytes_of_the_named_settings_only(device_type: int) -> None:
    block = network_block(device_type)
    data = block.change(bytes(block.record.SIZE), NetworkChanges(**ADDRESSED, synchronize_time=True))
    data += b"a newer firmware appends this"
    changed = block.change(data, NetworkChanges(port=1600))
    assert len(changed) == len(data)
    different = {place for place in range(len(data)) if data[place] != changed[place]}
    start = {0x10: 8, 0x50: 120, 0x70: 132}[block.configuration_type]
    assert different == {start, start + 1}
    settings = block.read(changed)
    assert (settings.port, settings.address, settings.synchronize_time) == (1600, "10.1.2.3", True)


@pytest.mark.parametrize(("device_type", "value"), [(0x00, 2), (0x04, 1), (0x0A, 1), (0x01, 1), (0x02, 1)])
def test_server_mode_has_the_number_of_the_model(device_type: int, value: int) -> None:
    block = network_block(device_type)
    data = block.change(bytes(block.record.SIZE), NetworkChanges(mode="server", server_address="10.1.2.9"))
    place = {0x10: 144, 0x50: 124, 0x70: 136}[block.configuration_type]
    assert data[place] == value
    assert block.read(data).mode == "server"
    assert block.change(data, NetworkChanges(mode="server")) == data
    back = block.change(data, NetworkChanges(mode="direct", server_address=""))
    assert back[place] == 0
    assert block.read(back).server_address == ""


def test_an_administrator_program_is_kept_as_it_is() -> None:
    block = network_block(0x00)
    data = bytearray(block.change(bytes(204), NetworkChanges(server_address="10.1.2.9")))
    data[144] = 1
    assert block.change(bytes(data), NetworkChanges(mode="server")) == bytes(data)


@pytest.mark.parametrize(
    ("device_type", "changes"),
    [
        (0x01, {"server_port": 5001}),
        (0x01, {"max_connections": 2}),
        (0x02, {"tls_server_port": 443}),
        (0x04, {"mtu": 1400}),
        (0x04, {"tls_server_port": 443}),
    ],
)
def test_what_a_model_has_no_place_for_is_refused(device_type: int, changes: dict[str, Any]) -> None:
    block = network_block(device_type)
    with pytest.raises(Unsupported, match="has no setting"):
        block.check(NetworkChanges(**changes))
    with pytest.raises(Unsupported):
        block.change(bytes(block.record.SIZE), NetworkChanges(**changes))


def test_the_port_that_a_compact_model_dials_anyway_is_no_change() -> None:
    block = network_block(0x01)
    data = bytes(block.record.SIZE)
    assert block.change(data, NetworkChanges(server_port=1480)) == data
    changed = block.change(data, NetworkChanges(server_port=1480, server_address="10.1.2.9"))
    assert block.read(changed).server_address == "10.1.2.9"
    with pytest.raises(Unsupported, match="1480"):
        block.check(NetworkChanges(server_port=1481))


@pytest.mark.parametrize("mtu", [1023, 1461])
def test_the_largest_packet_has_limits(mtu: int) -> None:
    with pytest.raises(InvalidInput, match="1024 to 1460"):
        network_block(0x01).check(NetworkChanges(mtu=mtu))


@given(st.sampled_from(STATION_TYPES + COMPACT_TYPES), st.binary(max_size=300))
def test_no_block_breaks_the_reader(device_type: int, data: bytes) -> None:
    block = network_block(device_type)
    try:
        block.read(data)
    except RemoteProtocolError:
        assert len(data) < block.record.SIZE


@given(st.binary(min_size=204, max_size=204), st.integers(1, 65535))
def test_any_block_takes_a_port_and_keeps_the_rest(data: bytes, port: int) -> None:
    changed = network_block(0x00).change(data, NetworkChanges(port=port))
    assert changed[:8] + changed[12:] == data[:8] + data[12:]
    assert int.from_bytes(changed[8:12], "little") == port

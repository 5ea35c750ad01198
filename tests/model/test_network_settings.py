"""Changes of network settings are checked before anything is sent."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.model.errors import InvalidInput
from doorward.model.network_settings import NetworkChanges, NetworkSettings

BEFORE = NetworkSettings(
    mode="direct",
    dhcp=False,
    address="192.168.1.20",
    mask="255.255.255.0",
    gateway="192.168.1.1",
    port=1470,
    server_address="",
    server_port=1480,
)
DHCP = NetworkSettings(mode="direct", dhcp=True, address="", mask="", gateway="", port=1470, server_address="")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, "changes"),
        ({"mode": "cloud"}, "mode"),
        ({"address": "300.1.1.1"}, "address"),
        ({"address": "192.168.1"}, "address"),
        ({"address": "door.example"}, "address"),
        ({"address": "0.0.0.0"}, "address"),
        ({"address": "224.0.0.1"}, "address"),
        ({"address": "255.255.255.255"}, "address"),
        ({"address": "192.168.1.0"}, "address"),
        ({"address": "192.168.1.255"}, "address"),
        ({"address": "192.168.1.1"}, "gateway"),
        ({"address": "10.0.0.5"}, "gateway"),
        ({"mask": "255.255.0.255"}, "mask"),
        ({"mask": "0.0.0.255"}, "mask"),
        ({"mask": "255.255.255.255"}, "mask"),
        ({"mask": "0.0.0.0"}, "mask"),
        ({"mask": "24"}, "mask"),
        ({"gateway": "10.0.0.1"}, "gateway"),
        ({"gateway": "router"}, "gateway"),
        ({"port": 0}, "port"),
        ({"port": 65536}, "port"),
        ({"server_port": -1}, "server_port"),
        ({"tls_server_port": 70000}, "tls_server_port"),
        ({"server_address": "server.example"}, "server_address"),
        ({"mode": "server"}, "server_address"),
        ({"dhcp": True, "address": "192.168.1.9"}, "address"),
        ({"max_connections": 0}, "max_connections"),
        ({"mtu": 0}, "mtu"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        NetworkChanges(**changes).apply(BEFORE)
    assert caught.value.field == field
    assert caught.value.allowed
    assert field in caught.value.message


@pytest.mark.parametrize(
    ("changes", "after"),
    [
        ({"address": "192.168.1.21"}, {"address": "192.168.1.21"}),
        ({"address": "10.0.0.5", "gateway": "0.0.0.0"}, {"address": "10.0.0.5", "gateway": ""}),
        ({"address": "10.0.0.5", "gateway": ""}, {"address": "10.0.0.5", "gateway": ""}),
        ({"mask": "255.255.255.192"}, {"mask": "255.255.255.192"}),
        ({"dhcp": True}, {"dhcp": True}),
        ({"mode": "server", "server_address": "10.0.0.9"}, {"mode": "server", "server_address": "10.0.0.9"}),
        ({"port": 65535}, {"port": 65535}),
    ],
)
def test_only_what_is_named_changes(changes: dict[str, Any], after: dict[str, Any]) -> None:
    result = NetworkChanges(**changes).apply(BEFORE)
    expected = {name: getattr(BEFORE, name) for name in BEFORE.__slots__} | after
    assert {name: getattr(result, name) for name in BEFORE.__slots__} == expected


def test_leaving_dhcp_needs_an_address() -> None:
    with pytest.raises(InvalidInput, match="address"):
        NetworkChanges(dhcp=False).apply(DHCP)
    after = NetworkChanges(dhcp=False, address="10.0.0.5", mask="255.0.0.0").apply(DHCP)
    assert not after.dhcp
    with pytest.raises(InvalidInput, match="DHCP"):
        NetworkChanges(address="10.0.0.5").apply(DHCP)


def test_a_device_with_odd_settings_can_still_get_another_port() -> None:
    assert NetworkChanges(port=1471).apply(DHCP).port == 1471


def test_a_server_device_may_not_lose_its_server() -> None:
    serving = NetworkChanges(mode="server", server_address="10.0.0.9").apply(BEFORE)
    with pytest.raises(InvalidInput, match="server mode"):
        NetworkChanges(server_address="").apply(serving)
    assert NetworkChanges(server_address="", mode="direct").apply(serving).server_address == ""


@given(st.text(max_size=40), st.sampled_from(["mode", "address", "mask", "gateway", "server_address"]))
def test_any_text_is_taken_or_refused_in_words(value: str, name: str) -> None:
    values: dict[str, Any] = {name: value}
    refused = ""
    try:
        after = NetworkChanges(**values).apply(BEFORE)
    except InvalidInput as error:
        refused = error.field
    if refused:
        assert refused in (name, "gateway")
    else:
        assert getattr(after, name) in (value, "")

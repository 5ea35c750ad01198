"""Why a device does not come: what it says of itself decides what is told first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doorward.model.network_settings import NetworkSettings
from doorward.server.modes.reasons import why_it_does_not_call, why_it_does_not_listen

TOLD = NetworkSettings(
    mode="server", dhcp=False, address="10.1.0.5", mask="255.255.255.0", gateway="10.1.0.1", port=1471,
    server_address="10.0.0.1", server_port=1480,
)  # fmt: skip


@pytest.mark.parametrize(
    ("told", "first"),
    [
        (None, "does not answer a search either"),
        (replace(TOLD, mode="direct"), "says that it is in direct mode"),
        (replace(TOLD, server_address="10.0.0.99"), "says that it dials 10.0.0.99 and not 10.0.0.1"),
        (replace(TOLD, server_port=80), "says that it dials TCP port 80 and not 1480"),
        (replace(TOLD, gateway=""), "10.0.0.1 lies outside of the device's subnet (10.1.0.5, mask 255.255.255.0)"),
        (TOLD, "A firewall on this machine or on the way does not let the device at 10.1.0.5 reach 10.0.0.1, TCP"),
    ],
)
def test_the_likeliest_reason_for_no_call_comes_first(told: NetworkSettings | None, first: str) -> None:
    assert first in why_it_does_not_call(told, "10.0.0.1", 1480, 1480)[0]


def test_a_port_that_is_not_listened_on_is_named() -> None:
    told = replace(TOLD, server_port=None)
    assert "listens on TCP port 9000 and the device dials 1480" in why_it_does_not_call(told, "10.0.0.1", 1480, 9000)[0]


@pytest.mark.parametrize(
    ("told", "first"),
    [
        (None, "does not answer a search either"),
        (TOLD, "says that it is in server mode"),
        (replace(TOLD, mode="direct", port=1470), "listens on TCP port 1470, and 1471 was dialled"),
        (replace(TOLD, mode="direct"), "A firewall on the way does not let this server reach 10.1.0.5, TCP port 1471"),
    ],
)
def test_the_likeliest_reason_for_no_answer_comes_first(told: NetworkSettings | None, first: str) -> None:
    assert first in why_it_does_not_listen(told, "10.1.0.5", 1471)[0]

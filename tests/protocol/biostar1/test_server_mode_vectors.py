"""The recorded scenarios of server mode, byte for byte, played by our server's end and by our device's end."""

from __future__ import annotations

from typing import Any

import pytest

from doorward.model.errors import TimedOut
from doorward.protocol.biostar1.server_mode import NORMAL_FINGER
from doorward.protocol.errors import LocalProtocolError, RemoteProtocolError
from tests.support.server_mode_device import RecordedDevice
from tests.support.server_mode_server import RecordedServer, masked
from tests.support.vectors import server_mode_cases

SCENARIOS = dict(server_mode_cases())

SERVER_DIFFERS = {
    "device-speaks-first-type4": "a device that speaks first is asked at once (section 11, server 1)",
    "split-header-type4": "split packets are taken (section 11, server 3)",
    "request-closed-by-device-type4": "a closed socket is noticed at once (section 11, server 2)",
    "command-unanswered-type4": "a device that does not answer a command is dropped (section 11, server 7)",
}

DEVICE_BREAKS_THE_RULES = {
    "announce-missing-type4": "never announces itself",
    "announce-wrong-id-type4": "announces another serial number",
    "bad-checksum-type4": "sends a damaged packet",
    "device-speaks-first-type4": "speaks before it is asked",
    "first-packet-wrong-type4": "pushes before it is taken",
    "identity-error-type4": "does not say who it is",
    "identity-unanswered-type4": "does not answer",
    "other-id-type4": "changes its serial number",
    "oversize-packet-type4": "sends a packet that is too large",
    "pipelined-type4": "does not wait for answers",
    "split-header-type4": "sends a header in two parts",
    "stray-on-command-type4": "pushes on the command connection",
    "unknown-commands-type4": "asks what nobody asks",
}


def test_every_scenario_is_played() -> None:
    assert len(SCENARIOS) == 77
    assert set(SERVER_DIFFERS) <= set(SCENARIOS)
    assert set(DEVICE_BREAKS_THE_RULES) <= set(SCENARIOS)


@pytest.mark.parametrize("name", [name for name in SCENARIOS if name not in SERVER_DIFFERS])
def test_the_server_sends_what_was_recorded(name: str) -> None:
    scenario = SCENARIOS[name]
    server = RecordedServer(scenario)
    compared = 0
    for step in scenario["steps"]:
        sent = server.play(step)
        if step.get("from") == "server":
            assert masked(sent, step) == masked(bytes.fromhex(step["hex"]), step), step["n"]
            compared += 1
        if step.get("event") == "no_answer":
            slot = server.slots[step["connection"]]
            assert not slot.sent, step["n"]
            assert not slot.closed, slot.reason
        if step.get("event") == "tcp_close" and step["by"] == "server":
            assert server.slots[step["connection"]].closed, step["n"]
    assert not [slot.label for slot in server.slots.values() if slot.sent]
    assert compared or not any(step.get("from") == "server" for step in scenario["steps"])
    assert server.reported == expected_reports(scenario)


@pytest.mark.parametrize("name", [name for name in SCENARIOS if name not in DEVICE_BREAKS_THE_RULES])
def test_the_device_sends_what_was_recorded(name: str) -> None:
    scenario = SCENARIOS[name]
    device = RecordedDevice(scenario)
    compared = 0
    for step in scenario["steps"]:
        sent = device.play(step)
        if step.get("from") == "device":
            assert sent.hex() == step["hex"], step["n"]
            compared += 1
    assert not [label for label, slot in device.slots.items() if slot.pieces]
    assert compared
    assert device.results == expected_results(scenario)


def expected_reports(scenario: dict[str, Any]) -> list[dict[str, Any]]:
    """What the recorded application saw, in the fields that are compared.

    The vendor's server reports the end of a connection that never was one; such a report means nothing.
    """
    known: set[int] = set()
    payloads = [step.get("decoded", {}).get("payload_hex") for step in scenario["steps"]]
    expected = []
    for item in scenario["callbacks"]:
        if item["ev"] == "none":
            continue
        if item["ev"] == "connected":
            known.add(item["device_id"])
        if item["ev"] == "disconnected" and item["device_id"] not in known:
            continue
        kept = {"ev", "device_type", "id_type", "id", "custom_id", "matching_type", "size", "sum", "sha256", "rc"}
        report = {key: value for key, value in item.items() if key in kept}
        if item["ev"] == "log":
            # More than the record stands there; the record is what was pushed.
            report["data"] = next(pushed for pushed in payloads if pushed and item["data32"].startswith(pushed))
        if item["ev"] == "matching":
            report["template"] = item["template_hex"]
        if item["ev"] == "api_result":
            report["out"] = "".join(item["out"]) if item["rc"] == 0 else ""
        expected.append(report)
    return expected


def expected_results(scenario: dict[str, Any]) -> list[tuple[str, int]]:
    """The result of every answer that the server gave to the device, by connection."""
    return [
        (step["connection"], step["decoded"]["flag"])
        for step in scenario["steps"]
        if step.get("from") == "server" and 0x0101 <= int(step["decoded"]["command"], 16) <= 0x010B
    ]


def played_until(name: str, last: int) -> RecordedServer:
    server = RecordedServer(SCENARIOS[name])
    for step in SCENARIOS[name]["steps"][: last + 1]:
        server.play(step)
    return server


def test_a_device_that_speaks_first_is_asked_at_once() -> None:
    server = played_until("device-speaks-first-type4", 1)
    slot = server.slots["command"]
    assert slot.sent.hex().startswith("7b7b3c3c0000000000000000")
    assert not slot.closed
    identity = SCENARIOS["device-speaks-first-type4"]["device_id"]
    answer = server.identity_answer(identity, 4)
    slot.sent.clear()
    slot.receive(answer, 0.06)
    assert slot.command is not None
    assert slot.sent.hex().startswith("7b7b3c3c")


def test_a_split_header_is_taken() -> None:
    steps = SCENARIOS["split-header-type4"]["steps"]
    server = played_until("split-header-type4", steps[-1]["n"])
    assert server.reported[-1]["ev"] == "log"
    assert len(server.slots["request"].sent) == 40


def test_a_closed_request_connection_is_noticed_at_once() -> None:
    steps = SCENARIOS["request-closed-by-device-type4"]["steps"]
    close = next(step["n"] for step in steps if step.get("event") == "tcp_close" and step["by"] == "device")
    server = played_until("request-closed-by-device-type4", close)
    assert server.reported[-1]["ev"] == "disconnected"
    assert server.slots["command"].closed


def test_nothing_is_asked_while_a_command_is_unanswered() -> None:
    server = played_until("command-unanswered-type4", 5)
    with pytest.raises(LocalProtocolError, match="waits for the reply"):
        server.play(SCENARIOS["command-unanswered-type4"]["steps"][6])


def test_the_reasons_of_closing_are_told_in_words() -> None:
    reasons = {}
    for name in ("announce-wrong-id-type4", "first-packet-wrong-type4", "identity-error-type4"):
        server = played_until(name, SCENARIOS[name]["steps"][-2]["n"])
        reasons[name] = server.slots["command"].reason
    assert [type(reason) for reason in reasons.values()] == [RemoteProtocolError] * 3
    assert "bears the number 105782, but the device is 105781" in str(reasons["announce-wrong-id-type4"])
    assert "before the device was taken" in str(reasons["first-packet-wrong-type4"])
    assert "does not say who it is" in str(reasons["identity-error-type4"])
    for name, words in (
        ("identity-unanswered-type4", "The caller did not send the answer to the identity question in time."),
        ("announce-missing-type4", "Device 106055 did not send the announcement in time."),
    ):
        reason = played_until(name, SCENARIOS[name]["steps"][-1]["n"]).slots["command"].reason
        assert isinstance(reason, TimedOut)
        assert str(reason) == words


def test_the_finger_in_a_refusal_is_the_normal_one() -> None:
    step = next(
        step
        for step in SCENARIOS["matching-missing-type4"]["steps"]
        if step.get("from") == "server" and step["decoded"]["command"] == "0x0109"
    )
    assert step["decoded"]["param1"] == NORMAL_FINGER

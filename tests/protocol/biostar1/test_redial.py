"""What a device in server mode dials next."""

from __future__ import annotations

import pytest

from doorward.protocol.biostar1.announcement import ConnectionKind
from doorward.protocol.biostar1.redial import Redial, ServerAddress, Setback, Step
from doorward.protocol.biostar1.server_mode import StartRequestConnection, StartRequestConnectionAt
from doorward.protocol.errors import LocalProtocolError

SERVER = ServerAddress("10.0.0.1", 1480)
COMMAND, REQUEST = ConnectionKind.COMMAND, ConnectionKind.REQUEST


def awaiting() -> Redial:
    redial = Redial(SERVER)
    assert (redial.step, redial.target) == (Step.DIAL_COMMAND, SERVER)
    redial.admitted(COMMAND)
    assert redial.step is Step.AWAIT_START
    return redial


def test_the_way_to_both_connections() -> None:
    redial = awaiting()
    redial.start_requested(StartRequestConnection())
    assert (redial.step, redial.target) == (Step.DIAL_REQUEST, SERVER)
    redial.admitted(REQUEST)
    assert redial.step is Step.STAY


def test_the_address_that_the_server_tells_and_the_one_that_works() -> None:
    redial = awaiting()
    redial.start_requested(StartRequestConnectionAt.to("192.168.7.7", 1481))
    assert redial.target == ("192.168.7.7", 1481)
    assert redial.not_reached("refused") is None
    assert (redial.step, redial.target) == (Step.DIAL_REQUEST, SERVER)
    assert redial.not_reached("refused") == Setback("refused", refused=False)
    assert (redial.step, redial.target) == (Step.DIAL_COMMAND, SERVER)


@pytest.mark.parametrize("request_", [StartRequestConnectionAt(0, 1480), StartRequestConnectionAt.to("10.0.0.1", 1480)])
def test_there_is_no_second_target(request_: StartRequestConnectionAt) -> None:
    redial = awaiting()
    redial.start_requested(request_)
    assert redial.target == SERVER
    assert redial.not_reached("refused") is not None


def test_either_end_ends_the_pair() -> None:
    for live in (False, True):
        redial = awaiting()
        redial.start_requested(StartRequestConnectionAt.to("192.168.7.7"))
        if live:
            redial.admitted(REQUEST)
        assert redial.lost("the line broke") == Setback("the line broke", refused=False)
        assert (redial.step, redial.target) == (Step.DIAL_COMMAND, SERVER)


def test_a_refusal_is_told_apart() -> None:
    redial = awaiting()
    setback = redial.turned_away(COMMAND, 0x64, "it is busy")
    assert setback == Setback("the server refused the command connection: it is busy", refused=True)
    with pytest.raises(LocalProtocolError, match="no refusal"):
        redial.turned_away(COMMAND, 0, "success")


def test_a_second_start_replaces_the_request_connection() -> None:
    redial = awaiting()
    redial.start_requested(StartRequestConnection())
    redial.admitted(REQUEST)
    redial.start_requested(StartRequestConnection())
    assert redial.step is Step.DIAL_REQUEST


def test_steps_out_of_order() -> None:
    with pytest.raises(LocalProtocolError, match="before the command connection"):
        Redial(SERVER).start_requested(StartRequestConnection())
    with pytest.raises(LocalProtocolError, match="not to be dialled now"):
        Redial(SERVER).admitted(REQUEST)
    with pytest.raises(LocalProtocolError, match="not to be dialled now"):
        awaiting().admitted(COMMAND)

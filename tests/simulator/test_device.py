"""The parts of a device that are small: clock, configuration, locks, maintenance, readers, screen."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorward.model.errors import InvalidInput
from doorward.protocol.biostar1.commands import (
    REQUESTS,
    clock,
    credentials,
    identity,
    maintenance,
    screen,
    users,
)
from doorward.protocol.biostar1.commands.settings import ReadConfiguration, WriteConfiguration
from doorward.protocol.biostar1.configuration import configuration_types
from doorward.protocol.biostar1.message import Message, encode_message
from doorward.protocol.biostar1.models import MODELS, MODELS_BY_SLUG, DeviceModel, Family
from doorward.protocol.biostar1.network_block import network_block
from doorward.protocol.biostar1.results import (
    COMMUNICATION_DISABLED,
    INVALID_PARAMETER,
    NOT_FOUND,
    TRY_AGAIN,
    UNSUPPORTED,
    WRONG_PASSWORD,
)
from doorward.protocol.errors import RemoteProtocolError
from doorward.simulator.factory_blocks import NetworkPlace
from doorward.simulator.outcome import After
from doorward.simulator.readers import PresentedCard
from doorward.simulator.virtual_device import VirtualDevice
from tests.simulator.talk import HostClock, Talk, ask, told

ALL_MODELS = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.slug)


def make(model: str = "bioentry-plus", **values: Any) -> VirtualDevice:
    return VirtualDevice(10_001, model, **values)


# Clock


def test_the_clock_is_local_time_beside_the_host() -> None:
    host = HostClock()
    device = make(host_time=host)
    offset = time.localtime(host.now).tm_gmtoff
    assert told(device, clock.ReadClock()).local_time == int(host.now) + offset
    assert ask(device, clock.SetClock(1_600_000_000)).code == 0
    host.now += 90
    assert told(device, clock.ReadClock()).local_time == 1_600_000_090
    assert host.now == 1_700_000_090.0


def test_a_clock_drifts() -> None:
    host = HostClock()
    device = make(host_time=host, drift=12.0)
    device.clock.set(1_000_000)
    host.now += 86_400 * 10
    assert device.clock.local_time == 1_000_000 + 864_000 + 120
    device.clock.drift = -24.0
    host.now += 86_400
    assert device.clock.exact_local_time == pytest.approx(1_000_000 + 864_000 + 120 + 86_400 - 24)


def test_setting_the_clock_stands_in_the_log() -> None:
    device = make()
    ask(device, clock.SetClock(3_000_000_000))  # beyond 2038
    assert device.log.content[0] == 0xD2
    assert int.from_bytes(device.log.content[4:8], "little") in (3_000_000_000, 3_000_000_001)


# Configuration


@ALL_MODELS
def test_every_block_of_the_model_is_served_in_its_size_and_comes_back_as_written(model: DeviceModel) -> None:
    device = make(model.slug)
    for block in configuration_types(model.device_type):
        content = told(device, ReadConfiguration(block.number)).content
        assert len(content) == block.size, block
        changed = bytes(byte ^ 0x55 for byte in content)
        code = ask(device, WriteConfiguration(block.number, changed)).code
        assert code == (UNSUPPORTED if block.read_only else 0)
        assert told(device, ReadConfiguration(block.number)).content == (content if block.read_only else changed)
        if not block.read_only:
            assert ask(device, WriteConfiguration(block.number, changed[:-1])).code == INVALID_PARAMETER


def test_blocks_that_depend_on_the_model() -> None:
    sizes = {
        "d-station": {0x76: 100, 0x78: 96, 0x70: 144},
        "biostation-t2": {0x76: 100, 0x78: 97},
        "facestation": {0x76: 102, 0x83: 100},
        "biolite-net": {0x70: 15952, 0x71: 236, 0x72: 66944},
        "bioentry-plus": {0x50: 12288, 0x51: 236},
    }
    for slug, blocks in sizes.items():
        for number, size in blocks.items():
            assert len(told(make(slug), ReadConfiguration(number)).content) == size
    for slug, number in (("biolite-net", 0x50), ("bioentry-plus", 0x41), ("bioentry-plus", 0x10), ("biostation", 0x50)):
        assert ask(make(slug), ReadConfiguration(number)).code == UNSUPPORTED


@ALL_MODELS
def test_the_blocks_say_who_and_where_the_device_is(model: DeviceModel) -> None:
    device = make(model.slug, network=NetworkPlace("10.1.2.3", "255.255.0.0", "10.1.0.1"))
    place = network_block(model.device_type)
    found = place.read(told(device, ReadConfiguration(place.configuration_type)).content)
    assert (found.address, found.mask, found.gateway, found.port) == (
        "10.1.2.3", "255.255.0.0", "10.1.0.1", model.tcp_port,
    )  # fmt: skip
    number = 0x41 if model.family is not Family.COMPACT else place.configuration_type + 1
    content = told(device, ReadConfiguration(number)).content
    assert (10_001).to_bytes(4, "little") in content[:36]
    assert model.title.encode() in content
    if model.family is Family.COMPACT:
        settings_block = told(device, ReadConfiguration(number - 1)).content
        assert (settings_block[:4].hex(), content[:4].hex()) == ("003f2f1f", "013f2f1f")


@pytest.mark.parametrize("model", ["biostation", "bioentry-plus", "biolite-net", "facestation"])
def test_new_network_settings_restart_the_network_and_others_do_not(model: str) -> None:
    device = make(model, network=NetworkPlace("10.1.2.3"))
    place = network_block(device.model.device_type)
    content = device.configuration.content(place.configuration_type) or b""
    talk = Talk(device)
    assert talk.ask(WriteConfiguration(place.configuration_type, content)).code == 0
    assert talk.after == []
    record: Any = place.record.from_bytes(content)
    moved = replace(record, ip_address="10.1.2.9", port=2000).to_bytes()
    assert talk.ask(WriteConfiguration(place.configuration_type, moved)).code == 0
    assert talk.after == [After.RESTART_NETWORK]
    assert (device.network.address, device.network.port) == ("10.1.2.9", 2000)
    senseless = replace(record, ip_address="0.0.0.0", port=0).to_bytes()
    talk.ask(WriteConfiguration(place.configuration_type, senseless))
    assert (device.network.address, device.network.port) == ("10.1.2.3", device.model.tcp_port)


def test_factory_defaults_clear_what_the_mask_names() -> None:
    device = make("biostation", network=NetworkPlace("10.1.2.3"))
    defaults = maintenance.FactoryDefaults

    def holds() -> tuple[bool, bool, bool]:
        configured = told(device, ReadConfiguration(0x20)).content != bytes(64)
        return configured, bool(len(device.people.users)), bool(len(device.log))

    def fill() -> None:
        ask(device, WriteConfiguration(0x20, b"\1" * 64))
        ask(device, users.EnrollBioStationUsers(1, b"\5".ljust(148, b"\0")))
        device.tamper(on=True)

    fill()
    for mask, left in (
        (defaults.CONFIGURATION, (False, True, True)),
        (defaults.USERS, (True, False, True)),
        (defaults.LOGS, (True, True, False)),
        (defaults(7), (False, False, False)),
    ):
        fill()
        assert ask(device, maintenance.RestoreFactoryDefaults(int(mask))).code == 0
        assert holds() == left, mask
    assert ask(device, maintenance.RestoreFactoryDefaults(0)).code == INVALID_PARAMETER
    assert ask(device, maintenance.RestoreFactoryDefaults(0x10)).code == INVALID_PARAMETER


def test_lamp_and_buzzer_go_back_alone() -> None:
    device = make("bioentry-plus")
    block = bytearray(told(device, ReadConfiguration(0x50)).content)
    block[8628 + 16], block[11592] = 9, 8  # a lamp pattern, and a byte that no field names
    ask(device, WriteConfiguration(0x50, bytes(block)))
    assert ask(device, maintenance.RestoreFactoryDefaults(8)).code == 0
    block[8628 + 16] = 0
    assert told(device, ReadConfiguration(0x50)).content == bytes(block)
    assert ask(make("biostation"), maintenance.RestoreFactoryDefaults(8)).code == 0


# Identity and locks


@ALL_MODELS
def test_identity_comes_in_clear(model: DeviceModel) -> None:
    talk = Talk(make(model.slug))
    reply = talk.ask(identity.Identify())
    assert (reply.param1, reply.param2, reply.encrypted, reply.device_id) == (10_001, model.device_type, False, 10_001)
    assert talk.ask(identity.CheckStatus()).encrypted is model.enciphered


@pytest.mark.parametrize("model", ["biostation", "bioentry-plus"])
def test_locked_communication(model: str) -> None:
    device = make(model, password=b"secret12")
    unlock = identity.EnableCommunication.with_password
    enciphered = device.model.enciphered
    assert ask(device, identity.DisableCommunication()).code == 0
    assert ask(device, clock.ReadClock()).code == COMMUNICATION_DISABLED
    assert ask(device, screen.ShowNotice(b"hello")).code == COMMUNICATION_DISABLED
    assert ask(device, identity.Identify()).code == 0
    for wrong in (b"", b"Secret12", b"secret1"):
        assert ask(device, unlock(wrong, enciphered_model=enciphered)).code == WRONG_PASSWORD
        assert ask(device, identity.CheckStatus()).code == COMMUNICATION_DISABLED
    assert ask(device, unlock(b"secret12", enciphered_model=enciphered)).code == 0
    assert ask(device, identity.CheckStatus()).code == 0


def test_the_password_of_the_factory_is_empty_and_can_be_changed() -> None:
    device = make()
    unlock = identity.EnableCommunication.with_password
    assert ask(device, unlock(b"", enciphered_model=True)).code == 0
    assert ask(device, identity.ChangePassword.from_to(b"wrong", b"new")).code == WRONG_PASSWORD
    assert ask(device, identity.ChangePassword.from_to(b"", b"new")).code == 0
    assert ask(device, unlock(b"", enciphered_model=True)).code == WRONG_PASSWORD
    assert ask(device, unlock(b"new", enciphered_model=True)).code == 0
    assert ask(device, identity.EnableCommunication(b"short")).code == INVALID_PARAMETER
    assert ask(make("biostation"), identity.ChangePassword.from_to(b"", b"new")).code == UNSUPPORTED


# Maintenance


def test_restarts_follow_their_replies() -> None:
    for request, after in (
        (maintenance.Restart(), After.RESTART),
        (maintenance.RestartNetwork(), After.RESTART_NETWORK),
        (identity.CheckStatus(), None),
    ):
        talk = Talk(make())
        assert talk.ask(request).code == 0
        assert talk.after == ([after] if after else [])


def test_the_bus_behind_the_device() -> None:
    device = make()
    device.maintenance.bus = [(701, 8), (702, 9)]
    listed = told(device, maintenance.ListRs485Slaves()).slaves
    assert [(slave.device_id, slave.device_type) for slave in listed] == [(701, 8), (702, 9)]

    def scan(*known: int) -> bytes:
        payload = b"".join(number.to_bytes(4, "little") for number in known)
        return Talk(device).send(
            b"".join(
                piece
                for message in (
                    Message(1, 0, len(known), 1500),
                    *([Message(1, 0, len(known), 1500, payload)] if known else []),
                )
                for piece in encode_message(message)
            )
        )

    found = [int.from_bytes(scan(*known)[24:28], "little") for known in ((), (10_001,), (10_001, 701))]
    assert found == [10_001, 701, 702]
    assert scan(10_001, 701, 702) == b""


def test_firmware_and_terminal() -> None:
    device = make()
    assert ask(device, maintenance.UpgradeFirmware(b"x" * 5000)).code == 0
    assert len(device.maintenance.firmware_digest) == 64
    assert ask(device, maintenance.UpgradeFirmware(b"")).code == INVALID_PARAMETER
    assert ask(device, maintenance.DisableTerminal(61)).code == INVALID_PARAMETER
    ask(device, maintenance.DisableTerminal(60))
    assert device.maintenance.terminal_disabled
    ask(device, maintenance.EnableTerminal())
    assert not device.maintenance.terminal_disabled


# Readers


def test_what_is_presented_is_read() -> None:
    device = make("d-station")
    device.readers.cards.append(PresentedCard(77, 5))
    card = told(device, credentials.ReadCard())
    assert (card.card_id, card.custom_id) == (77, 5)
    assert told(device, credentials.ReadCard()).card_id  # somebody always stands there
    assert ask(device, credentials.ReadFingerImage()).code == NOT_FOUND
    assert len(told(device, credentials.ScanFinger()).template) == 384
    assert told(device, credentials.ReadFingerImage(1)).picture.startswith(b"BM")
    face = told(device, credentials.CaptureFace())
    assert (face.image[:2], len(face.template)) == (b"\xff\xd8", 2284)
    device.readers.attended = False
    for request in (credentials.ReadCard(), credentials.ScanFinger(), credentials.CaptureFace()):
        assert ask(device, request).code == TRY_AGAIN


def test_readers_that_a_model_lacks() -> None:
    lacking = {
        "xpass": (credentials.ScanFinger(), credentials.CaptureFace()),
        "facestation": (credentials.ScanFinger(),),
        "bioentry-plus": (credentials.CaptureFace(),),
    }
    for model, requests in lacking.items():
        for request in requests:
            assert ask(make(model), request).code == UNSUPPORTED


def test_template_cards() -> None:
    device = make()
    layout = told(device, credentials.ReadCardLayout()).layout
    assert ask(device, credentials.WriteCardLayout(1, layout[::-1])).code == 0
    assert told(device, credentials.ReadCardLayout(1)).layout == layout[::-1]
    assert told(device, credentials.ReadCardLayout(0)).layout == layout
    assert ask(device, credentials.ReadTemplateCard()).code == NOT_FOUND
    card = bytes(92) + b"t" * 334
    assert ask(device, credentials.WriteTemplateCard(0, 334, card)).code == 0
    found = told(device, credentials.ReadTemplateCard())
    assert (found.content, found.size, found.template_size) == (card, 426, 334)
    assert ask(device, credentials.FormatCard()).code == 0
    assert ask(device, credentials.ReadTemplateCard()).code == NOT_FOUND
    keys = b"\xff" * 6 + b"primar" + b"second"
    assert ask(device, credentials.ChangeCardKeys(0, keys)).code == 0
    assert ask(device, credentials.ChangeCardKeys(0, keys)).code == WRONG_PASSWORD
    for request in (credentials.ReadCardLayout(2), credentials.FormatCard(2), credentials.WriteCardLayout(0, b"short")):
        assert ask(device, request).code == INVALID_PARAMETER


# Screen


def test_the_screen() -> None:
    device = make("x-station")
    for request in (
        screen.ShowNotice("Tür zu".encode()),
        screen.WriteBackground(1, b"picture"),
        screen.WriteSlide(2, 1, b"slide"),
        screen.WriteSound(3, b"sound"),
        screen.PlaySound(3),
        screen.PlayOnce(b"gong"),
        screen.WriteLanguageFile(1, b"file"),
        screen.WriteAgreement(b"text"),
        screen.ShowPage(5, 4, 3, b"textpic"),
    ):
        assert ask(device, request).code == 0
    assert device.screen.notice.decode() == "Tür zu"
    assert (device.screen.page or ()) == (b"text", b"pic")
    assert list(device.screen.played) == [3, b"gong"]
    assert ask(device, screen.EndPage()).code == 0
    assert device.screen.page is None
    device.screen.keys.append(b"1234")
    assert told(device, screen.AskForKeys(5, 4, 0, b"PIN?")).keys == b"1234"
    assert ask(device, screen.AskForKeys(5, 9, 0, b"PIN?")).code == INVALID_PARAMETER
    assert ask(device, screen.DeleteSound(3)).code == 0
    assert ask(device, screen.DeleteSound(3)).code == NOT_FOUND
    assert ask(device, screen.DeleteSlideShow()).code == 0
    assert not device.screen.slides


def test_a_device_without_a_screen_shows_nothing() -> None:
    assert ask(make("bioentry-plus"), screen.ShowNotice(b"x")).code == UNSUPPORTED
    assert ask(make("biolite-net"), screen.ShowNotice(b"x")).code == 0
    assert ask(make("biolite-net"), screen.EndPage()).code == UNSUPPORTED


# Anything at all


def test_serial_numbers_and_models() -> None:
    for device_id in (0, -1, 1 << 32):
        with pytest.raises(InvalidInput, match="device id"):
            VirtualDevice(device_id, "xpass")
    with pytest.raises(InvalidInput, match="bioentry-plus"):
        VirtualDevice(1, "toaster")


def test_every_command_is_answered_by_some_model() -> None:
    served = {command for model in MODELS for command in make(model.slug)._commands}
    assert served == set(REQUESTS) - {0x04A0, 0x04A2, 0x04A3, 0x04A4}


COMMANDS = sorted(REQUESTS)
DEVICES = {model.slug: make(model.slug) for model in MODELS}


@given(
    slug=st.sampled_from(sorted(MODELS_BY_SLUG)),
    command=st.one_of(st.sampled_from(COMMANDS), st.integers(0, 0xFFFF)),
    code=st.one_of(st.integers(0, 5), st.integers(0, 0xFFFF)),
    params=st.tuples(
        *[st.one_of(st.integers(0, 3), st.sampled_from((136, 180, 116, 232)), st.integers(0, 0xFFFFFFFF))] * 2
    ),
    payload=st.one_of(st.binary(max_size=300), st.integers(0, 4000).map(bytes)),
)
@settings(max_examples=600, deadline=None)
def test_no_request_breaks_a_device(
    slug: str, command: int, code: int, params: tuple[int, int], payload: bytes
) -> None:
    device = DEVICES[slug]
    device.maintenance._locks.clear()
    talk = Talk(device)
    header = Message(command, code, *params, device_id=device.device_id, encrypted=device.model.enciphered)
    answered = talk.send(b"".join(encode_message(header)))
    answered += talk.send(b"".join(encode_message(replace(header, payload=payload))))
    if command != identity.IDENTIFY:
        assert answered
    device.restart()
    device.log.clear()
    assert ask(device, identity.CheckStatus()).code in (0, COMMUNICATION_DISABLED)


@given(st.binary(max_size=400), st.booleans())
@settings(max_examples=200, deadline=None)
def test_no_bytes_break_a_device(data: bytes, marked: bool) -> None:
    talk = Talk(DEVICES["biostation"])
    try:
        talk.send((b"{{<<" if marked else b"") + data)
    except RemoteProtocolError:
        return
    assert len(data) < 4136

"""Settings by family: what each may be, reading, changing, and what is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.device.biostar1.setting_fields import changed, sections_of, unused_sections, values_of
from doorward.device.biostar1.settings import families, sections, settings_by_path
from doorward.model.device_settings import Choice, SettingKind
from doorward.model.errors import InvalidInput
from doorward.protocol.biostar1.configuration import configuration_type, configuration_types
from doorward.protocol.biostar1.models import MODELS, MODELS_BY_SLUG, DeviceModel
from doorward.protocol.biostar1.records.compact_settings import CompactSettings
from doorward.protocol.biostar1.records.doors import DoorSettings
from doorward.protocol.layout import layout_of

T2 = MODELS_BY_SLUG["biostation-t2"]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.slug)
def test_every_setting_of_every_model_has_words_and_a_value(model: DeviceModel) -> None:
    assert families(model)
    for family in families(model):
        settings = settings_by_path(model, family.name)
        block = next(each for each in configuration_types(model.device_type) if each.name == family.name)
        values = values_of(block.record())
        json.dumps(values)
        assert set(values) == {path for path, setting in settings.items() if not setting.secret}
        for path, setting in settings.items():
            assert setting.label[0].isupper() or setting.label[0] in "0123456789"
            assert "_" not in setting.label
            assert setting.meaning
            assert "<<" not in setting.meaning
            assert setting.writable == (not setting.reason), path
        for section in sections(model, family.name):
            assert "_" not in section.title


def test_what_a_setting_may_be_comes_from_where_it_is_declared() -> None:
    doors = settings_by_path(T2, "doors")
    event = doors["doors.0.open_event"]
    assert event.kind is SettingKind.CHOICE
    assert event.choices[:2] == (Choice(0, "all"), Choice(1, "authentication"))
    assert len(event.choices) == 5
    assert doors["doors.1.open_once"].kind is SettingKind.SWITCH
    assert doors["doors.1.open_once"].meaning == "The door locks again once it was opened"
    assert not doors["doors.0.alarm_status"].writable
    compact = settings_by_path(MODELS_BY_SLUG["xpass"], "settings")
    assert (compact["scan_timeout"].minimum, compact["scan_timeout"].maximum) == (1, 20)
    assert not compact["ip_address"].writable
    assert not compact["checksum"].writable
    assert compact["doors.doors.0.open_time"].writable
    assert [section.title for section in sections(T2, "doors")] == ["Doors", "Door 1", "Door 2"]


def test_a_change_touches_its_setting_alone() -> None:
    content = bytes(range(256)) * 48
    before = CompactSettings.from_bytes(content[: CompactSettings.SIZE])
    settings = settings_by_path(MODELS_BY_SLUG["xpass"], "settings")
    after = changed(before, {"doors.doors.1.open_time": 7, "dual_modes": [0, 1, 0, 1]}, settings)
    written = after.to_bytes()
    differences = [place for place in range(CompactSettings.SIZE) if content[place] != written[place]]
    door_2 = 7584 + 64 + 16
    assert set(differences) <= {*range(door_2, door_2 + 4), *range(64, 68)}
    assert values_of(after)["doors.doors.1.open_time"] == 7
    # What was read may be given back, whatever it is.
    same = {path: value for path, value in values_of(before).items() if settings[path].writable}
    assert changed(before, same, settings).to_bytes() == before.to_bytes()


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("doors.0.open_event", 9, "1 (authentication)"),
        ("doors.0.open_time", "soon", "a whole number from"),
        ("doors.0.open_time", True, "a whole number from"),
        ("doors.0.open_once", 2, "yes or no"),
        ("doors.0.readers", [1, 2, 3], "exactly 2 values"),
        ("doors.0.readers", [1, 99999], "a whole number from"),
        ("doors.0.alarm_status", 1, "keeps this itself"),
        ("doors.9.open_time", 1, "the path of a setting"),
        ("__class__", 1, "the path of a setting"),
    ],
)
def test_values_that_are_refused(path: str, value: object, words: str) -> None:
    with pytest.raises(InvalidInput, match="is not allowed") as caught:
        changed(DoorSettings(), {path: value}, settings_by_path(T2, "doors"))
    assert words in caught.value.message


def test_secrets_are_neither_told_nor_repeated() -> None:
    settings = settings_by_path(T2, "wireless")
    block = configuration_type(0x79, T2.device_type)
    assert block is not None
    record = changed(block.record(), {"presets.0.wpa_passphrase": "correct horse"}, settings)
    assert "correct horse" not in json.dumps(values_of(record))
    assert b"correct horse" in record.to_bytes()
    with pytest.raises(InvalidInput) as caught:
        changed(record, {"presets.0.wpa_passphrase": "horse" * 50}, settings)
    assert "horse" not in str(caught.value)


def test_parts_in_which_nothing_is_set() -> None:
    record = changed(DoorSettings.from_bytes(bytes(140)), {"doors.1.open_time": 3}, settings_by_path(T2, "doors"))
    assert list(unused_sections(record)) == ["doors.0"]


@given(st.dictionaries(st.sampled_from(list(settings_by_path(T2, "doors"))), st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.floats(), st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=2), st.none(), max_size=1)), max_size=3))  # fmt: skip
def test_whatever_a_program_sends_is_taken_or_refused_in_words(changes: dict[str, object]) -> None:
    try:
        after = changed(DoorSettings(), changes, settings_by_path(T2, "doors"))
    except InvalidInput as error:
        assert "allowed" in error.message  # noqa: PT017 - most of what is made is refused, not all
    else:
        assert len(after.to_bytes()) == DoorSettings.SIZE


def test_all_fields_of_a_record_are_settings() -> None:
    paths = {setting.path for section in sections_of(DoorSettings, "Doors") for setting in section.settings}
    assert {item.name for item in layout_of(DoorSettings)} - {"doors"} <= paths

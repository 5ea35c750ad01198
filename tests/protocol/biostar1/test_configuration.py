"""Which model has which configuration block, against the table of the protocol notes."""

from __future__ import annotations

import pytest

from doorward.protocol.biostar1.configuration import (
    configuration_record,
    configuration_type,
    configuration_types,
)
from doorward.protocol.biostar1.models import MODELS
from doorward.protocol.biostar1.records import STRUCTURES
from tests.support.vectors import cases

COMPACT = (1, 3, 7, 11, 12)
TOUCH = (4, 5, 6, 10)
STATIONS = (0, *TOUCH)

# number, device types, size of the payload
TABLE = [
    (0x01, (0,), 48),
    (0x02, (0,), 276),
    (0x03, (0,), 48),
    (0x04, STATIONS, 48),
    (0x10, STATIONS, 204),
    (0x11, (0,), 820),
    (0x12, (0,), 32),
    (0x13, (0,), 32),
    (0x20, (0,), 64),
    (0x30, (0,), 32),
    (0x31, STATIONS, 320),
    (0x32, STATIONS, 72),
    (0x33, STATIONS, 72),
    (0x40, (0,), 64),
    (0x41, STATIONS, 168),
    (0x42, (0,), 300),
    (0x50, COMPACT, 12288),
    (0x51, COMPACT, 236),
    (0x53, COMPACT, 66944),
    (0x60, STATIONS, 140),
    (0x61, (0,), 832),
    (0x62, STATIONS, 6528),
    (0x63, STATIONS, 5596),
    (0x64, STATIONS, 4900),
    (0x65, (0,), 136),
    (0x66, STATIONS, 12),
    (0x67, STATIONS, 44140),
    (0x68, STATIONS, 66944),
    (0x70, (2,), 15952),
    (0x70, (4,), 144),
    (0x71, (2,), 236),
    (0x71, TOUCH, 1280),
    (0x72, (2,), 66944),
    (0x72, TOUCH, 864),
    (0x73, TOUCH, 368),
    (0x74, TOUCH, 136),
    (0x75, TOUCH, 32),
    (0x76, (4, 5, 6), 100),
    (0x76, (10,), 102),
    (0x77, TOUCH, 90),
    (0x78, (4,), 96),
    (0x78, (6,), 97),
    (0x79, (4, 6, 10), 948),
    (0x80, TOUCH, 232),
    (0x81, (6, 10), 32),
    (0x83, (10,), 100),
    (0x84, TOUCH, 476),
    (0x85, (5,), 100),
]

# Structures whose layout tells which model they belong to.
OWN_STRUCTURES = {
    (0x32, 0): "BSTnaEventExConfig",
    (0x32, 4): "DSTnaEventExConfig",
    (0x32, 5): "XSTnaEventExConfig",
    (0x32, 6): "BS2TnaEventExConfig",
    (0x32, 10): "FSTnaEventExConfig",
    (0x50, 1): "BEConfigData",
    (0x51, 11): "BESysInfoData",
    (0x70, 2): "BEConfigDataBLN",
    (0x70, 4): "DSFaceConfig",
    (0x71, 2): "BESysInfoDataBLN",
    (0x71, 4): "DSSaveImageEventConfig",
    (0x72, 5): "XSInputConfig",
    (0x76, 4): "DSOPModeConfig",
    (0x76, 5): "XSOPModeConfig",
    (0x76, 6): "BS2OPModeConfig",
    (0x76, 10): "FSOPModeConfig",
    (0x77, 4): "DSDisplayConfig",
    (0x77, 5): "XSDisplayConfig",
    (0x77, 6): "BS2DisplayConfig",
    (0x77, 10): "FSDisplayConfig",
    (0x78, 4): "DSFingerprintConfig",
    (0x78, 6): "BS2FingerprintConfig",
}


def test_every_model_has_the_blocks_of_the_table_and_no_others() -> None:
    for device_type in range(256):
        wanted = {number: size for number, device_types, size in TABLE if device_type in device_types}
        assert {block.number: block.size for block in configuration_types(device_type)} == wanted


@pytest.mark.parametrize(("place", "structure"), OWN_STRUCTURES.items())
def test_a_block_that_depends_on_the_model_has_the_models_structure(place: tuple[int, int], structure: str) -> None:
    assert configuration_record(*place) is STRUCTURES[structure]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.slug)
def test_names_are_unique_within_a_model(model: object) -> None:
    device_type = getattr(model, "device_type", None)
    assert isinstance(device_type, int)
    blocks = configuration_types(device_type)
    assert blocks
    assert len({block.name for block in blocks}) == len(blocks)
    assert [block.number for block in blocks] == sorted(block.number for block in blocks)


def test_only_system_information_is_read_only() -> None:
    read_only = {
        (block.number, block.name)
        for model in MODELS
        for block in configuration_types(model.device_type)
        if block.read_only
    }
    assert read_only == {(0x41, "system-information"), (0x51, "system-information"), (0x71, "system-information")}


def test_what_a_model_lacks_is_none() -> None:
    assert configuration_record(0x50, 0) is None
    assert configuration_record(0x10, 1) is None
    assert configuration_type(0x99, 0) is None
    assert configuration_types(8) == configuration_types(9) == ()


def test_every_structure_of_the_vectors_is_that_of_some_model() -> None:
    seen = 0
    for item in cases("config"):
        decoded = item.get("decoded", {})
        if "config_type" in decoded:
            records = {configuration_record(decoded["config_type"], model.device_type) for model in MODELS}
            assert STRUCTURES[decoded["struct"]] in records, item["name"]
            seen += 1
    assert seen > 50

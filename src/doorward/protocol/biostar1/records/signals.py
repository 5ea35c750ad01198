"""What lamps and buzzers of the 1471 models signal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from doorward.protocol.layout import I16, I32, Record, array, i32, records


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputPattern(Record):
    """How a lamp or buzzer of a 1471 model signals something: up to three steps, repeated."""

    SIZE: ClassVar[int] = 28
    STRUCTURE: ClassVar[str] = "BEOutputPattern"

    repeat: int = i32(0, "How often the steps are repeated")
    arguments: tuple[int, ...] = array(4, I32, 3, "For each step: colour or tone")
    on_times: tuple[int, ...] = array(16, I16, 3, "For each step: time on")
    off_times: tuple[int, ...] = array(22, I16, 3, "For each step: time off")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputPatternBioLite(Record):
    """How a lamp or buzzer of a BioLite Net signals something: up to three steps, repeated."""

    SIZE: ClassVar[int] = 32
    STRUCTURE: ClassVar[str] = "BEOutputPatternBLN"

    repeat: int = i32(0, "How often the steps are repeated")
    priority: int = i32(4, "Which pattern goes first")
    arguments: tuple[int, ...] = array(8, I32, 3, "For each step: colour or tone")
    on_times: tuple[int, ...] = array(20, I16, 3, "For each step: time on")
    off_times: tuple[int, ...] = array(26, I16, 3, "For each step: time off")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalSettingsCompact(Record):
    """Lamp and buzzer of a 1471 model, one pattern for each signal."""

    SIZE: ClassVar[int] = 2800
    STRUCTURE: ClassVar[str] = "BELEDBuzzerConfig"

    led_patterns: tuple[OutputPattern, ...] = records(16, OutputPattern, 48, "Patterns of the lamp")
    buzzer_patterns: tuple[OutputPattern, ...] = records(1360, OutputPattern, 48, "Patterns of the buzzer")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalSettingsBioLite(Record):
    """Lamps and buzzer of a BioLite Net, one pattern for each signal."""

    SIZE: ClassVar[int] = 6516
    STRUCTURE: ClassVar[str] = "BELEDBuzzerConfigBLN"

    led_patterns: tuple[OutputPatternBioLite, ...] = records(16, OutputPatternBioLite, 50, "Patterns of the lamp")
    buzzer_patterns: tuple[OutputPatternBioLite, ...] = records(
        1616, OutputPatternBioLite, 50, "Patterns of the buzzer"
    )
    display_patterns: tuple[OutputPatternBioLite, ...] = records(
        3216, OutputPatternBioLite, 50, "Patterns of the display's light"
    )
    keypad_patterns: tuple[OutputPatternBioLite, ...] = records(
        4816, OutputPatternBioLite, 50, "Patterns of the keypad's light"
    )

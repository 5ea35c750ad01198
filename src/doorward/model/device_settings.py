"""What a device is set to, apart from its network: families of settings, each setting with what it may be."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class SettingKind(enum.Enum):
    """What the value of a setting looks like."""

    NUMBER = "number"
    SWITCH = "switch"
    CHOICE = "choice"
    TEXT = "text"
    ADDRESS = "address"
    LIST = "list"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True)
class SettingsFamily:
    """Settings that a device keeps and hands out together.

    Attributes:
        name: Its name for programs, such as ``operation-mode``.
        title: Its name for people.
        read_only: The device tells it and takes no change.
    """

    name: str
    title: str
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that a setting may have.

    Attributes:
        value: The value.
        words: What it means.
    """

    value: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting.

    Attributes:
        path: Its name for programs, unique in its family, such as ``doors.0.open_time``.
        label: Its name for people.
        meaning: What it does, with units.
        kind: What its value looks like.
        minimum: The lowest number; None where it is no number.
        maximum: The highest number; None where it is no number.
        length: The longest text in letters or bytes, or the number of values in a list; None elsewhere.
        choices: What the value may be; empty where anything between the bounds may.
        writable: Whether it can be changed here.
        reason: Why it cannot; empty where it can.
        secret: Its value is never told. It can be replaced.
    """

    path: str
    label: str
    meaning: str
    kind: SettingKind
    minimum: int | None = None
    maximum: int | None = None
    length: int | None = None
    choices: tuple[Choice, ...] = ()
    writable: bool = True
    reason: str = ""
    secret: bool = False


@dataclass(frozen=True, slots=True)
class SettingsSection:
    """Settings of a family that belong to one thing, such as one door.

    Attributes:
        path: Its name for programs; empty for what belongs to the whole family.
        title: Its name for people.
        settings: The settings, in order.
    """

    path: str
    title: str
    settings: tuple[Setting, ...]


@dataclass(frozen=True, slots=True)
class SettingsReading:
    """The settings of a family as a device told them.

    Attributes:
        family: The family.
        values: The value of each setting by its path, fit for JSON; secrets are left out.
        unused: Paths of the sections in which nothing is set.
    """

    family: SettingsFamily
    values: Mapping[str, Any]
    unused: tuple[str, ...] = ()

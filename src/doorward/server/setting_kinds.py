"""The kinds of values that settings have: how each is checked and how it is read from an environment variable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from doorward.model.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Setting:
    """How one value is checked.

    Attributes:
        allowed: What may be written, in words.
        accepts: Whether a value of the file may stand.
        parse: A value from the text of an environment variable; raises ValueError.
        convert: From the file's type to the field's.
    """

    allowed: str
    accepts: Callable[[Any], bool]
    parse: Callable[[str], Any]
    convert: Callable[[Any], Any] = lambda value: value

    def check(self, value: Any, *, key: str, where: str) -> Any:
        """A value of the file as the field holds it.

        Raises:
            InvalidInput: It is not allowed.
        """
        if not self.accepts(value):
            raise InvalidInput(key, value, self.allowed, where=where)
        return self.convert(value)

    def from_text(self, value: str, *, key: str, where: str) -> Any:
        """A value from an environment variable.

        Raises:
            InvalidInput: It is not allowed.
        """
        try:
            parsed = self.parse(value)
        except ValueError:
            raise InvalidInput(key, value, self.allowed, where=where) from None
        return self.check(parsed, key=key, where=where)


def text(default: str, allowed: str) -> Any:
    """A text; ``allowed`` tells people what it means."""
    return field(default=default, metadata={"setting": Setting(allowed, lambda value: isinstance(value, str), str)})


def texts(default: tuple[str, ...], allowed: str) -> Any:
    """A list of texts; separated by commas in a variable."""
    setting = Setting(
        allowed,
        lambda value: isinstance(value, list) and bool(value) and all(isinstance(item, str) for item in value),
        lambda value: [item.strip() for item in value.split(",") if item.strip()],
        tuple,
    )
    return field(default=default, metadata={"setting": setting})


def number(default: int, low: int, high: int) -> Any:
    """A whole number."""
    setting = Setting(
        f"a whole number from {low} to {high}",
        lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high,
        int,
    )
    return field(default=default, metadata={"setting": setting})


def decimal(default: float, low: float, high: float) -> Any:
    """A number, whole or not."""
    setting = Setting(
        f"a number from {low:g} to {high:g}",
        lambda value: isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high,
        float,
        float,
    )
    return field(default=default, metadata={"setting": setting})


def choice(default: str, names: tuple[str, ...]) -> Any:
    """One of several words."""
    return field(default=default, metadata={"setting": Setting(", ".join(names), lambda value: value in names, str)})


def switch(default: bool) -> Any:
    """On or off."""
    words = {"true": True, "false": False}

    def parse(value: str) -> bool:
        try:
            return words[value.strip().lower()]
        except KeyError:
            raise ValueError(value) from None

    setting = Setting("true or false", lambda value: isinstance(value, bool), parse)
    return field(default=default, metadata={"setting": setting})


def folder_path() -> Any:
    """A folder by its absolute path; empty takes the default place."""
    setting = Setting(
        "the absolute path of a folder",
        lambda value: isinstance(value, str) and (not value or Path(value).expanduser().is_absolute()),
        str,
    )
    return field(default="", metadata={"setting": setting})

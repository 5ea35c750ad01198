"""Typed values in JSON: a frozen dataclass becomes an object and comes back checked, field by field.

The other end may be older or newer: fields that are not known here are left out, and a field that is missing takes its
default. Everything else that does not fit is refused.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import json
import math
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar, cast

from doorward.protocol.errors import RemoteProtocolError

T = TypeVar("T")

MOST_ITEMS: Final = 100_000
"""Items that one list may have."""


def to_json(value: object) -> bytes:
    """A dataclass as the bytes of a JSON object."""
    return json.dumps(_plain(value), separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def from_json(kind: type[T], content: bytes) -> T:
    """The dataclass that ``to_json`` wrote.

    Raises:
        RemoteProtocolError: The bytes are no such object.
    """
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise RemoteProtocolError(f"a message of the tunnel is no JSON: {type(error).__name__}") from error
    wanted: Any = kind
    return cast("T", _reader(wanted)(found, kind.__name__))


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in dataclasses.fields(value)}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


_Read = Callable[[object, str], object]


@functools.cache
def _reader(kind: Any) -> _Read:
    """What checks and makes values of a type."""
    origin = typing.get_origin(kind)
    if origin in (types.UnionType, typing.Union):
        return _optional(kind)
    if origin is tuple:
        return _many(kind)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _object(kind)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return _choice(kind)
    if kind in (str, bool, int, float):
        return functools.partial(_scalar, kind)
    raise TypeError(f"{kind} does not travel through the tunnel")


def _scalar(kind: type, value: object, place: str) -> object:
    if kind is float and type(value) is int:
        value = float(value) if abs(value) < 1 << 53 else value
    # A flag is no number, although Python takes it for one.
    if type(value) is not kind or (isinstance(value, float) and not math.isfinite(value)):
        raise _refused(place, value, kind.__name__)
    return value


def _optional(kind: Any) -> _Read:
    (inner,) = (each for each in typing.get_args(kind) if each is not type(None))
    read = _reader(inner)
    return lambda value, place: None if value is None else read(value, place)


def _many(kind: Any) -> _Read:
    inner, rest = typing.get_args(kind)
    if rest is not Ellipsis:
        raise TypeError(f"{kind} does not travel through the tunnel")
    read = _reader(inner)

    def many(value: object, place: str) -> object:
        if not isinstance(value, list) or len(value) > MOST_ITEMS:
            raise _refused(place, value, "list")
        return tuple(read(item, f"{place}[{index}]") for index, item in enumerate(value))

    return many


def _choice(kind: type[enum.Enum]) -> _Read:
    def choice(value: object, place: str) -> object:
        try:
            return kind(value)
        except (ValueError, TypeError):
            raise _refused(place, value, " or ".join(str(each.value) for each in kind)) from None

    return choice


def _object(kind: type) -> _Read:
    hints = typing.get_type_hints(kind)
    members = [(each, _reader(hints[each.name])) for each in dataclasses.fields(kind)]

    def read(value: object, place: str) -> object:
        if not isinstance(value, Mapping):
            raise _refused(place, value, "object")
        values = {}
        for each, read_member in members:
            if each.name in value:
                values[each.name] = read_member(value[each.name], f"{place}.{each.name}")
            elif each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING:
                raise RemoteProtocolError(f"a message of the tunnel lacks {place}.{each.name}")
        return kind(**values)

    return read


def _refused(place: str, value: object, wanted: str) -> RemoteProtocolError:
    # The value itself may be secret, so its type alone is told.
    return RemoteProtocolError(f"{place} in a message of the tunnel is of type {type(value).__name__}, not {wanted}")

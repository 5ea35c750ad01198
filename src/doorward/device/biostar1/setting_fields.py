"""The fields of configuration records as settings: what each may be, its value for JSON, and the way back.

What a setting may be is taken from where the record is declared: the codec of a field gives its bounds, and its
meaning lists its values where they are known ("0 off, 1 Ethernet", "1 = the door locks again", "1024..1460 bytes").
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from doorward.model.device_settings import Choice, Setting, SettingKind, SettingsSection
from doorward.model.errors import InvalidInput
from doorward.protocol.layout import (
    AddressCodec,
    ArrayCodec,
    BooleanCodec,
    FieldCodec,
    FieldLayout,
    IntegerCodec,
    Record,
    RecordCodec,
    TextCodec,
    WideTextCodec,
    layout_of,
)

_SWITCH: Final = re.compile(r"^1 = ")
_SWITCH_WORDS: Final = re.compile(r"^1 = (\w)(.*?)(?:, 0 = .*)?$")
_CHOICES: Final = re.compile(r"(?:^|: |\()(\d+ [^\d,;()][^,;()]*(?:, \d+ [^,;()]+)+)\)?$")
_BOUNDS: Final = re.compile(r"\b(\d+)\.\.(\d+)\b(?! Secure)")
_ABBREVIATIONS: Final = {
    "dhcp": "DHCP", "ip": "IP", "mtu": "MTU", "tcp": "TCP", "id": "ID", "ids": "IDs", "rs485": "RS485",
    "rs232": "RS232", "tls": "TLS", "pin": "PIN", "led": "LED", "usb": "USB", "lan": "LAN", "io": "I/O",
    "wep": "WEP", "wpa": "WPA", "mac": "MAC", "wiegand": "Wiegand",
}  # fmt: skip
_KEPT_BY_DEVICE: Final = re.compile(r"(made|kept) by the device|^(Mark|Version) of the block|^Time of the last change$")
_PLAIN_WORDS: Final = {
    "(device << 8) + relay, 0xFFFF none; devices: 0 own, 1 slave, 2..5 Secure I/O 0..3": (
        "Which relay opens the door: 0 and 1 its own, 256 and 257 of the slave, 512 and up of a Secure I/O, 65535 none"
    ),
    "(input device << 16) + event id": "What sets it off: the number of the event, plus 65536 for each input device",
}
"""Meanings of the record in terms of bits, for people who do not know bits."""
KEPT_BY_DEVICE: Final = "The device keeps this itself."
SECRET_BYTES: Final = "It is a secret in a form of the device's own; set it at the device."  # noqa: S105 - words for people
ONLY_BYTES: Final = "Its bytes are shown as they came; what they mean depends on other settings."


def label_of(name: str) -> str:
    """A field's name for people: ``ip_address`` is "IP address"."""
    words = [_ABBREVIATIONS.get(word, word) for word in name.split("_")]
    return words[0][:1].upper() + " ".join(words)[1:]


def sections_of(
    record: type[Record], title: str, locked: Mapping[str, str] = MappingProxyType({})
) -> tuple[SettingsSection, ...]:
    """The settings that a record holds, part by part; a part without any is left out.

    Args:
        record: The record.
        title: What the whole is called.
        locked: Names of fields that cannot be changed here, each with the reason.
    """
    return tuple(_sections(record, "", title, locked))


def values_of(record: Record, path: str = "") -> dict[str, Any]:
    """The values of a record's settings by their paths, fit for JSON. Secrets are left out."""
    values: dict[str, Any] = {}
    for item in layout_of(type(record)):
        here = f"{path}{item.name}"
        value = getattr(record, item.name)
        if isinstance(item.codec, RecordCodec):
            values |= values_of(value, f"{here}.")
        elif _is_array_of_records(item.codec):
            for number, element in enumerate(value):
                values |= values_of(element, f"{here}.{number}.")
        elif not item.secret:
            values[here] = _plain(item, value)
    return values


def unused_sections(record: Record, path: str = "") -> Iterator[str]:
    """Paths of the parts of a record in which nothing is set."""
    for item in layout_of(type(record)):
        here = f"{path}{item.name}"
        value = getattr(record, item.name)
        inner = [(here, value)] if isinstance(item.codec, RecordCodec) else []
        if _is_array_of_records(item.codec):
            inner = [(f"{here}.{number}", element) for number, element in enumerate(value)]
        for place, part in inner:
            if not any(part.to_bytes()):
                yield place
            yield from unused_sections(part, f"{place}.")


def changed(record: Record, changes: Mapping[str, Any], settings: Mapping[str, Setting]) -> Record:
    """A record with some settings changed.

    Args:
        record: As it was read.
        changes: New values by the paths of the settings.
        settings: All settings of the record by their paths.

    Raises:
        InvalidInput: There is no such setting, it cannot be changed, or the value is not allowed.
    """
    after = record
    for path, value in changes.items():
        setting = settings.get(path)
        if setting is None:
            raise InvalidInput("setting", path, "the path of a setting of this family")
        if not setting.writable:
            raise InvalidInput(setting.label, _shown(setting, value), f"no change. {setting.reason}")
        after = _replaced(after, path.split("."), value, setting)
    return after


# --- What there is ----------------------------------------------------------------------------------------------------


def _sections(record: type[Record], path: str, title: str, locked: Mapping[str, str]) -> Iterator[SettingsSection]:
    inner: list[tuple[str, type[Record], str]] = []
    settings = []
    for item in layout_of(record):
        here, codec = f"{path}{item.name}", item.codec
        if isinstance(codec, RecordCodec):
            inner.append((here, codec.record, label_of(item.name)))
        elif isinstance(codec, ArrayCodec) and isinstance(codec.element, RecordCodec):
            one = label_of(item.name.removesuffix("s"))
            inner += [(f"{here}.{n}", codec.element.record, f"{one} {n + 1}") for n in range(codec.count)]
        else:
            settings.append(_setting(item, here, locked.get(item.name, "") if not path else ""))
    if settings:
        yield SettingsSection(path.rstrip("."), title, tuple(settings))
    for here, part, name in inner:
        above = f"{title}, " if path else ""
        yield from _sections(part, f"{here}.", f"{above}{name}", locked)


def _setting(item: FieldLayout, path: str, locked: str) -> Setting:
    kind, minimum, maximum, length = _shape(item.codec)
    choices: tuple[Choice, ...] = ()
    if kind is SettingKind.NUMBER:
        if _SWITCH.search(item.meaning):
            kind, minimum, maximum = SettingKind.SWITCH, None, None
        elif found := _CHOICES.search(item.meaning):
            kind, choices = SettingKind.CHOICE, tuple(map(_choice, found[1].split(", ")))
        elif found := _BOUNDS.search(item.meaning):
            minimum, maximum = int(found[1]), int(found[2])
    reason = locked
    if not reason and _KEPT_BY_DEVICE.search(item.meaning):
        reason = KEPT_BY_DEVICE
    if not reason and kind is SettingKind.BYTES:
        reason = SECRET_BYTES if item.secret else ONLY_BYTES
    return Setting(
        path=path,
        label=label_of(item.name),
        meaning=_SWITCH_WORDS.sub(
            lambda found: found[1].upper() + found[2], _PLAIN_WORDS.get(item.meaning, item.meaning)
        ),
        kind=kind,
        minimum=minimum,
        maximum=maximum,
        length=length,
        choices=choices,
        writable=not reason,
        reason=reason,
        secret=item.secret,
    )


def _choice(text: str) -> Choice:
    number, _, words = text.partition(" ")
    return Choice(int(number), words)


def _shape(codec: FieldCodec[Any]) -> tuple[SettingKind, int | None, int | None, int | None]:
    """Kind, lowest and highest number, and length."""
    match codec:
        case IntegerCodec():
            return SettingKind.NUMBER, codec.minimum, codec.maximum, None
        case BooleanCodec():
            return SettingKind.SWITCH, None, None, None
        case TextCodec():
            return SettingKind.TEXT, None, None, codec.size - 1
        case WideTextCodec():
            return SettingKind.TEXT, None, None, codec.units - 1
        case AddressCodec():
            return SettingKind.ADDRESS, None, None, None
        case ArrayCodec():
            _, minimum, maximum, _ = _shape(codec.element)
            return SettingKind.LIST, minimum, maximum, codec.count
    return SettingKind.BYTES, None, None, codec.size


def _is_array_of_records(codec: FieldCodec[Any]) -> bool:
    return isinstance(codec, ArrayCodec) and isinstance(codec.element, RecordCodec)


# --- Values -----------------------------------------------------------------------------------------------------------


def _plain(item: FieldLayout, value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain_one(element) for element in value]
    if isinstance(item.codec, IntegerCodec) and _SWITCH.search(item.meaning) and value in (0, 1):
        return bool(value)
    return _plain_one(value)


def _plain_one(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else value


def _replaced(record: Record, names: list[str], value: Any, setting: Setting) -> Record:
    name, rest = names[0], names[1:]
    item = next(item for item in layout_of(type(record)) if item.name == name)
    before = getattr(record, name)
    if not rest:
        new = _taken(item, value, before, setting)
    elif isinstance(before, tuple):
        place = int(rest[0])
        part = _replaced(before[place], rest[1:], value, setting)
        new = before if part is before[place] else (*before[:place], part, *before[place + 1 :])
    else:
        new = _replaced(before, rest, value, setting)
    return record if new is before else dataclasses.replace(record, **{name: new})


def _taken(item: FieldLayout, value: Any, before: Any, setting: Setting) -> Any:
    """A value as the record wants it."""
    if not setting.secret and value == _plain(item, before):
        return before
    taken = value
    if setting.kind is SettingKind.SWITCH and isinstance(item.codec, IntegerCodec) and isinstance(value, bool):
        taken = int(value)
    if isinstance(item.codec, BooleanCodec) and value in (0, 1):
        taken = bool(value)
    if isinstance(value, list):
        old = before if isinstance(before, tuple) else ()
        as_numbers = bool(old) and isinstance(old[0], int) and not isinstance(old[0], bool)
        taken = tuple(int(each) if as_numbers and isinstance(each, bool) else each for each in value)
    allowed = _allowed(setting, taken)
    if not allowed:
        try:
            item.codec.write(taken, "utf-8")
        except (ValueError, TypeError) as error:
            allowed = str(error)
    if allowed:
        raise InvalidInput(setting.label, _shown(setting, value), allowed)
    return taken


def _allowed(setting: Setting, value: Any) -> str:
    """What a value may be, where that is more than its bytes say; empty when it is allowed."""
    if setting.kind is SettingKind.SWITCH and value not in (0, 1):
        return "yes or no (true or false)"
    if setting.choices and value not in [choice.value for choice in setting.choices]:
        return ", ".join(f"{choice.value} ({choice.words})" for choice in setting.choices)
    if setting.kind is SettingKind.NUMBER and setting.minimum is not None and setting.maximum is not None:
        is_number = isinstance(value, int) and not isinstance(value, bool)
        if not is_number or not setting.minimum <= value <= setting.maximum:
            return f"a whole number from {setting.minimum} to {setting.maximum}"
    return ""


def _shown(setting: Setting, value: Any) -> Any:
    if setting.secret:
        return "(not shown)"
    words = repr(value)
    return value if len(words) <= 80 else words[:79] + "…"

"""Values of records as plain objects: times as ISO texts, events in words, secrets hidden."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from doorward.protocol.biostar1.events import event_words
from doorward.protocol.biostar1.models import type_title
from doorward.protocol.biostar1.records.logs import ExtendedLogRecord, LogRecord
from doorward.protocol.explain.message import Value
from doorward.protocol.layout import FieldLayout, Record, layout_of

MOST_RECORDS_SHOWN = 65_536  # of one message; a device sends at most 32,768 log records in one
_LONGEST_HEX = 64  # bytes; longer ones are told by their number
_LOCAL_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - the devices' clocks know no zone


class ValueWriter:
    """Turns values of records and requests into what JSON can carry.

    Args:
        show_secrets: Show PINs, passwords, keys and templates instead of their size.
        model_words: Names a device type; each generation counts its own.
    """

    def __init__(self, *, show_secrets: bool = False, model_words: Callable[[int], str] = type_title) -> None:
        self.show_secrets = show_secrets
        self._model_words = model_words

    def record(self, record: Record) -> dict[str, Value]:
        """A record with all its declared fields."""
        told: dict[str, Value] = {}
        for item in layout_of(type(record)):
            told[item.name] = self._field(item, getattr(record, item.name))
        event, sub_event = told.get("event"), told.get("sub_event")
        if isinstance(event, int) and isinstance(sub_event, int):
            told["event_words"] = event_words(event, sub_event)
        device_type = told.get("device_type")
        if isinstance(device_type, int) and device_type >= 0:
            told["device_type_words"] = self._model_words(device_type)
        return told

    def log_record(self, record: LogRecord | ExtendedLogRecord) -> dict[str, Value]:
        """A log record with its event in words."""
        told: dict[str, Value] = {
            "event": record.event,
            "sub_event": record.sub_event,
            "event_words": event_words(record.event, record.sub_event),
            "attendance_key": record.attendance_key,
            "local_time": iso_time(record.local_time),
            "user_id": record.user_id,
            "device_id": record.device_id,
        }
        if isinstance(record, ExtendedLogRecord):
            told["image_slot"] = record.image_slot
        return told

    def number(self, name: str, value: int, meaning: str) -> dict[str, Value]:
        """A number of a request or reply, with its words where it has some."""
        if is_local_time(meaning):
            return {name: iso_time(value, zero_is_none=means_none(meaning))}
        told: dict[str, Value] = {name: value}
        if name == "event":
            told["event_words"] = event_words(value)
        elif name == "device_type":
            told["device_type_words"] = self._model_words(value)
        return told

    def secret(self, value: bytes) -> str:
        """Bytes that are nobody's business unless they were asked for."""
        return value.hex() if self.show_secrets else hidden(len(value))

    def _field(self, item: FieldLayout, value: Any) -> Value:
        if item.secret and not self.show_secrets:
            return "" if value == "" else hidden(item.codec.size)
        if isinstance(value, int) and not isinstance(value, bool) and is_local_time(item.meaning):
            return iso_time(value, zero_is_none=means_none(item.meaning))
        return self.plain(value)

    def plain(self, value: Any) -> Value:
        """A value of a record: number, text, bytes, record, or several of these."""
        if isinstance(value, Record):
            return self.record(value)
        if isinstance(value, tuple):
            return [self.plain(entry) for entry in value]
        if isinstance(value, bytes):
            return shown_bytes(value)
        if value is None or isinstance(value, bool | str):
            return value
        return int(value)


def hidden(size: int) -> str:
    """What stands for a secret."""
    return f"<secret, {size} bytes>"


def shown_bytes(value: bytes) -> str:
    """Bytes as hex, long ones by their number."""
    return value.hex() if len(value) <= _LONGEST_HEX else f"<{len(value)} bytes>"


def is_local_time(meaning: str) -> bool:
    """Whether a field holds local seconds since 1970, by the meaning that its declaration gives."""
    words = meaning.lower()
    return "local" in words and "second" in words


def means_none(meaning: str) -> bool:
    """Whether 0 stands for no time at all."""
    return "0 none" in meaning or "0 without limit" in meaning


def iso_time(local_seconds: int, *, zero_is_none: bool = False) -> str | None:
    """Local seconds since 1970 as ISO text without a zone, since the device names none."""
    if zero_is_none and local_seconds == 0:
        return None
    return (_LOCAL_EPOCH + timedelta(seconds=local_seconds)).isoformat()

"""Single fields out of the bytes of a record, without reading the whole record.

A device keeps structures as bytes and gives them back as they came; it looks at a few fields only.
"""

from __future__ import annotations

from typing import Any

from doorward.protocol.layout import DEFAULT_TEXT_CODEC, FieldCodec, Record, layout_of

_known: dict[type[Record], dict[str, tuple[int, FieldCodec[Any]]]] = {}


def _fields_of(record: type[Record]) -> dict[str, tuple[int, FieldCodec[Any]]]:
    fields = _known.get(record)
    if fields is None:
        fields = _known[record] = {item.name: (item.offset, item.codec) for item in layout_of(record)}
    return fields


class RecordView:
    """The fields of a record by name, each read when it is asked for.

    Args:
        record: The class of the record.
        data: Its bytes.
    """

    __slots__ = ("_data", "record")

    def __init__(self, record: type[Record], data: bytes) -> None:
        self.record = record
        self._data = data

    def __getattr__(self, name: str) -> Any:
        place = _fields_of(self.record).get(name)
        if place is None:
            raise AttributeError(f"{self.record.__name__} has no field {name}")
        return place[1].read(self._data, place[0], DEFAULT_TEXT_CODEC)

    def get(self, name: str, default: Any = None) -> Any:
        """A field that not every form of the record has."""
        return getattr(self, name) if name in _fields_of(self.record) else default

    @property
    def raw(self) -> bytes:
        """The bytes."""
        return self._data


def with_fields(record: type[Record], data: bytes, **values: object) -> bytes:
    """The bytes of a record with some fields changed; raises ValueError when a value does not fit."""
    changed = bytearray(data)
    fields = _fields_of(record)
    for name, value in values.items():
        offset, codec = fields[name]
        changed[offset : offset + codec.size] = codec.write(value, DEFAULT_TEXT_CODEC)
    return bytes(changed)


def has_field(record: type[Record], name: str) -> bool:
    """Whether a record declares a field."""
    return name in _fields_of(record)

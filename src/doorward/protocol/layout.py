"""Binary records, declared once and used in both directions.

A record is a frozen dataclass whose fields name their offset in the published structure. Bytes that no field
names (holes, reserved fields, what a newer firmware appends) are kept in ``base`` and written back as they came,
so that reading a block, changing one field and writing it again changes that field alone.
"""

from __future__ import annotations

import dataclasses
import ipaddress
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar, cast

from doorward.protocol.errors import LocalProtocolError, RemoteProtocolError

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
R = TypeVar("R", bound="Record")

DEFAULT_TEXT_CODEC = "utf-8"
FALLBACK_TEXT_CODEC = "latin-1"  # maps every byte, so text from a device always decodes
_METADATA_KEY = "doorward.layout"


class FieldCodec(Protocol[T_co]):
    """How one field stands in its bytes."""

    size: int

    def read(self, data: bytes, offset: int, text_codec: str) -> T_co:
        """Take the value out of ``data`` at ``offset``."""
        ...

    def write(self, value: Any, text_codec: str) -> bytes:
        """Give the value's ``size`` bytes; raises ValueError with what is allowed when it does not fit."""
        ...

    def zero(self) -> T_co:
        """The value of all-zero bytes."""
        ...


class IntegerCodec:
    """A little-endian integer of 1, 2 or 4 bytes."""

    def __init__(self, size: int, *, signed: bool) -> None:
        self.size = size
        self.signed = signed
        self.minimum = -(1 << (8 * size - 1)) if signed else 0
        self.maximum = (1 << (8 * size - (1 if signed else 0))) - 1

    def read(self, data: bytes, offset: int, text_codec: str) -> int:
        """Take the number."""
        del text_codec
        return int.from_bytes(data[offset : offset + self.size], "little", signed=self.signed)

    def write(self, value: Any, text_codec: str) -> bytes:
        """Give the number's bytes."""
        del text_codec
        if not isinstance(value, int) or not self.minimum <= value <= self.maximum:
            raise ValueError(f"a whole number from {self.minimum} to {self.maximum}")
        return int(value).to_bytes(self.size, "little", signed=self.signed)

    def zero(self) -> int:
        """The number 0."""
        return 0


class BooleanCodec:
    """One byte: 0 is false, anything else is true."""

    size = 1

    def read(self, data: bytes, offset: int, text_codec: str) -> bool:
        """Take the truth value."""
        del text_codec
        return data[offset] != 0

    def write(self, value: Any, text_codec: str) -> bytes:
        """Give 0 or 1."""
        del text_codec
        if not isinstance(value, bool):
            raise ValueError("true or false")
        return b"\x01" if value else b"\x00"

    def zero(self) -> bool:
        """False."""
        return False


class TextCodec:
    """A ``char`` array in the device's code page, ended by a NUL; one byte is kept for it."""

    def __init__(self, size: int) -> None:
        self.size = size

    def read(self, data: bytes, offset: int, text_codec: str) -> str:
        """Take the text up to the first NUL; what the codec cannot read is read byte for byte."""
        return decode_text(data[offset : offset + self.size].split(b"\0", 1)[0], text_codec)

    def write(self, value: Any, text_codec: str) -> bytes:
        """Give the text, zero filled."""
        return encode_text(value, self.size, text_codec)

    def zero(self) -> str:
        """The empty text."""
        return ""


class WideTextCodec:
    """UTF-16LE text without byte order mark, ended by a zero unit; one unit is kept for it."""

    def __init__(self, units: int) -> None:
        self.units = units
        self.size = 2 * units

    def read(self, data: bytes, offset: int, text_codec: str) -> str:
        """Take the text up to the first zero unit; a lone surrogate becomes U+FFFD."""
        del text_codec
        raw = data[offset : offset + self.size]
        end = next((at for at in range(0, self.size, 2) if raw[at] == raw[at + 1] == 0), self.size)
        return raw[:end].decode("utf-16-le", errors="replace")

    def write(self, value: Any, text_codec: str) -> bytes:
        """Give the text, zero filled."""
        del text_codec
        limit = self.units - 1
        if not isinstance(value, str) or "\0" in value:
            raise ValueError(f"text of at most {limit} UTF-16 units without NUL")
        try:
            raw = value.encode("utf-16-le")
        except UnicodeEncodeError:
            raise ValueError("text without lone surrogates") from None
        if len(raw) > 2 * limit:
            raise ValueError(f"text of at most {limit} UTF-16 units (this has {len(raw) // 2})")
        return raw.ljust(self.size, b"\0")

    def zero(self) -> str:
        """The empty text."""
        return ""


class OpaqueCodec:
    """Bytes that are carried and not looked into."""

    def __init__(self, size: int) -> None:
        self.size = size

    def read(self, data: bytes, offset: int, text_codec: str) -> bytes:
        """Take the bytes."""
        del text_codec
        return bytes(data[offset : offset + self.size])

    def write(self, value: Any, text_codec: str) -> bytes:
        """Give the bytes."""
        del text_codec
        if not isinstance(value, bytes) or len(value) != self.size:
            raise ValueError(f"exactly {self.size} bytes")
        return value

    def zero(self) -> bytes:
        """Zero bytes."""
        return bytes(self.size)


class AddressCodec:
    """An IPv4 address in four bytes, the first octet in the lowest one, as dotted text."""

    size = 4

    def read(self, data: bytes, offset: int, text_codec: str) -> str:
        """Take the dotted address."""
        del text_codec
        return str(ipaddress.IPv4Address(data[offset : offset + 4]))

    def write(self, value: Any, text_codec: str) -> bytes:
        """Give the four octets."""
        del text_codec
        try:
            return ipaddress.IPv4Address(value).packed
        except ValueError:
            raise ValueError("an IPv4 address such as 192.168.1.10") from None

    def zero(self) -> str:
        """The address 0.0.0.0."""
        return "0.0.0.0"  # noqa: S104 - a value in a record, nothing is bound to it


class RecordCodec(Generic[R]):
    """A record inside a record."""

    def __init__(self, record: type[R]) -> None:
        self.record = record
        self.size = record.SIZE

    def read(self, data: bytes, offset: int, text_codec: str) -> R:
        """Take the inner record."""
        return self.record.from_bytes(data[offset : offset + self.size], text_codec=text_codec)

    def write(self, value: Any, text_codec: str) -> bytes:
        """Give the inner record's bytes."""
        if not isinstance(value, self.record):
            raise ValueError(f"a {self.record.__name__}")
        return value.to_bytes(text_codec=text_codec)

    def zero(self) -> R:
        """An inner record of zero bytes."""
        return self.record()


class ArrayCodec(Generic[T]):
    """Several values of one codec, one after another."""

    def __init__(self, element: FieldCodec[T], count: int) -> None:
        self.element = element
        self.count = count
        self.size = element.size * count

    def read(self, data: bytes, offset: int, text_codec: str) -> tuple[T, ...]:
        """Take all the elements."""
        step = self.element.size
        return tuple(self.element.read(data, offset + step * place, text_codec) for place in range(self.count))

    def write(self, value: Any, text_codec: str) -> bytes:
        """Give all the elements' bytes."""
        if not isinstance(value, tuple) or len(value) != self.count:
            raise ValueError(f"exactly {self.count} values in a tuple")
        return b"".join(self.element.write(item, text_codec) for item in value)

    def zero(self) -> tuple[T, ...]:
        """All elements zero."""
        return (self.element.zero(),) * self.count


def decode_text(raw: bytes, text_codec: str) -> str:
    """Read text of a device: the codec that was asked for first, then byte for byte as Latin-1."""
    try:
        return raw.decode(text_codec)
    except UnicodeDecodeError:
        return raw.decode(FALLBACK_TEXT_CODEC)


def encode_text(value: str, size: int, text_codec: str) -> bytes:
    """Write text into a field of ``size`` bytes, zero filled; raises ValueError when it does not fit whole."""
    limit = size - 1
    if not isinstance(value, str) or "\0" in value:
        raise ValueError(f"text of at most {limit} bytes in {text_codec} without NUL")
    try:
        raw = value.encode(text_codec)
    except UnicodeEncodeError:
        raise ValueError(f"text that {text_codec} can write") from None
    if len(raw) > limit:
        raise ValueError(f"text of at most {limit} bytes in {text_codec} (this has {len(raw)})")
    return raw.ljust(size, b"\0")


@dataclass(frozen=True, slots=True)
class FieldLayout:
    """Where a field stands and what it means."""

    name: str
    offset: int
    codec: FieldCodec[Any]
    meaning: str
    secret: bool = False


def place(offset: int, codec: FieldCodec[T], meaning: str = "", default: T | None = None, *, secret: bool = False) -> T:
    """Declare a field of a record at ``offset``; the default is the value of zero bytes.

    A ``secret`` (a PIN, a key, a template) is left out of the record's ``repr`` and of error messages.
    """
    value = codec.zero() if default is None else default
    declared: Any = dataclasses.field(
        default=value, repr=not secret, metadata={_METADATA_KEY: (offset, codec, meaning, secret)}
    )
    return cast("T", declared)


U8, I8 = IntegerCodec(1, signed=False), IntegerCodec(1, signed=True)
U16, I16 = IntegerCodec(2, signed=False), IntegerCodec(2, signed=True)
U32, I32 = IntegerCodec(4, signed=False), IntegerCodec(4, signed=True)
BOOLEAN = BooleanCodec()
ADDRESS = AddressCodec()


def u8(offset: int, meaning: str = "", default: int = 0) -> int:
    """Declare an unsigned byte."""
    return place(offset, U8, meaning, default)


def i8(offset: int, meaning: str = "", default: int = 0) -> int:
    """Declare a signed byte."""
    return place(offset, I8, meaning, default)


def u16(offset: int, meaning: str = "", default: int = 0) -> int:
    """Declare an unsigned 16-bit number."""
    return place(offset, U16, meaning, default)


def i16(offset: int, meaning: str = "", default: int = 0) -> int:
    """Declare a signed 16-bit number."""
    return place(offset, I16, meaning, default)


def u32(offset: int, meaning: str = "", default: int = 0) -> int:
    """Declare an unsigned 32-bit number."""
    return place(offset, U32, meaning, default)


def i32(offset: int, meaning: str = "", default: int = 0) -> int:
    """Declare a signed 32-bit number."""
    return place(offset, I32, meaning, default)


def boolean(offset: int, meaning: str = "", default: bool = False) -> bool:
    """Declare a truth value of one byte."""
    return place(offset, BOOLEAN, meaning, default)


def text(offset: int, size: int, meaning: str = "", *, secret: bool = False) -> str:
    """Declare text of at most ``size - 1`` bytes in the device's code page."""
    return place(offset, TextCodec(size), meaning, secret=secret)


def wide_text(offset: int, units: int, meaning: str = "", *, secret: bool = False) -> str:
    """Declare UTF-16LE text of at most ``units - 1`` units."""
    return place(offset, WideTextCodec(units), meaning, secret=secret)


def opaque(offset: int, size: int, meaning: str = "", *, secret: bool = False) -> bytes:
    """Declare bytes that are carried as they are."""
    return place(offset, OpaqueCodec(size), meaning, secret=secret)


def address(offset: int, meaning: str = "") -> str:
    """Declare an IPv4 address of four bytes."""
    return place(offset, ADDRESS, meaning)


def nested(offset: int, record: type[R], meaning: str = "") -> R:
    """Declare a record inside this one."""
    return place(offset, RecordCodec(record), meaning)


def array(
    offset: int,
    element: FieldCodec[T],
    count: int,
    meaning: str = "",
    default: tuple[T, ...] | None = None,
    *,
    secret: bool = False,
) -> tuple[T, ...]:
    """Declare ``count`` values of one codec."""
    return place(offset, ArrayCodec(element, count), meaning, default, secret=secret)


def records(offset: int, record: type[R], count: int, meaning: str = "") -> tuple[R, ...]:
    """Declare ``count`` records inside this one."""
    return place(offset, ArrayCodec(RecordCodec(record), count), meaning)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A structure of the wire. Subclasses set ``SIZE`` and ``STRUCTURE`` and declare their fields.

    Attributes:
        base: The bytes that the record was read from; empty for a new one. Never compared.
    """

    SIZE: ClassVar[int]
    STRUCTURE: ClassVar[str]

    base: bytes = dataclasses.field(default=b"", repr=False, compare=False)

    @classmethod
    def from_bytes(cls, data: bytes, *, text_codec: str = DEFAULT_TEXT_CODEC, longer: bool = False) -> Self:
        """Read a record.

        Args:
            data: Exactly ``SIZE`` bytes, or more with ``longer``; the surplus is kept and written back.
            text_codec: The code page of the device's ``char`` fields.
            longer: Accept bytes after the published end, as a newer firmware may send.

        Raises:
            RemoteProtocolError: The size is not that of the structure.
        """
        if len(data) != cls.SIZE and not (longer and len(data) > cls.SIZE):
            raise RemoteProtocolError(f"{cls.STRUCTURE}: {len(data)} bytes arrived, the structure has {cls.SIZE}")
        values = {item.name: item.codec.read(data, item.offset, text_codec) for item in layout_of(cls)}
        return cls(**values, base=bytes(data))

    def to_bytes(self, *, text_codec: str = DEFAULT_TEXT_CODEC) -> bytes:
        """Write the record: the bytes it was read from, with the changed fields put in.

        Raises:
            LocalProtocolError: A value does not fit; the field, the value and what is allowed are named.
        """
        data = bytearray(self.base or bytes(self.SIZE))
        for item in layout_of(type(self)):
            value = getattr(self, item.name)
            try:
                data[item.offset : item.offset + item.codec.size] = _write_over(
                    item.codec, value, self.base, item.offset, text_codec
                )
            except ValueError as error:
                words = "the value (not shown)" if item.secret else shown(value)
                raise LocalProtocolError(
                    f"{type(self).__name__}.{item.name}: {words} does not fit; allowed: {error}"
                ) from None
        return bytes(data)


def _write_over(codec: FieldCodec[Any], value: Any, base: bytes, offset: int, text_codec: str) -> bytes:
    """Write a value; where it says what ``base`` says already, the bytes stay as they came."""
    if not base or isinstance(codec, RecordCodec):  # an inner record brings a base of its own
        return codec.write(value, text_codec)
    if isinstance(codec, ArrayCodec):
        if not isinstance(value, tuple) or len(value) != codec.count:
            return codec.write(value, text_codec)
        step = codec.element.size
        return b"".join(
            _write_over(codec.element, element, base, offset + step * number, text_codec)
            for number, element in enumerate(value)
        )
    if value == codec.read(base, offset, text_codec):
        return base[offset : offset + codec.size]
    return codec.write(value, text_codec)


def shown(value: object, limit: int = 80) -> str:
    """A value as it may stand in an error: never longer than ``limit``, bytes by their number only."""
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    words = repr(value)
    return words if len(words) <= limit else words[: limit - 1] + "…"


_layouts: dict[type[Record], tuple[FieldLayout, ...]] = {}


def layout_of(record: type[Record]) -> tuple[FieldLayout, ...]:
    """The declared fields of a record, in the order of their declaration."""
    known = _layouts.get(record)
    if known is None:
        known = _layouts[record] = _read_layout(record)
    return known


def _read_layout(record: type[Record]) -> tuple[FieldLayout, ...]:
    return tuple(
        FieldLayout(item.name, *item.metadata[_METADATA_KEY])
        for item in dataclasses.fields(record)
        if _METADATA_KEY in item.metadata
    )


def split_records(record: type[R], data: bytes, *, text_codec: str = DEFAULT_TEXT_CODEC) -> tuple[R, ...]:
    """Read records that follow each other without a gap.

    Raises:
        RemoteProtocolError: The bytes are not a whole number of records.
    """
    if len(data) % record.SIZE:
        raise RemoteProtocolError(
            f"{record.STRUCTURE}: {len(data)} bytes are not a whole number of records of {record.SIZE}"
        )
    return tuple(
        record.from_bytes(data[at : at + record.SIZE], text_codec=text_codec) for at in range(0, len(data), record.SIZE)
    )

"""What readers give of cards, and the number that a device keeps of it.

A reader of chips gives the chip's serial number, byte by byte, in one of two orders. A Wiegand reader gives a row of
bits: a facility code and a number, between bits that check them.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import Final

from doorward.model.errors import InvalidInput

HIGHEST_NUMBER: Final = 0xFFFFFFFF
SERIAL_BYTES: Final = 4
"""A device keeps a card's number in so many bytes."""

FEWEST_BITS: Final = 8
MOST_BITS: Final = 128
MOST_PARITY_BITS: Final = 8

_HEXADECIMAL = re.compile(r"(?:0x)?((?:[0-9a-f]{2}[:\- ]?)*[0-9a-f]{2})", re.IGNORECASE)
_PAIR = re.compile(r"(\d{1,12})\s*[-:/ ]\s*(\d{1,12})")


class ByteOrder(enum.Enum):
    """Which byte of a serial number is the most significant one."""

    MOST_SIGNIFICANT_FIRST = "msb"
    LEAST_SIGNIFICANT_FIRST = "lsb"


class FacilityUse(enum.Enum):
    """What becomes of a facility code in what a device keeps."""

    IGNORED = "ignored"
    JOINED = "joined"
    CUSTOM_ID = "custom-id"


@dataclass(frozen=True, slots=True)
class ReadCard:
    """What a device keeps of a card.

    Attributes:
        number: The number; 1 to 4294967295.
        custom_id: The custom ID; 0 none.
        facility: The facility code that the card carries; None where it has none.
    """

    number: int
    custom_id: int = 0
    facility: int | None = None


@dataclass(frozen=True, slots=True)
class Parity:
    """A bit that checks others.

    Attributes:
        bit: Its place, from 0 for the bit that is sent first.
        odd: Whether the ones among it and the bits that it covers are to be odd in number.
        covers: The places of the bits that it checks.
    """

    bit: int
    odd: bool
    covers: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WiegandFormat:
    """How a row of Wiegand bits is to be read.

    Attributes:
        bits: How many bits there are.
        number_start: The first bit of the number, from 0 for the bit that is sent first.
        number_length: How many bits it has.
        facility_start: The first bit of the facility code.
        facility_length: How many bits it has; 0 without one.
        facility_use: What becomes of it.
        parity: The bits that check others; what an earlier one covers may not hold a later one.
    """

    bits: int
    number_start: int
    number_length: int
    facility_start: int = 0
    facility_length: int = 0
    facility_use: FacilityUse = FacilityUse.IGNORED
    parity: tuple[Parity, ...] = ()


STANDARD_26: Final = WiegandFormat(
    bits=26,
    facility_start=1,
    facility_length=8,
    facility_use=FacilityUse.JOINED,
    number_start=9,
    number_length=16,
    parity=(Parity(0, False, tuple(range(1, 13))), Parity(25, True, tuple(range(13, 25)))),
)
"""The common format of 26 bits: eight of facility code, sixteen of number."""


def check_format(form: WiegandFormat) -> None:
    """Make sure that a format can be read and written.

    Raises:
        InvalidInput: It cannot; names what does not fit.
    """
    _within("bits", form.bits, FEWEST_BITS, MOST_BITS)
    number = _part("number", form.number_start, form.number_length, form.bits, shortest=1)
    facility = _part("facility", form.facility_start, form.facility_length, form.bits, shortest=0)
    if number & facility:
        raise InvalidInput("facility_start", form.facility_start, "bits that are none of the number's")
    if len(number) > HIGHEST_NUMBER.bit_length():
        raise InvalidInput("number_length", form.number_length, f"at most {HIGHEST_NUMBER.bit_length()} bits")
    if form.facility_use is not FacilityUse.IGNORED and not facility:
        raise InvalidInput("facility_use", form.facility_use.value, "'ignored' where there is no facility code")
    kept = len(facility) + (len(number) if form.facility_use is FacilityUse.JOINED else 0)
    if form.facility_use is not FacilityUse.IGNORED and kept > HIGHEST_NUMBER.bit_length():
        raise InvalidInput("facility_length", form.facility_length, "so many bits that 32 hold what is kept")
    if len(form.parity) > MOST_PARITY_BITS:
        raise InvalidInput("parity", len(form.parity), f"at most {MOST_PARITY_BITS} bits")
    _check_parity(form, number | facility)


def read_wiegand(bits: str, form: WiegandFormat) -> ReadCard:
    """Read a row of bits.

    Args:
        bits: Noughts and ones, the one that is sent first at the left.
        form: A format that ``check_format`` accepts.

    Raises:
        InvalidInput: There are more or fewer bits, one of the checks fails, or a device cannot keep the number.
    """
    if len(bits) != form.bits or set(bits) - {"0", "1"}:
        raise InvalidInput("bits", bits[:MOST_BITS], f"{form.bits} noughts and ones")
    for parity in form.parity:
        if _ones(bits, parity) % 2 != parity.odd:
            raise InvalidInput("bits", bits, f"bits of which bit {parity.bit} agrees with those that it checks")
    facility = _value(bits, form.facility_start, form.facility_length) if form.facility_length else None
    return join(_value(bits, form.number_start, form.number_length) or 0, facility, form)


def join(number: int, facility: int | None, form: WiegandFormat) -> ReadCard:
    """What a device keeps of a number and a facility code.

    Raises:
        InvalidInput: One of them has no place in the format, or a device cannot keep the number.
    """
    _within("number", number, 0, (1 << form.number_length) - 1)
    if form.facility_length:
        _within("facility", facility, 0, (1 << form.facility_length) - 1)
    elif facility is not None:
        raise InvalidInput("facility", facility, "none: the format has no facility code")
    kept = number
    if form.facility_use is FacilityUse.JOINED:
        kept |= (facility or 0) << form.number_length
    _within("number", kept, 1, HIGHEST_NUMBER)
    custom_id = facility or 0 if form.facility_use is FacilityUse.CUSTOM_ID else 0
    return ReadCard(kept, custom_id, facility)


def write_wiegand(number: int, facility: int | None, form: WiegandFormat) -> str:
    """The row of bits that a reader gives of a card.

    Raises:
        InvalidInput: Number or facility code have no place in the format.
    """
    join(number, facility, form)
    row = ["0"] * form.bits
    for value, start, length in (
        (number, form.number_start, form.number_length),
        (facility or 0, form.facility_start, form.facility_length),
    ):
        if length:
            row[start : start + length] = f"{value:0{length}b}"
    for parity in form.parity:
        if _ones(row, parity) % 2 != parity.odd:
            row[parity.bit] = "1"
    return "".join(row)


def read_serial(serial: bytes, order: ByteOrder) -> ReadCard:
    """The number that a device keeps of a chip's serial number.

    Raises:
        InvalidInput: It has not four bytes, or is nought.
    """
    if len(serial) != SERIAL_BYTES:
        raise InvalidInput("serial number", serial.hex(), f"{SERIAL_BYTES} bytes: no device keeps more of it")
    number = int.from_bytes(serial, "big" if order is ByteOrder.MOST_SIGNIFICANT_FIRST else "little")
    _within("number", number, 1, HIGHEST_NUMBER)
    return ReadCard(number)


def write_serial(number: int, order: ByteOrder) -> bytes:
    """The serial number of a chip of which a device keeps this number.

    Raises:
        InvalidInput: There is none.
    """
    _within("number", number, 1, HIGHEST_NUMBER)
    return number.to_bytes(SERIAL_BYTES, "big" if order is ByteOrder.MOST_SIGNIFICANT_FIRST else "little")


def parse_serial(text: str, order: ByteOrder) -> ReadCard:
    """Read a serial number as people write it: bytes as hexadecimal digits, with or without marks between them.

    Raises:
        InvalidInput: It is none.
    """
    found = _HEXADECIMAL.fullmatch(text.strip())
    if found is None:
        raise InvalidInput("card", text[:40], f"{SERIAL_BYTES} bytes as hexadecimal digits, such as 04A1B2C3")
    return read_serial(bytes.fromhex(re.sub(r"[:\- ]", "", found[1])), order)


def parse_wiegand(text: str, form: WiegandFormat) -> ReadCard:
    """Read a card as people write it: facility code and number with a mark between them, or all bits.

    Raises:
        InvalidInput: It is none of that, or does not fit the format.
    """
    kept = text.strip()
    if len(kept) == form.bits and not set(kept) - {"0", "1"}:
        return read_wiegand(kept, form)
    pair = _PAIR.fullmatch(kept)
    if pair is not None and form.facility_length:
        return join(int(pair[2]), int(pair[1]), form)
    if kept.isascii() and kept.isdigit() and len(kept) <= len(str(HIGHEST_NUMBER)) and not form.facility_length:
        return join(int(kept), None, form)
    number = "facility code and number such as 12-34567" if form.facility_length else "a number"
    raise InvalidInput("card", text[:40], f"{number}, or {form.bits} noughts and ones")


def _ones(bits: str | list[str], parity: Parity) -> int:
    return (bits[parity.bit] == "1") + sum(bits[place] == "1" for place in parity.covers)


def _value(bits: str, start: int, length: int) -> int | None:
    return int(bits[start : start + length], 2) if length else None


def _part(name: str, start: int, length: int, bits: int, *, shortest: int) -> frozenset[int]:
    _within(f"{name}_start", start, 0, bits - 1)
    _within(f"{name}_length", length, shortest, bits - start)
    return frozenset(range(start, start + length))


def _check_parity(form: WiegandFormat, data: frozenset[int]) -> None:
    ahead = {parity.bit for parity in form.parity}
    if len(ahead) != len(form.parity):
        raise InvalidInput("parity", len(form.parity), "each bit once")
    for parity in form.parity:
        _within("parity bit", parity.bit, 0, form.bits - 1)
        if parity.bit in data:
            raise InvalidInput("parity bit", parity.bit, "a bit of neither number nor facility code")
        if not parity.covers or len(set(parity.covers)) != len(parity.covers):
            raise InvalidInput("parity", parity.bit, "bits that it covers, each once")
        for place in parity.covers:
            _within("covered bit", place, 0, form.bits - 1)
            # Written from the first to the last: what comes later is not known yet.
            if place in ahead:
                raise InvalidInput("covered bit", place, "data, or a parity bit that stands earlier in the list")
        ahead.discard(parity.bit)


def _within(field: str, value: object, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise InvalidInput(field, value, f"a whole number from {low} to {high}")

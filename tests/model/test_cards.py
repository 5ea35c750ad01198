"""Numbers of cards out of what readers give."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from doorward.model.cards import (
    HIGHEST_NUMBER,
    STANDARD_26,
    ByteOrder,
    FacilityUse,
    Parity,
    ReadCard,
    WiegandFormat,
    check_format,
    parse_serial,
    parse_wiegand,
    read_serial,
    read_wiegand,
    write_serial,
    write_wiegand,
)
from doorward.model.errors import InvalidInput


@st.composite
def formats(draw: st.DrawFn) -> WiegandFormat:
    """Formats that can be read: facility and number side by side, and parity bits around them."""
    facility, number = draw(st.integers(0, 16)), draw(st.integers(1, 32))
    before, after = draw(st.integers(0, 2)), draw(st.integers(0, 2))
    bits = before + facility + number + after
    assume(bits >= 8)
    data = range(before, bits - after)
    covered = st.lists(st.sampled_from(list(data)), min_size=1, unique=True).map(tuple)
    places = [*range(before), *range(bits - after, bits)]
    parity = tuple(Parity(place, draw(st.booleans()), draw(covered)) for place in places if draw(st.booleans()))
    uses = [FacilityUse.IGNORED]
    if facility:
        uses += [FacilityUse.CUSTOM_ID] + ([FacilityUse.JOINED] if facility + number <= 32 else [])
    return WiegandFormat(
        bits=bits, facility_start=before, facility_length=facility, facility_use=draw(st.sampled_from(uses)),
        number_start=before + facility, number_length=number, parity=parity,
    )  # fmt: skip


@given(st.data())
def test_what_is_written_is_read_again(data: st.DataObject) -> None:
    form = data.draw(formats())
    check_format(form)
    number = data.draw(st.integers(1, (1 << form.number_length) - 1))
    facility = data.draw(st.integers(0, (1 << form.facility_length) - 1)) if form.facility_length else None
    bits = write_wiegand(number, facility, form)
    read = read_wiegand(bits, form)
    assert read.facility == facility
    assert read == parse_wiegand(bits, form)
    if facility is not None:
        assert parse_wiegand(f" {facility}-{number}", form) == read
    if form.facility_use is FacilityUse.JOINED:
        assert (read.number >> form.number_length, read.number & ((1 << form.number_length) - 1)) == (facility, number)
    else:
        assert read.number == number
    assert read.custom_id == (facility if form.facility_use is FacilityUse.CUSTOM_ID else 0)
    # Whatever one bit that is checked says wrong is noticed.
    for place in sorted({place for parity in form.parity for place in parity.covers[:1]}):
        odd = sum(place in parity.covers for parity in form.parity)
        wrong = bits[:place] + ("1" if bits[place] == "0" else "0") + bits[place + 1 :]
        if odd:
            with pytest.raises(InvalidInput):
                read_wiegand(wrong, form)


@given(st.text(), formats())
def test_whatever_is_typed_is_a_card_or_refused_in_words(text: str, form: WiegandFormat) -> None:
    ways = (partial(parse_wiegand, text, form), partial(parse_serial, text, ByteOrder.MOST_SIGNIFICANT_FIRST))
    for parse in ways:
        try:
            number = parse().number
        except InvalidInput:
            continue
        assert 1 <= number <= HIGHEST_NUMBER


PLACES = st.integers(-1, 130)
LENGTHS = st.integers(-1, 40)
PARITY = st.builds(Parity, PLACES, st.booleans(), st.lists(PLACES, max_size=3).map(tuple))
ANY_FORMAT = st.builds(
    WiegandFormat,
    bits=PLACES,
    facility_start=PLACES,
    facility_length=LENGTHS,
    facility_use=st.sampled_from(FacilityUse),
    number_start=PLACES,
    number_length=LENGTHS,
    parity=st.lists(PARITY, max_size=3).map(tuple),
)


@given(ANY_FORMAT)
def test_a_format_that_is_accepted_can_be_written_and_read(form: WiegandFormat) -> None:
    try:
        check_format(form)
    except InvalidInput:
        return
    assert read_wiegand(write_wiegand(1, 0 if form.facility_length else None, form), form).number == 1


@given(st.integers(1, HIGHEST_NUMBER), st.sampled_from(ByteOrder))
def test_a_serial_number_in_both_orders(number: int, order: ByteOrder) -> None:
    serial = write_serial(number, order)
    assert read_serial(serial, order) == parse_serial(serial.hex(":"), order) == ReadCard(number)
    other = next(each for each in ByteOrder if each is not order)
    assert read_serial(serial[::-1], other).number == number


def test_the_common_format() -> None:
    # Facility 12, number 34567: the first half of 12 bits is odd in number of ones, the second even.
    assert write_wiegand(34567, 12, STANDARD_26) == "1" + f"{12:08b}" + f"{34567:016b}" + "1"
    assert parse_wiegand("12-34567", STANDARD_26) == ReadCard(12 << 16 | 34567, 0, 12)


@pytest.mark.parametrize("text", ["", "04A1B2", "04A1B2C3D4", "00000000", "0x04A1B2G3", "12-34567"])
def test_what_is_no_serial_number(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_serial(text, ByteOrder.MOST_SIGNIFICANT_FIRST)

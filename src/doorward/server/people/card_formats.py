"""How card numbers come out of what readers give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypedDict

from django.db import transaction

from doorward.model import cards
from doorward.model.errors import InvalidInput
from doorward.server.audit.services import named
from doorward.server.errors import NotThere
from doorward.server.people.checking import one_line
from doorward.server.people.choices import Reading
from doorward.server.people.models import CardFormat

MOST_FORMATS: Final = 100
LONGEST_NAME: Final = 100


class ParityValues(TypedDict):
    """A bit that checks others; see ``doorward.model.cards.Parity``."""

    bit: int
    odd: bool
    covers: Sequence[int]


class FormatValues(TypedDict, total=False):
    """What of a format can be given and changed; see ``CardFormat``."""

    name: str
    reading: str
    byte_order: str
    bits: int
    facility_start: int
    facility_length: int
    facility_use: str
    number_start: int
    number_length: int
    parity: Sequence[ParityValues]


class UnknownFormat(NotThere):
    """There is no such card format."""

    def __init__(self, format_id: int) -> None:
        super().__init__("card format", format_id, "the number of a card format; GET /api/v1/card-formats lists them")


def one_format(format_id: int) -> CardFormat:
    """A card format.

    Raises:
        UnknownFormat: There is none.
    """
    found = CardFormat.objects.filter(pk=format_id).first()
    if found is None:
        raise UnknownFormat(format_id)
    return found


def create_format(values: FormatValues) -> CardFormat:
    """Add a card format.

    Raises:
        InvalidInput: It cannot be read, or its name is taken.
    """
    with transaction.atomic(), named("card_format.create"):
        if CardFormat.objects.count() >= MOST_FORMATS:
            raise InvalidInput("card formats", MOST_FORMATS + 1, f"at most {MOST_FORMATS}")
        return _save(CardFormat(), values)


def change_format(format_id: int, values: FormatValues) -> CardFormat:
    """Change a card format; cards that were read by it keep their numbers.

    Raises:
        UnknownFormat: There is none.
        InvalidInput: It cannot be read any more, or its name is taken.
    """
    with transaction.atomic(), named("card_format.change"):
        return _save(one_format(format_id), values)


def delete_format(format_id: int) -> None:
    """Delete a card format; cards that were read by it keep their numbers.

    Raises:
        UnknownFormat: There is none.
    """
    with transaction.atomic(), named("card_format.delete"):
        one_format(format_id).delete()


def read_card(form: CardFormat, text: str) -> cards.ReadCard:
    """What a device keeps of a card that somebody typed or a reader gave.

    Args:
        form: How it was read.
        text: A serial number as hexadecimal digits; or facility code and number, or bits.

    Raises:
        InvalidInput: The text does not fit the format.
    """
    if form.reading == Reading.CSN:
        return cards.parse_serial(text, cards.ByteOrder(form.byte_order))
    return cards.parse_wiegand(text, wiegand_format(form))


def wiegand_format(form: CardFormat) -> cards.WiegandFormat:
    """A format of Wiegand bits as the model has it."""
    return cards.WiegandFormat(
        bits=form.bits,
        facility_start=form.facility_start,
        facility_length=form.facility_length,
        facility_use=cards.FacilityUse(form.facility_use),
        number_start=form.number_start,
        number_length=form.number_length,
        parity=tuple(cards.Parity(part["bit"], part["odd"], tuple(part["covers"])) for part in form.parity),
    )


def _save(form: CardFormat, values: FormatValues) -> CardFormat:
    for name, value in values.items():
        setattr(form, name, value)
    form.name = one_line("name", form.name, LONGEST_NAME, empty=False)
    if CardFormat.objects.filter(name=form.name).exclude(pk=form.pk).exists():
        raise InvalidInput("name", form.name, "a name that no other card format has")
    if form.reading == Reading.WIEGAND:
        cards.check_format(wiegand_format(form))
    elif form.bits or form.number_length or form.facility_length or form.parity:
        raise InvalidInput("bits", form.bits, "0: a chip's serial number is read in bytes, without parts")
    form.parity = [{"bit": part["bit"], "odd": part["odd"], "covers": list(part["covers"])} for part in form.parity]
    form.save()
    return form

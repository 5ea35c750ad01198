"""What people show at a door: PIN, cards, fingers, faces. Nothing here gives a secret back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.db import transaction

from doorward.device.limits import WIDEST
from doorward.model import people as model
from doorward.model.errors import DoorwardError, InvalidInput
from doorward.server.audit.services import named
from doorward.server.errors import NotThere
from doorward.server.people.checking import hidden, one_line, whole
from doorward.server.people.choices import FaceFamily
from doorward.server.people.models import HIGHEST_NUMBER, Card, CardFormat, Face, Finger, Person
from doorward.server.people.noting import note_person
from doorward.server.people.services import locked_person, touch

SHORTEST_PIN: Final = 4
LONGEST_LABEL: Final = 100


class NoRoom(DoorwardError):
    """A person has as many credentials of a kind as any model can hold."""

    default_advice = "Remove an old one first."

    def __init__(self, number: int, what: str, most: int) -> None:
        super().__init__(f"Person {number} has as many {what} as any model holds: {most}.")


class UnknownCard(NotThere):
    """The person has no such card."""

    def __init__(self, card_id: int) -> None:
        super().__init__("card", card_id, "the 'id' of one of the person's cards")


class UnknownFinger(NotThere):
    """The person has no such finger."""

    def __init__(self, finger_id: int) -> None:
        super().__init__("finger", finger_id, "the 'id' of one of the person's fingers")


class UnknownFace(NotThere):
    """The person has no such face."""

    def __init__(self, face_id: int) -> None:
        super().__init__("face", face_id, "the 'id' of one of the person's faces")


# --- PIN --------------------------------------------------------------------------------------------------------------


def set_pin(number: int, pin: str, *, shortest: int = SHORTEST_PIN) -> None:
    """Give a person a PIN, or take it away.

    Args:
        number: The person.
        pin: Digits; empty takes the PIN away.
        shortest: How many there are at least; 1 for what devices held already.

    Raises:
        UnknownPerson: There is none.
        InvalidInput: No model can hold it. It is not shown.
    """
    if pin and not (shortest <= len(pin) <= WIDEST.pin and pin.isascii() and pin.isdigit()):
        raise InvalidInput("pin", hidden(pin), f"{shortest} to {WIDEST.pin} digits")
    with transaction.atomic(), named("person.set_pin" if pin else "person.remove_pin"):
        person = locked_person(number)
        had = person.pin
        if had == pin:
            return
        person.pin = pin
        touch(person, "pin")
        note_person(number, "PIN changed" if pin else "PIN removed", fields=["pin"], urgent=bool(had))


# --- Cards ------------------------------------------------------------------------------------------------------------


def add_card(
    number: int,
    card: model.Card,
    *,
    label: str = "",
    form: CardFormat | None = None,
) -> Card:
    """Give a person a card.

    Args:
        number: The person.
        card: The card.
        label: What people call it.
        form: How it was read; None where its number was typed.

    Raises:
        UnknownPerson: There is none.
        InvalidInput: No model can hold it, or somebody has it.
        NoRoom: The person has as many as any model can hold.
    """
    whole("card", card.number, 1, HIGHEST_NUMBER)
    whole("custom_id", card.custom_id, 0, HIGHEST_NUMBER)
    kept = one_line("label", label, LONGEST_LABEL)
    with transaction.atomic(), named("card.add"):
        person = locked_person(number)
        held = Card.objects.select_related("person").filter(number=card.number, custom_id=card.custom_id).first()
        if held is not None:
            allowed = f"a card that nobody has; this is one of person {held.person.number}"
            raise InvalidInput("card", card.number, allowed)
        if person.cards.count() >= WIDEST.cards:
            raise NoRoom(number, "cards", WIDEST.cards)
        added = Card.objects.create(
            person=person, number=card.number, custom_id=card.custom_id, bypass=card.bypass, label=kept, format=form
        )
        _changed(person, "card added", "cards", urgent=False)
    return added


def change_card(number: int, card_id: int, *, bypass: bool | None = None, label: str | None = None) -> Card:
    """Change a card of a person; what is None stays.

    Raises:
        UnknownPerson: There is no such person.
        UnknownCard: The person has no such card.
        InvalidInput: The label is too long.
    """
    with transaction.atomic(), named("card.change"):
        person = locked_person(number)
        card = person.cards.filter(pk=card_id).first()
        if card is None:
            raise UnknownCard(card_id)
        if label is not None:
            card.label = one_line("label", label, LONGEST_LABEL)
        stricter = bypass is False and card.bypass
        on_devices = bypass is not None and bypass != card.bypass
        if bypass is not None:
            card.bypass = bypass
        card.save(update_fields=["label", "bypass"])
        _changed(person, "card changed", "cards", urgent=stricter if on_devices else None)
    return card


def remove_card(number: int, card_id: int) -> None:
    """Take a card from a person.

    Raises:
        UnknownPerson: There is no such person.
        UnknownCard: The person has no such card.
    """
    with transaction.atomic(), named("card.remove"):
        person = locked_person(number)
        card = person.cards.filter(pk=card_id).first()
        if card is None:
            raise UnknownCard(card_id)
        card.delete()
        _changed(person, "card removed", "cards", urgent=True)


# --- Fingers ----------------------------------------------------------------------------------------------------------


def add_finger(number: int, finger: model.Finger) -> Finger:
    """Enrol a finger of a person.

    Raises:
        UnknownPerson: There is none.
        InvalidInput: No model can hold it.
        NoRoom: The person has as many as any model can hold.
    """
    _check_finger(finger)
    with transaction.atomic(), named("finger.add"):
        person = locked_person(number)
        taken = set(person.fingers.values_list("place", flat=True))
        if len(taken) >= WIDEST.fingers:
            raise NoRoom(number, "fingers", WIDEST.fingers)
        place = next(place for place in range(WIDEST.fingers) if place not in taken)
        added = _write_finger(person, place, finger)
        _changed(person, "finger added", "fingers", urgent=False)
    return added


def set_fingers(number: int, fingers: Sequence[model.Finger]) -> None:
    """Let a person have these fingers and no others.

    Raises:
        UnknownPerson: There is none.
        InvalidInput: No model can hold them.
    """
    if len(fingers) > WIDEST.fingers:
        raise InvalidInput("fingers", len(fingers), f"at most {WIDEST.fingers}, since no model holds more")
    for finger in fingers:
        _check_finger(finger)
    with transaction.atomic(), named("fingers.set"):
        person = locked_person(number)
        had = person.fingers.exists()
        for old in person.fingers.all():
            old.delete()
        for place, finger in enumerate(fingers):
            _write_finger(person, place, finger)
        _changed(person, "fingers changed", "fingers", urgent=had)


def change_finger(number: int, finger_id: int, *, duress: bool | None = None, position: int | None = None) -> Finger:
    """Say of a finger whether it stands for a threat, and which it is; what is None stays.

    Raises:
        UnknownPerson: There is no such person.
        UnknownFinger: The person has no such finger.
        InvalidInput: The position is none.
    """
    with transaction.atomic(), named("finger.change"):
        person = locked_person(number)
        finger = person.fingers.filter(pk=finger_id).first()
        if finger is None:
            raise UnknownFinger(finger_id)
        if position is not None:
            finger.position = whole("position", position, 0, WIDEST.finger_position)
        if duress is not None:
            finger.duress = duress
        finger.save(update_fields=["position", "duress"])
        _changed(person, "finger changed", "fingers", urgent=False)
    return finger


def remove_finger(number: int, finger_id: int) -> None:
    """Remove a finger of a person.

    Raises:
        UnknownPerson: There is no such person.
        UnknownFinger: The person has no such finger.
    """
    with transaction.atomic(), named("finger.remove"):
        person = locked_person(number)
        finger = person.fingers.filter(pk=finger_id).first()
        if finger is None:
            raise UnknownFinger(finger_id)
        finger.delete()
        _changed(person, "finger removed", "fingers", urgent=True)


def _write_finger(person: Person, place: int, finger: model.Finger) -> Finger:
    first, second = finger.templates
    return Finger.objects.create(
        person=person, place=place, position=finger.position, duress=finger.duress, first=first, second=second
    )


def _check_finger(finger: model.Finger) -> None:
    sizes = [len(template) for template in finger.templates]
    if sizes != [WIDEST.finger_template] * 2:
        raise InvalidInput("finger templates", sizes, f"two templates of {WIDEST.finger_template} bytes")
    whole("position", finger.position, 0, WIDEST.finger_position)


# --- Faces ------------------------------------------------------------------------------------------------------------


def set_faces(number: int, family: FaceFamily, faces: Sequence[model.Face]) -> None:
    """Let a person have these faces, and no others, for one family of models.

    Raises:
        UnknownPerson: There is none.
        InvalidInput: No model of the family can hold them.
    """
    _check_faces(family, faces)
    with transaction.atomic(), named("faces.set"):
        person = locked_person(number)
        had = person.faces.filter(family=family).exists()
        for old in person.faces.filter(family=family):
            old.delete()
        for place, face in enumerate(faces):
            Face.objects.create(
                person=person, family=family, place=place, kind=face.kind, template=face.template,
                still_image=face.still_image,
            )  # fmt: skip
        _changed(person, "faces changed", "faces", urgent=had)


def remove_face(number: int, face_id: int) -> None:
    """Remove a face of a person.

    Raises:
        UnknownPerson: There is no such person.
        UnknownFace: The person has no such face.
    """
    with transaction.atomic(), named("face.remove"):
        person = locked_person(number)
        face = person.faces.filter(pk=face_id).first()
        if face is None:
            raise UnknownFace(face_id)
        face.delete()
        _changed(person, "face removed", "faces", urgent=True)


def _check_faces(family: FaceFamily, faces: Sequence[model.Face]) -> None:
    limits = WIDEST.faces[family.value]
    for kind in sorted({face.kind for face in faces}):
        whole("face kind", kind, 0, limits.kinds - 1)
        of_kind = [face for face in faces if face.kind == kind]
        if len(of_kind) > limits.count:
            raise InvalidInput("faces", len(of_kind), f"at most {limits.count} of a kind")
        for face in of_kind:
            if not limits.smallest <= len(face.template) <= limits.largest:
                allowed = f"{limits.smallest} to {limits.largest} bytes on a {family.label}"
                raise InvalidInput("face template", hidden(face.template), allowed)
        # Only the first face of a kind has a picture beside it.
        for face, most in zip(of_kind, (limits.still_image, *[0] * len(of_kind)), strict=False):
            if len(face.still_image) > most:
                raise InvalidInput("still image", hidden(face.still_image), f"at most {most} bytes")


def _changed(person: Person, what: str, field: str, *, urgent: bool | None) -> None:
    touch(person)
    note_person(person.number, what, fields=[field], urgent=urgent)

"""What is done with readings at devices: begin, cancel, give to a person, forget."""

from __future__ import annotations

import base64
import json
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from doorward.model import people as model
from doorward.model.errors import DoorwardError, InvalidInput, Unsupported
from doorward.protocol.biostar1.models import MODELS_BY_SLUG, Capability
from doorward.server.audit.choices import Outcome
from doorward.server.audit.services import Thing, record
from doorward.server.devices.commands import command_desk
from doorward.server.devices.models import Device
from doorward.server.enrolment import captures
from doorward.server.enrolment.choices import OPEN, CaptureKind, CaptureState
from doorward.server.enrolment.models import Capture
from doorward.server.errors import NotThere
from doorward.server.people import credentials
from doorward.server.people.choices import FaceFamily

if TYPE_CHECKING:
    from doorward.server.operators.models import Operator

RIGHT: Final = "people.credentials"
KEPT: Final = timedelta(minutes=10)
"""How long something that was read waits for its person."""

AT_MOST: Final = timedelta(minutes=3)
"""A reading that is older than this ended with the server."""

NEEDED: Final = {
    CaptureKind.CARD: (Capability.CARD, "read cards"),
    CaptureKind.FINGER: (Capability.FINGERPRINT, "scan fingers"),
    CaptureKind.FACE: (Capability.FACE, "read faces"),
}
FAMILIES: Final = {"d-station": FaceFamily.D_STATION, "facestation": FaceFamily.FACESTATION}


class UnknownCapture(NotThere):
    """There is no such reading, or it is somebody else's."""

    def __init__(self, number: uuid.UUID) -> None:
        super().__init__("capture", str(number), "the id of a reading of yours that is not older than 10 minutes")


class CaptureRefused(DoorwardError):
    """A reading cannot be begun, or used, now."""


def captures_of(operator: Operator) -> QuerySet[Capture]:
    """What somebody reads, or has read and not given to a person yet."""
    return Capture.objects.filter(operator=operator, expires__gt=timezone.now()).select_related("device")


def one_capture(number: uuid.UUID, operator: Operator) -> Capture:
    """A reading of somebody.

    Raises:
        UnknownCapture: There is none.
    """
    found = captures_of(operator).filter(pk=number).first()
    if found is None:
        raise UnknownCapture(number)
    return found


def begin(device: Device, kind: CaptureKind, operator: Operator) -> Capture:
    """Begin to read at a device; whoever calls this has checked that the operator may.

    Raises:
        Unsupported: The model cannot read it.
        CaptureRefused: Something is being read there.
        NotReached: No server runs in this process.
    """
    known = MODELS_BY_SLUG.get(device.model or "")
    capability, words = NEEDED[kind]
    if known is not None and not known.can(capability):
        raise Unsupported(f"{known.title} cannot {words}.", advice="Choose a device that can.")
    command_desk()
    now = timezone.now()
    with transaction.atomic():
        forget_expired()
        # On PostgreSQL two people who begin at once wait for each other here; SQLite has one writer anyway.
        Device.objects.select_for_update(no_key=True).get(pk=device.pk)
        busy = Capture.objects.filter(device=device, state__in=OPEN, created__gt=now - AT_MOST)
        other = busy.select_related("operator").first()
        if other is not None:
            raise CaptureRefused(
                f"A {other.kind} is being read at this device for {other.operator.get_username()}.",
                advice="Wait until it is done, or take another device.",
            )
        reading = captures.READINGS[kind]
        capture = Capture.objects.create(
            operator=operator, device=device, kind=kind, steps=reading.steps, words=reading.words(0), created=now,
            expires=now + KEPT,
        )  # fmt: skip
        entry = record("credential.capture", Thing.of(device), after={"kind": kind.value}, outcome=Outcome.PENDING)
        captures.begin(capture, entry)
    return capture


def cancel(capture: Capture) -> None:
    """Want it no more; what was read is forgotten, and what the device still reads is thrown away."""
    Capture.objects.filter(pk=capture.pk).exclude(state__in=[CaptureState.TIMED_OUT, CaptureState.REFUSED]).update(
        state=CaptureState.CANCELLED, content=b"", words="", advice=""
    )
    capture.refresh_from_db()


def attach(
    capture: Capture, number: int, *, label: str = "", bypass: bool = False, position: int = 0, duress: bool = False
) -> None:
    """Give to a person what was read; it is forgotten here then.

    Args:
        capture: What was read.
        number: The person.
        label: Of a card, what people call it.
        bypass: Of a card, that it alone opens.
        position: Of a finger, which it is.
        duress: Of a finger, that it stands for a threat.

    Raises:
        CaptureRefused: Nothing was read, or it was given away.
        UnknownPerson: There is no such person.
        InvalidInput: The person cannot have it, such as a card that somebody has.
    """
    with transaction.atomic():
        held = Capture.objects.select_for_update().filter(pk=capture.pk, state=CaptureState.DONE).first()
        if held is None or not held.content:
            raise CaptureRefused("Nothing was read that could be given to a person.", advice="Read it first.")
        found: list[dict[str, Any]] = json.loads(held.content)
        if held.kind == CaptureKind.CARD:
            card = model.Card(int(found[0]["number"]), int(found[0]["custom_id"]), bypass)
            credentials.add_card(number, card, label=label)
        elif held.kind == CaptureKind.FINGER:
            first, second = (base64.b64decode(one["template"]) for one in found)
            credentials.add_finger(number, model.Finger((first, second), duress, position))
        else:
            _attach_face(held, number, found[0])
        held.delete()


def _attach_face(capture: Capture, number: int, found: dict[str, Any]) -> None:
    family = FAMILIES.get(capture.device.model or "")
    if family is None:
        raise InvalidInput("device", capture.device_id, f"a device of a model with faces: {', '.join(FAMILIES)}")
    image = base64.b64decode(found["image"]) if family is FaceFamily.FACESTATION else b""
    face = model.Face(base64.b64decode(found["template"]), 0, image)
    credentials.set_faces(number, family, [face])


def card_of(capture: Capture) -> tuple[int, int] | None:
    """Number and custom ID of a card that was read; None for anything else, which is shown to nobody."""
    if capture.kind != CaptureKind.CARD or capture.state != CaptureState.DONE or not capture.content:
        return None
    (found,) = json.loads(capture.content)
    return int(found["number"]), int(found["custom_id"])


def forget_expired() -> int:
    """Forget what nobody gave to a person in time; gives how many there were."""
    return Capture.objects.filter(expires__lt=timezone.now()).delete()[0]


def forget_all() -> None:
    """Forget everything, when the server starts: nothing is being read any more."""
    Capture.objects.all().delete()

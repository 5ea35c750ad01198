"""``/api/v1/enrolments``: a card, a finger or a face is read at a device, and given to a person.

What was read stays on the server: of a card its number is shown, of a finger or a face nothing.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from doorward.server.devices.models import HIGHEST_DEVICE_ID, Device
from doorward.server.devices.services import UnknownDevice
from doorward.server.enrolment import services
from doorward.server.enrolment.choices import CaptureKind, CaptureState
from doorward.server.enrolment.models import Capture
from doorward.server.operators.callers import CallerAuth, require

router = Router(auth=CallerAuth())

HIGHEST = 2**63 - 1


class CaptureOrder(Schema):
    """What is to be read, and where."""

    device: Annotated[int, Field(ge=0, le=HIGHEST)]
    kind: CaptureKind


class CaptureOut(Schema):
    """A reading as the API shows it."""

    id: uuid.UUID
    device: int
    kind: CaptureKind
    state: CaptureState
    step: int = Field(description="How often something was read.")
    steps: int = Field(description="How often it has to be read: a finger twice.")
    words: str = Field(description="What is to be done at the device, or what came of it.")
    advice: str
    card: int | None = Field(description="Number of a card that was read.")
    card_custom_id: int | None
    created: datetime
    expires: datetime = Field(description="When it is forgotten unless it is given to a person.")


class AttachOrder(Schema):
    """To whom it goes."""

    person: Annotated[int, Field(ge=1, le=HIGHEST, description="Number of the person.")]
    label: Annotated[str, Field(max_length=100, description="Of a card, what people call it.")] = ""
    bypass: Annotated[bool, Field(description="Of a card, that it alone opens.")] = False
    position: Annotated[int, Field(ge=0, le=255, description="Of a finger, which it is, as the model counts.")] = 0
    duress: Annotated[bool, Field(description="Of a finger, that it stands for a threat.")] = False


@router.get("", response=list[CaptureOut], summary="List readings at devices")
def list_captures(request: HttpRequest) -> list[CaptureOut]:
    """What the caller reads, or has read and not given to a person yet."""
    return [_shown(capture) for capture in services.captures_of(require(request, services.RIGHT).operator)]


@router.post("", response={202: CaptureOut}, summary="Read something at a device")
def begin_capture(request: HttpRequest, order: CaptureOrder) -> Status[CaptureOut]:
    """Let a live device wait for a card, a finger or a face; one at a time at each device."""
    caller = require(request, services.RIGHT)
    visible = caller.access.among("devices.view", Device.objects.all())
    device = visible.filter(pk=min(order.device, HIGHEST_DEVICE_ID)).first()
    if device is None:
        raise UnknownDevice(order.device)
    return Status(202, _shown(services.begin(device, order.kind, caller.operator)))


@router.get("/{uuid:capture_id}", response=CaptureOut, summary="Show a reading")
def show_capture(request: HttpRequest, capture_id: uuid.UUID) -> CaptureOut:
    """How far it has come. The stream tells each change too, as a happening of kind person."""
    return _shown(_capture(request, capture_id))


@router.post("/{uuid:capture_id}/cancel", response=CaptureOut, summary="Cancel a reading")
def cancel_capture(request: HttpRequest, capture_id: uuid.UUID) -> CaptureOut:
    """Want it no more; what the device still reads is thrown away."""
    capture = _capture(request, capture_id)
    services.cancel(capture)
    return _shown(capture)


@router.post("/{uuid:capture_id}/attach", response={204: None}, summary="Give a person what was read")
def attach_capture(request: HttpRequest, capture_id: uuid.UUID, order: AttachOrder) -> Status[None]:
    """Add the card, finger or face to the person; it is forgotten here then."""
    services.attach(
        _capture(request, capture_id), order.person, label=order.label, bypass=order.bypass, position=order.position,
        duress=order.duress,
    )  # fmt: skip
    return Status(204, None)


def _capture(request: HttpRequest, capture_id: uuid.UUID) -> Capture:
    return services.one_capture(capture_id, require(request, services.RIGHT).operator)


def _shown(capture: Capture) -> CaptureOut:
    card = services.card_of(capture)
    return CaptureOut(
        id=capture.pk,
        device=capture.device_id,
        kind=CaptureKind(capture.kind),
        state=CaptureState(capture.state),
        step=capture.step,
        steps=capture.steps,
        words=capture.words,
        advice=capture.advice,
        card=None if card is None else card[0],
        card_custom_id=None if card is None else card[1],
        created=capture.created,
        expires=capture.expires,
    )

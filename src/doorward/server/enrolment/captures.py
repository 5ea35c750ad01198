"""Reads at a device what somebody shows there, in a thread of its own, and notes how far it has come.

The device is asked again as long as it says that nobody came, up to the end of the wait. It cannot be told to stop
waiting: what it reads after a reading was cancelled is thrown away.
"""

from __future__ import annotations

import base64
import json
import logging
import threading
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext

from doorward.device.biostar1.driver import BioStar1Device
from doorward.model.errors import DoorwardError, TimedOut
from doorward.protocol.biostar1.results import TryAgainError
from doorward.server.audit.choices import Outcome
from doorward.server.audit.models import AuditEntry
from doorward.server.audit.services import close
from doorward.server.devices.commands import command_desk
from doorward.server.enrolment.choices import OPEN, CaptureKind, CaptureState
from doorward.server.enrolment.models import Capture
from doorward.server.events.choices import Kind
from doorward.server.events.happenings import tell

logger = logging.getLogger(__name__)

WAIT_SECONDS: Final = 30.0
"""How long somebody has for each showing."""

ATTEMPT_SECONDS: Final = 32.0
"""Longer than any device waits by itself; cut off earlier it would cost the connection."""

PAUSE_SECONDS: Final = 0.5
SHOWINGS_OF_A_FINGER: Final = 2

Content = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """How one kind of thing is read.

    Attributes:
        steps: How often.
        ask: Asks a driver for it; gives what is kept of it.
        words: What is to be done at the device, by how often it was read.
    """

    steps: int
    ask: Callable[[BioStar1Device], Coroutine[Any, Any, Content]]
    words: Callable[[int], str]


async def _card(device: BioStar1Device) -> Content:
    card = await device.reader.card()
    return {"number": card.number, "custom_id": card.custom_id}


async def _finger(device: BioStar1Device) -> Content:
    return {"template": base64.b64encode(await device.reader.finger()).decode("ascii")}


async def _face(device: BioStar1Device) -> Content:
    face = await device.reader.face()
    return {
        "template": base64.b64encode(face.template).decode("ascii"),
        "image": base64.b64encode(face.image).decode("ascii"),
    }


def _finger_words(step: int) -> str:
    return gettext("Lift the finger and show the same one again.") if step else gettext("Show a finger at the device.")


READINGS: Final = {
    CaptureKind.CARD: Reading(1, _card, lambda _: gettext("Hold a card to the device.")),
    CaptureKind.FINGER: Reading(SHOWINGS_OF_A_FINGER, _finger, _finger_words),
    CaptureKind.FACE: Reading(1, _face, lambda _: gettext("Look into the camera of the device.")),
}


class Cancelled(Exception):
    """Nobody wants it any more."""


def begin(capture: Capture, entry: AuditEntry) -> None:
    """Read in a thread of its own, once the transaction at hand is committed."""
    thread = threading.Thread(target=_run, args=(capture, entry), name=f"reading at {capture.device_id}", daemon=True)
    transaction.on_commit(thread.start)


def _run(capture: Capture, entry: AuditEntry) -> None:
    try:
        outcome, words = _read(capture)
        close(entry, outcome, words)
    except Exception:
        logger.exception("Reading at device %s failed.", capture.device_id)
        _note(capture, CaptureState.REFUSED, gettext("A fault of the server; its log tells more."))
        close(entry, Outcome.FAILED, "A fault of the server; its log tells more.")
    finally:
        connection.close()


def _read(capture: Capture) -> tuple[Outcome, str]:
    reading = READINGS[CaptureKind(capture.kind)]
    found: list[Content] = []
    try:
        while len(found) < reading.steps:
            state = CaptureState.AGAIN if found else CaptureState.WAITING
            _note(capture, state, reading.words(len(found)), step=len(found))
            found.append(_shown(capture, reading))
    except Cancelled:
        return Outcome.FAILED, "It was cancelled."
    except (TryAgainError, TimedOut) as error:
        words = gettext("Nobody came within %(seconds)s seconds.") % {"seconds": f"{WAIT_SECONDS:g}"}
        _note(capture, CaptureState.TIMED_OUT, words, advice=gettext("Start again."))
        return Outcome.FAILED, error.message
    except DoorwardError as error:
        _note(capture, CaptureState.REFUSED, error.message, advice=error.advice)
        return Outcome.FAILED, error.message
    content = json.dumps(found).encode()
    if not _note(capture, CaptureState.DONE, gettext("It was read."), step=len(found), content=content):
        return Outcome.FAILED, "It was cancelled."
    return Outcome.DONE, ""


def _shown(capture: Capture, reading: Reading) -> Content:
    """What somebody shows; asks anew while nobody does.

    Raises:
        Cancelled: Nobody wants it any more.
        TryAgainError: Nobody came in time.
        DoorwardError: The device refused, or the line failed.
    """
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        if not Capture.objects.filter(pk=capture.pk, state__in=OPEN).exists():
            raise Cancelled
        try:
            return command_desk().work(capture.device_id, reading.ask, seconds=ATTEMPT_SECONDS)
        except TryAgainError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(PAUSE_SECONDS)


def _note(capture: Capture, state: CaptureState, words: str, *, advice: str = "", **columns: Any) -> bool:
    """Note how far it has come and tell so; gives whether anybody wants it still."""
    with transaction.atomic():
        changed = Capture.objects.filter(pk=capture.pk, state__in=OPEN).update(
            state=state, words=words, advice=advice, **columns
        )
        if changed:
            data = {"what": "capture", "capture": str(capture.pk), "of": capture.kind, "state": state.value}
            tell(Kind.PERSON, data, device_id=capture.device_id, at=timezone.now())
    return bool(changed)

"""Cards, fingers and faces are read at virtual devices and given to people; nothing secret comes out."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone

from doorward.server.audit.models import AuditEntry
from doorward.server.devices.models import Device
from doorward.server.enrolment import captures
from doorward.server.enrolment.models import Capture
from doorward.server.operators.services import create_token
from doorward.server.people.models import Card, Finger, Person
from doorward.simulator import VirtualDevice
from doorward.simulator.readers import finger_templates
from tests.server.accounts import administrator
from tests.support.driver_desk import driver_desk
from tests.support.site import becomes

FINGERS, FACES, CARDS = 10, 11, 12
MODELS = {FINGERS: "bioentry-plus", FACES: "d-station", CARDS: "xpass"}
SECONDS = 30.0


class Desk:
    """Somebody who enrols people."""

    def __init__(self, virtual: dict[int, VirtualDevice]) -> None:
        self.virtual = virtual
        token = create_token(administrator(), "test")[1]
        self.client = Client(headers={"Authorization": f"Bearer {token}"})
        self.answers: list[str] = []

    def post(self, path: str, body: dict[str, Any], status: int) -> dict[str, Any]:
        response = self.client.post(f"/api/v1/enrolments{path}", json.dumps(body), content_type="application/json")
        assert response.status_code == status, response.content
        self.answers.append(response.content.decode())
        answer: dict[str, Any] = response.json() if response.content else {}
        return answer

    def begin(self, device: int, kind: str, status: int = 202) -> dict[str, Any]:
        return self.post("", {"device": device, "kind": kind}, status)

    def until(self, capture: dict[str, Any], *states: str) -> dict[str, Any]:
        deadline = time.monotonic() + SECONDS
        while True:
            response = self.client.get(f"/api/v1/enrolments/{capture['id']}")
            self.answers.append(response.content.decode())
            found: dict[str, Any] = response.json()
            if found["state"] in states:
                return found
            assert time.monotonic() < deadline, found
            time.sleep(0.02)


@pytest.fixture
def desk(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(captures, "PAUSE_SECONDS", 0.01)
    now = timezone.now()
    virtual = {number: VirtualDevice(number, model) for number, model in MODELS.items()}
    for number, device in virtual.items():
        device.readers.attended = False
        Device.objects.create(device_id=number, model=MODELS[number], first_seen=now, changed=now, approval="approved")
    Person.objects.create(number=7, name="Ann", created=now, changed=now)
    with driver_desk(*virtual.values()):
        yield Desk(virtual)
    connection.close()
    for device in virtual.values():
        device.close()


def test_a_card_is_read_and_given_to_somebody(desk: Desk) -> None:
    capture = desk.begin(CARDS, "card")
    assert "being read at this device" in desk.begin(CARDS, "card", 409)["error"]
    desk.virtual[CARDS].readers.show_card(4_711, 3)
    done = desk.until(capture, "done")
    assert (done["card"], done["card_custom_id"]) == (4_711, 3)
    desk.post(f"/{capture['id']}/attach", {"person": 8}, 404)
    desk.post(f"/{capture['id']}/attach", {"person": 7, "label": "blue"}, 204)
    assert [(card.number, card.custom_id, card.label) for card in Card.objects.all()] == [(4_711, 3, "blue")]
    assert not Capture.objects.exists()
    assert outcomes() == {"done"}
    assert _readings().get().object_id == str(CARDS)


def test_a_finger_is_shown_twice_and_its_templates_stay_here(desk: Desk) -> None:
    capture = desk.begin(FINGERS, "finger")
    both = finger_templates(7)
    desk.virtual[FINGERS].readers.fingers.append(both[:384])
    again = desk.until(capture, "again")
    assert (again["step"], again["steps"]) == (1, 2)
    assert "same one again" in again["words"]
    desk.virtual[FINGERS].readers.fingers.append(both[384:])
    desk.until(capture, "done")
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM enrolment_capture")
        assert both[:30] not in bytes(cursor.fetchone()[0])
    desk.post(f"/{capture['id']}/attach", {"person": 7, "duress": True, "position": 2}, 204)
    finger = Finger.objects.get()
    assert (finger.first + finger.second, finger.duress, finger.position) == (both, True, 2)
    assert base64.b64encode(both[:384]).decode()[:40] not in "".join(desk.answers)


def test_a_face_is_read_where_the_model_has_a_camera_for_it(desk: Desk) -> None:
    refused = desk.begin(FINGERS, "face", 409)
    assert (refused["error"], refused["advice"]) == ("BioEntry Plus cannot read faces.", "Choose a device that can.")
    desk.virtual[FACES].readers.show_face(7)
    capture = desk.begin(FACES, "face")
    desk.until(capture, "done")
    desk.post(f"/{capture['id']}/attach", {"person": 7}, 204)
    assert Person.objects.get(number=7).faces.get().family == "d-station"


def test_nobody_comes_or_the_line_is_gone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(captures, "WAIT_SECONDS", 0.05)
    late = desk.until(desk.begin(CARDS, "card"), "timed-out")
    assert late["words"].startswith("Nobody came")
    Device.objects.create(
        device_id=13, model="xpass", first_seen=timezone.now(), changed=timezone.now(), approval="approved"
    )
    gone = desk.until(desk.begin(13, "card"), "refused")
    assert (gone["words"], gone["advice"]) == ("Device 13 is not connected.", "Try again when the device is live.")
    assert outcomes() == {"failed"}


def outcomes() -> set[str]:
    """What the audit log says of readings; the outcome of one is noted last of all."""
    assert becomes(lambda: not _readings().filter(outcome="pending").exists(), SECONDS)
    return set(_readings().values_list("outcome", flat=True))


def _readings() -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(action="credential.capture")


def test_what_was_cancelled_is_thrown_away(desk: Desk) -> None:
    capture = desk.begin(CARDS, "card")
    assert desk.post(f"/{capture['id']}/cancel", {}, 200)["state"] == "cancelled"
    assert outcomes() == {"failed"}
    assert "Nothing was read" in desk.post(f"/{capture['id']}/attach", {"person": 7}, 409)["error"]
    assert not Card.objects.exists()

"""The audit log: it notes who changed what, and cannot be changed itself."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from doorward.gateway.collaborators import Command, CommandOutcome, OpenDoor
from doorward.model.errors import NotReached
from doorward.server.audit.choices import Outcome
from doorward.server.audit.models import AuditEntry
from doorward.server.audit.services import Thing, close, close_forgotten, named, record, under_way
from doorward.server.devices import commands
from doorward.server.devices.models import Device
from doorward.server.operators.actor import Actor, acting
from doorward.server.operators.services import create_token
from tests.server.accounts import account, administrator

ANN = Actor("ann", 7, via="API", address="192.0.2.9", request_id="abcdefgh", token="p1")


def device(**values: object) -> Device:
    now = timezone.now()
    return Device.objects.create(device_id=7, first_seen=now, changed=now, **values)


def test_a_change_is_noted_with_who_where_and_both_values(database: str) -> None:
    with acting(ANN):
        row = device(name="Front", password="hidden1")
        row.name, row.password = "Back", "hidden2"
        row.save()
    added, changed = AuditEntry.objects.order_by("pk")
    assert (added.action, changed.action) == ("device.add", "device.change")
    assert (changed.before, changed.after) == (
        {"name": "Front", "password": "(secret)"},
        {"name": "Back", "password": "(secret, changed)"},
    )
    assert (changed.actor, changed.operator_id, changed.via) == ("ann", 7, "API")
    assert (changed.address, changed.request_id, changed.token) == ("192.0.2.9", "abcdefgh", "p1")
    assert (changed.object_type, changed.object_id, changed.object_name) == ("device", "7", "Back")
    assert "hidden" not in json.dumps([added.after, changed.before, changed.after])


def test_what_the_server_itself_finds_out_is_no_deed(database: str) -> None:
    row = device()
    row.name = "x"
    row.save()
    assert not AuditEntry.objects.exists()


def test_a_change_can_have_a_name_of_its_own(database: str) -> None:
    with acting(ANN), named("device.rename"):
        device()
    assert AuditEntry.objects.get().action == "device.rename"


def test_a_deletion_keeps_what_there_was(database: str) -> None:
    with acting(ANN):
        device(name="Gone").delete()
    last = AuditEntry.objects.order_by("pk").last()
    assert last is not None
    assert (last.action, last.after) == ("device.delete", None)
    assert last.before is not None
    assert last.before["name"] == "Gone"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_auditentry SET actor = 'somebody else'",
        "UPDATE audit_auditentry SET outcome = 'failed'",
        "UPDATE audit_auditentry SET words = 'nothing'",
        "DELETE FROM audit_auditentry",
    ],
)
def test_the_database_itself_refuses_changes(each_database: str, change: str) -> None:
    record("door.open")
    with pytest.raises(DatabaseError, match="cannot be changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)
    assert AuditEntry.objects.get().actor == "server"


def test_only_an_open_entry_can_be_closed_and_only_once(each_database: str) -> None:
    entry = record("door.open", outcome=Outcome.PENDING)
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEntry.objects.filter(pk=entry.pk).update(outcome=Outcome.DONE, actor="somebody else")
    close(entry, Outcome.FAILED, "the device said no")
    close(entry, Outcome.DONE, "it did after all")
    entry.refresh_from_db()
    assert (entry.outcome, entry.words) == (Outcome.FAILED, "the device said no")
    assert entry.finished is not None


def test_what_a_killed_server_left_open_is_closed_in_words(database: str) -> None:
    entry = record("door.open", outcome=Outcome.PENDING)
    record("door.lock")
    assert close_forgotten() == 1
    entry.refresh_from_db()
    assert entry.outcome == Outcome.FAILED
    assert "may have been done" in entry.words


def test_an_action_under_way_is_closed_whatever_happens(database: str) -> None:
    with under_way("backup", Thing("file", "a")) as words:
        words.append("12 tables.")
    with pytest.raises(NotReached), under_way("backup"):
        raise NotReached("The disk is away.")
    with pytest.raises(ZeroDivisionError), under_way("backup"):
        _ = 1 // 0
    done, failed, broken = AuditEntry.objects.order_by("pk")
    assert (done.outcome, done.words) == (Outcome.DONE, "12 tables.")
    assert (failed.outcome, failed.words) == (Outcome.FAILED, "The disk is away.")
    assert (broken.outcome, broken.words) == (Outcome.FAILED, "It ended with an error: ZeroDivisionError.")


class Desk(commands.CommandDesk):
    """Answers commands without a gateway."""

    def __init__(self, outcome: CommandOutcome) -> None:
        self.outcome = outcome
        self.noted: list[AuditEntry] = []

    def send(self, command: Command, *, seconds: float) -> CommandOutcome:
        self.noted += AuditEntry.objects.filter(outcome=Outcome.PENDING)
        return self.outcome


@pytest.mark.parametrize(("succeeded", "outcome"), [(True, Outcome.DONE), (False, Outcome.FAILED)])
def test_a_command_is_noted_before_it_goes_out_and_with_the_devices_answer(
    database: str, succeeded: bool, outcome: Outcome
) -> None:
    row = device(name="Front")
    desk = Desk(CommandOutcome("1", succeeded, "The device's own words."))
    commands.set_command_desk(desk)
    try:
        with acting(ANN):
            commands.give(row, "door.open", lambda number, device_id: OpenDoor(number, device_id, 0), after={"door": 1})
    finally:
        commands.set_command_desk(None)
    assert [entry.action for entry in desk.noted] == ["door.open"]
    entry = AuditEntry.objects.get()
    assert (entry.outcome, entry.words, entry.actor) == (outcome, "The device's own words.", "ann")
    assert entry.after == {"door": 1}


def test_a_command_without_a_gateway_fails_in_words(database: str) -> None:
    found = commands.give(device(), "door.open", OpenDoor)
    assert not found.succeeded
    assert "No server runs" in found.words
    assert AuditEntry.objects.get().outcome == Outcome.FAILED


def test_the_api_reads_it_in_pages_and_by_filters(database: str) -> None:
    for number in range(5):
        record("door.open", Thing("door", str(number)), outcome=Outcome.REFUSED if number == 3 else Outcome.DONE)
    client = Client(headers={"Authorization": f"Bearer {create_token(administrator(), 'test')[1]}"})
    first = client.get("/api/v1/audit?limit=3").json()
    second = client.get(f"/api/v1/audit?limit=3&after={first['next']}").json()
    assert [row["object_id"] for row in first["items"] + second["items"]] == ["4", "3", "2", "1", "0"]
    assert second["next"] is None
    assert [row["object_id"] for row in client.get("/api/v1/audit?outcome=refused").json()["items"]] == ["3"]
    tomorrow = (timezone.now() + timedelta(days=1)).isoformat().replace("+", "%2B")
    assert client.get(f"/api/v1/audit?since={tomorrow}").json()["items"] == []
    assert client.get("/api/v1/audit?outcome=maybe").status_code == 422


def test_a_refused_change_is_noted(database: str) -> None:
    device()
    client = Client(headers={"Authorization": f"Bearer {create_token(account('eve', 'monitor'), 'test')[1]}"})
    assert client.post("/api/v1/devices/7/block", content_type="application/json").status_code == 403
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.outcome, entry.object_id) == ("eve", Outcome.REFUSED, "7")
    assert "devices.approve" in entry.words

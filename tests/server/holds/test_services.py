from __future__ import annotations

import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from doorward.gateway.collaborators import OpenDoor
from doorward.model.errors import InvalidInput
from doorward.server.audit.models import AuditEntry
from doorward.server.devices.choices import Mode
from doorward.server.devices.commands import CommandRefused, ask, give
from doorward.server.devices.models import Device
from doorward.server.discovery import services as discovery
from doorward.server.events.models import OutboxEntry
from doorward.server.holds import services
from doorward.server.holds.choices import HoldKind
from doorward.server.holds.clients import Client
from doorward.server.holds.models import Hold
from doorward.server.holds.services import HeldByAnother, NotHoldable, NotHolding
from doorward.server.operators.actor import acting
from doorward.server.operators.models import Operator, OperatorSession
from doorward.server.operators.services import create_token, revoke_token
from tests.server.devices.desk import fake_desk
from tests.server.holds.people import add_direct, let_time_pass, somebody


def test_one_has_it_and_the_others_are_told_who_since_when_and_why(database: str) -> None:
    add_direct()
    kim, lee = somebody("kim"), somebody("lee")
    held = services.hold(7, kim, reason="Testing the reader.")
    with pytest.raises(HeldByAnother) as refused:
        services.hold(7, lee)
    for words in ("kim at 10.0.0.9 works with the device alone", "since 20", "Reason: Testing the reader."):
        assert words in refused.value.message
    # Who holds it already goes on holding it.
    assert services.hold(7, kim).pk == held.pk
    services.give_up(7, kim)
    assert services.hold(7, lee).holder == "lee"
    with pytest.raises(NotHolding, match=r"You do not hold device 7\. lee"):
        services.keep(7, kim)
    assert [entry.action for entry in AuditEntry.objects.order_by("pk") if "hold" in entry.action] == [
        "device.hold", "device.hold.release", "device.hold",
    ]  # fmt: skip
    told = [entry.data for entry in OutboxEntry.objects.order_by("pk")]
    assert sum('"what": "held"' in data for data in told) == 3
    assert sum('"what": "hold ended"' in data for data in told) == 1


def test_commands_of_others_are_refused_and_noted(database: str) -> None:
    device = add_direct()
    kim, lee = somebody("kim"), somebody("lee")
    services.hold(7, kim, reason="Testing.")
    with fake_desk() as desk:
        with acting(lee.actor):
            outcome = give(device, "door.open", OpenDoor)
            with pytest.raises(CommandRefused, match="kim"):
                ask(device, OpenDoor)
            with pytest.raises(HeldByAnother):
                discovery.reset_device(discovery.Target(7))
        assert not outcome.succeeded
        assert "kim at 10.0.0.9 works with the device alone" in outcome.words
        assert desk.given == []
        entry = AuditEntry.objects.get(action="door.open")
        assert (entry.actor, entry.outcome, entry.words) == ("lee", "refused", outcome.words)
        with acting(kim.actor):
            assert give(device, "door.open", OpenDoor).succeeded
        # What the server does by itself goes on.
        assert give(device, "door.open", OpenDoor).succeeded
    with acting(Client(kim.actor).actor):
        services.require_free(7)


def test_a_program_with_a_token_is_a_client_of_its_own(database: str) -> None:
    add_direct()
    kim = somebody("kim")
    program = Client(kim.actor.__class__("kim", kim.actor.operator_id, "API", token="0a1b2c3d4e"))
    services.hold(7, program)
    with pytest.raises(HeldByAnother):
        services.hold(7, kim)


def test_of_two_who_ask_at_once_one_gets_it(each_database: str) -> None:
    add_direct()
    clients = [somebody(f"operator-{number}") for number in range(4)]
    start = threading.Barrier(len(clients))
    came: list[str] = []

    def ask_now(client: Client) -> None:
        start.wait()
        try:
            services.hold(7, client)
            came.append("got it")
        except HeldByAnother as error:
            came.append(error.message)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask_now, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winner = Hold.objects.get(ended__isnull=True)
    assert came.count("got it") == 1
    assert all(winner.holder in words for words in came if words != "got it")


def test_the_database_lets_one_hold_stand(each_database: str) -> None:
    add_direct()
    first = services.hold(7, somebody("kim"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Hold.objects.create(
            device_id=7, kind="operator", holder="lee", via="console", since=first.since, seconds=60, until=first.until
        )
    Hold.objects.filter(pk=first.pk).update(ended=timezone.now())
    services.hold(7, somebody("lee"))
    assert Hold.objects.count() == 2


def test_a_hold_ends_when_its_client_is_gone(database: str) -> None:
    add_direct()
    kim, lee = somebody("kim"), somebody("lee")
    services.hold(7, kim, seconds=60)
    let_time_pass(50)
    services.keep(7, kim)
    let_time_pass(50)
    assert services.end_stale() == 0
    let_time_pass(20)
    # It counts no more even before the server has looked.
    assert services.open_hold(7) is None
    services.hold(7, lee)
    assert Hold.objects.get(holder="kim").end_reason == "Its client gave no sign of life for 60 s."
    let_time_pass(services.LEASE_SECONDS + 1)
    assert services.end_stale() == 1
    assert AuditEntry.objects.filter(action="device.hold.end", actor="server").count() == 2


def test_a_hold_ends_with_session_token_account_and_mode(database: str) -> None:
    for number in range(7, 12):
        add_direct(number)
    kim, lee = somebody("kim"), somebody("lee")
    now = timezone.now()
    operator = Operator.objects.get(username="kim")
    session = OperatorSession.objects.create(operator=operator, key_digest=bytes(32), begun=now, seen=now)
    token, _ = create_token(operator, "robot")
    services.hold(7, Client(kim.actor, session.pk))
    services.hold(8, Client(kim.actor.__class__("kim", operator.pk, "API", token=token.prefix)))
    services.hold(9, lee, kind=HoldKind.RELEASED, program="BioStar 1.93")
    services.hold(10, kim)
    services.hold(11, kim)
    assert services.end_stale() == 0
    OperatorSession.objects.update(ended=now)
    revoke_token(token.prefix)
    Operator.objects.filter(username="lee").update(is_active=False)
    Device.objects.filter(pk=10).update(mode=Mode.SERVER)
    Device.objects.filter(pk=11).update(enabled=False)
    assert services.end_stale() == 5
    reasons = dict(Hold.objects.values_list("device_id", "end_reason"))
    assert reasons == {
        7: "The session of its client ended.",
        8: "The token of its client ended.",
        9: "The account of its client was switched off.",
        10: "The device is in server mode now.",
        11: "The device may not be connected any more.",
    }


def test_the_line_is_left_to_another_program_for_a_while(database: str) -> None:
    device = add_direct()
    kim = somebody("kim")
    services.hold(7, kim, kind=HoldKind.RELEASED, program="BioStar 1.93", seconds=600, reason="Reading templates.")
    device.refresh_from_db()
    assert "leave the device's line to BioStar 1.93" in device.line_left
    before = device.changed
    let_time_pass(601)
    assert services.end_stale() == 1
    device.refresh_from_db()
    assert device.line_left == ""
    assert device.changed > before
    assert Hold.objects.get().end_reason == "Its time was over."
    # Whoever goes on with it himself takes the line back.
    services.hold(7, kim, kind=HoldKind.RELEASED)
    services.hold(7, kim)
    device.refresh_from_db()
    assert device.line_left == ""


def test_asking_and_taking_over(database: str) -> None:
    add_direct()
    kim, lee, chief = somebody("kim"), somebody("lee"), somebody("chief", "administrator")
    with pytest.raises(NotHoldable, match="nobody else does"):
        services.ask_for(7, lee)
    held = services.hold(7, kim, kind=HoldKind.RELEASED)
    services.ask_for(7, lee, reason="A visitor waits.")
    services.ask_for(7, lee, reason="He still waits.")
    assert [(row.asker, row.reason) for row in held.requests.all()] == [("lee", "He still waits.")]
    assert '"what": "hold asked"' in OutboxEntry.objects.order_by("pk")[len(OutboxEntry.objects.all()) - 1].data
    taken = services.take_over(7, chief, reason="Fire alarm.")
    held.refresh_from_db()
    assert (held.ended_by, held.end_reason) == ("chief", "chief took it over. Fire alarm.")
    assert services.open_hold(7) == taken
    assert Device.objects.get().line_left == ""
    entry = AuditEntry.objects.get(action="device.hold.take_over")
    assert entry.before is not None
    assert entry.before["holder"] == "kim"
    with pytest.raises(NotHolding, match="chief"):
        services.give_up(7, kim)


@pytest.mark.parametrize(
    "values", [{"seconds": 3}, {"seconds": 100_000}, {"reason": "x" * 501}, {"program": "x" * 101}]
)
def test_values_that_no_hold_can_have(database: str, values: dict[str, object]) -> None:
    add_direct()
    with pytest.raises(InvalidInput, match=next(iter(values))):
        services.hold(7, somebody("kim"), **values)  # type: ignore[arg-type] # wrong on purpose
    assert not Hold.objects.exists()


def test_what_cannot_be_held(database: str) -> None:
    add_direct(8, enabled=False)
    kim = somebody("kim")
    with pytest.raises(InvalidInput, match="device"):
        services.hold(99, kim)
    with pytest.raises(NotHoldable, match="switched off"):
        services.hold(8, kim)
    device = add_direct(9)
    Device.objects.filter(pk=device.pk).update(mode=Mode.SERVER)
    with pytest.raises(NotHoldable, match="in server mode"):
        services.hold(9, kim)

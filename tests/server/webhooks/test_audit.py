"""What is done with webhooks stands in the audit log, changed rows or not."""

from __future__ import annotations

import socket

import pytest
from asgiref.sync import async_to_sync
from django.test import Client
from django.utils import timezone

from doorward.server.audit.models import AuditEntry
from doorward.server.operators.actor import Actor, acting
from doorward.server.operators.services import create_token
from doorward.server.webhooks import services
from doorward.server.webhooks.models import DeadLetter
from doorward.server.webhooks.sending import DeliveryFailed
from tests.server.accounts import administrator


def test_tests_and_letters_are_noted(database: str) -> None:
    with socket.socket() as taken:
        # Bound and not listened on: nobody answers there.
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/in?key=planted"
        with acting(Actor("ann", via="API")):
            webhook, _ = services.create_webhook("Desk", url, by="ann")
            with pytest.raises(DeliveryFailed):
                async_to_sync(services.try_webhook)(webhook)
            now = timezone.now()
            letter = DeadLetter.objects.create(
                webhook=webhook, delivery="d-1", after=3, until=5, count=2, failing_since=now, given_up=now
            )
            services.send_again(letter.pk, by="ann")
            services.forget_dead_letter(letter.pk)
    entries = AuditEntry.objects.filter(action__startswith="webhook.").exclude(action="webhook.add").order_by("pk")
    assert [(entry.action, entry.outcome, entry.actor, entry.object_name) for entry in entries] == [
        ("webhook.test", "failed", "ann", "Desk"),
        ("webhook.send_again", "done", "ann", "Desk"),
        ("webhook.forget", "done", "ann", "Desk"),
    ]
    assert entries[2].before == {"delivery": "d-1", "lines": 2, "after": 3, "until": 5}
    assert "planted" not in str(list(AuditEntry.objects.values()))


def test_no_number_is_too_large_for_the_list_of_letters(database: str) -> None:
    client = Client(headers={"Authorization": f"Bearer {create_token(administrator(), 'test')[1]}"})
    for name in ("webhook", "before"):
        assert client.get(f"/api/v1/webhooks/dead-letters?{name}={10**20}").status_code == 422

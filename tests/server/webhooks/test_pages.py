"""Pages of webhooks without a browser: what is no number, and deliveries of another webhook."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.utils import timezone

from doorward.server.webhooks import services
from doorward.server.webhooks.models import DeadLetter
from tests.server.accounts import account, administrator

URL = "http://127.0.0.1:9/in?key=planted"
HUGE = "9" * 19


def client_of(operator: Any) -> Client:
    client = Client()
    client.force_login(operator, backend="doorward.server.operators.backend.RoleBackend")
    return client


def test_what_is_no_number_is_not_there(database: str) -> None:
    client = client_of(administrator())
    webhook, _ = services.create_webhook("Desk", URL, by="x")
    address = f"/console/webhooks/{webhook.pk}/"
    for number in ("0", HUGE, "9" * 40):
        assert client.get(f"/console/webhooks/{number}/").status_code == 404
    for letter in ("", "x", "²", HUGE):
        assert client.post(address, {"do": "forget", "letter": letter}).status_code == 404
    assert client.post(address, {"do": "nothing"}).status_code == 404
    given = {"do": "change", "name": "Desk", "url": URL, "devices": HUGE}
    assert f"“{HUGE}” is no number of a device" in client.post(address, given).content.decode()
    assert client_of(account("mona", "monitor")).post(address, {"do": "remove"}).status_code == 403
    assert services.webhooks().count() == 1


def test_a_delivery_belongs_to_its_webhook(database: str) -> None:
    client = client_of(administrator())
    one, _ = services.create_webhook("One", URL, by="x")
    other, _ = services.create_webhook("Other", URL, by="x")
    now = timezone.now()
    letter = DeadLetter.objects.create(
        webhook=one, delivery="d", after=0, until=2, count=2, failing_since=now, given_up=now
    )
    forget = {"do": "forget", "letter": str(letter.pk)}
    client.post(f"/console/webhooks/{other.pk}/", forget)
    assert DeadLetter.objects.filter(pk=letter.pk).exists()
    client.post(f"/console/webhooks/{one.pk}/", forget)
    assert not DeadLetter.objects.filter(pk=letter.pk).exists()


def test_the_secret_is_shown_on_one_answer_alone(database: str) -> None:
    client = client_of(administrator())
    made = client.post("/console/webhooks/add/", {"name": "Desk", "url": URL}).content.decode()
    webhook = services.webhooks().get()
    assert webhook.secret in made
    assert webhook.created_by == "admin"
    assert webhook.secret not in client.get(f"/console/webhooks/{webhook.pk}/").content.decode()
    rolled = client.post(f"/console/webhooks/{webhook.pk}/", {"do": "secret"}).content.decode()
    fresh = services.one_webhook(webhook.pk).secret
    assert fresh in rolled
    assert fresh != webhook.secret
    listed = client.get("/console/webhooks/").content.decode()
    assert "planted" not in listed

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient
from django.utils import timezone

from doorward.model.errors import InvalidInput
from doorward.server.audit.models import AuditEntry
from doorward.server.events.live import LiveEvents
from doorward.server.events.models import Event, OutboxEntry
from doorward.server.events.store import DatabaseEventStore
from doorward.server.operators.actor import Actor, acting
from doorward.server.operators.services import create_token
from doorward.server.settings import WebhookSettings
from doorward.server.webhooks import desk as desk_module
from doorward.server.webhooks import services
from doorward.server.webhooks.desk import WebhookDesk
from doorward.server.webhooks.models import DeadLetter, Webhook
from doorward.server.webhooks.sending import Answer, DeliveryFailed
from tests.examples.test_webhook_receiver import example
from tests.server.accounts import account, administrator
from tests.server.events.traffic import NOW, add_device, proof, submission

URL = "http://127.0.0.1:9/in?key=planted-in-the-url"
LONGEST = 60.0


@pytest.fixture
async def store(each_database: str) -> AsyncIterator[DatabaseEventStore]:
    await sync_to_async(add_device)(7)
    made = DatabaseEventStore(LiveEvents())
    await made.start()
    yield made
    await made.stop()


class Memory:
    """Takes what each webhook sends, by its URL."""

    def __init__(self) -> None:
        self.items: dict[str, list[dict[str, Any]]] = {}
        self.numbers: list[str] = []
        self.failing: set[str] = set()
        self.silent: set[str] = set()
        self.changed = asyncio.Event()

    def sender(self, executor: ThreadPoolExecutor) -> Memory:
        return self

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        if url in self.silent:
            await asyncio.Event().wait()
        if url in self.failing:
            raise DeliveryFailed("It fails.")
        if headers["Doorward-Delivery"] not in self.numbers:  # as every receiver does
            self.numbers.append(headers["Doorward-Delivery"])
            self.items.setdefault(url, []).extend(json.loads(body)["items"])
        self.changed.set()
        return Answer(200)

    async def close(self) -> None:
        pass

    async def until(self, url: str, count: int) -> list[dict[str, Any]]:
        async with asyncio.timeout(LONGEST):
            while len(self.items.get(url, [])) < count:
                self.changed.clear()
                await self.changed.wait()
        return self.items[url]


@asynccontextmanager
async def running_desk(store: DatabaseEventStore, memory: Memory | None, **values: Any) -> AsyncIterator[WebhookDesk]:
    desk = WebhookDesk(
        replace(WebhookSettings(), **values),
        store.writer,
        store.live,
        make_sender=None if memory is None else memory.sender,
    )
    await desk.start()
    try:
        yield desk
    finally:
        await desk.stop()


@pytest.fixture(autouse=True)
def _quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_module, "LOOK_SECONDS", 0.05)


async def make(name: str, url: str = URL, **values: Any) -> Webhook:
    return (await sync_to_async(services.create_webhook)(name, url, by="kim", **values))[0]


async def until_known(desk: WebhookDesk, webhook: Webhook) -> None:
    """Wait until a desk works by what is stored of a webhook now."""
    stored = await Webhook.objects.aget(pk=webhook.pk)

    def is_known() -> bool:
        running = desk._running.get(webhook.pk)
        return running is not None and running.changed == stored.changed if stored.enabled else running is None

    async with asyncio.timeout(LONGEST):
        while not is_known():  # noqa: ASYNC110 - the desk looks now and then
            await asyncio.sleep(0.02)


# --- The desk ---------------------------------------------------------------------------------------------------------


async def test_webhooks_are_taken_up_changed_and_ended_while_the_server_runs(store: DatabaseEventStore) -> None:
    memory = Memory()
    async with running_desk(store, memory) as desk:
        webhook = await make("one", "http://one/", kinds=["event"])
        await make("witness", "http://witness/", kinds=["event"])
        await store.append(submission(proof(NOW)))
        await memory.until("http://one/", 1)
        await sync_to_async(services.change_webhook)(webhook.pk, by="kim", url="http://two/")
        await until_known(desk, webhook)
        await store.append(submission(proof(NOW + 1)))
        (second,) = await memory.until("http://two/", 1)
        assert second["position"] == 2
        await sync_to_async(services.change_webhook)(webhook.pk, by="kim", enabled=False)
        await until_known(desk, webhook)
        await store.append(submission(proof(NOW + 2)))
        await memory.until("http://witness/", 3)
        assert len(memory.items["http://two/"]) == 1
        # What came meanwhile has waited.
        await sync_to_async(services.change_webhook)(webhook.pk, by="kim", enabled=True)
        assert [item["position"] for item in await memory.until("http://two/", 2)] == [2, 3]
        await sync_to_async(services.delete_webhook)(webhook.pk, by="kim")
        async with asyncio.timeout(LONGEST):
            while any(task.get_name() == f"webhook-{webhook.pk}" for task in asyncio.all_tasks()):  # noqa: ASYNC110
                await asyncio.sleep(0.02)


async def test_what_waits_can_be_skipped(store: DatabaseEventStore) -> None:
    memory = Memory()
    webhook = await make("one", "http://one/", kinds=["event"])
    await store.append(submission(*(proof(NOW + n) for n in range(30))))
    await sync_to_async(services.change_webhook)(webhook.pk, by="kim", skip_waiting=True)
    async with running_desk(store, memory):
        await store.append(submission(proof(NOW + 100)))
        assert [item["position"] for item in await memory.until("http://one/", 1)] == [31]


async def test_a_receiver_that_hangs_or_fails_does_not_hold_up_the_others(store: DatabaseEventStore) -> None:
    memory = Memory()
    memory.silent, memory.failing = {"http://silent/"}, {"http://failing/"}
    for name in ("silent", "failing", "good"):
        await make(name, f"http://{name}/", kinds=["event"])
    async with running_desk(store, memory):
        for number in range(20):
            await store.append(submission(proof(NOW + number)))
        kept = [position async for position in Event.objects.order_by("position").values_list("position", flat=True)]
        assert [item["position"] for item in await memory.until("http://good/", 20)] == kept
    assert memory.items.keys() == {"http://good/"}


async def test_what_was_given_up_is_sent_again_under_its_number(store: DatabaseEventStore) -> None:
    memory = Memory()
    webhook = await make("one", "http://one/", kinds=["event"])
    await store.append(submission(*(proof(NOW + n) for n in range(10))))
    await Webhook.objects.filter(pk=webhook.pk).aupdate(cursor=10)
    now = timezone.now()
    letter = await DeadLetter.objects.acreate(
        webhook=webhook, delivery="the-number", after=2, until=6, count=4, failing_since=now, given_up=now,
        kinds=["event"],
    )  # fmt: skip
    memory.failing = {"http://one/"}
    async with running_desk(store, memory):
        await sync_to_async(services.send_again)(letter.pk, by="kim")
        async with asyncio.timeout(LONGEST):
            while (await DeadLetter.objects.aget()).wanted_again is not None:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        found = await DeadLetter.objects.aget()
        assert found.delivered is None
        assert "It fails." in found.error
        memory.failing = set()
        await sync_to_async(services.send_again)(letter.pk, by="kim")
        items = await memory.until("http://one/", 4)
        async with asyncio.timeout(LONGEST):
            while (await DeadLetter.objects.aget()).delivered is None:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    assert [item["position"] for item in items] == [3, 4, 5, 6]
    assert memory.numbers == ["the-number"]
    with pytest.raises(InvalidInput, match="meanwhile"):
        await sync_to_async(services.send_again)(letter.pk, by="kim")
    await sync_to_async(services.forget_delivered)(timezone.now() + timedelta(days=29))
    assert await DeadLetter.objects.acount() == 1
    await sync_to_async(services.forget_delivered)(timezone.now() + timedelta(days=31))
    assert await DeadLetter.objects.acount() == 0


async def test_the_sample_receiver_takes_what_the_server_sends(store: DatabaseEventStore) -> None:
    webhook, secret = await sync_to_async(services.create_webhook)("sample", URL, by="kim", kinds=["event"])
    items: list[dict[str, Any]] = []
    enough = threading.Event()

    def take(item: dict[str, Any]) -> None:
        items.append(item)
        if len(items) >= 250:
            enough.set()

    receiver = example.Receiver(secret, take)
    server = example.make_server(receiver, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/"
        await sync_to_async(services.change_webhook)(webhook.pk, by="kim", url=url)
        async with running_desk(store, None):
            await store.append(submission(*(proof(NOW + n) for n in range(250))))
            assert await asyncio.to_thread(enough.wait, 20)
            assert (await services.try_webhook(await Webhook.objects.aget())).taken
        assert [item["position"] for item in items[:250]] == list(range(1, 251))
        assert items[250]["kind"] == "test"
        # A fresh secret: the receiver refuses whatever is signed with another one than its own.
        await sync_to_async(services.roll_secret)(webhook.pk, by="kim")
        assert (await services.try_webhook(await Webhook.objects.aget())).status == 401
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        receiver.close()


# --- Services ---------------------------------------------------------------------------------------------------------


async def test_secrets_and_urls_are_not_in_the_clear_in_the_database(database: str) -> None:
    def create_and_roll() -> tuple[str, str]:
        with acting(Actor("kim", via="console")):
            webhook, first = services.create_webhook("one", URL, by="kim")
            return first, services.roll_secret(webhook.pk, by="kim")

    secret, second = await sync_to_async(create_and_roll)()
    content = "".join(sqlite3.connect(database.removeprefix("sqlite:///")).iterdump())
    assert "webhooks_webhook" in content
    assert secret not in content
    assert second not in content
    assert secret.encode().hex().upper() not in content.upper()
    assert b"planted-in-the-url".hex().upper() not in content.upper()
    assert "planted-in-the-url" not in content
    told = [entry.data async for entry in OutboxEntry.objects.all()]
    assert [json.loads(data)["what"] for data in told] == ["added", "secret changed"]
    assert "planted" not in "".join(told)
    # The audit log names who did it, and that the secret is another one now.
    noted = [entry async for entry in AuditEntry.objects.filter(object_type="webhook").order_by("pk")]
    assert [(entry.actor, entry.action) for entry in noted] == [("kim", "webhook.add"), ("kim", "webhook.change")]
    assert list(noted[1].after or ()) == ["secret"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": " "}, "letters"),
        ({"name": "x" * 101}, "letters"),
        ({"name": "taken"}, "no webhook has yet"),
        ({"url": "ftp://host/"}, "url"),
        ({"kinds": ["nonsense"]}, "alarm"),
        ({"categories": ["nonsense"]}, "access granted"),
        ({"devices": [99]}, "known devices"),
    ],
)
async def test_wrong_values_are_named(database: str, values: dict[str, Any], words: str) -> None:
    await make("taken")
    await make("another")
    given = {"name": "new", "url": URL, **values}
    with pytest.raises(InvalidInput, match=words):
        await sync_to_async(services.create_webhook)(given.pop("name"), given.pop("url"), by="kim", **given)
    other = await Webhook.objects.aget(name="another")
    with pytest.raises(InvalidInput, match=words):
        await sync_to_async(services.change_webhook)(other.pk, by="kim", **values)


# --- The API ----------------------------------------------------------------------------------------------------------


class Api:
    """Sends requests with a token."""

    def __init__(self, token: str) -> None:
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        given = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        return await getattr(AsyncClient(), method)(path, headers=self._headers, **given)


async def test_over_the_api(database: str) -> None:
    token = (await sync_to_async(lambda: create_token(administrator(), "test"))())[1]
    client = Api(token)
    body = {"name": "reports", "url": "http://127.0.0.1:9/", "kinds": ["event"]}
    made = await client.ask("post", "/api/v1/webhooks", body)
    assert made.status_code == 201
    secret = made.json()["secret"]
    number = made.json()["id"]
    assert secret.startswith("doorward_webhook_")
    listed = await client.ask("get", "/api/v1/webhooks")
    assert secret not in listed.content.decode()
    assert listed.json()["items"][0]["created_by"] == "admin"
    shown = await client.ask("get", f"/api/v1/webhooks/{number}")
    assert shown.json() == {key: value for key, value in made.json().items() if key != "secret"}
    changed = await client.ask("patch", f"/api/v1/webhooks/{number}", {"enabled": False})
    assert (changed.status_code, changed.json()["enabled"], changed.json()["kinds"]) == (200, False, ["event"])
    fresh = (await client.ask("post", f"/api/v1/webhooks/{number}/secret")).json()["secret"]
    assert fresh != secret
    tried = await client.ask("post", f"/api/v1/webhooks/{number}/test")
    assert tried.status_code == 200
    assert (tried.json()["delivered"], tried.json()["status"]) == (False, None)
    assert "cannot be reached" in tried.json()["words"]
    now = timezone.now()
    for count in range(3):
        await DeadLetter.objects.acreate(
            webhook_id=number, delivery=str(count), after=1, until=2, count=1, failing_since=now, given_up=now
        )
    page = (await client.ask("get", f"/api/v1/webhooks/dead-letters?limit=2&webhook={number}")).json()
    assert [item["delivery"] for item in page["items"]] == ["2", "1"]
    rest = (await client.ask("get", f"/api/v1/webhooks/dead-letters?before={page['next']}")).json()
    assert ([item["delivery"] for item in rest["items"]], rest["next"]) == (["0"], None)
    letter = page["items"][0]["id"]
    refused = await client.ask("post", f"/api/v1/webhooks/dead-letters/{letter}/send")
    assert refused.status_code == 422
    await client.ask("patch", f"/api/v1/webhooks/{number}", {"enabled": True})
    again = await client.ask("post", f"/api/v1/webhooks/dead-letters/{letter}/send")
    assert (again.status_code, again.json()["waiting"]) == (202, True)
    assert (await client.ask("delete", f"/api/v1/webhooks/dead-letters/{letter}")).status_code == 204
    assert (await client.ask("delete", f"/api/v1/webhooks/dead-letters/{letter}")).status_code == 404
    assert (await client.ask("delete", f"/api/v1/webhooks/{number}")).status_code == 204
    assert (await client.ask("get", f"/api/v1/webhooks/{number}")).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", ""), ("post", ""), ("get", "/1"), ("patch", "/1"), ("delete", "/1"), ("post", "/1/secret"),
        ("post", "/1/test"), ("get", "/dead-letters"), ("post", "/dead-letters/1/send"), ("delete", "/dead-letters/1"),
    ],
)  # fmt: skip
async def test_who_may(database: str, method: str, path: str) -> None:
    token = (await sync_to_async(lambda: create_token(account("watch", "monitor"), "test"))())[1]
    body = {"name": "x", "url": "http://x/"} if method in {"post", "patch"} else None
    for shown, status in (("", 401), (token, 403)):
        answer = await Api(shown).ask(method, f"/api/v1/webhooks{path}", body)
        assert answer.status_code == status

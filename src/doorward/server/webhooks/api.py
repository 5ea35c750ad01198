"""``/api/v1/webhooks``: who is told by a request of ours, and what could not be delivered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from asgiref.sync import sync_to_async
from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from doorward.server.operators.callers import AsyncCallerAuth, CallerAuth, require
from doorward.server.webhooks import services
from doorward.server.webhooks.models import DeadLetter, Webhook
from doorward.server.webhooks.sending import DeliveryFailed

router = Router(auth=CallerAuth())

RIGHT = "webhooks.manage"
MOST_LETTERS = 1000

Number = Annotated[int, Field(ge=0, le=2**63 - 1)]


class WebhookIn(Schema):
    """A new webhook; empty lists take all."""

    name: str
    url: str
    kinds: list[str] = Field(default_factory=list)
    devices: list[int] = Field(default_factory=list)
    categories: list[str] = Field(default_factory=list)


class WebhookChange(Schema):
    """What is changed of a webhook; what is left out stays."""

    name: str | None = None
    url: str | None = None
    kinds: list[str] | None = None
    devices: list[int] | None = None
    categories: list[str] | None = None
    enabled: bool | None = None
    skip_waiting: bool = Field(default=False, description="Send nothing of what waits, only what happens from now on.")


class WebhookOut(Schema):
    """A webhook as the API shows it; never its secret."""

    id: int
    name: str
    url: str
    kinds: list[str]
    devices: list[int]
    categories: list[str]
    enabled: bool
    disabled_reason: str = Field(description="Why the server switched it off; empty where a person did.")
    created: datetime
    created_by: str
    position: int = Field(description="Everything up to here was delivered, or given up.")
    failing_since: datetime | None
    attempts: int = Field(description="Attempts in a row that failed.")
    next_attempt: datetime | None
    last_error: str
    last_delivered: datetime | None


class NewWebhook(WebhookOut):
    """A webhook that was just made, with its secret: it is shown this once."""

    secret: str


class NewSecret(Schema):
    """A fresh secret; it is shown this once."""

    secret: str


class WebhookList(Schema):
    """All webhooks."""

    items: list[WebhookOut]


class TestOutcome(Schema):
    """What came of a test."""

    delivered: bool
    status: int | None = Field(description="What the receiver answered; null without an answer.")
    words: str


class DeadLetterOut(Schema):
    """A delivery that was given up."""

    id: int
    webhook: int
    delivery: str
    after: int = Field(description="Position after which it begins.")
    until: int = Field(description="Position of its last line.")
    count: int
    failing_since: datetime
    given_up: datetime
    error: str
    waiting: bool = Field(description="It is about to be sent again.")
    delivered: datetime | None = Field(description="When it was delivered after all.")


class DeadLetterList(Schema):
    """A page of deliveries that were given up, the newest first."""

    items: list[DeadLetterOut]
    next: int | None = Field(description="Give it as 'before' for the next page; null on the last one.")


class DeadLetterFilter(Schema):
    """Which deliveries are listed."""

    webhook: Number | None = None
    before: Number | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_LETTERS)] = 100


def shown(webhook: Webhook) -> dict[str, object]:
    """A webhook as the API shows it."""
    return {
        "id": webhook.pk,
        "name": webhook.name,
        "url": webhook.url,
        "kinds": webhook.kinds,
        "devices": webhook.devices,
        "categories": webhook.categories,
        "enabled": webhook.enabled,
        "disabled_reason": webhook.disabled_reason,
        "created": webhook.created,
        "created_by": webhook.created_by,
        "position": webhook.cursor,
        "failing_since": webhook.failing_since,
        "attempts": webhook.attempts,
        "next_attempt": webhook.next_attempt,
        "last_error": webhook.last_error,
        "last_delivered": webhook.last_delivered,
    }


def shown_letter(letter: DeadLetter) -> DeadLetterOut:
    """A delivery that was given up as the API shows it."""
    return DeadLetterOut(
        id=letter.pk,
        webhook=letter.webhook_id,
        delivery=letter.delivery,
        after=letter.after,
        until=letter.until,
        count=letter.count,
        failing_since=letter.failing_since,
        given_up=letter.given_up,
        error=letter.error,
        waiting=letter.wanted_again is not None,
        delivered=letter.delivered,
    )


@router.get("", response=WebhookList, summary="List webhooks")
def list_webhooks(request: HttpRequest) -> dict[str, object]:
    """All webhooks, by name."""
    require(request, RIGHT)
    return {"items": [shown(webhook) for webhook in services.webhooks()]}


@router.post("", response={201: NewWebhook}, summary="Make a webhook")
def create_webhook(request: HttpRequest, body: WebhookIn) -> Status[dict[str, object]]:
    """Send what happens from now on to a URL. The answer holds the secret that signs each delivery, this once."""
    caller = require(request, RIGHT)
    webhook, secret = services.create_webhook(
        body.name, body.url, by=caller.name, kinds=body.kinds, devices=body.devices, categories=body.categories
    )
    return Status(201, {**shown(webhook), "secret": secret})


@router.get("/dead-letters", response=DeadLetterList, summary="List what was given up")
def list_dead_letters(request: HttpRequest, filters: Query[DeadLetterFilter]) -> DeadLetterList:
    """Deliveries that a receiver has not taken in time, the newest first."""
    require(request, RIGHT)
    found = services.dead_letters(filters.webhook).order_by("-pk")
    if filters.before is not None:
        found = found.filter(pk__lt=filters.before)
    rows = list(found[: filters.limit + 1])
    page = rows[: filters.limit]
    return DeadLetterList(items=list(map(shown_letter, page)), next=page[-1].pk if len(rows) > len(page) else None)


@router.post(
    "/dead-letters/{int:letter_id}/send", response={202: DeadLetterOut}, summary="Send again what was given up"
)
def send_again(request: HttpRequest, letter_id: int) -> Status[DeadLetterOut]:
    """Send a delivery once more, under the same number. The list tells what came of it."""
    caller = require(request, RIGHT)
    return Status(202, shown_letter(services.send_again(letter_id, by=caller.name)))


@router.delete("/dead-letters/{int:letter_id}", response={204: None}, summary="Forget what was given up")
def forget_dead_letter(request: HttpRequest, letter_id: int) -> Status[None]:
    """Take a delivery off the list."""
    require(request, RIGHT)
    services.forget_dead_letter(letter_id)
    return Status(204, None)


@router.get("/{int:webhook_id}", response=WebhookOut, summary="Show a webhook")
def show_webhook(request: HttpRequest, webhook_id: int) -> dict[str, object]:
    """One webhook."""
    require(request, RIGHT)
    return shown(services.one_webhook(webhook_id))


@router.patch("/{int:webhook_id}", response=WebhookOut, summary="Change a webhook")
def change_webhook(request: HttpRequest, webhook_id: int, body: WebhookChange) -> dict[str, object]:
    """Change a webhook; what waits for it is tried again at once."""
    caller = require(request, RIGHT)
    return shown(services.change_webhook(webhook_id, by=caller.name, **body.model_dump()))


@router.delete("/{int:webhook_id}", response={204: None}, summary="Remove a webhook")
def delete_webhook(request: HttpRequest, webhook_id: int) -> Status[None]:
    """Remove a webhook with all that was given up."""
    caller = require(request, RIGHT)
    services.delete_webhook(webhook_id, by=caller.name)
    return Status(204, None)


@router.post("/{int:webhook_id}/secret", response=NewSecret, summary="Give a webhook a fresh secret")
def roll_secret(request: HttpRequest, webhook_id: int) -> NewSecret:
    """The old secret signs nothing from now on."""
    caller = require(request, RIGHT)
    return NewSecret(secret=services.roll_secret(webhook_id, by=caller.name))


@router.post("/{int:webhook_id}/test", auth=AsyncCallerAuth(), response=TestOutcome, summary="Test a webhook")
async def test_webhook(request: HttpRequest, webhook_id: int) -> TestOutcome:
    """Send a delivery of the kind ``test`` now, and tell what the receiver answered."""
    await sync_to_async(require)(request, RIGHT)
    webhook = await sync_to_async(services.one_webhook)(webhook_id)
    try:
        answer = await services.try_webhook(webhook)
    except DeliveryFailed as error:
        return TestOutcome(delivered=False, status=None, words=error.message)
    words = "It has arrived." if answer.taken else answer.words
    return TestOutcome(delivered=answer.taken, status=answer.status, words=words)

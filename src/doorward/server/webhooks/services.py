"""What is done with webhooks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Final

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from doorward.model.errors import InvalidInput
from doorward.server.audit.choices import Outcome
from doorward.server.audit.services import Thing, record
from doorward.server.devices.models import Device
from doorward.server.errors import NotThere
from doorward.server.events.alarms import clear_alarms
from doorward.server.events.choices import Category, Kind
from doorward.server.events.happenings import tell
from doorward.server.events.reading import last_position
from doorward.server.webhooks.addresses import check_url
from doorward.server.webhooks.delivery import alarm_kind
from doorward.server.webhooks.models import DeadLetter, Webhook
from doorward.server.webhooks.sending import (
    Answer,
    DeliveryFailed,
    HttpSender,
    Sender,
    believed_certificates,
    send_test,
)
from doorward.server.webhooks.signing import new_secret

LONGEST_NAME: Final = 100
MOST_WEBHOOKS: Final = 100
MOST_DEVICES: Final = 1000
# What was delivered after all need not be listed for ever.
DELIVERED_KEPT: Final = timedelta(days=30)

KINDS: Final = tuple(kind.value for kind in Kind)
CATEGORIES: Final = tuple(str(item.label) for item in Category)


class UnknownWebhook(NotThere):
    """There is no webhook with this number."""

    def __init__(self, webhook_id: int) -> None:
        super().__init__("webhook", webhook_id, "the number of a webhook")


class UnknownDeadLetter(NotThere):
    """There is no delivery with this number that was given up."""

    def __init__(self, letter_id: int) -> None:
        super().__init__("dead letter", letter_id, "the number of a delivery that was given up")


def webhooks() -> QuerySet[Webhook]:
    """All webhooks."""
    return Webhook.objects.all()


def one_webhook(webhook_id: int) -> Webhook:
    """A webhook.

    Raises:
        UnknownWebhook: There is none.
    """
    webhook = Webhook.objects.filter(pk=webhook_id).first()
    if webhook is None:
        raise UnknownWebhook(webhook_id)
    return webhook


def create_webhook(
    name: str,
    url: str,
    *,
    by: str,
    kinds: Iterable[str] = (),
    devices: Iterable[int] = (),
    categories: Iterable[str] = (),
) -> tuple[Webhook, str]:
    """Make a webhook, which is sent what happens from now on; its secret is given here and never again.

    Raises:
        InvalidInput: A value is not allowed.
    """
    if Webhook.objects.count() >= MOST_WEBHOOKS:
        raise InvalidInput("webhook", name, f"at most {MOST_WEBHOOKS} webhooks")
    secret, now = new_secret(), timezone.now()
    webhook = Webhook(
        name=_checked_name(name, None),
        url=_checked_url(url),
        secret=secret,
        kinds=_checked("kinds", kinds, KINDS),
        devices=_checked_devices(devices),
        categories=_checked("categories", categories, CATEGORIES),
        created=now,
        created_by=by,
        changed=now,
    )
    with transaction.atomic():
        webhook.cursor = last_position()
        webhook.save(force_insert=True)
        _tell(webhook, "added", by)
    return webhook, secret


def change_webhook(
    webhook_id: int,
    *,
    by: str,
    name: str | None = None,
    url: str | None = None,
    kinds: Iterable[str] | None = None,
    devices: Iterable[int] | None = None,
    categories: Iterable[str] | None = None,
    enabled: bool | None = None,
    skip_waiting: bool = False,
) -> Webhook:
    """Change a webhook; None leaves a value as it is. What waits is tried again at once.

    A delivery that is on its way while the choice of lines is changed may arrive twice, under two numbers.

    Args:
        webhook_id: The webhook.
        by: Who changes it.
        name: What people call it.
        url: Where to.
        kinds: Names of kinds; empty takes all.
        devices: Numbers of devices; empty takes all.
        categories: Names of categories of events; empty takes all.
        enabled: Whether anything is sent; what happens while it is off waits.
        skip_waiting: Send nothing of what waits, but only what happens from now on.

    Raises:
        InvalidInput: There is no such webhook, or a value is not allowed.
    """
    with transaction.atomic():
        webhook = _locked(webhook_id)
        chosen = {
            "kinds": None if kinds is None else _checked("kinds", kinds, KINDS),
            "devices": None if devices is None else _checked_devices(devices),
            "categories": None if categories is None else _checked("categories", categories, CATEGORIES),
        }
        if name is not None:
            webhook.name = _checked_name(name, webhook)
        if url is not None:
            webhook.url = _checked_url(url)
        for field, value in chosen.items():
            if value is not None and value != getattr(webhook, field):
                setattr(webhook, field, value)
                # The same lines under the same number are no more to be had.
                webhook.delivery, webhook.delivery_until = "", None
        if enabled is not None and enabled != webhook.enabled:
            webhook.enabled, webhook.disabled_reason = enabled, ""
            webhook.failing_since, webhook.attempts = None, 0
            clear_alarms(alarm_kind(webhook.pk))
        if skip_waiting:
            webhook.cursor, webhook.delivery, webhook.delivery_until = last_position(), "", None
            webhook.failing_since, webhook.attempts, webhook.last_error = None, 0, ""
            clear_alarms(alarm_kind(webhook.pk))
        webhook.next_attempt, webhook.changed = None, timezone.now()
        webhook.save()
        _tell(webhook, "changed", by)
    return webhook


def roll_secret(webhook_id: int, *, by: str) -> str:
    """Give a webhook a fresh secret, which is given here and never again; the old one signs nothing from now on.

    Raises:
        UnknownWebhook: There is none.
    """
    secret = new_secret()
    with transaction.atomic():
        webhook = _locked(webhook_id)
        webhook.secret, webhook.changed = secret, timezone.now()
        webhook.save()
        _tell(webhook, "secret changed", by)
    return secret


def delete_webhook(webhook_id: int, *, by: str) -> None:
    """Remove a webhook with all that was given up.

    Raises:
        UnknownWebhook: There is none.
    """
    with transaction.atomic():
        webhook = _locked(webhook_id)
        clear_alarms(alarm_kind(webhook.pk))
        _tell(webhook, "removed", by)
        webhook.delete()


async def try_webhook(webhook: Webhook, *, sender: Sender | None = None) -> Answer:
    """Send a delivery that tells nothing; to be called in an event loop.

    Raises:
        DeliveryFailed: There was no answer; why, in words.
    """
    if sender is not None:
        return await send_test(sender, webhook.url, webhook.secret)
    given = settings.DOORWARD.webhooks
    context = await asyncio.to_thread(believed_certificates, given.ca_file)
    executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="webhook-test")
    made = HttpSender(context, allow_private=given.allow_private, executor=executor)
    outcome, words = Outcome.FAILED, ""
    try:
        answer = await send_test(made, webhook.url, webhook.secret)
        outcome, words = (Outcome.DONE, "It has arrived.") if answer.taken else (Outcome.FAILED, answer.words)
    except DeliveryFailed as error:
        words = error.message
        raise
    else:
        return answer
    finally:
        # Who may make webhooks may let this server call others: it is noted where to it did.
        await sync_to_async(record)("webhook.test", Thing.of(webhook), outcome=outcome, words=words)
        await made.close()
        executor.shutdown(wait=False, cancel_futures=True)


def dead_letters(webhook_id: int | None = None) -> QuerySet[DeadLetter]:
    """What was given up, the newest first."""
    found = DeadLetter.objects.select_related("webhook")
    return found if webhook_id is None else found.filter(webhook=webhook_id)


def send_again(letter_id: int, *, by: str) -> DeadLetter:
    """Let the running server send once more what was given up, under the same number.

    Raises:
        InvalidInput: There is no such delivery, it has arrived after all, or its webhook is switched off.
    """
    with transaction.atomic():
        letter = _locked_letter(letter_id)
        if letter.delivered is not None:
            raise InvalidInput("dead letter", letter_id, "one that was not delivered meanwhile")
        if not letter.webhook.enabled:
            raise InvalidInput("dead letter", letter_id, "one whose webhook is switched on")
        letter.wanted_again = timezone.now()
        letter.save(update_fields=["wanted_again"])
        record("webhook.send_again", Thing.of(letter.webhook), after=_of_letter(letter))
        _tell(letter.webhook, "sent again", by)
    return letter


def forget_dead_letter(letter_id: int) -> None:
    """Remove a delivery from the list of what was given up.

    Raises:
        UnknownDeadLetter: There is none.
    """
    with transaction.atomic():
        letter = _locked_letter(letter_id)
        record("webhook.forget", Thing.of(letter.webhook), before=_of_letter(letter))
        letter.delete()


def forget_delivered(now: datetime | None = None) -> None:
    """Remove what was delivered after all from the list, some time later; for housekeeping."""
    DeadLetter.objects.filter(delivered__lt=(now or timezone.now()) - DELIVERED_KEPT).delete()


def _of_letter(letter: DeadLetter) -> dict[str, object]:
    return {"delivery": letter.delivery, "lines": letter.count, "after": letter.after, "until": letter.until}


def _locked(webhook_id: int) -> Webhook:
    webhook = Webhook.objects.select_for_update().filter(pk=webhook_id).first()
    if webhook is None:
        raise UnknownWebhook(webhook_id)
    return webhook


def _locked_letter(letter_id: int) -> DeadLetter:
    letter = DeadLetter.objects.select_for_update(of=("self",)).select_related("webhook").filter(pk=letter_id).first()
    if letter is None:
        raise UnknownDeadLetter(letter_id)
    return letter


def _tell(webhook: Webhook, what: str, by: str) -> None:
    tell(Kind.WEBHOOK, {"what": what, "webhook": webhook.pk, "name": webhook.name, "by": by})


def _checked_name(name: str, known: Webhook | None) -> str:
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise InvalidInput("name", name[:LONGEST_NAME], f"1 to {LONGEST_NAME} letters that say who is told")
    if (known is None or known.name != name) and Webhook.objects.filter(name=name).exists():
        raise InvalidInput("name", name, "a name that no webhook has yet")
    return name


def _checked_url(url: str) -> str:
    check_url(url, allow_private=settings.DOORWARD.webhooks.allow_private)
    return url


def _checked(field: str, names: Iterable[str], known: Sequence[str]) -> list[str]:
    chosen = sorted(set(names))
    for name in chosen:
        if name not in known:
            raise InvalidInput(field, name, ", ".join(known))
    return chosen


def _checked_devices(numbers: Iterable[int]) -> list[int]:
    chosen = sorted(set(numbers))
    if len(chosen) > MOST_DEVICES:
        raise InvalidInput("devices", f"{len(chosen)} numbers", f"at most {MOST_DEVICES} numbers of devices")
    known: set[int] = set()
    for begin in range(0, len(chosen), 900):
        known |= set(Device.objects.filter(pk__in=chosen[begin : begin + 900]).values_list("pk", flat=True))
    for number in chosen:
        if number not in known:
            raise InvalidInput("devices", number, "numbers of known devices")
    return chosen

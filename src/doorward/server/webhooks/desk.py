"""The webhooks of the running server: one deliverer for each, made anew when somebody changes it."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.utils import DatabaseError
from django.utils import timezone

from doorward.model.errors import DoorwardError
from doorward.server.events.live import LiveEvents
from doorward.server.events.shapes import shown_text
from doorward.server.settings import WebhookSettings
from doorward.server.webhooks.delivery import LOOKED_AT_ONCE, Deliverer, Source, Stale, Writer
from doorward.server.webhooks.models import DeadLetter, Webhook
from doorward.server.webhooks.sending import DeliveryFailed, HttpSender, Sender, believed_certificates, send

logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 1.0
TROUBLE_SECONDS: Final = 10.0
HOUR_SECONDS: Final = 3600.0

MakeSender = Callable[[ThreadPoolExecutor], Sender]


@dataclass(slots=True, eq=False)
class _Running:
    """One webhook at work.

    Attributes:
        changed: The state of it that is known.
        task: Delivers.
    """

    changed: datetime
    task: asyncio.Task[None]


class WebhookDesk:
    """Keeps the deliverers in step with the database. Lives in the event loop in which it is started.

    Args:
        settings: Section ``[webhooks]``.
        writer: Runs what uses the database.
        live: The newest lines.
        make_sender: Makes what sends for one webhook; None sends over HTTP.
    """

    def __init__(
        self, settings: WebhookSettings, writer: Writer, live: LiveEvents, *, make_sender: MakeSender | None = None
    ) -> None:
        self._settings = settings
        self._writer = writer
        self._live = live
        self._make_sender = make_sender or self._http_sender
        self._context: ssl.SSLContext | None = None
        self._running: dict[int, _Running] = {}
        self._again: dict[int, asyncio.Task[None]] = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin.

        Raises:
            InvalidInput: The file of authorities that the settings name cannot be used.
        """
        self._context = await asyncio.to_thread(believed_certificates, self._settings.ca_file)
        self._task = asyncio.create_task(self._keep_looking(), name="webhooks")

    async def stop(self) -> None:
        """End; what is on its way is sent again under the same number by the next start."""
        tasks = [running.task for running in self._running.values()] + list(self._again.values())
        if self._task is not None:
            tasks.append(self._task)
        await _end(*tasks)

    async def _keep_looking(self) -> None:
        while True:
            try:
                await self._look()
            except DoorwardError as error:
                logger.debug("Webhooks cannot be looked for: %s", error)
            except Exception:
                logger.exception("Looking for webhooks failed.")
            await asyncio.sleep(LOOK_SECONDS)

    async def _look(self) -> None:
        known = {pk: running.changed for pk, running in self._running.items() if not running.task.done()}
        stamps, changed, letters = await asyncio.wrap_future(self._writer.call(lambda: _changed(known)))
        for pk in [pk for pk, running in self._running.items() if stamps.get(pk) != running.changed]:
            await _end(self._running.pop(pk).task)
        for webhook in changed:
            task = asyncio.create_task(self._deliver(webhook), name=f"webhook-{webhook.pk}")
            self._running[webhook.pk] = _Running(webhook.changed, task)
        for letter in letters:
            running = self._again.get(letter.webhook_id)
            if running is None or running.done():
                self._again[letter.webhook_id] = asyncio.create_task(self._send_again(letter))

    async def _deliver(self, webhook: Webhook) -> None:
        """Deliver until the webhook is changed; trouble is waited out, and then all begins with what is kept."""
        executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="webhook")
        sender = self._make_sender(executor)
        deliverer = Deliverer(
            webhook,
            Source(self._live, executor),
            self._writer,
            sender,
            give_up_seconds=self._settings.give_up_hours * HOUR_SECONDS,
        )
        try:
            await deliverer.run()
        except Stale:
            return
        except (DoorwardError, DatabaseError) as error:
            logger.warning("Webhook %s waits: %s", webhook.name, error)
            await asyncio.sleep(TROUBLE_SECONDS)
        except Exception:
            logger.exception("Webhook %s failed by a fault of the server.", webhook.name)
            await asyncio.sleep(TROUBLE_SECONDS)
        finally:
            await sender.close()
            # Not waited for: a name server that is silent would hold up the end.
            executor.shutdown(wait=False, cancel_futures=True)

    async def _send_again(self, letter: DeadLetter) -> None:
        """Send once what was given up, because somebody asked for it."""
        executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="webhook-again")
        sender = self._make_sender(executor)
        webhook = letter.webhook
        try:
            rows, _ = await Source(self._live, executor).after(letter.after, letter.wanted, LOOKED_AT_ONCE)
            items = [shown_text(row) for row in rows if row.position <= letter.until]
            if items:
                at = timezone.now().timestamp()
                answer = await send(sender, webhook.url, webhook.secret, letter.delivery, items, at)
                error = "" if answer.taken else answer.words
            else:
                error = "Its lines were removed by age; there is nothing left to send."
        except (DeliveryFailed, DatabaseError) as trouble:
            error = str(trouble)
        except Exception:
            logger.exception("A delivery that was given up could not be sent again.")
            error = "A fault of the server; its log tells more."
        finally:
            await sender.close()
            executor.shutdown(wait=False, cancel_futures=True)
        try:
            await asyncio.wrap_future(self._writer.call(lambda: _note_again(letter.pk, error)))
        except DoorwardError as trouble:
            logger.warning("The outcome of a delivery that was sent again was not noted: %s", trouble)

    def _http_sender(self, executor: ThreadPoolExecutor) -> Sender:
        assert self._context is not None, "the desk was not started"
        return HttpSender(self._context, allow_private=self._settings.allow_private, executor=executor)


def _changed(known: dict[int, datetime]) -> tuple[dict[int, datetime], list[Webhook], list[DeadLetter]]:
    """The stamps of all webhooks that are on, those that are new or changed, and what shall be sent again."""
    stamps = dict(Webhook.objects.filter(enabled=True).values_list("pk", "changed"))
    changed = [pk for pk, stamp in stamps.items() if known.get(pk) != stamp]
    again = DeadLetter.objects.filter(wanted_again__isnull=False, delivered__isnull=True, webhook__enabled=True)
    letters = list(again.select_related("webhook").order_by("pk")[:LOOKED_AT_ONCE])
    return stamps, list(Webhook.objects.filter(pk__in=changed)) if changed else [], letters


def _note_again(letter_id: int, error: str) -> None:
    delivered = None if error else timezone.now()
    letters = DeadLetter.objects.filter(pk=letter_id)
    if error:
        letters.update(wanted_again=None, error=error)
    else:
        letters.update(wanted_again=None, delivered=delivered, error="")


async def _end(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

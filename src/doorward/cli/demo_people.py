"""The people of the demonstration's devices move into its server, as those of a running site do."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from rich.markup import escape

from doorward.cli.output import counted, err, out, progress_bar
from doorward.model.errors import DoorwardError

if TYPE_CHECKING:
    import httpx

LIMIT: Final = 60.0
"""Seconds after which the demonstration goes on without them."""

LOOK_SECONDS: Final = 0.2
ANSWER_SECONDS: Final = 15.0
AT_ONCE: Final = 1_000
COMPARED: Final = "compared"
APPLIED: Final = "applied"

Answer = dict[str, Any]


class NotTakenOver(DoorwardError):
    """The server of the demonstration did not take the people over; its own words are in the message."""


async def take_people_over(address: str, token: str, devices: Sequence[int], stopped: asyncio.Event) -> None:
    """Take the people of live devices over and keep the devices up to date; what hinders that is told and no more.

    Args:
        address: The server, such as ``http://127.0.0.1:8080``.
        token: Of an administrator.
        devices: The devices; where they say different things, the first one is right.
        stopped: Ends it early.
    """
    import httpx

    client = httpx.AsyncClient(
        base_url=f"{address}/api/v1/",
        headers={"Authorization": f"Bearer {token}"},
        timeout=ANSWER_SECONDS,
        trust_env=False,  # it is on this machine, whatever proxy there is
    )
    try:
        async with asyncio.timeout(LIMIT), client:
            await TakeOver(client, devices, stopped).run()
    except TimeoutError:
        _note(f"This was not done within {LIMIT:.0f} s.")
    except httpx.HTTPError as error:
        _note(f"{str(error) or type(error).__name__}.")
    except DoorwardError as error:
        _note(error.message)


def _note(why: str) -> None:
    err.print(
        f"[yellow]Note:[/] The people of the devices are not all in the server: {escape(why)} "
        "On the console's page Sync, 'Take over' does it.",
        soft_wrap=True,
    )


class TakeOver:
    """A take-over through the API, from the first question to devices that are kept up to date.

    Args:
        client: Of the server, as an administrator.
        devices: Which devices.
        stopped: Ends it early.
    """

    def __init__(self, client: httpx.AsyncClient, devices: Sequence[int], stopped: asyncio.Event) -> None:
        self._client, self._devices, self._stopped = client, devices, stopped

    async def run(self) -> None:
        """Read, decide, apply, and keep the devices up to date.

        Raises:
            NotTakenOver: The server refused something.
            httpx.HTTPError: It did not answer.
        """
        begun = await self._ask("POST", "takeovers", {"devices": list(self._devices)})
        compared = await self._until(begun, COMPARED, "People are read and compared")
        if compared is None:
            return
        await self._decide(compared)
        begun = await self._ask("POST", f"takeovers/{begun['id']}/apply", {"plan": compared["plan"]})
        applied = await self._until(begun, APPLIED, "People come into the data")
        if applied is None:
            return
        for device in self._devices:
            await self._ask("POST", f"sync/devices/{device}/switch-on", {})
        await self._until_in_step()
        if not self._stopped.is_set():
            out.print(f"{applied['people']} people on {counted(len(self._devices), 'device')}: {applied['words']}.")

    async def _until(self, item: Answer, state: str, words: str) -> Answer | None:
        """Wait for a job; None when the demonstration ends meanwhile."""
        with progress_bar() as bar:
            task = bar.add_task(words, total=None)
            async for _ in self._looking():
                item = await self._ask("GET", f"takeovers/{item['id']}")
                job = item["job"] or {}
                bar.update(task, completed=job.get("done", 0), total=job.get("total") or None)
                if item["state"] == state:
                    bar.update(task, completed=item["people"], total=item["people"])
                    return item
                if job.get("state") in ("failed", "stopped"):
                    raise NotTakenOver(item["words"] or job["words"])
        return None

    async def _decide(self, item: Answer) -> None:
        """Let the first device be right, and of a card that several people have, the first of them."""
        path = f"takeovers/{item['id']}"
        if item["open"]:
            item = await self._ask("POST", f"{path}/decisions", {"others": str(self._devices[0])})
        while item["open"]:
            page = await self._ask("GET", f"{path}/conflicts?only_open=true&limit={AT_ONCE}")
            choices = [{"id": one["id"], "choice": one["options"][0]["choice"]} for one in page["items"]]
            item = await self._ask("POST", f"{path}/decisions", {"choices": choices})

    async def _until_in_step(self) -> None:
        with progress_bar() as bar:
            task = bar.add_task("Devices hold what the server says", total=len(self._devices))
            async for _ in self._looking():
                page = await self._ask("GET", f"sync?managed=true&limit={AT_ONCE}")
                done = sum(one["checked_at"] is not None and not _is_busy(one) for one in page["items"])
                bar.update(task, completed=done)
                if done >= len(self._devices):
                    return

    async def _looking(self) -> AsyncIterator[int]:
        """Again and again, until the demonstration ends."""
        for number in itertools.count():
            if self._stopped.is_set():
                return
            yield number
            await asyncio.sleep(LOOK_SECONDS)

    async def _ask(self, method: str, path: str, body: Answer | None = None) -> Answer:
        response = await self._client.request(method, path, json=body)
        if response.is_error:
            raise NotTakenOver(_words_of(response))
        answer: Answer = response.json()
        return answer


def _is_busy(standing: Answer) -> bool:
    return bool(standing["waiting"] or standing["comparing"] or standing["check_wanted"])


def _words_of(response: httpx.Response) -> str:
    try:
        return str(response.json()["error"])
    except (ValueError, KeyError, TypeError):
        return f"The server answered {response.status_code}."

"""What the gateway of this process sees of devices: written down now and then, and woken by a search.

The state of a device and its reason come over the bus as they change. What goes on beside them (when it is dialled
next, by how much its clock is off, who holds it) changes all the time, so it is looked at and written in one go.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any, Final, Protocol, TypeVar

from doorward.gateway.supervisor import DeviceView
from doorward.model.errors import DoorwardError
from doorward.server.devices.models import DeviceStatus

logger = logging.getLogger(__name__)

T = TypeVar("T")

LOOK_SECONDS: Final = 2.0
# A log that is asked for every few seconds has no "next time" that somebody could wait for.
SOON_SECONDS: Final = 10.0
SAME_MOMENT: Final = 1.5
SAME_DRIFT: Final = 1.0
CHECKED_STEP: Final = 60.0
"""Seconds after which a clock that shows the same drift is noted anew, so that a site does not write all day."""
WRITTEN_AT_ONCE: Final = 500


class Views(Protocol):
    """The part of a gateway that is needed here; see ``doorward.gateway.gateway.Gateway``."""

    def devices(self) -> list[DeviceView]:
        """How it stands with every device."""
        ...

    def device(self, device_id: int) -> DeviceView | None:
        """How it stands with one of them; None when the gateway never had to do with it."""
        ...

    def heard(self, device_id: int) -> None:
        """A search has heard a device."""
        ...


class Writer(Protocol):
    """Runs a function in the thread that writes; see ``doorward.server.events.writer``."""

    def call(self, function: Callable[[], T]) -> Future[T]:
        """Run it."""
        ...


class GatewayViews:
    """Writes down what a gateway sees of its devices.

    Args:
        gateway: The gateway, in whose event loop this lives.
        writer: The thread that writes.
    """

    def __init__(self, gateway: Views, writer: Writer) -> None:
        self._gateway = gateway
        self._writer = writer
        self._written: dict[int, _Seen] = {}
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def start(self) -> None:
        """Forget what the last run saw, and begin."""
        self._loop = asyncio.get_running_loop()
        await asyncio.wrap_future(self._writer.call(_forget))
        self._task = asyncio.create_task(self._keep_writing(), name="views of devices")

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def heard(self, device_ids: Iterable[int]) -> None:
        """A search heard these devices: those that are lost are dialled now. May be called in any thread."""
        if self._loop is None:
            return
        for device_id in device_ids:
            with contextlib.suppress(RuntimeError):  # a loop that is closing dials nobody
                self._loop.call_soon_threadsafe(self._gateway.heard, device_id)

    def view_of(self, device_id: int) -> DeviceView | None:
        """How it stands with a device now. May be called in any thread: what is shown is read, nothing is changed."""
        return self._gateway.device(device_id)

    async def _keep_writing(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self._look()
            except DoorwardError as error:
                logger.debug("What the gateway sees is not written down now: %s", error)

    async def _look(self) -> None:
        now = time.time()
        changed = {}
        for view in self._gateway.devices():
            seen = _Seen.of(view, now)
            before = self._written.get(view.device_id, _NOTHING)
            if seen.differs_from(before):
                changed[view.device_id] = seen
        for part in _parts(list(changed.items())):
            rows = [DeviceStatus(device_id=number, **seen.columns) for number, seen in part]
            await asyncio.wrap_future(
                self._writer.call(lambda rows=rows: DeviceStatus.objects.bulk_update(rows, COLUMNS))  # type: ignore[misc]
            )
            self._written.update(part)


COLUMNS: Final = ("next_attempt", "held_since", "clock_drift_seconds", "clock_checked")


class _Seen:
    """What is written of one device, in seconds since 1970 in UTC."""

    __slots__ = ("attempt", "checked", "drift", "held")

    def __init__(self, attempt: float | None, held: float | None, drift: float | None, checked: float | None) -> None:
        self.attempt, self.held, self.drift, self.checked = attempt, held, drift, checked

    @classmethod
    def of(cls, view: DeviceView, now: float) -> _Seen:
        wait = view.next_action_in
        told = wait is not None and (view.is_dialled_next or wait >= SOON_SECONDS)
        attempt = now + wait if told and wait is not None else None
        return cls(attempt, view.held_since, view.clock_drift, view.clock_checked)

    def differs_from(self, other: _Seen) -> bool:
        """Whether it is worth writing."""
        return (
            _apart(self.attempt, other.attempt, SAME_MOMENT)
            or self.held != other.held
            or _apart(self.drift, other.drift, SAME_DRIFT)
            or _apart(self.checked, other.checked, CHECKED_STEP)
        )

    @property
    def columns(self) -> dict[str, Any]:
        return {
            "next_attempt": _moment(self.attempt),
            "held_since": _moment(self.held),
            "clock_drift_seconds": self.drift,
            "clock_checked": _moment(self.checked),
        }


_NOTHING: Final = _Seen(None, None, None, None)

_views: GatewayViews | None = None


def set_gateway_views(views: GatewayViews | None) -> None:
    """Name those of this process."""
    global _views  # noqa: PLW0603 - one process has one gateway
    _views = views


def view_of(device_id: int) -> DeviceView | None:
    """How the gateway of this process stands with a device now; None without a gateway, or when it knows nothing."""
    return None if _views is None else _views.view_of(device_id)


def tell_heard(device_ids: Iterable[int]) -> None:
    """A search heard these devices; without a gateway in this process nobody needs to know."""
    if _views is not None:
        _views.heard(device_ids)


def _forget() -> None:
    # How far a clock was off stays true until it is read again; the rest ended with the last run.
    DeviceStatus.objects.update(next_attempt=None, held_since=None)


def _apart(one: float | None, other: float | None, step: float) -> bool:
    if one is None or other is None:
        return one is not other
    return abs(one - other) >= step


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _parts(items: list[tuple[int, _Seen]]) -> Iterable[list[tuple[int, _Seen]]]:
    return (items[begin : begin + WRITTEN_AT_ONCE] for begin in range(0, len(items), WRITTEN_AT_ONCE))

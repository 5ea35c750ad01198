"""The gateway's directory: all devices in memory, kept in step with the database.

A device that redials is answered from memory; only what changes is written, by the one thread that writes.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final, Protocol, TypeVar

from django.conf import settings
from django.utils import timezone

from doorward.gateway.collaborators import (
    Approval,
    ConnectionMode,
    DeviceEntry,
    Sighting,
    SightingKind,
    StoreUnavailable,
)
from doorward.model.errors import DoorwardError
from doorward.server.devices.changes import listen
from doorward.server.devices.models import ConnectionHistory, Device
from doorward.server.devices.services import MOST_WAITING_DEVICES, tell_device
from doorward.server.sync.lookups import record_by_card, record_by_number

logger = logging.getLogger(__name__)

T = TypeVar("T")

# Another process, such as the command line, tells nobody when it changes a device: it is looked for so often.
LOOK_SECONDS: Final = 1.0
# Clocks of two processes on one machine agree; a transaction may take this long to commit after it read the clock.
LOOK_BACK: Final = timedelta(seconds=30)
# "Last seen" is kept by the minute: a device that redials every few seconds would else write all day.
SEEN_STEP: Final = 60.0


class Writer(Protocol):
    """Runs a function in the thread that writes; see ``doorward.server.events.writer``."""

    def call(self, function: Callable[[], T]) -> Future[T]:
        """Run it."""
        ...


class DatabaseDirectory:
    """The devices of the database. Lives in the event loop in which it is started."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._entries: dict[int, DeviceEntry] = {}
        self._changed: dict[int, datetime] = {}
        self._seen: dict[int, tuple[float, str]] = {}
        self._readers: list[asyncio.Queue[int]] = []
        self._looked: datetime = datetime.fromtimestamp(0, UTC)
        self._task: asyncio.Task[None] | None = None
        self._end_listening: Callable[[], None] | None = None
        self._hint = asyncio.Event()

    async def start(self) -> None:
        """Read all devices and begin to look for changes."""
        loop = asyncio.get_running_loop()
        await self._look(first=True)

        def changed(_device_id: int) -> None:
            loop.call_soon_threadsafe(self._hint.set)

        self._end_listening = listen(changed)
        self._task = asyncio.create_task(self._keep_looking(), name="directory")

    async def stop(self) -> None:
        """End."""
        if self._end_listening is not None:
            self._end_listening()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    # --- What the gateway asks ----------------------------------------------------------------------------------------

    async def entry(self, device_id: int) -> DeviceEntry | None:
        """What is known of a device."""
        return self._entries.get(device_id)

    async def direct_entries(self) -> Sequence[DeviceEntry]:
        """The enabled and approved devices in direct mode."""
        return [
            entry
            for entry in self._entries.values()
            if entry.mode is ConnectionMode.DIRECT and entry.enabled and entry.approval is Approval.APPROVED
        ]

    async def sighted(self, sighting: Sighting) -> DeviceEntry:
        """Note a sighting; see ``doorward.gateway.collaborators.Directory``. Never waits for a troubled database."""
        address = host_of(sighting.address)
        entry = self._entries.get(sighting.device_id)
        moved = entry is not None and self._asks_again(entry, sighting, address)
        seen = self._seen.get(sighting.device_id)
        known = entry is not None and (entry.model or not sighting.model)
        if known and not moved and seen is not None and seen[1] == address and sighting.at - seen[0] < SEEN_STEP:
            assert entry is not None
            return entry
        self._seen[sighting.device_id] = (sighting.at, address)
        try:
            changed = await asyncio.wrap_future(
                self._writer.call(lambda: _note_sighting(sighting, address, moved=moved))
            )
        except StoreUnavailable as error:
            self._seen.pop(sighting.device_id, None)
            logger.warning("Device %s was seen at %s but not noted: %s", sighting.device_id, address, error.message)
            changed = None
        if changed is not None:
            self._take(changed)
            return self._entries[sighting.device_id]
        # Not noted: it stays outside, which is safe whatever the reason.
        stranger = entry or DeviceEntry(device_id=sighting.device_id, model=sighting.model, zone=_site_zone())
        return replace(stranger, approval=Approval.WAITING) if moved or entry is None else stranger

    async def changes(self) -> AsyncIterator[int]:
        """The devices whose entry changed, as it happens."""
        reader: asyncio.Queue[int] = asyncio.Queue()
        self._readers.append(reader)
        try:
            while True:
                yield await reader.get()
        finally:
            self._readers.remove(reader)

    async def user_by_id(self, device_id: int, user: int) -> bytes | None:
        """The header of a person who has a right at the asking device, by number."""
        entry = self._entries.get(device_id)
        if entry is None or entry.model is None:
            return None
        return await self._in_writer(partial(record_by_number, device_id, entry.model, entry.zone, user))

    async def user_by_card(self, device_id: int, card: int, custom_id: int) -> bytes | None:
        """The header of a person who has a right at the asking device, by card."""
        entry = self._entries.get(device_id)
        if entry is None or entry.model is None:
            return None
        return await self._in_writer(partial(record_by_card, device_id, entry.model, entry.zone, card, custom_id))

    async def _in_writer(self, function: Callable[[], T]) -> T:
        return await asyncio.wrap_future(self._writer.call(function))

    # --- In step with the database ------------------------------------------------------------------------------------

    @staticmethod
    def _asks_again(entry: DeviceEntry, sighting: Sighting, address: str) -> bool:
        return (
            sighting.kind is SightingKind.DIALLED_IN
            and entry.approval is Approval.APPROVED
            and entry.approved_address is not None
            and entry.approved_address != address
            # A certificate proves the number; where the device stands then matters no more.
            and not sighting.certified
        )

    async def _keep_looking(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._hint.wait()
            self._hint.clear()
            try:
                await self._look()
            except DoorwardError as error:
                logger.debug("Changed devices cannot be looked for: %s", error)

    async def _look(self, *, first: bool = False) -> None:
        since = self._looked - LOOK_BACK
        begin = timezone.now()
        known = dict(self._changed)
        found, removed = await asyncio.wrap_future(
            self._writer.call(lambda: (_changed_since(None if first else since, known), _removed(known)))
        )
        self._looked = begin
        for device in found:
            self._take(device)
        for device_id in removed:
            for memory in (self._entries, self._changed, self._seen):
                memory.pop(device_id, None)
        if not first:
            for device_id in (*(device.pk for device in found), *removed):
                for reader in self._readers:
                    reader.put_nowait(device_id)

    def _take(self, device: Device) -> None:
        self._entries[device.pk] = entry_of(device)
        self._changed[device.pk] = device.changed


def host_of(address: str) -> str:
    """The host of an address that may carry a port: the port of a device that dials in is another one each time."""
    text = address.strip()
    for candidate in (text, text.rpartition(":")[0].strip("[]")):
        try:
            found = ipaddress.ip_address(candidate)
        except ValueError:
            continue
        mapped = getattr(found, "ipv4_mapped", None)
        return str(mapped or found)
    return text


def entry_of(device: Device) -> DeviceEntry:
    """A device as the gateway knows it."""
    return DeviceEntry(
        device_id=device.pk,
        generation=device.generation,
        model=device.model or None,
        approval=Approval(device.approval),
        enabled=device.enabled,
        mode=ConnectionMode(device.mode),
        address=device.address or None,
        port=device.port,
        approved_address=device.approved_address or None,
        zone=device.zone or _site_zone(),
        time_sync=device.time_sync,
        password=device.password.encode() or None,
        line_left=device.line_left,
        agent=device.agent_id,
    )


def _site_zone() -> str:
    zone: Any = settings.TIME_ZONE
    return str(zone)


def _changed_since(since: datetime | None, known: dict[int, datetime]) -> list[Device]:
    """The devices that changed since a moment and are not known in this state; all without a moment."""
    if since is None:
        return list(Device.objects.all())
    stamps = Device.objects.filter(changed__gte=since).values_list("pk", "changed")
    changed = [device_id for device_id, stamp in stamps if known.get(device_id) != stamp]
    return [device for part in _parts(changed) for device in Device.objects.filter(pk__in=part)]


def _removed(known: Iterable[int]) -> list[int]:
    """The devices that were known and are no more. Devices are removed seldom, so mostly a count tells enough."""
    numbers = set(known)
    if Device.objects.count() >= len(numbers):
        return []
    return sorted(numbers.difference(Device.objects.values_list("pk", flat=True)))


def _parts(numbers: list[int]) -> Iterator[list[int]]:
    # Older SQLite takes at most 999 values in one statement.
    return (numbers[begin : begin + 900] for begin in range(0, len(numbers), 900))


def _note_sighting(sighting: Sighting, address: str, *, moved: bool) -> Device | None:
    """Write a sighting down, in the writer's thread; None when a stranger is one too many."""
    now = timezone.now()
    seen = datetime.fromtimestamp(sighting.at, UTC)
    device = Device.objects.select_for_update().filter(pk=sighting.device_id).first()
    if device is None:
        if Device.objects.filter(approval=Approval.WAITING.value).count() >= MOST_WAITING_DEVICES:
            logger.warning("Device %s at %s is not noted: too many wait.", sighting.device_id, address)
            return None
        device = Device(device_id=sighting.device_id, model=sighting.model or "", first_seen=seen, changed=now)
        device.last_seen, device.last_address = seen, address
        device.save(force_insert=True)
        reason = f"Seen for the first time: {sighting.kind.value} from {address}."
        ConnectionHistory.objects.create(device=device, state=Approval.WAITING.value, reason=reason, since=now)
        tell_device(device, "added", reason=reason)
        return device
    fields = ["last_seen", "last_address"]
    device.last_seen, device.last_address = seen, address
    if sighting.model and not device.model:
        device.model = sighting.model
        fields.append("model")
    if moved and device.approval == Approval.APPROVED.value and device.approved_address != address:
        reason = f"Came from {address} instead of {device.approved_address}: it waits for approval again."
        device.approval = Approval.WAITING.value
        device.approval_at, device.changed = None, now
        fields += ["approval", "approval_at", "changed"]
        ConnectionHistory.objects.create(device=device, state=device.approval, reason=reason, since=now)
        tell_device(device, "waiting", reason=reason)
    device.save(update_fields=fields)
    return device

"""Saving everything that can be read from a device into one file."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from doorward.device.backup_file import BackupWriter, Manifest, as_line
from doorward.device.biostar1.credentials import CardTechnology
from doorward.device.biostar1.driver import BioStar1Device
from doorward.device.biostar1.greetings import greeting_record
from doorward.model.errors import DeviceRefused, Unsupported
from doorward.protocol.biostar1.models import Capability, Family
from doorward.protocol.biostar1.records import BlacklistItem, ExtendedBlacklistItem, ImageLogHeader
from doorward.protocol.biostar1.results import NotFoundError
from doorward.protocol.layout import Record

BackupProgress = Callable[[str, int, int | None], None]
"""Told the part that is being read, how many of its items were read, and of how many."""

SECRET_BLOCKS = frozenset(
    {"encryption", "master-password", "system-information", "wireless", "interphone", "videophone", "pin-only-mode"}
)
"""Configuration blocks with passwords and keys."""


async def save_backup(
    device: BioStar1Device,
    path: Path,
    *,
    overwrite: bool = False,
    with_log: bool = True,
    with_images: bool = True,
    progress: BackupProgress | None = None,
) -> Manifest:
    """Save everything that can be read from a device into one file; see ``backup_file`` for what is in it.

    The file holds secrets and is readable for its owner alone. It appears when it is complete; when the line fails
    or the call is cancelled, nothing is left behind.

    Args:
        device: The device.
        path: Where the backup shall be.
        overwrite: Whether a file that is there may be replaced.
        with_log: Whether the log is saved too. It cannot be written back to a device.
        with_images: Whether the pictures of events are saved too. They cannot be written back either.
        progress: Told what is being read.

    Returns:
        The manifest, with what is in the backup and what could not be read.

    Raises:
        InvalidInput: The file cannot be there.
        DoorwardError: The line failed, or the device broke a rule.
    """
    with BackupWriter(path, overwrite=overwrite) as writer:
        saving = _Saving(device, writer, progress)
        information = await device.information()
        device_time = await device.time()
        await saving.configuration()
        await saving.people()
        await saving.rights()
        await saving.others()
        if with_log:
            await saving.attempt("log", saving.log())
        if with_images and device.context.model.can(Capability.CAMERA):
            await saving.attempt("image-log", saving.images())
        return writer.finish(
            Manifest(
                created=datetime.now(UTC).isoformat(timespec="seconds"),
                device={
                    "device_id": information.device_id,
                    "model": information.model,
                    "title": information.title,
                    "type": device.context.model.device_type,
                    "generation": information.generation,
                    "product_name": information.product_name,
                    "firmware_version": information.firmware_version,
                    "board_version": information.board_version,
                    "mac_address": information.mac_address,
                },
                device_time=device_time.isoformat(),
                skipped=saving.skipped,
            )
        )


class _Saving:
    """One backup under way."""

    def __init__(self, device: BioStar1Device, writer: BackupWriter, progress: BackupProgress | None) -> None:
        self.skipped: dict[str, str] = {}
        self._device = device
        self._writer = writer
        self._progress = progress

    def _tell(self, part: str, done: int, total: int | None) -> None:
        if self._progress is not None:
            self._progress(part, done, total)

    async def attempt(self, name: str, reading: Awaitable[None]) -> None:
        """Read a part; what the device refuses or lacks is noted, what else fails ends the backup."""
        self._tell(name, 0, None)
        try:
            await reading
        except (DeviceRefused, Unsupported) as error:
            self.skipped[name] = error.message

    async def configuration(self) -> None:
        types = self._device.configuration.types
        for done, known in enumerate(types, 1):
            name = f"configuration/{known.number:#04x}"
            await self.attempt(name, self._block(known.number, name, known.name in SECRET_BLOCKS))
            self._tell("configuration", done, len(types))

    async def _block(self, number: int, name: str, secret: bool) -> None:
        content = await self._device.configuration.read_bytes(number)
        self._writer.add(name, f"{name}.bin", content, secret=secret)

    async def people(self) -> None:
        await self.attempt("people", self._people())

    async def _people(self) -> None:
        people = self._device.people
        total = len(await people.summaries())
        with self._writer.part("people", "people.jsonl", secret=True) as part:
            async for person in people.all(progress=lambda done, total: self._tell("people", done, total)):
                assert person.origin is not None
                line: dict[str, Any] = {
                    "number": person.number,
                    "form": person.origin.form,
                    "record": person.origin.content,
                }
                picture = await self._picture(person.number)
                if picture:
                    line["picture"] = picture
                part.write(as_line(line))
        self._tell("people", total, total)

    async def _picture(self, number: int) -> bytes:
        if not self._device.context.model.can(Capability.SCREEN) or "pictures" in self.skipped:
            return b""
        try:
            return await self._device.people.picture(number)
        except NotFoundError:
            return b""
        except DeviceRefused as error:
            self.skipped["pictures"] = error.message
            return b""

    async def rights(self) -> None:
        rights = self._device.rights
        await self.attempt("holidays", self._records("holidays", rights.holidays.read_records()))
        await self.attempt("schedules", self._records("schedules", rights.schedules.read_records()))
        await self.attempt("access-groups", self._records("access-groups", rights.access_groups.read_records()))
        if self._device.context.model.family is not Family.BIOSTATION:
            return
        legacy = rights.legacy
        await self.attempt("legacy-holidays", self._records("legacy-holidays", legacy.holidays.read()))
        await self.attempt("legacy-schedules", self._records("legacy-schedules", legacy.schedules.read()))
        await self.attempt("legacy-access-groups", self._records("legacy-access-groups", legacy.access_groups.read()))

    async def _records(self, name: str, reading: Awaitable[Iterable[Record]]) -> None:
        records = list(await reading)
        codec = self._device.context.text_codec
        content = b"".join(record.to_bytes(text_codec=codec) for record in records)
        self._writer.add(name, f"{name}.bin", content, count=len(records))

    async def others(self) -> None:
        await self.attempt("blacklist", self._records("blacklist", self._plain_blacklist()))
        await self.attempt("blacklist-extended", self._records("blacklist-extended", self._extended_blacklist()))
        for technology in CardTechnology:
            name = f"card-layout-{technology.name.lower()}"
            await self.attempt(name, self._layout(name, technology))
        if self._device.context.model.can(Capability.PRIVATE_GREETING):
            await self.attempt("greetings", self._greetings())

    async def _plain_blacklist(self) -> list[BlacklistItem]:
        return await self._device.blacklist.read_records()

    async def _extended_blacklist(self) -> list[ExtendedBlacklistItem]:
        return await self._device.blacklist.read_extended_records()

    async def _layout(self, name: str, technology: CardTechnology) -> None:
        layout = await self._device.template_cards.layout(technology)
        self._writer.add(name, f"{name}.bin", layout.to_bytes())

    async def _greetings(self) -> None:
        greetings = self._device.greetings
        codec = self._device.context.text_codec
        with self._writer.part("greetings", "greetings.jsonl") as part:
            for summary in await greetings.all():
                with contextlib.suppress(NotFoundError):
                    greeting = await greetings.get(summary.person)
                    record = greeting_record(greeting).to_bytes(text_codec=codec)
                    part.write(as_line({"record": record, "picture": greeting.picture}))

    async def log(self) -> None:
        log = self._device.log
        with self._writer.part("log", "log.bin") as part:
            async for chunk in log.records(progress=lambda done, total: self._tell("log", done, total)):
                part.write(chunk.content, items=len(chunk))

    async def images(self) -> None:
        total = await self._device.image_log.count()
        with self._writer.part("image-log", "image-log.bin", secret=True) as part:
            async for image in self._device.image_log.images():
                header = ImageLogHeader(
                    event=image.event.code,
                    sub_event=image.event.sub_code,
                    local_time=image.event.local_time,
                    user_id=image.event.person,
                    image_size=len(image.picture),
                    device_id=image.event.device_id,
                )
                part.write(header.to_bytes() + image.picture)
                self._tell("image-log", part.count, total)

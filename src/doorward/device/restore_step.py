"""The steps of a restore and the words for them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field

from doorward.device.backup_file import Backup, DamagedBackup
from doorward.device.biostar1.driver import BioStar1Device
from doorward.model.errors import DeviceRefused, Unsupported
from doorward.protocol.errors import RemoteProtocolError
from doorward.protocol.layout import Record, split_records

NUMBERS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class RestoreStep:
    """One thing that a restore writes.

    Attributes:
        words: What changes.
        run: Writes it.
    """

    words: str
    run: Callable[[], Awaitable[None]] = field(repr=False)


@dataclass(slots=True)
class Planning:
    """A plan that is being made.

    Attributes:
        device: The device.
        backup: The backup.
        steps: What is to be written so far.
        notes: What is not restored, and why.
    """

    device: BioStar1Device
    backup: Backup
    steps: list[RestoreStep] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def text_codec(self) -> str:
        """The code page of the device."""
        return self.device.context.text_codec

    def add(self, words: str, run: Callable[[], Awaitable[None]]) -> None:
        """Plan a step."""
        self.steps.append(RestoreStep(words, run))

    async def attempt(self, what: str, planning: Awaitable[None]) -> None:
        """Plan a part; one that the device refuses to show is noted and left alone."""
        try:
            await planning
        except (DeviceRefused, Unsupported) as error:
            self.notes.append(f"{what}: not restored. {error.message}")

    def records(self, name: str, record: type[Record]) -> list[Record]:
        """The records of a part.

        Raises:
            DamagedBackup: They are not whole records.
        """
        try:
            return list(split_records(record, self.backup.read(name), text_codec=self.text_codec))
        except RemoteProtocolError as error:
            raise DamagedBackup(f"{self.backup.path}: {name}: {error.message}.") from error


def difference(before: Mapping[int, bytes], after: Mapping[int, bytes]) -> str:
    """What changes between two tables, in words; empty when nothing does."""
    groups = {
        "add": [number for number in after if number not in before],
        "change": [number for number in after if number in before and before[number] != after[number]],
        "delete": [number for number in before if number not in after],
    }
    return ", ".join(f"{verb} {listed(numbers)}" for verb, numbers in groups.items() if numbers)


def listed(numbers: Iterable[int]) -> str:
    """Numbers in words, a long list cut."""
    ordered = sorted(numbers)
    words = ", ".join(map(str, ordered[:NUMBERS_SHOWN]))
    more = len(ordered) - NUMBERS_SHOWN
    return f"{words} and {more} more" if more > 0 else words

"""Writing a backup to a device: first a plan in words, then the plan step by step.

A plan holds only what differs, so it is resumed by making it again: what was written before has vanished from it.
Nothing is written before ``RestorePlan.apply`` is called.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from doorward.device.backup_file import Backup, DamagedBackup
from doorward.device.biostar1.driver import BioStar1Device
from doorward.device.restore_configuration import plan_configuration
from doorward.device.restore_people import plan_people
from doorward.device.restore_step import Planning, RestoreStep
from doorward.device.restore_tables import plan_lists, plan_tables
from doorward.model.errors import DoorwardError, Unsupported
from doorward.protocol.biostar1.models import MODELS_BY_SLUG

Progress = Callable[[int, int | None], None]


class RestoreIncomplete(DoorwardError):
    """A restore stopped on its way.

    Attributes:
        done: What was written, in words.
        failed: What was being written; it may or may not have taken effect.
        remaining: What was not begun.
        reason: What the device or the line said.
    """

    def __init__(
        self, *, done: tuple[str, ...], failed: str, remaining: tuple[str, ...], reason: DoorwardError
    ) -> None:
        super().__init__(
            f"The restore stopped at: {failed}. {reason.message} {len(done)} steps were done before, "
            f"{len(remaining)} were not begun.",
            advice="Mend the cause and restore again: what was written already is left out then.",
        )
        self.done = done
        self.failed = failed
        self.remaining = remaining
        self.reason = reason


@dataclass(slots=True)
class RestorePlan:
    """What a restore would change.

    Attributes:
        steps: What is written, in order.
        notes: What is not restored, and why.
        warnings: What to think of before it is applied.
        done: How many steps were done.
    """

    steps: tuple[RestoreStep, ...]
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    done: int = field(default=0)

    @property
    def is_empty(self) -> bool:
        """Whether the device holds already what the backup holds."""
        return not self.steps

    @property
    def lines(self) -> tuple[str, ...]:
        """What will change, in words, a line for each step."""
        return tuple(step.words for step in self.steps)

    async def apply(self, *, progress: Progress | None = None) -> None:
        """Write step by step, beginning after those that were done.

        It may be cancelled; ``done`` tells how far it came. Make a new plan to go on.

        Args:
            progress: Told how many steps are done, and of how many.

        Raises:
            RestoreIncomplete: A step failed; it tells what was written and what was not.
        """
        words = self.lines
        while self.done < len(self.steps):
            if progress is not None:
                progress(self.done, len(self.steps))
            try:
                await self.steps[self.done].run()
            except DoorwardError as error:
                raise RestoreIncomplete(
                    done=words[: self.done],
                    failed=words[self.done],
                    remaining=words[self.done + 1 :],
                    reason=error,
                ) from error
            self.done += 1
        if progress is not None:
            progress(self.done, len(self.steps))


async def plan_restore(
    device: BioStar1Device,
    backup: Backup,
    *,
    delete_others: bool = False,
    with_network: bool = False,
    with_security: bool = False,
    progress: Progress | None = None,
) -> RestorePlan:
    """Compare a backup with a device and plan what to write. Nothing is written here.

    Args:
        device: The device; of the same family as the one that was backed up.
        backup: The backup.
        delete_others: Delete people who are on the device but not in the backup; they stay otherwise.
        with_network: Write the network settings too, last of all. Two devices with one address disturb each other.
        with_security: Write template encryption and the master password too. A device may delete all templates when
            its encryption changes (by the vendor's manual; not verified).
        progress: Told how many people were compared, and of how many.

    Raises:
        Unsupported: The backup is of a device of another family.
        DamagedBackup: The backup is not as it was written.
    """
    _check_family(device, backup)
    planning = Planning(device, backup)
    origin = backup.manifest.device
    warnings: tuple[str, ...] = ()
    if origin.get("device_id") != device.device_id:
        words = f"The backup is of device {origin.get('device_id')} ({origin.get('title')})"
        warnings = (f"{words}, this is device {device.device_id} ({device.title}).",)
    await plan_tables(planning)
    await planning.attempt("people", plan_people(planning, delete_others=delete_others, progress=progress))
    await plan_lists(planning)
    await plan_configuration(planning, with_network=with_network, with_security=with_security)
    for name in ("log", "image-log"):
        if backup.has(name):
            planning.notes.append(f"{name}: a device takes no log from outside; it stays in the backup")
    return RestorePlan(tuple(planning.steps), tuple(planning.notes), warnings)


def _check_family(device: BioStar1Device, backup: Backup) -> None:
    slug = str(backup.manifest.device.get("model"))
    model = MODELS_BY_SLUG.get(slug)
    if model is None:
        raise DamagedBackup(f"{backup.path} is of the model {slug!r}, which is not known.")
    if model.family is not device.context.model.family:
        raise Unsupported(
            f"A backup of a {model.title} cannot be written to a {device.title}: they keep people in different forms.",
            advice="Restore it to a device of the same family, or move the people as CSV.",
        )

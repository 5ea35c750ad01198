"""What can go wrong with a device beyond the wire."""

from __future__ import annotations

from doorward.model.errors import DoorwardError, NotReached


class WrongDevice(NotReached):
    """Another device than the expected one answers at this address.

    Args:
        message: Who was expected and who answered.
        device_id: The serial number of the device that answered; 0 when it is not known.
        advice: What to do next.
    """

    def __init__(self, message: str, *, device_id: int = 0, advice: str | None = None) -> None:
        super().__init__(message, advice=advice)
        self.device_id = device_id


class WrongGeneration(NotReached):
    """Something listens, but it is not a device of the generation that was asked for."""


class EnrollmentIncomplete(DoorwardError):
    """Some people were enrolled and some were not.

    Attributes:
        enrolled: Numbers of the people that the device holds now, in the order given.
        refused: Number of the person at whom it stopped.
        not_sent: Numbers of the people that were not tried.
        uncertain: Numbers of people whose transfer was cut: the device may or may not hold them.
        reason: What the device or the line said.
    """

    def __init__(
        self,
        *,
        enrolled: tuple[int, ...],
        refused: int | None,
        not_sent: tuple[int, ...],
        uncertain: tuple[int, ...],
        reason: DoorwardError,
    ) -> None:
        parts = [f"{len(enrolled)} people are enrolled"]
        if refused is not None:
            parts.append(f"person {refused} was refused")
        if uncertain:
            parts.append(f"{len(uncertain)} may or may not be enrolled ({_numbers(uncertain)})")
        if not_sent:
            parts.append(f"{len(not_sent)} were not sent ({_numbers(not_sent)})")
        super().__init__(f"{'; '.join(parts)}. {reason.message}", advice=reason.advice)
        self.enrolled = enrolled
        self.refused = refused
        self.not_sent = not_sent
        self.uncertain = uncertain
        self.reason = reason


def _numbers(numbers: tuple[int, ...], shown: int = 5) -> str:
    words = ", ".join(map(str, numbers[:shown]))
    return words if len(numbers) <= shown else f"{words}, ..."

"""Months of a device's clock, by which events are partitioned and retired."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from doorward.model.events import EPOCH


class Month(NamedTuple):
    """A month; compares in the order of time."""

    year: int
    number: int

    @classmethod
    def of(cls, moment: datetime) -> Month:
        """The month of a moment, as it stands on its own clock."""
        return cls(moment.year, moment.month)

    @classmethod
    def of_second(cls, local_time: int) -> Month:
        """The month of a second counted from 1970."""
        return cls.of(EPOCH + timedelta(seconds=local_time))

    def plus(self, months: int) -> Month:
        """The month so many months later, or earlier."""
        count = self.year * 12 + self.number - 1 + months
        return Month(count // 12, count % 12 + 1)

    @property
    def start(self) -> int:
        """First second, counted from 1970 on the same clock."""
        return round((datetime(self.year, self.number, 1) - EPOCH).total_seconds())  # noqa: DTZ001 - a device's clock has no zone

    @property
    def end(self) -> int:
        """First second of the next month."""
        return self.plus(1).start

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"

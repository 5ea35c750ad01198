"""What a virtual device has to ask its server, in order, and what becomes of it when the line breaks."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Any

from doorward.model.errors import NotReached
from doorward.protocol.biostar1.device_end import Answered
from doorward.protocol.biostar1.server_mode import DeviceRequest

MOST_WAITING = 4_096
"""Records that wait to be pushed; further ones stay in the device's log alone, where the server reads them."""


@dataclass(slots=True)
class OpenQuestion:
    """A question that waits to be asked or answered.

    Attributes:
        request: The question.
        answer: Somebody who waits for the answer; None when nobody does.
        is_push: Whether it reports something; such a question is asked again until it is answered.
    """

    request: DeviceRequest[Any]
    answer: asyncio.Future[Answered] | None = None
    is_push: bool = False

    def answered(self, answered: Answered) -> None:
        """Give the answer to whoever waits for it."""
        if self.answer is not None and not self.answer.done():
            self.answer.set_result(answered)

    def give_up(self, reason: str) -> None:
        """Tell whoever waits that there will be no answer."""
        if self.answer is not None and not self.answer.done():
            self.answer.set_exception(NotReached(reason, advice="Try again when the device is connected."))


class QuestionQueue:
    """The questions of one device, asked one at a time.

    Args:
        keeps_pushes: Whether pushes that were not asked yet wait for the next connection; else they stay in the log
            alone. The one that was asked and not answered is always asked again.
    """

    __slots__ = ("_waiting", "_wake", "current", "keeps_pushes")

    def __init__(self, *, keeps_pushes: bool = False) -> None:
        self.keeps_pushes = keeps_pushes
        self.current: OpenQuestion | None = None
        self._waiting: deque[OpenQuestion] = deque()
        self._wake = asyncio.Event()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, question: OpenQuestion) -> bool:
        """Ask when it is this question's turn; False when too many wait."""
        if len(self._waiting) >= MOST_WAITING:
            return False
        self._waiting.append(question)
        self._wake.set()
        return True

    async def next(self, seconds: float) -> OpenQuestion | None:
        """Take the next question; None when there was none for so long. It is current until ``done``."""
        if self.current is not None:  # it was not answered on the last connection
            return self.current
        if not self._waiting:
            self._wake.clear()
            try:
                async with asyncio.timeout(seconds):
                    await self._wake.wait()
            except TimeoutError:
                return None
        self.current = self._waiting.popleft()
        return self.current

    def done(self, answered: Answered) -> None:
        """The current question is answered."""
        question, self.current = self.current, None
        if question is not None:
            question.answered(answered)

    def line_lost(self, reason: str) -> None:
        """Decide what is asked again on the next connection."""
        if self.current is not None and not self.current.is_push:
            self.current.give_up(reason)
            self.current = None
        waiting, self._waiting = self._waiting, deque()
        for question in waiting:
            if question.is_push and self.keeps_pushes:
                self._waiting.append(question)
            else:
                question.give_up(reason)

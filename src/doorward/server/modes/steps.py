"""The steps of a change of mode: what is done, what is sent, from where and to which port; told as they come."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from django.utils import timezone

from doorward.model.errors import DoorwardError
from doorward.server.events.choices import Kind
from doorward.server.events.happenings import tell
from doorward.server.modes.choices import StepState
from doorward.server.modes.models import ModeChange


@dataclass(slots=True)
class Step:
    """One step.

    Attributes:
        key: Its name for programs.
        title: What is done.
        state: How it does, see ``StepState``.
        sends: What is sent, from where and to which port; empty where nothing is sent.
        text: What came of it.
        at: When it began, as ISO text.
        seconds: How long it took; None while it runs.
    """

    key: str
    title: str
    state: str = StepState.RUNNING.value
    sends: str = ""
    text: str = ""
    at: str = ""
    seconds: float | None = None


class Steps:
    """Writes the steps of a change down and tells them.

    Args:
        change: The change.
    """

    def __init__(self, change: ModeChange) -> None:
        self._change = change

    @contextmanager
    def one(self, key: str, title: str) -> Iterator[Step]:
        """Do a step inside; an error that leaves is its outcome.

        The step goes on under its key where it was begun before, as after a restart of the server.
        """
        begun = timezone.now()
        step = Step(key, title, at=begun.isoformat())
        self.show(step)
        try:
            yield step
            if step.state == StepState.RUNNING:
                step.state = StepState.DONE.value
        except DoorwardError as error:
            step.state, step.text = StepState.FAILED.value, error.message
            raise
        finally:
            if step.state == StepState.RUNNING:
                step.state, step.text = StepState.FAILED.value, step.text or "It was broken off."
            step.seconds = round((timezone.now() - begun).total_seconds(), 1)
            self.show(step)

    def show(self, step: Step) -> None:
        """Write a step down as it is now, and tell it."""
        change = self._change
        rest = [each for each in change.steps if each["key"] != step.key]
        change.steps = [*rest, asdict(step)]
        ModeChange.objects.filter(pk=change.pk).update(steps=change.steps)
        tell_change(change, step.title, step.sends or step.text)


def tell_change(change: ModeChange, title: str, words: str) -> None:
    """Tell all who follow the stream how far a change is."""
    data = {
        "what": "mode change",
        "target": str(change.target),
        "progress": str(change.state),
        "step": title,
        "words": words,
        "by": change.by,
    }
    tell(Kind.DEVICE, data, device_id=change.device_id)

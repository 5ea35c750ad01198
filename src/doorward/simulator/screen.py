"""What a virtual terminal shows and plays."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from doorward.protocol.biostar1.commands import screen
from doorward.protocol.biostar1.message import Message
from doorward.protocol.biostar1.models import Capability, DeviceModel, Family
from doorward.protocol.biostar1.request import Request
from doorward.protocol.biostar1.results import INVALID_PARAMETER, NOT_FOUND
from doorward.simulator.outcome import DONE, Handlers, Outcome, refused
from doorward.simulator.state import StateStore, Table

BACKGROUND_PLACES = (0, 1)  # logo and notice


class Screen:
    """The display and the loudspeaker.

    Attributes:
        notice: The text that is shown, as it came; empty when none is.
        page: Text and picture of the page that a server shows; None when none is.
        keys: What somebody will press when keys are asked for, one entry a question.
        played: Sounds that were played: numbers of stored ones, or files that were sent along.
        backgrounds: Pictures by place.
        slides: Pictures of the slide show by number.
        sounds: Sound files by number.
        languages: Language files by number.
        agreement: The agreement text under number 0.
    """

    def __init__(self, model: DeviceModel, store: StateStore) -> None:
        self._model = model
        self.notice = b""
        self.page: tuple[bytes, bytes] | None = None
        self.keys: deque[bytes] = deque()
        self.played: deque[int | bytes] = deque(maxlen=16)
        self.backgrounds = Table(store, "background")
        self.slides = Table(store, "slide")
        self.sounds = Table(store, "sound")
        self.languages = Table(store, "language")
        self.agreement = Table(store, "agreement")

    def clear(self) -> None:
        """Go back to what the device shows from the factory."""
        self.notice, self.page = b"", None
        for table in (self.backgrounds, self.slides, self.sounds, self.languages, self.agreement):
            table.clear()

    def handlers(self) -> Handlers:
        """What the model's screen answers; a device without one answers nothing of this."""
        if not self._model.can(Capability.SCREEN):
            return {}
        answers: dict[type[Request[Any]], Callable[[Any], Outcome]] = {screen.ShowNotice: self._show_notice}
        if self._model.family is Family.COMPACT:
            return answers
        return answers | {
            screen.WriteBackground: self._write_background,
            screen.WriteSlide: self._write_slide,
            screen.DeleteSlideShow: self._delete_slides,
            screen.WriteSound: self._write_sound,
            screen.PlaySound: self._play_sound,
            screen.DeleteSound: self._delete_sound,
            screen.WriteLanguageFile: self._write_language,
            screen.WriteAgreement: self._write_agreement,
            screen.ShowPage: self._show_page,
            screen.PlayOnce: self._play_once,
            screen.AskForKeys: self._ask_for_keys,
            screen.EndPage: self._end_page,
        }

    def _show_notice(self, request: screen.ShowNotice) -> Outcome:
        self.notice = request.text
        return DONE

    def _write_background(self, request: screen.WriteBackground) -> Outcome:
        if request.place not in BACKGROUND_PLACES:
            return refused(INVALID_PARAMETER)
        self.backgrounds[request.place] = request.picture
        return DONE

    def _write_slide(self, request: screen.WriteSlide) -> Outcome:
        self.slides[request.slide] = request.picture
        return DONE

    def _delete_slides(self, _request: screen.DeleteSlideShow) -> Outcome:
        self.slides.clear()
        return DONE

    def _write_sound(self, request: screen.WriteSound) -> Outcome:
        self.sounds[request.sound] = request.content
        return DONE

    def _play_sound(self, request: screen.PlaySound) -> Outcome:
        self.played.append(request.sound)
        return DONE

    def _delete_sound(self, request: screen.DeleteSound) -> Outcome:
        return DONE if self.sounds.pop(request.sound, None) is not None else refused(NOT_FOUND)

    def _write_language(self, request: screen.WriteLanguageFile) -> Outcome:
        self.languages[request.language] = request.content
        return DONE

    def _write_agreement(self, request: screen.WriteAgreement) -> Outcome:
        self.agreement[0] = request.text
        return DONE

    def _show_page(self, request: screen.ShowPage | screen.AskForKeys) -> Outcome:
        if len(request.content) != request.text_size + request.picture_size:
            return refused(INVALID_PARAMETER)
        self.page = request.content[: request.text_size], request.content[request.text_size :]
        return DONE

    def _play_once(self, request: screen.PlayOnce) -> Outcome:
        self.played.append(request.content)
        return DONE

    def _ask_for_keys(self, request: screen.AskForKeys) -> Outcome:
        outcome = self._show_page(request)
        if outcome is not DONE:
            return outcome
        keys = self.keys.popleft() if self.keys else b""
        return Outcome((*DONE.replies, Message(0, 0, len(keys), 0, keys)))

    def _end_page(self, _request: screen.EndPage) -> Outcome:
        self.page = None
        return DONE

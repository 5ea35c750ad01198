"""What the terminal shows and plays."""

from __future__ import annotations

from collections.abc import Callable

from doorward.device.biostar1.context import DeviceContext
from doorward.model.errors import InvalidInput
from doorward.protocol.biostar1.commands import screen as commands
from doorward.protocol.biostar1.models import Capability, Family
from doorward.protocol.biostar1.request import Done, Request
from doorward.protocol.errors import RemoteProtocolError

LONGEST_NOTICE = 1024
LARGEST_FILE = 16 * 1024 * 1024
LARGEST_INDEX = 0xFFFF
WIDE_TEXT = "utf-16-le"
EXTRA_KEY_SECONDS = 10.0  # over the time that a person has for the keys

Progress = Callable[[int, int | None], None]


class Screen:
    """Shows and plays at one device; every method raises Unsupported on models without a screen."""

    def __init__(self, context: DeviceContext) -> None:
        self._context = context

    async def _carry(self, request: Request[Done], what: str, progress: Progress | None = None) -> None:
        self._context.need(Capability.SCREEN, what)
        await self._context.requester.request(request, progress=progress)

    async def show_notice(self, text: str, *, text_codec: str | None = None) -> None:
        """Show a notice until somebody takes it away at the terminal.

        Args:
            text: The notice.
            text_codec: How the model wants it; by default UTF-16 for models with UTF-16 names and the device's code
                page for the others (by the names of the vendor's functions; not verified for each model).

        Raises:
            InvalidInput: The text is empty, too long, or the codec cannot write it.
        """
        self._context.need(Capability.SCREEN, "show a notice")
        await self._carry(commands.ShowNotice(self._encoded("text", text, text_codec)), "show a notice")

    def _encoded(self, field: str, text: str, text_codec: str | None) -> bytes:
        codec = text_codec
        if codec is None:
            wide = self._context.model.family in (Family.WIDE, Family.FACE)
            codec = WIDE_TEXT if wide else self._context.text_codec
        try:
            raw = text.encode(codec)
        except UnicodeEncodeError:
            raise InvalidInput(field, text, f"text that {codec} can write") from None
        except LookupError:
            raise InvalidInput("text_codec", codec, "the name of a code page, such as utf-8 or cp949") from None
        if not 0 < len(raw) <= LONGEST_NOTICE or "\0" in text:
            raise InvalidInput(field, text, f"1 to {LONGEST_NOTICE} bytes in {codec} without NUL (this has {len(raw)})")
        return raw

    async def set_background(self, place: int, picture: bytes, *, progress: Progress | None = None) -> None:
        """Write a background picture.

        Args:
            place: 0 the logo, 1 the background of notices.
            picture: The file.
            progress: Told the bytes that have left.

        Raises:
            InvalidInput: There is no such place, or the file is empty or too large.
        """
        if place not in (0, 1):
            raise InvalidInput("place", place, "0 the logo, 1 the background of notices")
        _check_file("picture", picture)
        await self._carry(commands.WriteBackground(place, picture), "show a background picture", progress)

    async def set_slide(
        self, slide: int, picture: bytes, *, slide_count: int = 1, progress: Progress | None = None
    ) -> None:
        """Write a picture of the slide show.

        Args:
            slide: Which picture, from 0.
            picture: The file.
            slide_count: Number of pictures of the show, at least 1.
            progress: Told the bytes that have left.

        Raises:
            InvalidInput: A number cannot be one, or the file is empty or too large.
        """
        _check_index("slide", slide)
        if not 1 <= slide_count <= LARGEST_INDEX:
            raise InvalidInput("slide_count", slide_count, f"1 to {LARGEST_INDEX}")
        _check_file("picture", picture)
        await self._carry(commands.WriteSlide(slide, slide_count, picture), "show slides", progress)

    async def delete_slide_show(self) -> None:
        """Delete the slide show."""
        await self._carry(commands.DeleteSlideShow(), "show slides")

    async def set_sound(self, sound: int, content: bytes, *, progress: Progress | None = None) -> None:
        """Write a sound file; raises InvalidInput for a wrong number or file."""
        _check_index("sound", sound)
        _check_file("content", content)
        await self._carry(commands.WriteSound(sound, content), "play sounds", progress)

    async def play_sound(self, sound: int) -> None:
        """Play one of the device's sounds; raises InvalidInput for a wrong number."""
        _check_index("sound", sound)
        await self._carry(commands.PlaySound(sound), "play sounds")

    async def delete_sound(self, sound: int) -> None:
        """Delete one of the device's sounds; raises InvalidInput for a wrong number."""
        _check_index("sound", sound)
        await self._carry(commands.DeleteSound(sound), "play sounds")

    async def play(self, content: bytes) -> None:
        """Play a sound file once, without keeping it; raises InvalidInput for a wrong file."""
        _check_file("content", content)
        await self._carry(commands.PlayOnce(content), "play sounds")

    async def set_language_file(self, language: int, content: bytes, *, progress: Progress | None = None) -> None:
        """Write a language file; raises InvalidInput for a wrong number or file."""
        _check_index("language", language)
        _check_file("content", content)
        await self._carry(commands.WriteLanguageFile(language, content), "take a language file", progress)

    async def set_agreement(self, text: bytes) -> None:
        """Write the agreement text that people accept; raises InvalidInput for an empty or too large one."""
        _check_file("text", text)
        await self._carry(commands.WriteAgreement(text), "show an agreement")

    async def show_page(
        self, text: str, *, picture: bytes = b"", seconds: int = 10, text_codec: str | None = None
    ) -> None:
        """Show a page with text and picture for a while.

        Args:
            text: The text.
            picture: The picture; none when it is empty.
            seconds: How long, in the device's own unit (seconds, by the field's name).
            text_codec: As for ``show_notice``.

        Raises:
            InvalidInput: Text, picture or time do not fit.
        """
        content, text_size = self._page(text, picture, seconds, text_codec)
        await self._carry(commands.ShowPage(seconds, text_size, len(picture), content), "show a page")

    def _page(self, text: str, picture: bytes, seconds: int, text_codec: str | None) -> tuple[bytes, int]:
        self._context.need(Capability.SCREEN, "show a page")
        _check_index("seconds", seconds)
        if len(picture) > LARGEST_FILE:
            raise InvalidInput("picture", f"<{len(picture)} bytes>", f"at most {LARGEST_FILE} bytes")
        raw = self._encoded("text", text, text_codec)
        return raw + picture, len(raw)

    async def ask_for_keys(
        self, text: str, *, picture: bytes = b"", seconds: int = 30, text_codec: str | None = None
    ) -> bytes:
        """Show a page and wait for keys.

        Args:
            text: The text.
            picture: The picture; none when it is empty.
            seconds: How long to wait for the keys.
            text_codec: As for ``show_notice``.

        Returns:
            The keys as the device sends them.

        Raises:
            InvalidInput: Text, picture or time do not fit.
            RemoteProtocolError: Fewer keys arrived than were announced.
        """
        content, text_size = self._page(text, picture, seconds, text_codec)
        reply = await self._context.requester.request(
            commands.AskForKeys(seconds, text_size, len(picture), content), timeout=seconds + EXTRA_KEY_SECONDS
        )
        if reply.key_count > len(reply.keys):
            raise RemoteProtocolError(f"{reply.key_count} keys are announced, {len(reply.keys)} arrived")
        return reply.keys[: reply.key_count]

    async def end_page(self) -> None:
        """Take a page away."""
        await self._carry(commands.EndPage(), "show a page")


def _check_file(field: str, content: bytes) -> None:
    # An empty file would be another request on the wire: play, or delete.
    if not 0 < len(content) <= LARGEST_FILE:
        raise InvalidInput(field, f"<{len(content)} bytes>", f"1 to {LARGEST_FILE} bytes")


def _check_index(field: str, value: int) -> None:
    if not 0 <= value <= LARGEST_INDEX:
        raise InvalidInput(field, value, f"0 to {LARGEST_INDEX}")

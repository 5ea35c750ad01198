"""Lines of JSON that go to a page one by one while the work goes on; the work ends when the reader goes."""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any, Final

from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _

from doorward.model.errors import DoorwardError

CONTENT_TYPE: Final = "application/x-ndjson"


class Places:
    """How many may be at work at once.

    Args:
        most: So many.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._taken = 0
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Take a place; False when there is none."""
        with self._lock:
            if self._taken >= self.most:
                return False
            self._taken += 1
            return True

    def give_back(self) -> None:
        """Give a place back."""
        with self._lock:
            self._taken -= 1


def streamed(lines: AsyncIterator[Mapping[str, Any]], places: Places) -> StreamingHttpResponse:
    """Answer with lines as they come. A reader who goes ends them: the web server cancels what makes them.

    Args:
        lines: An asynchronous generator; a DoorwardError that it raises becomes the last line.
        places: How many of this kind may be at work.
    """
    # A proxy that gathered the answer would show all steps at the end.
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(_written(lines, places), content_type=CONTENT_TYPE, headers=headers)


async def _written(lines: AsyncIterator[Mapping[str, Any]], places: Places) -> AsyncIterator[str]:
    # Taken here and not before: of an answer that nobody fetches nothing would give it back.
    if not places.take():
        words = _("%(count)s are at work already.") % {"count": places.most}
        yield _line({"error": words, "advice": _("Try again in a few seconds.")})
        return
    try:
        async with aclosing(lines) as coming:  # type: ignore[type-var] # a generator
            async for line in coming:
                yield _line(line)
    except DoorwardError as error:
        yield _line({"error": error.message, "advice": error.advice})
    finally:
        places.give_back()


def _line(data: Mapping[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False) + "\n"

"""Hex text as people paste it: with spaces, colons, line breaks and prefixes."""

from __future__ import annotations

import re

from doorward.model.errors import InvalidInput

_SEPARATORS = r"\s:,_-"
_PREFIX = re.compile(rf"(^|[{_SEPARATORS}])0[xX]|()\\x")
_REFUSED = re.compile(rf"[^0-9A-Fa-f{_SEPARATORS}]")
_SEPARATOR = re.compile(rf"[{_SEPARATORS}]+")


def parse_hex(text: str, where: str = "") -> bytes:
    r"""Read hex digits, with anything people put between them: spaces, colons, commas, dashes, ``0x`` or ``\x``.

    Args:
        text: The digits.
        where: The place of the text for error messages, such as "line 3".

    Raises:
        InvalidInput: Something else stands in between, there is an odd number of digits, or none; the character and
            its position, counted from 1, are named.
    """
    place = f"{where}, " if where else ""
    # The prefixes become spaces of the same length, so that positions stay those of the text.
    digits = _PREFIX.sub(lambda match: f"{match.group(1) or ''}  ", text)
    refused = _REFUSED.search(digits)
    if refused is not None:
        raise InvalidInput(
            "HEX",
            text[refused.start()],
            "the digits 0-9 and a-f, with spaces, colons, commas or dashes between them, and 0x before them",
            where=f"{place}character {refused.start() + 1}",
        )
    joined = _SEPARATOR.sub("", digits)
    if not joined:
        raise InvalidInput("HEX", text[:20], "hex digits, two for each byte", where=where)
    if len(joined) % 2:
        last = max(index for index, character in enumerate(digits) if character in "0123456789abcdefABCDEF")
        raise InvalidInput(
            "HEX",
            text[last],
            f"an even number of digits, two for each byte; these are {len(joined)}",
            where=f"{place}character {last + 1}",
        )
    return bytes.fromhex(joined)

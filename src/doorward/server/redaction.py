"""Takes secrets out of text, as the last line of defence before it is written to a log or handed to somebody else.

Whoever writes a line leaves secrets out of it in the first place; this is for what slips through, such as the message
of an error in another package.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

REMOVED: Final = "[removed]"
LONG_DATA: Final = 96
"""So many hexadecimal digits or letters of base64 in a row are data: a fingerprint, a picture, a key."""
LONG_BYTES: Final = 48
LONG_ESCAPES: Final = 12
SHORTEST_KNOWN: Final = 6
"""A known secret that is shorter is not looked for: it would be found in many an innocent word."""

_NAMES = (
    r"pin|password|passwd|pwd|passphrase|secret|token|cookie|sessionid|csrftoken|credential|otp|template|"
    r"private[_ -]?key|signing[_ -]?key|api[_ -]?key|key[_ -]?value"
)
_VALUE = r"""(?!\[removed\])(?:b?"(?:[^"\\]|\\.)*"|b?'(?:[^'\\]|\\.)*'|[^\s,;&)}\]'"]+)"""

_SECRET_NAME = re.compile(rf"\w*(?:{_NAMES})s?", re.IGNORECASE)
_RULES: Final = (
    # A private key as text.
    (
        re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
        REMOVED,
    ),
    # Our tokens keep the part by which people find them in the list.
    (re.compile(r"(doorward_[0-9a-f]{4,16}_)[A-Za-z0-9_-]+"), r"\g<1>" + REMOVED),
    # scheme://user:password@host
    (re.compile(r"(\b[A-Za-z][A-Za-z0-9+.-]*://[^\s:/@'\"]*:)[^\s'\"]*@"), r"\g<1>" + REMOVED + "@"),
    # Authorization: Bearer ..., and the same within a dictionary.
    (
        re.compile(
            r"""(\b(?:proxy-)?authorization["']?\s*[:=]\s*(?:b?["'])?+(?:(?:bearer|basic|digest|token)\s+)?+)[^\s"',;]+""",
            re.IGNORECASE,
        ),
        r"\g<1>" + REMOVED,
    ),
    (re.compile(r"(\bbearer\s+)[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE), r"\g<1>" + REMOVED),
    # name=value, "name": "value"
    (re.compile(rf"(\b\w*(?:{_NAMES})s?\b[\"']?\s*(?:=|:(?!//))\s*){_VALUE}", re.IGNORECASE), r"\g<1>" + REMOVED),
    # A line of a key file: 32 bytes in base64.
    (re.compile(r"(?<![\w+/=-])[A-Za-z0-9_+/-]{43}=(?![\w=])"), REMOVED),
    # Bytes, hexadecimal digits and base64 that are too long to be anything that people read.
    (re.compile(rf"b'(?:[^'\\]|\\.){{{LONG_BYTES},}}'|b\"(?:[^\"\\]|\\.){{{LONG_BYTES},}}\""), REMOVED),
    (re.compile(rf"(?:\\x[0-9a-fA-F]{{2}}[ -~]{{0,2}}?){{{LONG_ESCAPES},}}"), REMOVED),
    (re.compile(rf"[0-9a-fA-F]{{{LONG_DATA},}}"), REMOVED),
    (re.compile(rf"[A-Za-z0-9+/_-]{{{LONG_DATA},}}={{0,2}}"), None),
)
LEAST_BETWEEN_SLASHES: Final = 20


class Redactor:
    """Removes secrets from text.

    Args:
        known: Secrets that are known by themselves, such as the password of the database.
    """

    def __init__(self, known: Iterable[str] = ()) -> None:
        long_enough = sorted({text for text in known if len(text) >= SHORTEST_KNOWN}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, long_enough))) if long_enough else None

    def __call__(self, text: str) -> str:
        """The text without what looks like a secret."""
        if self._known is not None:
            text = self._known.sub(REMOVED, text)
        for pattern, replacement in _RULES:
            text = pattern.sub(_long_data if replacement is None else replacement, text)
        return text


def _long_data(found: re.Match[str]) -> str:
    """Remove base64, and leave a long path."""
    run = found[0]
    return run if run.count("/") * LEAST_BETWEEN_SLASHES > len(run) else REMOVED


def names_secret(name: str) -> bool:
    """Whether a field of such a name holds a secret."""
    return _SECRET_NAME.fullmatch(name) is not None


redact = Redactor()
"""Removes what looks like a secret; for texts of which nothing is known."""

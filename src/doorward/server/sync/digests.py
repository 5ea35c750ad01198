"""Keyed digests of what devices hold: they tell whether two things are equal, and nothing else.

A PIN has few digits, so a digest without a key would betray it; the key lies encrypted in the database.
"""

from __future__ import annotations

import hmac
from typing import Final

from doorward.device.biostar1.holdings import WrittenPerson
from doorward.server.sync.basis import digest_secret

HALF: Final = 16
"""Bytes of the digest of a header; as many of its templates follow."""


def person_digest(written: WrittenPerson) -> bytes:
    """What stands for a person whom a device holds as we wrote the person: header, then templates."""
    return header_digest(written.essence) + _digest(b"templates", written.templates)


def header_digest(essence: bytes) -> bytes:
    """What stands for a header; a list of a device gives no more than headers."""
    return _digest(b"header", essence)


def same_header(digest: bytes, header: bytes) -> bool:
    """Whether a header that a device gave is that of a digest."""
    return digest[:HALF] == header


def table_digest(essence: bytes) -> str:
    """What stands for a table, fit for JSON."""
    return _digest(b"table", essence).hex()


def _digest(kind: bytes, content: bytes) -> bytes:
    return hmac.digest(digest_secret(), kind + b"\0" + content, "sha256")[:HALF]

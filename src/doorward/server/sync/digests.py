"""Keyed digests of what devices hold: they tell whether two things are equal, and nothing else.

A PIN has few digits, so a digest without a key would betray it; the key is derived from the key file.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from doorward.device.biostar1.holdings import WrittenPerson
from doorward.server.keys import key_ring

PURPOSE: Final = "people on devices"
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
    return hmac.digest(_key(), kind + b"\0" + content, "sha256")[:HALF]


def _key() -> bytes:
    ring = key_ring()
    known = _keys.get(id(ring))
    if known is None or known[0] is not ring:
        # A new key makes every digest another one: then devices are read and compared anew.
        known = _keys[id(ring)] = (ring, hashlib.sha256(ring.derive(PURPOSE)[0].encode()).digest())
    return known[1]


_keys: dict[int, tuple[object, bytes]] = {}

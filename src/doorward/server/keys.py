"""The key ring of this process: read once, when the first secret is touched."""

from __future__ import annotations

from pathlib import Path

from doorward.server.crypto import KeyRing, read_key_file
from doorward.server.settings import ServerSettings

_rings: dict[Path, KeyRing] = {}
_latest: dict[str, tuple[ServerSettings, KeyRing]] = {}


def key_ring() -> KeyRing:
    """The key ring of the configured key file.

    Raises:
        KeyFileError: The file is missing, damaged or too open.
    """
    from django.conf import settings  # noqa: PLC0415 - this module is imported before Django is set up

    server: ServerSettings = settings.DOORWARD
    # To put the path together again would cost more than to decrypt a value.
    latest = _latest.get("")
    if latest is not None and latest[0] is server:
        return latest[1]
    path = server.key_path
    ring = _rings.get(path)
    if ring is None:
        ring = _rings[path] = read_key_file(path)
    _latest[""] = server, ring
    return ring


def forget_keys() -> None:
    """Read the key file anew at the next use."""
    _rings.clear()
    _latest.clear()

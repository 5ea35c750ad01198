"""The key ring of this process: read once, when the first secret is touched."""

from __future__ import annotations

from pathlib import Path

from doorward.server.crypto import KeyRing, read_key_file

_rings: dict[Path, KeyRing] = {}


def key_ring() -> KeyRing:
    """The key ring of the configured key file.

    Raises:
        KeyFileError: The file is missing, damaged or too open.
    """
    from django.conf import settings  # noqa: PLC0415 - this module is imported before Django is set up

    path: Path = settings.DOORWARD.key_path
    ring = _rings.get(path)
    if ring is None:
        ring = _rings[path] = read_key_file(path)
    return ring


def forget_keys() -> None:
    """Read the key file anew at the next use."""
    _rings.clear()

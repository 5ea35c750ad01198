"""The key file: there, for its owner alone, and the one of this database."""

from __future__ import annotations

from collections.abc import Iterator

from doorward.server.checks.findings import Finding, Level
from doorward.server.checks.site import Site
from doorward.server.crypto import read_key_file
from doorward.server.system.models import KeyCheck
from doorward.server.system.services import check_key


def look(site: Site) -> Iterator[Finding]:
    """Read the file, which refuses it in words when it is missing, damaged or too open."""
    path = site.settings.key_path
    count = len(read_key_file(path).keys)
    if count > 1:
        yield Finding(
            "key file",
            Level.WARNING,
            f"{path} holds {count} keys: a rotation was not finished.",
            "Stop the server and run 'doorward key rotate' again.",
        )
    else:
        yield Finding("key file", Level.OK, f"{path} is there, for its owner alone.")


def look_whether_it_fits(site: Site) -> Iterator[Finding]:
    """Open the known text in the database with the key."""
    del site
    if not KeyCheck.objects.exists():
        yield Finding("key file", Level.OK, "The database is new and will take this key file.")
        return
    check_key()
    yield Finding("key file", Level.OK, "It belongs to this database.")

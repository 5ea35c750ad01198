"""The data folder: whether it is there and may be written to."""

from __future__ import annotations

import os
from collections.abc import Iterator

from doorward.server.checks.findings import Finding, Level
from doorward.server.checks.site import Site
from doorward.server.database_folder import probe_folder

SUBJECT = "data folder"


def look(site: Site) -> Iterator[Finding]:
    """Look at the folder, and at that of the database if it is another one."""
    folders = [site.settings.data_path]
    database = site.settings.database_target.folder
    if database is not None and database != folders[0]:
        folders.append(database)
    for folder in folders:
        if not folder.is_dir():
            yield Finding(SUBJECT, Level.ERROR, f"There is no folder {folder}.", "Run 'doorward init'.")
            continue
        probe_folder(folder)
        mode = folder.stat().st_mode
        if os.name == "posix" and mode & 0o002:
            yield Finding(
                SUBJECT,
                Level.ERROR,
                f"Every user of this machine may write into {folder} (rights {mode & 0o777:o}).",
                f"chmod 700 {folder}",
            )
        else:
            yield Finding(SUBJECT, Level.OK, f"{folder} may be written to.")

"""What the checks share: the settings, and what the first of them found out."""

from __future__ import annotations

from dataclasses import dataclass

from doorward.server.settings import ServerSettings


@dataclass(slots=True)
class Site:
    """The server that is checked.

    Attributes:
        settings: Its settings.
        database_usable: Whether the database answers and is of this version, so that its tables may be asked.
        server_process: Number of the process of the server that runs on this machine; None when none does.
        server_runs: Whether a server uses the database, here or elsewhere.
    """

    settings: ServerSettings
    database_usable: bool = False
    server_process: int | None = None
    server_runs: bool = False

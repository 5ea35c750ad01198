"""``doorward serve``: the server."""

from __future__ import annotations

import asyncio

from rich.markup import escape

from doorward.cli.output import out
from doorward.cli.server_command import SettingsOption, server_command


@server_command
def serve(settings: SettingsOption = None) -> None:
    """Run the server: devices call in, events are kept, the API answers. Ctrl-C stops it in good order."""
    from doorward.server.setup import set_up

    loaded = set_up(settings)
    from doorward.server.logs import set_up_logging

    set_up_logging(loaded)
    from doorward.server.run import serve as run_server

    asyncio.run(run_server(loaded, told=lambda line: out.print(escape(line), soft_wrap=True)))
    out.print("Stopped.")

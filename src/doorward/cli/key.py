"""``doorward key``: the key file that protects the secrets in the database."""

from __future__ import annotations

import typer

from doorward.cli.output import out
from doorward.cli.server_command import SettingsOption, open_data, server_command

app = typer.Typer(name="key", help="The key file that protects the secrets in the database.", no_args_is_help=True)


@app.command()
@server_command
def rotate(settings: SettingsOption = None) -> None:
    """Encrypt all secrets with a fresh key and forget the old one. The server must be stopped."""
    open_data(settings)
    from django.conf import settings as django_settings

    from doorward.server.system.services import rotate_key

    count = rotate_key()
    out.print(f"{count} secrets are encrypted with a fresh key in {django_settings.DOORWARD.key_path}.", soft_wrap=True)
    out.print(
        "Copy this file to a safe place: a copy of the old one opens old backups only. Everybody has to log in again."
    )


@app.command()
@server_command
def check(settings: SettingsOption = None) -> None:
    """Tell whether the key file fits the database."""
    open_data(settings)
    from doorward.server.system.services import check_key

    check_key()
    out.print("The key file fits the database.")

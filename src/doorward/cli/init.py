"""``doorward init``: settings, key, database and the first administrator."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from doorward.cli.output import confirmed, out
from doorward.cli.server_command import SettingsOption, server_command
from doorward.model.errors import DoorwardError, InvalidInput

PASSWORD_VARIABLE = "DOORWARD_ADMIN_PASSWORD"  # noqa: S105 - the name of a variable


@server_command
def init(
    settings: SettingsOption = None,
    data_folder: Annotated[
        Path | None, typer.Option(envvar="DOORWARD_DATA_FOLDER", help="Folder of the database and the key file.")
    ] = None,
    database: Annotated[
        str, typer.Option(help="postgresql://user:password@host/name; else SQLite in the data folder.")
    ] = "",
    time_zone: Annotated[str, typer.Option(help="IANA zone of the site.")] = "UTC",
    web_address: Annotated[str, typer.Option(help="Where the console listens; 0.0.0.0 for all.")] = "127.0.0.1",
    web_port: Annotated[int, typer.Option(help="TCP port of the console.")] = 8080,
    device_port: Annotated[int, typer.Option(help="TCP port on which devices call.")] = 1480,
    administrator: Annotated[str, typer.Option(help="Name of the first administrator.")] = "admin",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Set a server up: settings, key file, database, first administrator. What is there already stays as it is.

    The password is asked for, or taken from the variable DOORWARD_ADMIN_PASSWORD.
    """
    from doorward.server.places import default_data_folder, default_settings_path
    from doorward.server.settings_file import write_settings_file

    path = settings.expanduser().absolute() if settings is not None else default_settings_path()
    folder = data_folder.expanduser().absolute() if data_folder is not None else default_data_folder()
    if path.exists():
        out.print(f"Settings: {path} is there already and stays.", soft_wrap=True)
    else:
        _check_first(folder, database, time_zone, web_port, device_port)
        confirmed(f"Make the settings file {path} and the data folder {folder}?", yes=yes or not sys.stdin.isatty())
        write_settings_file(
            path,
            data_folder=folder,
            url=database or f"sqlite:///{(folder / 'doorward.sqlite3').as_posix()}",
            time_zone=time_zone,
            web_address=web_address,
            web_port=web_port,
            device_port=device_port,
        )
        out.print(f"Settings: {path}", soft_wrap=True)
    _make_key_and_database(path)
    _make_administrator(administrator)
    _say_next(path)


def _check_first(folder: Path, database: str, time_zone: str, web_port: int, device_port: int) -> None:
    """Refuse wrong values before a file with them is written."""
    from doorward.server.settings import load_settings

    given = {
        "DOORWARD_DATA_FOLDER": str(folder),
        "DOORWARD_TIME_ZONE": time_zone,
        "DOORWARD_WEB_PORT": str(web_port),
        "DOORWARD_DEVICES_PORT": str(device_port),
    }
    if database:
        given["DOORWARD_DATABASE_URL"] = database
    try:
        load_settings(folder / "absent.toml", environment=given)
    except InvalidInput as error:
        option = "--" + error.field.replace("devices.", "device-").replace("database.url", "database")
        raise InvalidInput(option.replace(".", "-").replace("_", "-"), error.value, error.allowed) from None


def _make_key_and_database(path: Path) -> None:
    from doorward.server.crypto import KeyFileError, new_key_file
    from doorward.server.database_folder import prepare_folder
    from doorward.server.settings import load_settings

    loaded = load_settings(path, required=True)
    target = loaded.database_target
    database = None if target.folder is None else Path(target.name)
    has_data = database is not None and database.exists() and database.stat().st_size > 0
    has_key = loaded.key_path.exists()
    if has_data and not has_key:
        raise DoorwardError(
            f"There is a database {database}, but its key file {loaded.key_path} is missing.",
            advice="Put the key file back; a fresh one could not read the secrets in this database.",
        )
    prepare_folder(target)
    if has_key:
        out.print(f"Key file: {loaded.key_path} is there already and stays.", soft_wrap=True)
    else:
        loaded.key_path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new_key_file(loaded.key_path)
    from doorward.server.setup import set_up

    set_up(path, required=True)
    from doorward.server.database import migrate
    from doorward.server.system.services import check_key

    try:
        migrate()
        check_key()
    except KeyFileError:
        if not has_key:
            # It fits no database, and would be in the way of the right one.
            loaded.key_path.unlink()
        raise
    if not has_key:
        out.print(f"Key file: {loaded.key_path} (keep a copy in a safe place)", soft_wrap=True)
    out.print(f"Database: {target.words}", soft_wrap=True)


def _make_administrator(name: str) -> None:
    from doorward.server.operators.services import administrators, create_administrator

    existing = administrators().first()
    if existing is not None:
        out.print(f"Administrator: {existing.get_username()} is there already.")
        return
    password = os.environ.get(PASSWORD_VARIABLE)
    if password is None:
        if not sys.stdin.isatty():
            raise InvalidInput(
                PASSWORD_VARIABLE, "absent", "the administrator's password, since no terminal can be asked"
            )
        password = typer.prompt(f"Password of {name}", hide_input=True, confirmation_prompt=True)
    create_administrator(name, password)
    out.print(f"Administrator: {name}")


def _say_next(path: Path) -> None:
    from django.conf import settings as django_settings

    loaded = django_settings.DOORWARD
    from doorward.server.places import default_settings_path

    option = "" if path == default_settings_path() and "DOORWARD_SETTINGS" not in os.environ else f" --settings {path}"
    out.print()
    out.print("What to do next:")
    out.print(f"  1. doorward serve{option}", soft_wrap=True)
    out.print(
        f"  2. Let devices call TCP port {loaded.devices.port} of this machine, then: doorward devices list{option}",
        soft_wrap=True,
    )
    out.print(f"  3. doorward devices approve DEVICE_ID{option}", soft_wrap=True)
    out.print(f"  4. For programs: doorward tokens create NAME --operator NAME{option}", soft_wrap=True)

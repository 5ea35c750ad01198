"""``doorward backup``, ``restore`` and ``upgrade-check``: the whole server in one file, and what an upgrade will do."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from doorward.cli.output import JsonOption, NoTerminal, counted, err, out, print_json
from doorward.cli.server_command import SettingsOption, person_at_terminal, server_command
from doorward.model.errors import DoorwardError

if TYPE_CHECKING:
    from doorward.server.backup.making import Made
    from doorward.server.backup.progress import Told
    from doorward.server.backup.restoring import Restored

PASSPHRASE_VARIABLE = "DOORWARD_BACKUP_PASSPHRASE"  # noqa: S105 - the name of a variable
LEVEL_STYLES = {"ok": "green", "warning": "yellow", "error": "bold red"}

File = Annotated[Path, typer.Argument(metavar="FILE", help="The backup file.")]


@server_command
def backup(
    file: File,
    settings: SettingsOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,
    with_key: Annotated[
        bool, typer.Option("--with-key", help="Put the key file into it too, enciphered under a passphrase.")
    ] = False,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Write the whole server into one file, of one moment; the server may run meanwhile.

    Secrets stay encrypted by the key file, which is not part of the backup unless --with-key is given. The passphrase
    is asked for, or taken from the variable DOORWARD_BACKUP_PASSPHRASE.
    """
    from doorward.server.setup import set_up

    set_up(settings)
    from doorward.server.backup.making import make_backup

    _require_database()
    passphrase = _new_passphrase() if with_key else None
    with _stoppable(), _at_terminal(), _progress() as told:
        made = make_backup(file.expanduser().absolute(), force=force, passphrase=passphrase, told=told)
    if as_json:
        print_json(
            {
                "file": made.path,
                "size": made.size,
                "sha256": made.sha256,
                "made": made.manifest.made,
                "position": made.manifest.position,
                "rows": made.manifest.rows,
                "with_key": made.with_key,
                "warnings": made.warnings,
            }
        )
        return
    _say_made(made)


def _say_made(made: Made) -> None:
    from doorward.server.backup.files import PREFIX

    files = sum(1 for part in made.manifest.parts if part.name.startswith(PREFIX))
    out.print(f"Backup: {escape(str(made.path))} ({made.size:,} bytes)", soft_wrap=True)
    out.print(
        f"In it: {counted(made.manifest.rows, 'row')} of {counted(len(made.manifest.tables), 'table')}, "
        f"{counted(files, 'file')}; the stream up to position {made.manifest.position}."
    )
    for words in made.warnings:
        out.print(f"[yellow]{escape(words)}[/]", soft_wrap=True)
    if made.with_key:
        out.print(
            "The key file is in it: whoever has this file and the passphrase can read everything.", soft_wrap=True
        )
    else:
        out.print(
            "The key file is not in it. Keep a copy of it in another place: without it the secrets are lost.",
            soft_wrap=True,
        )


@server_command
def restore(
    file: File,
    settings: SettingsOption = None,
    settings_from_backup: Annotated[
        bool, typer.Option("--settings-from-backup", help="Write the settings file first, if there is none.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put aside what is there already; it asks for the database's name.")
    ] = False,
    confirm: Annotated[
        str, typer.Option("--confirm", metavar="NAME", help="The answer to that question, for scripts.")
    ] = "",
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Restore a backup to an empty place: an empty database and data folder, with no server running.

    Every byte of the file is checked before anything is touched, and the database is compared with the file before it
    takes its place. A backup of an older version is brought to this one.
    """
    if settings_from_backup:
        _take_settings(file, settings)
    from doorward.server.setup import set_up

    loaded = set_up(settings)
    from doorward.server.backup.restoring import restore_backup

    name = Path(loaded.database_target.name).name

    def may_replace(there: str) -> bool:
        return replace and _typed(name, there, confirm)

    with _stoppable(), _at_terminal(), _progress() as told:
        restored = restore_backup(
            file.expanduser().absolute(),
            replace=may_replace,
            passphrase=_known_passphrase,
            told=told,
        )
    if as_json:
        print_json(
            {
                "database": restored.database,
                "made": restored.manifest.made,
                "version": restored.manifest.version,
                "rows": restored.manifest.rows,
                "tables": {table.shape.table: table.rows for table in restored.manifest.tables},
                "migrated": restored.migrated,
                "key_written": restored.key_written,
                "files": restored.files,
                "aside": restored.aside,
                "position": restored.position,
                "resumed": restored.resumed,
            }
        )
        return
    _say_restored(restored)


def _say_restored(restored: Restored) -> None:
    manifest = restored.manifest
    out.print(
        f"Restored: the backup that Doorward {escape(manifest.version)} made on {escape(manifest.host)} at "
        f"{escape(manifest.made)}.",
        soft_wrap=True,
    )
    out.print(f"Database: {escape(restored.database)}", soft_wrap=True)
    out.print(
        f"Proven: {counted(manifest.rows, 'row')} of {counted(len(manifest.tables), 'table')} were read back and are "
        f"as in the backup; the key file fits. {counted(restored.files, 'file')} restored.",
        soft_wrap=True,
    )
    if restored.migrated:
        out.print("Then the database was brought to this version.")
    if restored.key_written:
        out.print("The key file came out of the backup.")
    for words in restored.aside:
        out.print(f"Before: {escape(words)}.", soft_wrap=True)
    out.print(
        f"The stream goes on after position {restored.resumed}; readers who saw more than position "
        f"{restored.position} are told that the database was restored.",
        soft_wrap=True,
    )
    out.print(
        "Accounts, tokens and approvals are as they were then: what was taken back since holds again. Look through "
        "them before the server is started.",
        soft_wrap=True,
    )


@server_command
def upgrade_check(
    settings: SettingsOption = None,
    package: Annotated[
        Path | None,
        typer.Option("--package", metavar="WHEEL", help="A package of Doorward that is not installed yet."),
    ] = None,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Say whether the database is ready for an upgrade and what will be done to it; changes nothing.

    Before: give the new package by --package. After its installation: without it, what 'doorward serve' will do.
    The exit code is 1 when something stands in the way.
    """
    from doorward.server.setup import set_up

    set_up(settings)
    from doorward.server.backup.upgrade import check_upgrade

    _require_database()
    found = check_upgrade(package.expanduser() if package is not None else None)
    if as_json:
        print_json({"version": found.version, "ready": found.ready, "migrations": found.migrations})
        for finding in found.findings:
            print_json(finding)
    else:
        table = Table(header_style="bold")
        for column in ("", "What", "Found"):
            table.add_column(column, overflow="fold")
        for finding in found.findings:
            style = LEVEL_STYLES[finding.level]
            words = escape(finding.words) + (f"\n[dim]{escape(finding.advice)}[/]" if finding.advice else "")
            table.add_row(f"[{style}]{finding.level}[/]", escape(finding.subject), words)
        out.print(table)
        ready = "Nothing stands in the way." if found.ready else "[bold red]Not ready.[/]"
        out.print(f"Doorward {escape(found.version)}: {ready}")
    if not found.ready:
        raise typer.Exit(1)


# --- Helpers ----------------------------------------------------------------------------------------------------------


def _require_database() -> None:
    from django.conf import settings as django_settings

    target = django_settings.DOORWARD.database_target
    if target.vendor == "sqlite" and not Path(target.name).exists():
        raise DoorwardError(f"There is no database ({target.words}).", advice="Look at data_folder in the settings.")


def _new_passphrase() -> str:
    given = os.environ.get(PASSPHRASE_VARIABLE)
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise NoTerminal(
            "There is no terminal to ask for the passphrase.", advice=f"Set the variable {PASSPHRASE_VARIABLE}."
        )
    return str(typer.prompt("Passphrase of the backup", hide_input=True, confirmation_prompt=True))


def _known_passphrase() -> str:
    given = os.environ.get(PASSPHRASE_VARIABLE)
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise NoTerminal(
            "The key file is in the backup, and there is no terminal to ask for its passphrase.",
            advice=f"Set the variable {PASSPHRASE_VARIABLE}.",
        )
    return str(typer.prompt("Passphrase of the backup", hide_input=True))


def _typed(name: str, there: str, given: str) -> bool:
    """Whether the person means it: he types the name of the database."""
    if not given:
        if not sys.stdin.isatty():
            raise NoTerminal(
                f"There is {there} already, and no terminal to ask at. Nothing was changed.",
                advice=f"Give --confirm {name} as well to put it aside.",
            )
        err.print(f"There is {escape(there)} already. It will be put aside, not deleted.", soft_wrap=True)
        given = typer.prompt(f"Type {name} to go on")
    if given.strip() != name:
        raise DoorwardError(f"{given!r} is not the name of the database ({name}). Nothing was changed.")
    return True


def _take_settings(file: Path, settings: Path | None) -> None:
    """Write the settings file of the backup, where there is none yet."""
    from doorward.server.places import default_settings_path

    path = settings.expanduser().absolute() if settings is not None else default_settings_path()
    if path.exists():
        out.print(f"Settings: {path} is there already and stays.", soft_wrap=True)
        return
    from doorward.server.backup.files import lacks_password
    from doorward.server.backup.opening import settings_in

    content = settings_in(file.expanduser().absolute())
    if content is None:
        raise DoorwardError("The backup holds no settings file.", advice="Make one with an editor, see docs/server.md.")
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as written:
        written.write(content)
    out.print(f"Settings: {path}", soft_wrap=True)
    if lacks_password(content):
        raise DoorwardError(
            f"The settings file {path} is written; the passwords in it were left out of the backup.",
            advice="Put the password of the database into database.url, then give the same command again.",
        )


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """Let a service manager's signal end the command as Ctrl-C does: what was begun is removed."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _at_terminal() -> contextlib.AbstractContextManager[None]:
    """Whoever works here is noted as the one who did it."""
    from doorward.server.operators.actor import COMMAND_LINE, Actor, acting

    return acting(Actor(person_at_terminal(), via=COMMAND_LINE))


@contextlib.contextmanager
def _progress() -> Iterator[Told]:
    """A progress bar on standard error, for whoever looks at it."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    ) as bar:
        task = bar.add_task("", total=None)

        def told(what: str, done: int, whole: int) -> None:
            bar.update(task, description=escape(what), completed=done, total=whole or None)

        asked: Callable[[str, int, int], None] = told
        yield asked

"""``doorward device backup`` and ``restore``: everything that a device lets be read, in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from doorward.cli.device_options import (
    DEFAULT_CODEC,
    DEFAULT_TIMEOUT,
    Codec,
    Host,
    Model,
    Password,
    Timeout,
    connected,
)
from doorward.cli.output import JsonOption, command, confirmed, err, out, print_json, print_table, progress_bar
from doorward.device.backup import save_backup
from doorward.device.backup_file import load_backup
from doorward.device.restore import plan_restore

File = Annotated[Path, typer.Argument(metavar="FILE", help="The backup file.")]


@command
async def backup(
    host: Host,
    file: File,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False,
    log: Annotated[bool, typer.Option("--log/--no-log", help="Save the log too; it cannot be written back.")] = True,
    images: Annotated[
        bool, typer.Option("--images/--no-images", help="Save pictures of events too; they cannot be written back.")
    ] = True,
    model: Model = None,
    password: Password = None,
    timeout: Timeout = DEFAULT_TIMEOUT,
    codec: Codec = DEFAULT_CODEC,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Save everything that can be read from the device into one file.

    The file holds people, PINs and templates. It is readable for you alone; keep it like a key.
    """
    async with connected(host, model=model, password=password, timeout=timeout, codec=codec) as device:
        with progress_bar() as bar:
            tasks = {}

            def show(part: str, done: int, total: int | None) -> None:
                if part not in tasks:
                    tasks[part] = bar.add_task(part.replace("-", " ").capitalize(), total=total)
                bar.update(tasks[part], completed=done, total=total)

            manifest = await save_backup(
                device, file, overwrite=overwrite, with_log=log, with_images=images, progress=show
            )
    if as_json:
        print_json({"file": file, "device": manifest.device, "parts": manifest.parts, "skipped": manifest.skipped})
        return
    print_table(
        f"{device.title} {device.device_id}, saved to {file}",
        ["Part", "Items", "Bytes"],
        [(part.name, part.count, part.size) for part in manifest.parts],
    )
    for part, reason in manifest.skipped.items():
        err.print(f"[yellow]Not read:[/] {escape(part)}: {escape(reason)}", soft_wrap=True)


@command
async def restore(
    host: Host,
    file: File,
    delete_others: Annotated[
        bool, typer.Option("--delete-others", help="Delete people of the device who are not in the backup.")
    ] = False,
    network: Annotated[bool, typer.Option("--network", help="Restore the network settings too.")] = False,
    security: Annotated[
        bool, typer.Option("--security", help="Restore passwords and encryption settings too.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change and write nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")] = False,
    model: Model = None,
    password: Password = None,
    timeout: Timeout = DEFAULT_TIMEOUT,
    codec: Codec = DEFAULT_CODEC,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Write a backup to a device of the same family; says first what will change, and asks.

    Only what differs is written. A restore that was cut is gone on with by running it again.
    """
    saved = load_backup(file)
    async with connected(host, model=model, password=password, timeout=timeout, codec=codec) as device:
        with progress_bar() as bar:
            task = bar.add_task("Comparing", total=None)
            plan = await plan_restore(
                device,
                saved,
                delete_others=delete_others,
                with_network=network,
                with_security=security,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
        if not as_json:
            out.print(f"[bold]{escape(device.title)} {device.device_id}[/]: {len(plan.lines)} steps")
            for warning in plan.warnings:
                out.print(f"  [yellow]{escape(warning)}[/]", soft_wrap=True)
            for line in plan.lines:
                out.print(f"  {escape(line)}", soft_wrap=True)
            for note in plan.notes:
                out.print(f"  [dim]not restored: {escape(note)}[/]", soft_wrap=True)
        if not plan.is_empty and not dry_run:
            confirmed("Write this to the device?", yes=yes)
            with progress_bar() as bar:
                task = bar.add_task("Writing", total=len(plan.lines))
                await plan.apply(progress=lambda done, total: bar.update(task, completed=done, total=total))
    if as_json:
        print_json(
            {
                "device_id": device.device_id,
                "steps": plan.lines,
                "warnings": plan.warnings,
                "notes": plan.notes,
                "done": plan.done,
                "dry_run": dry_run,
            }
        )
    elif plan.is_empty:
        out.print("The device holds what the backup holds; nothing was written.")
    elif dry_run:
        out.print("Nothing was written.")
    else:
        out.print(f"Done: {plan.done} steps.")

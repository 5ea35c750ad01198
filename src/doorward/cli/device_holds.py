"""``doorward devices hold|release|take-over|holder``: who has a device in direct mode."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from doorward.cli.output import JsonOption, out, print_json
from doorward.cli.server_command import SettingsOption, open_data, server_command

if TYPE_CHECKING:
    from doorward.server.holds.clients import Client
    from doorward.server.holds.models import Hold

DeviceId = Annotated[int, typer.Argument(help="Number of the device.", metavar="DEVICE_ID")]
Why = Annotated[str, typer.Option(help="Why; shown to everybody else.")]

SIGN_SECONDS = 5.0
"""Seconds between two signs of life: whoever asks for the device is shown so soon."""


def add_to(app: typer.Typer) -> None:
    """Put the commands beside those of devices."""
    for name, function in (
        ("hold", hold_device), ("release", release), ("take-over", take_over), ("holder", show_holder)
    ):  # fmt: skip
        app.command(name)(function)


@server_command
def hold_device(
    device_id: DeviceId,
    settings: SettingsOption = None,
    reason: Why = "",
    leave_to: Annotated[
        str, typer.Option("--for", help="Leave the device's line to this program, such as 'BioStar 1'.")
    ] = "",
    minutes: Annotated[int, typer.Option(help="How long the line is left to the program.", min=1, max=480)] = 30,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Have a device in direct mode alone, as long as this command runs; or leave its line to another program.

    With --for the server lets go of the connection, so that the program can connect, and the command ends at once:
    'doorward devices release' gives the line back, or the time that is over.
    """
    open_data(settings)
    from doorward.server.holds.choices import HoldKind
    from doorward.server.holds.services import hold

    client = _client()
    if leave_to:
        row = hold(device_id, client, kind=HoldKind.RELEASED, seconds=minutes * 60, reason=reason, program=leave_to)
        _tell(row, as_json)
        if not as_json:
            out.print(f"Give it back with 'doorward devices release {device_id}'.")
        return
    row = hold(device_id, client, reason=reason)
    _tell(row, as_json)
    if not as_json:
        out.print("It is yours as long as this command runs. End it with Ctrl-C.")
    _keep_up(row, client)


@server_command
def release(device_id: DeviceId, settings: SettingsOption = None) -> None:
    """Give back a device that you have, or whose line you have left to another program."""
    open_data(settings)
    from doorward.server.holds.services import give_up

    give_up(device_id, _client())
    out.print(f"Device {device_id} is free for everybody who may work with it.")


@server_command
def take_over(
    device_id: DeviceId,
    settings: SettingsOption = None,
    reason: Why = "",
    keep: Annotated[bool, typer.Option(help="Have it yourself, as long as this command runs.")] = False,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Take a device from whoever has it; without --keep it is free for everybody afterwards."""
    open_data(settings)
    from doorward.server.holds import services

    client = _client()
    row = services.take_over(device_id, client, reason=reason)
    if keep:
        _tell(row, as_json)
        _keep_up(row, client)
        return
    services.give_up(device_id, client)
    if as_json:
        print_json({"device_id": device_id, "holder": None})
    else:
        out.print(f"Device {device_id} was taken over and is free.")


@server_command
def show_holder(
    device_id: DeviceId, settings: SettingsOption = None, as_json: Annotated[bool, JsonOption] = False
) -> None:
    """Say who has a device in direct mode, since when and why."""
    open_data(settings)
    from doorward.server.devices.services import one_device
    from doorward.server.devices.shapes import shown_holder
    from doorward.server.holds.holder import holder_of
    from doorward.server.holds.models import HoldRequest
    from doorward.server.system.services import running_server

    device = one_device(device_id)
    found = shown_holder(holder_of(device, server_runs=running_server() is not None))
    requests = list(HoldRequest.objects.filter(hold__device=device, hold__ended__isnull=True))
    if as_json:
        asked = [{"by": row.asker, "reason": row.reason, "at": row.at} for row in requests]
        holder = None if found is None else found.model_dump(mode="json")
        print_json({"device_id": device_id, "mode": device.mode, "holder": holder, "requests": asked})
        return
    if found is None:
        words = "it is in server mode, where everybody shares it" if device.mode == "server" else "it is free"
        out.print(f"Nobody has device {device_id}: {words}.")
        return
    out.print(escape(found.words), soft_wrap=True)
    for row in requests:
        out.print(escape(f"{row.asker} asks for it: {row.reason or 'without a reason'}"), soft_wrap=True)


def _client() -> Client:
    from doorward.server.holds.clients import Client
    from doorward.server.operators.actor import current_actor

    return Client(current_actor())


def _tell(row: Hold, as_json: bool) -> None:
    from doorward.server.holds.words import held_words

    if as_json:
        shown: dict[str, Any] = {"kind": row.kind, "holder": row.holder, "since": row.since, "until": row.until}
        print_json({"device_id": row.device_id, **shown})
    else:
        out.print(escape(held_words(row)), soft_wrap=True)


def _keep_up(row: Hold, client: Client) -> None:
    """Show signs of life until somebody ends this command."""
    from doorward.server.holds.services import give_up, keep

    told: set[int] = set()
    try:
        while True:
            for request in row.requests.all():
                if request.pk not in told:
                    told.add(request.pk)
                    why = f": {request.reason}" if request.reason else ""
                    out.print(escape(f"{request.asker} asks for the device{why}"), soft_wrap=True)
            time.sleep(SIGN_SECONDS)
            row = keep(row.device_id, client)
    except KeyboardInterrupt:
        give_up(row.device_id, client)
        out.print(f"Device {row.device_id} is free for everybody who may work with it.")

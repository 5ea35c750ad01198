"""``doorward ports move``: a port of Doorward becomes another, and every place that must follow is told."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from doorward.cli.output import JsonOption, confirmed, counted, err, out, print_json, print_table
from doorward.cli.ports_options import SettingsFile, own_ports
from doorward.cli.server_command import open_data, server_command
from doorward.discovery import NetworkChanges, find_device, read_network_settings, write_network_settings
from doorward.model.errors import DoorwardError, InvalidInput, Unsupported
from doorward.ports.move import DEVICE_PORT, DialledBy, Move, plan_move
from doorward.protocol.biostar1.models import MODELS
from doorward.protocol.biostar1.server_mode import SERVER_PORT
from doorward.server.settings import ServerSettings, load_settings
from doorward.transport.address import Address
from doorward.transport.port_holder import find_holder

# Models of this direct-mode port have no field for the server's port.
_FIXED_SERVER_PORT_CLASS = 1471
DEFAULT_TIMEOUT = 3.0


@server_command
def move_command(
    old: Annotated[int, typer.Argument(metavar="OLD", help="The port as it is.")],
    new: Annotated[int, typer.Argument(metavar="NEW", help="The port that it shall be.")],
    settings: SettingsFile = None,
    write: Annotated[bool, typer.Option("--write", help="Change the settings file.")] = False,
    send: Annotated[
        bool, typer.Option("--send", help="Send the new port to the devices in server mode, by UDP.")
    ] = False,
    device: Annotated[
        list[int] | None, typer.Option("--device", metavar="ID", help="With --send: these devices only.")
    ] = None,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for each device.", min=0.1)] = DEFAULT_TIMEOUT,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")] = False,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Show every place that must follow when a port of Doorward is moved; change what can be changed from here.

    Without --write and --send nothing is changed. Send the port to devices first and move the server right after:
    a device that has it dials the new port at once.
    """
    loaded = load_settings(settings, required=settings is not None)
    devices, known = _devices(settings)
    move = plan_move(
        old,
        new,
        ports=own_ports(loaded),
        settings_file=str(loaded.path),
        variables=[name for name in os.environ if name.startswith("DOORWARD_")],
        told_port=loaded.devices.told_port,
        devices=devices,
        devices_known=known,
    )
    chosen = _chosen(move, devices, device, send=send, told_port=loaded.devices.told_port)
    holder = find_holder(Address("", new), "tcp")
    if not as_json:
        _show(move, holder)
    _check_write(move, loaded, write=write)
    outcomes: list[dict[str, object]] = []
    if send:
        if chosen:
            confirmed(f"Send server port {new} to {counted(len(chosen), 'device')}?", yes=yes)
        outcomes = asyncio.run(_send_to(chosen, new, timeout))
        if not as_json:
            _show_outcomes(outcomes)
    if write:
        confirmed(f"Write {move.setting} = {new} to {loaded.path}?", yes=yes)
        from doorward.server.settings_edit import change_setting

        change_setting(loaded.path, move.setting, new)
        if not as_json:
            out.print(f"Written: {loaded.path}. Restart `doorward serve` now.", soft_wrap=True)
    if as_json:
        print_json({"move": move, "held_by": holder, "written": write, "devices": outcomes})
    elif not (write or send):
        out.print("Nothing was changed: --write changes the settings file, --send the devices.")
    if any(not outcome["done"] for outcome in outcomes):
        raise typer.Exit(1)


def _devices(settings: Path | None) -> tuple[list[DialledBy], bool]:
    """The devices in server mode that the database knows; and whether it could be asked."""
    try:
        open_data(settings)
    except DoorwardError as error:
        err.print(f"The devices of the database are not known: {error.message}", soft_wrap=True, markup=False)
        return [], False
    from doorward.server.devices.choices import Approval, Mode
    from doorward.server.devices.models import Device

    found = Device.objects.filter(mode=Mode.SERVER, generation="biostar1").exclude(approval=Approval.BLOCKED)
    return [
        DialledBy(row.device_id, row.name, row.last_address, _movable(row.model)) for row in found.order_by("device_id")
    ], True


def _movable(model: str) -> bool | None:
    found = next((item for item in MODELS if item.slug == model), None)
    return None if found is None else found.tcp_port != _FIXED_SERVER_PORT_CLASS


def _chosen(
    move: Move, devices: Sequence[DialledBy], named: list[int] | None, *, send: bool, told_port: int
) -> list[DialledBy]:
    if named and not send:
        raise InvalidInput("--device", named[0], "only with --send")
    if not send:
        return []
    if move.setting != DEVICE_PORT:
        raise InvalidInput("--send", move.setting, f"only for {DEVICE_PORT}: devices do not dial the console")
    if told_port:
        raise InvalidInput("--send", f"told_port = {told_port}", "no translated port: devices go on dialling that one")
    if named:
        known = {item.device_id: item for item in devices}
        return [known.get(number, DialledBy(number, "", "", None)) for number in dict.fromkeys(named)]
    return [item for item in devices if item.movable is not False]


def _check_write(move: Move, loaded: ServerSettings, *, write: bool) -> None:
    if not write:
        return
    place = move.places[0]
    if place.by != "--write":
        raise InvalidInput("--write", place.where, "no variable that stands above the file: change the variable")
    if not loaded.path.exists():
        raise DoorwardError(
            f"There is no settings file {loaded.path}.", advice="Run 'doorward init' to make one, or name it."
        )


def _show(move: Move, holder: str | None) -> None:
    print_table(
        f"TCP {move.old} becomes {move.new}: what must follow",
        ("", "What", "Where", "Change", "By"),
        ((number, place.what, place.where, place.change, place.by) for number, place in enumerate(move.places, 1)),
    )
    for warning in move.warnings:
        out.print(f"Note: {warning}", soft_wrap=True, markup=False)
    if holder is not None:
        out.print(f"Note: TCP {move.new} is held by {holder} now.", soft_wrap=True, markup=False)


async def _send_to(devices: Sequence[DialledBy], port: int, timeout: float) -> list[dict[str, object]]:
    outcomes: list[dict[str, object]] = []
    for device in devices:
        words, done = await _send(device, port, timeout)
        outcomes.append({"device_id": device.device_id, "name": device.name, "done": done, "result": words})
    return outcomes


async def _send(device: DialledBy, port: int, timeout: float) -> tuple[str, bool]:
    """Send one device the new port; gives what came of it."""
    try:
        found = await find_device(
            device.device_id, addresses=[device.address] if device.address else (), timeout=timeout
        )
        before = await read_network_settings(found, timeout=timeout)
        if before.server_port is None:
            raise Unsupported(f"{found.title} has no setting for it: it always dials {SERVER_PORT}.")
        if before.mode != "server":
            return "is in direct mode and dials nobody; left as it is", True
        change = await write_network_settings(found, NetworkChanges(server_port=port), timeout=timeout)
    except DoorwardError as error:
        return error.message, False
    return ("has it now, and restarts its network" if change.written else "had it already"), True


def _show_outcomes(outcomes: Sequence[dict[str, object]]) -> None:
    print_table(
        counted(len(outcomes), "device"),
        ("Device", "Name", "Done", "Result"),
        ((row["device_id"], row["name"], "yes" if row["done"] else "no", row["result"]) for row in outcomes),
    )

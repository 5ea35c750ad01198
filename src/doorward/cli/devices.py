"""``doorward devices``: list, approve, block and add devices of the server on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from doorward.cli import device_holds
from doorward.cli.device_certificates import app as certificate_app
from doorward.cli.output import JsonOption, counted, out, print_json, print_table
from doorward.cli.server_command import SettingsOption, open_data, person_at_terminal, server_command
from doorward.cli.status import SELF_EXPLAINING

if TYPE_CHECKING:
    from doorward.server.devices.shapes import DeviceOut

app = typer.Typer(name="devices", help="List, approve and block the devices of the server.", no_args_is_help=True)
app.add_typer(certificate_app)
device_holds.add_to(app)

DeviceIds = Annotated[list[int], typer.Argument(help="Numbers of the devices.", metavar="DEVICE_ID...")]


@app.command("list")
@server_command
def list_devices(
    settings: SettingsOption = None,
    approval: Annotated[str, typer.Option(help="Only those: waiting, approved or blocked.")] = "",
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """List the devices that the server knows."""
    open_data(settings)
    from doorward.model.errors import InvalidInput
    from doorward.server.devices.choices import Approval
    from doorward.server.devices.services import devices
    from doorward.server.devices.shapes import shown
    from doorward.server.system.services import running_server

    if approval and approval not in Approval.values:
        raise InvalidInput("--approval", approval, ", ".join(Approval.values))
    found = devices().filter(approval=approval) if approval else devices()
    runs = running_server() is not None
    rows = [shown(device, server_runs=runs) for device in found]
    if as_json:
        for row in rows:
            print_json(row.model_dump(mode="json"))
        return
    print_table(
        counted(len(rows), "device"),
        ("Device", "Name", "Model", "Approval", "Mode", "State", "Reason", "Held by", "Last heard from"),
        (
            (
                row.device_id,
                row.name,
                row.model,
                row.approval,
                row.mode,
                row.state,
                _reason(row),
                _holder(row),
                row.last_address,
            )
            for row in rows
        ),
    )


def _holder(row: DeviceOut) -> str:
    return "" if row.holder is None else row.holder.name


def _reason(row: DeviceOut) -> str:
    return "" if row.state in SELF_EXPLAINING else row.reason


@app.command()
@server_command
def approve(
    device_ids: DeviceIds,
    settings: SettingsOption = None,
    name: Annotated[str | None, typer.Option(help="Name of the device; for a single one.")] = None,
) -> None:
    """Let devices in, at the address from which each was last heard."""
    open_data(settings)
    from doorward.model.errors import InvalidInput
    from doorward.server.devices.services import approve as approve_device

    if name is not None and len(device_ids) > 1:
        raise InvalidInput("--name", name, "a name for a single device only")
    for device_id in device_ids:
        device = approve_device(device_id, by=person_at_terminal(), name=name)
        at = f" at {device.approved_address}" if device.approved_address else ""
        out.print(f"Device {device_id} is approved{at}.")


@app.command()
@server_command
def block(
    device_ids: DeviceIds,
    settings: SettingsOption = None,
    reason: Annotated[str, typer.Option(help="Why; kept in the device's history.")] = "",
) -> None:
    """Keep devices out; the connections that they have are dropped."""
    open_data(settings)
    from doorward.server.devices.services import block as block_device

    for device_id in device_ids:
        block_device(device_id, by=person_at_terminal(), reason=reason)
        out.print(f"Device {device_id} is blocked.")


@app.command()
@server_command
def add(
    device_id: Annotated[int, typer.Argument(help="Number of the device.")],
    address: Annotated[str, typer.Argument(help="Its IP address or name.")],
    settings: SettingsOption = None,
    port: Annotated[int | None, typer.Option(help="Its TCP port; else that of the model.")] = None,
    name: Annotated[str, typer.Option(help="Its name.")] = "",
    model: Annotated[str, typer.Option(help="Its model, such as bioentry-plus.")] = "",
    agent: Annotated[str, typer.Option(help="Name or number of the agent that dials it; else the server does.")] = "",
) -> None:
    """Add a device in direct mode: the server dials it, or an agent beside it."""
    open_data(settings)
    from doorward.server.agents.services import agent_named
    from doorward.server.devices.services import add_direct_device

    found = agent_named(agent) if agent else None
    add_direct_device(device_id, address, by=person_at_terminal(), port=port, name=name, model=model, agent=found)
    out.print(f"Device {device_id} is added; {f'the agent {found.name}' if found else 'the server'} dials {address}.")

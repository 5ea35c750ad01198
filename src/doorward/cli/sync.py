"""``doorward sync``: how devices stand with people and rights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from doorward.cli.output import JsonOption, counted, print_json, print_table
from doorward.cli.server_command import SettingsOption, open_data, server_command

if TYPE_CHECKING:
    from doorward.server.sync.services import Standing

app = typer.Typer(name="sync", help="See what devices hold of people and rights.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """See what devices hold of people and rights."""


@app.command()
@server_command
def status(settings: SettingsOption = None, as_json: Annotated[bool, JsonOption] = False) -> None:
    """Show how each device stands with its people: what waits, what does not fit, what was changed there by hand."""
    open_data(settings)
    from doorward.server.devices.choices import Approval
    from doorward.server.devices.models import Device
    from doorward.server.sync.services import counted as with_numbers
    from doorward.server.sync.services import standing_of

    devices = Device.objects.filter(approval=Approval.APPROVED.value).order_by("pk")
    rows = [standing_of(device) for device in with_numbers(devices)]
    if as_json:
        for row in rows:
            print_json(_as_json(row))
        return
    print_table(
        f"{counted(sum(row.managed for row in rows), 'device')} of {len(rows)} get people and rights from here",
        (
            "Device", "Name", "From here", "Holds", "Waiting", "Withdrawals", "Do not fit", "Changed there", "Done",
            "Words",
        ),
        (
            (
                row.device.pk, row.device.name, "yes" if row.managed else "no", row.held, row.waiting or "",
                row.withdrawals or "", row.problems or "", row.differences or "",
                f"{row.done}/{row.total}" if row.total else ("in step" if row.in_step else ""), row.words,
            )
            for row in rows
        ),
    )  # fmt: skip


def _as_json(row: Standing) -> dict[str, object]:
    return {
        "device": row.device.pk,
        "name": row.device.name,
        "managed": row.managed,
        "in_step": row.in_step,
        "held": row.held,
        "waiting": row.waiting,
        "withdrawals": row.withdrawals,
        "problems": row.problems,
        "differences": row.differences,
        "done": row.done,
        "total": row.total,
        "checked_at": row.checked_at,
        "words": row.words,
    }

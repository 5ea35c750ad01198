"""``doorward devices certificate``: issue, revoke, remove and list the certificates of devices."""

from __future__ import annotations

import datetime
import os
import platform
from typing import TYPE_CHECKING, Annotated

import typer

from doorward.cli.output import JsonOption, err, out, print_json, print_table
from doorward.cli.server_command import SettingsOption, open_data, person_at_terminal, server_command
from doorward.model.errors import DoorwardError

if TYPE_CHECKING:
    from doorward.server.certificates.services import Doer

app = typer.Typer(
    name="certificate",
    help="Certificates with which BioStations prove who they are, by TLS. The server has an authority of its own.",
    no_args_is_help=True,
)

DeviceId = Annotated[int, typer.Argument(help="Number of the device.", metavar="DEVICE_ID")]


class OrderFailed(DoorwardError):
    """The device or its line said no; the message is its own."""


@app.command()
@server_command
def issue(
    device_id: DeviceId,
    settings: SettingsOption = None,
    days: Annotated[int | None, typer.Option(help="How long it is valid; ten years without it.")] = None,
) -> None:
    """Issue a certificate and let the running server put it on the device, which dials in with TLS from then on.

    It travels over the device's present line: do this while that line is on a network that you trust.
    """
    open_data(settings)
    from doorward.server.certificates import services
    from doorward.server.certificates.making import DEVICE_DAYS
    from doorward.server.devices.services import one_device
    from doorward.server.orders.choices import OrderKind
    from doorward.server.orders.services import carry_out, require_server

    require_server()
    device = one_device(device_id)
    services.check_takes_certificate(device)
    services.require_connected(device)
    doer = _doer()
    issued = services.issue(device_id, doer, days=DEVICE_DAYS if days is None else days)
    outcome = carry_out(device_id, OrderKind.INSTALL_CERTIFICATE, by=doer.by, content=issued.file)
    if not outcome.succeeded:
        raise OrderFailed(f"Device {device_id} did not take the certificate: {outcome.words}", advice=outcome.advice)
    replaced = services.confirm_installed(issued.row, doer)
    out.print(f"Device {device_id}: {outcome.words}", soft_wrap=True)
    out.print(f"Certificate {issued.row.serial}, valid until {issued.row.expires:%Y-%m-%d}.", soft_wrap=True)
    for row in replaced:
        out.print(f"Certificate {row.serial}, which it had before, is revoked.", soft_wrap=True)


@app.command()
@server_command
def revoke(
    device_id: DeviceId,
    settings: SettingsOption = None,
    reason: Annotated[str, typer.Option(help="Why; kept with the certificate.")] = "",
) -> None:
    """Revoke the certificates of a device: from now on they are refused, and its connection is dropped.

    They stay on the device, which dials in vain until an operator resets it: the way for a device that is lost. To go
    back to a line without TLS, use 'remove'.
    """
    open_data(settings)
    from doorward.server.certificates import services

    doer = _doer()
    for row in services.revoke(device_id, doer, reason=reason):
        out.print(f"Certificate {row.serial} of device {device_id} is revoked.", soft_wrap=True)
    _drop(device_id, doer)


@app.command()
@server_command
def remove(device_id: DeviceId, settings: SettingsOption = None) -> None:
    """Take the certificate off a connected device and revoke it; the device dials in without TLS from then on."""
    open_data(settings)
    from doorward.server.certificates import services
    from doorward.server.devices.services import one_device
    from doorward.server.orders.choices import OrderKind
    from doorward.server.orders.services import carry_out

    services.check_takes_certificate(one_device(device_id))
    doer = _doer()
    outcome = carry_out(device_id, OrderKind.REMOVE_CERTIFICATE, by=doer.by)
    if not outcome.succeeded:
        raise OrderFailed(f"Device {device_id} kept its certificate: {outcome.words}", advice=outcome.advice)
    out.print(f"Device {device_id}: {outcome.words}", soft_wrap=True)
    if services.in_force(device_id).exists():
        for row in services.revoke(device_id, doer, reason="removed from the device"):
            out.print(f"Certificate {row.serial} is revoked.", soft_wrap=True)


@app.command("list")
@server_command
def list_certificates(
    device_ids: Annotated[list[int] | None, typer.Argument(help="Only of these.", metavar="[DEVICE_ID...]")] = None,
    settings: SettingsOption = None,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """List the certificates that were issued, also those that hold no more."""
    open_data(settings)
    from doorward.server.certificates.models import DeviceCertificate
    from doorward.server.certificates.services import state_words

    found = DeviceCertificate.objects.all()
    rows = list(found.filter(device_id__in=device_ids) if device_ids else found)
    if as_json:
        for row in rows:
            print_json(
                {
                    "device_id": row.device_id,
                    "serial": row.serial,
                    "issued": row.issued,
                    "issued_by": row.issued_by,
                    "issued_from": row.issued_from,
                    "expires": row.expires,
                    "installed": row.installed,
                    "revoked": row.revoked,
                    "revoked_by": row.revoked_by,
                    "revoked_from": row.revoked_from,
                    "revoked_reason": row.revoked_reason,
                    "state": state_words(row),
                }
            )
        return
    print_table(
        f"{len(rows)} certificates",
        ("Device", "Serial number", "Issued", "By", "At", "Valid until", "State"),
        (
            (
                row.device_id,
                row.serial,
                _time(row.issued),
                row.issued_by,
                row.issued_from,
                f"{row.expires:%Y-%m-%d}",
                state_words(row),
            )
            for row in rows
        ),
    )


def _drop(device_id: int, doer: Doer) -> None:
    """Let the running server end a connection that rests on a revoked certificate."""
    from doorward.server.orders.choices import OrderKind
    from doorward.server.orders.services import carry_out
    from doorward.server.system.services import running_server

    if running_server() is None:
        out.print("No server runs now; it refuses them when it is started.")
        return
    try:
        outcome = carry_out(device_id, OrderKind.RECONNECT, by=doer.by, reason="Its certificate was revoked.")
    except DoorwardError as error:
        err.print(
            f"[yellow]Note:[/] They are refused from now on, but a connection that stands was not dropped: {error}",
            soft_wrap=True,
        )
        return
    if outcome.succeeded:
        out.print("A connection that it had is dropped.")


def _doer() -> Doer:
    from doorward.server.certificates.services import Doer

    came_from = os.environ.get("SSH_CONNECTION", "").split()
    place = platform.node() + (f" (from {came_from[0]})" if came_from else "")
    return Doer(person_at_terminal(), place[:255])


def _time(moment: datetime.datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"

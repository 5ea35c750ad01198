"""``doorward device``: one device over one connection."""

from __future__ import annotations

import datetime
from collections.abc import Awaitable
from typing import Annotated, Any, TypeVar

import typer
from rich.markup import escape

from doorward.cli import device_backup, device_events, device_people, device_rights
from doorward.cli.device_options import (
    DEFAULT_CODEC,
    DEFAULT_TIMEOUT,
    Codec,
    Host,
    Model,
    Password,
    Timeout,
    Zone,
    connected,
    read_moment,
)
from doorward.cli.output import JsonOption, command, confirmed, err, out, print_facts, print_json
from doorward.model.doors import DoorAction
from doorward.model.errors import DeviceRefused, InvalidInput, Unsupported

T = TypeVar("T")

CLOCK_WARNING = datetime.timedelta(seconds=60)

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Speak to one device in direct mode. A device serves one client at a time: end other connections first.",
)

Json = Annotated[bool, JsonOption]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]
Door = Annotated[int, typer.Option("--door", help="Door of the device: 0 the first, 1 the second.", min=0, max=1)]


@app.command()
@command
async def info(
    host: Host,
    model: Model = None,
    password: Password = None,
    timeout: Timeout = DEFAULT_TIMEOUT,
    codec: Codec = DEFAULT_CODEC,
    zone: Zone = None,
    as_json: Json = False,
) -> None:
    """Who the device is, what it holds, and how its clock and network are set."""
    async with connected(host, model=model, password=password, timeout=timeout, codec=codec, zone=zone) as device:
        problems: dict[str, str] = {}
        information = await _told("information", device.information(), problems)
        totals = await _told("people", device.people.totals(), problems)
        events = await _told("events", device.event_count(), problems)
        drift = await _told("time", device.clock_drift(), problems)
        network = await _told("network", device.network_settings(), problems)
    if as_json:
        print_json(
            {
                "device_id": device.device_id,
                "model": device.model,
                "type": device.context.model.device_type,
                "generation": device.generation,
                "product_name": information and information.product_name,
                "firmware_version": information and information.firmware_version,
                "board_version": information and information.board_version,
                "mac_address": information and information.mac_address,
                "details": information and information.details,
                "people": totals and totals.people,
                "finger_templates": totals and totals.finger_templates,
                "face_templates": totals and totals.face_templates,
                "events": events,
                "time": drift and drift.device_time,
                "clock_drift_seconds": drift and drift.drift.total_seconds(),
                "network": network,
                "problems": problems,
            }
        )
        return
    facts: list[tuple[str, Any]] = []
    if information is not None:
        facts += [
            ("Product", information.product_name),
            ("Firmware", information.firmware_version),
            ("Board", information.board_version),
            ("MAC address", information.mac_address),
            *((name.capitalize().replace("_", " "), value) for name, value in information.details.items()),
        ]
    if totals is not None:
        facts += [
            ("People", totals.people),
            ("Finger templates", totals.finger_templates),
            ("Face templates", totals.face_templates),
        ]
    facts.append(("Events", events))
    if drift is not None:
        facts.append(("Clock", f"{drift.device_time} ({_drift_words(drift.drift)})"))
    if network is not None:
        facts += [
            ("Mode", network.mode),
            ("Address", f"{network.address}, mask {network.mask}" + (", DHCP" if network.dhcp else "")),
            ("Server", network.server_address),
        ]
    print_facts(f"{device.title} {device.device_id}", [fact for fact in facts if fact[1] not in (None, "")])
    for problem in problems.values():
        err.print(f"[yellow]Note:[/] {escape(problem)}", soft_wrap=True)


async def _told(name: str, question: Awaitable[T], problems: dict[str, str]) -> T | None:
    """Ask for a part of the picture; a part that the device refuses is noted and does not hide the others."""
    try:
        return await question
    except (DeviceRefused, Unsupported) as refusal:
        problems[name] = refusal.message
        return None


def _drift_words(drift: datetime.timedelta) -> str:
    seconds = abs(drift.total_seconds())
    if seconds <= 1:
        return "right"
    amount = f"{seconds:.0f} s" if seconds < 120 else str(datetime.timedelta(seconds=round(seconds)))
    return f"{amount} {'ahead' if drift > datetime.timedelta() else 'behind'}"


@app.command()
@command
async def time(
    host: Host,
    set_to: Annotated[
        str | None, typer.Option("--set", metavar="now|TIME", help="Set the clock to now, or to a time.")
    ] = None,
    model: Model = None,
    password: Password = None,
    timeout: Timeout = DEFAULT_TIMEOUT,
    zone: Zone = None,
    as_json: Json = False,
) -> None:
    """Read or set the clock.

    A device's clock runs in local time and knows no zone. --zone tells which; without it this machine's is taken.
    """
    moment = None if set_to in (None, "now") else read_moment("--set", set_to)
    async with connected(host, model=model, password=password, timeout=timeout, zone=zone) as device:
        was = await device.clock_drift()
        now = was
        if set_to is not None:
            await device.set_time(moment)
            now = await device.clock_drift()
    if as_json:
        print_json(
            {
                "device_id": device.device_id,
                "time": now.device_time,
                "drift_seconds": now.drift.total_seconds(),
                "uncertainty_seconds": now.uncertainty.total_seconds(),
                "set": set_to is not None,
                "drift_before_seconds": was.drift.total_seconds(),
            }
        )
        return
    out.print(f"{device.title} {device.device_id}: {now.device_time} ({_drift_words(now.drift)})")
    if set_to is not None:
        out.print(f"Set; before, the clock was {_drift_words(was.drift)}.")
    elif abs(now.drift) > CLOCK_WARNING:
        out.print("Events carry this clock's time. Set it with --set now, if the zone above is the device's.")


@app.command("open")
@command
async def open_(
    host: Host,
    door: Door = 0,
    lock: Annotated[bool, typer.Option("--lock", help="Switch the relay off: the door locks.")] = False,
    model: Model = None,
    password: Password = None,
    timeout: Timeout = DEFAULT_TIMEOUT,
    as_json: Json = False,
) -> None:
    """Open a door for its own opening time, or lock it again."""
    action = DoorAction.RELEASE if lock else DoorAction.OPEN
    async with connected(host, model=model, password=password, timeout=timeout) as device:
        await device.doors.act(door, action)
    if as_json:
        print_json({"device_id": device.device_id, "door": door, "action": action.value, "done": True})
    else:
        out.print(f"Door {door} of {device.title} {device.device_id}: {'locked' if lock else 'opened'}.")


@app.command()
@command
async def notice(
    host: Host,
    text: Annotated[str, typer.Argument(help="What to show.")],
    model: Model = None,
    password: Password = None,
    timeout: Timeout = DEFAULT_TIMEOUT,
    codec: Codec = DEFAULT_CODEC,
    as_json: Json = False,
) -> None:
    """Show a notice on the screen of a model that has one."""
    if not text.strip():
        raise InvalidInput("TEXT", text, "at least one character")
    async with connected(host, model=model, password=password, timeout=timeout, codec=codec) as device:
        await device.show_notice(text)
    if as_json:
        print_json({"device_id": device.device_id, "shown": True})
    else:
        out.print(f"{device.title} {device.device_id} shows the notice.")


@app.command()
@command
async def reboot(
    host: Host,
    yes: Yes = False,
    model: Model = None,
    password: Password = None,
    timeout: Timeout = DEFAULT_TIMEOUT,
    as_json: Json = False,
) -> None:
    """Restart the device; nobody gets in by it meanwhile."""
    async with connected(host, model=model, password=password, timeout=timeout) as device:
        confirmed(f"Restart {device.title} {device.device_id}? Its door is unserved meanwhile.", yes=yes)
        await device.reboot()
    if as_json:
        print_json({"device_id": device.device_id, "restarted": True})
    else:
        out.print(f"{device.title} {device.device_id} restarts now.")


app.command("events")(device_events.events)
app.command("people")(device_people.people)
app.command("rights")(device_rights.rights)
app.command("backup")(device_backup.backup)
app.command("restore")(device_backup.restore)

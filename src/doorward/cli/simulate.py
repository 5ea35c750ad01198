"""``doorward simulate``: virtual devices on this machine."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from doorward.cli.output import JsonOption, command, counted, err, out, print_json, print_table
from doorward.cli.places import split_host
from doorward.model.errors import InvalidInput
from doorward.protocol.biostar1.redial import ServerAddress
from doorward.protocol.biostar1.server_mode import SERVER_PORT
from doorward.simulator import (
    Control,
    DialBehaviour,
    Fault,
    Limits,
    LineBehaviour,
    ServerModeSite,
    TrafficPlan,
    VirtualDevice,
    VirtualSite,
    standard_input,
)
from doorward.simulator.site import FIRST_DEVICE_ID

FAULTS = {
    "drop-line": Fault.DROP_LINE,
    "stall": Fault.STALL,
    "wrong-checksum": Fault.WRONG_CHECKSUM,
    "busy": Fault.BUSY,
    "reboot": Fault.REBOOT,
}
UDP_LOSS = "udp-loss"
MODES = ("direct", "server")
DEFAULT_SERVER = f"127.0.0.1:{SERVER_PORT}"


def comma_separated(values: list[str] | None) -> list[str]:
    """Take a list apart that was given with commas, in several options, or both."""
    return [part.strip() for value in values or () for part in value.split(",") if part.strip()]


def parse_faults(texts: list[str] | None) -> tuple[dict[Fault, float], float]:
    """Read ``KIND=SHARE`` options; gives the chances of each fault and the share of lost datagrams.

    Raises:
        InvalidInput: The kind is unknown or the share is not between 0 and 1.
    """
    chances: dict[Fault, float] = {}
    loss = 0.0
    for text in comma_separated(texts):
        kind, _, number = text.partition("=")
        try:
            share = float(number)
        except ValueError:
            share = -1.0
        if not 0 <= share <= 1 or (kind != UDP_LOSS and kind not in FAULTS):
            kinds = ", ".join((*FAULTS, UDP_LOSS))
            raise InvalidInput("--fault", text, f"KIND=SHARE with a share from 0 to 1 and a kind of {kinds}")
        if kind == UDP_LOSS:
            loss = share
        else:
            chances[FAULTS[kind]] = share
    return chances, loss


@command
async def simulate(
    devices: Annotated[int, typer.Option("--devices", "-n", help="How many devices.", min=1)] = 1,
    model: Annotated[
        list[str] | None,
        typer.Option("--model", "-m", metavar="NAME[,NAME..]", help="Models, in turn; every model without it."),
    ] = None,
    mode: Annotated[
        str, typer.Option("--mode", help="direct: clients dial the devices. server: the devices dial a server.")
    ] = "direct",
    server: Annotated[
        str, typer.Option("--server", metavar="HOST:PORT", help="The server to dial in server mode.")
    ] = DEFAULT_SERVER,
    rate: Annotated[
        float, typer.Option("--rate", help="Events a second over all devices, in server mode.", min=0)
    ] = 0.0,
    repeats: Annotated[
        float, typer.Option("--repeats", help="Share of these events that happen twice, alike.", min=0, max=1)
    ] = 0.0,
    keep_alive: Annotated[
        float, typer.Option("--keep-alive", help="Seconds without a question before a keep-alive.", min=1)
    ] = DialBehaviour().keep_alive,
    control: Annotated[
        bool, typer.Option("--control", help="Obey JSON lines on standard input, in server mode.")
    ] = False,
    bind: Annotated[
        list[str] | None,
        typer.Option("--bind", metavar="ADDRESS[,ADDRESS..]", help="Own addresses, in turn, instead of 127.0.1.1 ..."),
    ] = None,
    first_id: Annotated[int, typer.Option("--first-id", help="Serial number of the first.", min=1)] = FIRST_DEVICE_ID,
    state: Annotated[
        Path | None, typer.Option("--state", metavar="DIR", help="Keep what the devices hold in this folder.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Decides people, history and traffic.")] = 0,
    people: Annotated[int, typer.Option("--people", help="People to enrol in each device.", min=0)] = 24,
    history: Annotated[int, typer.Option("--history", help="Log records to begin with.", min=0)] = 1000,
    swipes: Annotated[
        float, typer.Option("--swipes", help="People a minute at each door; nobody without it.", min=0)
    ] = 0.0,
    denied: Annotated[float, typer.Option("--denied", help="Share of them who are refused.", min=0, max=1)] = 0.05,
    duress: Annotated[float, typer.Option("--duress", help="Share of them under duress.", min=0, max=1)] = 0.001,
    forced: Annotated[float, typer.Option("--forced", help="Share of forced doors.", min=0, max=1)] = 0.002,
    drift: Annotated[float, typer.Option("--drift", help="Seconds that each clock gains a day.")] = 0.0,
    password: Annotated[str | None, typer.Option("--password", help="Communication password of each device.")] = None,
    max_clients: Annotated[int, typer.Option("--max-clients", help="TCP clients at once.", min=1)] = 1,
    idle: Annotated[
        float | None, typer.Option("--idle", help="Close a connection after this many idle seconds; 0 never.", min=0)
    ] = None,
    log_capacity: Annotated[
        int | None, typer.Option("--log-capacity", help="Log records before the oldest go.", min=1)
    ] = None,
    user_capacity: Annotated[int | None, typer.Option("--user-capacity", help="Most users.", min=1)] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option("--fault", metavar="KIND=SHARE", help=f"Faults by chance: {', '.join((*FAULTS, UDP_LOSS))}."),
    ] = None,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Run virtual devices until Ctrl-C: each at an address of its own with its real TCP port and UDP port.

    Every BioStar 1 model is there; BioStar 2 models (biostation-2, bioentry-w2 ...) answer UDP. In server mode the
    devices dial a server, redial when the line breaks, and keep what happens meanwhile in their logs. With --json a
    line describes each device. With --control each JSON line on standard input makes a device act and is answered by
    one JSON line; the integrator's page tells which.
    """
    if mode not in MODES:
        raise InvalidInput("--mode", mode, " or ".join(MODES))
    chances, loss = parse_faults(fault)
    plan = TrafficPlan(swipes, denied, duress, forced) if swipes else None
    site = VirtualSite(
        devices,
        models=comma_separated(model),
        first_id=first_id,
        seed=seed,
        bind=comma_separated(bind),
        state=state,
        people=people,
        history_records=history,
        password=None if password is None else password.encode(),
        drift=drift or None,
        limits=Limits(user_capacity, log_capacity),
        behaviour=LineBehaviour(
            max_clients=max_clients, idle_limit=idle, server_mode=DialBehaviour(keep_alive=keep_alive)
        ),
        traffic=plan if mode == "direct" else None,
    )
    for number, device in enumerate(site.devices):
        if isinstance(device, VirtualDevice):
            device.faults.seed(seed + number)
            device.faults.with_probability(chances)
            device.faults.udp_loss = loss
    stopped = stop_event()
    if mode == "direct":
        await _run_direct(site, stopped, as_json=as_json)
    else:
        behaviour = DialBehaviour(keep_alive=keep_alive)
        server_site = ServerModeSite(
            site, _server_address(server), behaviour=behaviour, rate=rate, repeat_share=repeats, traffic=plan, seed=seed
        )
        await _run_in_server_mode(server_site, site, stopped, control=control, as_json=as_json)
    if not as_json and not control:
        out.print("Stopped.")


async def _run_direct(site: VirtualSite, stopped: asyncio.Event, *, as_json: bool) -> None:
    async with site:
        _announce(site, as_json=as_json)
        for problem in site.problems:
            err.print(f"[yellow]Note:[/] {problem}", soft_wrap=True)
        await stopped.wait()


async def _run_in_server_mode(
    server_site: ServerModeSite, site: VirtualSite, stopped: asyncio.Event, *, control: bool, as_json: bool
) -> None:
    async with server_site:
        if not control or as_json:
            _announce(site, as_json=as_json)
        if not control:
            await stopped.wait()
            return
        obeying = asyncio.create_task(Control(server_site).run(standard_input(), _print_line))
        stopping = asyncio.create_task(stopped.wait())
        try:
            await asyncio.wait((obeying, stopping), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (obeying, stopping):
                task.cancel()
            await asyncio.gather(obeying, stopping, return_exceptions=True)


def _print_line(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _server_address(text: str) -> ServerAddress:
    host, port = split_host(text)
    if not host:
        raise InvalidInput("--server", text, "HOST or HOST:PORT, such as 192.168.1.5:1480")
    return ServerAddress(host, port or SERVER_PORT)


def _announce(site: VirtualSite, *, as_json: bool) -> None:
    if as_json:
        for description in site.describe():
            print_json(description)
    else:
        _show(site)


def _show(site: VirtualSite) -> None:
    rows = [
        (item.device_id, item.model, item.address, item.port if item.generation == "biostar1" else "UDP only")
        for item in site.describe()
    ]
    print_table(counted(len(rows), "virtual device"), ["Device", "Model", "Address", "Port"], rows)
    out.print("Running; Ctrl-C ends it.")


def stop_event() -> asyncio.Event:
    """An event that Ctrl-C or a request to end sets; make it before anything is announced."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C arrives as KeyboardInterrupt
            loop.add_signal_handler(number, stopped.set)
    return stopped

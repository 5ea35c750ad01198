"""Carries out what operators want of a device, and tells what came of it in the device's own words."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from doorward.gateway.collaborators import (
    Command,
    CommandOutcome,
    FetchLog,
    InstallCertificate,
    Reboot,
    Reconnect,
    RemoveCertificate,
    SyncTime,
)
from doorward.gateway.context import GatewayContext
from doorward.gateway.door_commands import DOOR_COMMANDS, door_command
from doorward.gateway.server_link import ServerLink
from doorward.gateway.settings_commands import SETTINGS_COMMANDS, Answer, settings_command
from doorward.model.errors import DoorwardError, NotReached, Unsupported
from doorward.protocol.biostar1.certificates import CERTIFICATE_TYPES
from doorward.protocol.biostar1.server_mode import DeleteCertificate, WriteCertificate

if TYPE_CHECKING:
    from doorward.gateway.link import DeviceLink
    from doorward.gateway.supervisor import DeviceSupervisor

logger = logging.getLogger(__name__)


async def carry_out(command: Command, device: DeviceSupervisor | None, context: GatewayContext) -> CommandOutcome:
    """Carry out a command; never raises but for cancellation."""
    limit = context.settings.command_limit
    if isinstance(command, FetchLog):
        limit = context.settings.long_command_limit
    context.counters.commands += 1
    try:
        with context.in_hand.one():
            async with asyncio.timeout(limit):
                answer = await _do(command, device)
        words, data = answer if isinstance(answer, tuple) else (answer, {})
        return CommandOutcome(command.command_id, True, words, data=data)
    except TimeoutError:
        outcome = CommandOutcome(
            command.command_id,
            False,
            f"Device {command.device_id} did not finish this within {limit:g} s.",
            "It may have obeyed all the same: look at its state before trying again.",
        )
    except DoorwardError as error:
        outcome = CommandOutcome(command.command_id, False, error.message, error.advice)
    except Exception:
        logger.exception("command %s failed", command)
        outcome = CommandOutcome(command.command_id, False, "A fault of the server; its log tells more.")
    context.counters.failed_commands += 1
    return outcome


async def _do(command: Command, device: DeviceSupervisor | None) -> str | Answer:
    if device is not None and isinstance(command, Reconnect):
        return _reconnect(device, command.reason)
    link = None if device is None else device.link
    if device is None or link is None:
        state = "" if device is None else f": {device.state.value}. {device.reason}"
        raise NotReached(
            f"Device {command.device_id} is not connected{state}",
            advice="Give the command again when the device is live.",
        )
    return await _do_over(link, command)


def _reconnect(device: DeviceSupervisor, reason: str) -> str:
    if device.link is not None:
        device.link.end(NotReached(reason))
    device.heard()
    return "The connection is made anew."


async def _do_over(link: DeviceLink, command: Command) -> str | Answer:
    if isinstance(command, SETTINGS_COMMANDS):
        return await settings_command(link, command)
    if isinstance(command, DOOR_COMMANDS):
        return await door_command(link, command)
    if isinstance(command, Reboot):
        await link.driver().reboot()
        return "The device restarts."
    if isinstance(command, SyncTime):
        await link.set_clock()
        link.context.clock_guard.vouch()
        return "The clock was set."
    if isinstance(command, FetchLog):
        result = await link.catch_up("an operator asked for it" if command.complete else "")
        if result is None or not result.went_through:
            raise NotReached(
                "The log was not read to its end"
                + (f": {result.state.hindrance}" if result is not None else ", since the device refused it.")
            )
        return f"The log was read; {result.new_rows} events were new."
    if isinstance(command, InstallCertificate):
        await _certificate_request(link, WriteCertificate(command.file))
        _redial(link, "It took a certificate and dials in anew, with TLS.")
        return "The device took the certificate; it dials in with TLS from now on."
    if isinstance(command, RemoveCertificate):
        await _certificate_request(link, DeleteCertificate())
        _redial(link, "Its certificate was removed and it dials in anew, without TLS.")
        return "The device removed its certificate; it dials in without TLS from now on."
    raise Unsupported(f"This server does not know the command {type(command).__name__}.")


async def _certificate_request(link: DeviceLink, request: WriteCertificate | DeleteCertificate) -> None:
    if not isinstance(link, ServerLink) or link.device_type not in CERTIFICATE_TYPES:
        what = link.title if isinstance(link, ServerLink) else "A device in direct mode"
        raise Unsupported(
            f"{what} takes no certificate: only a BioStation in server mode does.",
            advice="Keep its line on a network of its own.",
        )
    await link.session.request(request)


def _redial(link: DeviceLink, reason: str) -> None:
    # A standing connection stays as it was made, so it is made anew.
    link.end(NotReached(reason))

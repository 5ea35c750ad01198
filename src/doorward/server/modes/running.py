"""Doing a change of mode step by step, in a thread of its own; it can be gone on with after a restart of the server."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from django.utils import timezone

from doorward.gateway.collaborators import ConnectionMode, DeviceState
from doorward.model.errors import DoorwardError
from doorward.model.network_settings import DIRECT, NetworkSettings
from doorward.server.devices.choices import Approval, Mode
from doorward.server.devices.directory import host_of
from doorward.server.devices.gateway_views import view_of
from doorward.server.devices.models import Device
from doorward.server.discovery import services as discovery
from doorward.server.holds import services as holds
from doorward.server.holds.clients import Client
from doorward.server.modes import services
from doorward.server.modes.choices import ChangeState, StepState
from doorward.server.modes.models import ModeChange
from doorward.server.modes.reasons import why_it_does_not_call, why_it_does_not_listen
from doorward.server.modes.steps import Step, Steps
from doorward.server.modes.ways import Way, last_host, listens, place_of, way_to
from doorward.server.operators.actor import acting

logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 0.5
OVERDUE_LOOK_SECONDS: Final = 5.0
DIAL_AGAIN_SECONDS: Final = 2.0
KEEP_SECONDS: Final = 30.0
BACK: Final = (
    "Bring it back on the page of the device, or mend what is named and wait: it is taken as soon as it comes."
)


class Stopping(Exception):
    """The server stops; the change goes on when it starts again."""


class ModeRun:
    """Does one change.

    Args:
        change: The change.
        stop: Set when the server stops.
    """

    def __init__(self, change: ModeChange, stop: threading.Event) -> None:
        self.change = change
        self._stop = stop
        self._udp_port = change.udp_port
        self._steps = Steps(change)
        self._kept = time.monotonic()

    def run(self) -> None:
        """Do it until the device is in the mode, or nobody waits for it any more."""
        with acting(services.actor_of(self.change)):
            try:
                if self.change.written is None:
                    self._set_up()
                if self.change.target == Mode.SERVER:
                    self._wait_for_call()
                else:
                    self._wait_for_listening()
            except Stopping:
                logger.info("The change of the mode of device %s goes on at the next start.", self.change.device_id)
            except DoorwardError as error:
                services.finish(self.change, ChangeState.FAILED, error.message, error.advice)
            except Exception:
                logger.exception("Changing the mode of device %s failed.", self.change.device_id)
                words = "A fault of the server; its log tells more."
                services.finish(self.change, ChangeState.FAILED, words)

    # --- Setting it up ------------------------------------------------------------------------------------------------

    def _device(self) -> Device:
        return Device.objects.select_related("agent").get(pk=self.change.device_id)

    def _way(self) -> Way:
        device = self._device()
        return way_to(device, last_host(device) or self.change.device_address, self._udp_port)

    def _set_up(self) -> None:
        with self._steps.one("look", "Ask the device how it is set up") as step:
            told, way = self._asked(step)
            step.text = _told_words(told)
        wanted = services.wanted_changes(self.change, has_server_port=told.server_port is not None)
        self._note_port(told)
        with self._steps.one("write", "Send it the new settings") as step:
            what = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in wanted.named.items())
            step.sends = f"{what}: {way.words}"
            self._steps.show(step)
            done = way.write(wanted)
            services.note_written(self.change, done.after.address or way.host, done.after.port)
            step.text = "The device took them and restarts its network."
            if not done.written:
                step.text = "The device had them already; nothing was sent."
        if self.change.target == Mode.SERVER:
            self._expect_call(done.after)

    def _asked(self, step: Step) -> tuple[NetworkSettings, Way]:
        """Ask over the connection that stands, or by UDP where there is none or it fails."""
        way = self._way()
        step.sends = f"A question: {way.words}"
        self._steps.show(step)
        try:
            return way.read(), way
        except DoorwardError:
            if way.connection is None:
                raise
        by_udp = Way(way.device, way.host, self._udp_port)
        step.sends = f"A question: {by_udp.words}"
        self._steps.show(step)
        return by_udp.read(), by_udp

    def _note_port(self, told: NetworkSettings) -> None:
        """A model that knows no port of a server dials the vendor's own, whatever it is told."""
        change = self.change
        if change.target == Mode.SERVER and told.server_port is None and change.server_port != services.DIALLED_PORT:
            logger.info("device %s dials TCP port %s whatever it is told", change.device_id, services.DIALLED_PORT)
            change.server_port = services.DIALLED_PORT
            change.save(update_fields=["server_port"])

    def _expect_call(self, after: NetworkSettings) -> None:
        """Let the device call, and not be dialled meanwhile; only from where it stands its call is let in unasked."""
        row = self._device()
        # From a branch it comes as its agent does, through the branch's router.
        known = after.address if row.agent is None else host_of(row.agent.last_address)
        if not row.approved_address and known and not after.dhcp:
            Device.objects.filter(pk=row.pk).update(approved_address=known)
        holds.leave_line(row.pk, f"{self.change.by} brings the device to server mode: its call is awaited.")

    # --- Server mode --------------------------------------------------------------------------------------------------

    def _wait_for_call(self) -> None:
        place = f"{self.change.server_address}, TCP port {self.change.server_port}"
        arrived = False
        if self.change.state == ChangeState.UNDER_WAY:
            with self._steps.one("call", "Wait for its call") as step:
                step.sends = f"Nothing is sent: the device at {self.change.device_address} dials {place}"
                self._steps.show(step)
                arrived = self._until_deadline(self._called, LOOK_SECONDS)
                step.text = self._call_words(arrived, place)
                if not arrived:
                    step.state = StepState.FAILED.value
        if not arrived:
            self._be_overdue(
                f"The device has not called {place} within {self.change.patience} s.",
                lambda told: why_it_does_not_call(
                    told, self.change.server_address, self.change.server_port or 0, discovery.server_port()
                ),
            )
            if not self._until_over(self._called, self._kept_direct_mode):
                return
        self._settle("It is in server mode: it called, is let in, and its events come by themselves.")

    def _called(self) -> bool:
        view = view_of(self.change.device_id)
        return (
            view is not None
            and view.connection is ConnectionMode.SERVER
            and view.state in (DeviceState.CATCHING_UP, DeviceState.LIVE)
        )

    def _call_words(self, arrived: bool, place: str) -> str:
        device = self._device()
        if arrived:
            view = view_of(device.pk)
            return f"It called from {'' if view is None else view.address} and is connected."
        if device.approval == Approval.WAITING:
            return f"It called from {device.last_address}, where it was not expected: let it in there."
        return f"It has not called {place}."

    def _kept_direct_mode(self) -> str:
        """Why the waiting is over without success; empty when it is not."""
        view = view_of(self.change.device_id)
        if view is None or view.connection is not ConnectionMode.DIRECT:
            return ""
        try:
            told = self._way().read()
        except DoorwardError:
            return ""
        return "The device is in direct mode still, and the server dials it as before." if told.mode == DIRECT else ""

    # --- Direct mode --------------------------------------------------------------------------------------------------

    def _wait_for_listening(self) -> None:
        change = self.change
        host, port = change.device_address, change.device_port or 0
        place = f"{host}, TCP port {port}"
        trouble: list[str] = []

        def answers() -> bool:
            try:
                listens(self._device(), host, port)
            except DoorwardError as error:
                trouble[:] = [error.message]
                return False
            return True

        arrived = False
        if change.state == ChangeState.UNDER_WAY:
            with self._steps.one("dial", "Dial it") as step:
                step.sends = (
                    f"A connection from {place_of(self._device(), host)} to {place}, and the question who it is"
                )
                self._steps.show(step)
                arrived = self._until_deadline(answers, DIAL_AGAIN_SECONDS)
                step.text = "It answered and said who it is." if arrived else " ".join(trouble)
                if not arrived:
                    step.state = StepState.FAILED.value
        if not arrived:
            self._be_overdue(
                f"The device was not reached at {place} within {change.patience} s.",
                lambda told: why_it_does_not_listen(told, host, port),
            )
            if not self._until_over(answers, self._kept_server_mode):
                return
        self._settle(f"It is in direct mode: the server dials it at {place} and keeps that connection.")

    def _kept_server_mode(self) -> str:
        """Why the waiting is over without success; empty when it is not."""
        return "The device is in server mode still, and calls as before." if self._called() else ""

    # --- Waiting ------------------------------------------------------------------------------------------------------

    def _until_deadline(self, is_there: Callable[[], bool], wait: float) -> bool:
        deadline = self.change.deadline or timezone.now()
        while True:
            if is_there():
                return True
            if timezone.now() >= deadline:
                return False
            self._pause(wait)
            self._keep_hold()

    def _until_over(self, is_there: Callable[[], bool], why_not: Callable[[], str]) -> bool:
        """Wait for a device that is overdue; False when it stayed as it was, or nobody waits for it any more."""
        while True:
            if not ModeChange.objects.filter(pk=self.change.pk, finished__isnull=True).exists():
                return False
            if is_there():
                return True
            if words := why_not():
                services.finish(self.change, ChangeState.FAILED, words)
                return False
            self._pause(OVERDUE_LOOK_SECONDS)

    def _be_overdue(self, words: str, reasons: Callable[[NetworkSettings | None], list[str]]) -> None:
        if self.change.state != ChangeState.UNDER_WAY:
            return
        told: NetworkSettings | None = None
        device = self._device()
        with self._steps.one("ask", "Ask the device by UDP why") as step:
            way = Way(device, self.change.device_address, self._udp_port)
            step.sends = f"A question: {way.words}"
            self._steps.show(step)
            try:
                told = way.read()
                step.text = _told_words(told)
            except DoorwardError as error:
                step.state, step.text = StepState.FAILED.value, error.message
        found = reasons(told)
        if device.approval == Approval.WAITING:
            found.insert(0, f"It called from {device.last_address} and waits there for somebody to let it in.")
        services.overdue(self.change, words, BACK, found)

    def _settle(self, words: str) -> None:
        with self._steps.one("note", "Note its mode here") as step:
            view = view_of(self.change.device_id)
            services.mode_became_true(self.change, "" if view is None else host_of(view.address))
            step.text = words
        services.finish(self.change, ChangeState.DONE, words)

    def _pause(self, seconds: float) -> None:
        if self._stop.wait(seconds):
            raise Stopping

    def _keep_hold(self) -> None:
        if time.monotonic() - self._kept < KEEP_SECONDS:
            return
        self._kept = time.monotonic()
        try:
            holds.keep(self.change.device_id, Client(services.actor_of(self.change)))
        except DoorwardError as error:
            logger.info("The change of the mode of device %s goes on: %s", self.change.device_id, error)


def _told_words(told: NetworkSettings) -> str:
    server = f", and dials {told.server_address}" if told.server_address else ""
    port = f" on TCP port {told.server_port}" if told.server_address and told.server_port else ""
    return f"It says: {told.mode} mode, address {told.address}, TCP port {told.port}{server}{port}."

"""Identity, locks, restart, firmware and the bus of a virtual device."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from typing import Any

from doorward.protocol.biostar1.commands import identity, maintenance
from doorward.protocol.biostar1.models import DeviceModel, Family
from doorward.protocol.biostar1.records import Rs485Slave
from doorward.protocol.biostar1.request import Request
from doorward.protocol.biostar1.results import INVALID_PARAMETER, WRONG_PASSWORD
from doorward.simulator import event_codes as events
from doorward.simulator.clock import DeviceClock
from doorward.simulator.log import DeviceLog
from doorward.simulator.outcome import DONE, SILENCE, After, Handlers, Outcome, done, refused, sent, told
from doorward.simulator.state import StateStore, Table

OPEN_WHILE_LOCKED = frozenset({identity.IDENTIFY, identity.EnableCommunication.COMMAND})
STORAGE_UNITS = 32 * 1024
STORAGE_UNITS_FREE = 24 * 1024
_PASSWORD_SIZE = 16
_LOCKED, _PASSWORD = 0, 1  # places in the table of locks


class Maintenance:
    """What keeps a device running and who may speak to it.

    Args:
        device_id: Its serial number.
        model: Its model.
        clock: Runs the lock of the terminal.
        log: Takes what happens.
        store: Keeps the locks.
        factory_default: Clears what a mask names.

    Attributes:
        bus: Other devices on the RS-485 bus: (serial number, device type).
        storage: Free and whole flash space, in the device's own units.
        challenge: The challenge file.
        firmware_digest: SHA-256 of the firmware file that was written last, as text; empty when none was.
    """

    def __init__(
        self,
        device_id: int,
        model: DeviceModel,
        clock: DeviceClock,
        log: DeviceLog,
        store: StateStore,
        factory_default: Callable[[maintenance.FactoryDefaults], After],
    ) -> None:
        self._device_id = device_id
        self._model = model
        self._clock = clock
        self._log = log
        self._factory_default = factory_default
        self._locks = Table(store, "lock")
        self._disabled_for = 0
        self._disabled_until = 0.0
        self.bus: list[tuple[int, int]] = []
        self.storage = (STORAGE_UNITS_FREE, STORAGE_UNITS)
        self.challenge = b""
        self.firmware_digest = ""

    @property
    def locked(self) -> bool:
        """Whether communication is locked until the password is given."""
        return self._locks.get(_LOCKED, b"\0") != b"\0"

    @property
    def password(self) -> bytes:
        """The password that unlocks communication; empty from the factory."""
        return self._locks.get(_PASSWORD, b"")

    @password.setter
    def password(self, password: bytes) -> None:
        self._locks[_PASSWORD] = password.rstrip(b"\0")

    @property
    def terminal_disabled(self) -> bool:
        """Whether keys, screen and readers are locked now."""
        return self._clock.host_time < self._disabled_until

    def note_command(self) -> None:
        """A command arrived: a locked terminal stays locked for its time from now."""
        if self.terminal_disabled:
            self._disabled_until = self._clock.host_time + self._disabled_for

    def restart(self) -> None:
        """What a restart does to locks: the terminal is free again, communication stays as it was."""
        self._disabled_until = 0.0

    def handlers(self) -> Handlers:
        """What the model answers."""
        answers: dict[type[Request[Any]], Callable[[Any], Outcome]] = {
            identity.Identify: self._identify,
            identity.ScanBus: self._scan_bus,
            identity.CheckStatus: lambda _: DONE,
            identity.DisableCommunication: self._lock,
            identity.EnableCommunication: self._unlock,
            maintenance.Restart: lambda _: done(After.RESTART),
            maintenance.RestartNetwork: lambda _: done(After.RESTART_NETWORK),
            maintenance.DisableTerminal: self._disable_terminal,
            maintenance.EnableTerminal: self._enable_terminal,
            maintenance.UpgradeFirmware: self._upgrade,
            maintenance.RestoreFactoryDefaults: self._restore_defaults,
            maintenance.ListRs485Slaves: self._list_bus,
            maintenance.ReadStorage: lambda _: told(maintenance.Storage(*self.storage)),
            maintenance.ReadChallenge: lambda _: sent(self.challenge),
            maintenance.WriteChallenge: self._write_challenge,
        }
        if self._model.family is Family.COMPACT:
            answers[identity.ChangePassword] = self._change_password
        return answers

    def _identify(self, _request: identity.Identify) -> Outcome:
        return told(identity.Identity(self._device_id, self._model.device_type))

    def _scan_bus(self, request: identity.ScanBus) -> Outcome:
        """The first device on the bus that is not known yet answers; this one is the first of all."""
        known = {number for (number,) in struct.iter_unpack("<I", request.known[: len(request.known) // 4 * 4])}
        for device_id, device_type in ((self._device_id, self._model.device_type), *self.bus):
            if device_id not in known:
                return told(identity.Identity(device_id, device_type))
        return SILENCE

    def _list_bus(self, _request: maintenance.ListRs485Slaves) -> Outcome:
        slaves = [Rs485Slave(device_id=device_id, device_type=device_type) for device_id, device_type in self.bus]
        return told(maintenance.Rs485Slaves(tuple(slaves)))

    def _lock(self, _request: identity.DisableCommunication) -> Outcome:
        self._locks[_LOCKED] = b"\1"
        return DONE

    def _unlock(self, request: identity.EnableCommunication) -> Outcome:
        if len(request.block) != _PASSWORD_SIZE:
            return refused(INVALID_PARAMETER)
        if request.password(enciphered_model=self._model.enciphered) != self.password:
            return refused(WRONG_PASSWORD)
        self._locks[_LOCKED] = b"\0"
        return DONE

    def _change_password(self, request: identity.ChangePassword) -> Outcome:
        if len(request.passwords) != 2 * _PASSWORD_SIZE:
            return refused(INVALID_PARAMETER)
        if request.passwords[:_PASSWORD_SIZE].rstrip(b"\0") != self.password:
            return refused(WRONG_PASSWORD)
        self.password = request.passwords[_PASSWORD_SIZE:]
        return DONE

    def _disable_terminal(self, request: maintenance.DisableTerminal) -> Outcome:
        if request.seconds > maintenance.MAXIMUM_DISABLE_SECONDS:
            return refused(INVALID_PARAMETER)
        self._disabled_for = request.seconds
        self._disabled_until = self._clock.host_time + request.seconds
        return DONE

    def _enable_terminal(self, _request: maintenance.EnableTerminal) -> Outcome:
        self._disabled_until = 0.0
        return DONE

    def _upgrade(self, request: maintenance.UpgradeFirmware) -> Outcome:
        """The file is taken; a real device runs it after its next restart."""
        if not request.file:
            return refused(INVALID_PARAMETER)
        self.firmware_digest = hashlib.sha256(request.file).hexdigest()
        return DONE

    def _restore_defaults(self, request: maintenance.RestoreFactoryDefaults) -> Outcome:
        known = int(sum(maintenance.FactoryDefaults))
        if not request.mask or request.mask & ~known:
            return refused(INVALID_PARAMETER)
        return done(self._factory_default(maintenance.FactoryDefaults(request.mask)))

    def _write_challenge(self, request: maintenance.WriteChallenge) -> Outcome:
        self.challenge = request.content
        return DONE

    def note_start(self) -> None:
        """The device has started."""
        self._log.add(events.SYSTEM_STARTED)

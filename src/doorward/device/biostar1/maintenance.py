"""Restart, locks, passwords, factory default, firmware and what hangs behind the device."""

from __future__ import annotations

import struct
from collections.abc import Callable

from doorward.device.biostar1.context import DeviceContext
from doorward.model.devices import StorageSpace
from doorward.model.errors import InvalidInput, NotReached, TimedOut, Unsupported
from doorward.protocol.biostar1.cipher import COMMUNICATION_PASSWORD_SIZE
from doorward.protocol.biostar1.commands import identity
from doorward.protocol.biostar1.commands import maintenance as commands
from doorward.protocol.biostar1.commands.maintenance import FactoryDefaults
from doorward.protocol.biostar1.models import Family
from doorward.protocol.biostar1.records import Rs485Slave
from doorward.protocol.biostar1.results import NotFoundError

LONGEST_BUS_SCAN = 60_000
BUS_GRACE_SECONDS = 0.5  # for the way of an answer, over the time that a device has for it
LARGEST_FIRMWARE = 64 * 1024 * 1024
BEEP_MODEL = "bioentry-plus"
_ALL_DEFAULTS = (
    FactoryDefaults.CONFIGURATION | FactoryDefaults.USERS | FactoryDefaults.LOGS | FactoryDefaults.LED_AND_BUZZER
)


class Maintenance:
    """Looks after one device."""

    def __init__(self, context: DeviceContext) -> None:
        self._context = context

    async def check_status(self) -> None:
        """Ask whether the device is there; its answer is all it says."""
        await self._context.requester.request(identity.CheckStatus())

    async def reboot(self) -> None:
        """Restart the device. The connection is closed afterwards, since the device is about to drop it."""
        await self._context.requester.request(commands.Restart())
        await self._context.requester.close()

    async def restart_network(self) -> None:
        """Restart the network interface. The connection is closed afterwards."""
        await self._context.requester.request(commands.RestartNetwork())
        await self._context.requester.close()

    async def disable_terminal(self, seconds: int = 20) -> None:
        """Lock keys, screen and reader, for example while people are enrolled.

        Args:
            seconds: 1 to 60. The terminal unlocks itself when no command comes in that time.

        Raises:
            InvalidInput: The time is not allowed.
        """
        if not 1 <= seconds <= commands.MAXIMUM_DISABLE_SECONDS:
            raise InvalidInput("seconds", seconds, f"1 to {commands.MAXIMUM_DISABLE_SECONDS}")
        await self._context.requester.request(commands.DisableTerminal(seconds))

    async def enable_terminal(self) -> None:
        """Unlock keys, screen and reader."""
        await self._context.requester.request(commands.EnableTerminal())

    async def lock_communication(self) -> None:
        """Make the device refuse nearly everything until it is unlocked with its password."""
        await self._context.requester.request(identity.DisableCommunication())

    async def unlock_communication(self, password: str = "") -> None:
        """Unlock the device.

        Args:
            password: Its communication password, at most 16 bytes; empty by default on new devices.

        Raises:
            InvalidInput: The password is too long.
            WrongPasswordError: It is not the device's password.
        """
        request = identity.EnableCommunication.with_password(
            self._password("password", password), enciphered_model=self._context.model.enciphered
        )
        await self._context.requester.request(request)

    async def change_password(self, old: str, new: str) -> None:
        """Change the device password (models on port 1471).

        Raises:
            Unsupported: The model keeps its password elsewhere.
            InvalidInput: A password is longer than 16 bytes.
            WrongPasswordError: The old password is wrong.
        """
        if self._context.model.family is not Family.COMPACT:
            raise Unsupported(
                f"{self._context.model.title} has no command to change its password.",
                advice="Change it at the terminal's menu.",
            )
        request = identity.ChangePassword.from_to(self._password("old", old), self._password("new", new))
        await self._context.requester.request(request)

    def _password(self, field: str, password: str) -> bytes:
        try:
            raw = password.encode(self._context.text_codec)
        except UnicodeEncodeError:
            raw = b"\0" * (COMMUNICATION_PASSWORD_SIZE + 1)
        if len(raw) > COMMUNICATION_PASSWORD_SIZE or "\0" in password:
            raise InvalidInput(
                field,
                f"<{len(password)} characters>",
                f"at most {COMMUNICATION_PASSWORD_SIZE} bytes in {self._context.text_codec} without NUL",
            )
        return raw

    async def restore_factory_defaults(self, what: FactoryDefaults) -> None:
        """Clear what is named. There is no way back: make a backup first.

        Args:
            what: Parts to clear, at least one; LED and buzzer only on BioEntry Plus.

        Raises:
            InvalidInput: Nothing is named, or what is no part.
            Unsupported: The model has no such part.
        """
        if not what or what & ~_ALL_DEFAULTS:
            raise InvalidInput("what", int(what), "one or more of configuration, users, logs, LED and buzzer")
        if what & FactoryDefaults.LED_AND_BUZZER and self._context.model.slug != BEEP_MODEL:
            raise Unsupported(f"{self._context.model.title} has no settings of LED and buzzer to reset.")
        await self._context.requester.request(commands.RestoreFactoryDefaults(int(what)))

    async def upgrade_firmware(self, file: bytes, *, progress: Callable[[int, int | None], None] | None = None) -> None:
        """Write a firmware file. Do not switch the device off; it restarts by itself or has to be restarted.

        Args:
            file: The vendor's file for exactly this model. Its content is not checked here.
            progress: Told the bytes that have left, and their number at the end.

        Raises:
            InvalidInput: The file is empty or too large to be one.
            ResultError: The device refused the file.
        """
        if not 0 < len(file) <= LARGEST_FIRMWARE:
            raise InvalidInput("file", f"<{len(file)} bytes>", f"1 to {LARGEST_FIRMWARE} bytes")
        told = None
        if progress is not None:

            def told(sent: int, total: int | None) -> None:
                del total
                progress(min(sent, len(file)), len(file))

        await self._context.requester.request(commands.UpgradeFirmware(file), progress=told)

    async def storage(self) -> StorageSpace:
        """Free and whole flash memory, in the device's own units."""
        space = await self._context.requester.request(commands.ReadStorage())
        return StorageSpace(available=space.available, total=space.total)

    async def rs485_slaves(self) -> list[Rs485Slave]:
        """The devices on the RS-485 bus that the device knows."""
        try:
            return list((await self._context.requester.request(commands.ListRs485Slaves())).slaves)
        except NotFoundError:
            return []

    async def scan_bus(
        self, *, milliseconds: int = identity.BUS_SCAN_MILLISECONDS, most: int = 32
    ) -> list[tuple[int, int]]:
        """Ask who is on the RS-485 bus until nobody answers any more.

        The end of a scan is silence, after which a late answer could be taken for another: the connection is closed
        then. Whether a device answers anything here but itself is not known (protocol notes, section 15).

        Args:
            milliseconds: How long each device has to answer, 1 to 60000.
            most: Stop after so many devices.

        Returns:
            Serial number and type of each.

        Raises:
            InvalidInput: The time is not allowed.
        """
        if not 1 <= milliseconds <= LONGEST_BUS_SCAN:
            raise InvalidInput("milliseconds", milliseconds, f"1 to {LONGEST_BUS_SCAN}")
        session = await self._context.requester.current()
        found: list[tuple[int, int]] = []
        while len(found) < most:
            known = struct.pack(f"<{len(found)}I", *(number for number, _ in found))
            request = identity.ScanBus(known_count=len(found), milliseconds=milliseconds, known=known)
            try:
                answer = await session.request(request, timeout=milliseconds / 1000 + BUS_GRACE_SECONDS)
            except TimedOut:
                break
            except NotReached:
                if not found:
                    raise
                break
            found.append((answer.device_id, answer.device_type))
        return found

    async def challenge_file(self) -> bytes:
        """The challenge file (by the command's name; not verified, protocol notes, section 15)."""
        return (await self._context.requester.request(commands.ReadChallenge())).content

    async def write_challenge_file(self, content: bytes) -> None:
        """Write the challenge file (not verified, protocol notes, section 15).

        Raises:
            InvalidInput: The file is empty.
        """
        if not content:
            raise InvalidInput("content", "an empty file", "at least one byte")
        await self._context.requester.request(commands.WriteChallenge(content))

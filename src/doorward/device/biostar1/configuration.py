"""The configuration of one device, block by block.

A block is changed by reading it, replacing the named fields and writing the same length back, so that bytes whose
meaning is not known survive.
"""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar

from doorward.device.biostar1.context import DeviceContext
from doorward.model.errors import InvalidInput, NotReached, TimedOut, Unsupported
from doorward.model.network_settings import NetworkChange, NetworkChanges, NetworkSettings
from doorward.protocol.biostar1.commands.settings import ReadConfiguration, WriteConfiguration
from doorward.protocol.biostar1.configuration import ConfigurationType, configuration_types
from doorward.protocol.biostar1.network_block import network_block
from doorward.protocol.layout import Record, layout_of

RecordT = TypeVar("RecordT", bound=Record)

LARGEST_TYPE = 0xFFFF
LARGEST_BLOCK = 512 * 1024


class Configuration:
    """Reads and writes configuration blocks."""

    def __init__(self, context: DeviceContext) -> None:
        self._context = context

    @property
    def types(self) -> tuple[ConfigurationType, ...]:
        """The blocks that the model has, by rising number."""
        return configuration_types(self._context.model.device_type)

    def type_of(self, which: str | int | type[Record]) -> ConfigurationType:
        """Find a block by its name (such as ``operation-mode``), its number or its record.

        Raises:
            InvalidInput: The model has no block of that name or number.
            Unsupported: The model has no block with that record.
        """
        for known in self.types:
            if which in (known.name, known.number) or which is known.record:
                return known
        if isinstance(which, type):
            raise Unsupported(f"{self._context.model.title} has no {which.__name__}.")
        names = ", ".join(f"{known.name} ({known.number:#04x})" for known in self.types)
        raise InvalidInput("configuration", which, names, where=self._context.model.title)

    # Bytes.

    async def read_bytes(self, number: int) -> bytes:
        """Read a block as it stands on the wire, also one that is not known here.

        Args:
            number: The number of the block, 0 to 65535.

        Raises:
            UnsupportedCommandError: The device has no such block.
        """
        _check_number(number)
        return (await self._context.requester.request(ReadConfiguration(number))).content

    async def write_bytes(self, number: int, content: bytes) -> None:
        """Write a block as it shall stand on the wire. Write only what was read from the same model and firmware.

        Raises:
            InvalidInput: The block is empty or too large.
            ResultError: The device said no.
        """
        _check_number(number)
        if not 0 < len(content) <= LARGEST_BLOCK:
            raise InvalidInput("content", f"<{len(content)} bytes>", f"1 to {LARGEST_BLOCK} bytes")
        await self._context.requester.request(WriteConfiguration(number, content))

    # Records.

    async def read(self, record: type[RecordT]) -> RecordT:
        """Read the block that carries a record.

        Raises:
            Unsupported: The model has no such block.
            RemoteProtocolError: The block is shorter than the published structure.
        """
        known = self.type_of(record)
        content = await self.read_bytes(known.number)
        return record.from_bytes(content, text_codec=self._context.text_codec, longer=True)

    async def read_any(self, which: str | int) -> Record:
        """Read a block by its name or number; raises as ``type_of`` and ``read`` do."""
        return await self.read(self.type_of(which).record)

    async def write(self, record: Record) -> None:
        """Write a record to the block that carries it. Take one that was read and change fields of it.

        Raises:
            Unsupported: The model has no such block, or it cannot be written.
            LocalProtocolError: A value does not fit; nothing was sent.
        """
        known = self.type_of(type(record))
        if known.read_only:
            raise Unsupported(f"{known.title} of {self._context.model.title} can be read, but not written.")
        await self.write_bytes(known.number, record.to_bytes(text_codec=self._context.text_codec))

    async def change(self, which: str | int | type[Record], **fields: Any) -> Record:
        """Change fields of a block: read it, replace them, write the same length back.

        Args:
            which: The block, by name, number or record.
            **fields: New values by the names of the record's fields.

        Returns:
            The record as it was written.

        Raises:
            InvalidInput: The record has no such field.
            Unsupported: The model has no such block, or it cannot be written.
            LocalProtocolError: A value does not fit; nothing was written.
        """
        known = self.type_of(which)
        names = [item.name for item in layout_of(known.record)]
        for name in fields:
            if name not in names:
                raise InvalidInput("field", name, ", ".join(names), where=known.title)
        before = await self.read(known.record)
        after = dataclasses.replace(before, **fields)
        await self.write(after)
        return after

    # Network.

    async def network(self) -> NetworkSettings:
        """The network settings, alike for every model."""
        block = network_block(self._context.model.device_type)
        return block.read(await self.read_bytes(block.configuration_type))

    async def change_network(self, changes: NetworkChanges) -> NetworkChange:
        """Change network settings; all values are checked before anything is written.

        The device restarts its network afterwards, so the connection is closed here; connect again, with the new
        address where that was changed. Nothing is written when the device has the wanted settings already.

        Args:
            changes: What shall become different.

        Returns:
            The settings before and after.

        Raises:
            InvalidInput: A value is wrong or does not go with the others.
            Unsupported: The model has no such setting.
        """
        block = network_block(self._context.model.device_type)
        block.check(changes)
        content = await self.read_bytes(block.configuration_type)
        wanted = block.change(content, changes)
        before, after = block.read(content), block.read(wanted)
        if wanted == content:
            return NetworkChange(before=before, after=after, written=False)
        try:
            await self.write_bytes(block.configuration_type, wanted)
        except (NotReached, TimedOut) as error:
            raise NotReached(
                f"{error.message} It may have taken the new network settings before it confirmed them.",
                advice="Search for the device, and compare its settings before writing them again.",
            ) from error
        await self._context.requester.close()
        return NetworkChange(before=before, after=after, written=True)


def _check_number(number: int) -> None:
    if not 0 <= number <= LARGEST_TYPE:
        raise InvalidInput("configuration", number, f"a whole number from 0 to {LARGEST_TYPE}")

"""Planning the configuration blocks of a backup."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from doorward.device.restore_step import Planning
from doorward.model.errors import DeviceRefused
from doorward.protocol.biostar1.configuration import ConfigurationType
from doorward.protocol.biostar1.network_block import network_block
from doorward.protocol.layout import Record, layout_of, shown

SECURITY_BLOCKS = frozenset({"encryption", "master-password"})
SHORT_VALUE = 40
FIELDS_SHOWN = 12

# Fields that the device itself keeps: writing those of the backup would only disguise when the block was changed.
OWN_FIELDS = frozenset({"timestamp", "checksum"})


async def plan_configuration(planning: Planning, *, with_network: bool, with_security: bool) -> None:
    """Plan the blocks; the one with the network settings comes last, since the connection ends with it."""
    device = planning.device
    block = network_block(device.context.model.device_type)
    last: list[ConfigurationType] = []
    for known in device.configuration.types:
        name = _part(known)
        if known.read_only or not planning.backup.has(name):
            continue
        if known.name in SECURITY_BLOCKS and not with_security:
            planning.notes.append(f"{known.title}: not restored unless it is asked for")
        elif known.number == block.configuration_type:
            last.append(known)
        else:
            await _plan_block(planning, known)
    for known in last:
        await _plan_network_block(planning, known, frozenset(block.fields.values()) | {"server_mode"}, with_network)


def _part(known: ConfigurationType) -> str:
    return f"configuration/{known.number:#04x}"


async def _plan_network_block(
    planning: Planning, known: ConfigurationType, fields: frozenset[str], with_network: bool
) -> None:
    if with_network:
        await _plan_block(planning, known, ends_connection=True)
        return
    planning.notes.append("Network settings: not restored unless it is asked for")
    others = {item.name for item in layout_of(known.record)} - fields
    if others - {"lan_type"}:
        # The 1471 models keep everything in one block: the rest of it is restored around the network settings.
        await _plan_block(planning, known, kept=fields | {"lan_type"}, ends_connection=True)


async def _plan_block(
    planning: Planning,
    known: ConfigurationType,
    *,
    kept: frozenset[str] = frozenset(),
    ends_connection: bool = False,
) -> None:
    configuration = planning.device.configuration
    saved = planning.backup.read(_part(known))
    try:
        present = await configuration.read_bytes(known.number)
    except DeviceRefused as error:
        planning.notes.append(f"{known.title}: not restored. {error.message}")
        return
    if len(saved) != len(present) or len(saved) < known.size:
        planning.notes.append(
            f"{known.title}: not restored. It has {len(saved)} bytes in the backup and {len(present)} on the device, "
            "so the firmware differs too much"
        )
        return
    before, after = _record(planning, known, present), _record(planning, known, saved)
    names = [item.name for item in layout_of(known.record) if item.name in kept | OWN_FIELDS]
    after = dataclasses.replace(after, **{name: getattr(before, name) for name in names})
    content = after.to_bytes(text_codec=planning.text_codec)
    if content == present:
        return

    async def write() -> None:
        await configuration.write_bytes(known.number, content)
        if ends_connection:
            # The device restarts its network after it took such a block.
            await planning.device.close()

    planning.add(f"{known.title}: {_changes(before, after)}", write)


def _record(planning: Planning, known: ConfigurationType, content: bytes) -> Record:
    return known.record.from_bytes(content, text_codec=planning.text_codec, longer=True)


def _changes(before: Record, after: Record) -> str:
    """The fields that differ, with short values; secrets are only named."""
    words: list[str] = []
    for item in layout_of(type(before)):
        old, new = getattr(before, item.name), getattr(after, item.name)
        if old != new:
            words.append(item.name.replace("_", " ") + _values(old, new, secret=item.secret))
    if not words:
        return "change bytes whose meaning is not known"
    more = len(words) - FIELDS_SHOWN
    return ", ".join(words[:FIELDS_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _values(old: Any, new: Any, *, secret: bool) -> str:
    if secret:
        return " (secret)"
    plain: Callable[[Any], str] = shown
    words = f" {plain(old)} -> {plain(new)}"
    return words if isinstance(old, int | str | bool) and len(words) <= SHORT_VALUE else ""

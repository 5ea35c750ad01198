"""Planning the tables of a backup: rights, blacklists, greetings and card layouts."""

from __future__ import annotations

from typing import Any

from doorward.device.backup_file import DamagedBackup, line_bytes
from doorward.device.biostar1.blacklist import blacklist_value
from doorward.device.biostar1.credentials import CardTechnology
from doorward.device.biostar1.rights import LegacyTable, Table
from doorward.device.restore_step import Planning, difference, listed
from doorward.model.people import Greeting
from doorward.model.rights import BlacklistEntry
from doorward.protocol.biostar1.models import Capability, Family
from doorward.protocol.biostar1.records import BlacklistItem, CardLayout, ExtendedBlacklistItem, PrivateGreeting
from doorward.protocol.biostar1.results import NotFoundError
from doorward.protocol.layout import Record


async def plan_tables(planning: Planning) -> None:
    """Plan schedules, holidays and access groups."""
    rights = planning.device.rights
    for name, table in (
        ("holidays", rights.holidays),
        ("schedules", rights.schedules),
        ("access-groups", rights.access_groups),
    ):
        if planning.backup.has(name):
            await planning.attempt(name, _table(planning, name, table))
    if planning.device.context.model.family is not Family.BIOSTATION:
        return
    for name, legacy in (
        ("legacy-holidays", rights.legacy.holidays),
        ("legacy-schedules", rights.legacy.schedules),
        ("legacy-access-groups", rights.legacy.access_groups),
    ):
        if planning.backup.has(name):
            await planning.attempt(name, _legacy_table(planning, name, legacy))


def _by_number(planning: Planning, kind: Any, records: list[Any]) -> dict[int, bytes]:
    return {kind.number_of(item): item.to_bytes(text_codec=planning.text_codec) for item in records}


async def _table(planning: Planning, name: str, table: Table[Any, Any]) -> None:
    wanted = planning.records(name, table.kind.record)
    present = await table.read_records()
    words = difference(_by_number(planning, table.kind, present), _by_number(planning, table.kind, wanted))
    if not words:
        return

    async def write() -> None:
        await (table.replace_records(wanted) if wanted else table.clear())

    planning.add(f"{name.replace('-', ' ')}: {words}", write)


async def _legacy_table(planning: Planning, name: str, table: LegacyTable[Any]) -> None:
    wanted = planning.records(name, table.kind.record)
    before = _by_number(planning, table.kind, await table.read())
    after = _by_number(planning, table.kind, wanted)
    words = difference(before, after)
    if not words:
        return

    async def write() -> None:
        for number in before:
            if before[number] != after.get(number):
                await table.delete(number)
        for item in wanted:
            number = table.kind.number_of(item)
            if before.get(number) != after[number]:
                await table.add(item)

    planning.add(f"{name.replace('-', ' ')}: {words}", write)


async def plan_lists(planning: Planning) -> None:
    """Plan blacklists, greetings and card layouts."""
    if planning.backup.has("blacklist"):
        await planning.attempt("blacklist", _blacklist(planning, "blacklist", BlacklistItem, extended=False))
    if planning.backup.has("blacklist-extended"):
        await planning.attempt(
            "blacklist-extended", _blacklist(planning, "blacklist-extended", ExtendedBlacklistItem, extended=True)
        )
    if planning.backup.has("greetings") and planning.device.context.model.can(Capability.PRIVATE_GREETING):
        await planning.attempt("greetings", _greetings(planning))
    for technology in CardTechnology:
        name = f"card-layout-{technology.name.lower()}"
        if planning.backup.has(name):
            await planning.attempt(name, _card_layout(planning, name, technology))


async def _blacklist(planning: Planning, name: str, record: type[Record], *, extended: bool) -> None:
    blacklist = planning.device.blacklist
    present = set(await blacklist.read(extended=extended))
    wanted = {_entry(item) for item in planning.records(name, record)}
    extra, missing = present - wanted, wanted - present
    if extra:

        async def remove() -> None:
            await blacklist.remove(extra, extended=extended)

        planning.add(f"{name}: remove {_entries(extra)}", remove)
    if missing:

        async def add() -> None:
            await blacklist.add(missing, extended=extended)

        planning.add(f"{name}: add {_entries(missing)}", add)


def _entry(item: Any) -> BlacklistEntry:
    return blacklist_value(item.item_type, item.item, getattr(item, "card_custom_id", 0))


def _entries(entries: set[BlacklistEntry]) -> str:
    people = [entry.person for entry in entries if entry.person is not None]
    cards = [entry.card for entry in entries if entry.card is not None]
    groups = (("people", people), ("cards", cards))
    return ", ".join(f"{word} {listed(numbers)}" for word, numbers in groups if numbers)


async def _greetings(planning: Planning) -> None:
    greetings = planning.device.greetings
    for line in planning.backup.lines("greetings"):
        content = line_bytes(line, "record")
        if len(content) != PrivateGreeting.SIZE:
            raise DamagedBackup(f"{planning.backup.path}: a greeting has {len(content)} bytes.")
        record = PrivateGreeting.from_bytes(content, text_codec=planning.text_codec)
        wanted = Greeting(
            person=record.user_id,
            text=record.greeting,
            department=record.department,
            duration=record.duration,
            daily_count=record.daily_count,
            picture=line_bytes(line, "picture"),
        )
        try:
            present = await greetings.get(wanted.person)
        except NotFoundError:
            present = None
        if present != wanted:

            async def write(wanted: Greeting = wanted) -> None:
                await greetings.set(wanted)

            planning.add(f"greeting of person {wanted.person}: {'add' if present is None else 'change'}", write)


async def _card_layout(planning: Planning, name: str, technology: CardTechnology) -> None:
    content = planning.backup.read(name)
    if len(content) < CardLayout.SIZE:
        raise DamagedBackup(f"{planning.backup.path}: {name} has {len(content)} bytes.")
    cards = planning.device.template_cards
    wanted = CardLayout.from_bytes(content, longer=True)
    if (await cards.layout(technology)).to_bytes() == content:
        return

    async def write() -> None:
        await cards.set_layout(wanted, technology)

    planning.add(f"layout of {technology.name.lower()} cards: change (cards written before may not fit)", write)

"""The blacklist of one device: people and cards that are refused whatever else they may."""

from __future__ import annotations

from collections.abc import Iterable

from doorward.device.biostar1.context import DeviceContext
from doorward.model.errors import InvalidInput
from doorward.model.rights import BlacklistEntry
from doorward.protocol.biostar1.commands import blacklist as commands
from doorward.protocol.biostar1.records import BlacklistItem, BlacklistItemType, ExtendedBlacklistItem
from doorward.protocol.biostar1.results import NotFoundError

LARGEST_NUMBER = 0xFFFFFFFF


class Blacklist:
    """Reads and changes the blacklist.

    There are two lists on the wire: the plain one, whose entries have no custom id of the card, and the extended one.
    Each method has an ``extended`` switch; which of the two a model uses is not verified.
    """

    def __init__(self, context: DeviceContext) -> None:
        self._context = context

    async def read(self, *, extended: bool = False) -> list[BlacklistEntry]:
        """All entries."""
        if extended:
            return [
                blacklist_value(item.item_type, item.item, item.card_custom_id)
                for item in await self.read_extended_records()
            ]
        return [blacklist_value(item.item_type, item.item, 0) for item in await self.read_records()]

    async def read_records(self) -> list[BlacklistItem]:
        """The plain list as records."""
        try:
            return list((await self._context.requester.request(commands.ReadBlacklist())).items)
        except NotFoundError:
            return []

    async def read_extended_records(self) -> list[ExtendedBlacklistItem]:
        """The extended list as records."""
        try:
            return list((await self._context.requester.request(commands.ReadExtendedBlacklist())).items)
        except NotFoundError:
            return []

    async def add(self, entries: Iterable[BlacklistEntry], *, extended: bool = False) -> None:
        """Add entries.

        Raises:
            InvalidInput: The list is empty, or an entry names neither a person nor a card; nothing was sent.
        """
        wanted = _checked(entries, extended=extended)
        await self._context.requester.request(
            commands.AddToExtendedBlacklist(tuple(map(_extended_item, wanted)))
            if extended
            else commands.AddToBlacklist(tuple(map(_item, wanted)))
        )

    async def remove(self, entries: Iterable[BlacklistEntry], *, extended: bool = False) -> None:
        """Remove entries.

        Raises:
            InvalidInput: The list is empty, which would mean all on the wire, or an entry is none.
        """
        wanted = _checked(entries, extended=extended)
        await self._context.requester.request(
            commands.RemoveFromExtendedBlacklist(tuple(map(_extended_item, wanted)))
            if extended
            else commands.RemoveFromBlacklist(tuple(map(_item, wanted)))
        )

    async def clear(self) -> None:
        """Remove all entries of the plain list; whether the extended one is emptied too is not known."""
        await self._context.requester.request(commands.ClearBlacklist())


def blacklist_value(kind: int, item: int, custom_id: int) -> BlacklistEntry:
    """An entry from the numbers of its record."""
    if kind == BlacklistItemType.USER_ID:
        return BlacklistEntry(person=item)
    return BlacklistEntry(card=item, card_custom_id=custom_id)


def _checked(entries: Iterable[BlacklistEntry], *, extended: bool) -> list[BlacklistEntry]:
    wanted = list(entries)
    if not wanted:
        raise InvalidInput("entries", "an empty list", "at least one; to remove all use clear")
    for entry in wanted:
        if (entry.person is None) == (entry.card is None):
            raise InvalidInput("entry", entry, "a person or a card, not both")
        number = entry.person if entry.person is not None else entry.card
        assert number is not None
        if not 0 < number <= LARGEST_NUMBER or not 0 <= entry.card_custom_id <= LARGEST_NUMBER:
            raise InvalidInput("entry", entry, f"numbers from 1 to {LARGEST_NUMBER}")
        if entry.card_custom_id and not extended:
            raise InvalidInput("card_custom_id", entry.card_custom_id, "0: only the extended list keeps it")
    return wanted


def _kind_and_number(entry: BlacklistEntry) -> tuple[int, int]:
    if entry.person is not None:
        return int(BlacklistItemType.USER_ID), entry.person
    assert entry.card is not None
    return int(BlacklistItemType.CARD_SERIAL_NUMBER), entry.card


def _item(entry: BlacklistEntry) -> BlacklistItem:
    kind, number = _kind_and_number(entry)
    return BlacklistItem(item_type=kind, item=number)


def _extended_item(entry: BlacklistEntry) -> ExtendedBlacklistItem:
    kind, number = _kind_and_number(entry)
    return ExtendedBlacklistItem(item_type=kind, item=number, card_custom_id=entry.card_custom_id)

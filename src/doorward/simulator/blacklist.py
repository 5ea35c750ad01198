"""The two blacklists of a virtual device, kept as bytes."""

from __future__ import annotations

from typing import Any

from doorward.protocol.biostar1.commands import blacklist
from doorward.protocol.biostar1.records import BlacklistItem, BlacklistItemType, ExtendedBlacklistItem
from doorward.protocol.biostar1.results import DATABASE_FULL, NOT_FOUND
from doorward.simulator.outcome import DONE, Handlers, Outcome, refused, sent
from doorward.simulator.state import StateStore, Table

CAPACITY = 1_000

_PLAIN, _EXTENDED = 0, 1
_ITEM_SIZES = {_PLAIN: BlacklistItem.SIZE, _EXTENDED: ExtendedBlacklistItem.SIZE}


class Blacklist:
    """Users and cards that are refused whatever else they may."""

    def __init__(self, store: StateStore) -> None:
        self._lists = Table(store, "blacklist")
        self._users: set[int] = set()
        self._cards: set[int] = set()
        self._index()

    def refuses(self, *, user_id: int = 0, card_id: int = 0) -> bool:
        """Whether a user or a card stands on either list."""
        return user_id in self._users or card_id in self._cards

    def add(self, *items: BlacklistItem | ExtendedBlacklistItem) -> int:
        """Add entries; tells the result code."""
        return max((self._add(_number(item), [item.to_bytes()]) for item in items), default=0)

    def clear(self) -> None:
        """Forget both lists."""
        self._lists.clear()
        self._index()

    def handlers(self) -> Handlers:
        """What the blacklists answer."""
        return {
            blacklist.AddToBlacklist: self._extend,
            blacklist.RemoveFromBlacklist: self._shorten,
            blacklist.ClearBlacklist: self._clear,
            blacklist.ReadBlacklist: lambda _: self._read(_PLAIN),
            blacklist.AddToExtendedBlacklist: self._extend,
            blacklist.RemoveFromExtendedBlacklist: self._shorten,
            blacklist.ReadExtendedBlacklist: lambda _: self._read(_EXTENDED),
        }

    def _items(self, number: int) -> list[bytes]:
        content, size = self._lists.get(number, b""), _ITEM_SIZES[number]
        return [content[at : at + size] for at in range(0, len(content), size)]

    def _put(self, number: int, items: list[bytes]) -> None:
        self._lists[number] = b"".join(items)
        self._index()

    def _index(self) -> None:
        self._users.clear()
        self._cards.clear()
        for number in (_PLAIN, _EXTENDED):
            for raw in self._items(number):
                item = BlacklistItem.from_bytes(raw[: BlacklistItem.SIZE])
                (self._users if item.item_type == BlacklistItemType.USER_ID else self._cards).add(item.item)

    def _add(self, number: int, new: list[bytes]) -> int:
        items = self._items(number)
        items += [item for item in dict.fromkeys(new) if item not in items]
        if len(items) > CAPACITY:
            return DATABASE_FULL
        self._put(number, items)
        return 0

    def _extend(self, request: Any) -> Outcome:
        number = _PLAIN if isinstance(request, blacklist.AddToBlacklist) else _EXTENDED
        result = self._add(number, [item.to_bytes() for item in request.items])
        return refused(result) if result else DONE

    def _shorten(self, request: Any) -> Outcome:
        number = _PLAIN if isinstance(request, blacklist.RemoveFromBlacklist) else _EXTENDED
        gone = {item.to_bytes() for item in request.items}
        items = self._items(number)
        left = [item for item in items if item not in gone]
        if len(left) == len(items):
            return refused(NOT_FOUND)
        self._put(number, left)
        return DONE

    def _clear(self, _request: blacklist.ClearBlacklist) -> Outcome:
        self._put(_PLAIN, [])
        return DONE

    def _read(self, number: int) -> Outcome:
        items = self._items(number)
        return sent(b"".join(items), len(items))


def _number(item: BlacklistItem | ExtendedBlacklistItem) -> int:
    return _PLAIN if isinstance(item, BlacklistItem) else _EXTENDED

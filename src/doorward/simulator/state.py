"""Where a virtual device keeps its state: in memory, or in a store that outlives it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, MutableMapping
from typing import Protocol


class StateStore(Protocol):
    """Keeps small items by kind and number, and log records by their running number.

    A change outside ``batch`` is kept at once; the changes inside one are kept together or not at all.
    """

    def items(self, kind: str) -> dict[int, bytes]:
        """Everything of a kind."""
        ...

    def put(self, kind: str, key: int, value: bytes) -> None:
        """Keep an item."""
        ...

    def remove(self, kind: str, key: int) -> None:
        """Forget an item."""
        ...

    def clear(self, kind: str) -> None:
        """Forget a kind."""
        ...

    def append_log(self, first: int, records: Iterable[bytes]) -> None:
        """Keep log records; ``first`` is the running number of the first of them."""
        ...

    def trim_log(self, first: int) -> None:
        """Forget the log records before a running number."""
        ...

    def log(self) -> tuple[int, bytes]:
        """The running number of the oldest log record, and all records in order."""
        ...

    def batch(self) -> contextlib.AbstractContextManager[None]:
        """Make the changes inside one."""
        ...

    def close(self) -> None:
        """Let go of the storage."""
        ...


class MemoryStore:
    """Keeps nothing beyond the device's own memory."""

    def items(self, kind: str) -> dict[int, bytes]:
        """Nothing was kept."""
        del kind
        return {}

    def put(self, kind: str, key: int, value: bytes) -> None:
        """The device has it already."""

    def remove(self, kind: str, key: int) -> None:
        """The device has forgotten it already."""

    def clear(self, kind: str) -> None:
        """The device has forgotten them already."""

    def append_log(self, first: int, records: Iterable[bytes]) -> None:
        """The device has them already."""

    def trim_log(self, first: int) -> None:
        """The device has forgotten them already."""

    def log(self) -> tuple[int, bytes]:
        """Nothing was kept."""
        return 0, b""

    @contextlib.contextmanager
    def batch(self) -> Iterator[None]:
        """There is nothing to keep together."""
        yield

    def close(self) -> None:
        """There is nothing to let go of."""


class Table(MutableMapping[int, bytes]):
    """Items of one kind, in memory and in the store.

    Args:
        store: Where changes are kept.
        kind: The name of the kind there.
    """

    def __init__(self, store: StateStore, kind: str) -> None:
        self._store = store
        self._kind = kind
        self._items = store.items(kind)

    def __getitem__(self, key: int) -> bytes:
        return self._items[key]

    def __setitem__(self, key: int, value: bytes) -> None:
        value = bytes(value)
        self._items[key] = value
        self._store.put(self._kind, key, value)

    def __delitem__(self, key: int) -> None:
        del self._items[key]
        self._store.remove(self._kind, key)

    def __iter__(self) -> Iterator[int]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def clear(self) -> None:
        """Forget everything at once."""
        self._items.clear()
        self._store.clear(self._kind)

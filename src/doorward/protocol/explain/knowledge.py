"""What one message tells about the others: which model a device is."""

from __future__ import annotations

from collections import OrderedDict

_MOST_DEVICES = 4096


class Knowledge:
    """Device types by serial number, learned from identities and search answers. It remembers 4,096 devices.

    Args:
        device_type: The type of every device, when somebody told it; nothing is learned then.
    """

    def __init__(self, device_type: int | None = None) -> None:
        self._told = device_type
        self._types: OrderedDict[int, int] = OrderedDict()

    def learn(self, device_id: int, device_type: int) -> None:
        """Remember the type of a device."""
        self._types[device_id] = device_type
        self._types.move_to_end(device_id)
        if len(self._types) > _MOST_DEVICES:
            self._types.popitem(last=False)

    def device_type(self, device_id: int | None) -> int | None:
        """The type of a device; None when it is not known."""
        if self._told is not None:
            return self._told
        return None if device_id is None else self._types.get(device_id)

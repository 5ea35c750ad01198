"""What a search has heard so far: answers of one device merged, claims of two devices kept apart and marked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace

from doorward.model.found import GENERATIONS, FoundDevice

_Key = tuple[str, int, str, int]


class Findings:
    """Collects found devices.

    Args:
        found: Called with each device when its first answer arrives.
    """

    def __init__(self, found: Callable[[FoundDevice], None] | None = None) -> None:
        self._found = found
        self._devices: dict[_Key, FoundDevice] = {}
        self.changed = asyncio.Event()
        self.ignored = 0

    def add(self, device: FoundDevice) -> None:
        """Take an answer; one that repeats a known device is counted with it."""
        key = (device.generation, device.device_id, device.address, device.type)
        known = self._devices.get(key)
        if known is None:
            self._devices[key] = device
            if self._found is not None:
                self._found(device)
        else:
            # Heard on several cards, it belongs to the first; reached in its own subnet once, it is not foreign.
            self._devices[key] = replace(
                known,
                answers=known.answers + 1,
                round_trip_ms=min(known.round_trip_ms, device.round_trip_ms),
                foreign_subnet=known.foreign_subnet and device.foreign_subnet,
            )
        self.changed.set()

    def all_answered(self, hosts: Iterable[str]) -> bool:
        """Whether an answer came from each of the addresses."""
        heard = {device.answered_from for device in self._devices.values()}
        return heard.issuperset(hosts)

    def of(self, device_id: int) -> tuple[FoundDevice, ...]:
        """The devices that claim an id."""
        return tuple(device for device in self.devices() if device.device_id == device_id)

    def devices(self) -> tuple[FoundDevice, ...]:
        """Every device, in a steady order, with conflicts marked."""
        by_id: dict[tuple[str, int], list[FoundDevice]] = {}
        by_address: dict[str, list[FoundDevice]] = {}
        for device in self._devices.values():
            by_id.setdefault((device.generation, device.device_id), []).append(device)
            by_address.setdefault(device.address, []).append(device)
        marked = [
            replace(
                device,
                conflict=_conflict(device, by_id[device.generation, device.device_id], by_address[device.address]),
            )
            for device in self._devices.values()
        ]
        return tuple(sorted(marked, key=_order))


def _order(device: FoundDevice) -> tuple[int, int, tuple[int, ...], str]:
    octets = tuple(int(part) for part in device.address.split(".") if part.isdigit())
    return GENERATIONS.index(device.generation), device.device_id, octets, device.model


def _conflict(device: FoundDevice, same_id: list[FoundDevice], same_address: list[FoundDevice]) -> str:
    words = []
    addresses = sorted(
        f"{other.address} ({other.title})" if other.address == device.address else other.address
        for other in same_id
        if other is not device
    )
    if addresses:
        words.append(f"device id {device.device_id} is also claimed from {', '.join(addresses)}")
    ids = sorted({other.device_id for other in same_address if other.device_id != device.device_id})
    if ids:
        words.append(f"address {device.address} is also used by device {', '.join(map(str, ids))}")
    return "; ".join(words)

"""The ports that matter on this machine, out of the catalogue and the server's own settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from doorward.ports.catalogue import EITHER, Catalogue, Entry, load_catalogue

DEFAULT_SYSTEMS = ("doorward", "biostar1", "biostar2")


@dataclass(frozen=True, slots=True, kw_only=True)
class MachinePort:
    """A port to look at.

    Attributes:
        protocol: ``tcp`` or ``udp``.
        port: The port.
        purpose: What it is for.
        systems: Which systems use it.
        own: Whether the server of this machine wants to listen on it, so that anybody else there is in the way.
        address: The address on which it wants to listen; empty for all.
    """

    protocol: str
    port: int
    purpose: str
    systems: tuple[str, ...]
    own: bool = False
    address: str = ""

    @property
    def title(self) -> str:
        """``TCP 1480``."""
        return f"{self.protocol.upper()} {self.port}"


def machine_ports(
    systems: Sequence[str] = DEFAULT_SYSTEMS,
    *,
    own: Mapping[str, tuple[str, int]] | None = None,
    catalogue: Catalogue | None = None,
) -> tuple[MachinePort, ...]:
    """The ports of these systems, each once, in order.

    Args:
        systems: Names of systems of the catalogue.
        own: Where the server of this machine wants to listen: for the key of each of its settings that holds a port
            the address and the number, such as ``{"web.port": ("127.0.0.1", 8080)}``. The catalogue's numbers when it
            is not given; none at all when it is empty.
        catalogue: Another catalogue than the one that comes with this version.

    Raises:
        InvalidInput: A system is unknown.
    """
    found: dict[tuple[str, int], MachinePort] = {}
    for entry in (catalogue or load_catalogue()).select(systems=systems):
        # What is dialled on the Internet is no port of this machine, unless a program here stands behind it.
        if entry.protocol == EITHER or (entry.reach == "internet" and not entry.process):
            continue
        address, moved = (own or {}).get(entry.setting, ("", 0))
        is_own = entry.system == "doorward" and bool(entry.setting) and (own is None or entry.setting in own)
        numbers = (moved,) if moved else tuple(range(entry.ports.first, entry.ports.last + 1))
        for number in numbers:
            _add(found, entry, number, address, is_own=is_own)
    return tuple(sorted(found.values(), key=lambda item: (not item.own, item.port, item.protocol)))


def _add(found: dict[tuple[str, int], MachinePort], entry: Entry, number: int, address: str, *, is_own: bool) -> None:
    key = entry.protocol, number
    known = found.get(key)
    if known is None:
        found[key] = MachinePort(
            protocol=entry.protocol,
            port=number,
            purpose=entry.purpose,
            systems=(entry.system,),
            own=is_own,
            address=address,
        )
        return
    systems = tuple(dict.fromkeys((*known.systems, entry.system)))
    found[key] = MachinePort(
        protocol=known.protocol,
        port=number,
        purpose=known.purpose,
        systems=systems,
        own=known.own or is_own,
        address=known.address or address,
    )

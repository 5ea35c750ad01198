"""Where one end of a conversation is."""

from __future__ import annotations

from typing import Any, NamedTuple

from doorward.model.errors import InvalidInput

LARGEST_PORT = 65535


class Address(NamedTuple):
    """A host, by IP address or name, and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @classmethod
    def from_socket(cls, name: Any) -> Address:
        """Take what a socket tells of an end; an end that is gone already gives an empty address."""
        return cls(str(name[0]), int(name[1])) if name else cls("", 0)


def check_port(port: int, *, field: str = "port", lowest: int = 1) -> None:
    """Refuse what is not a port.

    Raises:
        InvalidInput: The port lies outside ``lowest`` to 65535.
    """
    if not lowest <= port <= LARGEST_PORT:
        raise InvalidInput(field, port, f"a whole number from {lowest} to {LARGEST_PORT}")

"""Puts made-up names in the place of real ones: the same one for the same, so that a reader can still follow."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import Final

SHORTEST_NAME: Final = 3
# They name nobody, and stand in many a line.
COMMON: Final = frozenset({"admin", "administrator", "operator", "root", "server", "doorward", "localhost"})
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_MAC = re.compile(r"\b[0-9a-fA-F]{2}(?:[:-][0-9a-fA-F]{2}){5}\b")
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\w\.)(?!\w)")
_IPV6 = re.compile(r"(?<![\w:.])[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?:%\w+)?(?![\w:])")


class Anonymizer:
    """Replaces names and addresses.

    Args:
        names: Names that are known: of devices, groups, operators, machines.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._given: dict[tuple[str, str], str] = {}
        self._counts: dict[str, int] = {}
        known = {name.strip() for name in names}
        wanted = [name for name in known if len(name) >= SHORTEST_NAME and name.lower() not in COMMON]
        wanted.sort(key=lambda name: (-len(name), name))
        self._names = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, wanted)) + r")(?!\w)") if wanted else None

    def __call__(self, text: str) -> str:
        """The text without names and addresses."""
        if self._names is not None:
            text = self._names.sub(lambda found: self._made_up("name", found[0]), text)
        text = _MAIL.sub(lambda found: self._made_up("mail", found[0]), text)
        text = _MAC.sub(lambda found: self._made_up("mac", found[0].lower()), text)
        text = _IPV4.sub(self._address, text)
        return _IPV6.sub(self._address, text)

    def _address(self, found: re.Match[str]) -> str:
        try:
            address = ipaddress.ip_address(found[0])
        except ValueError:
            return found[0]
        if address.is_loopback or address.is_unspecified:
            return found[0]
        return self._made_up("address", str(address))

    def _made_up(self, kind: str, real: str) -> str:
        key = (kind, real)
        if key not in self._given:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._given[key] = f"{kind}-{self._counts[kind]}"
        return self._given[key]

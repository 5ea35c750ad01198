"""The port catalogue: every port that an installer meets, who listens, who dials, what for, and how sure that is.

The data lies beside this module in ``catalogue.toml``; ``load_catalogue`` reads and checks it.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from doorward.model.errors import InvalidInput
from doorward.model.network_settings import DIRECT, LARGEST_PORT, SERVER

SYSTEMS = ("biostar1", "biostar2", "easysecure", "doorward", "other")
PLANNED_SYSTEMS = SYSTEMS[:-1]
SYSTEM_TITLES = {
    "biostar1": "BioStar 1",
    "biostar2": "BioStar 2",
    "easysecure": "EasySecure / IdentySoft",
    "doorward": "Doorward",
    "other": "Other products",
}
MODES = (DIRECT, SERVER)
ROLES = ("server", "client", "device", "database", "cloud")
TCP = "tcp"
UDP = "udp"
EITHER = "tcp or udp"
PROTOCOLS = (TCP, UDP, EITHER)
REACHES = ("network", "local", "internet")
PLANNING = ("default", "option", "never")
CONFIDENCE = {
    "confirmed": "stated by two or more independent sources",
    "stated": "stated by the source named",
    "inferred": "our conclusion from several facts, no vendor's claim",
    "unconfirmed": "commonly quoted, not found in a source",
}

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_PORTS = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?\Z")


@dataclass(frozen=True, slots=True, order=True)
class PortRange:
    """One port, or several in a row.

    Attributes:
        first: The lowest.
        last: The highest; the same as ``first`` for one port.
    """

    first: int
    last: int

    @classmethod
    def parse(cls, text: str, *, field: str = "ports", where: str = "") -> PortRange:
        """Read ``1470`` or ``30464-30703``.

        Raises:
            InvalidInput: It is neither.
        """
        found = _PORTS.match(text)
        first = int(found[1]) if found else 0
        last = int(found[2] or found[1]) if found else 0
        if not 1 <= first <= last <= LARGEST_PORT:
            raise InvalidInput(field, text, f"a port from 1 to {LARGEST_PORT}, or FIRST-LAST", where=where)
        return cls(first, last)

    @property
    def single(self) -> bool:
        """Whether it is one port."""
        return self.first == self.last

    def covers(self, other: PortRange) -> bool:
        """Whether every port of another range lies in this one."""
        return self.first <= other.first and other.last <= self.last

    def joined(self, sign: str) -> str:
        """As text, with the sign that stands between first and last."""
        return str(self.first) if self.single else f"{self.first}{sign}{self.last}"

    def __str__(self) -> str:
        return self.joined("-")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact was found.

    Attributes:
        tag: Its short name, as entries give it.
        title: What it is and where it lies.
    """

    tag: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One port of one system, in one use.

    Attributes:
        id: Its name in this catalogue.
        system: One of ``SYSTEMS``.
        product: What it is called when the system is ``other``; else the system's title.
        protocol: ``tcp``, ``udp``, or ``tcp or udp`` where the source does not say.
        ports: The number, or several in a row.
        listens: The role that listens; one of ``ROLES``.
        dials: The roles that send the first packet.
        modes: ``direct``, ``server``, or both.
        purpose: What goes over it.
        process: The program that listens, where it is known.
        changeable: Where the number can be changed; "no" where it cannot.
        sources: Tags of the sources.
        confidence: A key of ``CONFIDENCE``.
        reach: ``network``: crosses the site's network. ``local``: stays on one machine, never to be opened.
            ``internet``: dialled outward.
        plan: Whether a plan opens it: ``default``, as an ``option`` or ``never``.
        features: Names that switch it on or off in a plan; all of them must be on.
        broadcast: Whether the first packet may be a broadcast, so that the answer needs a rule of its own.
        setting: The key of Doorward's settings file that holds the number; empty where there is none.
        note: What else one should know.
    """

    id: str
    system: str
    protocol: str
    ports: PortRange
    listens: str
    dials: tuple[str, ...]
    modes: tuple[str, ...]
    purpose: str
    sources: tuple[str, ...]
    confidence: str
    product: str = ""
    process: str = ""
    changeable: str = ""
    reach: str = "network"
    plan: str = "never"
    features: tuple[str, ...] = ()
    broadcast: bool = False
    setting: str = ""
    note: str = ""

    @property
    def title(self) -> str:
        """``TCP 1480``."""
        return f"{self.protocol.upper()} {self.ports}"

    def has_role(self, role: str) -> bool:
        """Whether this role listens or dials here."""
        return role == self.listens or role in self.dials

    def as_json(self) -> dict[str, Any]:
        """The entry as one flat JSON object; ``port`` is the first number, ``last_port`` that of a range."""
        return {
            "id": self.id,
            "system": self.system,
            "product": self.product,
            "protocol": self.protocol,
            "port": self.ports.first,
            "last_port": self.ports.last,
            "listens": self.listens,
            "dials": list(self.dials),
            "modes": list(self.modes),
            "purpose": self.purpose,
            "process": self.process,
            "changeable": self.changeable,
            "reach": self.reach,
            "plan": self.plan,
            "features": list(self.features),
            "broadcast": self.broadcast,
            "setting": self.setting,
            "note": self.note,
            "sources": list(self.sources),
            "confidence": self.confidence,
        }


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All entries.

    Attributes:
        entries: In the order of the file.
        sources: By tag.
    """

    entries: tuple[Entry, ...]
    sources: Mapping[str, Source]

    def entry(self, name: str) -> Entry:
        """An entry by its id.

        Raises:
            InvalidInput: There is none.
        """
        for item in self.entries:
            if item.id == name:
                return item
        raise InvalidInput("entry", name, "the id of an entry of the catalogue, as `doorward ports list --json` tells")

    def select(
        self, *, systems: Iterable[str] = (), modes: Iterable[str] = (), roles: Iterable[str] = ()
    ) -> tuple[Entry, ...]:
        """The entries of these systems, modes and roles; a choice that is empty leaves all.

        Raises:
            InvalidInput: A name is unknown.
        """
        wanted_systems = checked_names("system", systems, SYSTEMS)
        wanted_modes = checked_names("mode", modes, MODES)
        wanted_roles = checked_names("role", roles, ROLES)
        return tuple(
            item
            for item in self.entries
            if (not wanted_systems or item.system in wanted_systems)
            and (not wanted_modes or not wanted_modes.isdisjoint(item.modes))
            and (not wanted_roles or any(item.has_role(role) for role in wanted_roles))
        )

    @property
    def features(self) -> tuple[str, ...]:
        """The names of everything that a plan can switch on or off."""
        return tuple(sorted({name for item in self.entries for name in item.features}))


def checked_names(field: str, values: Iterable[str], known: tuple[str, ...]) -> set[str]:
    """Names that are all known.

    Raises:
        InvalidInput: The first that is not.
    """
    names = set()
    for value in values:
        if value not in known:
            raise InvalidInput(field, value, ", ".join(known))
        names.add(value)
    return names


@functools.cache
def load_catalogue() -> Catalogue:
    """The catalogue that comes with this version."""
    text = resources.files("doorward.ports").joinpath("catalogue.toml").read_text("utf-8")
    return read_catalogue(text)


def read_catalogue(text: str) -> Catalogue:
    """Read and check a catalogue.

    Raises:
        InvalidInput: An entry is wrong; names it, the field, the value and what is allowed.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput("catalogue", str(error), "a TOML file") from None
    for name in data:
        if name not in ("sources", "entry"):
            raise InvalidInput("catalogue", name, "the tables [sources] and [[entry]]")
    sources = data.get("sources", {})
    if not isinstance(sources, dict):
        raise InvalidInput("sources", sources, "a table of texts")
    for tag, title in sources.items():
        if not isinstance(title, str) or not title.strip():
            raise InvalidInput(f"sources.{tag}", title, "a text")
    rows = data.get("entry", [])
    if not isinstance(rows, list) or not rows:
        raise InvalidInput("entry", rows, "one or more tables [[entry]]")
    entries = tuple(_entry(row, place, sources) for place, row in enumerate(rows, 1))
    seen: set[str] = set()
    for item in entries:
        if item.id in seen:
            raise InvalidInput("id", item.id, "an id that no other entry has", where=f"entry {item.id}")
        seen.add(item.id)
    return Catalogue(entries, {tag: Source(tag, title) for tag, title in sources.items()})


def _entry(row: Any, place: int, sources: Mapping[str, object]) -> Entry:
    where = f"entry {place}"
    if not isinstance(row, dict):
        raise InvalidInput("entry", row, "a table", where=where)
    if isinstance(row.get("id"), str):
        where = f"entry {row['id']}"
    known = {item.name: item for item in dataclasses.fields(Entry)}
    for name in row:
        if name not in known:
            raise InvalidInput(name, row[name], "one of the fields " + ", ".join(known), where=where)
    for name, item in known.items():
        if item.default is dataclasses.MISSING and name not in row:
            raise InvalidInput(name, "absent", "a value", where=where)
    values: dict[str, Any] = {name: _typed(name, value, where) for name, value in row.items()}
    values["ports"] = PortRange.parse(row["ports"], where=where)
    if not values.get("product"):
        values["product"] = SYSTEM_TITLES.get(row["system"], "")
    made = Entry(**values)
    _check(made, where, sources)
    return made


def _typed(name: str, value: object, where: str) -> object:
    if name in ("dials", "modes", "sources", "features"):
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise InvalidInput(name, value, "a list of texts", where=where)
        if len(set(value)) != len(value):
            raise InvalidInput(name, value, "each name once", where=where)
        return tuple(value)
    if name == "broadcast":
        if not isinstance(value, bool):
            raise InvalidInput(name, value, "true or false", where=where)
        return value
    if not isinstance(value, str) or value != value.strip() or "\n" in value:
        raise InvalidInput(name, value, "a text of one line", where=where)
    return value


def _check(item: Entry, where: str, sources: Mapping[str, object]) -> None:
    if not _ID.match(item.id):
        raise InvalidInput("id", item.id, "small letters, digits and single hyphens", where=where)
    for field, known in (
        ("system", SYSTEMS),
        ("protocol", PROTOCOLS),
        ("listens", ROLES),
        ("confidence", tuple(CONFIDENCE)),
        ("reach", REACHES),
        ("plan", PLANNING),
    ):
        if getattr(item, field) not in known:
            raise InvalidInput(field, getattr(item, field), ", ".join(known), where=where)
    for field, known in (("dials", ROLES), ("modes", MODES), ("sources", tuple(sources))):
        values = getattr(item, field)
        if not values:
            raise InvalidInput(field, [], "at least one of " + ", ".join(known), where=where)
        for value in values:
            if value not in known:
                raise InvalidInput(field, value, ", ".join(known), where=where)
    if not item.purpose:
        raise InvalidInput("purpose", "", "what the port is for", where=where)
    if item.system == "other" and item.product == SYSTEM_TITLES["other"]:
        raise InvalidInput("product", "", "the product's name, as the system is 'other'", where=where)
    if item.plan != "never" and (item.reach != "network" or item.protocol == EITHER):
        raise InvalidInput(
            "plan", item.plan, "never, since only a known protocol on the network is planned", where=where
        )
    if item.plan == "option" and not item.features:
        raise InvalidInput("features", [], "the name that switches the option on", where=where)
    if item.broadcast and item.protocol != UDP:
        raise InvalidInput("broadcast", True, "only with udp", where=where)

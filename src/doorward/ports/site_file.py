"""A site in a TOML file, for those who plan more than once."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from doorward.model.errors import InvalidFile, InvalidInput
from doorward.ports.site import (
    CLIENT_ROLE,
    SERVER_ROLE,
    Firewall,
    Host,
    Site,
    checked_name,
    parse_device_network,
    parse_host,
    parse_moved,
    parse_network,
)

EXAMPLE = """\
with = []          # options beside the usual ones, such as "http"
without = []       # usual ones that are not needed, such as "screen-models"

[systems]          # each with its modes
biostar1 = ["server"]

[servers]          # with the prefix of the network in which each stands; a list for several addresses
main = "192.168.1.5/24"

[clients]
office = "192.168.1.20/24"

[device_networks]
doors = "10.1.0.0/24"

[firewalls]        # the networks that each joins; none of them means one that joins all
edge = ["192.168.1.0/24", "10.1.0.0/24"]

[ports]            # entries of the catalogue whose port was moved
"""

_KEYS = ("with", "without", "systems", "servers", "clients", "device_networks", "firewalls", "ports")


def load_site(path: Path) -> Site:
    """Read a site file.

    Raises:
        InvalidFile: It cannot be read, or is no TOML.
        InvalidInput: A key or value is wrong; names the file.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidFile(f"{path} is not a TOML file: {error}.", advice="Correct the line and try again.") from None
    except OSError as error:
        raise InvalidFile(f"{path} cannot be read: {error.strerror}.", advice="Check its name and rights.") from None
    try:
        return read_site(data)
    except InvalidInput as error:
        raise InvalidInput(error.field, error.value, error.allowed, where=str(path)) from None


def read_site(data: dict[str, Any]) -> Site:
    """Make a site of the content of a site file.

    Raises:
        InvalidInput: A key or value is wrong.
    """
    for key, value in data.items():
        if key not in _KEYS:
            raise InvalidInput(key, value, "one of the keys " + ", ".join(_KEYS))
    return Site(
        systems={name: _texts(f"systems.{name}", modes) for name, modes in _table(data, "systems").items()},
        hosts=(*_hosts(data, "servers", SERVER_ROLE), *_hosts(data, "clients", CLIENT_ROLE)),
        device_networks=tuple(
            parse_device_network(f"{checked_name('device_networks', name)}={_text(f'device_networks.{name}', value)}")
            for name, value in _table(data, "device_networks").items()
        ),
        firewalls=tuple(_firewall(name, value) for name, value in _table(data, "firewalls").items()),
        with_features=_texts("with", data.get("with", [])),
        without_features=_texts("without", data.get("without", [])),
        moved=parse_moved(f"{name}={value}" for name, value in _table(data, "ports").items()),
    )


def _hosts(data: dict[str, Any], key: str, role: str) -> tuple[Host, ...]:
    return tuple(
        parse_host(role, f"{checked_name(key, name)}={address}")
        for name, value in _table(data, key).items()
        for address in _one_or_more(f"{key}.{name}", value)
    )


def _firewall(name: str, value: object) -> Firewall:
    field = f"firewalls.{name}"
    networks = tuple(parse_network(field, text) for text in _texts(field, value))
    if len(networks) == 1:
        raise InvalidInput(field, value, "two networks or more that it joins, or none for all")
    return Firewall(checked_name("firewalls", name), networks)


def _table(data: dict[str, Any], key: str) -> dict[str, Any]:
    value = data.get(key, {})
    if not isinstance(value, dict):
        raise InvalidInput(key, value, f"a section [{key}]")
    return value


def _one_or_more(key: str, value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
        raise InvalidInput(key, value, "an address, or a list of them")
    return tuple(value)


def _text(key: str, value: object) -> str:
    if not isinstance(value, str):
        raise InvalidInput(key, value, "a text")
    return value


def _texts(key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InvalidInput(key, value, "a list of texts")
    return tuple(value)

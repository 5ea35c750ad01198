"""Moving a port of Doorward: every place that must follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from doorward.model.errors import InvalidInput
from doorward.ports.catalogue import load_catalogue
from doorward.transport.address import check_port

WEB_PORT = "web.port"
DEVICE_PORT = "devices.port"

_HIGHEST_PRIVILEGED = 1023
_FIRST_EPHEMERAL = 32768


@dataclass(frozen=True, slots=True)
class DialledBy:
    """A device that dials the server.

    Attributes:
        device_id: Its serial number.
        name: What people call it.
        address: From where it was last heard; empty when never.
        movable: Whether it has a setting for the server's port; None when the model is not known.
    """

    device_id: int
    name: str
    address: str
    movable: bool | None


@dataclass(frozen=True, slots=True)
class Place:
    """A place that must follow.

    Attributes:
        what: What it is.
        where: Where it is found.
        change: What to do there.
        by: Who does it: ``--write``, ``--send`` or ``you``.
    """

    what: str
    where: str
    change: str
    by: str


@dataclass(frozen=True, slots=True)
class Move:
    """A port on its way to another number.

    Attributes:
        setting: The key of the settings file.
        old: The number as it is.
        new: The number that it shall be.
        places: Every place that must follow, in the order in which to go.
        warnings: What speaks against the new number, or is not possible.
    """

    setting: str
    old: int
    new: int
    places: tuple[Place, ...]
    warnings: tuple[str, ...]


def plan_move(
    old: int,
    new: int,
    *,
    ports: Mapping[str, int],
    settings_file: str,
    variables: Sequence[str] = (),
    told_port: int = 0,
    devices: Sequence[DialledBy] = (),
    devices_known: bool = True,
) -> Move:
    """Find every place that must follow when a port is moved. Changes nothing.

    Args:
        old: The port as it is.
        new: The port that it shall be.
        ports: Doorward's ports by the keys of its settings file.
        settings_file: The file, for people.
        variables: Names of environment variables that override it.
        told_port: The port that devices are told to dial where a router translates it; 0 for none.
        devices: The devices in server mode.
        devices_known: Whether the database could be asked for them.

    Raises:
        InvalidInput: ``old`` is none of Doorward's ports, or ``new`` cannot be one.
    """
    setting = next((key for key, port in ports.items() if port == old), None)
    if setting is None:
        known = ", ".join(f"{port} ({key})" for key, port in ports.items())
        raise InvalidInput("old port", old, known)
    check_port(new, field="new port")
    if new in ports.values():
        raise InvalidInput("new port", new, "a port that Doorward does not use yet")
    places = [_settings_place(setting, new, settings_file, variables), _restart()]
    warnings = list(_warnings(new))
    if setting == WEB_PORT:
        places += _web_places(old, new)
    else:
        places += _device_places(old, new, told_port, devices, devices_known)
        stuck = [device for device in devices if device.movable is False]
        if stuck:
            warnings.append(
                f"{_names(stuck)} always dial{'s' if len(stuck) == 1 else ''} TCP 1480: models on port 1471 have no "
                "setting for it. Keep 1480 for them, or let the router lead it to the new port."
            )
    places.append(
        Place(
            "Firewall rules",
            "this machine, and each firewall on the way",
            f"make them anew with `doorward ports rules` and apply them: TCP {new} opens, TCP {old} shuts",
            "you",
        )
    )
    return Move(setting, old, new, tuple(places), tuple(warnings))


def _settings_place(setting: str, new: int, settings_file: str, variables: Sequence[str]) -> Place:
    section, _, name = setting.partition(".")
    variable = f"DOORWARD_{setting.replace('.', '_').upper()}"
    if variable in variables:
        return Place("Settings", f"variable {variable}", f"set it to {new}; it stands above the file", "you")
    return Place("Settings", settings_file, f"[{section}] {name} = {new}", "--write")


def _restart() -> Place:
    return Place("Server", "this machine", "restart `doorward serve`: it takes the new port then", "you")


def _web_places(old: int, new: int) -> list[Place]:
    return [
        Place(
            "Proxy", "the web server before Doorward, if there is one", f"its upstream port {old} becomes {new}", "you"
        ),
        Place("Bookmarks", "browsers, intranet pages, mails", f"addresses with :{old} become :{new}", "you"),
        Place("API programs", "whatever uses an API token or reads the stream", f"base address with :{new}", "you"),
        Place("Webhooks", "receivers that ask back by the API", f"their address of this server with :{new}", "you"),
        Place("Health checks", "load balancer, container, monitoring", f"they ask port {new}", "you"),
    ]


def _device_places(
    old: int, new: int, told_port: int, devices: Sequence[DialledBy], devices_known: bool
) -> list[Place]:
    places = []
    if told_port:
        places.append(
            Place(
                "Port translation",
                "the router before the server",
                f"TCP {told_port} leads to {new} instead of {old}; devices go on dialling {told_port}",
                "you",
            )
        )
    else:
        movable = [device for device in devices if device.movable is not False]
        if not devices_known:
            where = "every device in server mode (the database could not be asked which)"
        else:
            where = _names(movable) if movable else "none in server mode"
        places.append(
            Place("Devices", where, f"server port {new} in their network settings", "--send" if movable else "you")
        )
    places.append(Place("Agents", "branches, if there are any", f"they dial TCP {new}", "you"))
    return places


def _names(devices: Sequence[DialledBy], most: int = 8) -> str:
    texts = [f"{device.device_id} ({device.name})" if device.name else str(device.device_id) for device in devices]
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more


def _warnings(new: int) -> list[str]:
    warnings = []
    if new <= _HIGHEST_PRIVILEGED:
        warnings.append(f"TCP {new} is below 1024: on Linux the server needs the right CAP_NET_BIND_SERVICE for it.")
    if new >= _FIRST_EPHEMERAL:
        warnings.append(
            f"TCP {new} lies where systems take the ports of outgoing connections from (Linux 32768-60999, Windows "
            "49152-65535): another program may hold it when the server starts. Reserve it, or take a lower one."
        )
    others = sorted(
        {
            f"{entry.product} ({entry.purpose})"
            for entry in load_catalogue().entries
            if entry.system != "doorward" and entry.protocol != "udp" and entry.ports.first <= new <= entry.ports.last
        }
    )
    if others:
        warnings.append(f"TCP {new} is also used by {'; '.join(others)}: not on one machine with it.")
    return warnings

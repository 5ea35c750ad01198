"""The settings of a server: one TOML file, environment variables above it, typed and checked before anything starts.

Every key of a section may be set by a variable ``DOORWARD_<SECTION>_<KEY>``, such as ``DOORWARD_DATABASE_URL``.
A refusal names the file or variable, the key, the value and what is allowed.
"""

from __future__ import annotations

import dataclasses
import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from doorward.model.errors import DoorwardError, InvalidInput
from doorward.server.database_url import DatabaseTarget, parse_database_url
from doorward.server.places import default_data_folder, default_settings_path
from doorward.server.redaction import redact
from doorward.server.setting_kinds import Setting, choice, decimal, folder_path, number, switch, text, texts

VARIABLE_PREFIX = "DOORWARD_"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSettings:
    """Section ``[database]``."""

    url: str = text("", "sqlite:///absolute/path or postgresql://user:password@host/name")
    busy_seconds: float = decimal(10.0, 0.1, 300.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """Section ``[web]``: the console and the API."""

    address: str = text("127.0.0.1", "an address of this machine, or 0.0.0.0 for all")
    port: int = number(8080, 0, 65535)
    hosts: tuple[str, ...] = texts(("*",), "a list of the names by which browsers call this server")
    heartbeat_seconds: float = decimal(15.0, 0.05, 300.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePortSettings:
    """Section ``[devices]``: the port on which devices in server mode call."""

    address: str = text("", "an address of this machine, or an empty text for all")
    port: int = number(1480, 0, 65535)
    told_address: str = text("", "the IPv4 address that devices dial, where a router translates it; or empty")
    told_port: int = number(0, 0, 65535)
    identify_seconds: float = decimal(1.0, 0.1, 10.0)
    connections: int = number(16_000, 2, 1_000_000)
    connections_per_address: int = number(1024, 2, 1_000_000)
    unidentified_per_address: int = number(512, 1, 1_000_000)
    new_per_second: float = decimal(100.0, 0.1, 100_000.0)
    burst: int = number(1024, 1, 1_000_000)
    catch_up_minutes: float = decimal(5.0, 0.1, 1440.0)
    oldest_tls: str = choice("1.2", ("1.2", "1.0"))


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSettings:
    """Section ``[events]``."""

    retention_months: int = number(0, 0, 1200)
    partitions_ahead: int = number(3, 1, 120)
    happenings_days: int = number(90, 1, 36_500)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSettings:
    """Section ``[webhooks]``: what is sent to other programs, and where to."""

    allow_private: bool = switch(True)
    give_up_hours: float = decimal(72.0, 0.1, 8760.0)
    ca_file: str = text("", "path of a PEM file of authorities that are believed beside those of the system, or empty")


@dataclass(frozen=True, slots=True, kw_only=True)
class SecuritySettings:
    """Section ``[security]``."""

    key_file: str = text("", "path of the key file, or empty for doorward.key in the data folder")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    """Section ``[log]``."""

    level: str = choice("info", ("debug", "info", "warning", "error"))
    format: str = choice("text", ("text", "json"))
    file: str = text("", "the absolute path of a file, or an empty text for none")
    file_megabytes: int = number(10, 1, 10_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """All settings of a server.

    Attributes:
        data_folder: Folder of the database, the key file and whatever else is kept; key ``data_folder`` of the file.
        language: Language of the console, such as ``en``.
        time_zone: IANA zone of the site; devices without one of their own are taken to be there.
        database: Where the data lies.
        web: The console and the API.
        devices: The port for devices.
        events: How long events are kept.
        webhooks: What is sent to other programs.
        security: The key file.
        log: What the program tells about itself.
        path: The file that was read, or would have been; not a key of the file.
    """

    data_folder: str = folder_path()
    language: str = text("en", "a language code such as en")
    time_zone: str = text("UTC", "an IANA zone such as Europe/Berlin")
    database: DatabaseSettings = field(default_factory=DatabaseSettings)
    web: WebSettings = field(default_factory=WebSettings)
    devices: DevicePortSettings = field(default_factory=DevicePortSettings)
    events: EventSettings = field(default_factory=EventSettings)
    webhooks: WebhookSettings = field(default_factory=WebhookSettings)
    security: SecuritySettings = field(default_factory=SecuritySettings)
    log: LogSettings = field(default_factory=LogSettings)
    path: Path = field(default_factory=default_settings_path)

    @property
    def data_path(self) -> Path:
        """The data folder."""
        return Path(self.data_folder).expanduser() if self.data_folder else default_data_folder()

    @property
    def key_path(self) -> Path:
        """The key file."""
        return Path(self.security.key_file).expanduser() if self.security.key_file else self.data_path / "doorward.key"

    @property
    def database_target(self) -> DatabaseTarget:
        """The database, as Django is told of it."""
        url = self.database.url or f"sqlite:///{(self.data_path / 'doorward.sqlite3').as_posix()}"
        return parse_database_url(url, busy_seconds=self.database.busy_seconds)


SECTIONS: dict[str, type] = {
    "database": DatabaseSettings,
    "web": WebSettings,
    "devices": DevicePortSettings,
    "events": EventSettings,
    "webhooks": WebhookSettings,
    "security": SecuritySettings,
    "log": LogSettings,
}


class SettingsMissing(DoorwardError):
    """There is no settings file where one was named."""


def load_settings(
    path: Path | None = None, *, environment: Mapping[str, str] | None = None, required: bool = False
) -> ServerSettings:
    """Read, check and complete the settings.

    Args:
        path: The file; None takes the default place.
        environment: Variables that override the file; None takes this process's.
        required: Whether an absent file is an error rather than all defaults.

    Raises:
        InvalidInput: A key is unknown or a value is not allowed; names file, key, value and what is allowed.
        SettingsMissing: The file is required and is not there.
        DoorwardError: The file cannot be read, or is no TOML.
    """
    path = path if path is not None else default_settings_path()
    variables = os.environ if environment is None else environment
    found = _read_file(path, required=required)
    values: dict[str, Any] = {"path": path}
    for name in found:
        if name not in _top_level_names() and name not in SECTIONS:
            raise _unknown(name, [*_top_level_names(), *SECTIONS], str(path))
    for name in _top_level_names():
        _take(values, ServerSettings, name, found, str(path), variables, "")
    for name, section in SECTIONS.items():
        table = found.get(name, {})
        if not isinstance(table, dict):
            # It may be the line of a database with its password, at the wrong place.
            shown = redact(table) if isinstance(table, str) else table
            raise InvalidInput(name, shown, f"a section [{name}]", where=str(path))
        names = [item.name for item in dataclasses.fields(section)]
        for key in table:
            if key not in names:
                raise _unknown(f"{name}.{key}", [f"{name}.{known}" for known in names], str(path))
        section_values: dict[str, Any] = {}
        for key in names:
            _take(section_values, section, key, table, str(path), variables, f"{name}.")
        values[name] = section(**section_values)
    settings = ServerSettings(**values)
    _check_together(settings, str(path), variables)
    return settings


def _top_level_names() -> list[str]:
    return [item.name for item in dataclasses.fields(ServerSettings) if "setting" in item.metadata]


def _read_file(path: Path, *, required: bool) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except FileNotFoundError:
        if required:
            raise SettingsMissing(
                f"There is no settings file {path}.",
                advice="Run 'doorward init' to make one, or name it with --settings.",
            ) from None
        return {}
    except tomllib.TOMLDecodeError as error:
        raise DoorwardError(
            f"{path} is not a TOML file: {error}.", advice="Correct the line and start again."
        ) from None
    except UnicodeDecodeError as error:
        raise DoorwardError(f"{path} is not UTF-8 text: {error}.", advice="Save it as UTF-8.") from None
    except OSError as error:
        raise DoorwardError(
            f"The settings file {path} cannot be read: {error.strerror}.", advice="Check its owner and rights."
        ) from None


def _take(
    values: dict[str, Any],
    section: type,
    key: str,
    table: Mapping[str, Any],
    file: str,
    variables: Mapping[str, str],
    prefix: str,
) -> None:
    """Put one value into ``values`` if the environment or the file has it."""
    setting: Setting = next(item for item in dataclasses.fields(section) if item.name == key).metadata["setting"]
    variable = VARIABLE_PREFIX + f"{prefix}{key}".replace(".", "_").upper()
    if variable in variables:
        values[key] = setting.from_text(variables[variable], key=f"{prefix}{key}", where=f"variable {variable}")
    elif key in table:
        values[key] = setting.check(table[key], key=f"{prefix}{key}", where=file)


def _unknown(key: str, known: list[str], file: str) -> InvalidInput:
    near = difflib.get_close_matches(key, known, n=1)
    error = InvalidInput(key, "this key", ", ".join(known), where=file)
    if near:
        error.advice = f"Did you mean {near[0]}?"
    return error


def _check_together(settings: ServerSettings, file: str, variables: Mapping[str, str]) -> None:
    """Check what a value alone cannot tell."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 - the zone tables are needed here only

    def where(key: str) -> str:
        variable = VARIABLE_PREFIX + key.replace(".", "_").upper()
        return f"variable {variable}" if variable in variables else file

    try:
        ZoneInfo(settings.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput(
            "time_zone", settings.time_zone, "an IANA zone such as Europe/Berlin", where=where("time_zone")
        ) from None
    try:
        _ = settings.database_target
    except InvalidInput as error:
        raise InvalidInput(error.field, error.value, error.allowed, where=where("database.url")) from None
    if settings.web.port and settings.web.port == settings.devices.port:
        raise InvalidInput("web.port", settings.web.port, "another port than devices.port has", where=where("web.port"))

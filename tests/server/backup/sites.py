"""Servers at rest for tests of backup and restore: settings, a key file and a database of their own."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from django.db import connections
from django.test import override_settings
from django.utils import timezone

from doorward.server.backup.reading import digest_of, snapshot
from doorward.server.certificates.models import Authority
from doorward.server.crypto import Key, KeyRing, new_key_file, read_key_file, write_key_file
from doorward.server.devices.models import DeviceGroup
from doorward.server.events.models import Alarm, Event, EventImage, StreamPosition
from doorward.server.events.rows import INSERTS, RowMaker
from doorward.server.keys import forget_keys
from doorward.server.operators.models import Operator
from doorward.server.operators.services import create_token
from doorward.server.orders.models import Order
from doorward.server.settings import ServerSettings
from doorward.server.system.services import check_key
from tests.server.conftest import SETTINGS, use_database
from tests.server.events.traffic import NOW, add_device, proof
from tests.server.postgresql import Template

_names = count(1)
PASSWORD = "open-sesame-planted"
MONTH = 31 * 86_400


@dataclass(frozen=True)
class Home:
    """A server's settings and its database, for Django in this process."""

    folder: Path
    url: str

    @property
    def settings(self) -> ServerSettings:
        """Its settings."""
        return replace(
            SETTINGS,
            data_folder=str(self.folder),
            database=replace(SETTINGS.database, url=self.url),
            security=replace(SETTINGS.security, key_file=str(self.key)),
            path=self.folder / "doorward.toml",
        )

    @property
    def key(self) -> Path:
        """Its key file."""
        return self.folder / "doorward.key"

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Be this server."""
        use_database(self.url)
        with override_settings(DOORWARD=self.settings):
            forget_keys()
            try:
                yield
            finally:
                use_database(self.url)
                forget_keys()


def home(folder: Path, url: str, *, key: KeyRing | None = None) -> Home:
    """A server with a key file of its own, or with the keys of another one."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Home(folder, url)
    if key is None:
        new_key_file(made.key)
    else:
        write_key_file(made.key, key.keys)
    return made


def empty_url(kind: str, folder: Path, server: Callable[[], str]) -> str:
    """The URL of a place where nothing is yet."""
    if kind == "sqlite":
        return f"sqlite:///{folder}/doorward.sqlite3"
    host = server()
    use_database(f"postgresql://doorward@/postgres?host={host}")
    name = f"empty_{next(_names)}"
    with connections["default"].cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    return f"postgresql://doorward@/{name}?host={host}"


def copy_tables(sqlite: Path, postgresql: Callable[[], Template]) -> None:
    """Make the tables of this version in the present database, which is empty."""
    connection = connections["default"]
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        with contextlib.closing(sqlite3.connect(sqlite)) as template:
            template.backup(connection.connection)
        return
    with connection.cursor() as cursor:
        cursor.execute(postgresql().script)


def insert_events(number: int, *, first: int = 0, device: int = 7) -> None:
    """Put events into the table, spread over months of the devices' clocks, with their positions."""
    connection = connections["default"]
    last = StreamPosition.objects.values_list("last", flat=True).first() or 0
    rows: list[Any] = []
    months = (0, 1, 5, 25)
    proofs = [
        proof(NOW - months[i % 4] * MONTH + i // 4, device=device, person=i) for i in range(first, first + number)
    ]
    RowMaker(connection.vendor).add(rows, proofs, NOW + 0.25, 1, last)
    connection.ensure_connection()
    INSERTS[connection.vendor](connection, rows)
    StreamPosition.objects.update_or_create(pk=1, defaults={"last": last + number})


def fill(events: int = 50) -> dict[str, str]:
    """Put something of everything into the database; gives what must be found nowhere in the clear."""
    check_key()
    group = DeviceGroup.objects.create(name='Haus Süd \u2028 \\ "x" 门')
    DeviceGroup.objects.create(name="inner", parent=group)
    add_device(7, name="Front", group=group, password=PASSWORD)
    add_device(8, approval_at=timezone.now())
    insert_events(events)
    Alarm.objects.create(kind="x", device_id=7, event=1, words="\tforced\nopen", raised=timezone.now())
    gone = Alarm.objects.create(kind="gone", device_id=None, words="", raised=timezone.now().replace(microsecond=0))
    gone.delete()
    EventImage.objects.create(
        origin=7, local_time=NOW, code=1, person=1, digest=bytes(range(32)), picture=b"\xff\xd8planted-picture" * 40,
        received=timezone.now(),
    )  # fmt: skip
    Authority.objects.create(
        certificate="c", key="planted-private-key", secret=b"planted-code", server_certificate="s",
        server_key="planted-server-key", created=timezone.now(),
    )  # fmt: skip
    Order.objects.create(device_id=7, kind="reconnect", by="somebody", given=timezone.now())
    operator = Operator.objects.create(username="admin")
    operator.set_password("planted-login-password")
    operator.save()
    _, token = create_token(operator, "export")
    return {
        "device password": PASSWORD,
        "picture": "planted-picture",
        "private key": "planted-private-key",
        "code": "planted-code",
        "login": "planted-login-password",
        "token": token,
    }


def digests() -> Mapping[str, tuple[int, str]]:
    """Rows and digest of each table of the present database."""
    with snapshot() as held:
        return {shape.table: digest_of(held.reader, shape) for shape in held.shapes}


def event_rows(upto: int) -> list[tuple[Any, ...]]:
    """The events up to a position, as Django reads them."""
    return [
        tuple(bytes(value) if isinstance(value, memoryview) else value for value in row)
        for row in Event.objects.filter(position__lte=upto).order_by("position").values_list()
    ]


def ring_of(place: Home) -> KeyRing:
    """The keys of a server."""
    return read_key_file(place.key)


def other_ring() -> KeyRing:
    """Keys of nobody."""
    return KeyRing([Key.new()])

"""Django for the tests of the server: set up once a process, with a fresh copy of a migrated database for each test."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from itertools import count
from pathlib import Path

import pytest

_databases = count(1)
FOLDER = Path(tempfile.mkdtemp(prefix="doorward-test-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
for name in [name for name in os.environ if name.startswith("DOORWARD_")]:
    del os.environ[name]
os.environ["DOORWARD_SETTINGS"] = str(FOLDER / "doorward.toml")
os.environ["DOORWARD_DATA_FOLDER"] = str(FOLDER)
os.environ["DOORWARD_WEB_HEARTBEAT_SECONDS"] = "0.2"

from doorward.server.setup import set_up  # noqa: E402 - after the environment

SETTINGS = set_up()

from django.conf import settings  # noqa: E402 - after the environment

# The tests make hundreds of passwords; a slow digest would only make them slow.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Each client of Django's tests would look for all styles and scripts; they are looked for when they are wanted.
settings.WHITENOISE_AUTOREFRESH = True

from asgiref.sync import SyncToAsync  # noqa: E402
from django.db import connections  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from doorward.server.crypto import new_key_file  # noqa: E402
from doorward.server.database import migrate  # noqa: E402
from doorward.server.database_url import parse_database_url  # noqa: E402
from doorward.server.operators.actor import THE_SERVER, acting  # noqa: E402
from doorward.server.people import erased  # noqa: E402
from tests.server import postgresql  # noqa: E402
from tests.server.program_site import Site  # noqa: E402
from tests.support.made_once import made_once  # noqa: E402

del os.environ["DOORWARD_SETTINGS"], os.environ["DOORWARD_DATA_FOLDER"], os.environ["DOORWARD_WEB_HEARTBEAT_SECONDS"]


def _drop_connections() -> None:
    connections.close_all()
    for alias in list(connections):
        with suppress(AttributeError):  # this thread has none
            del connections[alias]


def use_database(url: str) -> None:
    """Let Django's only database be this one, in every thread that the tests use."""
    _drop_connections()
    SyncToAsync.single_thread_executor.submit(_drop_connections).result()
    target = parse_database_url(url, busy_seconds=2.0)
    connections.databases.clear()
    connections.databases["default"] = connections.configure_settings({"default": target.django})["default"]


@pytest.fixture(autouse=True)
def nobody_acts() -> Iterator[None]:
    """Whoever acted in a test before, such as a command run in this process, acts no more."""
    erased.forget()
    with acting(THE_SERVER):
        yield


@pytest.fixture(scope="session")
def key_file() -> Path:
    """The key file of all tests."""
    if not SETTINGS.key_path.exists():
        new_key_file(SETTINGS.key_path)
    return SETTINGS.key_path


@pytest.fixture(scope="session")
def sqlite_template(key_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database, to be copied."""

    def make(path: Path) -> None:
        use_database(f"sqlite:///{path}")
        migrate()
        connections["default"].cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        _drop_connections()

    return made_once(tmp_path_factory, "template.sqlite3", make)


@pytest.fixture(scope="session")
def site_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a server for which ``doorward init`` was run, to be copied."""

    def make(folder: Path) -> None:
        site = Site(folder.parent)
        site.data.mkdir()
        shutil.copy(sqlite_template, site.database)
        new_key_file(site.data / "doorward.key")
        site.init()
        site.data.rename(folder)

    return made_once(tmp_path_factory, "site-template", make)


@pytest.fixture
def site(site_template: Path, tmp_path: Path) -> Site:
    """A server that is used by its commands alone; nothing of it is there yet."""
    folder = tmp_path / "site"
    folder.mkdir()
    return Site(folder, site_template)


@pytest.fixture(scope="session")
def postgresql_template(key_file: Path, tmp_path_factory: pytest.TempPathFactory) -> postgresql.Template | None:
    """A cluster at rest that has a migrated database ``template``, to be copied; None without PostgreSQL."""
    programs = postgresql.binaries()
    if programs is None:
        return None

    def make(data: Path) -> None:
        with postgresql.new_cluster(programs, data) as folder:
            use_database(f"postgresql://doorward@/postgres?host={folder}")
            with connections["default"].cursor() as cursor:
                cursor.execute("CREATE DATABASE template")
            use_database(f"postgresql://doorward@/template?host={folder}")
            migrate()
            _drop_connections()

    return postgresql.Template(programs, made_once(tmp_path_factory, "postgresql", make))


@pytest.fixture(scope="session")
def postgresql_server(postgresql_template: postgresql.Template | None) -> Iterator[str]:
    """The folder of the socket of a running PostgreSQL that has a migrated database ``template``."""
    if postgresql_template is None:
        pytest.skip("PostgreSQL is not installed on this machine")
    with postgresql.copied_cluster(postgresql_template) as folder:
        yield folder


@pytest.fixture
def database(sqlite_template: Path, tmp_path: Path) -> Iterator[str]:
    """An empty SQLite database of this version."""
    path = tmp_path / "database.sqlite3"
    shutil.copy(sqlite_template, path)
    use_database(f"sqlite:///{path}")
    yield f"sqlite:///{path}"
    _drop_connections()
    SyncToAsync.single_thread_executor.submit(_drop_connections).result()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def each_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of this version, of each kind."""
    if request.param == "sqlite":
        yield request.getfixturevalue("database")
        return
    folder = request.getfixturevalue("postgresql_server")
    use_database(f"postgresql://doorward@/postgres?host={folder}")
    with connections["default"].cursor() as cursor:
        # Dropping one would wait for a checkpoint; the whole cluster goes at the end.
        name = f"work_{next(_databases)}"
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE template")
    url = f"postgresql://doorward@/{name}?host={folder}"
    use_database(url)
    yield url
    _drop_connections()
    SyncToAsync.single_thread_executor.submit(_drop_connections).result()


@pytest.fixture
def django_queries() -> Callable[[], AbstractContextManager[list[dict[str, str]]]]:
    """Collects the queries of the database that are made inside."""

    @contextmanager
    def collect() -> Iterator[list[dict[str, str]]]:
        found: list[dict[str, str]] = []
        with CaptureQueriesContext(connections["default"]) as context:
            yield found
        found += context.captured_queries

    return collect

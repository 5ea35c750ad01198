"""A private PostgreSQL for tests, in a temporary folder, on a Unix socket only."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")
ROOM = 6 * 1024**3
DEBIAN_BINARIES = Path("/usr/lib/postgresql")
SETTINGS = "-c listen_addresses= -c fsync=off -c full_page_writes=off -c shared_buffers=32MB"


def binaries() -> Path | None:
    """The folder of PostgreSQL's programs; None where it is not installed."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = sorted(DEBIAN_BINARIES.glob("*/bin/initdb"))
    return versions[-1].parent if versions else None


def _quick_folder() -> Path | None:
    """Memory, where there is plenty of it: a database for each test is many files. None: where temporary files are."""
    try:
        return SHARED_MEMORY if shutil.disk_usage(SHARED_MEMORY).free >= ROOM else None
    except OSError:
        return None


def _unprivileged() -> str | None:
    """PostgreSQL refuses to run as root: the user to run it as then."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    return None


@dataclass(frozen=True)
class Template:
    """A cluster at rest.

    Attributes:
        programs: The folder of PostgreSQL's programs.
        folder: Its data folder, and what makes the tables of its database ``template``.
    """

    programs: Path
    folder: Path

    @property
    def script(self) -> str:
        """SQL that makes the tables of the database ``template``, with their rows, in an empty one."""
        return (self.folder / "template.sql").read_text(encoding="utf-8")


@contextmanager
def cluster(programs: Path) -> Iterator[str]:
    """Run a fresh cluster; gives the folder of its socket. Its superuser is ``doorward``, without a password."""
    with _place() as place:
        _initialise(programs, place)
        with _running(programs, place, stop="immediate"):
            yield str(place.folder)


@contextmanager
def new_cluster(programs: Path, kept: Path) -> Iterator[str]:
    """Run a fresh cluster that is kept as a ``Template``; gives the folder of its socket.

    It has to get a database ``template``. Its superuser is ``doorward``, without a password.
    """
    with _place() as place:
        _initialise(programs, place)
        with _running(programs, place, stop="fast"):
            yield str(place.folder)
            dump = (str(programs / "pg_dump"), "-h", str(place.folder), "-U", "doorward", "--inserts", "template")
            text = subprocess.run(dump, check=True, capture_output=True, text=True, timeout=60).stdout
        shutil.copytree(place.data, kept / "data")
    # Names have their schema in it; what it sets would stay set for the rest of the session.
    session = ("SET ", "SELECT pg_catalog.set_config", "\\")
    lines = (line for line in text.splitlines() if not line.startswith(session))
    (kept / "template.sql").write_text("\n".join(lines), encoding="utf-8")


@contextmanager
def copied_cluster(template: Template) -> Iterator[str]:
    """Run a copy of a cluster; gives the folder of its socket."""
    with _place() as place:
        shutil.copytree(template.folder / "data", place.data)
        if place.user is not None:
            for path in (place.data, *place.data.rglob("*")):
                shutil.chown(path, place.user)
        with _running(template.programs, place, stop="immediate"):
            yield str(place.folder)


@dataclass(frozen=True)
class _Place:
    folder: Path
    user: str | None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def run(self, *command: str) -> None:
        subprocess.run(command, check=True, user=self.user, cwd=self.folder, stdout=subprocess.DEVNULL, timeout=60)


def _initialise(programs: Path, place: _Place) -> None:
    initdb = str(programs / "initdb")
    place.run(initdb, "-D", str(place.data), "-U", "doorward", "-A", "trust", "-E", "UTF8", "--no-sync")


@contextmanager
def _place() -> Iterator[_Place]:
    place = _Place(Path(tempfile.mkdtemp(prefix="doorward-pg-", dir=_quick_folder())), _unprivileged())
    try:
        if place.user is not None:
            shutil.chown(place.folder, place.user)
        yield place
    finally:
        shutil.rmtree(place.folder, ignore_errors=True)


@contextmanager
def _running(programs: Path, place: _Place, *, stop: str) -> Iterator[None]:
    control = (str(programs / "pg_ctl"), "-D", str(place.data), "-w")
    options = f"{SETTINGS} -c unix_socket_directories={place.folder}"
    place.run(*control, "-l", str(place.folder / "log"), "-o", options, "start")
    try:
        yield
    finally:
        place.run(*control, "-m", stop, "stop")

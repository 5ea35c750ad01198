"""A server in a folder of its own, used by its commands alone, each in a process of its own."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from doorward.server.settings_file import write_settings_file
from tests.support.ports import quiet_ports
from tests.support.ready_programs import Program, start_program

PASSWORD = "correct-horse-battery"
SECONDS = 120


class Site:
    """A server in a folder of its own, used by its commands alone.

    Args:
        folder: The folder.
        template: The data folder of a fresh server, see ``set_up``.
        installed: Whether commands run as people run them, from nothing, rather than with everything imported.
    """

    def __init__(self, folder: Path, template: Path | None = None, *, installed: bool = False) -> None:
        self.folder = folder
        self.installed = installed
        self.settings = folder / "doorward.toml"
        self.web_port, self.device_port = quiet_ports()
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("DOORWARD_")}
        self._template = template

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder / "data"

    @property
    def database(self) -> Path:
        """The file of the database."""
        return self.data / "doorward.sqlite3"

    def set_up(self) -> None:
        """Let everything be as ``doorward init`` leaves it, without running it."""
        assert self._template is not None
        self.data.mkdir(mode=0o700)
        for source in self._template.iterdir():
            shutil.copy(source, self.data)
            (self.data / source.name).chmod(0o600)
        write_settings_file(
            self.settings,
            data_folder=self.data,
            url=f"sqlite:///{self.database}",
            time_zone="UTC",
            web_address="127.0.0.1",
            web_port=self.web_port,
            device_port=self.device_port,
        )

    def start(self, words: tuple[str, ...], told: Path, **variables: str) -> Program:
        """Start a command; what it tells goes into a folder."""
        words = (*words, "--settings", str(self.settings))
        environment = self.environment | variables
        return start_program(words, environment, Path.cwd(), told / "out", told / "err", installed=self.installed)

    def run(self, *words: str, code: int = 0, **variables: str) -> str:
        """Run a command that ends with this exit code; gives what it told."""
        with tempfile.TemporaryDirectory(prefix="doorward-told-") as told:
            program = self.start(words, Path(told), **variables)
            try:
                ended = program.wait(SECONDS)
            finally:
                program.kill()
            assert ended == code, program.told + program.errors
            assert "Traceback" not in program.errors
            return program.told + program.errors

    def init(self) -> str:
        """Run ``doorward init``; gives what it told."""
        ports = ("--web-port", str(self.web_port), "--device-port", str(self.device_port))
        data = ("--data-folder", str(self.data))
        return self.run("init", *data, *ports, DOORWARD_ADMIN_PASSWORD=PASSWORD)

    @contextmanager
    def serving(self) -> Iterator[Program]:
        """The server, running."""
        with tempfile.TemporaryDirectory(prefix="doorward-told-") as told:
            program = self.start(("serve",), Path(told))
            try:
                program.wait_for("Data:", SECONDS)
                yield program
            finally:
                program.kill()

"""Runs ``doorward`` from a process that has everything imported already.

The program takes some seconds of a processor to import what it is made of, and each story of the console has a server
of its own. The process of ``multiprocessing``'s fork server imports everything once; each program is a child of it that
reads its own settings when the program does. Its passwords have a quick digest.
"""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path

PRELOADED = "tests.support.everything_imported"
INSTALLED = (sys.executable, "-c", "from doorward.cli.main import main; main()")


class Program:
    """A program that runs; what it tells goes into files.

    Attributes:
        out: What it tells.
        err: What it tells of trouble; may be the same file.
    """

    def __init__(self, process: ForkServerProcess | subprocess.Popen[bytes], out: Path, err: Path) -> None:
        self._process = process
        self.out, self.err = out, err

    @property
    def pid(self) -> int:
        """The number of its process."""
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """Its exit code; None while it runs."""
        return self._process.poll() if isinstance(self._process, subprocess.Popen) else self._process.exitcode

    def wait(self, seconds: float) -> int:
        """Wait until it has ended; gives its exit code.

        Raises:
            TimeoutError: It runs longer than that.
        """
        if isinstance(self._process, subprocess.Popen):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)
        else:
            self._process.join(seconds)
        code = self.poll()
        if code is None:
            raise TimeoutError(f"the program still runs after {seconds} s:\n{self.told}{self.errors}")
        return code

    def wait_for(self, line: str, seconds: float) -> None:
        """Wait until it has told a line that begins like this, or has ended."""
        deadline = time.monotonic() + seconds
        while not any(told.startswith(line) for told in self.told.splitlines()) and self.poll() is None:
            assert time.monotonic() < deadline, self.told + self.errors
            time.sleep(0.02)

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once and wait until it has ended."""
        self.send_signal(signal.SIGKILL)
        self.wait(60)

    @property
    def told(self) -> str:
        """What it told until now."""
        return self.out.read_text(errors="replace") if self.out.exists() else ""

    @property
    def errors(self) -> str:
        """What it told of trouble until now."""
        return self.err.read_text(errors="replace") if self.err.exists() else ""


def start_program(
    words: Sequence[str], variables: Mapping[str, str], folder: Path, out: Path, err: Path, *, installed: bool = False
) -> Program:
    """Start ``doorward``; whoever starts it ends it and waits for it.

    Args:
        words: The command and its options.
        variables: All variables of its environment.
        folder: The folder that it works in.
        out: The file to which it tells what it does.
        err: The file to which it tells its troubles.
        installed: Whether it is the program that people start, from nothing, rather than a process that has everything
            imported.
    """
    if installed:
        with out.open("ab") as told, err.open("ab") as troubles:
            process = subprocess.Popen(
                [*INSTALLED, *words], env={**variables, "PYTHONUNBUFFERED": "1"}, cwd=folder,
                stdin=subprocess.DEVNULL, stdout=told, stderr=troubles,
            )  # fmt: skip
        return Program(process, out, err)
    starts = multiprocessing.get_context("forkserver")
    starts.set_forkserver_preload([PRELOADED])
    ready = starts.Process(target=_run, args=(list(words), dict(variables), folder, out, err), daemon=True)
    ready.start()
    return Program(ready, out, err)


def _run(words: Sequence[str], variables: Mapping[str, str], folder: Path, out: Path, err: Path) -> None:
    importlib.import_module(PRELOADED)  # where the fork server did not find it
    os.environ.clear()
    os.environ.update(variables)
    os.chdir(folder)
    _tell(out, err)
    _let_settings_be_read()
    from django.db import connections

    from doorward.cli.main import app

    try:
        app(list(words))
    finally:
        # A process that comes from a fork server ends without letting go of what it holds.
        connections.close_all()


def _tell(out: Path, err: Path) -> None:
    """Let this process tell what it does to files, and be told nothing."""
    for path, number in ((out, 1), (err, 2)):
        written = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(written, number)
        os.close(written)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = os.fdopen(1, "w", buffering=1, closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
    from doorward.cli import output

    for console in (output.out, output.err):
        console.width = int(os.environ.get("COLUMNS", "80"))


def _let_settings_be_read() -> None:
    """Where the program brings Django up, let it read the settings of this process as if it came up only then."""
    import django
    from django.apps import apps

    apps.ready = False
    django.setup = _read_settings


def _read_settings(set_prefix: bool = True) -> None:
    del set_prefix
    from django.apps import apps
    from django.conf import settings
    from django.db import connections
    from django.utils import timezone

    project = importlib.reload(sys.modules[os.environ["DJANGO_SETTINGS_MODULE"]])
    for name in filter(str.isupper, dir(project)):
        setattr(settings, name, getattr(project, name))
    os.environ["TZ"] = settings.TIME_ZONE
    time.tzset()
    timezone.get_default_timezone.cache_clear()  # type: ignore[attr-defined] # what Django keeps of it
    for alias in list(connections):
        with contextlib.suppress(AttributeError):  # none was made
            del connections[alias]
    connections.databases.clear()
    connections.databases.update(connections.configure_settings(settings.DATABASES))
    apps.ready = True

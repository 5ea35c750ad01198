"""Starts ``doorward serve`` from a process that has everything imported already.

A server takes some seconds of a processor to import what it is made of, and each story of the console has a server of
its own. The process of ``multiprocessing``'s fork server imports everything once; each server is a child of it that
reads its own settings, as the program does. Its passwords have a quick digest.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import sys
from collections.abc import Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path

PRELOADED = "tests.console.everything_imported"


def start_server(variables: Mapping[str, str], folder: Path, log: Path) -> ForkServerProcess:
    """Start a server; whoever starts it ends it and waits for it.

    Args:
        variables: The variables ``DOORWARD_...`` of its settings.
        folder: The folder that it works in.
        log: The file to which it tells what it does.
    """
    starts = multiprocessing.get_context("forkserver")
    starts.set_forkserver_preload([PRELOADED])
    process = starts.Process(target=_serve, args=(dict(variables), folder, log), daemon=True)
    process.start()
    return process


def _serve(variables: Mapping[str, str], folder: Path, log: Path) -> None:
    importlib.import_module(PRELOADED)  # where the fork server did not find it
    os.environ.pop("DOORWARD_SETTINGS", None)
    os.environ.update(variables)
    os.chdir(folder)
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(written, 1)
    os.dup2(written, 2)
    os.close(written)
    sys.stdout = os.fdopen(1, "w", buffering=1, closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
    _read_settings()
    from doorward.cli.main import app

    app(["serve"])


def _read_settings() -> None:
    """Let Django's settings be those of this process's variables, as if it came up now."""
    from django.conf import settings
    from django.db import connections

    project = importlib.reload(sys.modules[os.environ["DJANGO_SETTINGS_MODULE"]])
    for name in filter(str.isupper, dir(project)):
        setattr(settings, name, getattr(project, name))
    connections.databases.clear()
    connections.databases.update(connections.configure_settings(settings.DATABASES))

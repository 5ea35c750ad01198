"""What takes long to make and is only copied afterwards is made once for all processes of a test run."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A file or folder that the first process that wants it makes, while the others wait.

    Args:
        factory: Where this run has its folders.
        name: What it is called.
        make: Makes it at the path that it is given, which lies in a folder of its own.
    """
    folder = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    made = folder / name
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            unfinished = Path(tempfile.mkdtemp(dir=folder)) / name
            make(unfinished)
            unfinished.rename(made)
    return made

"""All tests: the long ones come first in each process, so that none works alone at the end of a run."""

from __future__ import annotations

import gc
import os
from itertools import islice

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker of long tests."""
    config.addinivalue_line("markers", "long: takes many seconds, and is begun before the others")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let each process begin with its share of the long tests; what was imported until now is not looked through."""
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    long = [item for item in items if item.get_closest_marker("long") is not None]
    others = iter([item for item in items if item.get_closest_marker("long") is None])
    ordered: list[pytest.Item] = []
    for process in range(processes):
        # Each process is given as many tests in a row, and takes from the ends of the others' rows afterwards.
        share = (len(items) - len(ordered)) // (processes - process)
        own = long[process::processes]
        ordered += [*own, *islice(others, max(0, share - len(own)))]
    items[:] = [*ordered, *others]
    gc.freeze()

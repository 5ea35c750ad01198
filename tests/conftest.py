"""All tests: the long ones come first, so that no process works alone at the end of a run."""

from __future__ import annotations

import gc

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker of long tests."""
    config.addinivalue_line("markers", "long: takes many seconds, and is begun before the others")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the long tests come first; what was imported and collected until now stays, and is not looked through."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
    gc.freeze()

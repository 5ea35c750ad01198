"""The threat model names tests that are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "THREAT_MODEL.md").read_text()
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)


def test_every_test_that_it_names_is_there() -> None:
    missing = []
    for path, name in NAMED:
        tree = ast.parse((ROOT / path).read_text()) if (ROOT / path).exists() else ast.Module([], [])
        functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
        if name not in functions:
            missing.append(f"{path}::{name}")
    assert missing == []
    assert len(NAMED) > 30


def test_every_promise_names_a_test() -> None:
    promises = TEXT.split("## Promises")[1].splitlines()
    rows = [line for line in promises if line.startswith("| ") and not line.startswith("| Promise")]
    assert len(rows) > 20
    assert [row for row in rows if "::" not in row] == []


def test_pages_that_it_names_are_there() -> None:
    for link in re.findall(r"\]\((docs/[^)#]+)", TEXT):
        assert (ROOT / link).is_file(), link

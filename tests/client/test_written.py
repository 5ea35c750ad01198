"""The typed parts of the client are what the document of the API gives now."""

from __future__ import annotations

import dataclasses
import importlib.machinery
import importlib.util
from pathlib import Path
from typing import Any

import pytest

from doorward.client import Client, models, operations
from tests.server.conftest import SETTINGS  # brings Django up

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "tools" / "client-models"


def load() -> Any:
    loader = importlib.machinery.SourceFileLoader("client_models", str(TOOL))
    spec = importlib.util.spec_from_loader("client_models", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


tool = load()


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    assert SETTINGS.key_path.name  # Django is up
    found: dict[str, Any] = tool.document_of_running()
    return found


def test_nothing_is_stale(document: dict[str, Any]) -> None:
    for name, text in tool.written(document).items():
        assert (ROOT / "src" / "doorward" / "client" / name).read_text() == text, f"write {name} anew: make client"


def test_every_operation_is_there(document: dict[str, Any]) -> None:
    wanted = {
        operation["operationId"].partition("_")[::2]
        for methods in document["paths"].values()
        for operation in methods.values()
    }
    with Client("http://127.0.0.1:1", "doorward_x_y") as client:
        for app, name in wanted - {("events", "stream")}:
            assert callable(getattr(getattr(client, app), name)), (app, name)
            assert hasattr(getattr(operations, f"Async{app.capitalize()}"), name)
        assert callable(client.stream)


def test_models_read_what_is_newer_than_they_are() -> None:
    data = {"words": "It did.", "advice": "", "colour": "green"}
    assert models.Done.from_json(data) == models.Done(words="It did.")
    with pytest.raises(dataclasses.FrozenInstanceError):
        models.Done(words="").words = "other"  # type: ignore[misc] # what must not work


def test_a_change_in_the_document_is_seen(document: dict[str, Any]) -> None:
    shape = document["components"]["schemas"]["DoorOut"]
    changed = {**document, "components": {"schemas": {**document["components"]["schemas"]}}}
    changed["components"]["schemas"]["DoorOut"] = {
        **shape,
        "properties": {**shape["properties"], "colour": {"type": "string"}},
        "required": [*shape["required"], "colour"],
    }
    assert "    colour: str\n" in tool.written(changed)["models.py"]

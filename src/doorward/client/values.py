"""Values on their way to the server and back."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Literal
from urllib.parse import quote

from doorward.model.errors import InvalidInput


class Unset(enum.Enum):
    """Stands for a value that was not given, where None means something."""

    UNSET = "unset"

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final[Literal[Unset.UNSET]] = Unset.UNSET


def moment(text: str) -> datetime:
    """A moment as the API writes it; one without a zone is in UTC."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def segment(value: int | str) -> str:
    """A value as a part of a path.

    Raises:
        InvalidInput: It is empty, or a step in a path; it would lead elsewhere.
    """
    text = str(value)
    if text in {"", ".", ".."}:
        raise InvalidInput("name", text, "a name that is neither empty nor made of dots alone")
    return quote(text, safe="")


def query_values(values: Mapping[str, Any]) -> dict[str, str | list[str]]:
    """What was given as values of a query; None stands for not given."""
    found: dict[str, str | list[str]] = {}
    for name, value in values.items():
        if value is None:
            continue
        if isinstance(value, Sequence) and not isinstance(value, str):
            if value:
                found[name] = [_word(name, item) for item in value]
        else:
            found[name] = _word(name, value)
    return found


def body_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """What was given as values of a JSON body."""
    return {name: _plain(name, value) for name, value in values.items() if value is not UNSET}


def form_values(values: Mapping[str, Any]) -> dict[str, str]:
    """What was given as values of a form; None stands for not given."""
    return {name: _word(name, value) for name, value in values.items() if value is not UNSET and value is not None}


def _word(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return _time(name, value)
    return str(value)


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return _time(name, value)
    if hasattr(value, "to_json"):
        return value.to_json()
    if isinstance(value, Mapping):
        return {key: _plain(name, item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(name, item) for item in value]
    return value


def _time(name: str, value: datetime) -> str:
    if value.tzinfo is None:
        raise InvalidInput(name, value.isoformat(), "a time with its zone, such as datetime.now(UTC)")
    return value.isoformat()

"""Answers of pages to their own scripts: what was done, or what hinders it, in the shape that the API has."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, JsonResponse

from doorward.model.errors import DoorwardError, InvalidInput
from doorward.server.errors import NotThere

LONGEST_BODY = 4 * 1024 * 1024


def answered(act: Callable[[], Mapping[str, object]]) -> JsonResponse:
    """Do something and tell what came of it, or what hindered it."""
    try:
        return JsonResponse(dict(act()))
    except DoorwardError as error:
        status = 404 if isinstance(error, NotThere) else 422 if isinstance(error, InvalidInput) else 409
        return JsonResponse({"error": error.message, "advice": error.advice}, status=status)


def body_of(request: HttpRequest) -> dict[str, Any]:
    """The JSON object that a request carries.

    Raises:
        InvalidInput: It carries none.
    """
    content = request.body
    try:
        found = json.loads(content) if len(content) <= LONGEST_BODY else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise InvalidInput("body", content[:40], "a JSON object of at most 4 MB")
    return found

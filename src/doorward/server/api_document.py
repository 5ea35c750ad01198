"""The document that describes the API (OpenAPI): short names of operations, and the one shape of every error."""

from __future__ import annotations

from typing import Any, Final

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

ERROR_SCHEMA: Final[dict[str, Any]] = {
    "title": "Error",
    "description": "What went wrong.",
    "type": "object",
    "properties": {
        "error": {"type": "string", "description": "What happened, and why."},
        "advice": {"type": "string", "description": "What to do next; empty when there is nothing to add."},
    },
    "required": ["error", "advice"],
}
ERRORS: Final[dict[str, str]] = {
    "400": "The request cannot be read.",
    "401": "No token or session, or one that does not hold.",
    "403": "The right for this is lacking.",
    "404": "There is no such thing, or none that may be seen.",
    "405": "This cannot be done with it.",
    "409": "It cannot be done now; a device's own reason, where it refused.",
    "413": "The body is too large.",
    "422": "A value is not allowed; it is named, with what is.",
    "503": "The database or the key file cannot be used now.",
}


class Document(OpenAPISchema):
    """The document; two shapes of one name would hide each other."""

    def add_schema_definitions(self, definitions: dict[str, Any]) -> None:
        """Take in shapes.

        Raises:
            ValueError: There is another one of the same name.
        """
        for name, shape in definitions.items():
            if self.schemas.setdefault(name, shape) != shape:
                raise ValueError(f"Two different shapes of the API are called {name}.")


class DoorwardAPI(NinjaAPI):
    """The API with its document."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """App and function, such as ``devices_show_device``."""
        app = operation.view_func.__module__.removeprefix("doorward.server.").partition(".")[0]
        return f"{app}_{operation.view_func.__name__}"

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """The document, with the errors that every operation may answer."""
        prefix = self.get_root_path(path_params or {}) if path_prefix is None else path_prefix
        document = Document(self, prefix)
        document["components"].setdefault("schemas", {})["Error"] = ERROR_SCHEMA
        content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
        for operations in document["paths"].values():
            for operation in operations.values():
                for status, words in ERRORS.items():
                    operation["responses"].setdefault(status, {"description": words, "content": content})
        return document

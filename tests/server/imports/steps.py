"""An import, step by step, through the API and the jobs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from doorward.server.imports.services import LARGEST_PIECE
from doorward.server.operators.models import Operator
from doorward.server.operators.services import create_token
from tests.server.accounts import administrator
from tests.server.jobs.running import do_jobs

IMPORTS = "/api/v1/people/imports"


@dataclass
class Importer:
    """Somebody who imports files.

    Attributes:
        client: Sends his requests.
    """

    client: Client

    @classmethod
    def of(cls, operator: Operator | None = None, scopes: list[str] | None = None) -> Importer:
        token = create_token(operator or administrator(), "test", scopes=scopes)[1]
        return cls(Client(headers={"Authorization": f"Bearer {token}"}))

    def post(self, path: str, body: dict[str, Any] | None = None, status: int | None = None) -> dict[str, Any]:
        response = self.client.post(f"{IMPORTS}{path}", json.dumps(body or {}), content_type="application/json")
        assert status is None or response.status_code == status, response.content
        answer: dict[str, Any] = response.json()
        return answer

    def get(self, path: str) -> dict[str, Any]:
        response = self.client.get(f"{IMPORTS}{path}")
        assert response.status_code == 200, response.content
        answer: dict[str, Any] = response.json()
        return answer

    def upload(self, name: str, content: bytes, **order: Any) -> dict[str, Any]:
        """Upload a file and have it checked; gives the import as it is then."""
        item = self.post("", {"file_name": name, "size": len(content), **order}, 201)
        for offset in range(0, len(content), LARGEST_PIECE):
            piece = SimpleUploadedFile("piece", content[offset : offset + LARGEST_PIECE])
            response = self.client.post(f"{IMPORTS}/{item['id']}/pieces", {"offset": offset, "piece": piece})
            assert response.status_code == 200, response.content
        do_jobs()
        return self.get(f"/{item['id']}")

    def go_on(self, item: dict[str, Any], step: str, **body: Any) -> dict[str, Any]:
        """Apply or undo an import; gives it as it is then."""
        self.post(f"/{item['id']}/{step}", body, 202)
        do_jobs()
        return self.get(f"/{item['id']}")

    def apply(self, item: dict[str, Any]) -> dict[str, Any]:
        return self.go_on(item, "apply", plan=item["plan"])

    def problems(self, item: dict[str, Any]) -> list[tuple[int, str, str, str]]:
        found = self.get(f"/{item['id']}/problems?limit=1000")["items"]
        return [(one["row"], one["column"], one["value"], one["allowed"]) for one in found]

    def people(self, item: dict[str, Any]) -> dict[int, dict[str, Any]]:
        return {one["number"]: one for one in self.get(f"/{item['id']}/people?limit=1000")["items"]}


def lines(*rows: Iterable[object] | str, separator: str = ",") -> bytes:
    """A CSV file in UTF-8."""
    return "".join((row if isinstance(row, str) else separator.join(map(str, row))) + "\r\n" for row in rows).encode()

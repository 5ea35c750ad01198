"""Takes virtual devices over through the API, as a page or a program does."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from doorward.device.biostar1.driver import BioStar1Device
from doorward.model import people as model
from doorward.server.operators.services import create_token
from doorward.simulator import VirtualDevice
from tests.server.accounts import administrator
from tests.server.jobs.running import do_jobs
from tests.support.driver_desk import DriverDesk

TAKEOVERS = "/api/v1/takeovers"


class Mover:
    """Somebody who moves a site in."""

    def __init__(self, desk: DriverDesk, virtual: dict[int, VirtualDevice]) -> None:
        self.desk, self.virtual = desk, virtual
        token = create_token(administrator(), "test")[1]
        self.client = Client(headers={"Authorization": f"Bearer {token}"})

    def post(self, path: str, body: dict[str, Any], status: int) -> dict[str, Any]:
        response = self.client.post(f"{TAKEOVERS}{path}", json.dumps(body), content_type="application/json")
        assert response.status_code == status, response.content
        answer: dict[str, Any] = response.json()
        return answer

    def get(self, path: str) -> dict[str, Any]:
        response = self.client.get(f"{TAKEOVERS}{path}")
        assert response.status_code == 200, response.content
        answer: dict[str, Any] = response.json()
        return answer

    def read(self, *devices: int) -> dict[str, Any]:
        item = self.post("", {"devices": list(devices)}, 202)
        do_jobs()
        return self.get(f"/{item['id']}")

    def apply(self, item: dict[str, Any], status: int = 202) -> dict[str, Any]:
        self.post(f"/{item['id']}/apply", {"plan": item["plan"]}, status)
        do_jobs()
        return self.get(f"/{item['id']}")

    def conflicts(self, item: dict[str, Any]) -> dict[tuple[int, str], dict[str, Any]]:
        return {(one["number"], one["field"]): one for one in self.get(f"/{item['id']}/conflicts?limit=1000")["items"]}

    def person(self, device: int, number: int) -> model.Person:
        async def read(driver: BioStar1Device) -> model.Person:
            return await driver.people.get(number)

        return self.desk.work(device, read, seconds=20)

    def enroll(self, device: int, *people: model.Person) -> None:
        async def write(driver: BioStar1Device) -> None:
            await driver.people.enroll_many(people)

        self.desk.work(device, write, seconds=20)

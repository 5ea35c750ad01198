"""The demonstration takes its devices over through the API, and never fails because of it."""

from __future__ import annotations

import asyncio
import contextlib

import httpx
import pytest
from asgiref.sync import sync_to_async
from django.test import Client

from doorward.cli.demo_people import TakeOver, take_people_over
from doorward.device.biostar1.driver import BioStar1Device
from doorward.model import people as model
from doorward.server.operators.services import create_token
from doorward.server.people.models import Card, Person
from doorward.server.sync.models import ManagedDevice
from doorward.simulator.people import fill_people, fill_rights
from tests.server.accounts import administrator
from tests.server.jobs.running import do_jobs
from tests.server.sync.ground import Site, assert_exact, make_devices, running
from tests.support.driver_desk import driver_desk

PEOPLE = 12


class Server:
    """Answers as the server does: with the API, and jobs that are done as soon as they are begun."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._lines = contextlib.ExitStack()
        self._gateway = contextlib.AsyncExitStack()
        self._client: Client | None = None

    def prepare(self) -> None:
        """Two devices that hold the same people, but for one."""
        make_devices(self._site, managed=False)
        self._client = Client(headers={"Authorization": f"Bearer {create_token(administrator(), 'demo')[1]}"})
        devices = [station.device for station in self._site.stations.values()]
        for device in devices:
            fill_rights(device)
            fill_people(device, PEOPLE)
        desk = self._lines.enter_context(driver_desk(*devices))

        def enroll(device_id: int, *people: model.Person) -> None:
            async def write(driver: BioStar1Device) -> None:
                await driver.people.enroll_many(people)

            desk.work(device_id, write, seconds=20)

        enroll(1001, model.Person(number=1, name="Ada", pin="1111", cards=(model.Card(7),), access_groups=(1,)))
        enroll(1002, model.Person(number=1, name="Bea", pin="2222", cards=(model.Card(8),), access_groups=(1,)))
        enroll(1002, model.Person(number=50, cards=(model.Card(7),), access_groups=(1,)))

    async def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        if request.url.path.endswith("switch-on"):
            await self._connect()
        return await sync_to_async(self._answer)(request)

    async def stop(self) -> None:
        """End the server."""
        await self._gateway.aclose()
        await sync_to_async(self._lines.close)()

    async def _connect(self) -> None:
        await sync_to_async(self._lines.close)()
        if self._client is not None and not hasattr(self._site, "gateway"):
            await self._gateway.enter_async_context(running(self._site))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        assert self._client is not None
        answer = self._client.generic(
            request.method, request.url.raw_path.decode(), request.content, content_type="application/json"
        )
        do_jobs()
        return httpx.Response(answer.status_code, content=answer.content)


async def test_the_people_of_the_devices_move_in_as_the_first_one_says(
    database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    site = Site("biostation", "biostation-t2")
    server = Server(site)
    await sync_to_async(server.prepare)()
    try:
        transport = httpx.MockTransport(server.answer)
        async with httpx.AsyncClient(base_url="http://server/api/v1/", transport=transport) as client:
            await TakeOver(client, list(site.stations), asyncio.Event()).run()
        assert capsys.readouterr().out.startswith(f"{PEOPLE + 1} people on 2 devices: {PEOPLE + 1} added")
        person = await sync_to_async(lambda: Person.objects.get(number=1))()
        assert (person.name, person.pin) == ("Ada", "1111")
        owners = await sync_to_async(lambda: dict(Card.objects.values_list("number", "person__number")))()
        assert owners[7] == 1
        assert 8 not in owners
        assert await sync_to_async(lambda: ManagedDevice.objects.filter(managed=True).count())() == 2
        for station in site.stations.values():
            await sync_to_async(assert_exact)(station)
    finally:
        await server.stop()


async def test_what_hinders_it_is_told_and_no_more(capsys: pytest.CaptureFixture[str]) -> None:
    await take_people_over("http://127.0.0.1:9", "token", [10_001], asyncio.Event())
    assert "not all in the server" in capsys.readouterr().err


async def test_a_refusal_is_told_in_the_servers_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refusal = httpx.Response(409, json={"error": "Too many jobs are open."})
    client = httpx.AsyncClient(base_url="http://server/", transport=httpx.MockTransport(lambda _: refusal))
    monkeypatch.setattr(httpx, "AsyncClient", lambda **_: client)
    await take_people_over("http://server", "token", [10_001], asyncio.Event())
    assert "Too many jobs are open." in capsys.readouterr().err

"""A file of somebody else's job holds what he may see, which may be more."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient
from django.utils import timezone

from doorward.server.devices.models import DeviceGroup
from doorward.server.jobs import kinds, services
from doorward.server.jobs.choices import State
from doorward.server.jobs.kinds import JobKind
from doorward.server.jobs.models import Job
from doorward.server.operators import accounts
from doorward.server.operators.models import Operator
from doorward.server.operators.services import create_token, give_role
from tests.server.accounts import PASSWORD, administrator


@pytest.fixture
def folder() -> Iterator[Path]:
    made = services.jobs_folder()
    made.mkdir(parents=True, exist_ok=True)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def _manager(scope: DeviceGroup | None) -> str:
    """Somebody who sees all jobs, and may take events away of some devices or of all; gives his token."""
    operator = Operator.objects.create_user(f"manager-{scope}", password=PASSWORD)
    give_role(operator, accounts.save_role(f"Manages {scope}", ["operators.manage"]).slug)
    give_role(operator, accounts.save_role(f"Takes away {scope}", ["events.export"]).slug, scope)
    return create_token(operator, "t")[1]


async def test_a_manager_of_some_devices_gets_no_file_about_all(
    database: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = JobKind("test", "events.export", lambda _: "A test", lambda _: "a.csv", lambda _: "")
    monkeypatch.setitem(kinds._kinds, "test", kind)
    (folder / "1-x").write_text("all events")

    def make() -> tuple[int, str, str]:
        job = Job.objects.create(
            kind="test", operator=administrator(), state=State.DONE, created=timezone.now(), stored_name="1-x",
            file_name="a.csv",
        )  # fmt: skip
        return job.pk, _manager(DeviceGroup.objects.create(name="Lobby")), _manager(None)

    number, narrow, wide = await sync_to_async(make)()
    for token, status in ((narrow, 403), (wide, 200)):
        headers = {"Authorization": f"Bearer {token}"}
        answer: Any = await AsyncClient().get(f"/api/v1/jobs/{number}/file", headers=headers)
        assert answer.status_code == status
        if answer.streaming:
            assert b"".join([piece async for piece in answer.streaming_content]) == b"all events"

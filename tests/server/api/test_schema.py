"""The API keeps to its document, whatever it is sent: schemathesis, with a fixed seed.

Everything runs in this process, through WSGI. Commands go to a desk that answers, and searches by UDP to a network that
is none (see ``quiet_world``): a broadcast of a test must not reach the devices of whoever runs it, and a webhook with
an address that was made up must not be tried.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from asgiref.sync import SyncToAsync
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from doorward.server.api import api
from doorward.server.enrolment.models import Capture
from doorward.server.imports.models import Import
from doorward.server.operators.services import create_token
from doorward.server.takeover.models import Takeover
from tests.server.accounts import administrator
from tests.server.api.site import Site, make_site, quiet_world
from tests.server.api.test_rights import BODIES, FORMS, file_field
from tests.server.conftest import _drop_connections, use_database
from tests.server.doors.places import picture

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 10

# It never ends, and its answers have no shape in the document; tests/server/events/test_stream.py tries what it takes.
ENDLESS = "events_stream"

DOCUMENT: dict[str, Any] = api.get_openapi_schema(path_prefix="/api/v1/")
OPERATIONS = {
    operation["operationId"]: [item["name"] for item in operation["parameters"] if item["in"] == "path"]
    for methods in DOCUMENT["paths"].values()
    for operation in methods.values()
    if operation["operationId"] != ENDLESS
}


@dataclass(frozen=True)
class Tried:
    """The API over a site with one of everything."""

    site: Site
    schema: Any
    token: str


@contextmanager
def connections_stay() -> Iterator[None]:
    """Requests do not close the connection to the database, in whose transaction each is tried."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture(scope="module")
def tried(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tried]:
    path = tmp_path_factory.mktemp("schema") / "database.sqlite3"
    shutil.copy(sqlite_template, path)
    use_database(f"sqlite:///{path}")
    with quiet_world(), connections_stay():
        site = make_site()
        schema = schemathesis.openapi.from_dict(DOCUMENT)
        schema.app = get_wsgi_application()
        chief = administrator()
        # Nobody but its owner sees one.
        Import.objects.update(operator=chief)
        Capture.objects.update(operator=chief)
        Takeover.objects.update(operator=chief)
        yield Tried(site, schema, create_token(chief, "test")[1])
    _drop_connections()
    SyncToAsync.single_thread_executor.submit(_drop_connections).result()


# It does so under WSGI, which the server does not use.
@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_an_operation_keeps_to_its_document(tried: Tried, name: str) -> None:
    operation = tried.schema.find_operation_by_id(name)
    names = tried.site.names(name)
    known = {parameter: names[parameter] for parameter in OPERATIONS[name]}
    fit: dict[str, Any] = {"path_parameters": known}
    if name in BODIES:
        fit |= {"body": BODIES[name], "media_type": "application/json"}
    elif name in FORMS:
        fit |= {"body": {**FORMS[name], file_field(name): picture()}, "media_type": "multipart/form-data"}

    def ask(case: Any) -> int:
        with transaction.atomic():
            response = case.call(headers={"Authorization": f"Bearer {tried.token}"})
            transaction.set_rollback(True)
        case.validate_response(response, checks=CHECKS)
        status: int = response.status_code
        return status

    # What the operation is for, once; 409 says that it does not go with the state of the site.
    assert ask(operation.Case(**fit)) in {200, 201, 202, 204, 409}

    ways = [operation.as_strategy(path_parameters=known or None)]
    if known:
        ways.append(operation.as_strategy())
    if known or operation.query or operation.body:
        ways.append(operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))

    @seed(4711)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(ways))
    def keeps(case: Any) -> None:
        ask(case)

    keeps()

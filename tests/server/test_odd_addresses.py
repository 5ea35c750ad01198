"""What somebody may type into an address is answered, whatever it is."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.server.accounts import PASSWORD, administrator


@pytest.mark.parametrize("number", ["²", "٣", "9" * 11, "9" * 5000, "-1", "1.0", "%00"])
def test_a_device_that_is_no_number(database: str, number: str) -> None:
    administrator()
    client = Client()
    client.post("/console/login/", {"username": "admin", "password": PASSWORD})
    assert client.get("/console/ports/probe/", {"device": number}).status_code == 200

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from doorward.model.errors import InvalidInput
from doorward.server.operators.models import ApiToken, Operator
from doorward.server.operators.rights import RIGHTS
from doorward.server.operators.services import create_administrator, create_token, revoke_token, valid_token


def test_the_first_administrator(database: str) -> None:
    operator = create_administrator("admin", "correct-horse-battery")
    assert operator.access.rights == RIGHTS.keys()
    assert operator.check_password("correct-horse-battery")
    assert "correct" not in operator.password
    for name, password, words in (
        ("admin", "correct-horse-battery", "no account has yet"),
        ("a b", "correct-horse-battery", "user name"),
        ("other", "kurz", "password"),
        ("other", "password123", "too common"),
        ("someone-else", "someone-else1", "similar"),
    ):
        with pytest.raises(InvalidInput, match=words) as caught:
            create_administrator(name, password)
        if words == "password":
            assert password not in str(caught.value)
    assert Operator.objects.count() == 1


def test_a_token_opens_until_it_is_revoked(database: str) -> None:
    operator = Operator.objects.create(username="program")
    token, text = create_token(operator, " export ", expires=timezone.now() + timedelta(days=1))
    assert token.name == "export"
    found = valid_token(text)
    assert found is not None
    assert (found.operator, found.token) == (operator, token)
    for wrong in ("", "doorward", f"doorward_{token.prefix}_x", text + "x", text.replace("doorward", "other"), "a_b_c"):
        assert valid_token(wrong) is None
    stored = ApiToken.objects.get()
    assert text.encode() not in bytes(stored.digest)
    revoke_token(token.prefix)
    revoke_token(token.prefix)
    assert valid_token(text) is None
    with pytest.raises(InvalidInput, match="prefix"):
        revoke_token("none")


def test_a_token_needs_a_name_and_a_future(database: str) -> None:
    operator = Operator.objects.create(username="program")
    for name in ("", " ", "x" * 101):
        with pytest.raises(InvalidInput, match="name"):
            create_token(operator, name)
    with pytest.raises(InvalidInput, match="future"):
        create_token(operator, "x", expires=timezone.now())

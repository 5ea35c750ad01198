"""Passwords, second factors, throttling, sessions, and the way back in."""

from __future__ import annotations

import base64
import re
import time

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.db import connection
from django.test import Client

from doorward.model.errors import InvalidInput
from doorward.server.audit.models import AuditEntry
from doorward.server.operators import accounts, second_factor
from doorward.server.operators.models import ApiToken, Operator, OperatorSession, RecoveryCode, Role, SecondFactor
from doorward.server.operators.services import create_token, valid_token
from tests.server.accounts import PASSWORD, account, administrator

HOME = "/console/dashboard/"


def sign_in(client: Client, name: str = "admin", password: str = PASSWORD) -> bool:
    client.post("/console/login/", {"username": name, "password": password})
    return bool(client.get(HOME).status_code == 200)


def code_of(operator: Operator, at: float | None = None) -> str:
    secret = SecondFactor.objects.get(operator=operator).secret
    totp = TOTP(base64.b32decode(secret), 6, SHA1(), 30)
    return totp.generate(int(time.time() if at is None else at)).decode()


def with_factor(operator: Operator) -> list[str]:
    """Set up a second factor a while ago, so that the code of now is still good."""
    second_factor.begin(operator)
    past = time.time() - 3600
    return second_factor.confirm(operator, code_of(operator, past), now=past)


def test_name_and_password_open_a_session_that_is_noted(database: str) -> None:
    administrator()
    client = Client(REMOTE_ADDR="192.0.2.1", headers={"User-Agent": "A browser"})
    assert not sign_in(client, password="wrong")
    assert sign_in(client)
    row = OperatorSession.objects.get()
    assert (row.address, row.browser) == ("192.0.2.1", "A browser")
    assert [(e.action, e.outcome, e.actor) for e in AuditEntry.objects.filter(action="login").order_by("pk")] == [
        ("login", "refused", "nobody"),
        ("login", "done", "admin"),
    ]


def test_an_ended_session_opens_nothing_neither_page_nor_api(database: str) -> None:
    boss = administrator()
    client = Client()
    assert sign_in(client)
    assert client.get("/api/v1/me").json()["name"] == "admin"
    row = OperatorSession.objects.get()
    other = Client(headers={"Authorization": f"Bearer {create_token(boss, 'test')[1]}"})
    assert other.post(f"/api/v1/sessions/{row.pk}/end").status_code == 200
    assert client.get(HOME).status_code == 302
    assert client.get("/api/v1/me").status_code == 401


def test_a_session_row_that_is_gone_opens_nothing(database: str) -> None:
    administrator()
    client = Client()
    assert sign_in(client)
    OperatorSession.objects.all().delete()
    assert client.get(HOME).status_code == 302


def test_whoever_is_switched_off_is_out_at_once(database: str) -> None:
    boss = administrator()
    guard = account("guard", "operator")
    client = Client()
    assert sign_in(client, "guard")
    token = create_token(guard, "test")[1]
    accounts.set_active(guard, False, by=boss.username)
    assert client.get(HOME).status_code == 302
    assert valid_token(token) is None
    assert not sign_in(Client(), "guard")


def test_too_many_attempts_are_refused_even_with_the_right_password(database: str) -> None:
    administrator()
    client = Client(REMOTE_ADDR="192.0.2.1")
    for _ in range(5):
        assert not sign_in(client, password="wrong")
    page = client.post("/console/login/", {"username": "admin", "password": PASSWORD}).content.decode()
    assert "Too many attempts" in page
    assert client.get(HOME).status_code == 302
    # Nobody is kept out by what others do elsewhere.
    assert sign_in(Client(REMOTE_ADDR="192.0.2.2"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT post_data FROM axes_accessattempt")
        assert PASSWORD not in str(cursor.fetchall())


def test_the_second_factor_is_asked_for_and_each_code_opens_once(database: str) -> None:
    boss = administrator()
    with_factor(boss)
    client = Client()
    answer = client.post("/console/login/", {"username": "admin", "password": PASSWORD})
    assert answer["Location"] == "/console/login/code/"
    assert client.get(HOME).status_code == 302
    assert client.get("/api/v1/me").status_code == 401
    assert client.post("/console/login/code/", {"code": "000000"}).status_code == 200
    assert client.get(HOME).status_code == 302
    code = code_of(boss)
    assert client.post("/console/login/code/", {"code": code}).status_code == 302
    assert client.get(HOME).status_code == 200
    assert not second_factor.verify(boss, code)


def test_codes_cannot_be_guessed(database: str) -> None:
    boss = administrator()
    with_factor(boss)
    client = Client()
    client.post("/console/login/", {"username": "admin", "password": PASSWORD})
    for _ in range(5):
        client.post("/console/login/code/", {"code": "000000"})
    page = client.post("/console/login/code/", {"code": code_of(boss)}).content.decode()
    assert "Too many attempts" in page
    assert client.get(HOME).status_code == 302


def test_nobody_comes_to_the_code_without_the_password(database: str) -> None:
    boss = administrator()
    with_factor(boss)
    client = Client()
    assert client.post("/console/login/code/", {"code": code_of(boss)}).status_code == 302
    assert client.get(HOME).status_code == 302


def test_a_code_holds_for_half_a_minute_around_now_and_never_twice(database: str) -> None:
    boss = administrator()
    second_factor.begin(boss)
    start = 1_800_000_000.0
    second_factor.confirm(boss, code_of(boss, start), now=start)
    assert not second_factor.verify(boss, code_of(boss, start), now=start)
    assert second_factor.verify(boss, code_of(boss, start + 30), now=start + 59)
    assert not second_factor.verify(boss, code_of(boss, start + 60), now=start + 150)
    assert second_factor.verify(boss, code_of(boss, start + 180), now=start + 150)
    assert not second_factor.verify(boss, code_of(boss, start + 150), now=start + 150)


def test_a_recovery_code_opens_once(database: str) -> None:
    boss = administrator()
    codes = with_factor(boss)
    assert len(set(codes)) == 10
    assert second_factor.verify(boss, codes[0].upper())
    assert not second_factor.verify(boss, codes[0])
    renewed = second_factor.new_recovery_codes(boss)
    assert not second_factor.verify(boss, codes[1])
    assert second_factor.verify(boss, renewed[0])
    stored = b"".join(bytes(digest) for digest in RecoveryCode.objects.values_list("digest", flat=True))
    assert renewed[1].replace("-", "").encode() not in stored


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "12 34 5"])
def test_what_is_no_code_opens_nothing(database: str, code: str) -> None:
    boss = administrator()
    second_factor.begin(boss)
    with pytest.raises(InvalidInput):
        second_factor.confirm(boss, code)
    assert not second_factor.has_second_factor(boss)


def test_the_shared_secret_is_not_in_the_database_file(database: str) -> None:
    boss = administrator()
    secret = second_factor.begin(boss).secret
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM operators_secondfactor")
        stored = bytes(cursor.fetchone()[0])
    assert secret.encode() not in stored
    assert base64.b32decode(secret) not in stored


def test_a_role_can_ask_for_a_second_factor_before_anything_else(database: str) -> None:
    boss = administrator()
    Role.objects.filter(slug="administrator").update(second_factor=True)
    client = Client()
    client.post("/console/login/", {"username": "admin", "password": PASSWORD})
    assert client.get(HOME)["Location"] == "/console/account/second-factor/"
    assert client.get("/api/v1/me").status_code == 401
    page = client.get("/console/account/second-factor/").content.decode()
    assert "<svg" in page
    answer = client.post("/console/account/second-factor/", {"code": code_of(boss)})
    shown = re.findall(r"<code>([0-9a-f]{5}-[0-9a-f]{5})</code>", answer.content.decode())
    assert len(shown) == 10
    assert client.get(HOME).status_code == 200
    assert client.get("/api/v1/me").status_code == 200


def test_a_page_of_somebody_else_cannot_act_through_a_session(database: str) -> None:
    administrator()
    client = Client(enforce_csrf_checks=True)
    page = client.get("/console/login/").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token is not None
    client.post("/console/login/", {"username": "admin", "password": PASSWORD, "csrfmiddlewaretoken": token[1]})
    assert client.get("/api/v1/me").status_code == 200
    body = {"name": "x"}
    assert client.post("/api/v1/tokens", body, content_type="application/json").status_code == 401
    assert not ApiToken.objects.exists()
    headers = {"X-CSRFToken": client.cookies["csrftoken"].value}
    assert client.post("/api/v1/tokens", body, content_type="application/json", headers=headers).status_code == 201


def test_a_new_password_ends_the_sessions_of_the_old_one(database: str) -> None:
    boss = administrator()
    client = Client()
    assert sign_in(client)
    accounts.set_password(boss, "quite another one", by="admin")
    assert client.get(HOME).status_code == 302
    assert not sign_in(Client())
    assert sign_in(Client(), password="quite another one")
    entry = AuditEntry.objects.filter(action="operator.password").first()
    assert entry is None or "another" not in str(entry.after)


def test_the_way_back_in(database: str) -> None:
    boss = administrator()
    with_factor(boss)
    token = create_token(boss, "test")[1]
    client = Client()
    Operator.objects.update(is_active=False)
    with pytest.raises(InvalidInput, match="password"):
        accounts.recover("admin", "short", by="root")
    accounts.recover("admin", "back in with this", by="root (command line)")
    assert sign_in(client, password="back in with this")
    assert valid_token(token) is None
    assert AuditEntry.objects.filter(action="operator.recover", words__contains="command line").exists()
    accounts.recover("new-chief", "back in with this", by="root (command line)")
    assert Operator.objects.get(username="new-chief").access.everywhere("operators.manage")


def test_own_sessions_can_be_ended(database: str) -> None:
    administrator()
    here, there = Client(), Client()
    assert sign_in(here)
    assert sign_in(there)
    assert here.post("/console/account/", {"others": "1"}).status_code == 302
    assert there.get(HOME).status_code == 302
    assert here.get(HOME).status_code == 200


def test_nobody_ends_a_session_of_somebody_else_from_his_own_page(database: str) -> None:
    administrator()
    account("guard", "operator")
    boss, guard = Client(), Client()
    assert sign_in(boss)
    assert sign_in(guard, "guard")
    row = OperatorSession.objects.get(operator__username="admin")
    assert guard.post("/console/account/", {"session": row.pk}).status_code == 404
    assert boss.get(HOME).status_code == 200


@pytest.mark.parametrize(
    ("header", "status"),
    [("Bearer nonsense", 401), ("Basic YWRtaW46", 401), ("Bearer ", 401), ("Bearer doorward_00_\udcff", 401)],
)
def test_a_wrong_header_is_refused_whatever_the_session(database: str, header: str, status: int) -> None:
    administrator()
    client = Client()
    assert sign_in(client)
    assert client.get("/api/v1/me", headers={"Authorization": header}).status_code == status

"""What somebody with some rights could try in order to get at more, or to do it unseen."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib import admin
from django.db import connections
from django.test import Client
from django.utils import timezone

from doorward.server.audit.models import AuditEntry
from doorward.server.operators import accounts, logging_in, second_factor
from doorward.server.operators.models import ApiToken, Operator, OperatorSession, Role, SecondFactor
from doorward.server.operators.services import create_token, give_role
from tests.server.accounts import PASSWORD, account, administrator
from tests.server.operators.test_signing_in import HOME, code_of, sign_in, with_factor

FACTOR = "/console/account/second-factor/"
NEW_PASSWORD = "another horse battery"


def manager(name: str = "manager") -> Operator:
    """Somebody who may manage accounts and nothing else."""
    role = accounts.save_role("Manager", ["operators.view", "operators.manage", "tokens.own"])
    operator = Operator.objects.create_user(name, password=PASSWORD)
    give_role(operator, role.slug)
    return operator


def program(operator: Operator) -> Client:
    return Client(headers={"Authorization": f"Bearer {create_token(operator, 'test')[1]}"})


def test_nobody_takes_over_an_administrator_who_is_switched_off(database: str) -> None:
    administrator()
    former = administrator("former")
    accounts.set_active(former, False, by="admin")
    api, page = program(manager()), Client()
    assert sign_in(page, "manager")
    address = f"/api/v1/operators/{former.pk}"
    taken = api.patch(address, {"password": NEW_PASSWORD, "active": True}, content_type="application/json")
    assert taken.status_code == 403
    assert api.delete(f"{address}/second-factor").status_code == 403
    for form in ({"do": "password", "password": NEW_PASSWORD}, {"do": "enable"}, {"do": "second-factor"}):
        page.post(f"/console/operators/{former.pk}/", form)
    former.refresh_from_db()
    assert former.check_password(PASSWORD)
    assert not former.is_active


def test_a_refusal_to_give_rights_is_noted_wherever_it_was_tried(database: str) -> None:
    boss = administrator()
    somebody = manager()
    page = Client()
    assert sign_in(page, "manager")
    page.post(f"/console/operators/{boss.pk}/", {"do": "disable"})
    program(somebody).post("/api/v1/roles", {"name": "More", "rights": ["doors.open"]}, content_type="application/json")
    found = AuditEntry.objects.filter(outcome="refused", actor="manager").order_by("pk")
    assert [(entry.action, entry.via) for entry in found] == [
        ("refused rights.give", "console"),
        ("refused rights.give", "API"),
    ]


def test_nobody_takes_from_a_role_what_he_lacks(database: str) -> None:
    administrator()
    role = accounts.save_role("Guards", ["doors.view", "doors.open"], second_factor_required=True)
    body = {"name": "Guards", "rights": ["operators.view"], "second_factor": False}
    answer = program(manager()).put(f"/api/v1/roles/{role.slug}", body, content_type="application/json")
    assert answer.status_code == 403
    role.refresh_from_db()
    assert role.second_factor
    assert "doors.open" in role.rights


def test_accounts_roles_and_tokens_are_changed_on_their_own_pages_alone(database: str) -> None:
    for model in (Operator, Role, ApiToken, OperatorSession, SecondFactor):
        assert not admin.site.is_registered(model)


def test_a_change_that_is_refused_changes_nothing(database: str) -> None:
    boss = administrator()
    body = {"password": NEW_PASSWORD, "full_name": "Boss", "active": False}
    answer = program(boss).patch(f"/api/v1/operators/{boss.pk}", body, content_type="application/json")
    assert answer.status_code == 409
    boss.refresh_from_db()
    assert boss.check_password(PASSWORD)
    assert boss.get_full_name() == ""


def test_a_token_makes_none_that_outlives_it(database: str) -> None:
    boss = administrator()
    end = timezone.now() + timedelta(days=1)
    token, text = create_token(boss, "short", expires=end)
    client = Client(headers={"Authorization": f"Bearer {text}"})
    made = client.post("/api/v1/tokens", {"name": "child"}, content_type="application/json")
    assert made.status_code == 201
    assert ApiToken.objects.get(name="child").expires == token.expires
    late = {"name": "late", "expires": (end + timedelta(days=9)).isoformat()}
    assert client.post("/api/v1/tokens", late, content_type="application/json").status_code == 422
    early = {"name": "early", "expires": (end - timedelta(hours=1)).isoformat()}
    assert client.post("/api/v1/tokens", early, content_type="application/json").status_code == 201


def test_codes_cannot_be_guessed_within_a_session(database: str) -> None:
    boss = administrator()
    client = Client()
    assert sign_in(client)
    with_factor(boss)
    for _ in range(5):
        assert client.post(FACTOR, {"code": "000000"}).status_code == 200
    client.post(FACTOR, {"code": code_of(boss)})
    assert second_factor.has_second_factor(boss)
    assert AuditEntry.objects.filter(action="login", outcome="refused").count() >= 5


def test_codes_cannot_be_guessed_from_many_places(database: str) -> None:
    boss = administrator()
    with_factor(boss)
    # Without the password nobody gets to keep the owner out.
    for number in range(20):
        Client(REMOTE_ADDR=f"192.0.2.{number}").post("/console/login/", {"username": "admin", "password": "wrong"})
    answer = ""
    for number in range(logging_in.WRONG_CODES + 1):
        thief = Client(REMOTE_ADDR=f"198.51.100.{number}")
        thief.post("/console/login/", {"username": "admin", "password": PASSWORD})
        answer = thief.post("/console/login/code/", {"code": "000000"}).content.decode()
        assert ("Too many attempts" in answer) is (number == logging_in.WRONG_CODES)


def test_a_secret_that_another_session_has_seen_is_not_confirmed(database: str) -> None:
    boss = administrator()
    thief, owner = Client(), Client()
    assert sign_in(thief)
    assert sign_in(owner)
    thief.get(FACTOR)
    seen = SecondFactor.objects.get(operator=boss).secret
    owner.get(FACTOR)
    mine = SecondFactor.objects.get(operator=boss).secret
    assert mine != seen
    # Looking again, or mistyping, changes nothing for the one who is setting it up.
    owner.get(FACTOR)
    owner.post(FACTOR, {"code": "000000"})
    assert SecondFactor.objects.get(operator=boss).secret == mine
    owner.post(FACTOR, {"code": code_of(boss)})
    assert second_factor.has_second_factor(boss)


def test_ended_sessions_are_noted(database: str) -> None:
    boss = administrator()
    guard = account("guard", "operator")
    client, other = Client(), Client()
    assert sign_in(client)
    assert sign_in(other, "guard")
    row = OperatorSession.objects.get(operator=guard)
    client.post(f"/api/v1/sessions/{row.pk}/end")
    assert sign_in(other, "guard")
    client.post(f"/console/operators/{guard.pk}/", {"do": "sessions"})
    ended = AuditEntry.objects.filter(action="session.end").order_by("pk")
    assert [(entry.actor, entry.object_name, entry.words) for entry in ended] == [
        (boss.username, "guard", "1 session was ended."),
        (boss.username, "guard", "1 session was ended."),
    ]


def test_cookies_are_for_tls_alone_where_the_browser_uses_it(database: str) -> None:
    administrator()
    plain = Client()
    assert sign_in(plain)
    assert not plain.cookies["sessionid"]["secure"]
    safe = Client()
    safe.get("/console/login/", secure=True)
    safe.post("/console/login/", {"username": "admin", "password": PASSWORD}, secure=True)
    for name in ("sessionid", "csrftoken"):
        assert safe.cookies[name]["secure"]
        assert safe.cookies[name]["samesite"] == "Lax"
    assert safe.get(HOME, secure=True).status_code == 200


def test_passwords_are_checked_one_after_the_other_and_no_crowd_waits(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    administrator()
    at_once: list[int] = []
    inside = 0
    real = Operator.check_password

    def check(operator: Operator, password: str) -> bool:
        nonlocal inside
        inside += 1
        at_once.append(inside)
        time.sleep(0.01)  # stands for the slow digest
        inside -= 1
        return real(operator, password)

    monkeypatch.setattr(Operator, "check_password", check)

    def attempt(_: int) -> str:
        try:
            answer = Client().post("/console/login/", {"username": "admin", "password": PASSWORD})
            return "in" if answer.status_code == 302 else answer.content.decode()
        finally:
            connections.close_all()

    crowd = logging_in.WAITING
    with ThreadPoolExecutor(crowd) as pool:
        assert list(pool.map(attempt, range(crowd))) == ["in"] * crowd
    assert at_once == [1] * crowd
    for _ in range(crowd):
        assert logging_in._waiting.acquire(blocking=False)
    try:
        assert "Too many people sign in" in attempt(0)
    finally:
        logging_in._waiting.release(crowd)
    assert at_once == [1] * crowd


def test_refusals_without_end_do_not_fill_the_audit_log(database: str) -> None:
    administrator()
    client = Client(REMOTE_ADDR="192.0.2.1")
    for _ in range(30):
        client.post("/console/login/", {"username": "admin", "password": "wrong"})
    refused = AuditEntry.objects.filter(action="login", outcome="refused")
    assert 5 <= refused.count() <= 7
    assert refused.filter(words__startswith="Too many").count() == 1


def test_two_administrators_cannot_switch_each_other_off_at_once(
    each_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if each_database.startswith("sqlite"):
        pytest.skip("SQLite lets only one transaction write at a time")
    chiefs = (administrator("first"), administrator("second"))
    both = threading.Barrier(2, timeout=10)
    look = accounts._keep_an_administrator

    def look_when_both_have_written() -> None:
        both.wait()
        look()

    def switch_off(operator: Operator) -> str:
        try:
            accounts.set_active(operator, False, by="somebody")
        except accounts.LastAdministrator:
            return "refused"
        finally:
            connections.close_all()
        return "done"

    monkeypatch.setattr(accounts, "_keep_an_administrator", look_when_both_have_written)
    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(switch_off, chiefs)) == ["done", "refused"]
    assert Operator.objects.filter(is_active=True).count() == 1


@pytest.mark.parametrize("own_page", [True, False])
def test_a_new_password_keeps_the_session_in_which_it_was_set_and_ends_the_others(
    database: str, own_page: bool
) -> None:
    boss = administrator()
    here, there = Client(), Client()
    assert sign_in(here)
    assert sign_in(there)
    key = here.cookies["sessionid"].value
    if own_page:
        form = {"old_password": PASSWORD, "new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
        assert here.post("/console/password_change/", form).status_code == 302
    else:
        here.post(f"/console/operators/{boss.pk}/", {"do": "password", "password": NEW_PASSWORD})
    assert here.get(HOME).status_code == 200
    assert here.cookies["sessionid"].value != key
    assert there.get(HOME).status_code == 302
    assert OperatorSession.objects.filter(ended__isnull=True).count() == 1
    boss.refresh_from_db()
    assert boss.check_password(NEW_PASSWORD)
    assert AuditEntry.objects.filter(action="operator.password", actor="admin").exists()


def test_a_wrong_old_password_ends_nothing(database: str) -> None:
    administrator()
    here, there = Client(), Client()
    assert sign_in(here)
    assert sign_in(there)
    form = {"old_password": "wrong", "new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    assert here.post("/console/password_change/", form).status_code == 200
    assert here.get(HOME).status_code == 200
    assert there.get(HOME).status_code == 200


def test_nothing_between_keeps_answers_of_the_api(database: str) -> None:
    administrator()
    client = Client()
    assert sign_in(client)
    made = client.post("/api/v1/tokens", {"name": "x"}, content_type="application/json")
    for answer in (made, client.get("/api/v1/me"), client.get("/api/v1/nothing"), Client().get("/api/v1/me")):
        assert answer["Cache-Control"] == "no-store"

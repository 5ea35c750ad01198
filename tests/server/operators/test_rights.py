"""Rights, roles, and where they hold."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.test import Client
from django.utils import timezone

from doorward.model.errors import DoorwardError, InvalidInput
from doorward.server.devices.models import Device, DeviceGroup
from doorward.server.operators import accounts
from doorward.server.operators.models import Operator, Role, RoleAssignment
from doorward.server.operators.rights import ADMINISTRATOR, ALL_RIGHTS, BUILT_IN_ROLES, RIGHTS, rights_that_cover
from doorward.server.operators.services import create_token, give_role
from tests.server.accounts import PASSWORD, account, administrator


def site() -> tuple[DeviceGroup, DeviceGroup, DeviceGroup]:
    """A house with a floor in it, and another house; device 1 on the floor, 2 in the other house, 3 nowhere."""
    house = DeviceGroup.objects.create(name="House")
    floor = DeviceGroup.objects.create(name="Floor", parent=house)
    other = DeviceGroup.objects.create(name="Other")
    now = timezone.now()
    for number, group in ((1, floor), (2, other), (3, None)):
        Device.objects.create(device_id=number, group=group, first_seen=now, changed=now, name=f"device {number}")
    return house, floor, other


def api(operator: Operator, scopes: list[str] | None = None) -> Client:
    return Client(headers={"Authorization": f"Bearer {create_token(operator, 'test', scopes=scopes)[1]}"})


def test_every_right_has_words_and_roles_name_only_rights_that_exist() -> None:
    assert len({right.name for right in ALL_RIGHTS}) == len(ALL_RIGHTS)
    assert all(right.words for right in ALL_RIGHTS)
    for _, rights in BUILT_IN_ROLES.values():
        assert rights <= RIGHTS.keys()
    assert BUILT_IN_ROLES[ADMINISTRATOR][1] == RIGHTS.keys()


def test_every_table_of_the_console_is_covered_by_a_right(database: str) -> None:
    for model in admin.site._registry:
        permission = f"{model._meta.app_label}.view_{model._meta.model_name}"
        assert rights_that_cover(permission), f"no right lets anybody see {model.__name__}"


def test_an_account_without_a_role_may_nothing_and_nobody_is_above_the_rights(database: str) -> None:
    nobody = Operator.objects.create_user("nobody", password=PASSWORD)
    assert nobody.access.rights == frozenset()
    assert not nobody.has_perm("devices.view")
    assert not administrator().is_superuser
    assert not administrator("second").has_perm("devices.no_such_permission")


def test_a_right_in_a_group_holds_in_the_groups_below_and_nowhere_else(database: str) -> None:
    house, floor, other = site()
    guard = account("guard", "operator", house)
    assert guard.access.may_in("doors.open", floor.pk)
    assert not guard.access.may_in("doors.open", other.pk)
    assert not guard.access.may_in("doors.open", None)
    assert [row.pk for row in guard.access.among("devices.view", Device.objects.all())] == [1]
    assert guard.has_perm("devices.view_device", Device.objects.get(pk=1))
    assert not guard.has_perm("devices.view_device", Device.objects.get(pk=2))
    # What has nothing to do with devices cannot be had in a part of them.
    assert not guard.access.may("tokens.own")


def test_the_api_shows_only_the_devices_of_ones_groups(database: str) -> None:
    house, _, _ = site()
    client = api(account("guard", "installer", house))
    assert [row["device_id"] for row in client.get("/api/v1/devices").json()["items"]] == [1]
    assert client.get("/api/v1/devices/1").status_code == 200
    assert client.get("/api/v1/devices/2").status_code == 404
    assert client.post("/api/v1/devices/2/block", content_type="application/json").status_code == 404
    assert client.post("/api/v1/devices/1/block", content_type="application/json").status_code == 200
    assert Device.objects.get(pk=2).approval == "waiting"


def test_a_token_may_only_what_it_was_made_for(database: str) -> None:
    site()
    boss = administrator()
    client = api(boss, scopes=["devices.view"])
    assert client.get("/api/v1/devices/1").status_code == 200
    refused = client.post("/api/v1/devices/1/block", content_type="application/json")
    assert refused.status_code == 403
    assert "made for others" in refused.json()["error"]
    assert [scope["right"] for scope in client.get("/api/v1/me").json()["rights"]] == ["devices.view"]


def test_a_token_cannot_make_a_token_that_may_more(database: str) -> None:
    client = api(administrator(), scopes=["devices.view", "tokens.own"])
    more = client.post("/api/v1/tokens", {"name": "x", "scopes": ["doors.open"]}, content_type="application/json")
    assert more.status_code == 403
    made = client.post("/api/v1/tokens", {"name": "x"}, content_type="application/json").json()
    assert made["scopes"] == ["devices.view", "tokens.own"]
    with pytest.raises(InvalidInput, match="scopes"):
        create_token(administrator("two"), "x", scopes=["no.right"])


def test_nobody_gives_what_he_lacks_or_takes_over_who_has_more(database: str) -> None:
    boss = administrator()
    accounts.save_role("Personnel", ["operators.view", "operators.manage", "devices.view"])
    clerk = account("clerk", "personnel")
    client = api(clerk)
    body = {"name": "friend", "password": PASSWORD, "roles": [{"role": "administrator"}]}
    assert client.post("/api/v1/operators", body, content_type="application/json").status_code == 403
    assert not Operator.objects.filter(username="friend").exists()
    change = {"password": "another long one"}
    assert client.patch(f"/api/v1/operators/{boss.pk}", change, content_type="application/json").status_code == 403
    role = {"name": "More", "rights": ["audit.view"]}
    assert client.post("/api/v1/roles", role, content_type="application/json").status_code == 403
    body["roles"] = [{"role": "personnel"}]
    assert client.post("/api/v1/operators", body, content_type="application/json").status_code == 201


def test_the_last_administrator_stays(database: str) -> None:
    boss = administrator()
    attempts: list[Callable[[], None]] = [
        lambda: accounts.set_active(boss, False, by="x"),
        lambda: accounts.set_roles(boss, [("monitor", None)]),
    ]
    for attempt in attempts:
        with pytest.raises(accounts.LastAdministrator):
            attempt()
        boss.refresh_from_db()
        assert boss.is_active
        assert boss.access.everywhere("operators.manage")
    second = administrator("second")
    accounts.set_roles(boss, [("monitor", None)])
    assert boss.access.rights == BUILT_IN_ROLES["monitor"][1]
    with pytest.raises(accounts.LastAdministrator):
        accounts.set_active(second, False, by="x")


def test_built_in_roles_stay_as_they_are(database: str) -> None:
    role = Role.objects.get(slug="monitor")
    with pytest.raises(DoorwardError, match="stays as it is"):
        accounts.save_role("Monitor", ["devices.view"], role=role)
    with pytest.raises(DoorwardError):
        accounts.delete_role(role)
    # Rights written into the row of a built-in role give nothing.
    Role.objects.filter(slug="monitor").update(rights=sorted(RIGHTS))
    assert account("m", "monitor").access.rights == BUILT_IN_ROLES["monitor"][1]


def test_own_roles(database: str) -> None:
    role = accounts.save_role("Night watch", ["doors.open", "doors.view"])
    assert role.slug == "night-watch"
    watch = account("watch", role.slug)
    assert watch.access.rights == {"doors.open", "doors.view"}
    with pytest.raises(InvalidInput, match=r"doors\.fly"):
        accounts.save_role("x", ["doors.fly"])
    with pytest.raises(InvalidInput, match="name"):
        accounts.save_role("night WATCH", [])
    with pytest.raises(DoorwardError, match="watch"):
        accounts.delete_role(role)
    RoleAssignment.objects.all().delete()
    accounts.delete_role(role)
    assert not Role.objects.filter(slug="night-watch").exists()


def test_a_role_cannot_be_given_twice_or_in_vain(database: str) -> None:
    operator = account("a", "monitor")
    give_role(operator, "monitor")
    assert RoleAssignment.objects.count() == 1
    with pytest.raises(InvalidInput, match="role"):
        give_role(operator, "king")

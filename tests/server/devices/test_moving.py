"""Moving devices and groups about gives nobody rights, and ties no knot."""

from __future__ import annotations

import pytest
from django.test import Client

from doorward.model.errors import InvalidInput
from doorward.server.audit.models import AuditEntry
from doorward.server.devices import services
from doorward.server.devices.models import Device, DeviceGroup
from doorward.server.operators import accounts
from doorward.server.operators.models import Operator
from doorward.server.operators.services import give_role
from tests.server.accounts import PASSWORD, administrator
from tests.server.devices.test_api_changes import client_of, send
from tests.server.events.traffic import add_device


@pytest.fixture
def groups(database: str) -> tuple[DeviceGroup, DeviceGroup]:
    return DeviceGroup.objects.create(name="Lobby"), DeviceGroup.objects.create(name="Vault")


def arranger(lobby: DeviceGroup) -> Operator:
    """Somebody who may arrange everything and open the lobby alone."""
    everywhere = accounts.save_role("Arranges", ["devices.view", "devices.edit", "devices.groups"])
    there = accounts.save_role("Opens", ["doors.open"])
    operator = Operator.objects.create_user("arranger", password=PASSWORD)
    give_role(operator, everywhere.slug)
    give_role(operator, there.slug, lobby)
    return operator


def signed_in(name: str) -> Client:
    client = Client()
    client.post("/console/login/", {"username": name, "password": PASSWORD})
    return client


def test_nobody_gets_rights_by_moving_a_group_or_a_device(groups: tuple[DeviceGroup, DeviceGroup]) -> None:
    lobby, vault = groups
    device = add_device(7)
    Device.objects.filter(pk=7).update(group=vault)
    api = client_of(arranger(lobby))
    assert send(api, "patch", f"/groups/{vault.pk}", parent_id=lobby.pk).status_code == 403
    assert send(api, "patch", "/7", group_id=lobby.pk).status_code == 403
    page = signed_in("arranger")
    form = {"name": "Vault", "parent": str(lobby.pk)}
    assert page.post(f"/console/devices/devicegroup/{vault.pk}/change/", form).status_code == 403
    form = {"name": "x", "group": str(lobby.pk), "enabled": "on", "zone": "", "address": "", "port": ""}
    assert page.post("/console/devices/device/7/change/", form).status_code == 403
    vault.refresh_from_db()
    device = Device.objects.get(pk=7)
    assert (vault.parent, device.group) == (None, vault)
    assert AuditEntry.objects.filter(action="refused move", actor="arranger").count() == 2
    # The other way nothing is gained.
    assert send(api, "patch", f"/groups/{lobby.pk}", parent_id=vault.pk).status_code == 200
    assert send(api, "patch", "/7", group_id=None).status_code == 200


def test_an_editor_of_one_group_moves_no_device_out_of_it(groups: tuple[DeviceGroup, DeviceGroup]) -> None:
    lobby, vault = groups
    add_device(7)
    Device.objects.filter(pk=7).update(group=lobby)
    operator = Operator.objects.create_user("editor", password=PASSWORD)
    give_role(operator, "installer", lobby)
    page = signed_in("editor")
    shown = page.get("/console/devices/device/7/change/").content.decode()
    assert "Lobby" in shown
    assert "Vault" not in shown
    for target in (str(vault.pk), ""):
        form = {"name": "x", "group": target, "enabled": "on", "zone": "", "address": "", "port": ""}
        assert page.post("/console/devices/device/7/change/", form).status_code == 200
        assert Device.objects.get(pk=7).group == lobby
    form["group"] = str(lobby.pk)
    assert page.post("/console/devices/device/7/change/", form).status_code == 302
    assert Device.objects.get(pk=7).name == "x"


def test_no_group_lies_in_itself_whatever_page_it_is_moved_on(groups: tuple[DeviceGroup, DeviceGroup]) -> None:
    lobby, vault = groups
    administrator()
    page = signed_in("admin")
    for parent in (lobby, vault):
        DeviceGroup.objects.filter(pk=vault.pk).update(parent=lobby)
        form = {"name": "Lobby", "parent": str(parent.pk)}
        answer = page.post(f"/console/devices/devicegroup/{lobby.pk}/change/", form)
        assert answer.status_code == 200
        assert "cannot lie in itself" in answer.content.decode()
    lobby.refresh_from_db()
    assert lobby.parent is None


def test_a_ring_of_groups_holds_nobody_up(groups: tuple[DeviceGroup, DeviceGroup]) -> None:
    lobby, vault = groups
    other = DeviceGroup.objects.create(name="Other")
    DeviceGroup.objects.filter(pk=lobby.pk).update(parent=vault)
    DeviceGroup.objects.filter(pk=vault.pk).update(parent=lobby)
    lobby.refresh_from_db()
    services.move_group(other, lobby)
    assert services.groups_below([lobby.pk]) == {lobby.pk, vault.pk, other.pk}
    vault.refresh_from_db()
    services.move_group(vault, None)
    lobby.refresh_from_db()
    with pytest.raises(InvalidInput):
        services.move_group(vault, lobby)


def test_where_a_device_is_dialled_is_for_whoever_lets_devices_in(database: str) -> None:
    accounts.save_role("Names", ["devices.view", "devices.edit"])
    device = add_device(9)
    Device.objects.filter(pk=9).update(mode="direct", address="192.0.2.1", approval="approved")
    namer = Operator.objects.create_user("namer", password=PASSWORD)
    give_role(namer, "names")
    client = client_of(namer)
    assert send(client, "patch", f"/{device.pk}", address="203.0.113.9").status_code == 403
    assert Device.objects.get(pk=9).address == "192.0.2.1"
    assert send(client, "patch", f"/{device.pk}", name="Front").status_code == 200

from __future__ import annotations

import pytest

from doorward.model.errors import InvalidInput
from doorward.server.devices import changes, services
from doorward.server.devices.models import ConnectionHistory, Device, DeviceGroup
from tests.server.events.traffic import add_device


def test_approval_notes_who_when_and_where(each_database: str) -> None:
    add_device(last_address="10.0.0.5")
    told: list[int] = []
    end = changes.listen(told.append)
    try:
        device = services.approve(7, by="anna", name="Front door")
    finally:
        end()
    device.refresh_from_db()
    assert (device.approval, device.approval_by, device.approved_address) == ("approved", "anna", "10.0.0.5")
    assert device.approval_at is not None
    assert device.name == "Front door"
    history = ConnectionHistory.objects.get()
    assert (history.state, history.by, history.reason) == ("approved", "anna", "Approved at 10.0.0.5.")
    assert told == [7]


def test_a_change_that_is_undone_is_not_told(database: str) -> None:
    add_device()
    told: list[int] = []
    end = changes.listen(told.append)
    try:
        with pytest.raises(InvalidInput, match="name"):
            services.approve(7, by="anna", name="x" * 101)
    finally:
        end()
    assert told == []
    assert Device.objects.get().approval == "waiting"
    assert not ConnectionHistory.objects.exists()


def test_blocking_notes_the_reason(each_database: str) -> None:
    add_device(approval="approved")
    services.block(7, by="anna", reason="stolen")
    assert Device.objects.get().approval == "blocked"
    assert ConnectionHistory.objects.get().reason == "Blocked: stolen"
    with pytest.raises(InvalidInput, match="reason"):
        services.block(7, by="anna", reason="x" * 501)


@pytest.mark.parametrize("change", [services.approve, services.block])
def test_an_unknown_device_is_named(database: str, change: object) -> None:
    with pytest.raises(services.UnknownDevice, match="device: 99"):
        change(99, by="anna")  # type: ignore[operator] # one of the two functions


def test_direct_devices(database: str) -> None:
    device = services.add_direct_device(7, "10.0.0.5", by="anna", port=1471, password="sesame")
    assert (device.approval, device.mode, device.approved_address) == ("approved", "direct", "")
    for arguments, words in (
        ((7, "10.0.0.6"), "no device has yet"),
        ((8, ""), "needs an address"),
        ((0, "10.0.0.5"), "device_id: 0"),
        ((2**32, "10.0.0.5"), "device_id"),
    ):
        with pytest.raises(InvalidInput, match=words):
            services.add_direct_device(*arguments, by="anna")
    with pytest.raises(InvalidInput, match="port: 70000"):
        services.add_direct_device(9, "10.0.0.5", by="anna", port=70000)
    assert Device.objects.count() == 1


def test_groups_are_a_tree(database: str) -> None:
    site = DeviceGroup.objects.create(name="Site")
    house = DeviceGroup.objects.create(name="House", parent=site)
    floor = DeviceGroup.objects.create(name="Floor", parent=house)
    other = DeviceGroup.objects.create(name="Other")
    assert services.groups_below([house.pk]) == {house.pk, floor.pk}
    assert services.groups_below([site.pk, other.pk]) == {site.pk, house.pk, floor.pk, other.pk}
    for target in (site, house, floor):
        with pytest.raises(InvalidInput, match="parent"):
            services.move_group(site, target)
    services.move_group(floor, None)
    assert services.groups_below([house.pk]) == {house.pk}


@pytest.mark.parametrize("parent", [False, True])
def test_no_two_groups_share_a_name_in_one_place(each_database: str, parent: bool) -> None:
    from django.db import IntegrityError

    above = DeviceGroup.objects.create(name="Site") if parent else None
    DeviceGroup.objects.create(name="House", parent=above)
    with pytest.raises(IntegrityError):
        DeviceGroup.objects.create(name="House", parent=above)

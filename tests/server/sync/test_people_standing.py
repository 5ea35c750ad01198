"""Who is not yet on all devices as he should be, for the list of people."""

from __future__ import annotations

from django.test import Client
from django.utils import timezone

from doorward.server.operators.accounts import save_role
from doorward.server.people.models import Person
from doorward.server.sync.choices import Comparing, Urgency
from doorward.server.sync.models import TABLES, Held, ManagedDevice, Waiting
from doorward.server.sync.people_standing import not_everywhere
from tests.server.accounts import account
from tests.server.people.things import group_at, held, managed_door, person


def waiting() -> set[int]:
    return set(not_everywhere(Person.objects.all()).values_list("number", flat=True))


def test_who_waits_for_a_device(each_database: str) -> None:
    for number in range(1, 5):
        person(number)
    door, other = managed_door(7), managed_door(8)
    group_at("Staff", door, other, people=(1, 2, 3))
    Waiting.objects.all().delete()
    assert waiting() == {1, 2, 3}, "neither device was read yet"
    ManagedDevice.objects.update(checked_at=timezone.now())
    assert waiting() == set()
    # Everybody is compared at one of them: who is there already does not wait.
    ManagedDevice.objects.filter(pk=7).update(comparing=Comparing.ORDINARY)
    held(7, 1)
    Held.objects.create(device_id=7, number=2, digest=b"")
    assert waiting() == {2, 3}
    ManagedDevice.objects.update(comparing=Comparing.NOT)
    now = timezone.now()
    Waiting.objects.create(device_id=8, number=4, urgency=Urgency.WITHDRAWAL, since=now, due=now, stamp=1)
    Waiting.objects.create(device_id=8, number=TABLES, urgency=Urgency.WITHDRAWAL, since=now, due=now, stamp=2)
    assert waiting() == {4}, "somebody who is to be deleted there waits too"
    ManagedDevice.objects.update(managed=False, comparing=Comparing.ORDINARY)
    Waiting.objects.all().delete()
    assert waiting() == set(), "what is on other devices is nobody's concern"


def test_the_list_of_people_shows_those_alone(database: str) -> None:
    person(1, "Ann")
    person(2, "Bob")
    group_at("Staff", managed_door(7), people=(1,))
    save_role("Reader", ["people.view"])
    for name, role, found in (("chief", "administrator", ["Ann"]), ("clerk", "reader", ["Ann", "Bob"])):
        browser = Client()
        browser.force_login(account(name, role))
        text = browser.get("/console/people/?state=waiting").content.decode()
        assert [one for one in ("Ann", "Bob") if f'data-name="{one}"' in text or f">{one}</a>" in text] == found

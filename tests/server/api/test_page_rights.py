"""Who sees which page of the console: a table written by hand over all pages, tried for every role."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, reverse

from doorward.server.console import urls
from doorward.server.operators.rights import BUILT_IN_ROLES, rights_that_cover
from tests.server.accounts import account
from tests.server.api.site import Site, make_site, quiet_world
from tests.server.api.test_rights import may

# Rights of which one has to have all; "a|b" is either; "" is for everybody who signed in.
PAGES = {
    "access_check": "access.view",
    "access_group": "access.view",
    "access_group_add": "access.edit",
    "access_group_create": "access.edit",
    "access_group_save": "access.edit",
    "access_groups": "access.view",
    "account": "",
    "agent": "agents.view",
    "agents": "agents.view",
    "add_operator": "operators.manage",
    "add_role": "operators.manage",
    "alarms": "alarms.view",
    "audit": "audit.view",
    "audit_entry": "audit.view",
    "card_format": "people.credentials",
    "card_format_add": "people.credentials",
    "card_formats": "people.view",
    "dashboard": "",
    "dashboard_numbers": "",
    "dashboard_warnings": "server.view",
    "departments": "people.view",
    "device": "devices.view",
    "device_names": "events.view|devices.view",
    "devices": "devices.view",
    "mode": "devices.view",
    "doors": "doors.view",
    "edit_role": "operators.manage",
    "event": "events.view",
    "event_filter_remove": "events.view",
    "event_filters": "events.view",
    "event_picture": "events.view",
    "events": "events.view",
    "events_print": "events.view",
    "find_devices": "network.search",
    "floor_plan": "doors.view",
    "floor_plans": "doors.view",
    "holiday": "access.view",
    "holiday_add": "access.edit",
    "holidays": "access.view",
    "live": "events.view",
    "operator": "operators.view",
    "operators": "operators.view",
    "people": "people.view",
    "people_choices": "people.view",
    "people_import": "people.import",
    "people_names": "people.view",
    "people_numbers": "people.view",
    "person": "people.view",
    "person_add": "people.edit",
    "person_change": "people.edit",
    "person_fields": "people.view",
    "person_photo": "people.view",
    "ports": "ports.view",
    "ports_check": "ports.view",
    "ports_check_run": "ports.view",
    "ports_move": "ports.view",
    "ports_plan_csv": "ports.view",
    "ports_plan_json": "ports.view",
    "ports_plan_md": "ports.view",
    "ports_plan_svg": "ports.view",
    "ports_rules": "ports.view",
    "probe": "ports.view",
    "probe_run": "ports.view network.search",
    "report": "events.export",
    "report_file": "events.export",
    "reports": "events.export",
    "role": "operators.view",
    "roles": "operators.view",
    "schedule": "access.view",
    "schedule_add": "access.edit",
    "schedules": "access.view",
    "second_factor": "",
    "sync": "sync.view",
    "sync_device": "sync.view",
    "system": "server.view",
    "take_over": "people.import",
    "tokens": "tokens.own|tokens.manage",
    "webhook": "webhooks.manage",
    "webhook_add": "webhooks.manage",
    "webhooks": "webhooks.manage",
}
# Before one signs in: the form itself, the words of its scripts, and the choice of a language.
OPEN = frozenset({"sign_in", "sign_in_code", "words", "language"})
# A role that is not one's own is as unknown as one that is not there.
UNKNOWN = frozenset({"role"})
POSTED = frozenset(
    {
        "access_group_create", "access_group_save", "event_filter_remove", "event_filters", "ports_check_run",
        "probe_run",
    }
)  # fmt: skip
# Places in the addresses of people's pages; what is not there is not found.
OF_PEOPLE = ("person_number", "group_number", "schedule_number", "holiday_number", "format_id")

LISTS = {
    "certificates_devicecertificate": "certificates.view",
    "devices_connectionhistory": "devices.view",
    "devices_device": "devices.view",
    "devices_devicegroup": "devices.view",
    "events_alarm": "alarms.view",
    "events_event": "events.view",
    "events_gap": "devices.view",
}


def patterns() -> list[URLPattern]:
    return [pattern for pattern in urls.urlpatterns if isinstance(pattern, URLPattern)]


def addresses(site: Site) -> dict[str, tuple[str, str]]:
    """Address of each page and list, and the rights that it needs."""
    values = {
        **site.names(""),
        "position": site.event.position,
        "slug": "administrator",
        "kind": "entries",
        "extension": "csv",
        **dict.fromkeys(OF_PEOPLE, 1),
    }
    found = {}
    for pattern in patterns():
        name = str(pattern.name)
        if name not in OPEN:
            wanted = {key: values[key] for key in pattern.pattern.converters}
            found[name] = (reverse(f"console:{name}", kwargs=wanted), PAGES[name])
    for name, right in LISTS.items():
        found[name] = (reverse(f"admin:{name}_changelist"), right)
    return found


def status_of(client: Client, name: str, address: str) -> tuple[int, str]:
    with transaction.atomic():
        response = client.post(address) if name in POSTED else client.get(address)
        response.close()
        transaction.set_rollback(True)
    return response.status_code, response.headers.get("Location", "")


@pytest.fixture
def site(database: str) -> Iterator[Site]:
    with quiet_world():
        yield make_site()


def test_the_tables_name_every_page_and_every_list() -> None:
    assert {str(pattern.name) for pattern in patterns()} == PAGES.keys() | OPEN
    models = [model._meta for model in admin.site._registry]
    assert {f"{meta.app_label}_{meta.model_name}" for meta in models} == LISTS.keys()
    for meta in models:
        assert LISTS[f"{meta.app_label}_{meta.model_name}"] in rights_that_cover(
            f"{meta.app_label}.view_{meta.model_name}"
        )


def test_nobody_is_led_to_the_form(site: Site) -> None:
    wrong = {}
    for name, (address, _) in addresses(site).items():
        status, leads_to = status_of(Client(), name, address)
        if status != 302 or not leads_to.startswith("/console/login/"):
            wrong[name] = (status, leads_to)
    assert wrong == {}


@pytest.mark.parametrize("role", [*sorted(BUILT_IN_ROLES), ""])
def test_each_role_sees_its_share(site: Site, role: str) -> None:
    """The last one has no role at all."""
    somebody = account("somebody", role or "monitor")
    if not role:
        somebody.assignments.all().delete()
    client = Client()
    client.force_login(somebody)
    had = BUILT_IN_ROLES[role][1] if role else frozenset()
    wrong = {}
    for name, (address, rights) in addresses(site).items():
        status, leads_to = status_of(client, name, address)
        # What is refused is refused; what is shown may lack the very thing, or want other values.
        fit = {200, 302, 404, 409, 422} if may(rights, had) else {403, 404} if name in UNKNOWN else {403}
        if status not in fit or (status == 302 and "login" in leads_to):
            wrong[name] = (status, leads_to)
    assert wrong == {}

"""Who may use which operation: a table written by hand over all operations of the document, tried for every caller."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import StreamingHttpResponse
from django.test import Client

from doorward.server.api import api
from doorward.server.operators.models import Operator
from doorward.server.operators.rights import BUILT_IN_ROLES, RIGHTS
from doorward.server.operators.services import create_token
from tests.server.accounts import account
from tests.server.api.site import Site, make_site, quiet_world
from tests.server.doors.places import picture

# The rights of which one has to have all; "a|b" is either. "" is for every caller.
NEEDED = {
    "access": {
        "access_list_access_groups": "access.view",
        "access_create_access_group": "access.view access.edit",
        "access_show_access_group": "access.view",
        "access_rename_access_group": "access.view access.edit",
        "access_delete_access_group": "access.view access.edit",
        "access_list_rights": "access.view",
        "access_set_right": "access.view access.edit",
        "access_remove_right": "access.view access.edit",
        "access_list_members": "access.view people.view",
        "access_add_members": "access.view access.edit people.view",
        "access_remove_members": "access.view access.edit people.view",
        "access_list_groups_of_person": "access.view people.view",
        "access_set_groups_of_person": "access.view access.edit people.view",
        "access_list_schedules": "access.view",
        "access_create_schedule": "access.view access.edit",
        "access_show_schedule": "access.view",
        "access_change_schedule": "access.view access.edit",
        "access_delete_schedule": "access.view access.edit",
        "access_list_holidays": "access.view",
        "access_create_holiday": "access.view access.edit",
        "access_show_holiday": "access.view",
        "access_change_holiday": "access.view access.edit",
        "access_delete_holiday": "access.view access.edit",
    },
    "agents": {
        "agents_list_agents": "agents.view",
        "agents_add_agent": "agents.manage",
        "agents_show_agent": "agents.view",
        "agents_change_agent": "agents.manage",
        "agents_make_code": "agents.manage",
        "agents_revoke_agent": "agents.manage",
        "agents_remove_agent": "agents.manage",
    },
    "alarms": {
        "doors_list_alarms": "alarms.view",
        "doors_show_alarm": "alarms.view",
        "doors_acknowledge_alarm": "alarms.view alarms.acknowledge",
    },
    "audit": {"audit_list_audit": "audit.view"},
    "devices": {
        "devices_list_devices": "devices.view",
        "devices_add_device": "devices.edit devices.approve",
        "devices_show_device": "devices.view",
        "devices_change_device": "devices.view devices.edit",
        "devices_remove_device": "devices.view devices.edit",
        "devices_approve_device": "devices.view devices.approve",
        "devices_block_device": "devices.view devices.approve",
        "devices_history": "devices.view",
        "devices_gaps": "devices.view",
        "devices_reboot": "devices.view devices.command",
        "devices_sync_time": "devices.view devices.command",
        "devices_fetch_log": "devices.view devices.command",
        "devices_reconnect": "devices.view devices.command",
        "devices_information": "devices.view devices.command",
        "devices_open_door": "devices.view doors.open",
        "devices_lock_door": "devices.view doors.open",
        "devices_list_settings": "devices.view devices.configure",
        "devices_read_settings": "devices.view devices.configure",
        "devices_change_settings": "devices.view devices.configure",
        "devices_keep_settings": "devices.view devices.configure",
        "devices_read_network": "devices.view devices.configure",
        "devices_change_network": "devices.view devices.configure",
        "modes_show_mode": "devices.view",
        "modes_change_mode": "devices.view devices.configure devices.edit devices.approve",
        "modes_end_waiting": "devices.view devices.configure devices.edit devices.approve",
        "holds_show_hold": "devices.view",
        "holds_list_holds": "devices.view",
        "holds_take_hold": "devices.view devices.hold",
        "holds_keep_hold": "devices.view devices.hold",
        "holds_give_up_hold": "devices.view devices.hold",
        "holds_ask_for_hold": "devices.view devices.hold",
        "holds_take_over": "devices.view devices.takeover",
        "devices_list_groups": "devices.view",
        "devices_create_group": "devices.groups",
        "devices_change_group": "devices.view devices.groups",
        "devices_delete_group": "devices.view devices.groups",
    },
    "discovery": {
        "discovery_list_cards": "network.search",
        "discovery_search": "network.search",
        "discovery_read_network": "network.search",
        "discovery_write_network": "network.change",
        "discovery_reset": "network.change",
    },
    "doors": {
        "doors_list_doors": "doors.view",
        "doors_add_door": "devices.view doors.edit",
        "doors_show_door": "doors.view",
        "doors_change_door": "doors.view doors.edit",
        "doors_remove_door": "doors.view doors.edit",
        "doors_open_door": "doors.view doors.open",
        "doors_lock_door": "doors.view doors.open",
        "doors_hold_door_open": "doors.view doors.open",
        "doors_lock_door_down": "doors.view doors.open",
        "doors_return_door_to_normal": "doors.view doors.open",
        "doors_read_door": "doors.view doors.open",
    },
    "events": {
        "events_stream": "events.view",
        "events_list_events": "events.view",
        "events_show_event": "events.view",
        "events_export_events": "events.export",
        "events_start_export": "events.export",
    },
    "floor plans": {
        "doors_list_plans": "doors.view",
        "doors_add_plan": "doors.edit",
        "doors_show_plan": "doors.view",
        "doors_change_plan": "doors.view doors.edit",
        "doors_remove_plan": "doors.view doors.edit",
        "doors_show_picture": "doors.view",
        "doors_replace_picture": "doors.view doors.edit",
        "doors_move_plan": "doors.view doors.edit",
        "doors_place_door": "doors.view doors.edit",
        "doors_take_off": "doors.view doors.edit",
    },
    # One's own; those of others are unknown to everybody.
    "imports": dict.fromkeys(
        (
            "imports_list_imports",
            "imports_list_columns",
            "imports_begin_import",
            "imports_show_import",
            "imports_upload_piece",
            "imports_check_import",
            "imports_list_problems",
            "imports_list_imported_people",
            "imports_apply_import",
            "imports_undo_import",
            "imports_drop_import",
        ),
        "people.import",
    )
    | {"imports_start_people_export": "people.import people.view"},
    "takeover": dict.fromkeys(
        (
            "takeover_list_takeovers",
            "takeover_begin_takeover",
            "takeover_show_takeover",
            "takeover_list_conflicts",
            "takeover_decide",
            "takeover_compare_takeover",
            "takeover_apply_takeover",
            "takeover_drop_takeover",
        ),
        "people.import people.credentials access.edit sync.manage",
    ),
    "enrolment": dict.fromkeys(
        (
            "enrolment_list_captures",
            "enrolment_begin_capture",
            "enrolment_show_capture",
            "enrolment_cancel_capture",
            "enrolment_attach_capture",
        ),
        "people.credentials",
    ),
    "erasing": {
        "people_list_erased": "people.erase",
        "people_erase_person": "people.erase",
        "people_give_out": "people.erase",
    },
    # One's own; those of others are unknown to everybody but who manages operators.
    "jobs": {
        "jobs_list_jobs": "",
        "jobs_show_job": "",
        "jobs_stop_job": "",
        "jobs_start_job_again": "",
        "jobs_job_file": "",
    },
    "operators": {
        "operators_show_me": "",
        "operators_list_rights": "",
        "operators_list_roles": "operators.view",
        "operators_create_role": "operators.manage",
        "operators_change_role": "operators.manage",
        "operators_delete_role": "operators.manage",
        "operators_list_operators": "operators.view",
        "operators_create_operator": "operators.manage",
        "operators_show_operator": "operators.view",
        "operators_change_operator": "operators.manage",
        "operators_remove_second_factor": "operators.manage",
        "operators_list_sessions": "operators.view",
        "operators_end_one_session": "operators.manage",
        "operators_list_tokens": "tokens.own|tokens.manage",
        "operators_create_token": "tokens.own",
        "operators_revoke_token": "tokens.own|tokens.manage",
    },
    "people": {
        "people_list_people": "people.view",
        "people_create_person": "people.view people.edit",
        "people_show_person": "people.view",
        "people_change_person": "people.view people.edit",
        "people_delete_person": "people.view people.edit",
        "people_show_photo": "people.view",
        "people_set_photo": "people.view people.edit",
        "people_remove_photo": "people.view people.edit",
        "people_set_pin": "people.view people.credentials",
        "people_remove_pin": "people.view people.credentials",
        "people_add_card": "people.view people.credentials",
        "people_change_card": "people.view people.credentials",
        "people_remove_card": "people.view people.credentials",
        "people_list_fingers": "people.view",
        "people_change_finger": "people.view people.credentials",
        "people_remove_finger": "people.view people.credentials",
        "people_list_faces": "people.view",
        "people_remove_face": "people.view people.credentials",
        "people_list_departments": "people.view",
        "people_create_department": "people.view people.edit",
        "people_change_department": "people.view people.edit",
        "people_delete_department": "people.view people.edit",
        "people_list_fields": "people.view",
        "people_create_field": "people.view people.edit",
        "people_change_field": "people.view people.edit",
        "people_delete_field": "people.view people.edit",
        "people_list_formats": "people.view",
        "people_create_format": "people.view people.credentials",
        "people_change_format": "people.view people.credentials",
        "people_delete_format": "people.view people.credentials",
        "people_read_card": "people.view",
    },
    "server": {
        "system_show_status": "",
        "system_show_checks": "server.view",
        "system_show_metrics": "server.view",
    },
    "sync": {
        "sync_list_devices": "sync.view",
        "sync_list_differences": "sync.view",
        "sync_answer_difference": "sync.view sync.manage",
        "sync_list_problems": "sync.view",
        "sync_show_device": "devices.view sync.view",
        "sync_change_device": "devices.view sync.manage",
        "sync_show_content": "devices.view sync.manage",
        "sync_switch_on": "devices.view sync.manage",
        "sync_switch_off": "devices.view sync.manage",
        "sync_check": "devices.view sync.manage",
        "sync_answer_all": "devices.view sync.manage",
    },
    "webhooks": {
        "webhooks_list_webhooks": "webhooks.manage",
        "webhooks_create_webhook": "webhooks.manage",
        "webhooks_list_dead_letters": "webhooks.manage",
        "webhooks_send_again": "webhooks.manage",
        "webhooks_forget_dead_letter": "webhooks.manage",
        "webhooks_show_webhook": "webhooks.manage",
        "webhooks_change_webhook": "webhooks.manage",
        "webhooks_delete_webhook": "webhooks.manage",
        "webhooks_roll_secret": "webhooks.manage",
        "webhooks_test_webhook": "webhooks.manage",
    },
}
TABLE = {name: rights for names in NEEDED.values() for name, rights in names.items()}

# A body that is fit, for operations that need one.
BODIES: dict[str, dict[str, Any]] = {
    "agents_add_agent": {"name": "Hill"},
    "agents_change_agent": {"name": "Valley"},
    "access_create_access_group": {"name": "Guards"},
    "access_rename_access_group": {"name": "Crew"},
    "access_set_right": {"schedule": 1},
    "access_add_members": {"people": [1, 2]},
    "access_remove_members": {"people": [1]},
    "access_set_groups_of_person": {"groups": []},
    "access_create_schedule": {"name": "Nights", "days": [[[0, 360], [1320, 1440]]] * 7, "holidays": [{"holiday": 1}]},
    "access_change_schedule": {"days": [[]] * 7},
    "access_create_holiday": {"name": "Strikes", "periods": [{"month": 5, "day": 1, "length": 3}]},
    "access_change_holiday": {"name": "Days off"},
    "people_create_person": {"name": "Cleo", "valid_until": "2027-01-01T00:00:00Z", "fields": {"keepers": "no"}},
    "people_change_person": {"name": "Ada King", "disabled": True},
    "people_set_pin": {"pin": "12345678"},
    "people_add_card": {"number": 815},
    "people_change_card": {"label": "blue"},
    "people_change_finger": {"duress": True},
    "people_create_department": {"name": "Paint shop"},
    "people_change_department": {"name": "Works and yard"},
    "people_create_field": {"name": "Shoe size", "kind": "number"},
    "people_change_field": {"order": 3},
    "people_create_format": {
        "name": "26 bits",
        "reading": "wiegand",
        "bits": 26,
        "number_start": 9,
        "number_length": 16,
        "facility_start": 1,
        "facility_length": 8,
        "facility_use": "joined",
        "parity": [{"bit": 0, "odd": False, "covers": list(range(1, 13))}],
    },
    "people_change_format": {"byte_order": "lsb"},
    "people_read_card": {"text": "04:A1:B2:C3"},
    "devices_add_device": {"device_id": 99, "address": "10.0.0.99"},
    "devices_change_device": {"name": "Front"},
    "devices_change_settings": {"changes": {"doors.0.open_time": 5}},
    "devices_change_network": {"port": 1490},
    "modes_change_mode": {"mode": "server", "server_address": "10.0.0.1", "server_port": 1480},
    "events_start_export": {"format": "csv"},
    "devices_create_group": {"name": "East wing"},
    "devices_change_group": {"name": "West wing"},
    "discovery_read_network": {"device_id": 7},
    "discovery_write_network": {"device_id": 7, "changes": {"port": 1490}},
    "discovery_reset": {"device_id": 7},
    "doors_add_door": {"device": 7, "number": 1},
    "doors_change_door": {"name": "Front"},
    "doors_change_plan": {"name": "Ground"},
    "doors_move_plan": {"group": None},
    "doors_place_door": {"x": 0.1, "y": 0.2},
    "takeover_begin_takeover": {"devices": [7]},
    "takeover_decide": {"choices": []},
    "takeover_compare_takeover": {},
    "takeover_apply_takeover": {"plan": ""},
    "enrolment_begin_capture": {"device": 7, "kind": "card"},
    "enrolment_attach_capture": {"person": 4711},
    "people_erase_person": {"confirm": 4711},
    "imports_start_people_export": {},
    "imports_begin_import": {"file_name": "people.csv", "size": 5},
    "imports_check_import": {},
    "imports_apply_import": {"plan": ""},
    "operators_create_role": {"name": "Watchers", "rights": []},
    "operators_change_role": {"name": "Watchers", "rights": []},
    "operators_create_operator": {"name": "new", "password": "a long and odd password"},
    "operators_change_operator": {"full_name": "Porter"},
    "operators_create_token": {"name": "mine", "scopes": []},
    "sync_answer_difference": {"answer": "keep"},
    "sync_answer_all": {"answer": "overwrite"},
    "sync_change_device": {"hand_edits": "overwrite"},
    "sync_switch_on": {},
    "webhooks_create_webhook": {"name": "hook", "url": "https://reports.example/"},
    "webhooks_change_webhook": {"enabled": False},
}
FORMS: dict[str, dict[str, Any]] = {
    "doors_add_plan": {"name": "Second"},
    "doors_replace_picture": {},
    "imports_upload_piece": {"offset": 0},
    "people_set_photo": {},
}

# What is somebody's own, or of the whole site, is no thing of a group.
NO_GROUP = (
    "access",
    "agents",
    "audit",
    "discovery",
    "enrolment",
    "erasing",
    "imports",
    "jobs",
    "operators",
    "people",
    "server",
    "takeover",
    "webhooks",
)


def file_field(operation: str) -> str:
    """What the file is called in the form of an operation."""
    return "piece" if operation == "imports_upload_piece" else "picture"


def operations() -> dict[str, tuple[str, str]]:
    """Method and path of each operation of the document."""
    document = api.get_openapi_schema(path_prefix="/api/v1/")
    return {
        operation["operationId"]: (method, path)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def may(rights: str, had: frozenset[str]) -> bool:
    return all(any(name in had for name in one.split("|")) for one in rights.split())


class Asker:
    """Tries operations of a site; whatever one changes is undone."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.operations = operations()

    def status(self, client: Client, name: str) -> int:
        method, path = self.operations[name]
        options: dict[str, Any] = {}
        if name in BODIES:
            options = {"data": json.dumps(BODIES[name]), "content_type": "application/json"}
        elif name in FORMS:
            file = SimpleUploadedFile("plan.png", picture(), "image/png")
            form = {**FORMS[name], file_field(name): file}
            options = {"data": form}
        elif method != "get":
            options = {"content_type": "application/json"}
        with transaction.atomic():
            response = getattr(client, method)(path.format(**self.site.names(name)), **options)
            if isinstance(response, StreamingHttpResponse):
                response.close()
            transaction.set_rollback(True)
        status: int = response.status_code
        return status


@pytest.fixture
def asker(database: str) -> Iterator[Asker]:
    with quiet_world():
        yield Asker(make_site())


def bearer(text: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {text}"})


def client_of(operator: Operator, scopes: list[str] | None = None) -> Client:
    return bearer(create_token(operator, "test", scopes=scopes)[1])


def test_the_table_names_every_operation_and_only_rights_that_exist() -> None:
    assert set(TABLE) == set(operations())
    named = {name for rights in TABLE.values() for one in rights.split() for name in one.split("|")}
    assert named <= RIGHTS.keys()


def test_nobody_gets_anything(asker: Asker) -> None:
    real = create_token(account("real", "administrator"), "test")[1]
    for client in (Client(), bearer("doorward_0000000000_wrong"), bearer(real[:-1]), bearer(real + "x"), bearer("")):
        wrong = {name: status for name in TABLE if (status := asker.status(client, name)) != 401}
        assert wrong == {}
    document = Client().get("/api/v1/openapi.json")
    assert document.status_code == 401


def test_a_token_for_nothing_may_nothing(asker: Asker) -> None:
    client = client_of(account("chief", "administrator"), scopes=[])
    wrong = {
        name: status
        for name, rights in TABLE.items()
        if ((status := asker.status(client, name)) == 403) != bool(rights) or status == 401
    }
    assert wrong == {}


@pytest.mark.parametrize("role", sorted(BUILT_IN_ROLES))
def test_each_role_gets_its_share(asker: Asker, role: str) -> None:
    client = client_of(account("somebody", role))
    had = BUILT_IN_ROLES[role][1]
    wrong = {}
    for name, rights in TABLE.items():
        status = asker.status(client, name)
        if (status not in {401, 403}) != may(rights, had) or status >= 500:
            wrong[name] = status
    assert wrong == {}


@pytest.mark.long
def test_each_right_opens_what_needs_it_alone(asker: Asker) -> None:
    """A token with only the rights of one line of the table is let in there; one that lacks any of them is not."""
    chief = account("chief", "administrator")
    wrong = {}
    for name, rights in TABLE.items():
        needed = [one.split("|")[0] for one in rights.split()]
        # Nobody changes an account, or a role, that may more than himself.
        if name in {"operators_change_operator", "operators_remove_second_factor", "operators_change_role"}:
            needed += sorted(BUILT_IN_ROLES["monitor"][1])
        if (status := asker.status(client_of(chief, needed), name)) in {401, 403}:
            wrong[name] = status
        for one in rights.split():
            others = sorted(RIGHTS.keys() - set(one.split("|")))
            if (status := asker.status(client_of(chief, others), name)) != 403:
                wrong[f"{name} without {one}"] = status
    assert wrong == {}


def test_a_right_in_another_group_opens_nothing_of_this_one(asker: Asker) -> None:
    client = client_of(account("southerner", "administrator", asker.site.elsewhere))
    own = client_of(account("northerner", "administrator", asker.site.group))
    things = [
        name
        for part, names in NEEDED.items()
        if part not in NO_GROUP
        for name in names
        if "{" in asker.operations[name][1] or name == "doors_add_door"
    ]
    assert len(things) > 40
    wrong = {name: status for name in things if (status := asker.status(client, name)) not in {403, 404}}
    assert wrong == {}
    # The same operations work for whoever has the rights in the group: what was refused was the group.
    groups = {"devices_change_group", "devices_delete_group", "doors_move_plan"}
    shut = {name: status for name in set(things) - groups if (status := asker.status(own, name)) in {401, 403, 404}}
    assert shut == {}


def test_lists_show_nothing_of_another_group(asker: Asker) -> None:
    client = client_of(account("southerner", "administrator", asker.site.elsewhere))
    for path in ("devices", "doors", "alarms", "events", "floor-plans", "devices/groups"):
        answer = client.get(f"/api/v1/{path}").json()
        items = answer if isinstance(answer, list) else answer["items"]
        shown = json.dumps(items)
        assert "Gate" not in shown
        assert "North" not in shown
        assert all(item.get("device", 8) == 8 and item.get("device_id", 8) == 8 for item in items)
    assert [door["name"] for door in client.get("/api/v1/doors").json()["items"]] == ["Yard"]

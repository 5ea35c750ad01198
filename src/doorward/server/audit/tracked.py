"""The tables whose changes are noted."""

from __future__ import annotations

from doorward.server.access.models import AccessGroup, AccessRight, Holiday, Schedule, ScheduleHoliday
from doorward.server.audit.tracking import track
from doorward.server.devices.models import Device, DeviceGroup
from doorward.server.doors.models import Door, DoorPlacement, FloorPlan
from doorward.server.events.models import SavedFilter
from doorward.server.operators.models import ApiToken, Operator, Role, RoleAssignment
from doorward.server.people.models import Card, CardFormat, Department, Face, Finger, Person, PersonField
from doorward.server.webhooks.models import Webhook


def track_tables() -> None:
    """Note every change that a person makes."""
    track(
        Device,
        leave_out=("first_seen", "last_seen", "last_address", "changed", "approval_at", "approval_by", "line_left"),
    )
    track(DeviceGroup)
    track(Operator, leave_out=("last_login", "date_joined", "password_changed"), secret=("password",))
    track(Role)
    track(RoleAssignment)
    track(ApiToken, leave_out=("last_used", "last_address", "created", "digest"))
    track(
        Door,
        leave_out=(
            "has_relay", "has_sensor", "open_seconds", "held_open_seconds", "normal_open_schedule",
            "normal_closed_schedule", "read_at",
        ),
    )  # fmt: skip
    track(FloorPlan, leave_out=("changed", "picture"))
    track(DoorPlacement)
    track(Department)
    track(PersonField)
    # The log cannot be changed, so it holds nothing of a person that would have to go when the person is erased.
    track(
        Person,
        leave_out=("created", "changed", "photo"),
        secret=("name", "email", "phone", "notes", "fields", "photo_digest"),
    )
    track(CardFormat)
    track(Card, secret=("number", "custom_id", "label"))
    track(Finger)
    track(Face)
    track(AccessGroup)
    track(AccessRight)
    track(Schedule)
    track(ScheduleHoliday)
    track(Holiday)
    track(SavedFilter, leave_out=("changed",))
    track(
        Webhook,
        leave_out=(
            "created", "created_by", "changed", "cursor", "delivery", "delivery_until", "failing_since", "attempts",
            "next_attempt", "last_error", "last_delivered",
        ),
    )  # fmt: skip

"""Whether a person may pass a door at a moment, as its device decides it, in words."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext_lazy

from doorward.model import people, rights
from doorward.model.decisions import AccessPlan, Decision, Reason, decide
from doorward.server.access.on_devices import tables_for
from doorward.server.doors.models import Door
from doorward.server.people.models import Person

WORDS: Final = {
    Reason.GRANTED: gettext_lazy("An access group lets the person pass then."),
    Reason.OPEN_TO_ALL: gettext_lazy("The door is open to people without an access group."),
    Reason.BLOCKED: gettext_lazy("The person is blocked."),
    Reason.NOT_YET_VALID: gettext_lazy("The person is not valid yet then."),
    Reason.NO_LONGER_VALID: gettext_lazy("The person is not valid any more then."),
    Reason.NO_GROUP: gettext_lazy("The person is in no access group."),
    Reason.NO_RIGHT_HERE: gettext_lazy("No access group of the person has a right at this door."),
    Reason.NOT_NOW: gettext_lazy("The person may pass this door, but not at that time."),
}


def may_pass(person: Person, door: Door, moment: datetime) -> Decision:
    """Whether a person may pass a door, by the data as they are now.

    Args:
        person: The person.
        door: The door.
        moment: The moment, with its zone.
    """
    zone = ZoneInfo(door.device.zone or settings.TIME_ZONE)
    tables = tables_for(door.device_id)
    plan = AccessPlan(
        groups={
            right.group: rights.AccessGroup(
                number=right.group,
                name=right.name,
                rights=(
                    rights.DoorRight(
                        door.device_id, rights.ALWAYS_SCHEDULE if right.schedule is None else right.schedule
                    ),
                ),
            )
            for right in tables.rights
        },
        schedules={item.number: item for item in tables.schedules},
        holidays={item.number: item for item in tables.holidays},
    )
    # No secret is needed: neither PIN nor templates are read.
    asked = people.PersonDetails(
        number=person.number,
        disabled=person.disabled,
        valid_from=_local(person.valid_from, zone),
        valid_until=_local(person.valid_until, zone),
        access_groups=tuple(person.access_groups.order_by("number").values_list("number", flat=True)),
    )
    return decide(asked, door.device_id, moment.astimezone(zone).replace(tzinfo=None), plan)


def _local(moment: datetime | None, zone: tzinfo) -> datetime | None:
    return None if moment is None else moment.astimezone(zone).replace(tzinfo=None)

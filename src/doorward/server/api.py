"""The API of the server: its routers, and errors in words."""

from __future__ import annotations

from doorward import __version__
from doorward.server.access.api import of_people as groups_of_people
from doorward.server.access.api import router as access_groups
from doorward.server.access.api_hours import holiday_router as holidays
from doorward.server.access.api_hours import schedule_router as schedules
from doorward.server.agents.api import router as agents
from doorward.server.api_document import DoorwardAPI
from doorward.server.api_errors import add_error_handlers
from doorward.server.audit.api import router as audit
from doorward.server.devices.api import router as devices
from doorward.server.devices.api_commands import router as device_commands
from doorward.server.devices.api_groups import router as device_groups
from doorward.server.devices.api_network import router as device_network
from doorward.server.discovery.api import router as discovery
from doorward.server.doors.alarm_api import router as alarms
from doorward.server.doors.api import router as doors
from doorward.server.doors.plan_api import router as floor_plans
from doorward.server.enrolment.api import router as enrolments
from doorward.server.events.api import router as events
from doorward.server.events.record_api import router as event_record
from doorward.server.holds.api import router as holds
from doorward.server.imports.api import exports as people_exports
from doorward.server.imports.api import router as imports
from doorward.server.jobs.api import router as jobs
from doorward.server.modes.api import router as modes
from doorward.server.operators.api import router as operators
from doorward.server.operators.callers import caller_required
from doorward.server.people.api import router as people
from doorward.server.people.api_credentials import router as credentials
from doorward.server.people.api_departments import router as departments
from doorward.server.people.api_erasing import router as erasing
from doorward.server.people.api_fields import router as person_fields
from doorward.server.people.api_formats import router as card_formats
from doorward.server.sync.api import router as sync
from doorward.server.system.api import router as system
from doorward.server.takeover.api import router as takeovers
from doorward.server.webhooks.api import router as webhooks

api = DoorwardAPI(
    title="Doorward",
    version=__version__,
    description="Devices, doors, people, events and operators of an access-control server.",
    docs_url=None,
    docs_decorator=caller_required,
)
api.add_router("/devices", devices, tags=["devices"])
api.add_router("/devices", device_commands, tags=["devices"])
api.add_router("/devices", device_network, tags=["devices"])
api.add_router("/devices", holds, tags=["devices"])
api.add_router("/devices", modes, tags=["devices"])
api.add_router("/devices/groups", device_groups, tags=["devices"])
api.add_router("/doors", doors, tags=["doors"])
api.add_router("/floor-plans", floor_plans, tags=["floor plans"])
api.add_router("/alarms", alarms, tags=["alarms"])
api.add_router("/people", people, tags=["people"])
api.add_router("/people", credentials, tags=["people"])
api.add_router("/people", groups_of_people, tags=["access"])
api.add_router("/departments", departments, tags=["people"])
api.add_router("/person-fields", person_fields, tags=["people"])
api.add_router("/card-formats", card_formats, tags=["people"])
api.add_router("/access-groups", access_groups, tags=["access"])
api.add_router("/schedules", schedules, tags=["access"])
api.add_router("/holidays", holidays, tags=["access"])
api.add_router("/discovery", discovery, tags=["discovery"])
api.add_router("", events, tags=["events"])
api.add_router("", event_record, tags=["events"])
api.add_router("/sync", sync, tags=["sync"])
api.add_router("/jobs", jobs, tags=["jobs"])
api.add_router("/enrolments", enrolments, tags=["enrolment"])
api.add_router("/takeovers", takeovers, tags=["takeover"])
api.add_router("/people/imports", imports, tags=["imports"])
api.add_router("/people/exports", people_exports, tags=["imports"])
api.add_router("/people", erasing, tags=["people"])
api.add_router("", operators)
api.add_router("/agents", agents, tags=["agents"])
api.add_router("/audit", audit, tags=["audit"])
api.add_router("/webhooks", webhooks, tags=["webhooks"])
api.add_router("", system, tags=["server"])

add_error_handlers(api)

"""A small site with one of everything that the API shows, and a gateway and a network that answer at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any, NoReturn
from unittest.mock import patch

from django.utils import timezone

from doorward.device.settings import settings_sections
from doorward.discovery import SearchResult
from doorward.gateway.collaborators import (
    Command,
    CommandOutcome,
    ReadDoors,
    ReadInformation,
    ReadNetworkSettings,
    ReadSettings,
    WriteNetworkSettings,
    WriteSettings,
)
from doorward.model import people as model
from doorward.model.errors import NotReached
from doorward.model.found import FoundDevice
from doorward.model.network_settings import NetworkChange, NetworkChanges, NetworkSettings
from doorward.server.access import holidays, schedules
from doorward.server.access import services as access
from doorward.server.agents.models import Agent
from doorward.server.agents.services import add_agent
from doorward.server.devices.commands import set_command_desk
from doorward.server.devices.models import ConnectionHistory, DeviceGroup
from doorward.server.discovery import services as discovery
from doorward.server.doors import plans
from doorward.server.doors.models import Door, FloorPlan
from doorward.server.enrolment.models import Capture
from doorward.server.events.models import Alarm, Event, Gap
from doorward.server.imports.models import Import
from doorward.server.jobs.models import Job
from doorward.server.operators import accounts, second_factor
from doorward.server.operators.models import ApiToken, Operator, OperatorSession
from doorward.server.operators.services import create_token
from doorward.server.people import card_formats, credentials, departments, own_fields
from doorward.server.people.choices import FaceFamily, FieldKind
from doorward.server.people.models import Face, Person
from doorward.server.people.photos import set_photo
from doorward.server.people.services import create_person
from doorward.server.sync.choices import DifferenceKind
from doorward.server.sync.models import Difference, ManagedDevice, Waiting
from doorward.server.takeover.models import Takeover
from doorward.server.webhooks import services as webhooks
from doorward.server.webhooks.models import DeadLetter, Webhook
from doorward.server.webhooks.sending import DeliveryFailed
from doorward.server.webhooks.services import create_webhook
from tests.console.seeds import FIRST, fill_site
from tests.server.accounts import PASSWORD, account
from tests.server.doors.places import add_door, picture

MODEL = "biostation-t2"
NETWORK = NetworkSettings(
    mode="server", dhcp=False, address="10.0.0.7", mask="255.0.0.0", gateway="", port=1470, server_address="10.0.0.1",
    server_port=1480,
)  # fmt: skip
INFORMATION = {
    "device_id": 7, "model": MODEL, "title": "BioStation T2", "generation": "biostar1", "product_name": "BST2",
    "firmware_version": "1.2", "board_version": "A", "mac_address": "00:17:fc:00:00:07", "details": {"Cards": "Mifare"},
    "device_time": "2026-11-22T08:00:00", "server_time": "2026-11-22T08:00:01+00:00", "clock_drift_seconds": -1.0,
    "clock_uncertainty_seconds": 0.5, "events_in_log": 12,
}  # fmt: skip


THE_ONE = 1
"""The number of the person, the group, the schedule and the table of holidays."""
PIN = "4711081500004711"
TEMPLATE = b"finger-of-4711--" * 24


class AnsweringDesk:
    """Takes every command, and answers as a device would."""

    def __init__(self) -> None:
        self.given: list[Command] = []

    def send(self, command: Command, *, seconds: float) -> CommandOutcome:
        del seconds
        self.given.append(command)
        return CommandOutcome(command.command_id, True, "It did.", data=self._data(command))

    def work(self, device_id: int, work: object, *, seconds: float) -> NoReturn:
        """Nobody lends a driver here, as when the device is away."""
        del work, seconds
        raise NotReached(f"Device {device_id} is not connected.", advice="Try again when the device is live.")

    def _data(self, command: Command) -> Mapping[str, Any]:
        if isinstance(command, ReadInformation):
            return INFORMATION
        if isinstance(command, ReadSettings | WriteSettings):
            sections = settings_sections("biostar1", MODEL, command.family)
            return {"values": {item.path: 0 for part in sections for item in part.settings}, "unused": []}
        if isinstance(command, ReadNetworkSettings):
            return asdict(NETWORK)
        if isinstance(command, WriteNetworkSettings):
            return {"before": asdict(NETWORK), "after": asdict(NETWORK), "written": True}
        if isinstance(command, ReadDoors):
            door = {
                "door": 0, "has_relay": True, "has_sensor": True, "open_seconds": 3, "held_open_seconds": 30,
                "open_schedule": 0, "closed_schedule": 0, "mode": "normal",
            }  # fmt: skip
            return {"doors": [door]}
        return {}


@contextmanager
def quiet_world() -> Iterator[AnsweringDesk]:
    """Nothing that is asked for leaves this process: not to devices, not to the network, not to webhooks."""
    found = FoundDevice(
        device_id=7, type=15, generation="biostar1", address="10.0.0.7", model=MODEL, title="BioStation T2", port=1471,
        interface="lo", answers=1,
    )  # fmt: skip

    async def search(**_: object) -> SearchResult:
        return SearchResult((found,), ("A card could not be used.",), 0)

    async def find(target: discovery.Target) -> FoundDevice:
        return replace(found, device_id=target.device_id)

    async def read(*_: object, **__: object) -> NetworkSettings:
        return NETWORK

    async def write(_: FoundDevice, __: NetworkChanges, **___: object) -> NetworkChange:
        return NetworkChange(before=NETWORK, after=NETWORK, written=True)

    async def restart(*_: object, **__: object) -> None:
        return None

    async def try_webhook(_: Webhook) -> None:
        raise DeliveryFailed("Nobody answers.")

    desk = AnsweringDesk()
    set_command_desk(desk)  # type: ignore[arg-type] # has what is used of one
    try:
        with (
            patch.multiple(
                discovery, search=search, _find=find, read_network_settings=read, write_network_settings=write,
                restart=restart,
            ),
            patch.object(webhooks, "try_webhook", try_webhook),
        ):  # fmt: skip
            yield desk
    finally:
        set_command_desk(None)


@dataclass(frozen=True)
class Site:
    """The things of a site by which operations are tried; all that has a group lies in ``group``."""

    group: DeviceGroup
    elsewhere: DeviceGroup
    door: Door
    plan: FloorPlan
    event: Event
    alarm: Alarm
    webhook: Webhook
    letter: DeadLetter
    operator: Operator
    session: OperatorSession
    token: ApiToken
    job: Job
    item: Import
    capture: Capture
    takeover: Takeover
    agent: Agent
    difference: Difference
    of_people: dict[str, int]
    secrets: dict[str, str]

    @property
    def device_id(self) -> int:
        return self.door.device_id

    def names(self, operation: str) -> dict[str, object]:
        """What stands in the path of an operation."""
        number = self.operator.pk
        if operation.startswith("jobs_"):
            number = self.job.pk
        elif operation in {"people_erase_person", "people_give_out"}:
            number = 4711
        elif operation.startswith("takeover_"):
            number = self.takeover.pk
        elif operation.startswith("imports_"):
            number = self.item.pk
        elif operation.startswith(("people_", "access_")):
            number = THE_ONE
        elif operation == "operators_end_one_session":
            number = self.session.pk
        return {
            "device_id": self.device_id, "door": 0, "family": "doors", "group_id": self.group.pk,
            "door_id": self.door.pk, "plan_id": self.plan.pk, "alarm_id": self.alarm.pk,
            "position": self.event.position, "slug": "keepers", "number": number, "prefix": self.token.prefix,
            "webhook_id": self.webhook.pk, "letter_id": self.letter.pk, "agent_id": self.agent.pk,
            "difference_id": self.difference.pk,
            "capture_id": str(self.capture.pk),
            "person": THE_ONE,
            **self.of_people,
        }  # fmt: skip


def make_site() -> Site:
    """Fill an empty database."""
    now = timezone.now()
    fill_site(events=60)
    group = DeviceGroup.objects.create(name="North wing")
    elsewhere = DeviceGroup.objects.create(name="South wing")
    door = add_door(7, name="Gate", group=group)
    door.device.model, door.device.password = MODEL, "gate-password-4711"
    door.device.last_address = "10.0.0.7"
    door.device.save()
    add_door(8, name="Yard", group=elsewhere)
    ConnectionHistory.objects.create(device=door.device, state="live", reason="It dialled in.", since=now)
    Gap.objects.create(device=door.device, kind="overwritten", reason="Full.", until=now, missing=3, found=now)
    event = Event.objects.filter(device_id=FIRST).order_by("position").last()
    assert event is not None
    Event.objects.filter(position=event.position).update(device_id=7, origin=7)
    alarm = Alarm.objects.create(kind="door-forced-open-0", device=door.device, words="Forced open", raised=now)
    plan = plans.add_plan("North", picture(), group)
    plans.place_door(plan, door, 0.5, 0.5)
    webhook, secret = create_webhook("reports", "https://reports.example/hook-of-4711", by="test")
    letter = DeadLetter.objects.create(
        webhook=webhook, delivery="1f0c9a52", after=0, until=5, count=5, failing_since=now - timedelta(days=3),
        given_up=now, error="No answer.",
    )  # fmt: skip
    ManagedDevice.objects.create(device=door.device, managed=True, since=now, by="test")
    difference = Difference.objects.create(
        device=door.device, number=12, kind=DifferenceKind.CHANGED, found_at=now, words="Person 12 is another."
    )
    Waiting.objects.create(device=door.device, number=13, urgency=1, since=now, stamp=1, problem="Person 13: too long.")
    accounts.save_role("Keepers", ["devices.view"])
    operator = account("porter", "monitor")
    factor = second_factor.begin(operator)
    recovery = second_factor.new_recovery_codes(operator)
    session = OperatorSession.objects.create(operator=operator, key_digest=bytes(32), begun=now, seen=now)
    token, text = create_token(operator, "reports")
    job = Job.objects.create(
        kind="events.export", operator=operator, created=now, state="failed", words="It was stopped."
    )
    Person.objects.create(number=4711, name="Ada", created=now, changed=now)
    takeover = Takeover.objects.create(
        operator=operator, state="failed", created=now, expires=now + timedelta(days=1), words="It was stopped."
    )
    capture = Capture.objects.create(
        operator=operator, device=door.device, kind="card", state="done", created=now, expires=now + timedelta(days=1),
        content=b'[{"number": 99, "custom_id": 0}]',
    )  # fmt: skip
    item = Import.objects.create(
        operator=operator, source="photos", kind="zip", file_name="photos.zip", size=len(picture()),
        stored_name="photos", created=now, expires=now + timedelta(days=1),
    )  # fmt: skip
    agent = add_agent("Harbour", by="test")
    of_people = _fill_people(door)
    secrets = {
        "a one-time code": agent.text.split(".")[1],
        "PIN of a person": PIN,
        "template of a finger": TEMPLATE.decode(),
        "password of a device": "gate-password-4711",
        "secret of a webhook": secret,
        "secret of a second factor": factor.secret,
        "a recovery code": recovery[0],
        "another recovery code": recovery[-1],
        "a token": text.split("_", 2)[2],
        "password of an operator": PASSWORD,
    }
    return Site(
        group,
        elsewhere,
        door,
        plan,
        event,
        alarm,
        webhook,
        letter,
        operator,
        session,
        token,
        job,
        item,
        capture,
        takeover,
        agent.agent,
        difference,
        of_people,
        secrets,
    )


def _fill_people(door: Door) -> dict[str, int]:
    """One person with everything, and one of everything that says who may pass where and when."""
    department = departments.create_department("Works")
    form = card_formats.create_format({"name": "Chip", "reading": "csn"})
    own_fields.create_field("Keeper", FieldKind.TEXT, slug="keepers")
    number = create_person({"name": "Ada Lovelace", "fields": {"keepers": "yes"}}, number=THE_ONE).number
    create_person({"name": "Bea"}, number=number + 1)
    set_photo(number, picture())
    credentials.set_pin(number, PIN)
    card = credentials.add_card(number, model.Card(4711), form=form)
    finger = credentials.add_finger(number, model.Finger((TEMPLATE, TEMPLATE)))
    credentials.set_faces(number, FaceFamily.FACESTATION, [model.Face(TEMPLATE)])
    holidays.create_holiday("Feasts", [{"month": 12, "day": 25, "length": 2, "year": None}])
    schedules.create_schedule("Office", [[[480, 1080]]] * 7)
    group = access.create_access_group("Staff")
    access.set_right(group.number, door, None)
    access.add_members(group.number, [number])
    return {
        "department_id": department.pk, "format_id": form.pk, "card_id": card.pk, "finger_id": finger.pk,
        "face_id": Face.objects.get().pk,
    }  # fmt: skip

"""A BioStar 1 device without wires: it takes requests and gives answers, and people can act at it.

How its connections come about (a client that dials it, or a server that it dials) is not its matter.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from doorward.model.errors import InvalidInput, Unsupported
from doorward.protocol.biostar1.commands import request_class
from doorward.protocol.biostar1.commands.maintenance import FactoryDefaults
from doorward.protocol.biostar1.message import Message
from doorward.protocol.biostar1.models import Capability, DeviceModel, model_by_slug
from doorward.protocol.biostar1.request import Request, Tally, parts_of
from doorward.protocol.biostar1.results import COMMUNICATION_DISABLED, INVALID_PARAMETER, SUCCESS, UNSUPPORTED
from doorward.protocol.errors import RemoteProtocolError
from doorward.simulator import event_codes as events
from doorward.simulator.access import Decision, Verdict, local_datetime, schedule_holds, verdict_of
from doorward.simulator.blacklist import Blacklist
from doorward.simulator.clock import DeviceClock
from doorward.simulator.configuration_store import ConfigurationStore
from doorward.simulator.doors import Doors
from doorward.simulator.factory_blocks import NetworkPlace
from doorward.simulator.faults import FaultPlan
from doorward.simulator.image_log import ImageLog
from doorward.simulator.log import DeviceLog
from doorward.simulator.maintenance import OPEN_WHILE_LOCKED, Maintenance
from doorward.simulator.outcome import After, Handlers, Outcome, refused
from doorward.simulator.readers import SMALLEST_JPEG, Readers
from doorward.simulator.rights import RightsTables
from doorward.simulator.screen import Screen
from doorward.simulator.state import MemoryStore, StateStore
from doorward.simulator.users import People

LARGEST_DEVICE_ID = 0xFFFFFFFF
GENERATION = "biostar1"

# What stands in the log, by verdict: for a card, and for a finger or face.
_CARD_EVENTS = {
    Verdict.GRANTED: events.VERIFY_SUCCESS,
    Verdict.UNKNOWN: events.UNREGISTERED_CARD,
    Verdict.BLACKLISTED: events.BLACKLISTED,
    Verdict.DISABLED: events.NOT_GRANTED,
    Verdict.EXPIRED: events.EXPIRED_USER,
    Verdict.NOT_NOW: events.VERIFY_NOT_GRANTED,
}
_BODY_EVENTS = {
    Verdict.GRANTED: events.IDENTIFY_SUCCESS,
    Verdict.UNKNOWN: events.IDENTIFY_FAIL,
    Verdict.BLACKLISTED: events.BLACKLISTED,
    Verdict.DISABLED: events.IDENTIFY_DISABLED,
    Verdict.EXPIRED: events.IDENTIFY_EXPIRED,
    Verdict.NOT_NOW: events.IDENTIFY_NOT_GRANTED,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a device holds; None stands for the model's own number.

    Attributes:
        users: Most users.
        log_records: Log records kept before the oldest are overwritten.
        images: Pictures kept before the oldest is overwritten.
    """

    users: int | None = None
    log_records: int | None = None
    images: int = 5_000


class VirtualDevice:
    """One virtual device.

    Args:
        device_id: Its serial number, 1 to 4294967295.
        model: Its model, or the model's name such as ``bioentry-plus``.
        network: Where it is on the network by its factory settings.
        password: The password that unlocks communication; kept from the store when not given.
        limits: How much it holds.
        drift: Seconds that its clock gains a day.
        store: Where its state outlives it; in memory by default.
        host_time: Tells the host's time in seconds since 1970 UTC; a test gives its own.

    Attributes:
        clock, log, images, people, rights, configuration, doors, readers, screen, blacklist, maintenance: Its parts.
        faults: What goes wrong on purpose.

    Raises:
        InvalidInput: The serial number or the model cannot be one.
    """

    def __init__(
        self,
        device_id: int,
        model: DeviceModel | str,
        *,
        network: NetworkPlace | None = None,
        password: bytes | None = None,
        limits: Limits | None = None,
        drift: float | None = None,
        store: StateStore | None = None,
        host_time: Callable[[], float] = time.time,
    ) -> None:
        if not 0 < device_id <= LARGEST_DEVICE_ID:
            raise InvalidInput("device id", device_id, f"a whole number from 1 to {LARGEST_DEVICE_ID}")
        self.device_id = device_id
        self.model = model_by_slug(model) if isinstance(model, str) else model
        limits = limits or Limits()
        self._store = store or MemoryStore()
        store = self._store
        self.clock = DeviceClock(store, host_time, drift, self._note_time_set)
        self.log = DeviceLog(device_id, self.model, self.clock, store, limits.log_records)
        self.images = ImageLog(device_id, self.clock, store, limits.images)
        self.people = People(self.model, store, limits.users)
        self.rights = RightsTables(self.model, store)
        self.configuration = ConfigurationStore(device_id, self.model, store, network or NetworkPlace())
        self.doors = Doors(lambda: self.configuration.doors, self.clock, self.log, self._schedule_holds)
        self.readers = Readers(device_id, self.model, store)
        self.screen = Screen(self.model, store)
        self.blacklist = Blacklist(store)
        self.maintenance = Maintenance(device_id, self.model, self.clock, self.log, store, self.restore_defaults)
        self.faults = FaultPlan()
        if password is not None:
            self.maintenance.password = password
        self._handlers = self._all_handlers()
        self._commands = frozenset(kind.COMMAND for kind in self._handlers)
        self._offers = {**self.people.offers(), **self.configuration.offers()}

    @property
    def store(self) -> StateStore:
        """Where its state outlives it."""
        return self._store

    @property
    def generation(self) -> str:
        """The generation of the device."""
        return GENERATION

    @property
    def network(self) -> NetworkPlace:
        """Where the device is on the network now."""
        return self.configuration.network

    # Requests

    def offer(self, header: Message) -> int:
        """Whether the header packet of a write is accepted: a result code, 0 for yes."""
        self.maintenance.note_command()
        refusal = self._refusal(header)
        if refusal != SUCCESS:
            return refusal
        kind = request_class(header)
        offer = self._offers.get(kind) if kind is not None else None
        return offer(header) if offer is not None else SUCCESS

    def answer(self, request: Message) -> Outcome:
        """Answer a whole request.

        Args:
            request: The question; of a write the code and the parameters of its header packet, with the payload.
        """
        with self.changing():
            self.maintenance.note_command()
            self.doors.refresh()
            refusal = self._refusal(request)
            if refusal != SUCCESS:
                return refused(refusal)
            kind = request_class(replace(request, payload=b""))
            assert kind is not None
            try:
                _check_tallies(kind, request)
                typed = kind.decode(request)
            except RemoteProtocolError:
                return refused(INVALID_PARAMETER)
            return self._handlers[kind](typed)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Keep all changes inside together: after a crash either all or none are there."""
        with self._store.batch():
            yield

    # What people do at the device

    def swipe(self, card_id: int, *, duress: bool = False) -> Decision | None:
        """Show a card.

        Args:
            card_id: The number of the card.
            duress: The person is under duress and says so with the duress PIN.

        Returns:
            What the device decided; None while its terminal is locked by a client and takes nothing.

        Raises:
            Unsupported: The model has no card reader.
        """
        self._need(Capability.CARD, "cards")
        with self.changing():
            if self.maintenance.terminal_disabled:
                return None
            user_id = self.people.users.by_card(card_id) or 0
            verdict = self._verdict(user_id, card_id)
            event = _CARD_EVENTS[verdict]
            if duress and verdict is Verdict.GRANTED:
                event = events.VERIFY_DURESS
            return self._conclude(verdict, user_id, event, events.BY_CARD)

    def finger(self, user_id: int, *, duress: bool = False) -> Decision | None:
        """Put a finger on the sensor.

        Args:
            user_id: Whose finger it is; a user without enrolled fingers is not recognised.
            duress: It is the finger that signals duress.

        Returns:
            What the device decided; None while its terminal is locked by a client and takes nothing.

        Raises:
            Unsupported: The model has no sensor.
        """
        self._need(Capability.FINGERPRINT, "fingers")
        return self._identify(user_id, ("finger_count",), events.BY_FINGER, duress=duress)

    def face(self, user_id: int) -> Decision | None:
        """Look into the camera; as ``finger``, for models that know faces."""
        self._need(Capability.FACE, "faces")
        return self._identify(user_id, ("face_count", "face_counts"), events.BY_FACE, duress=False)

    def press_exit_button(self, door: int = 0) -> None:
        """Press the button that opens from the inside."""
        with self.changing():
            self.doors.press_exit_button(door)

    def open_door(self, door: int = 0) -> None:
        """Push the door; one that is not released counts as forced open."""
        with self.changing():
            self.doors.open(door)

    def close_door(self, door: int = 0) -> None:
        """Let the door fall shut."""
        with self.changing():
            self.doors.close(door)

    def force_door(self, door: int = 0) -> None:
        """Break a locked door open."""
        with self.changing():
            self.doors.lock(door)
            self.doors.close(door)
            self.doors.open(door)

    def hold_door(self, door: int = 0) -> None:
        """Keep a door open until the device notes it."""
        with self.changing():
            self.doors.hold(door)

    def tamper(self, on: bool) -> None:
        """Take the device off its wall, or put it back."""
        with self.changing():
            self.log.add(events.TAMPER_ON if on else events.TAMPER_OFF)

    # The life of the device

    def restart(self) -> None:
        """Start anew, as after a power cut: relays fall off, the terminal is free; what is stored stays."""
        with self.changing():
            self.doors.restart()
            self.maintenance.restart()
            self.maintenance.note_start()

    def restore_defaults(self, what: FactoryDefaults) -> After:
        """Clear what a mask names."""
        after = After.NOTHING
        with self.changing():
            if FactoryDefaults.USERS in what:
                self.people.clear()
            if FactoryDefaults.LOGS in what:
                self.log.clear()
                self.images.clear()
            if FactoryDefaults.LED_AND_BUZZER in what:
                self.configuration.reset_signals()
            if FactoryDefaults.CONFIGURATION in what:
                self.rights.clear()
                self.blacklist.clear()
                self.readers.clear()
                self.screen.clear()
                after = self.configuration.reset()
        return after

    def close(self) -> None:
        """Let go of the storage."""
        self._store.close()

    def _all_handlers(self) -> Handlers:
        parts = (
            self.maintenance, self.clock, self.log, self.people, self.rights, self.configuration, self.doors,
            self.readers, self.screen, self.blacklist,
        )  # fmt: skip
        answers: dict[type[Request[Any]], Callable[[Any], Outcome]] = {}
        for part in parts:
            answers.update(part.handlers())
        if self.model.can(Capability.CAMERA):
            answers.update(self.images.handlers())
        return answers

    def _refusal(self, header: Message) -> int:
        if self.maintenance.locked and header.command not in OPEN_WHILE_LOCKED:
            return COMMUNICATION_DISABLED
        if header.command not in self._commands:
            return UNSUPPORTED
        kind = request_class(replace(header, payload=b""))
        return SUCCESS if kind in self._handlers else INVALID_PARAMETER

    def _need(self, capability: Capability, what: str) -> None:
        if not self.model.can(capability):
            raise Unsupported(f"{self.model.title} takes no {what}.", advice="Choose a model that does.")

    def _verdict(self, user_id: int, card_id: int = 0) -> Verdict:
        if self.blacklist.refuses(user_id=user_id, card_id=card_id):
            return Verdict.BLACKLISTED
        if user_id not in self.people.users:
            return Verdict.UNKNOWN
        return verdict_of(
            self.people.users[user_id].view,
            self.clock.local_time,
            self.rights,
            self.device_id,
            open_to_ungrouped=self.configuration.open_to_ungrouped,
        )

    def _identify(self, user_id: int, counted: tuple[str, ...], sub_event: int, *, duress: bool) -> Decision | None:
        with self.changing():
            if self.maintenance.terminal_disabled:
                return None
            users = self.people.users
            enrolled = users[user_id].view if user_id in users else None
            if enrolled is None or not any(_counts(enrolled.get(field, 0)) for field in counted):
                return self._conclude(Verdict.UNKNOWN, 0, events.IDENTIFY_FAIL, 0)
            verdict = self._verdict(user_id)
            event = _BODY_EVENTS[verdict]
            if duress and verdict is Verdict.GRANTED:
                event = events.IDENTIFY_DURESS
            return self._conclude(verdict, user_id, event, sub_event)

    def _conclude(self, verdict: Verdict, user_id: int, event: int, how: int) -> Decision:
        self.doors.refresh()
        granted = verdict is Verdict.GRANTED
        sub_event = how if granted else 0
        ordinary = event in (events.VERIFY_SUCCESS, events.IDENTIFY_SUCCESS)
        if self.model.can(Capability.CAMERA) and not ordinary:  # a picture of whatever is not an ordinary entry
            slot = self.images.add(event, sub_event, user_id, SMALLEST_JPEG)
            self.log.add(event, sub_event, user_id, image_slot=slot)
        else:
            self.log.add(event, sub_event, user_id)
        if granted:
            self.doors.unlock(0)
        return Decision(verdict, user_id, event)

    def _schedule_holds(self, number: int) -> bool:
        return schedule_holds(number, local_datetime(self.clock.local_time), self.rights)

    def _note_time_set(self) -> None:
        self.log.add(events.TIME_SET)


def _counts(value: int | tuple[int, ...]) -> int:
    return sum(value) if isinstance(value, tuple) else value


def _check_tallies(kind: type[Request[Any]], message: Message) -> None:
    """Refuse a write whose parameters do not fit its payload.

    Raises:
        RemoteProtocolError: A size or a count differs from what arrived.
    """
    records = [item.record for item in parts_of(kind) if item.record is not None]
    for tally, value in ((kind.PARAM1, message.param1), (kind.PARAM2, message.param2)):
        if tally is Tally.PAYLOAD_SIZE:
            announced = value
        elif tally is Tally.RECORD_COUNT and records:
            announced = value * records[0].SIZE
        else:
            continue
        if announced != len(message.payload):
            raise RemoteProtocolError(f"{announced} bytes are announced, {len(message.payload)} arrived")

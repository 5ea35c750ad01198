"""Events, the alarms that they raise, and the gaps in the record."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models

from doorward.model.events import EPOCH
from doorward.server.devices.models import Device
from doorward.server.events.choices import AlarmSource, AlarmState, Category, Generation, Severity
from doorward.server.fields import EncryptedBytesField


class Event(models.Model):
    """One line of a device's log.

    The columns from ``origin`` to ``ordinal`` are the key: two lines that are equal in all but the last happened twice
    in one second. On PostgreSQL the table is partitioned by the month of ``local_time``.

    Attributes:
        position: Rises with every event of the whole server, in the order of commitment; a reader of the stream that
            knows the last position that it saw misses nothing. Numbers may be left out.
        device: The device that told it.
        origin: The device at which it happened; another one where a zone master keeps the logs of its members.
        local_time: When, in seconds since 1970-01-01 00:00 of the device's own clock and zone, as it came.
        code: What happened, by the generation's own number.
        sub_code: How somebody was verified or identified.
        attendance_key: Index of the attendance key; 65535 none.
        person: Number of the person; 0 nobody.
        ordinal: 0 for the first of equal lines, 1 for the second, and so on.
        image_slot: Place of the picture in the device; -1 none, -2 it could not be kept.
        record: The line as it came, in bytes.
        utc: When, by the device's zone and the drift of its clock.
        received: When the server kept it.
        category: What it is about.
        severity: How much attention it asks for.
        generation: Whose numbers ``code`` and ``sub_code`` are.
    """

    position = models.BigIntegerField(primary_key=True)
    device = models.ForeignKey(
        Device, on_delete=models.DO_NOTHING, related_name="events", db_constraint=False, db_index=False
    )
    origin = models.BigIntegerField()
    local_time = models.BigIntegerField()
    code = models.IntegerField()
    sub_code = models.IntegerField()
    attendance_key = models.IntegerField()
    person = models.BigIntegerField()
    ordinal = models.IntegerField()
    image_slot = models.IntegerField()
    record = models.BinaryField()
    utc = models.DateTimeField()
    received = models.DateTimeField()
    category = models.SmallIntegerField(choices=Category.choices)
    severity = models.SmallIntegerField(choices=Severity.choices)
    generation = models.SmallIntegerField(choices=Generation.choices)

    class Meta:
        verbose_name = "event"
        verbose_name_plural = "events"
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["origin", "local_time", "code", "sub_code", "attendance_key", "person", "ordinal"],
                name="event_key",
            )
        ]
        # A search names a place, a person or a kind of event, and wants the newest: each of these gives them in order.
        indexes: ClassVar = [
            models.Index(fields=["utc"], name="event_utc"),
            models.Index(fields=["origin", "utc"], name="event_origin_utc"),
            models.Index(fields=["code", "utc"], name="event_code_utc"),
            models.Index(fields=["person", "utc"], condition=models.Q(person__gt=0), name="event_person_utc"),
            models.Index(fields=["severity", "utc"], condition=models.Q(severity__gt=1), name="event_severity_utc"),
            # Of all but entries and refusals, which are so frequent that the newest are found at once.
            models.Index(
                fields=["category", "utc"],
                condition=models.Q(category__gt=2) | models.Q(category=0),
                name="event_category_utc",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.code:#x} at {self.origin}"

    @property
    def device_time(self) -> datetime:
        """What the device's clock showed, without a zone."""
        return EPOCH + timedelta(seconds=self.local_time)


class StreamPosition(models.Model):
    """The last position given out; one row.

    The writer of events moves it in each transaction and expects to find what it left: a second writer on the same
    database is noticed before it can do harm.
    """

    last = models.BigIntegerField()

    class Meta:
        verbose_name = "position of the stream"


class Happening(models.Model):
    """Whatever happened besides events: to devices, alarms, commands and the server itself.

    It shares its positions with the events, so both together are one ordered stream.

    Attributes:
        position: As in ``Event``; no event and no other happening has the same.
        kind: What it is about; one of ``Kind``, never an event.
        device: The device that it concerns; None where it concerns none.
        at: When.
        data: What happened, as a JSON object.
    """

    position = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=20)
    device = models.ForeignKey(
        Device,
        on_delete=models.DO_NOTHING,
        null=True,
        blank=True,
        related_name="happenings",
        db_constraint=False,
        db_index=False,
    )
    at = models.DateTimeField()
    data = models.TextField()

    class Meta:
        verbose_name = "happening"
        verbose_name_plural = "happenings"
        ordering: ClassVar = ["position"]

    def __str__(self) -> str:
        return f"{self.position}: {self.kind}"


class OutboxEntry(models.Model):
    """A happening that has no position yet.

    It is kept in the transaction of whoever told it, in whatever thread or process; the server's writer takes it up.

    Attributes:
        kind: As in ``Happening``.
        device_id: As in ``Happening``.
        at: As in ``Happening``.
        data: As in ``Happening``.
    """

    kind = models.CharField(max_length=20)
    device_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    data = models.TextField()

    class Meta:
        verbose_name = "happening on its way"
        verbose_name_plural = "happenings on their way"
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.pk}: {self.kind}"


class Alarm(models.Model):
    """Something that a person has to see.

    Attributes:
        source: An event, or the server itself.
        kind: Stable name for programs: that of the event code, or of the trouble.
        device: The device; None where it concerns the whole server.
        event: Position of the event; None where it is none. Without a constraint: events are removed by retention.
        words: What happened.
        raised: When.
        cleared: When the trouble was over, where the server could tell.
        state: What became of it.
        acknowledged_at: When somebody saw to it.
        acknowledged_by: Who, as a name that outlives the account.
        note: What he found.
    """

    source = models.CharField(max_length=10, choices=AlarmSource.choices, default=AlarmSource.EVENT)
    kind = models.CharField(max_length=80)
    device = models.ForeignKey(
        Device, on_delete=models.CASCADE, null=True, blank=True, related_name="alarms", db_constraint=False
    )
    event = models.BigIntegerField(null=True, blank=True)
    words = models.TextField()
    raised = models.DateTimeField(db_index=True)
    cleared = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=15, choices=AlarmState.choices, default=AlarmState.OPEN, db_index=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.CharField(max_length=150, blank=True, default="")
    note = models.TextField(blank=True, default="")

    class Meta:
        verbose_name = "alarm"
        verbose_name_plural = "alarms"
        ordering: ClassVar = ["-raised", "-pk"]

    def __str__(self) -> str:
        return self.words


class EventImage(models.Model):
    """A picture that a device took with an event; the same picture is kept once.

    It belongs to the event of equal origin, code, time and person; with several such events the choice is open.

    Attributes:
        origin: The device that took it.
        local_time: As in ``Event``.
        code: As in ``Event``.
        person: As in ``Event``.
        digest: SHA-256 of header and picture.
        picture: The picture, usually a JPEG file. Encrypted: it shows people.
        received: When the server kept it.
    """

    origin = models.BigIntegerField()
    local_time = models.BigIntegerField()
    code = models.IntegerField()
    person = models.BigIntegerField()
    digest = models.BinaryField(max_length=32)
    picture = EncryptedBytesField()
    received = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = "picture"
        verbose_name_plural = "pictures"
        constraints: ClassVar = [models.UniqueConstraint(fields=["origin", "digest"], name="event_image_digest")]
        indexes: ClassVar = [models.Index(fields=["origin", "local_time"], name="event_image_event")]


class SavedFilter(models.Model):
    """A search of events that somebody wants to make again.

    Attributes:
        operator: Who keeps it.
        name: What he calls it.
        query: The search, as it stands in the address of the page.
        shared: Whether others see it too; what they find depends on their own rights.
        changed: When it was last kept.
    """

    operator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_filters")
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=1000)
    shared = models.BooleanField(default=False)
    changed = models.DateTimeField()

    class Meta:
        verbose_name = "saved filter"
        verbose_name_plural = "saved filters"
        ordering: ClassVar = ["name", "pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["operator", "name"], name="saved_filter_name")]

    def __str__(self) -> str:
        return self.name


class Gap(models.Model):
    """A span in which events of a device can be missing from the record.

    Attributes:
        device: The device.
        kind: Name of the cause for programs, see ``doorward.gateway.ledger.GapKind``.
        reason: What is missing, and why.
        since: The record is complete up to here, by the server's clock; None: from the beginning.
        until: Nothing that happened after this moment is missing for this reason.
        first_local: The last second of the device's clock that is known to be complete; None unknown.
        last_local: The first second of the device's clock after the gap; None unknown.
        missing: How many events are missing at least; 0 when that cannot be known.
        found: When the server found out.
    """

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="gaps", db_constraint=False)
    kind = models.CharField(max_length=30)
    reason = models.TextField()
    since = models.DateTimeField(null=True, blank=True)
    until = models.DateTimeField()
    first_local = models.BigIntegerField(null=True, blank=True)
    last_local = models.BigIntegerField(null=True, blank=True)
    missing = models.PositiveIntegerField(default=0)
    found = models.DateTimeField()

    class Meta:
        verbose_name = "gap in the record"
        verbose_name_plural = "gaps in the record"
        ordering: ClassVar = ["-found", "-pk"]

    def __str__(self) -> str:
        return f"{self.device_id}: {self.reason}"


class RetiredMonth(models.Model):
    """A month of a device whose events were removed by retention; its lines are not taken in again.

    A device may keep its log longer than the server keeps events, and is read in full once a day.

    Attributes:
        origin: The device.
        start: First second of the month, as in ``Event.local_time``.
        end: First second of the next month.
        removed: When.
        count: How many events were removed.
    """

    origin = models.BigIntegerField()
    start = models.BigIntegerField()
    end = models.BigIntegerField()
    removed = models.DateTimeField()
    count = models.BigIntegerField()

    class Meta:
        verbose_name = "retired month"
        verbose_name_plural = "retired months"
        constraints: ClassVar = [models.UniqueConstraint(fields=["origin", "start"], name="retired_month_origin")]

"""The words of the columns of events."""

from __future__ import annotations

from django.db import models


class Category(models.IntegerChoices):
    """What an event is about. The numbers are kept in the database and never change their meaning."""

    UNKNOWN = 0, "unknown"
    ACCESS_GRANTED = 1, "access granted"
    ACCESS_DENIED = 2, "access denied"
    IDENTIFICATION = 3, "identification"
    ALARM = 4, "alarm"
    DOOR = 5, "door"
    INPUT_OUTPUT = 6, "input/output"
    USER_MANAGEMENT = 7, "user management"
    NETWORK = 8, "network"
    SYSTEM = 9, "system"


class Severity(models.IntegerChoices):
    """How much attention an event asks for; a higher number asks for more."""

    INFO = 0, "info"
    NOTICE = 1, "notice"
    WARNING = 2, "warning"
    ALARM = 3, "alarm"


class Generation(models.IntegerChoices):
    """Whose numbers the codes of an event are; the label is the name that the gateway uses."""

    UNKNOWN = 0, "unknown"
    BIOSTAR1 = 1, "biostar1"
    BIOSTAR2 = 2, "biostar2"


class AlarmState(models.TextChoices):
    """What became of an alarm."""

    OPEN = "open", "open"
    ACKNOWLEDGED = "acknowledged", "acknowledged"


class AlarmSource(models.TextChoices):
    """Where an alarm comes from."""

    EVENT = "event", "an event at a device"
    SERVER = "server", "the server"


class Kind(models.TextChoices):
    """What a line of the stream is about. The names are kept in the database and are what programs see."""

    EVENT = "event", "an event of a device"
    DEVICE = "device", "a device: its connection, its approval, its settings"
    RECORD = "record", "the record of a device stopped growing, or goes on"
    GAP = "gap", "a gap in the record of a device"
    ALARM = "alarm", "an alarm was raised, cleared or acknowledged"
    COMMAND = "command", "a command for a device, and what came of it"
    DOOR = "door", "the state of a door"
    SYNC = "sync", "people and rights on a device: progress, problems, differences"
    PERSON = "person", "a person, a credential or a department was changed; no secret, no name"
    ACCESS = "access", "an access group, a schedule or a holiday was changed"
    WEBHOOK = "webhook", "a webhook: its settings and its deliveries"
    SERVER = "server", "the server itself"

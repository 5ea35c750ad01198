"""Doors and their state, and the floor plans on which they lie."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from doorward.server.devices.models import Device, DeviceGroup
from doorward.server.doors.choices import DoorMode, Leaf, Lock, PictureKind

HIGHEST_DOOR: int = 1
"""A device has at most two doors, numbered from 0."""


class Door(models.Model):
    """A door, which a relay of a device opens.

    What the device told of it when it was last asked is empty until then.

    Attributes:
        device: The device.
        number: Its number there, from 0.
        name: What people call it; empty shows the device's name.
        enabled: Whether it is shown and can be opened from here.
        has_relay: Whether a relay opens it, by the device's own settings.
        has_sensor: Whether a sensor tells whether it stands open.
        open_seconds: How long it is unlocked when it is opened.
        held_open_seconds: How long it may stand open; 0 for ever.
        normal_open_schedule: The device's schedule in which it stays unlocked while it is in no other mode; 0 none.
        normal_closed_schedule: The same in which it stays locked.
        read_at: When the device was asked.
    """

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="doors", verbose_name=_("device"))
    number = models.PositiveSmallIntegerField(_("number"), default=0, validators=[MaxValueValidator(HIGHEST_DOOR)])
    name = models.CharField(_("name"), max_length=100, blank=True, default="")
    enabled = models.BooleanField(_("in use"), default=True)
    has_relay = models.BooleanField(null=True, blank=True, editable=False)
    has_sensor = models.BooleanField(null=True, blank=True, editable=False)
    open_seconds = models.IntegerField(null=True, blank=True, editable=False)
    held_open_seconds = models.IntegerField(null=True, blank=True, editable=False)
    normal_open_schedule = models.IntegerField(default=0, editable=False)
    normal_closed_schedule = models.IntegerField(default=0, editable=False)
    read_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("door")
        verbose_name_plural = _("doors")
        ordering: ClassVar = ["device_id", "number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["device", "number"], name="door_of_device")]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """What people call it."""
        if self.name:
            return self.name
        return f"{self.device}" if self.number == 0 else f"{self.device}, {self.number + 1}"

    @property
    def group_id(self) -> int | None:
        """The group of its device, in which rights for it hold."""
        return self.device.group_id


class DoorState(models.Model):
    """How a door does, by what its device told and by commands that it carried out.

    Attributes:
        door: The door.
        lock: Whether the relay lets people through.
        lock_since: Since when; None while it is not known.
        lock_by: Name of the operator who unlocked or locked it; empty for anybody else.
        lock_person: Number of the person for whom the device unlocked it; 0 where that is not known.
        unlocked_until: When the relay falls off by itself; None when it stays as it is.
        leaf: Whether it stands open.
        leaf_since: Since when.
        mode: What it does until further notice.
        mode_since: Since when.
        mode_by: Who ordered that.
        forced_since: When it was forced open; None unless it was and is not closed since.
        held_since: Since when it is open for too long; None unless it is.
        told_at: The moment of the newest event of its device that was taken in.
        person: Number of the person who was last let in at the device; 0 nobody.
        person_at: When.
    """

    door = models.OneToOneField(Door, on_delete=models.CASCADE, primary_key=True, related_name="state")
    lock = models.CharField(max_length=10, choices=Lock.choices, default=Lock.UNKNOWN)
    lock_since = models.DateTimeField(null=True)
    lock_by = models.CharField(max_length=150, default="")
    lock_person = models.BigIntegerField(default=0)
    unlocked_until = models.DateTimeField(null=True)
    leaf = models.CharField(max_length=10, choices=Leaf.choices, default=Leaf.UNKNOWN)
    leaf_since = models.DateTimeField(null=True)
    mode = models.CharField(max_length=20, choices=DoorMode.choices, default=DoorMode.NORMAL)
    mode_since = models.DateTimeField(null=True)
    mode_by = models.CharField(max_length=150, default="")
    forced_since = models.DateTimeField(null=True)
    held_since = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    person = models.BigIntegerField(default=0)
    person_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("state of a door")
        verbose_name_plural = _("states of doors")

    def __str__(self) -> str:
        return f"{self.door_id}: {self.lock}, {self.leaf}"


class FollowedPosition(models.Model):
    """Up to where the stream was taken into the states of doors; one row.

    Attributes:
        position: The position up to which it was.
        cleared: The position up to which what was told of doors is removed.
    """

    position = models.BigIntegerField(default=0)
    cleared = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("position of the states of doors")


class FloorPlan(models.Model):
    """A picture on which doors lie.

    Attributes:
        name: What people call it.
        group: The group of devices to which it belongs, in which rights for it hold; None: the whole site.
        picture: The picture, written anew by the server from what was uploaded.
        kind: What it is.
        width: Its width in pixels.
        height: Its height in pixels.
        digest: SHA-256 of the picture, as hexadecimal digits.
        changed: When it was last changed.
    """

    name = models.CharField(_("name"), max_length=100, unique=True)
    group = models.ForeignKey(
        DeviceGroup, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("group")
    )
    picture = models.BinaryField()
    kind = models.CharField(max_length=20, choices=PictureKind.choices)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    changed = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("floor plan")
        verbose_name_plural = _("floor plans")
        ordering: ClassVar = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class DoorPlacement(models.Model):
    """Where a door lies on a floor plan.

    Attributes:
        plan: The floor plan.
        door: The door.
        x: From the left edge, as a part of the width: 0 to 1.
        y: From the upper edge, as a part of the height: 0 to 1.
    """

    plan = models.ForeignKey(FloorPlan, on_delete=models.CASCADE, related_name="placements")
    door = models.ForeignKey(Door, on_delete=models.CASCADE, related_name="placements")
    x = models.FloatField(validators=[MinValueValidator(0.0), MaxValueValidator(1.0)])
    y = models.FloatField(validators=[MinValueValidator(0.0), MaxValueValidator(1.0)])

    class Meta:
        verbose_name = _("place of a door")
        verbose_name_plural = _("places of doors")
        constraints: ClassVar = [models.UniqueConstraint(fields=["plan", "door"], name="door_once_on_plan")]

    def __str__(self) -> str:
        return f"{self.door} on {self.plan}"

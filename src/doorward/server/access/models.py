"""Schedules, holidays, and the groups that say who may pass which doors when."""

from __future__ import annotations

from typing import ClassVar, Final

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from doorward.server.access.choices import Numbered
from doorward.server.doors.models import Door
from doorward.server.people.models import Person

HIGHEST_SCHEDULE: Final = 126
HIGHEST_HOLIDAY: Final = 32
HIGHEST_GROUP: Final = 128
LONGEST_NAME: Final = 32
"""Devices keep names of schedules, holidays and groups in so many bytes."""


def _number(highest: int) -> models.PositiveSmallIntegerField[int, int]:
    return models.PositiveSmallIntegerField(
        _("number"), unique=True, validators=[MinValueValidator(1), MaxValueValidator(highest)]
    )


class Holiday(models.Model):
    """A table of holidays.

    Attributes:
        number: The number by which devices know it.
        name: What people call it.
        periods: The days, each as ``{"month", "day", "length", "year"}``; a year of None is every year.
    """

    number = _number(HIGHEST_HOLIDAY)
    name = models.CharField(_("name"), max_length=LONGEST_NAME, unique=True)
    periods = models.JSONField(_("days"), default=list)

    class Meta:
        verbose_name = _("table of holidays")
        verbose_name_plural = _("tables of holidays")
        ordering: ClassVar = ["number"]

    def __str__(self) -> str:
        return self.name


class Schedule(models.Model):
    """A week of intervals in which doors may be passed.

    Attributes:
        number: The number by which devices know it.
        name: What people call it.
        days: Seven lists of ``[start, end]`` in minutes after midnight, Sunday first.
    """

    number = _number(HIGHEST_SCHEDULE)
    name = models.CharField(_("name"), max_length=LONGEST_NAME, unique=True)
    days = models.JSONField(_("days"), default=list)

    class Meta:
        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")
        ordering: ClassVar = ["number"]

    def __str__(self) -> str:
        return self.name


class ScheduleHoliday(models.Model):
    """What of a schedule holds on the days of a table of holidays, instead of the day of the week.

    Attributes:
        schedule: The schedule.
        holiday: The table of holidays.
        place: Which of the schedule's holidays it is, from 0.
        intervals: ``[start, end]`` in minutes after midnight; none closes such a day.
    """

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="holidays")
    holiday = models.ForeignKey(Holiday, on_delete=models.PROTECT, related_name="schedules")
    place = models.PositiveSmallIntegerField(default=0)
    intervals = models.JSONField(_("hours"), default=list)

    class Meta:
        verbose_name = _("holiday of a schedule")
        verbose_name_plural = _("holidays of schedules")
        ordering: ClassVar = ["schedule", "place"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["schedule", "holiday"], name="holiday_once_in_schedule")
        ]

    def __str__(self) -> str:
        return f"{self.schedule}: {self.holiday}"


class AccessGroup(models.Model):
    """People who may pass certain doors at certain times.

    Attributes:
        number: The number by which devices know it.
        name: What people call it.
        people: Who belongs to it.
    """

    number = _number(HIGHEST_GROUP)
    name = models.CharField(_("name"), max_length=LONGEST_NAME, unique=True)
    people: models.ManyToManyField[Person, Membership] = models.ManyToManyField(
        Person, through="Membership", related_name="access_groups"
    )

    class Meta:
        verbose_name = _("access group")
        verbose_name_plural = _("access groups")
        ordering: ClassVar = ["number"]

    def __str__(self) -> str:
        return self.name


class AccessRight(models.Model):
    """A door that the people of a group may pass, and when.

    A device knows rights at itself, not at each of its doors: the rights of a group for doors of one device have one
    schedule.

    Attributes:
        group: The group.
        door: The door.
        schedule: When; None is always.
    """

    group = models.ForeignKey(AccessGroup, on_delete=models.CASCADE, related_name="rights")
    door = models.ForeignKey(Door, on_delete=models.CASCADE, related_name="rights", verbose_name=_("door"))
    schedule = models.ForeignKey(
        Schedule, on_delete=models.PROTECT, null=True, blank=True, related_name="rights", verbose_name=_("schedule")
    )

    class Meta:
        verbose_name = _("right at a door")
        verbose_name_plural = _("rights at doors")
        ordering: ClassVar = ["group", "door"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["group", "door"], name="right_once_in_group")]

    def __str__(self) -> str:
        return f"{self.group}: {self.door}"


class Membership(models.Model):
    """A person in a group.

    Attributes:
        group: The group.
        person: The person.
    """

    group = models.ForeignKey(AccessGroup, on_delete=models.CASCADE, related_name="memberships")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        verbose_name = _("member of a group")
        verbose_name_plural = _("members of groups")
        constraints: ClassVar = [models.UniqueConstraint(fields=["group", "person"], name="member_once_in_group")]

    def __str__(self) -> str:
        return f"{self.group}: {self.person}"


class FreedNumber(models.Model):
    """A number that nothing has any more, and since when: a device that is away may still hold it.

    Attributes:
        kind: What had it.
        number: The number.
        at: When it was freed.
    """

    kind = models.CharField(max_length=10, choices=Numbered.choices)
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("freed number")
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "number"], name="freed_number_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"

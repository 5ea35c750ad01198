"""The restorations that a database has gone through."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Restoration(models.Model):
    """This database was made of a backup.

    Positions of the stream after ``position`` and before ``resumed`` were given out after the backup was made, by a
    database that is no more: a reader that comes with one of them is told so.

    Attributes:
        restored: When.
        made: When the backup was made.
        version: The version of Doorward that made the backup.
        position: The last position of the stream in the backup.
        resumed: The position after which the stream went on.
        host: The machine on which it was restored.
        by: Who did it.
    """

    restored = models.DateTimeField()
    made = models.DateTimeField()
    version = models.CharField(max_length=50)
    position = models.BigIntegerField()
    resumed = models.BigIntegerField()
    host = models.CharField(max_length=255)
    by = models.CharField(max_length=150)

    class Meta:
        verbose_name = "restoration"
        verbose_name_plural = "restorations"
        ordering: ClassVar = ["-restored", "-pk"]

    def __str__(self) -> str:
        return f"{self.restored:%Y-%m-%d %H:%M}: the backup of {self.made:%Y-%m-%d %H:%M}"

"""The words of the columns of imports."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportSource(models.TextChoices):
    """What is imported."""

    PEOPLE = "people", _("people")
    PHOTOS = "photos", _("photos")


class ImportFileKind(models.TextChoices):
    """What kind of file it is."""

    CSV = "csv", "CSV"
    XLSX = "xlsx", "XLSX"
    ZIP = "zip", "ZIP"


class ImportState(models.TextChoices):
    """How far an import has come."""

    RECEIVING = "receiving", _("being uploaded")
    CHECKING = "checking", _("being checked")
    FAULTY = "faulty", _("has faults; nothing was changed")
    CHECKED = "checked", _("waits for your word; nothing was changed yet")
    APPLYING = "applying", _("being applied")
    APPLIED = "applied", _("applied")
    UNDOING = "undoing", _("being undone")
    UNDONE = "undone", _("undone")
    FAILED = "failed", _("failed; nothing was changed")


class ImportOutcome(models.TextChoices):
    """What an import does to a person."""

    ADDED = "added", _("added")
    CHANGED = "changed", _("changed")
    UNCHANGED = "unchanged", _("as before")


class Undone(models.TextChoices):
    """What became of a person when an import was undone."""

    NOT = "", ""
    REMOVED = "removed", _("removed again")
    RESTORED = "restored", _("as before the import")
    LEFT = "left", _("left as is: changed since")

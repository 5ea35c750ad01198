"""Departments, people, and what people show at a door."""

from __future__ import annotations

from typing import ClassVar, Final

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from doorward.server.fields import EncryptedBytesField, EncryptedTextField
from doorward.server.people.choices import (
    ByteOrder,
    FaceFamily,
    FacilityUse,
    FieldKind,
    Reading,
    SecurityLevel,
)

HIGHEST_NUMBER: Final = 0xFFFFFFFF
"""Of people and of cards, as BioStar counts them."""


class Department(models.Model):
    """A department; departments form a tree.

    Attributes:
        name: Its name among its neighbours; devices that keep departments show it.
        parent: The department that it lies in; None at the top.
    """

    name = models.CharField(_("name"), max_length=100)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("lies in")
    )

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        ordering: ClassVar = ["name", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["parent", "name"], name="department_name"),
            # A missing parent equals no other missing parent, so the top of the tree needs a rule of its own.
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(parent__isnull=True), name="department_top_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a department that would lie in itself."""
        super().clean()
        seen = {self.pk}
        above = self.parent
        while above is not None:
            if above.pk is not None and above.pk in seen:
                raise ValidationError({"parent": _("A department cannot lie in itself, or in one that lies in it.")})
            seen.add(above.pk)
            above = above.parent


class PersonField(models.Model):
    """A field of its own that a site keeps of its people.

    Attributes:
        slug: Its name for programs, under which ``Person.fields`` holds the values.
        name: What people call it.
        kind: What it holds.
        choices: The texts to choose from, for a choice.
        order: Where it stands among the others.
    """

    slug = models.SlugField(_("short name"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=10, choices=FieldKind.choices, default=FieldKind.TEXT)
    choices = models.JSONField(_("choices"), default=list, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("own field")
        verbose_name_plural = _("own fields")
        ordering: ClassVar = ["order", "name", "pk"]

    def __str__(self) -> str:
        return self.name


class Person(models.Model):
    """A person.

    Attributes:
        number: The number by which devices know the person; never changes.
        name: Name.
        department: Where the person works.
        email: Address of mail.
        phone: Telephone number.
        notes: Whatever else is to be known.
        photo: A JPEG picture, written anew by the server. Encrypted.
        photo_digest: SHA-256 of the picture, as hexadecimal digits; empty without one.
        valid_from: Before this moment no door opens; None without a start.
        valid_until: After this moment no door opens; None without an end.
        disabled: Blocked: no door opens.
        pin: PIN. Encrypted; shown to nobody.
        security_level: How strictly fingers and faces are matched.
        authentication_mode: What the person must show, by the model's own number; 0 is the device's default.
        daily_entry_limit: Entries a day; 0 without limit.
        anti_passback_minutes: Minutes before the person may enter again; 0 at once.
        terminal_administrator: May use the menus of terminals.
        fields: Values of the site's own fields, by their short names.
        created: When the person was added.
        changed: When the person, or a credential of the person, was last changed.
    """

    number = models.BigIntegerField(
        _("number"), unique=True, validators=[MinValueValidator(1), MaxValueValidator(HIGHEST_NUMBER)]
    )
    name = models.CharField(_("name"), max_length=100, blank=True, default="")
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, blank=True, related_name="people", verbose_name=_("department")
    )
    email = models.CharField(_("mail"), max_length=254, blank=True, default="")
    phone = models.CharField(_("telephone"), max_length=40, blank=True, default="")
    notes = models.TextField(_("notes"), blank=True, default="")
    photo = EncryptedBytesField(_("photo"), blank=True, default=b"")
    photo_digest = models.CharField(max_length=64, blank=True, default="", editable=False)
    valid_from = models.DateTimeField(_("valid from"), null=True, blank=True)
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)
    disabled = models.BooleanField(_("blocked"), default=False)
    pin = EncryptedTextField(_("PIN"))
    security_level = models.PositiveSmallIntegerField(
        _("security level"), choices=SecurityLevel.choices, default=SecurityLevel.DEVICE_DEFAULT
    )
    authentication_mode = models.PositiveIntegerField(_("authentication mode"), default=0)
    daily_entry_limit = models.PositiveIntegerField(_("entries a day"), default=0)
    anti_passback_minutes = models.PositiveIntegerField(_("minutes before entering again"), default=0)
    terminal_administrator = models.BooleanField(_("may use the menus of terminals"), default=False)
    fields = models.JSONField(_("own fields"), default=dict, blank=True)
    created = models.DateTimeField(editable=False)
    changed = models.DateTimeField(editable=False, db_index=True)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering: ClassVar = ["number"]
        indexes: ClassVar = [models.Index(fields=["name"], name="person_name")]

    def __str__(self) -> str:
        return self.name or str(self.number)

    @property
    def audit_name(self) -> str:
        """How the audit log calls the person: nothing there can be taken back when a person is erased."""
        return f"person {self.number}"


class CardFormat(models.Model):
    """How the number that a device keeps comes out of what a reader gives of a card.

    Attributes:
        name: What people call it.
        reading: What the reader gives.
        byte_order: Which byte of a chip's serial number comes first.
        bits: How many bits a Wiegand reader gives; 0 for serial numbers of chips.
        facility_start: The first bit of the facility code, from 0 for the first one sent.
        facility_length: How many bits it has; 0 without one.
        facility_use: What becomes of it.
        number_start: The first bit of the number.
        number_length: How many bits it has.
        parity: The bits that check others, each as ``{"bit", "odd", "covers"}``.
    """

    name = models.CharField(_("name"), max_length=100, unique=True)
    reading = models.CharField(_("reading"), max_length=10, choices=Reading.choices, default=Reading.CSN)
    byte_order = models.CharField(
        _("order of bytes"), max_length=5, choices=ByteOrder.choices, default=ByteOrder.MOST_SIGNIFICANT_FIRST
    )
    bits = models.PositiveSmallIntegerField(_("bits"), default=0)
    facility_start = models.PositiveSmallIntegerField(_("first bit of the facility code"), default=0)
    facility_length = models.PositiveSmallIntegerField(_("bits of the facility code"), default=0)
    facility_use = models.CharField(
        _("use of the facility code"), max_length=10, choices=FacilityUse.choices, default=FacilityUse.IGNORED
    )
    number_start = models.PositiveSmallIntegerField(_("first bit of the number"), default=0)
    number_length = models.PositiveSmallIntegerField(_("bits of the number"), default=0)
    parity = models.JSONField(_("parity"), default=list, blank=True)

    class Meta:
        verbose_name = _("card format")
        verbose_name_plural = _("card formats")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Card(models.Model):
    """A card of a person.

    Attributes:
        person: Whose it is.
        number: The number that devices keep.
        custom_id: The custom ID that some cards carry besides; 0 none.
        bypass: The card alone opens, whatever else the device asks for.
        label: What people call it, such as the number printed on it.
        format: How it was read; None where its number was typed.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="cards")
    number = models.BigIntegerField(_("number"), validators=[MinValueValidator(1), MaxValueValidator(HIGHEST_NUMBER)])
    custom_id = models.BigIntegerField(
        _("custom ID"), default=0, validators=[MinValueValidator(0), MaxValueValidator(HIGHEST_NUMBER)]
    )
    bypass = models.BooleanField(_("opens alone"), default=False)
    label = models.CharField(_("label"), max_length=100, blank=True, default="")
    format = models.ForeignKey(
        CardFormat, on_delete=models.SET_NULL, null=True, blank=True, related_name="cards", verbose_name=_("format")
    )

    class Meta:
        verbose_name = _("card")
        verbose_name_plural = _("cards")
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["number", "custom_id"], name="card_once")]

    def __str__(self) -> str:
        return f"{self.number}/{self.custom_id}" if self.custom_id else str(self.number)

    @property
    def audit_name(self) -> str:
        """How the audit log calls the card: by its owner alone."""
        return f"card of person {self.person.number}"


class Finger(models.Model):
    """An enrolled finger, as two templates.

    Attributes:
        person: Whose it is.
        place: Where it stands among the person's fingers, from 0.
        position: Which finger it is, as the model counts them; 0 where it does not say.
        duress: Whoever shows this finger is under threat: the door opens and an alarm is sent.
        first: The first template. Encrypted; leaves the server for devices alone.
        second: The second one. Likewise.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="fingers")
    place = models.PositiveSmallIntegerField(_("place"))
    position = models.PositiveSmallIntegerField(_("which finger"), default=0)
    duress = models.BooleanField(_("duress"), default=False)
    first = EncryptedBytesField(blank=True, default=b"")
    second = EncryptedBytesField(blank=True, default=b"")

    class Meta:
        verbose_name = _("finger")
        verbose_name_plural = _("fingers")
        ordering: ClassVar = ["person", "place"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "place"], name="finger_place")]

    def __str__(self) -> str:
        return f"{self.person_id}: finger {self.place + 1}"

    @property
    def audit_name(self) -> str:
        """How the audit log calls the finger."""
        return f"finger {self.place + 1} of person {self.person.number}"


class Face(models.Model):
    """An enrolled face.

    Attributes:
        person: Whose it is.
        family: Which models can use it.
        place: Where it stands among the person's faces of this family, from 0.
        kind: Group of templates it belongs to, on models that have several; 0 otherwise.
        template: The template. Encrypted; leaves the server for devices alone.
        still_image: A picture that some models keep with the first face of a kind. Likewise.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="faces")
    family = models.CharField(_("models"), max_length=20, choices=FaceFamily.choices)
    place = models.PositiveSmallIntegerField(_("place"))
    kind = models.PositiveSmallIntegerField(_("kind"), default=0)
    template = EncryptedBytesField(blank=True, default=b"")
    still_image = EncryptedBytesField(blank=True, default=b"")

    class Meta:
        verbose_name = _("face")
        verbose_name_plural = _("faces")
        ordering: ClassVar = ["person", "family", "place"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "family", "place"], name="face_place")]

    def __str__(self) -> str:
        return f"{self.person_id}: face {self.place + 1}"

    @property
    def audit_name(self) -> str:
        """How the audit log calls the face."""
        return f"face {self.place + 1} of person {self.person.number}"


class ErasedPerson(models.Model):
    """The number of a person who was erased, and the pseudonym that stands for it.

    Attributes:
        number: The number; it is never given again.
        pseudonym: What is shown instead of it.
        at: When the person was erased.
        by: Who did it, as a name that outlives the account.
    """

    number = models.BigIntegerField(_("number"), unique=True)
    pseudonym = models.CharField(_("pseudonym"), max_length=40, unique=True)
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=150, blank=True, default="")

    class Meta:
        verbose_name = _("erased person")
        verbose_name_plural = _("erased people")
        ordering: ClassVar = ["-at"]

    def __str__(self) -> str:
        return self.pseudonym


class LastGivenNumber(models.Model):
    """The highest number that was ever given to a person; one row, so that a number freed is not given again by itself.

    Attributes:
        number: The number.
    """

    number = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("last given number")

"""The form of a person."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from doorward.server.people.choices import FieldKind, SecurityLevel
from doorward.server.people.list_pages import department_tree
from doorward.server.people.models import Department, Person, PersonField
from doorward.server.people.own_fields import FieldValue
from doorward.server.people.services import PersonValues

OWN: Final = "own-"
"""Before the short names of own fields, so that none is taken for one of ours."""
MOMENT: Final = "%Y-%m-%dT%H:%M"
MOMENTS: Final = [MOMENT, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"]
HIGHEST: Final = 0xFFFFFFFF


class MomentField(forms.DateTimeField):
    """A moment in the zone of the site."""

    def __init__(self, label: Any, **others: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT)
        super().__init__(label=label, required=False, widget=widget, input_formats=MOMENTS, **others)


class PersonForm(forms.Form):
    """What is known of a person, without credentials."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100, required=False)
    number = forms.IntegerField(
        label=gettext_lazy("Number"),
        min_value=1,
        max_value=HIGHEST,
        required=False,
        help_text=gettext_lazy("By it devices know the person, and it is typed at a keypad. It stays for ever."),
    )
    department = forms.ModelChoiceField(
        label=gettext_lazy("Department"), queryset=Department.objects.none(), required=False, empty_label=""
    )
    email = forms.CharField(label=gettext_lazy("Mail"), max_length=254, required=False)
    phone = forms.CharField(label=gettext_lazy("Telephone"), max_length=40, required=False)
    notes = forms.CharField(
        label=gettext_lazy("Notes"), required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 3})
    )
    photo = forms.FileField(
        label=gettext_lazy("Photo"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        help_text=gettext_lazy("JPEG, PNG or WebP. It is kept as a small picture, encrypted."),
    )
    valid_from = MomentField(gettext_lazy("Valid from"))
    valid_until = MomentField(gettext_lazy("Valid until"))
    disabled = forms.BooleanField(label=gettext_lazy("Blocked: no door opens"), required=False)
    terminal_administrator = forms.BooleanField(label=gettext_lazy("May use the menus of terminals"), required=False)
    security_level = forms.TypedChoiceField(
        label=gettext_lazy("How strictly fingers and faces are matched"),
        choices=SecurityLevel.choices,
        coerce=int,
        required=False,
    )
    daily_entry_limit = forms.IntegerField(
        label=gettext_lazy("Entries a day"), min_value=0, required=False, help_text=gettext_lazy("0: without limit.")
    )
    anti_passback_minutes = forms.IntegerField(
        label=gettext_lazy("Minutes before entering again"), min_value=0, required=False
    )

    def __init__(self, person: Person | None, *args: Any, **kwargs: Any) -> None:
        self.person = person
        self.own = list(PersonField.objects.all())
        super().__init__(*args, **kwargs)
        self.initial = _initial(person)
        department = self.fields["department"]
        assert isinstance(department, forms.ModelChoiceField)
        department.queryset = Department.objects.all()
        indents = {item["id"]: item["indent"] for item in department_tree()}
        department.choices = [
            ("", _("none")), *((item["id"], f"{indents[item['id']]}{item['name']}") for item in department_tree())
        ]  # fmt: skip
        if person is not None:
            del self.fields["number"]
        else:
            self.fields["number"].widget.attrs["placeholder"] = _("the next free one")
        for field in self.own:
            self.fields[OWN + field.slug] = _own_field(field)
            if person is not None:
                self.initial[OWN + field.slug] = person.fields.get(field.slug)

    @property
    def own_fields(self) -> list[forms.BoundField]:
        """The fields of its own that the site keeps."""
        return [self[OWN + field.slug] for field in self.own]

    def values(self) -> PersonValues:
        """What was typed, as the services take it."""
        data = self.cleaned_data
        fields: dict[str, FieldValue] = {field.slug: _own_value(data[OWN + field.slug]) for field in self.own}
        return PersonValues(
            name=data["name"],
            department=data["department"],
            email=data["email"],
            phone=data["phone"],
            notes=data["notes"],
            valid_from=data["valid_from"],
            valid_until=data["valid_until"],
            disabled=data["disabled"],
            terminal_administrator=data["terminal_administrator"],
            security_level=data["security_level"] or 0,
            daily_entry_limit=data["daily_entry_limit"] or 0,
            anti_passback_minutes=data["anti_passback_minutes"] or 0,
            fields=fields,
        )

    def blame(self, field: str) -> str | None:
        """The field of the form that a service speaks of; None where it is none of them."""
        name = OWN + field.removeprefix("fields.") if field.startswith("fields.") else field
        return name if name in self.fields else None


def _initial(person: Person | None) -> dict[str, object]:
    if person is None:
        return {"security_level": 0}
    plain = (
        "name", "department", "email", "phone", "notes", "disabled", "terminal_administrator", "security_level",
        "daily_entry_limit", "anti_passback_minutes",
    )  # fmt: skip
    found = {name: getattr(person, name) for name in plain}
    return found | {"valid_from": _local(person.valid_from), "valid_until": _local(person.valid_until)}


def _local(moment: datetime | None) -> datetime | None:
    return None if moment is None else timezone.localtime(moment)


def _own_field(field: PersonField) -> forms.Field:
    if field.kind == FieldKind.NUMBER:
        return forms.FloatField(label=field.name, required=False)
    if field.kind == FieldKind.DATE:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        return forms.DateField(label=field.name, required=False, widget=widget, input_formats=["%Y-%m-%d"])
    if field.kind == FieldKind.CHOICE:
        choices = [("", ""), *((text, text) for text in field.choices)]
        return forms.ChoiceField(label=field.name, required=False, choices=choices)
    return forms.CharField(label=field.name, required=False, max_length=500)


def _own_value(value: Any) -> FieldValue:
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    return None if value is None or value == "" else str(value)

"""The form in which a site is told of, filled in from what this server knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from doorward.model.errors import InvalidInput
from doorward.ports.plan import Plan, make_plan
from doorward.ports.site import CLIENT_ROLE, SERVER_ROLE, Site, parse_device_network, parse_firewall, parse_host
from doorward.server.operators.access import Access
from doorward.server.ports_pages import surroundings
from doorward.server.ports_pages.words import (
    MODE_CHOICES,
    SYSTEM_CHOICES,
    feature_words,
    further_features,
    usual_features,
)

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

LONGEST_TEXT: Final = 4000
MOST_LINES: Final = 40
MARK: Final = "plan"
"""The name in an address that says that the form was sent, even with nothing chosen."""

# The fields of the form by the words in which the port floor refuses a value.
_FIELDS: Final = {
    "system": "systems",
    "mode": "modes",
    SERVER_ROLE: "servers",
    CLIENT_ROLE: "clients",
    "device network": "devices",
    "firewall": "firewalls",
    "with": "also",
    "without": "not_needed",
}


def _lines(label: _StrPromise, example: str, help_text: _StrPromise) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=LONGEST_TEXT,
        strip=True,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": example, "spellcheck": "false", "class": "dw-mono"}),
    )


class SiteForm(forms.Form):
    """A site as an installer tells of it. When it is valid, ``plan`` holds what follows."""

    systems = forms.MultipleChoiceField(
        label=_("Systems"), choices=SYSTEM_CHOICES, widget=forms.CheckboxSelectMultiple, required=False
    )
    modes = forms.MultipleChoiceField(
        label=_("Who dials"), choices=MODE_CHOICES, widget=forms.CheckboxSelectMultiple, required=False
    )
    servers = _lines(
        _("Servers"), "main=192.168.1.5/24", _("A line each: name=address/length of the network it stands in.")
    )
    devices = _lines(_("Networks of devices"), "doors=10.1.0.0/24", _("A line each: name=network."))
    clients = _lines(
        _("Machines of operators"), "office=192.168.1.20/24", _("A line each, as for servers; or nothing.")
    )
    firewalls = _lines(
        _("Routers and firewalls"),
        "edge=192.168.1.0/24,10.1.0.0/24",
        _("A line each, with the networks that it joins; without any, one that joins all."),
    )
    also = forms.MultipleChoiceField(
        label=_("Open also"), choices=(), widget=forms.CheckboxSelectMultiple, required=False
    )
    not_needed = forms.MultipleChoiceField(
        label=_("Not needed here"), choices=(), widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.plan: Plan | None = None
        for name, features in (("also", further_features()), ("not_needed", usual_features())):
            field = self.fields[name]
            assert isinstance(field, forms.MultipleChoiceField)
            field.choices = [(feature, feature_words(feature)) for feature in features]

    def clean(self) -> dict[str, Any]:
        """Make the plan; what is not allowed is said at its field."""
        data: dict[str, Any] = super().clean() or {}
        if self.errors:
            return data
        try:
            self.plan = make_plan(_site(data))
        except InvalidInput as error:
            words = _("“%(value)s” is not allowed. Allowed: %(allowed)s.") % {
                "value": error.value,
                "allowed": error.allowed,
            }
            if error.value == "none":
                words = _("Nothing is chosen. Allowed: %(allowed)s.") % {"allowed": error.allowed}
            field = _FIELDS.get(error.field)
            self.add_error(field if field in self.fields else None, words)
        return data


def site_form(query: QueryDict, access: Access, reader: str) -> SiteForm:
    """The form as it was sent, or filled in from what this server knows."""
    if MARK in query:
        return SiteForm(query)
    known = {
        "systems": [surroundings.OWN_SYSTEM],
        "modes": surroundings.device_modes(access),
        "servers": "\n".join(surroundings.server_lines()),
        "clients": "\n".join(surroundings.client_lines(reader)),
        "devices": "\n".join(surroundings.device_network_lines(access)),
        "firewalls": "",
        "also": [],
        "not_needed": [],
    }
    return SiteForm(known)


def _site(data: dict[str, Any]) -> Site:
    """The site that was told of.

    Raises:
        InvalidInput: A value is not allowed.
    """
    hosts = [
        parse_host(role, line, number)
        for role, field in ((SERVER_ROLE, "servers"), (CLIENT_ROLE, "clients"))
        for number, line in enumerate(_split(data, field, role), 1)
    ]
    networks = enumerate(_split(data, "devices", "device network"), 1)
    return Site(
        systems={name: tuple(data["modes"]) for name in data["systems"]},
        hosts=tuple(hosts),
        device_networks=tuple(parse_device_network(line, number) for number, line in networks),
        firewalls=tuple(parse_firewall(line) for line in _split(data, "firewalls", "firewall")),
        with_features=tuple(data["also"]),
        without_features=tuple(data["not_needed"]),
        moved=surroundings.moved_ports() if surroundings.OWN_SYSTEM in data["systems"] else {},
    )


def _split(data: dict[str, Any], field: str, word: str) -> list[str]:
    lines = [line.strip() for line in data[field].splitlines() if line.strip()]
    if len(lines) > MOST_LINES:
        raise InvalidInput(word, len(lines), f"at most {MOST_LINES} lines")
    return lines

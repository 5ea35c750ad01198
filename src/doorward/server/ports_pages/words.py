"""What the catalogue's names are called on pages."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from doorward.model.network_settings import DIRECT, SERVER
from doorward.ports.catalogue import PLANNED_SYSTEMS, SYSTEM_TITLES, load_catalogue

SYSTEM_CHOICES: Final = [(name, SYSTEM_TITLES[name]) for name in PLANNED_SYSTEMS]
MODE_CHOICES: Final = [
    (SERVER, _("Server mode: devices dial the server")),
    (DIRECT, _("Direct mode: the server dials devices")),
]
_FEATURES: Final = {
    "agent": _("Agents in branches"),
    "api": _("The API of BioStar 2"),
    "attendance": _("Time and attendance"),
    "biostar1-devices": _("Search for BioStar 1 devices"),
    "biostar2-devices": _("Search for BioStar 2 devices"),
    "client-tools": _("The command line on operators' machines"),
    "console": _("The console in the browser"),
    "http": _("Pages of BioStar 2 without encryption (HTTP)"),
    "live": _("Live events of BioStar 2"),
    "plain": _("BioStar 2 devices without TLS"),
    "report": _("Reports of BioStar 2"),
    "screen-models": _("Models with a screen (TCP 1470)"),
    "secure-direct": _("TLS to BioStar 2 devices in direct mode"),
    "small-models": _("Models without a screen (TCP 1471)"),
    "tls": _("BioStar 2 devices with TLS"),
    "unified-gateway": _("The unified gateway of BioStar 2"),
    "video": _("Video of BioStar 2"),
}
DIRECTIONS: Final = {"in": _("in"), "out": _("out"), "forward": _("through")}


def feature_words(name: str) -> str:
    """What an option of the catalogue is called; one without words of its own by its name in words."""
    return str(_FEATURES.get(name, name.replace("-", " ").capitalize()))


def usual_features() -> list[str]:
    """Names of what plans open by default, and may be left out."""
    return sorted({name for entry in load_catalogue().entries if entry.plan == "default" for name in entry.features})


def further_features() -> list[str]:
    """Names of what plans open only when it is wanted."""
    optional = {name for entry in load_catalogue().entries if entry.plan == "option" for name in entry.features}
    return sorted(optional.difference(usual_features()))

"""Words that the console shows and that stand in no template: they come from the floors below and from tables.

The meaning of events, the states of devices, the rights and roles are written once, in English, where they belong;
pages translate them as they show them. Here they are gathered, so that the catalogues know them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from django.contrib import admin

from doorward.gateway.collaborators import DeviceState
from doorward.protocol.biostar1 import events as biostar1
from doorward.server.audit.choices import Outcome
from doorward.server.checks.running import CHECKS
from doorward.server.devices.choices import Approval, Mode
from doorward.server.events.choices import AlarmSource, AlarmState, Category, Severity
from doorward.server.operators.rights import ALL_RIGHTS, BUILT_IN_ROLES


def shown_by_scripts() -> list[str]:
    """Words that scripts translate."""
    found = {meaning.words for meaning in biostar1.EVENTS.values()}
    found.update(biostar1.VERIFIED_BY.values(), biostar1.IDENTIFIED_BY.values())
    found.update(str(item.label) for item in (*Category, *Severity))
    found.update(check.subject for check in CHECKS)
    return sorted(found)


def shown_by_pages() -> list[str]:
    """Words that templates and views translate."""
    found = set(shown_by_scripts())
    found.update(state.value for state in DeviceState)
    for choices in (Approval, Mode, AlarmState, AlarmSource, Outcome):
        found.update(str(item.label) for item in choices)
    for right in ALL_RIGHTS:
        found.add(right.words)
    for slug, (purpose, _rights) in BUILT_IN_ROLES.items():
        found.update((slug.capitalize(), purpose))
    for model in admin.site._registry:  # noqa: SLF001 - Django names no other way to all of them
        found.update((str(model._meta.verbose_name), str(model._meta.verbose_name_plural)))
    return sorted(found)


def write_vocabulary(folder: Path) -> list[Path]:
    """Write the words where the collector of texts finds them; the files are to be removed afterwards."""
    pages = folder / "vocabulary_of_pages.py"
    pages.write_text(_calls(shown_by_pages(), "gettext({})"), encoding="utf-8")
    scripts = folder / "vocabulary_of_scripts.js"
    scripts.write_text(_calls(shown_by_scripts(), "gettext({});"), encoding="utf-8")
    return [pages, scripts]


def _calls(words: Iterable[str], call: str) -> str:
    # A text in quotes that Python and JavaScript both read.
    return "\n".join(call.format(json.dumps(text)) for text in words) + "\n"

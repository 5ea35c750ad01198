"""The guide that takes people and photos in from files: upload, look, agree, and take back."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from doorward.server.console.frame import console_page, page
from doorward.server.imports.choices import ImportSource
from doorward.server.imports.columns import FILE_COLUMNS, NOT_READ
from doorward.server.imports.job import RIGHT
from doorward.server.imports.services import LARGEST, UNDO_KEPT
from doorward.server.people.models import PersonField

PIECE_BYTES: Final = 4 * 1024 * 1024


@console_page(RIGHT)
def people_import(request: HttpRequest) -> HttpResponse:
    """Take people or their photos in from a file."""
    source = ImportSource.PHOTOS if request.GET.get("source") == ImportSource.PHOTOS.value else ImportSource.PEOPLE
    here = reverse("console:people_import")
    context: dict[str, Any] = {
        "source": source.value,
        "tabs": [
            (here, _("People"), source is ImportSource.PEOPLE),
            (f"{here}?source={ImportSource.PHOTOS.value}", _("Photos"), source is ImportSource.PHOTOS),
            (reverse("console:take_over"), _("From devices"), False),
        ],
        "columns": [(name, _(words)) for name, words in FILE_COLUMNS.items() if name not in NOT_READ],
        "own": PersonField.objects.all(),
        "days": UNDO_KEPT.days,
        "data": {
            "source": source.value,
            "api": "/api/v1/people/imports",
            "piece": PIECE_BYTES,
            "largest": LARGEST[source],
            "days": UNDO_KEPT.days,
            "person": reverse("console:person", args=[0]),
            "people": reverse("console:people"),
            "columns": [name for name in FILE_COLUMNS if name not in NOT_READ],
        },
    }
    above = [(_("People"), reverse("console:people"))]
    return page(request, "imports/import.html", title=_("Import"), above=above, context=context)


console_urlpatterns = [path("people/import/", people_import, name="people_import")]

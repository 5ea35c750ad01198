"""``/api/v1/people/imports``: people and photos from files, in two steps, and back."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Field, File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile

from doorward.server.cursors import PageQuery, newest_first, oldest_first
from doorward.server.imports import services
from doorward.server.imports.choices import ImportOutcome
from doorward.server.imports.columns import FILE_COLUMNS, NOT_READ, OWN
from doorward.server.imports.export_job import EXPORT, PeopleFormat
from doorward.server.imports.job import RIGHT
from doorward.server.imports.models import Import
from doorward.server.imports.options import ImportOptions
from doorward.server.imports.shapes import (
    ApplyOrder,
    ImportColumn,
    ImportedPersonList,
    ImportList,
    ImportOrder,
    ImportOut,
    ImportProblemList,
    shown,
    shown_person,
    shown_problem,
)
from doorward.server.imports.text_table import Separator
from doorward.server.jobs import services as jobs
from doorward.server.jobs.api import JobOut
from doorward.server.jobs.api import shown as shown_job
from doorward.server.operators.callers import CallerAuth, require
from doorward.server.people.models import PersonField

router = Router(auth=CallerAuth())
exports = Router(auth=CallerAuth())

HIGHEST = 2**63 - 1

Offset = Annotated[int, Field(ge=0, le=HIGHEST, description="How many bytes came before.")]


class ImportedPeopleQuery(PageQuery):
    """Which people of an import are listed."""

    outcome: ImportOutcome | None = Field(None, description="Only those.")


class PeopleExportOrder(Schema):
    """Which people are written, and how."""

    format: Annotated[PeopleFormat, Field(description="PIN codes are never written.")] = PeopleFormat.CSV
    separator: Annotated[Separator, Field(description="Of CSV; detect stands for the comma.")] = Separator.COMMA
    text: Annotated[str, Field(max_length=100, description="Only whom a search for this finds.")] = ""
    group: Annotated[int | None, Field(ge=1, le=128, description="Only members of this access group.")] = None


@exports.post("", response={202: JobOut}, summary="Export people in the background")
def start_people_export(request: HttpRequest, order: PeopleExportOrder) -> Status[JobOut]:
    """Start a job that writes people, or their photos, into a file; what it writes can be imported again."""
    caller = require(request, RIGHT)
    require(request, "people.view")
    asked = order.model_dump(mode="json", exclude_none=True)
    if order.separator is Separator.DETECT:
        asked["separator"] = Separator.COMMA.value
    return Status(202, shown_job(jobs.start(EXPORT, asked, caller.operator, asked=asked)))


@router.get("", response=ImportList, summary="List imports")
def list_imports(request: HttpRequest, page: Query[PageQuery]) -> ImportList:
    """The caller's own imports, the newest first."""
    found, following = newest_first(services.imports_of(require(request, RIGHT).operator), page)
    return ImportList(items=[shown(item) for item in found], next=following)


@router.get("/columns", response=list[ImportColumn], summary="List the columns of files of people")
def list_columns(request: HttpRequest) -> list[ImportColumn]:
    """What the heading of a file of people may name; ``number`` alone is needed."""
    require(request, RIGHT)
    columns = [ImportColumn(name=name, words=words, read=name not in NOT_READ) for name, words in FILE_COLUMNS.items()]
    own = PersonField.objects.all()
    return columns + [ImportColumn(name=OWN + field.slug, words=field.name, read=True) for field in own]


@router.post("", response={201: ImportOut}, summary="Begin an import")
def begin_import(request: HttpRequest, order: ImportOrder) -> Status[ImportOut]:
    """Say what comes; the file follows in pieces. Nothing is changed before it was checked and agreed to."""
    caller = require(request, RIGHT)
    item = services.begin(caller.operator, caller.access, order.source, order.file_name, order.size, order.options)
    return Status(201, shown(item))


@router.get("/{int:number}", response=ImportOut, summary="Show an import")
def show_import(request: HttpRequest, number: int) -> ImportOut:
    """How far it has come, and what it does or did."""
    return shown(_import(request, number))


@router.post("/{int:number}/pieces", response=ImportOut, summary="Upload a piece of the file")
def upload_piece(request: HttpRequest, number: int, piece: File[UploadedFile], offset: Form[Offset] = 0) -> ImportOut:
    """At most 8 MB; all but the last a multiple of 262144 bytes. The last one lets the file be checked."""
    item = _import(request, number)
    services.take_piece(item, offset, piece.read())
    return shown(_import(request, number))


@router.post("/{int:number}/check", response={202: ImportOut}, summary="Check an import anew")
def check_import(request: HttpRequest, number: int, options: ImportOptions) -> Status[ImportOut]:
    """Read the file once more, perhaps otherwise; nothing is changed by it."""
    services.check(_import(request, number), options)
    return Status(202, shown(_import(request, number)))


@router.get("/{int:number}/problems", response=ImportProblemList, summary="List the faults of an import")
def list_problems(request: HttpRequest, number: int, page: Query[PageQuery]) -> ImportProblemList:
    """Every fault with row, column, value and what is allowed, in the order of the file."""
    found, following = oldest_first(_import(request, number).problems.all(), page)
    return ImportProblemList(items=[shown_problem(problem) for problem in found], next=following)


@router.get("/{int:number}/people", response=ImportedPersonList, summary="List the people of an import")
def list_imported_people(request: HttpRequest, number: int, filters: Query[ImportedPeopleQuery]) -> ImportedPersonList:
    """Whoever is added or changed, in the order of the file, with what is different."""
    rows = _import(request, number).people.all()
    if filters.outcome is not None:
        rows = rows.filter(outcome=filters.outcome)
    found, following = oldest_first(rows, filters)
    return ImportedPersonList(items=[shown_person(person) for person in found], next=following)


@router.post("/{int:number}/apply", response={202: ImportOut}, summary="Apply an import")
def apply_import(request: HttpRequest, number: int, order: ApplyOrder) -> Status[ImportOut]:
    """Do what was seen, in one transaction; refused where it would do something else by now."""
    services.apply(_import(request, number), order.plan)
    return Status(202, shown(_import(request, number)))


@router.post("/{int:number}/undo", response={202: ImportOut}, summary="Undo an import")
def undo_import(request: HttpRequest, number: int) -> Status[ImportOut]:
    """Within 7 days. Whoever was changed since is left as is, and named."""
    services.undo(_import(request, number))
    return Status(202, shown(_import(request, number)))


@router.delete("/{int:number}", response={204: None}, summary="Drop an import")
def drop_import(request: HttpRequest, number: int) -> Status[None]:
    """Forget the file and what is needed to undo it; what was applied stays."""
    services.drop(_import(request, number))
    return Status(204, None)


def _import(request: HttpRequest, number: int) -> Import:
    return services.one_import(min(number, HIGHEST), require(request, RIGHT).operator)

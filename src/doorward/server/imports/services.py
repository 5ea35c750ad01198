"""What is done with imports from requests: begin, take in pieces, check, apply, undo, drop."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.utils import timezone

from doorward.model.errors import InvalidInput
from doorward.server.audit.services import Thing, record
from doorward.server.errors import NotThere
from doorward.server.imports import sealed_file
from doorward.server.imports.choices import ImportFileKind, ImportSource, ImportState
from doorward.server.imports.export_job import EXPORT, GIVE_OUT
from doorward.server.imports.job import APPLY, CHECK, UNDO, ImportRefused
from doorward.server.imports.models import Import, ImportedPerson
from doorward.server.imports.options import ImportOptions
from doorward.server.imports.planning import COLUMN_RIGHTS
from doorward.server.jobs import services as jobs
from doorward.server.jobs.choices import State as JobState

if TYPE_CHECKING:
    from doorward.server.operators.access import Access
    from doorward.server.operators.models import Operator

UNUSED_KEPT: Final = timedelta(days=1)
"""How long a file is kept that nobody agreed to."""

UNDO_KEPT: Final = timedelta(days=7)
"""How long an import can be undone."""

MOST_OPEN: Final = 10
"""So many imports of one operator may lie there unused."""

LARGEST_PIECE: Final = 8 * 1024 * 1024
LARGEST: Final[Mapping[str, int]] = {ImportSource.PEOPLE: 64 * 1024 * 1024, ImportSource.PHOTOS: 512 * 1024 * 1024}
KINDS: Final[Mapping[str, tuple[ImportFileKind, ...]]] = {
    ImportSource.PEOPLE: (ImportFileKind.CSV, ImportFileKind.XLSX),
    ImportSource.PHOTOS: (ImportFileKind.ZIP,),
}
SUFFIXES: Final = {
    ".csv": ImportFileKind.CSV,
    ".txt": ImportFileKind.CSV,
    ".xlsx": ImportFileKind.XLSX,
    ".zip": ImportFileKind.ZIP,
}
_BROKEN: Final = (JobState.FAILED, JobState.STOPPED)
_BEFORE: Final = {
    ImportState.CHECKING.value: ImportState.FAILED.value,
    ImportState.APPLYING.value: ImportState.CHECKED.value,
    ImportState.UNDOING.value: ImportState.APPLIED.value,
}
"""What a state is when the job that is to end it failed."""


class UnknownImport(NotThere):
    """There is no such import, or it is somebody else's."""

    def __init__(self, number: int) -> None:
        super().__init__("import", number, "the number of an import of yours; GET /api/v1/people/imports lists them")


def imports_of(operator: Operator) -> Any:
    """The imports of somebody; nobody else may see them, since they hold what nobody agreed to yet."""
    return Import.objects.filter(operator=operator, expires__gt=timezone.now()).select_related("job", "operator")


def one_import(number: int, operator: Operator) -> Import:
    """An import of somebody.

    Raises:
        UnknownImport: There is none.
    """
    found: Import | None = imports_of(operator).filter(pk=number).first()
    if found is None:
        raise UnknownImport(number)
    return found


def standing(item: Import) -> str:
    """How far an import has come, also where the job that was to go on with it ended without a word."""
    if item.state in _BEFORE and (item.job is None or item.job.state in _BROKEN):
        return _BEFORE[item.state]
    return item.state


def begin(
    operator: Operator, access: Access, source: ImportSource, file_name: str, size: int, options: ImportOptions
) -> Import:
    """Begin an import; its file comes in pieces then.

    Raises:
        InvalidInput: The file is of another kind, or too large.
        ImportRefused: Too many of this operator lie there.
    """
    kind = _kind(source, file_name)
    if not 0 < size <= LARGEST[source]:
        raise InvalidInput("size", size, f"1 to {LARGEST[source]} bytes ({LARGEST[source] // 1024 // 1024} MB)")
    unused = imports_of(operator).exclude(state__in=[ImportState.APPLIED, ImportState.UNDONE])
    if unused.count() >= MOST_OPEN:
        raise ImportRefused(
            f"{MOST_OPEN} imports of yours were neither applied nor dropped.", advice="Drop one of them first."
        )
    now = timezone.now()
    return Import.objects.create(
        operator=operator,
        source=source,
        kind=kind,
        file_name=PurePath(file_name).name[-150:],
        size=size,
        stored_name=secrets.token_hex(16),
        options=options.model_dump(mode="json", exclude_defaults=True),
        rights=sorted(right for right in set(COLUMN_RIGHTS.values()) if access.may(right)),
        created=now,
        expires=now + UNUSED_KEPT,
    )


def _kind(source: ImportSource, file_name: str) -> ImportFileKind:
    kind = SUFFIXES.get(PurePath(file_name).suffix.lower())
    if kind not in KINDS[source]:
        allowed = ", ".join(suffix for suffix, one in SUFFIXES.items() if one in KINDS[source])
        raise InvalidInput("file_name", file_name, f"a file whose name ends with {allowed}")
    return kind


def take_piece(item: Import, offset: int, content: bytes) -> None:
    """Take in the next piece of a file; the last one lets it be checked.

    Raises:
        ImportRefused: It is whole already.
        InvalidInput: It is another piece than the next, or of a size that does not fit.
    """
    rest = item.size - item.received
    if item.state != ImportState.RECEIVING or not rest:
        raise ImportRefused("This file is here already.", advice="Look at the import, or begin a new one.")
    if offset != item.received:
        raise InvalidInput("offset", offset, f"{item.received}: so many bytes have come")
    if not content or len(content) > min(rest, LARGEST_PIECE):
        raise InvalidInput("piece", f"<{len(content)} bytes>", f"1 to {min(rest, LARGEST_PIECE)} bytes")
    if len(content) != rest and len(content) % sealed_file.BLOCK:
        raise InvalidInput(
            "piece", f"<{len(content)} bytes>", f"a multiple of {sealed_file.BLOCK} bytes, but for the last piece"
        )
    sealed_file.append(item.stored_name, offset, content)
    # Two pieces that come at the same time have one offset: one of them counts.
    taken = Import.objects.filter(pk=item.pk, received=offset, state=ImportState.RECEIVING).update(
        received=offset + len(content)
    )
    if not taken:
        raise ImportRefused("Another piece came at the same time.", advice="Look how much has come, and go on there.")
    item.received = offset + len(content)
    if item.received == item.size:
        check(item, ImportOptions.model_validate(item.options))


def check(item: Import, options: ImportOptions) -> None:
    """Have a file checked, perhaps read otherwise than before.

    Raises:
        ImportRefused: The file is not whole or is gone, or the import went on.
        JobRefused: Too many jobs are open.
    """
    if item.received < item.size or not item.stored_name:
        raise ImportRefused("The file is not here as a whole.", advice="Upload it first.")
    allowed = (ImportState.RECEIVING, ImportState.FAULTY, ImportState.CHECKED, ImportState.FAILED)
    _go_on(item, CHECK, allowed, ImportState.CHECKING, options=options.model_dump(mode="json", exclude_defaults=True))


def apply(item: Import, plan: str) -> None:
    """Do what an import would do; whoever asks has seen it.

    Args:
        item: The import.
        plan: ``plan`` of the import as it was seen.

    Raises:
        ImportRefused: It has faults, was not checked, or was checked anew since.
        JobRefused: Too many jobs are open.
    """
    if standing(item) != ImportState.CHECKED:
        raise ImportRefused(
            "Only an import that was checked and has no faults can be applied.", advice="Check it and mend its faults."
        )
    if plan != item.plan:
        raise ImportRefused("It was checked anew since you looked at it.", advice="Look at it once more, then agree.")
    _go_on(item, APPLY, (ImportState.CHECKED,), ImportState.APPLYING, expires=timezone.now() + UNDO_KEPT)


def undo(item: Import) -> None:
    """Take an import back; whoever was changed since is left as is, and named.

    Raises:
        ImportRefused: It was not applied, or was undone.
        JobRefused: Too many jobs are open.
    """
    if standing(item) != ImportState.APPLIED:
        raise ImportRefused("Only an import that was applied can be undone.", advice="Look at how far it has come.")
    _go_on(item, UNDO, (ImportState.APPLIED,), ImportState.UNDOING)


def _go_on(item: Import, kind: str, allowed: Iterable[ImportState], state: ImportState, **changes: Any) -> None:
    with transaction.atomic():
        now = standing(item)
        if now not in {one.value for one in allowed}:
            raise ImportRefused("This import is at work, or over.", advice="Look at how far it has come.")
        job = jobs.start(
            kind, {"import": item.pk, "file": item.file_name}, item.operator, asked={"file": item.file_name}
        )
        if not Import.objects.filter(pk=item.pk, state=item.state).update(state=state, job=job, words="", **changes):
            raise ImportRefused("This import went on meanwhile.", advice="Look at it anew.")
    item.refresh_from_db()


def drop(item: Import) -> None:
    """Forget an import, and what is needed to undo it; what it did stays.

    Raises:
        ImportRefused: It is at work.
    """
    if standing(item) in _BEFORE:
        raise ImportRefused("This import is at work.", advice="Stop its job first, or wait until it is done.")
    with transaction.atomic():
        record("people.import.drop", Thing("import", str(item.pk), item.file_name))
        _forget(item)


def _forget(item: Import) -> None:
    name = item.stored_name
    item.delete()
    if name:
        transaction.on_commit(lambda: sealed_file.remove(name))


def forget_expired() -> int:
    """Forget what nobody agreed to in time, and what can be undone no longer; gives how many imports.

    Files that belong to no import go too.
    """
    old = list(Import.objects.filter(expires__lt=timezone.now()).exclude(state__in=_BEFORE))
    for item in old:
        _forget(item)
    kept = set(Import.objects.exclude(stored_name="").values_list("stored_name", flat=True))
    folder = sealed_file.uploads_folder()
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name not in kept:
            path.unlink(missing_ok=True)
    return len(old)


def forget_person(number: int) -> None:
    """Forget what imports keep of somebody who is erased, within the transaction.

    Files that were uploaded and not applied go as a whole, whoever they name: nobody reads them to find out. Files that
    were written of people go too.
    """
    for item in Import.objects.exclude(stored_name=""):
        _forget(item)
    ImportedPerson.objects.filter(number=number).delete()
    jobs.forget_files([EXPORT, GIVE_OUT])

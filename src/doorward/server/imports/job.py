"""The steps of an import, each as a job: check, apply, undo. What a step changes it changes in one transaction."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from doorward.model.errors import DoorwardError, InvalidFile
from doorward.server.audit.services import Thing, record
from doorward.server.imports import sealed_file
from doorward.server.imports.choices import ImportSource, ImportState
from doorward.server.imports.models import Import
from doorward.server.imports.people_steps import apply_people, check_people
from doorward.server.imports.photo_steps import apply_photos, check_photos
from doorward.server.imports.undoing import undo_people, undo_photos
from doorward.server.jobs.acting import acting_for
from doorward.server.jobs.kinds import Arguments, JobKind, Stopped, Work

RIGHT: Final = "people.import"
CHECK: Final = "people.import.check"
APPLY: Final = "people.import.apply"
UNDO: Final = "people.import.undo"

Step = Callable[[Import, Work], str]


class ImportRefused(DoorwardError):
    """An import is not in the state in which this can be done with it."""


def _run(step: Step, wanted: ImportState, failed: ImportState) -> Callable[[Work], str]:
    """Do a step with the import that the job names.

    Args:
        step: What is done.
        wanted: The state in which it is done.
        failed: The state when it could not be done.
    """

    def run(work: Work) -> str:
        item = Import.objects.select_related("operator").filter(pk=int(work.arguments["import"])).first()
        if item is None or item.state not in (wanted, failed):
            raise ImportRefused(
                "This import is not there any more, or it went on meanwhile.", advice="Look at it anew."
            )
        Import.objects.filter(pk=item.pk).update(state=wanted)
        work.path.unlink(missing_ok=True)  # no file comes of it
        with acting_for(work), _noting_failure(item, failed):
            words = step(item, work)
        Import.objects.filter(pk=item.pk).update(words=words)
        return words

    return run


@contextlib.contextmanager
def _noting_failure(item: Import, failed: ImportState) -> Iterator[None]:
    try:
        yield
    except Stopped:
        Import.objects.filter(pk=item.pk).update(state=failed, words=gettext("It was stopped; nothing was changed."))
        raise
    except DoorwardError as error:
        Import.objects.filter(pk=item.pk).update(state=failed, words=error.message)
        raise
    except Exception:
        words = gettext("A fault of the server; nothing was changed. Its log tells more.")
        Import.objects.filter(pk=item.pk).update(state=failed, words=words)
        raise


def _check(item: Import, work: Work) -> str:
    return check_photos(item, work) if item.source == ImportSource.PHOTOS else check_people(item, work)


def _apply(item: Import, work: Work) -> str:
    if not item.stored_name:
        raise InvalidFile(sealed_file.GONE, advice=sealed_file.UPLOAD_AGAIN)
    words = apply_photos(item, work) if item.source == ImportSource.PHOTOS else apply_people(item, work)
    sealed_file.remove(item.stored_name)
    Import.objects.filter(pk=item.pk).update(stored_name="")
    return words


def _undo(item: Import, work: Work) -> str:
    work.progress(0)
    with transaction.atomic():
        words = undo_photos(item) if item.source == ImportSource.PHOTOS else undo_people(item)
        Import.objects.filter(pk=item.pk).update(state=ImportState.UNDONE, undone=timezone.now())
        record(UNDO, Thing("import", str(item.pk), item.file_name), words=words)
    return words


def _title(words: Callable[[], str]) -> Callable[[Arguments], str]:
    def title(arguments: Arguments) -> str:
        return f"{words()}: {arguments.get('file', '')}"

    return title


def _no_file(_: Arguments) -> str:
    return ""


KINDS: Final = (
    JobKind(
        CHECK,
        RIGHT,
        _title(lambda: gettext("Check an import")),
        _no_file,
        _run(_check, ImportState.CHECKING, ImportState.FAILED),
    ),
    JobKind(
        APPLY,
        RIGHT,
        _title(lambda: gettext("Apply an import")),
        _no_file,
        _run(_apply, ImportState.APPLYING, ImportState.CHECKED),
    ),
    JobKind(
        UNDO,
        RIGHT,
        _title(lambda: gettext("Undo an import")),
        _no_file,
        _run(_undo, ImportState.UNDOING, ImportState.APPLIED),
    ),
)

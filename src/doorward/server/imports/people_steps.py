"""An import of people: what the file says is compared with the data, and written once it was agreed to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from doorward.model.errors import DoorwardError
from doorward.server.audit.services import Thing, record
from doorward.server.imports import sealed_file
from doorward.server.imports.choices import ImportFileKind, ImportOutcome, ImportState
from doorward.server.imports.models import Import, ImportedPerson, ImportProblem
from doorward.server.imports.options import ImportOptions
from doorward.server.imports.planning import COLUMN_RIGHTS, Plan, Planned, check_rights, known_values, make_plan
from doorward.server.imports.reading import PeopleFile, RowPerson
from doorward.server.imports.states import differences
from doorward.server.imports.table import Problem, SourceRow
from doorward.server.imports.text_table import text_rows
from doorward.server.imports.undoing import sealed_state
from doorward.server.imports.writing import write_people
from doorward.server.jobs.kinds import Work

ACTION: Final = "people.import"
MOST_PROBLEMS: Final = 10_000
"""So many faults are kept; more are counted."""

TOLD_EVERY: Final = 200
ROWS_AT_ONCE: Final = 200


class OtherwiseNow(DoorwardError):
    """The data is not as it was when an import was checked, so it would do something else than was agreed to."""

    def __init__(self) -> None:
        super().__init__(
            "People of this file were changed since it was checked, so it would do something else now; nothing was "
            "changed.",
            advice="Check it again, look at what it does, and agree anew.",
        )


def check_people(item: Import, work: Work) -> str:
    """Read the whole file and keep what it would do, and what is wrong with it; nothing is changed."""
    rows, file, problems = _read(item, work)
    problems += check_rights(file.columns, _rights(item, work), 1)
    plan = make_plan(rows)
    problems += plan.problems
    problems.sort(key=lambda problem: problem.row)
    with transaction.atomic():
        _keep(item, file, plan, problems)
    return checked_words(len(problems), plan.added, plan.changed, plan.unchanged)


def checked_words(problems: int, added: int, changed: int, unchanged: int) -> str:
    """What a check found, in words."""
    if problems:
        words = ngettext(
            "%(count)s fault; nothing can be imported before it is mended",
            "%(count)s faults; nothing can be imported before they are mended",
            problems,
        )
        return words % {"count": f"{problems:,}"}
    return gettext("%(added)s to be added, %(changed)s to be changed, %(unchanged)s as before") % {
        "added": f"{added:,}",
        "changed": f"{changed:,}",
        "unchanged": f"{unchanged:,}",
    }


def apply_people(item: Import, work: Work) -> str:
    """Do what was agreed to, in one transaction, and keep what is needed to undo it.

    Raises:
        OtherwiseNow: It would do something else now.
    """
    rows, file, problems = _read(item, work)
    if problems or check_rights(file.columns, _rights(item, work), 1):
        raise OtherwiseNow
    with transaction.atomic():
        plan = make_plan(rows, lock=True)
        if plan.problems or plan.digest() != item.plan:
            raise OtherwiseNow
        write_people([one.change for one in plan.people], action=ACTION)
        ImportedPerson.objects.filter(of=item).delete()
        ImportedPerson.objects.bulk_create((_kept(item, one) for one in plan.people), batch_size=ROWS_AT_ONCE)
        Import.objects.filter(pk=item.pk).update(state=ImportState.APPLIED, applied=timezone.now())
        words = gettext("%(added)s added, %(changed)s changed, %(unchanged)s as before") % {
            "added": f"{plan.added:,}",
            "changed": f"{plan.changed:,}",
            "unchanged": f"{plan.unchanged:,}",
        }
        record("people.import.apply", Thing("import", str(item.pk), item.file_name), words=words)
    return words


def _rights(item: Import, work: Work) -> frozenset[str]:
    """The rights that whoever uploaded it showed then and has now."""
    access = work.operator.access
    return frozenset(right for right in set(COLUMN_RIGHTS.values()) if right in item.rights and access.may(right))


def _read(item: Import, work: Work) -> tuple[list[RowPerson], PeopleFile, list[Problem]]:
    options = ImportOptions.model_validate(item.options)
    problems: list[Problem] = []
    with _table(item, options, problems) as rows:
        file = PeopleFile(
            rows, known_values(options), padded=item.kind == ImportFileKind.CSV, columns=options.columns
        )  # fmt: skip
        people = []
        for person in file.people():
            people.append(person)
            if file.count % TOLD_EVERY == 0:
                work.progress(file.count)
    work.progress(file.count, file.count)
    return people, file, problems + file.problems


@contextmanager
def _table(item: Import, options: ImportOptions, problems: list[Problem]) -> Iterator[Iterator[SourceRow]]:
    with sealed_file.opened(item.stored_name, item.size) as content:
        if item.kind == ImportFileKind.CSV:
            yield text_rows(content.read(), options.encoding, options.separator)
            return
        from doorward.server.imports.workbook_table import WorkbookTable  # noqa: PLC0415 - slow, and seldom needed

        table = WorkbookTable(content, options.sheet)
        problems += table.merged_cells()
        yield table.rows()


def _keep(item: Import, file: PeopleFile, plan: Plan, problems: list[Problem]) -> None:
    keep_problems(item, problems)
    ImportedPerson.objects.filter(of=item).delete()
    ImportedPerson.objects.bulk_create((_shown(item, one) for one in plan.people), batch_size=ROWS_AT_ONCE)
    Import.objects.filter(pk=item.pk).update(
        state=ImportState.FAULTY if problems else ImportState.CHECKED,
        checked=timezone.now(),
        rows=file.count,
        added=plan.added,
        changed=plan.changed,
        unchanged=plan.unchanged,
        departments=[list(way) for way in plan.departments],
        headings=[list(pair) for pair in zip(file.headings, file.columns, strict=False)],
        plan="" if problems else plan.digest(),
    )


def keep_problems(item: Import, problems: list[Problem]) -> None:
    """Keep what is wrong with a file, in place of what was found before."""
    ImportProblem.objects.filter(of=item).delete()
    ImportProblem.objects.bulk_create(
        (
            ImportProblem(
                of=item, row=problem.row, column=problem.column[:200], value=problem.value, allowed=problem.allowed
            )
            for problem in problems[:MOST_PROBLEMS]
        ),
        batch_size=100,
    )
    Import.objects.filter(pk=item.pk).update(problem_count=len(problems))


def _shown(item: Import, one: Planned) -> ImportedPerson:
    change = one.change
    assert change.after is not None
    return ImportedPerson(
        of=item,
        number=change.number,
        row=one.row,
        name=change.after["name"],
        outcome=ImportOutcome.ADDED if change.before is None else ImportOutcome.CHANGED,
        changes=differences(change.before, change.after),
    )


def _kept(item: Import, one: Planned) -> ImportedPerson:
    row = _shown(item, one)
    if one.change.before is not None:
        row.before = sealed_state(one.change.before)
    row.after = sealed_state(one.change.after)
    return row

"""The tree of departments."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Count, QuerySet

from doorward.model.errors import DoorwardError, InvalidInput
from doorward.server.audit.services import named
from doorward.server.errors import NotThere
from doorward.server.people.checking import device_text
from doorward.server.people.models import Department
from doorward.server.people.noting import many_at_once, note_person


class UnknownDepartment(NotThere):
    """There is no such department."""

    def __init__(self, department_id: int) -> None:
        super().__init__("department", department_id, "the number of a department; GET /api/v1/departments lists them")


class DepartmentInUse(DoorwardError):
    """A department still holds something, so it is not deleted."""

    default_advice = "Move who and what lies in it to another department first."


def departments() -> QuerySet[Department]:
    """All departments in the order of their names, each with ``people_in``, how many people it has itself."""
    return Department.objects.annotate(people_in=Count("people"))


def one_department(department_id: int) -> Department:
    """A department.

    Raises:
        UnknownDepartment: There is none.
    """
    found = Department.objects.filter(pk=department_id).first()
    if found is None:
        raise UnknownDepartment(department_id)
    return found


def departments_below(department_ids: Iterable[int]) -> set[int]:
    """The departments and all that lie in them, at any depth."""
    children: dict[int | None, list[int]] = {}
    for department_id, parent_id in Department.objects.values_list("pk", "parent_id"):
        children.setdefault(parent_id, []).append(department_id)
    found: set[int] = set()
    ahead = list(department_ids)
    while ahead:
        department_id = ahead.pop()
        if department_id not in found:
            found.add(department_id)
            ahead.extend(children.get(department_id, ()))
    return found


def create_department(name: str, parent: Department | None = None) -> Department:
    """Add a department.

    Raises:
        InvalidInput: The name is empty, longer than any device holds, or taken among its neighbours.
    """
    kept = device_text("name", name, empty=False)
    with transaction.atomic(), named("department.create"):
        _refuse_twins(kept, parent, but=None)
        return Department.objects.create(name=kept, parent=parent)


def change_department(
    department: Department, *, name: str | None = None, parent: Department | bool | None = False
) -> Department:
    """Rename a department, or put it into another one.

    Args:
        department: Which.
        name: The new name; None leaves it.
        parent: The department that it shall lie in, None for the top; False leaves it where it is.

    Raises:
        InvalidInput: The name is not allowed or taken, or the department would lie in itself.
    """
    with transaction.atomic(), named("department.change"):
        renamed = False
        if name is not None:
            kept = device_text("name", name, empty=False)
            renamed = kept != department.name
            department.name = kept
        if not isinstance(parent, bool):
            # All of them: two people who move departments at once could put each into the other.
            list(Department.objects.select_for_update(no_key=True).order_by("pk").values_list("pk"))
            if parent is not None and parent.pk in departments_below([department.pk]):
                raise InvalidInput("parent_id", parent.pk, "a department that does not lie in the moved one")
            department.parent = parent
        _refuse_twins(department.name, department.parent, but=department.pk)
        department.save()
        if renamed:
            with many_at_once("department renamed"):
                for number in department.people.values_list("number", flat=True):
                    note_person(number, "changed", fields=["department"], urgent=False)
    return department


def delete_department(department: Department) -> None:
    """Delete a department that holds nothing.

    Raises:
        DepartmentInUse: It holds people or departments.
    """
    with transaction.atomic(), named("department.delete"):
        held, children = department.people.count(), department.children.count()
        if held or children:
            raise DepartmentInUse(f"The department {department} holds {held} people and {children} departments.")
        department.delete()


def department_named(path: str, *, separator: str = "/") -> Department | None:
    """The department of a path such as ``Works/Paint shop``; None where there is none, or the path is empty."""
    found: Department | None = None
    for name in (part.strip() for part in path.split(separator)):
        found = Department.objects.filter(name=name, parent=found).first()
        if found is None:
            return None
    return found


def _refuse_twins(name: str, parent: Department | None, *, but: int | None) -> None:
    twins = Department.objects.filter(name=name, parent=parent)
    if (twins if but is None else twins.exclude(pk=but)).exists():
        raise InvalidInput("name", name, "a name that no other department there has")

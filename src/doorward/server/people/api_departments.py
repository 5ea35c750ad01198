"""``/api/v1/departments``: the tree of departments."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Path, Router, Status

from doorward.model.errors import InvalidInput
from doorward.server.devices.shapes import HIGHEST_NUMBER
from doorward.server.operators.callers import CallerAuth, require
from doorward.server.people import departments
from doorward.server.people.api import EDIT, VIEW
from doorward.server.people.models import Department
from doorward.server.people.shapes import DepartmentChange, DepartmentIn, DepartmentOut, shown_department

router = Router(auth=CallerAuth())

OfDepartment = Path[Annotated[int, Field(ge=1, le=HIGHEST_NUMBER)]]


@router.get("", response=list[DepartmentOut], summary="List departments")
def list_departments(request: HttpRequest) -> list[DepartmentOut]:
    """All departments in the order of their names."""
    require(request, VIEW)
    return [shown_department(found, getattr(found, "people_in", 0)) for found in departments.departments()]


@router.post("", response={201: DepartmentOut}, summary="Add a department")
def create_department(request: HttpRequest, body: DepartmentIn) -> Status[DepartmentOut]:
    """At the top, or in another one."""
    require(request, VIEW)
    require(request, EDIT)
    return Status(201, shown_department(departments.create_department(body.name, _parent(body.parent_id)), 0))


@router.patch("/{int:department_id}", response=DepartmentOut, summary="Change a department")
def change_department(request: HttpRequest, department_id: OfDepartment, body: DepartmentChange) -> DepartmentOut:
    """Rename it, or put it into another one; devices that show departments get the new name."""
    require(request, VIEW)
    require(request, EDIT)
    given = body.model_dump(exclude_unset=True)
    if "name" in given and given["name"] is None:
        raise InvalidInput("name", None, "a name; leave it out to keep the present one")
    parent = _parent(given["parent_id"]) if "parent_id" in given else False
    found = departments.one_department(department_id)
    departments.change_department(found, name=given.get("name"), parent=parent)
    return shown_department(found, found.people.count())


@router.delete("/{int:department_id}", response={204: None}, summary="Delete a department")
def delete_department(request: HttpRequest, department_id: OfDepartment) -> Status[None]:
    """Delete a department that holds nothing."""
    require(request, VIEW)
    require(request, EDIT)
    departments.delete_department(departments.one_department(department_id))
    return Status(204, None)


def _parent(department_id: int | None) -> Department | None:
    if department_id is None:
        return None
    found = Department.objects.filter(pk=department_id).first()
    if found is None:
        raise InvalidInput("parent_id", department_id, "the number of a department")
    return found

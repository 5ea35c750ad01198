"""Answers Django's questions for permissions from the rights of roles."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend

from doorward.server.operators.models import Operator
from doorward.server.operators.rights import RIGHTS, rights_that_cover


class RoleBackend(ModelBackend):
    """Passwords as Django checks them; permissions from roles.

    A permission is the name of a right, such as ``doors.open``, or one of Django's, such as ``devices.view_device``,
    which holds where a right covers it. With a device or a group of devices as object it has to hold there.
    """

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Whether somebody has a permission anywhere, or for an object."""
        if not isinstance(user_obj, Operator) or not user_obj.is_active:
            return False
        return any(_holds(user_obj, right, obj) for right in rights_that_cover(perm))

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Whether somebody may see anything of an app."""
        if not isinstance(user_obj, Operator) or not user_obj.is_active:
            return False
        return any(
            permission.startswith(f"{app_label}.")
            for name in user_obj.access.rights
            for permission in RIGHTS[name].covers
        )

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """The names of all rights and of what they cover."""
        if not isinstance(user_obj, Operator):
            return set()
        names = {name for name in user_obj.access.rights if _holds(user_obj, name, obj)}
        return names | {permission for name in names for permission in RIGHTS[name].covers}


def _holds(operator: Operator, right: str, obj: Any) -> bool:
    if obj is None or not hasattr(obj, "group_id"):
        return operator.access.may(right)
    return operator.access.may_in(right, obj.group_id)

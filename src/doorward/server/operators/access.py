"""What somebody may do, and where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from django.db.models import Model, Q, QuerySet

from doorward.server.devices.services import groups_below
from doorward.server.operators.rights import RIGHTS

if TYPE_CHECKING:
    from doorward.server.operators.models import Operator

EVERYWHERE = None
"""The scope of a right that holds for all devices, those without a group too."""

Scope = frozenset[int] | None
ModelT = TypeVar("ModelT", bound=Model)


@dataclass(frozen=True, slots=True)
class Access:
    """The rights of somebody, each with the groups of devices in which it holds.

    Attributes:
        scopes: For each right the numbers of the groups, those that lie in others included; None: everywhere.
    """

    scopes: Mapping[str, Scope] = field(default_factory=dict)

    @property
    def rights(self) -> frozenset[str]:
        """Names of all rights that hold anywhere."""
        return frozenset(self.scopes)

    def may(self, right: str) -> bool:
        """Whether a right holds anywhere."""
        return right in self.scopes

    def everywhere(self, right: str) -> bool:
        """Whether a right holds for every device, and for what belongs to none."""
        return right in self.scopes and self.scopes[right] is EVERYWHERE

    def may_in(self, right: str, group_id: int | None) -> bool:
        """Whether a right holds in a group of devices; None stands for devices without a group."""
        if right not in self.scopes:
            return False
        scope = self.scopes[right]
        return scope is EVERYWHERE or group_id in scope

    def gained(self, before: int | None, after: int | None) -> list[str]:
        """The rights that would be had in what is moved from one group of devices to another, and are not now."""
        return sorted(name for name in self.scopes if self.may_in(name, after) and not self.may_in(name, before))

    def among(self, right: str, rows: QuerySet[ModelT], group: str = "group") -> QuerySet[ModelT]:
        """The rows of devices in which a right holds.

        Args:
            right: The right.
            rows: Rows of any table.
            group: The way from a row to the group of its device, such as ``device__group``.
        """
        if right not in self.scopes:
            return rows.none()
        scope = self.scopes[right]
        return rows if scope is EVERYWHERE else rows.filter(Q(**{f"{group}__in": scope}))

    def only(self, rights: Iterable[str]) -> Access:
        """The same with these rights alone."""
        kept = frozenset(rights)
        return Access({name: scope for name, scope in self.scopes.items() if name in kept})


NOBODY = Access()


def access_of(operator: Operator) -> Access:
    """What an operator may do, by the roles that he has now; nothing while the account is switched off."""
    if not operator.is_active:
        return NOBODY
    whole: set[str] = set()
    by_group: dict[str, set[int]] = {}
    for assignment in operator.assignments.select_related("role").all():
        rights = assignment.role.effective_rights
        if assignment.group_id is None:
            whole |= rights
            continue
        for name in rights:
            # A right that has nothing to do with devices cannot be had in a part of them.
            if RIGHTS[name].by_group:
                by_group.setdefault(name, set()).add(assignment.group_id)
    scopes: dict[str, Scope] = {name: frozenset(groups_below(groups)) for name, groups in by_group.items()}
    scopes.update(dict.fromkeys(whole, EVERYWHERE))
    return Access(scopes)

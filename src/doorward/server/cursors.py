"""Pages of long lists, by cursor: what was read once is not read again, and nothing is skipped when rows are added."""

from __future__ import annotations

from typing import Annotated, Final, TypeVar

from django.db.models import Model, QuerySet
from ninja import Field, Schema

MOST: Final = 1000
USUAL: Final = 100

ModelT = TypeVar("ModelT", bound=Model)

Limit = Annotated[int, Field(ge=1, le=MOST, description="How many rows a page has at most.")]
Cursor = Annotated[
    int | None, Field(ge=0, le=2**63 - 1, description="The 'next' of the page before; absent for the first page.")
]


class PageQuery(Schema):
    """Which page of a list."""

    after: Cursor = None
    limit: Limit = USUAL


def newest_first(rows: QuerySet[ModelT], page: PageQuery) -> tuple[list[ModelT], int | None]:
    """A page of rows by falling number, and the cursor of the next page; None on the last one."""
    if page.after is not None:
        rows = rows.filter(pk__lt=page.after)
    return _cut(rows.order_by("-pk"), page.limit)


def oldest_first(rows: QuerySet[ModelT], page: PageQuery) -> tuple[list[ModelT], int | None]:
    """A page of rows by rising number, and the cursor of the next page; None on the last one."""
    if page.after is not None:
        rows = rows.filter(pk__gt=page.after)
    return _cut(rows.order_by("pk"), page.limit)


def _cut(rows: QuerySet[ModelT], limit: int) -> tuple[list[ModelT], int | None]:
    found = list(rows[: limit + 1])
    page = found[:limit]
    return page, int(page[-1].pk) if len(found) > limit else None

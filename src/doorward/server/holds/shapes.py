"""What the API takes and gives of holds."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from ninja import Field, Schema

from doorward.server.devices.shapes import MOST_ROWS, HolderOut, Number, Text
from doorward.server.holds.models import Hold, HoldRequest
from doorward.server.holds.services import LEASE_SECONDS, LONGEST_LEASE, LONGEST_RELEASE, RELEASE_SECONDS, SHORTEST

Why = Annotated[Text, Field(max_length=500)]
Seconds = Annotated[
    int,
    Field(
        ge=SHORTEST,
        le=LONGEST_RELEASE,
        description=f"For how long the hold lasts from the last sign of life on; left out: {LEASE_SECONDS} for "
        f"'operator' (at most {LONGEST_LEASE}), {RELEASE_SECONDS} for 'released' (at most {LONGEST_RELEASE}).",
    ),
]


class HoldIn(Schema):
    """How a device is to be held."""

    kind: Annotated[
        Literal["operator", "released"],
        Field(
            description="'operator': commands of others are refused; 'released': the server leaves the device's line "
            "to another program.",
        ),
    ] = "operator"
    reason: Why = ""
    program: Annotated[Text, Field(max_length=100, description="Which program gets the line.")] = ""
    seconds: Seconds | None = None


class TakeOverIn(Schema):
    """How a device is to be taken over."""

    reason: Why = ""
    seconds: Annotated[Seconds, Field(le=LONGEST_LEASE)] | None = None


class RequestOut(Schema):
    """Somebody asked for a device that is held."""

    by: str
    address: str
    reason: str
    at: datetime


class HoldOut(Schema):
    """Who has a device, and who asked for it."""

    holder: HolderOut | None = Field(description="Null when nobody has it.")
    requests: list[RequestOut]


class PastHoldOut(Schema):
    """A hold, from its beginning to its end."""

    id: int
    kind: str
    holder: str
    program: str
    via: str
    address: str
    reason: str
    since: datetime
    until: datetime
    ended: datetime | None
    ended_by: str
    end_reason: str


class PastHoldList(Schema):
    """A page of holds, the newest first."""

    items: list[PastHoldOut]
    next: int | None = Field(description="Give it as 'before' for the next page; null on the last one.")


class PastHoldFilter(Schema):
    """Which holds are listed."""

    before: Number | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_ROWS)] = 50


def shown_request(row: HoldRequest) -> RequestOut:
    """A request as the API shows it."""
    return RequestOut(by=row.asker, address=row.address, reason=row.reason, at=row.at)


def shown_past(row: Hold) -> PastHoldOut:
    """A hold as the API shows it in a history."""
    names = (
        "kind", "holder", "program", "via", "address", "reason", "since", "until", "ended", "ended_by", "end_reason",
    )  # fmt: skip
    return PastHoldOut(id=row.pk, **{name: getattr(row, name) for name in names})

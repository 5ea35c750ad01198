"""The ledgers of devices: remembered by the writer, kept in the same transaction as the events."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from django.db import connections

from doorward.gateway.ledger import Gap as LedgerGap
from doorward.gateway.ledger import LedgerState, Submission
from doorward.server.devices.models import DeviceLedger
from doorward.server.events.choices import Kind
from doorward.server.events.happenings import tell
from doorward.server.events.models import Gap
from doorward.server.events.rows import moment_kinds

TABLE: Final = DeviceLedger._meta.db_table
KEEP: Final = (
    f"INSERT INTO {TABLE} (device_id, state, complete_until, hindrance) VALUES (%s, %s, %s, %s) "  # noqa: S608 - names are ours
    "ON CONFLICT (device_id) DO UPDATE SET state = excluded.state, complete_until = excluded.complete_until, "
    "hindrance = excluded.hindrance"
)


class Ledgers:
    """The states of all ledgers. Belongs to the writer's thread."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._kept: dict[int, LedgerState] = {}
        self._next: dict[int, LedgerState] = {}
        self._gaps: list[tuple[int, LedgerGap]] = []

    def state(self, device_id: int) -> LedgerState:
        """The state of a device, with what this transaction has changed already."""
        found = self._next.get(device_id) or self._kept.get(device_id)
        if found is None:
            text = DeviceLedger.objects.using(self._alias).filter(pk=device_id).values_list("state", flat=True).first()
            found = self._kept[device_id] = LedgerState() if text is None else LedgerState.from_json(json.loads(text))
        return found

    def update(self, submission: Submission, inserted: Sequence[bool]) -> LedgerState:
        """Make the next state of a device; gives it."""
        before = self.state(submission.device_id)
        after = submission.update(before, inserted)
        if after is not before:
            self._next[submission.device_id] = after
            if after.gaps is not before.gaps:
                self._gaps += [(submission.device_id, gap) for gap in after.gaps if gap not in before.gaps]
        return after

    def write(self) -> None:
        """Write what changed into the transaction."""
        if not self._next:
            return
        connection = connections[self._alias]
        moment = moment_kinds(connection.vendor)[1]
        rows = [
            (
                device_id,
                json.dumps(state.to_json(), separators=(",", ":")),
                None if state.complete_until is None else moment(state.complete_until),
                state.hindrance,
            )
            for device_id, state in self._next.items()
        ]
        with connection.cursor() as cursor:
            cursor.executemany(KEEP, rows)
        if self._gaps:
            now = datetime.now(UTC)
            gaps = [_gap_row(device_id, gap, now) for device_id, gap in self._gaps]
            for gap in Gap.objects.using(self._alias).bulk_create(gaps):
                tell(Kind.GAP, _shown_gap(gap), device_id=gap.device_id, at=now)

    def commit(self) -> None:
        """The transaction was committed."""
        self._kept.update(self._next)
        self._next.clear()
        self._gaps.clear()

    def roll_back(self) -> None:
        """The transaction was rolled back, and nothing else happened."""
        self._next.clear()
        self._gaps.clear()

    def forget(self) -> None:
        """Nobody knows what became of the transaction: ask the database again."""
        self.roll_back()
        self._kept.clear()


def _gap_row(device_id: int, gap: LedgerGap, now: datetime) -> Gap:
    return Gap(
        device_id=device_id,
        kind=gap.kind.value,
        reason=gap.reason,
        since=None if gap.since is None else datetime.fromtimestamp(gap.since, UTC),
        until=datetime.fromtimestamp(gap.until, UTC),
        first_local=gap.first_local,
        last_local=gap.last_local,
        missing=gap.missing,
        found=now,
    )


def _shown_gap(gap: Gap) -> dict[str, object]:
    return {
        "what": "found",
        "gap": gap.pk,
        "name": gap.kind,
        "words": gap.reason,
        "since": gap.since,
        "until": gap.until,
        "missing": gap.missing,
    }

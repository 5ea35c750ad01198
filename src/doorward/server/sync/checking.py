"""What a device holds against what it was given: differences are put right, or kept and shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from django.utils import timezone

from doorward.gateway.roster import Asker, Holdings
from doorward.server.events.choices import Kind
from doorward.server.events.happenings import tell
from doorward.server.sync import tables as rights
from doorward.server.sync.choices import Comparing, DifferenceKind, HandEdits, Urgency
from doorward.server.sync.desired import People, Profile, groups_at
from doorward.server.sync.digests import header_digest, same_header
from doorward.server.sync.door_schedules import doors_that_would_change
from doorward.server.sync.marking import AT_ONCE, new_stamp, parts
from doorward.server.sync.models import TABLES, Difference, Held, ManagedDevice, Waiting
from doorward.server.sync.services import switch_off

TOLD: Final = 20
"""So many differences of one check are told in the stream; the others are counted."""


@dataclass(slots=True)
class Findings:
    """What a check found.

    Attributes:
        device_id: The device.
        began: When the device was asked, at the latest.
        adopted: People whom it holds just as it should, though it was not known; with their digests.
        doubtful: People who should be there and are, but otherwise than they should.
        vanished: People of whom it was not known what the device holds, and who are not there.
        found: What differs from what it was given: kind, digest of what is there, and words.
        tables: Names of the tables that differ.
        table_digests: What stands for the tables that it holds.
        refused: Why its tables cannot come from here; empty where they can.
    """

    device_id: int
    began: datetime
    adopted: dict[int, bytes] = field(default_factory=dict)
    doubtful: list[int] = field(default_factory=list)
    vanished: list[int] = field(default_factory=list)
    found: dict[int, tuple[DifferenceKind, bytes, str]] = field(default_factory=dict)
    tables: list[str] = field(default_factory=list)
    table_digests: dict[str, str] = field(default_factory=dict)
    refused: str = ""


_WORDS: Final = {
    DifferenceKind.UNKNOWN: "Person {number} is on the device and did not come from here.",
    DifferenceKind.MISSING: "Person {number} was put on the device from here and is not there any more.",
    DifferenceKind.CHANGED: "Person {number} is on the device otherwise than the data from here say.",
}


def look(people: People, asker: Asker, holdings: Holdings, began: datetime) -> Findings:
    """Compare what a device holds with what is known of it; reads only.

    Args:
        people: The people as devices should hold them.
        asker: The device.
        holdings: What it holds.
        began: When the reading was planned.
    """
    findings = Findings(asker.device_id, began)
    present = {person.number: header_digest(person.essence) for person in holdings.people}
    held = {
        number: bytes(digest)
        for number, digest in Held.objects.filter(device_id=asker.device_id).values_list("number", "digest")
    }
    unknown: dict[int, bytes] = {}
    for number, header in present.items():
        digest = held.get(number)
        if digest is None or not digest:
            unknown[number] = header
        elif not same_header(digest, header):
            _find(findings, number, DifferenceKind.CHANGED, header)
    for number, digest in held.items():
        if number in present:
            continue
        if digest:
            _find(findings, number, DifferenceKind.MISSING, b"")
        else:
            findings.vanished.append(number)
    _look_at_unknown(people, asker, findings, unknown, held)
    row = ManagedDevice.objects.get(pk=asker.device_id)
    if row.checked_at is None:
        refusals = doors_that_would_change(asker.device_id, holdings)
        findings.refused = " ".join(f"{each.message} {each.advice}" for each in refusals[:1])
    findings.table_digests = rights.digests_of(holdings.tables)
    findings.tables = [
        name
        for name in rights.NAMES
        if name in row.tables_digest and row.tables_digest[name] != findings.table_digests[name]
    ]
    return findings


def _look_at_unknown(
    people: People, asker: Asker, findings: Findings, unknown: Mapping[int, bytes], held: Mapping[int, bytes]
) -> None:
    """Whoever is there just as the data say is taken as sent; of the others only strangers are a difference."""
    profile = Profile(asker.model, asker.zone)
    for part in parts(sorted(unknown), AT_ONCE):
        wanted = groups_at([asker.device_id], part)[asker.device_id]
        prepared = people.prepare(profile, wanted)
        for number in part:
            ready = prepared.get(number)
            if ready is not None and ready.digest and same_header(ready.digest, unknown[number]):
                findings.adopted[number] = ready.digest
            elif ready is None and number not in held:
                _find(findings, number, DifferenceKind.UNKNOWN, unknown[number])
            else:
                # The data know better: it is written anew, or deleted.
                findings.doubtful.append(number)


def _find(findings: Findings, number: int, kind: DifferenceKind, digest: bytes) -> None:
    findings.found[number] = kind, digest, _WORDS[kind].format(number=number)


def take_in(findings: Findings) -> None:
    """Note what a check found, and have put right what is to be; in the thread that writes."""
    now = timezone.now()
    row = ManagedDevice.objects.select_related("device").filter(pk=findings.device_id, managed=True).first()
    if row is None:
        return
    if findings.refused and row.checked_at is None:
        # Nothing was written to it before it was read, so it is as it was.
        switch_off(row.device, words=findings.refused)
        return
    for part in parts(findings.adopted.items(), AT_ONCE):
        _hold(row.pk, dict(part))
    for numbers in parts(findings.doubtful, AT_ONCE):
        _hold(row.pk, dict.fromkeys(numbers, b""))
    for numbers in parts(findings.vanished, AT_ONCE):
        Held.objects.filter(device_id=row.pk, number__in=numbers, digest=b"").delete()
    before = {each.number: each for each in Difference.objects.filter(device_id=row.pk)}
    gone = [number for number in before if number not in findings.found and number != TABLES]
    for numbers in parts(gone, AT_ONCE):
        Difference.objects.filter(device_id=row.pk, number__in=numbers).delete()
    if row.hand_edits == HandEdits.OVERWRITE:
        _put_right(row, findings)
    elif row.put_right:
        _put_right_what_is_new(row, findings, before)
    else:
        _show(row, findings, before)
    row.checked_at, row.put_right = now, False
    # A wish that came since the device was read is another one.
    row.check_wanted = None if row.check_wanted is None or row.check_wanted <= findings.began else row.check_wanted
    row.comparing_stamp = new_stamp()
    row.comparing = row.comparing or Comparing.ORDINARY
    unknown = {name: digest for name, digest in findings.table_digests.items() if name not in row.tables_digest}
    row.tables_digest = {**row.tables_digest, **unknown}
    row.save(update_fields=["checked_at", "put_right", "check_wanted", "comparing_stamp", "comparing", "tables_digest"])
    if unknown or findings.tables:
        _mark_tables(row.pk)


def _hold(device_id: int, digests: Mapping[int, bytes]) -> None:
    Held.objects.bulk_create(
        [Held(device_id=device_id, number=number, digest=digest) for number, digest in digests.items()],
        update_conflicts=True,
        update_fields=["digest"],
        unique_fields=["device", "number"],
    )


def _put_right(row: ManagedDevice, findings: Findings) -> None:
    """Let it be written over: what is there is not known, and the comparison that follows does the rest."""
    Difference.objects.filter(device_id=row.pk).delete()
    _doubt(row, findings)


def _put_right_what_is_new(row: ManagedDevice, findings: Findings, before: Mapping[int, Difference]) -> None:
    """The same for what was not known; an operator still is asked, or has said, what becomes of the rest."""
    known = {
        number
        for number, (kind, digest, _) in findings.found.items()
        if number in before and (before[number].kind, bytes(before[number].digest)) == (kind, digest)
    }
    tables = TABLES in before and bytes(before[TABLES].digest) == _content(findings)
    if not tables:
        Difference.objects.filter(device_id=row.pk, number=TABLES).delete()
    for numbers in parts(set(findings.found) - known, AT_ONCE):
        Difference.objects.filter(device_id=row.pk, number__in=numbers).delete()
    _doubt(
        row,
        replace(
            findings,
            found={number: each for number, each in findings.found.items() if number not in known},
            tables=[] if tables else findings.tables,
        ),
    )


def _doubt(row: ManagedDevice, findings: Findings) -> None:
    for part in parts(findings.found.items(), AT_ONCE):
        _hold(row.pk, {number: b"" for number, (kind, _, _) in part if kind is not DifferenceKind.MISSING})
        missing = [number for number, (kind, _, _) in part if kind is DifferenceKind.MISSING]
        Held.objects.filter(device_id=row.pk, number__in=missing).delete()
    row.tables_digest = {name: digest for name, digest in row.tables_digest.items() if name not in findings.tables}
    if findings.found or findings.tables:
        tell(Kind.SYNC, {"what": "overwritten", "count": len(findings.found)}, device_id=row.pk)


def _show(row: ManagedDevice, findings: Findings, before: Mapping[int, Difference]) -> None:
    found = dict(findings.found)
    if findings.tables:
        content = _content(findings)
        names = ", ".join(name.replace("_", " ") for name in findings.tables)
        found[TABLES] = DifferenceKind.TABLES, content, f"These were changed at the device: {names}."
    elif TABLES in before:
        before[TABLES].delete()
    fresh: list[Difference] = []
    for number, (kind, digest, words) in found.items():
        known = before.get(number)
        # What was kept stays kept as long as it is the same.
        if known is None or known.kind != kind or bytes(known.digest) != digest:
            fresh.append(
                Difference(
                    device_id=row.pk, number=number, kind=kind, digest=digest, words=words, found_at=timezone.now()
                )
            )
    for part in parts(fresh, AT_ONCE):
        Difference.objects.filter(device_id=row.pk, number__in=[each.number for each in part]).delete()
        Difference.objects.bulk_create(part)
    for each in fresh[:TOLD]:
        data = {"what": "difference", "person": each.number, "difference": each.kind, "words": each.words}
        tell(Kind.SYNC, data, device_id=row.pk)
    if len(fresh) > TOLD:
        tell(Kind.SYNC, {"what": "differences", "count": len(fresh)}, device_id=row.pk)


def _content(findings: Findings) -> bytes:
    """What stands for the tables that differ."""
    return "".join(findings.table_digests[name] for name in findings.tables).encode()


def _mark_tables(device_id: int) -> None:
    now = timezone.now()
    Waiting.objects.bulk_create(
        [
            Waiting(
                device_id=device_id,
                number=TABLES,
                urgency=Urgency.WITHDRAWAL,
                since=now,
                due=now,
                stamp=new_stamp(),
            )
        ],
        update_conflicts=True,
        update_fields=["stamp", "due"],
        unique_fields=["device", "number"],
    )

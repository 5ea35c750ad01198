"""An import of photos: each is decoded when the archive is checked, and written once it was agreed to."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import ngettext

from doorward.server.audit.services import Thing, record
from doorward.server.events.choices import Kind
from doorward.server.events.happenings import tell
from doorward.server.imports import sealed_file
from doorward.server.imports.choices import ImportOutcome, ImportState
from doorward.server.imports.models import Import, ImportedPerson
from doorward.server.imports.people_steps import OtherwiseNow, checked_words, keep_problems
from doorward.server.imports.photos import PhotoArchive, photo_digests, unknown_people, write_photos
from doorward.server.imports.states import parts
from doorward.server.imports.table import Problem
from doorward.server.jobs.kinds import Work
from doorward.server.keys import key_ring
from doorward.server.people.models import Person
from doorward.server.people.photos import digest_of

ACTION: Final = "people.import.photos"
WRITTEN_AT_ONCE: Final = 100
PURPOSE: Final = "photos of an import"


def check_photos(item: Import, work: Work) -> str:
    """Decode every photo and keep what the archive would do; nothing is changed."""
    found: dict[int, tuple[str, str]] = {}
    with sealed_file.opened(item.stored_name, item.size) as file:
        archive = PhotoArchive(file)
        for part, photo in archive.photos():
            found[part.number] = part.name, digest_of(photo)
            work.progress(archive.count)
    problems = list(archive.problems)
    nobody = unknown_people(found)
    problems += [
        Problem(0, found[number][0][:200], str(number), "the number of a person that there is")
        for number in sorted(nobody)
    ]
    before = photo_digests(found)
    changed = {number: digest for number, (_, digest) in found.items() if before.get(number, digest) != digest}
    names = _names(list(changed))
    with transaction.atomic():
        keep_problems(item, problems)
        ImportedPerson.objects.filter(of=item).delete()
        ImportedPerson.objects.bulk_create(
            (
                ImportedPerson(
                    of=item,
                    number=number,
                    name=names[number],
                    outcome=ImportOutcome.CHANGED,
                    changes={"photo": ["yes" if before[number] else None, "yes"]},
                )
                for number in sorted(changed)
            ),
            batch_size=200,
        )
        Import.objects.filter(pk=item.pk).update(
            state=ImportState.FAULTY if problems else ImportState.CHECKED,
            checked=timezone.now(),
            rows=archive.count,
            added=0,
            changed=len(changed),
            unchanged=len(found) - len(changed) - len(nobody),
            plan="" if problems else _digest(changed, before),
        )
    return checked_words(len(problems), 0, len(changed), len(found) - len(changed) - len(nobody))


def apply_photos(item: Import, work: Work) -> str:
    """Write the photos that were agreed to, in one transaction, and keep those that were there before.

    Raises:
        OtherwiseNow: It would do something else now.
    """
    digests: dict[int, str] = {}
    with sealed_file.opened(item.stored_name, item.size) as file:
        archive = PhotoArchive(file)
        for part, photo in archive.photos():
            digests[part.number] = digest_of(photo)
            (work.scratch / str(part.number)).write_bytes(key_ring().encrypt(photo, PURPOSE))
            work.progress(archive.count, item.rows)
    with transaction.atomic():
        before = photo_digests(digests)
        changed = {number: digest for number, digest in digests.items() if before.get(number) != digest}
        if archive.problems or digests.keys() - before.keys() or _digest(changed, before) != item.plan:
            raise OtherwiseNow
        for rows in parts(ImportedPerson.objects.filter(of=item), WRITTEN_AT_ONCE):
            photos = [(row.number, (work.scratch / str(row.number)).read_bytes()) for row in rows]
            kept = write_photos([(number, key_ring().decrypt(photo, PURPOSE)) for number, photo in photos])
            for row in rows:
                old, new = kept[row.number]
                row.before, row.after = json.dumps({"photo": old}).encode(), json.dumps({"photo": new}).encode()
            ImportedPerson.objects.bulk_update(rows, ["before", "after"], batch_size=20)
        Import.objects.filter(pk=item.pk).update(state=ImportState.APPLIED, applied=timezone.now())
        tell(Kind.PERSON, {"what": ACTION, "count": len(changed)})
        words = ngettext("%(count)s photo", "%(count)s photos", len(changed)) % {"count": f"{len(changed):,}"}
        record("people.import.apply", Thing("import", str(item.pk), item.file_name), words=words)
    return words


def _names(numbers: list[int]) -> dict[int, str]:
    names: dict[int, str] = {}
    for part in parts(numbers):
        names.update(Person.objects.filter(number__in=part).values_list("number", "name"))
    return names


def _digest(changed: dict[int, str], before: dict[int, str]) -> str:
    content = json.dumps([[number, before.get(number, ""), digest] for number, digest in sorted(changed.items())])
    return hmac.new(b"photos", content.encode(), hashlib.sha256).hexdigest()

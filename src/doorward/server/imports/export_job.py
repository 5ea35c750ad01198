"""The export of people as a job, and all that is kept of one of them."""

from __future__ import annotations

import enum
import json
import zipfile
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext, ngettext

from doorward.server.doors.models import Door
from doorward.server.events.export import Names, json_lines
from doorward.server.events.models import EventImage
from doorward.server.events.search import EventQuery, chunks
from doorward.server.imports import export
from doorward.server.jobs.kinds import Arguments, JobKind, Work
from doorward.server.people.models import Person
from doorward.server.people.services import UnknownPerson, people, search

EXPORT: Final = "people.export"
EXPORT_RIGHT: Final = "people.import"
GIVE_OUT: Final = "people.give_out"
GIVE_OUT_RIGHT: Final = "people.erase"
SIGNS: Final = {"comma": ",", "semicolon": ";", "tab": "\t"}


class PeopleFormat(enum.StrEnum):
    """What kind of file people are written into."""

    CSV = "csv"
    XLSX = "xlsx"
    PHOTOS = "photos"


SUFFIXES: Final = {PeopleFormat.CSV: "csv", PeopleFormat.XLSX: "xlsx", PeopleFormat.PHOTOS: "zip"}


def _format(arguments: Arguments) -> PeopleFormat:
    return PeopleFormat(str(arguments.get("format", PeopleFormat.CSV)))


def _title(arguments: Arguments) -> str:
    wanted = _format(arguments)
    if wanted is PeopleFormat.PHOTOS:
        return gettext("Photos of people")
    return gettext("People as %(format)s") % {"format": wanted.value.upper()}


def _file_name(arguments: Arguments) -> str:
    wanted = _format(arguments)
    what = "photos" if wanted is PeopleFormat.PHOTOS else "people"
    return f"{what}-{timezone.localdate():%Y-%m-%d}.{SUFFIXES[wanted]}"


def _run(work: Work) -> str:
    chosen = search(people(), text=str(work.arguments.get("text", "")), group=work.arguments.get("group"))
    wanted = _format(work.arguments)
    work.progress(0)
    if wanted is PeopleFormat.PHOTOS:
        done = export.write_photos(work.path, chosen, work.progress)
        return ngettext("%(count)s photo", "%(count)s photos", done) % {"count": f"{done:,}"}
    if wanted is PeopleFormat.XLSX:
        done = export.write_workbook(work.path, chosen, work.scratch, work.progress)
    else:
        with work.path.open("w", encoding="utf-8", newline="") as file:
            sign = SIGNS[str(work.arguments.get("separator", "comma"))]
            done = export.write_csv(file, chosen, sign, work.progress)
    work.progress(done, done)
    return ngettext("%(count)s person", "%(count)s people", done) % {"count": f"{done:,}"}


# --- All that is kept of one person -----------------------------------------------------------------------------------


def _give_out_title(arguments: Arguments) -> str:
    return gettext("All that is kept of person %(number)s") % {"number": arguments.get("person", "")}


def _give_out_name(arguments: Arguments) -> str:
    return f"person-{arguments.get('person', '')}-{timezone.localdate():%Y-%m-%d}.zip"


def _give_out(work: Work) -> str:
    """Write an archive with the person's data, photo, events and the pictures of events."""
    number = int(work.arguments["person"])
    person = Person.objects.select_related("department").filter(number=number).first()
    if person is None:
        raise UnknownPerson(number)
    work.progress(0)
    query = EventQuery(persons=frozenset({number}))
    done, total = 0, query.rows().count()
    names = Names(work.operator.access)
    with zipfile.ZipFile(work.path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("person.json", json.dumps(_all_of(person), ensure_ascii=False, indent=2))
        if person.photo:
            archive.writestr("photo.jpg", person.photo, zipfile.ZIP_STORED)
        with archive.open("events.jsonl", "w") as file:
            for piece in chunks(query):
                file.write(json_lines(piece, names).encode())
                done += len(piece)
                work.progress(done, max(done, total))
        for image in EventImage.objects.filter(person=number).order_by("local_time", "pk").iterator(chunk_size=20):
            archive.writestr(f"pictures/{image.local_time}-{image.origin}-{image.pk}.jpg", image.picture)
            work.progress(done, max(done, total))
    return ngettext("%(count)s event", "%(count)s events", done) % {"count": f"{done:,}"}


def _all_of(person: Person) -> dict[str, Any]:
    """A person's data for the person: all that can be read; of secrets, that they are kept."""

    def text(moment: Any) -> str | None:
        return None if moment is None else moment.isoformat()

    return {
        "number": person.number,
        "name": person.name,
        "department": str(person.department or ""),
        "email": person.email,
        "phone": person.phone,
        "notes": person.notes,
        "valid_from": text(person.valid_from),
        "valid_until": text(person.valid_until),
        "blocked": person.disabled,
        "own_fields": person.fields,
        "cards": [
            {"number": card.number, "custom_id": card.custom_id, "opens_alone": card.bypass, "label": card.label}
            for card in person.cards.all()
        ],
        "pin_kept": bool(person.pin),
        "fingers_kept": [
            {"position": finger.position, "duress": finger.duress}
            for finger in person.fingers.only("position", "duress")
        ],
        "faces_kept": person.faces.count(),
        "photo_kept": bool(person.photo_digest),
        "access_groups": list(person.access_groups.values_list("name", flat=True)),
        "doors": sorted({str(door) for door in Door.objects.filter(rights__group__memberships__person=person)}),
        "security_level": person.security_level,
        "authentication_mode": person.authentication_mode,
        "daily_entry_limit": person.daily_entry_limit,
        "anti_passback_minutes": person.anti_passback_minutes,
        "may_use_menus_of_terminals": person.terminal_administrator,
        "added": text(person.created),
        "last_changed": text(person.changed),
    }


KINDS: Final = (
    JobKind(EXPORT, EXPORT_RIGHT, _title, _file_name, _run),
    JobKind(GIVE_OUT, GIVE_OUT_RIGHT, _give_out_title, _give_out_name, _give_out),
)

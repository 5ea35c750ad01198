"""The steps of a takeover as jobs: read and compare, then apply."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from doorward.device.biostar1.driver import BioStar1Device
from doorward.model import people as model
from doorward.model.errors import DoorwardError
from doorward.server.audit.services import Thing, named, record
from doorward.server.devices.commands import command_desk
from doorward.server.imports.states import State, card_text, parts
from doorward.server.jobs.acting import acting_for
from doorward.server.jobs.kinds import Arguments, JobKind, Stopped, Work
from doorward.server.takeover import applying, comparing, device_reading
from doorward.server.takeover.choices import OURS, TakeoverState
from doorward.server.takeover.comparing import CARD_OWNER, Comparison
from doorward.server.takeover.merging import Option, decided, shown
from doorward.server.takeover.models import ReadDevice, ReadPerson, Takeover, TakeoverConflict

RIGHT: Final = "people.import"
READ: Final = "takeover.read"
APPLY: Final = "takeover.apply"
AT_ONCE: Final = 50
"""People of one turn at a device: what else waits for its line goes in between."""

TABLES_WITHIN: Final = 60.0
LIST_WITHIN: Final = 300.0
PEOPLE_WITHIN: Final = 300.0

Step = Callable[[Takeover, Work], str]


class TakeoverRefused(DoorwardError):
    """A takeover is not in the state in which this can be done with it."""


class OtherwiseNow(TakeoverRefused):
    """The data is not as it was when the devices were compared."""

    def __init__(self) -> None:
        super().__init__(
            "People of these devices were changed here since they were compared; nothing was changed.",
            advice="Compare once more, decide, and agree anew.",
        )


# --- Reading ----------------------------------------------------------------------------------------------------------


def _read(item: Takeover, work: Work) -> str:
    devices = list(item.devices.select_related("device").order_by("device_id"))
    if not work.arguments.get("compare_only"):
        numbers = {device.pk: _begin(device) for device in devices}
        total, done = sum(map(len, numbers.values())), 0
        work.progress(0, total)
        for device in devices:
            for some in parts(numbers[device.pk], AT_ONCE):
                _read_some(device, some)
                done += len(some)
                work.progress(done, total)
    found = comparing.compare(comparing.gather(item))
    with transaction.atomic():
        return _keep(item, found)


def _begin(device: ReadDevice) -> list[int]:
    desk = command_desk()
    tables = desk.work(device.device_id, device_reading.read_tables, seconds=TABLES_WITHIN)
    numbers = desk.work(device.device_id, device_reading.read_numbers, seconds=LIST_WITHIN)
    with transaction.atomic():
        device.read_people.all().delete()
        ReadDevice.objects.filter(pk=device.pk).update(tables=tables, people=len(numbers))
    return numbers


def _read_some(device: ReadDevice, numbers: list[int]) -> None:
    async def read(driver: BioStar1Device) -> list[model.Person]:
        return await device_reading.read_some(driver, numbers)

    people = command_desk().work(device.device_id, read, seconds=PEOPLE_WITHIN)
    zone, slug = device_reading.zone_of(device.device), device.device.model or ""
    ReadPerson.objects.bulk_create(
        (
            ReadPerson(
                of=device,
                number=person.number,
                content=json.dumps(device_reading.record_of(person, zone, slug)).encode(),
            )
            for person in people
        ),
        batch_size=100,
        ignore_conflicts=True,
    )


def _keep(item: Takeover, found: Comparison) -> str:
    """Keep what a comparison found; what was decided before is kept where the question is the same."""
    before = {(one.number, one.field): one for one in TakeoverConflict.objects.filter(of=item)}
    TakeoverConflict.objects.filter(of=item).delete()
    rows = [
        _conflict(item, number, name, options, before, lambda option, name=name: shown(name, option.value))  # type: ignore[misc]
        for number, merged in found.people.items()
        for name, options in merged.conflicts.items()
    ]
    for (card, custom_id), people in found.cards.items():
        name = f"{CARD_OWNER} {card_text(card, custom_id, alone=False)}"
        options = comparing.card_options(people)
        rows.append(_conflict(item, min(people), name, options, before, lambda option: f"person {option.value} has it"))
    TakeoverConflict.objects.bulk_create(rows, batch_size=100)
    added = sum(number not in found.states for number in found.people)
    Takeover.objects.filter(pk=item.pk).update(
        state=TakeoverState.COMPARED,
        compared=timezone.now(),
        people=len(found.people),
        added=added,
        changed=len(found.people) - added,
        conflict_count=len(rows),
        groups=_shown_groups(found),
        remarks=_remarks(found),
        plan=comparing.digest(found),
    )
    return gettext("%(people)s people, %(conflicts)s questions to be answered") % {
        "people": f"{len(found.people):,}",
        "conflicts": f"{len(rows):,}",
    }


def _conflict(
    item: Takeover, number: int, name: str, options: list[Option], before: dict[tuple[int, str], TakeoverConflict],
    words: Callable[[Option], str],
) -> TakeoverConflict:  # fmt: skip
    told = [
        {
            "choice": option.choice,
            "devices": [int(source) for source in option.sources if source != OURS and not name.startswith(CARD_OWNER)],
            "ours": OURS in option.sources,
            "shown": words(option),
        }
        for option in options
    ]
    old = before.get((number, name))
    choice = old.choice if old is not None and old.options == told else ""
    return TakeoverConflict(of=item, number=number, field=name, options=told, choice=choice)


def _shown_groups(found: Comparison) -> list[dict[str, Any]]:
    return [
        {"name": group.name, "devices": sorted(group.rights), "people": len(group.members)}
        for group in found.rights.groups
    ]


def _remarks(found: Comparison) -> list[str]:
    remarks = [
        gettext(
            "%(count)s people have no right at device %(device)s; once it is kept up to date from here they go there."
        )
        % {"count": count, "device": device}
        for device, count in sorted(found.rights.idle.items())
    ]
    if found.erased:
        words = gettext("%(count)s people were erased here and are not taken over.")
        remarks.append(words % {"count": len(found.erased)})
    return remarks


# --- Applying ---------------------------------------------------------------------------------------------------------


def _apply(item: Takeover, work: Work) -> str:
    work.progress(0)
    if TakeoverConflict.objects.filter(of=item, choice="").exists():
        raise TakeoverRefused("Not every question is answered.", advice="Answer them, then agree.")
    read = comparing.gather(item)
    with transaction.atomic(), named(APPLY):
        found = comparing.compare(read, lock=True)
        if comparing.digest(found) != item.plan:
            raise OtherwiseNow
        words = bring_in(found, _choices(item))
        Takeover.objects.filter(pk=item.pk).update(state=TakeoverState.APPLIED, applied=timezone.now())
        # What was read is in the data now, or was not wanted: nothing secret lies about any longer.
        ReadPerson.objects.filter(of__of=item).delete()
        record(APPLY, Thing("takeover", str(item.pk)), words=words)
    return words


def _choices(item: Takeover) -> dict[int, dict[str, str]]:
    choices: dict[int, dict[str, str]] = {}
    for number, name, choice in TakeoverConflict.objects.filter(of=item).values_list("number", "field", "choice"):
        choices.setdefault(number, {})[name] = choice
    return choices


def bring_in(found: Comparison, choices: dict[int, dict[str, str]]) -> str:
    """Write what was compared and decided, within the transaction of the caller; gives what came of it in words."""
    groups = applying.write_rights(found.rights)
    values = {number: decided(merged, choices.get(number, {})) for number, merged in found.people.items()}
    _give_cards(values, found, choices)
    after: dict[int, State] = {}
    for number, said in values.items():
        state = comparing.state_of(said, found.states.get(number))
        state["groups"] = sorted({*state["groups"], *groups.get(number, ())})
        after[number] = state
    applying.write_everybody(values, after, found.states)
    added = sum(number not in found.states for number in after)
    changed = sum(after[number] != before for number, before in found.states.items() if number in after)
    return gettext("%(added)s added, %(changed)s changed, %(unchanged)s as before") % {
        "added": f"{added:,}",
        "changed": f"{changed:,}",
        "unchanged": f"{len(after) - added - changed:,}",
    }


def _give_cards(values: dict[int, dict[str, Any]], found: Comparison, choices: dict[int, dict[str, str]]) -> None:
    """Take cards that several people have from all but the one who is to have it."""
    for (card, custom_id), people in found.cards.items():
        name = f"{CARD_OWNER} {card_text(card, custom_id, alone=False)}"
        owner = choices.get(min(people), {}).get(name)
        for number in people & values.keys():
            if str(number) != owner:
                values[number]["cards"] = [
                    one for one in values[number]["cards"] if (one[0], one[1]) != (card, custom_id)
                ]


# --- The kinds --------------------------------------------------------------------------------------------------------


def _run(step: Step, wanted: TakeoverState, failed: TakeoverState) -> Callable[[Work], str]:
    def run(work: Work) -> str:
        item = Takeover.objects.filter(pk=int(work.arguments["takeover"])).first()
        if item is None or item.state not in (wanted, failed):
            raise TakeoverRefused("This takeover is gone, or it went on meanwhile.", advice="Look at it anew.")
        Takeover.objects.filter(pk=item.pk).update(state=wanted)
        work.path.unlink(missing_ok=True)  # no file comes of it
        with acting_for(work), _noting_failure(item, failed):
            words = step(item, work)
        Takeover.objects.filter(pk=item.pk).update(words=words)
        return words

    return run


@contextlib.contextmanager
def _noting_failure(item: Takeover, failed: TakeoverState) -> Iterator[None]:
    try:
        yield
    except Stopped:
        Takeover.objects.filter(pk=item.pk).update(state=failed, words=gettext("It was stopped; nothing was changed."))
        raise
    except DoorwardError as error:
        Takeover.objects.filter(pk=item.pk).update(state=failed, words=error.message)
        raise
    except Exception:
        words = gettext("A fault of the server; nothing was changed. Its log tells more.")
        Takeover.objects.filter(pk=item.pk).update(state=failed, words=words)
        raise


def _read_title(_: Arguments) -> str:
    return gettext("Read and compare devices")


def _apply_title(_: Arguments) -> str:
    return gettext("Take devices over")


def _no_file(_: Arguments) -> str:
    return ""


KINDS: Final = (
    JobKind(READ, RIGHT, _read_title, _no_file, _run(_read, TakeoverState.READING, TakeoverState.FAILED)),
    JobKind(APPLY, RIGHT, _apply_title, _no_file, _run(_apply, TakeoverState.APPLYING, TakeoverState.COMPARED)),
)

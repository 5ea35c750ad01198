"""Pages of the list of 10,000 people on SQLite, as the API makes them, beside the same pages of a list of 200.

Each has a card, a department and a group, every other one a PIN. Measured are the first page of 100, one in the
middle, and searches by name, by card and by group; the ratio says what fifty times as many people cost.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from harness import in_turn, report

MANY: Final = 10_000
FEW: Final = 200
PAGE: Final = 100


def fill(count: int) -> None:
    """Let there be so many people."""
    from django.utils import timezone

    from doorward.server.access.models import AccessGroup, Membership
    from doorward.server.people.models import Card, Department, Person

    now = timezone.now()
    department, _ = Department.objects.get_or_create(name="Works")
    group, _ = AccessGroup.objects.get_or_create(number=1, name="Staff")
    begin = Person.objects.count() + 1
    people = Person.objects.bulk_create(
        Person(
            number=number, name=f"Person {number:05}", department=department, pin="12345678" if number % 2 else "",
            created=now, changed=now,
        )
        for number in range(begin, count + 1)
    )  # fmt: skip
    Card.objects.bulk_create(Card(person=person, number=100_000 + person.number) for person in people)
    Membership.objects.bulk_create(
        Membership(person=person, group=group) for person in people if person.number % 10 == 0
    )


def pages() -> dict[str, Callable[[], object]]:
    """What is read, by its name."""
    from doorward.server.people.services import listed_people, search
    from doorward.server.people.shapes import shown_person

    def page(after: int = 0, text: str = "", card: int | None = None, group: int | None = None) -> Callable[[], object]:
        def read() -> object:
            rows = search(listed_people(), text=text, card=card, group=group).filter(number__gt=after)
            return [shown_person(person, with_groups=True) for person in rows[: PAGE + 1]]

        return read

    return {
        "first page": page(),
        "page in the middle": page(after=FEW // 2),
        "search by name": page(text="son 0015"),
        "search by card": page(card=100_150),
        "search by group": page(group=1),
    }


def main() -> None:
    """Measure."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "doorward.toml").touch()
        os.environ["DOORWARD_SETTINGS"] = str(Path(folder) / "doorward.toml")
        os.environ["DOORWARD_DATA_FOLDER"] = folder
        from doorward.server.setup import set_up

        set_up()
        from django.db import connections

        from doorward.server.crypto import new_key_file
        from doorward.server.database import migrate

        new_key_file(Path(folder) / "doorward.key")
        times: dict[int, dict[str, float]] = {}
        for count in (FEW, MANY):
            migrate()
            fill(count)
            times[count] = {name: in_turn(read, lambda: None)[0] for name, read in pages().items()}
        for name, few in times[FEW].items():
            report(f"people, {name}", times[MANY][name], few, "pages", 1, f"{FEW} people")
        connections.close_all()


if __name__ == "__main__":
    main()

"""The page about ports says what the catalogue and the code say."""

from __future__ import annotations

import re
from pathlib import Path

from doorward.ports.catalogue import SYSTEMS, load_catalogue
from doorward.ports.catalogue_text import as_markdown, sources_as_markdown
from doorward.ports.flows import ANSWER_PORTS
from doorward.ports.rules import FORMATS

PAGE = (Path(__file__).parents[2] / "docs" / "ports.md").read_text("utf-8")
ADVICE = "run tools/port-tables"


def test_the_tables_are_those_of_the_catalogue() -> None:
    tables = dict(re.findall(r"<!-- table (\w+) -->\n\n(.*?)\n<!-- end of table -->", PAGE, flags=re.DOTALL))
    assert set(tables) == {*SYSTEMS, "sources"}
    for system in SYSTEMS:
        assert tables[system] == as_markdown(load_catalogue(), system), ADVICE
        assert tables[system].count("\n") == 2 + len(load_catalogue().select(systems=[system]))
    assert tables["sources"] == sources_as_markdown(load_catalogue()), ADVICE


def test_every_format_is_on_the_page() -> None:
    for name in FORMATS:
        assert f"| `{name}` |" in PAGE


def test_the_answers_ports_are_on_the_page() -> None:
    assert f"ports {ANSWER_PORTS}" in PAGE


def test_every_source_is_used() -> None:
    used = {tag for entry in load_catalogue().entries for tag in entry.sources}
    assert used == set(load_catalogue().sources)

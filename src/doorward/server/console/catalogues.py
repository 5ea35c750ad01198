"""Collects the texts of the console into its catalogues, and compiles these; for whoever develops Doorward.

Needs xgettext and babel, which are no parts of a server.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.core.management import call_command
from django.test.utils import override_settings

from doorward.server.console.vocabulary import write_vocabulary

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

SERVER: Final = Path(__file__).resolve().parents[1]
CATALOGUES: Final = Path(__file__).resolve().parent / "locale"
LANGUAGES: Final = {"de": "nplurals=2; plural=(n != 1);", "ko": "nplurals=1; plural=0;"}
DOMAINS: Final = {"django": ["html", "txt", "py"], "djangojs": ["js"]}
VOCABULARY: Final = "vocabulary_of"
DATE: Final = datetime(2026, 1, 1, tzinfo=UTC)
_PLURALS: Final = re.compile(r'^"Plural-Forms:.*\n', re.MULTILINE)
_TOO_MANY: Final = re.compile(r'^msgstr\[[1-9]\] ".*\n', re.MULTILINE)


def catalogue_files(folder: Path = CATALOGUES) -> list[Path]:
    """The catalogues, as text."""
    return sorted(folder.glob("*/LC_MESSAGES/*.po"))


def collect() -> None:
    """Put every text of Python files, templates and scripts into the catalogues; translations stay."""
    with collected() as found:
        for path in catalogue_files(found):
            target = CATALOGUES / path.relative_to(found)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


@contextlib.contextmanager
def collected() -> Iterator[Path]:
    """The catalogues as they would be if the texts were collected now, in a folder that goes away afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        copy, catalogues = Path(folder) / "server", Path(folder) / "locale"
        shutil.copytree(SERVER, copy, ignore=shutil.ignore_patterns("locale", "__pycache__", "migrations"))
        shutil.copytree(CATALOGUES, catalogues, ignore=shutil.ignore_patterns("*.mo"))
        for language in LANGUAGES:
            (catalogues / language / "LC_MESSAGES").mkdir(parents=True, exist_ok=True)
        write_vocabulary(copy)
        before = Path.cwd()
        os.chdir(copy)
        try:
            with override_settings(LOCALE_PATHS=[str(catalogues)]):
                for domain, extensions in DOMAINS.items():
                    call_command(
                        "makemessages", locale=list(LANGUAGES), domain=domain, extensions=extensions, no_obsolete=True,
                        add_location="file", no_wrap=True, verbosity=0,
                    )  # fmt: skip
        finally:
            os.chdir(before)
        for path in catalogue_files(catalogues):
            tidy(path)
        yield catalogues


def tidy(path: Path) -> None:
    """Write a catalogue in order, with a short header, so that nothing changes where no text changed."""
    from babel.messages.catalog import Catalog  # noqa: PLC0415 - no part of a server
    from babel.messages.pofile import write_po  # noqa: PLC0415

    language = path.parents[1].name
    tidied = Catalog(locale=language, fuzzy=False)
    for message in read(path):
        if not message.id:
            continue
        empty = "" if isinstance(message.id, str) else ("",) * tidied.num_plurals
        tidied.add(
            message.id,
            empty if message.fuzzy else message.string,
            # A text of the vocabulary stands in no file that one could look into.
            locations=[(name, 0) for name in sorted({name for name, _ in message.locations if VOCABULARY not in name})],
            flags=[flag for flag in message.flags if flag != "fuzzy"],
            auto_comments=message.auto_comments,
            context=message.context,
        )
    written = BytesIO()
    write_po(written, tidied, width=0, sort_output=True, include_lineno=False, omit_header=True)
    header = (
        'msgid ""\nmsgstr ""\n"Project-Id-Version: Doorward\\n"\n'
        f'"Language: {language}\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
        f'"Content-Transfer-Encoding: 8bit\\n"\n"Plural-Forms: {LANGUAGES[language]}\\n"\n\n'
    )
    path.write_bytes(header.encode() + written.getvalue())


def read(path: Path) -> Catalog:
    """A catalogue as text; what the collector wrote too much for a language without plurals is left out."""
    from babel.messages.pofile import read_po  # noqa: PLC0415 - no part of a server

    language = path.parents[1].name
    text = _PLURALS.sub("", path.read_text(encoding="utf-8"), count=1)
    if language == "ko":
        text = _TOO_MANY.sub("", text)
    return read_po(BytesIO(text.encode()), locale=language)


def compiled(path: Path) -> bytes:
    """A catalogue as programs read it."""
    from babel.messages.mofile import write_mo  # noqa: PLC0415 - no part of a server
    from babel.messages.pofile import read_po  # noqa: PLC0415

    with path.open("rb") as file:
        catalogue = read_po(file)
    # The same text gives the same file.
    catalogue.creation_date = catalogue.revision_date = DATE
    written = BytesIO()
    write_mo(written, catalogue)
    return written.getvalue()


def compile_all() -> None:
    """Compile the catalogues."""
    for path in catalogue_files():
        path.with_suffix(".mo").write_bytes(compiled(path))

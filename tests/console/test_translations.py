"""Every text of the console has a German and a Korean translation, and the compiled catalogues are up to date."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.server.conftest import SETTINGS  # first: it brings Django up

# isort: split
from django.test import Client
from django.utils import translation

from doorward.server.console import catalogues

PLACEHOLDER = re.compile(r"%\(\w+\)s|%s|\{\w+\}")
FILES = catalogues.catalogue_files()


def _name(path: Path) -> str:
    return f"{path.parents[1].name}-{path.stem}"


def test_both_languages_have_both_catalogues() -> None:
    assert SETTINGS.language == "en"
    assert [_name(path) for path in FILES] == ["de-django", "de-djangojs", "ko-django", "ko-djangojs"]


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_the_compiled_catalogue_is_that_of_the_text(path: Path) -> None:
    assert path.with_suffix(".mo").read_bytes() == catalogues.compiled(path), "run make translations"


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_every_text_is_translated_with_its_placeholders(path: Path) -> None:
    for message in catalogues.read(path):
        if not message.id:
            continue
        one, several = (message.id, message.id) if isinstance(message.id, str) else message.id
        strings = [message.string] if isinstance(message.string, str) else list(message.string or ())
        for string in strings:
            assert string, f"not translated: {one!r}"
            wanted = {frozenset(PLACEHOLDER.findall(one)), frozenset(PLACEHOLDER.findall(several))}
            assert frozenset(PLACEHOLDER.findall(string)) in wanted, (one, string)


def test_every_text_is_in_the_catalogues() -> None:
    if shutil.which("xgettext") is None:
        pytest.skip("xgettext is not installed on this machine")
    with catalogues.collected() as now:
        for path in FILES:
            fresh = {message.id for message in catalogues.read(now / path.relative_to(catalogues.CATALOGUES))}
            kept = {message.id for message in catalogues.read(path)}
            assert fresh - kept == set(), "run make translations and translate what is new"


@pytest.mark.parametrize(("language", "words"), [("de", "Anmelden"), ("ko", "로그인"), ("fr", "Sign in")])
def test_a_page_speaks_the_language_of_the_browser(database: str, language: str, words: str) -> None:
    with translation.override(None):
        page = Client().get("/console/login/", headers={"Accept-Language": language})
    assert words in page.content.decode()
    script = Client().get("/console/words.js", headers={"Accept-Language": language}).content.decode()
    assert ("\\u" in script or "Schließen" in script or "gettext" in script) is True

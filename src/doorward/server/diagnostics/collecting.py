"""Puts the parts into one file, after names, addresses and secrets were taken out of each."""

from __future__ import annotations

import getpass
import json
import logging
import os
import platform
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from django.apps import apps

from doorward.model.errors import DoorwardError
from doorward.server.diagnostics.anonymous import Anonymizer
from doorward.server.diagnostics.parts import VERSIONS, Part, as_json, versions
from doorward.server.redaction import REMOVED, Redactor, names_secret
from doorward.server.settings import ServerSettings

logger = logging.getLogger(__name__)

ABOUT: Final = "README.txt"
MOST_NAMES: Final = 5000
# People are not in these files at all, so their names need not be looked for.
WITHOUT_NAMES: Final = frozenset({"people", "access", "events", "audit", "system"})
NAME_FIELDS: Final = frozenset({"name", "username", "first_name", "last_name", "email"})


def write_diagnostics(
    path: Path, settings: ServerSettings | None, *, problem: DoorwardError | None = None, with_names: bool = False
) -> list[str]:
    """Write a diagnostics file; gives the names of its parts.

    Args:
        path: The file; it appears when it is complete, and only its owner may read it.
        settings: The settings, with Django set up; None when they cannot be read.
        problem: Why there are no settings.
        with_names: Leave names and addresses in.

    Raises:
        DoorwardError: The file cannot be written.
    """
    names = [] if settings is None or with_names else list(_names(settings))
    anonymizer = None if with_names else Anonymizer(names)
    redactor = Redactor([] if settings is None else _secrets(settings))
    parts = (VERSIONS,) if settings is None else _parts()
    partial = path.with_name(path.name + ".partial")
    try:
        # Made anew: one that somebody else put there, or a link of his, would be his.
        partial.unlink(missing_ok=True)
        with (
            os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file,
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            archive.writestr(ABOUT, _about(parts, problem, with_names=with_names))
            for part in parts:
                text = versions() if settings is None else _text(part, settings)
                if anonymizer is not None and not part.technical:
                    text = _cleaned(text, anonymizer)
                archive.writestr(part.name, _cleaned(text, redactor))
        partial.replace(path)
    except OSError as error:
        raise DoorwardError(
            f"{path} cannot be written: {error.strerror}.", advice="Name a place that may be written to."
        ) from None
    finally:
        partial.unlink(missing_ok=True)
    return [ABOUT, *(part.name for part in parts)]


def _cleaned(text: str, clean: Callable[[str], str]) -> str:
    """A text after ``clean``; of JSON only what is between the quotes, so that it stays JSON."""
    try:
        content = json.loads(text)
    except ValueError:
        return clean(text)
    return as_json(_cleaned_value(content, clean))


def _cleaned_value(value: object, clean: Callable[[str], str]) -> object:
    if isinstance(value, dict):
        return {
            clean(name): REMOVED
            if isinstance(each, str) and each and names_secret(name)
            else _cleaned_value(each, clean)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [_cleaned_value(each, clean) for each in value]
    return clean(value) if isinstance(value, str) else value


def _parts() -> tuple[Part, ...]:
    from doorward.server.diagnostics.database_parts import PARTS  # noqa: PLC0415 - Django has to be set up first

    return PARTS


def _text(part: Part, settings: ServerSettings) -> str:
    """The text of a part; what cannot be had is told in its place."""
    try:
        return part.make(settings)
    except Exception as error:
        logger.debug("the part %s could not be made", part.name, exc_info=True)
        return f"This could not be had: {type(error).__name__}: {error}\n"


def _about(parts: tuple[Part, ...], problem: DoorwardError | None, *, with_names: bool) -> str:
    lines = [
        "Diagnostics of a Doorward server, for a bug report.",
        "",
        "Passwords, tokens, keys, PINs and fingerprints are not in it. Have a look at it before you hand it on.",
        "Names and addresses are real."
        if with_names
        else "Names and addresses are replaced by made-up ones, the same for the same; numbers of devices are real.",
        "",
        *(f"{part.name}: {part.about}" for part in parts),
    ]
    if problem is not None:
        lines += ["", "The settings cannot be read, so there is no more:", problem.message]
    return Redactor()("\n".join(lines) + "\n")


def _names(settings: ServerSettings) -> Iterator[str]:
    """Names that may occur in the parts."""
    yield platform.node()
    try:
        yield getpass.getuser()
    except (KeyError, OSError):
        logger.debug("this user has no name")
    yield from (host for host in settings.web.hosts if host != "*")
    yield from (str(settings.database_target.django.get(key) or "") for key in ("HOST", "USER"))
    try:
        yield from _names_in_database()
    except Exception:
        logger.debug("names could not be read", exc_info=True)


def _names_in_database() -> Iterator[str]:
    for model in apps.get_models():
        if not model.__module__.startswith("doorward.") or model._meta.app_label in WITHOUT_NAMES:
            continue
        for field in model._meta.concrete_fields:
            if field.name in NAME_FIELDS:
                yield from map(str, model._default_manager.values_list(field.name, flat=True)[:MOST_NAMES])


def _secrets(settings: ServerSettings) -> Iterator[str]:
    """Secrets that are known by themselves."""
    yield str(settings.database_target.django.get("PASSWORD") or "")
    try:
        lines = settings.key_path.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return
    yield from (line.strip() for line in lines if line.strip() and not line.startswith("#"))

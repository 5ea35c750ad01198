"""Bring Django up with the server's settings, from a program that is not Django's."""

from __future__ import annotations

import os
from pathlib import Path

import django
from django.apps import apps

from doorward.server.places import SETTINGS_VARIABLE
from doorward.server.settings import ServerSettings, load_settings

SETTINGS_MODULE = "doorward.server.project"


def set_up(path: Path | None = None, *, required: bool = False) -> ServerSettings:
    """Read the settings and bring Django up; once a process.

    Args:
        path: The settings file; None takes the default place.
        required: Whether an absent file is an error.

    Raises:
        DoorwardError: The settings are not right; see ``load_settings``.
    """
    if path is not None:
        os.environ[SETTINGS_VARIABLE] = str(path.expanduser().absolute())
    settings = load_settings(required=required or path is not None)
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS_MODULE
    if not apps.ready:
        django.setup()
    return settings

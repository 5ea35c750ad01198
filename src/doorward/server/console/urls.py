"""The addresses of the console's own pages: those of this app, and of every app whose ``pages.py`` names some."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.urls import URLPattern, URLResolver, path
from django.views.decorators.cache import cache_control
from django.views.i18n import JavaScriptCatalog

from doorward.server.console import pages

app_name = "console"
OWN_APPS = "doorward.server."
PATTERNS = "console_urlpatterns"
DAY_SECONDS = 86_400


def _of_other_apps() -> list[URLPattern | URLResolver]:
    found: list[URLPattern | URLResolver] = []
    for config in apps.get_app_configs():
        module = f"{config.name}.pages"
        if config.name.startswith(OWN_APPS) and config.label != app_name and find_spec(module) is not None:
            found += getattr(import_module(module), PATTERNS, [])
    return found


urlpatterns: list[URLPattern | URLResolver] = [
    path("dashboard/", pages.dashboard, name="dashboard"),
    path("dashboard/numbers/", pages.dashboard_numbers, name="dashboard_numbers"),
    path("dashboard/warnings/", pages.dashboard_warnings, name="dashboard_warnings"),
    path("live/", pages.live, name="live"),
    path("live/names/", pages.names, name="device_names"),
    path("live/pictures/<int:position>/", pages.event_picture, name="event_picture"),
    path("language/", pages.choose_language, name="language"),
    path(
        "words.js",
        # Its address changes with the language and with the version of the program.
        cache_control(max_age=DAY_SECONDS, private=True)(
            JavaScriptCatalog.as_view(packages=["doorward.server.console"], domain="djangojs")
        ),
        name="words",
    ),
    *_of_other_apps(),
]

"""What Django needs to know of this app."""

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin import autodiscover
from django.contrib.admin.apps import SimpleAdminConfig


class ConsoleConfig(AppConfig):
    """The app ``console``. It stands before the theme in the list of apps, so that its templates win."""

    name = "doorward.server.console"
    default = True
    label = "console"
    verbose_name = "Console"


class ConsoleAdminConfig(SimpleAdminConfig):
    """Django's admin with the console's own site."""

    default_site = "doorward.server.console.site.ConsoleSite"

    def ready(self) -> None:
        """Let every app register its tables."""
        super().ready()
        autodiscover()
        from django.contrib.admin import site  # noqa: PLC0415 - needs the apps to be ready
        from django.contrib.auth.models import Group  # noqa: PLC0415 - likewise

        # Django's own groups give nothing here: rights come from roles.
        if site.is_registered(Group):
            site.unregister(Group)

"""What Django needs to know of this app."""

from __future__ import annotations

from django.apps import AppConfig


class DoorsConfig(AppConfig):
    """The app ``doors``."""

    name = "doorward.server.doors"
    label = "doors"
    verbose_name = "Doors"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Give every device that is let in its door."""
        from doorward.server.doors.making import follow_approvals  # noqa: PLC0415 - needs the models of all apps

        follow_approvals()

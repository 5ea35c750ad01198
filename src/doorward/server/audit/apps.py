"""The app of the audit log."""

from __future__ import annotations

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The audit log."""

    name = "doorward.server.audit"
    label = "audit"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Begin to note changes."""
        from doorward.server.audit.tracked import track_tables  # noqa: PLC0415 - needs the models of all apps

        track_tables()

"""What Django needs to know of this app."""

from __future__ import annotations

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """The app ``access``."""

    name = "doorward.server.access"
    label = "access"
    verbose_name = "Access"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Follow what becomes of doors and devices."""
        from doorward.server.access.following import follow_doors_and_devices  # noqa: PLC0415 - needs all models

        follow_doors_and_devices()

"""What Django needs to know of this app."""

from __future__ import annotations

from django.apps import AppConfig


class SyncConfig(AppConfig):
    """The app ``sync``."""

    name = "doorward.server.sync"
    label = "sync"
    verbose_name = "People on devices"
    default_auto_field = "django.db.models.BigAutoField"

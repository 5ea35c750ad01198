"""What Django needs to know of this app."""

from django.apps import AppConfig


class BackupConfig(AppConfig):
    """The app ``backup``."""

    name = "doorward.server.backup"
    label = "backup"
    verbose_name = "Backup"
    default_auto_field = "django.db.models.BigAutoField"

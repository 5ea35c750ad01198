"""What Django needs to know of this app."""

from django.apps import AppConfig


class SystemPagesConfig(AppConfig):
    """The app ``system_pages``; it has no tables."""

    name = "doorward.server.system_pages"
    label = "system_pages"
    verbose_name = "System"
    default_auto_field = "django.db.models.BigAutoField"

"""What Django needs to know of this app."""

from django.apps import AppConfig


class SystemConfig(AppConfig):
    """The app ``system``."""

    name = "doorward.server.system"
    label = "system"
    verbose_name = "System"
    default_auto_field = "django.db.models.BigAutoField"

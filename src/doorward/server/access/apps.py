"""What Django needs to know of this app."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """The app ``access``."""

    name = "doorward.server.access"
    label = "access"
    verbose_name = "Access"
    default_auto_field = "django.db.models.BigAutoField"

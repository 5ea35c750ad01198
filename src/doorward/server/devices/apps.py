"""What Django needs to know of this app."""

from django.apps import AppConfig


class DevicesConfig(AppConfig):
    """The app ``devices``."""

    name = "doorward.server.devices"
    label = "devices"
    verbose_name = "Devices"
    default_auto_field = "django.db.models.BigAutoField"

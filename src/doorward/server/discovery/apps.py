"""What Django needs to know of this app."""

from django.apps import AppConfig


class DiscoveryConfig(AppConfig):
    """The app ``discovery``."""

    name = "doorward.server.discovery"
    label = "discovery"
    verbose_name = "Discovery"
    default_auto_field = "django.db.models.BigAutoField"

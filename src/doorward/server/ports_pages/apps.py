"""What Django needs to know of this app."""

from django.apps import AppConfig


class PortsPagesConfig(AppConfig):
    """The app ``ports_pages``; it has no tables."""

    name = "doorward.server.ports_pages"
    label = "ports_pages"
    verbose_name = "Ports"
    default_auto_field = "django.db.models.BigAutoField"

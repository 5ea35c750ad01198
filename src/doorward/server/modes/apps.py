"""What Django needs to know of this app."""

from django.apps import AppConfig


class ModesConfig(AppConfig):
    """The app ``modes``."""

    name = "doorward.server.modes"
    label = "modes"
    verbose_name = "Changes of mode"
    default_auto_field = "django.db.models.BigAutoField"

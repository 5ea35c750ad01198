"""What Django needs to know of this app."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    """The app ``events``."""

    name = "doorward.server.events"
    label = "events"
    verbose_name = "Events"
    default_auto_field = "django.db.models.BigAutoField"

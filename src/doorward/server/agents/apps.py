"""What Django needs to know of this app."""

from django.apps import AppConfig


class AgentsConfig(AppConfig):
    """The app ``agents``."""

    name = "doorward.server.agents"
    label = "agents"
    verbose_name = "Agents"
    default_auto_field = "django.db.models.BigAutoField"

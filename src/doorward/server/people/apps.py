"""What Django needs to know of this app."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """The app ``people``."""

    name = "doorward.server.people"
    label = "people"
    verbose_name = "People"
    default_auto_field = "django.db.models.BigAutoField"

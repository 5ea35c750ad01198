"""What Django needs to know of this app."""

from django.apps import AppConfig


class OperatorsConfig(AppConfig):
    """The app ``operators``."""

    name = "doorward.server.operators"
    label = "operators"
    verbose_name = "Operators"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Begin to note logins."""
        from doorward.server.operators import logins  # noqa: PLC0415 - needs the models

        logins.connect()

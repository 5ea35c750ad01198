"""What Django needs to know of this app."""

from django.apps import AppConfig


class ImportsConfig(AppConfig):
    """The app ``imports``."""

    name = "doorward.server.imports"
    label = "imports"
    verbose_name = "Imports"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make its kinds of jobs known."""
        from doorward.server.imports.job import KINDS  # noqa: PLC0415 - needs the models of all apps
        from doorward.server.jobs.kinds import register  # noqa: PLC0415 - needs the models of all apps

        for kind in KINDS:
            register(kind)

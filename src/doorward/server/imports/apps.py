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
        from doorward.server.imports import export_job, job  # noqa: PLC0415 - needs the models of all apps
        from doorward.server.imports.services import forget_person  # noqa: PLC0415 - needs the models of all apps
        from doorward.server.jobs.kinds import register  # noqa: PLC0415 - needs the models of all apps
        from doorward.server.people.erasing import forget_with  # noqa: PLC0415 - needs the models of all apps

        for kind in (*job.KINDS, *export_job.KINDS):
            register(kind)
        forget_with(forget_person)

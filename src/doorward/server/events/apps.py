"""What Django needs to know of this app."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    """The app ``events``."""

    name = "doorward.server.events"
    label = "events"
    verbose_name = "Events"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make its kinds of jobs known."""
        from doorward.server.events.export_job import EXPORT  # noqa: PLC0415 - needs the models of all apps
        from doorward.server.jobs.kinds import register  # noqa: PLC0415 - needs the models of all apps

        register(EXPORT)

        from doorward.server.events.erasing import forget_person, has_traces  # noqa: PLC0415 - likewise
        from doorward.server.people.erasing import forget_with, traces_by  # noqa: PLC0415 - likewise

        forget_with(forget_person)
        traces_by(has_traces)

"""What Django needs to know of this app."""

from django.apps import AppConfig


class TakeoverConfig(AppConfig):
    """The app ``takeover``."""

    name = "doorward.server.takeover"
    label = "takeover"
    verbose_name = "Takeover"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make its kinds of jobs known, and what it does for differences and for people who are erased."""
        from doorward.server.jobs.kinds import register  # noqa: PLC0415 - needs the models of all apps
        from doorward.server.people.erasing import forget_with  # noqa: PLC0415 - needs the models of all apps
        from doorward.server.sync.services import set_take_over  # noqa: PLC0415 - needs the models of all apps
        from doorward.server.takeover.job import KINDS  # noqa: PLC0415 - likewise
        from doorward.server.takeover.one_person import take_over_person  # noqa: PLC0415 - likewise
        from doorward.server.takeover.services import forget_person  # noqa: PLC0415 - likewise

        for kind in KINDS:
            register(kind)
        set_take_over(take_over_person)
        forget_with(forget_person)

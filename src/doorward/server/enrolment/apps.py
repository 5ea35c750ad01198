"""What Django needs to know of this app."""

from django.apps import AppConfig


class EnrolmentConfig(AppConfig):
    """The app ``enrolment``."""

    name = "doorward.server.enrolment"
    label = "enrolment"
    verbose_name = "Enrolment"
    default_auto_field = "django.db.models.BigAutoField"

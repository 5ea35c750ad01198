"""What Django needs to know of this app."""

from django.apps import AppConfig


class CertificatesConfig(AppConfig):
    """The app ``certificates``."""

    name = "doorward.server.certificates"
    label = "certificates"
    verbose_name = "Certificates"
    default_auto_field = "django.db.models.BigAutoField"

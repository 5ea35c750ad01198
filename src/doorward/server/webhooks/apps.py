"""What Django needs to know of this app."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """The app ``webhooks``."""

    name = "doorward.server.webhooks"
    label = "webhooks"
    verbose_name = "Webhooks"
    default_auto_field = "django.db.models.BigAutoField"

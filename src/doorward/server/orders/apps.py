"""What Django needs to know of this app."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """The app ``orders``."""

    name = "doorward.server.orders"
    label = "orders"
    verbose_name = "Orders"
    default_auto_field = "django.db.models.BigAutoField"

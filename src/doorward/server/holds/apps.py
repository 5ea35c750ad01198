"""What Django needs to know of this app."""

from django.apps import AppConfig


class HoldsConfig(AppConfig):
    """The app ``holds``."""

    name = "doorward.server.holds"
    label = "holds"
    verbose_name = "Holds of devices"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Commands of others are refused while somebody holds a device."""
        from doorward.server.devices.commands import add_guard  # noqa: PLC0415 - needs the models of all apps
        from doorward.server.holds.services import require_free  # noqa: PLC0415

        add_guard(require_free)

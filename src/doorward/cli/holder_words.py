"""Who holds a device that refuses a connection, as far as the server on this machine knows."""

from __future__ import annotations

import logging

from doorward.model.errors import DoorwardError

logger = logging.getLogger(__name__)


def holder_at(host: str) -> str:
    """Who has the device at an address, in words; empty when no server's data on this machine tells.

    Args:
        host: The address, as the server has it noted for direct mode.
    """
    try:
        return _asked(host)
    except (DoorwardError, ImportError, OSError) as error:
        logger.debug("Who holds %s is not known here: %s", host, error)
    except Exception:
        # This is beside the point of the command, which has failed with a reason of its own.
        logger.debug("Who holds %s cannot be looked up.", host, exc_info=True)
    return ""


def _asked(host: str) -> str:
    from doorward.server.places import default_settings_path

    if not default_settings_path().is_file():
        return ""
    from doorward.server.setup import set_up

    set_up()
    from doorward.server.database import require_migrated

    require_migrated()
    from doorward.server.devices.choices import Mode
    from doorward.server.devices.services import devices
    from doorward.server.holds.holder import holder_of
    from doorward.server.system.services import running_server

    runs = running_server() is not None
    device = devices().filter(mode=Mode.DIRECT, address=host).first()
    holder = None if device is None else holder_of(device, server_runs=runs)
    if device is None or holder is None:
        return ""
    words = f"Device {device.pk}: {holder.words}"
    if holder.kind == "server":
        words += f" Let the line go: doorward devices hold {device.pk} --for 'doorward device'"
    return words

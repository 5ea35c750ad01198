"""The gateway's settings from those of the server."""

from __future__ import annotations

from doorward.gateway.certificates import DeviceCertificates
from doorward.gateway.settings import CallerLimits, GatewaySettings
from doorward.server.settings import ServerSettings

SECONDS_OF_A_MINUTE = 60.0


def gateway_settings(settings: ServerSettings, certificates: DeviceCertificates | None = None) -> GatewaySettings:
    """The section ``[devices]`` as the gateway takes it, and who knows the certificates of devices."""
    devices = settings.devices
    return GatewaySettings(
        address=devices.address,
        port=devices.port,
        told_address=devices.told_address,
        told_port=devices.told_port,
        ask_after=devices.identify_seconds,
        certificates=certificates,
        limits=CallerLimits(
            connections=devices.connections,
            per_address=devices.connections_per_address,
            unidentified_per_address=devices.unidentified_per_address,
            new_per_second=devices.new_per_second,
            burst=devices.burst,
        ),
        catch_up_every=devices.catch_up_minutes * SECONDS_OF_A_MINUTE,
    )

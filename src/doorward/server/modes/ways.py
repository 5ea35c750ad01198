"""How a device is asked and set up while its mode is changed: over its connection, or by UDP where none stands."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Final

from doorward.device.connecting import Dial, connect
from doorward.gateway.collaborators import CommandOutcome, ConnectionMode, ReadNetworkSettings, WriteNetworkSettings
from doorward.model.errors import DoorwardError, InvalidInput, NotReached
from doorward.model.network_settings import NetworkChange, NetworkChanges, NetworkSettings
from doorward.protocol.biostar1.udp_exchange import UDP_PORT
from doorward.server.agents.desk import agent_desk
from doorward.server.devices.commands import CommandRefused, ask, give
from doorward.server.devices.directory import host_of
from doorward.server.devices.gateway_views import view_of
from doorward.server.devices.models import Device
from doorward.server.discovery import services as discovery
from doorward.transport import dial
from doorward.transport.interfaces import interface_toward

DIAL_SECONDS: Final = 3.0


def settings_of(data: object) -> NetworkSettings:
    """Network settings as a command brought them."""
    assert isinstance(data, dict)
    return NetworkSettings(**data)


def connection_of(device_id: int) -> ConnectionMode | None:
    """Who made the connection that stands with a device; None without one, or without a gateway in this process."""
    view = view_of(device_id)
    return None if view is None else view.connection


def last_host(device: Device) -> str:
    """Where a device was last: where it is connected, is dialled, or was heard."""
    view = view_of(device.pk)
    connected = view.address if view is not None and view.connection is not None else ""
    return host_of(connected or device.address or device.last_address)


@dataclass(frozen=True, slots=True)
class Way:
    """How a device is asked and set up.

    Attributes:
        device: The device.
        host: Where it is.
        udp_port: UDP port of the device; None for that of its generation.
        connection: Who made the connection that is used; None: there is none, so it goes by UDP.
    """

    device: Device
    host: str
    udp_port: int | None = None
    connection: ConnectionMode | None = None

    @property
    def words(self) -> str:
        """The way in words: from where, to where, to which port."""
        agent = self.device.agent
        if self.connection is ConnectionMode.DIRECT:
            through = "" if agent is None else f" through the agent {agent.name}"
            return f"over the connection that this server keeps to {self.host}{through} (TCP)"
        if self.connection is ConnectionMode.SERVER:
            return f"over the connection that the device at {self.host} keeps to this server (TCP)"
        return f"by UDP from {place_of(self.device, self.host)} to {self.host}, port {self.udp_port or UDP_PORT}"

    def read(self) -> NetworkSettings:
        """Ask the device how it is set up.

        Raises:
            DoorwardError: It did not answer, or said no.
        """
        if self.connection is not None:
            return settings_of(dict(ask(self.device, ReadNetworkSettings).data))
        return discovery.read_network(self._target)[1]

    def write(self, changes: NetworkChanges) -> NetworkChange:
        """Set the device up; gives its settings before and after.

        Raises:
            DoorwardError: It did not answer, or said no.
        """
        if self.connection is not None:
            outcome: CommandOutcome = give(
                self.device, "device.network", partial(WriteNetworkSettings, changes=changes), after=dict(changes.named)
            )
            if not outcome.succeeded:
                raise CommandRefused.of(outcome)
            before, after = (settings_of(dict(outcome.data[name])) for name in ("before", "after"))
            return NetworkChange(before=before, after=after, written=bool(outcome.data["written"]))
        return discovery.write_network(self._target, changes)

    @property
    def _target(self) -> discovery.Target:
        if not self.host:
            raise NotReached(
                f"It is not known where device {self.device} is.",
                advice="Search for it on the page Find devices, which tells its address.",
            )
        return discovery.Target(
            self.device.pk,
            (self.host,),
            generation=self.device.generation,
            port=self.udp_port,
            agent=self.device.agent_id,
        )


def way_to(device: Device, host: str, udp_port: int | None = None) -> Way:
    """The way to a device now."""
    return Way(device, host, udp_port, connection_of(device.pk))


def listens(device: Device, host: str, port: int) -> None:
    """Make sure that a device listens for clients: it is dialled, asked who it is, and left.

    Raises:
        DoorwardError: It does not, or something else does.
    """

    async def look(dialer: Dial) -> None:
        found = await connect(
            host,
            port,
            model=device.model or None,
            device_id=device.pk,
            timeout=DIAL_SECONDS,
            dial_timeout=DIAL_SECONDS,
            dialer=dialer,
        )
        await found.close()

    if device.agent_id is None:
        asyncio.run(look(dial))
    else:
        agent_desk().reach(device.agent_id, look, seconds=2 * DIAL_SECONDS)


def place_of(device: Device, host: str) -> str:
    """From where a device at a host is reached, in words: an address of this machine, or the agent beside it."""
    if device.agent is not None:
        return f"the agent {device.agent.name}"
    try:
        return interface_toward(host).address
    except (DoorwardError, InvalidInput):
        return "this server"

"""UDP 51110: a virtual device is found, read, readdressed and restarted without TCP."""

from __future__ import annotations

from collections.abc import Callable

from doorward.protocol.biostar1.results import SUCCESS, UNSUPPORTED, result_error
from doorward.protocol.biostar1.udp_device import UdpDevice
from doorward.simulator.outcome import After, Outcome
from doorward.simulator.udp_hub import UdpHub, UdpSeat
from doorward.simulator.virtual_device import VirtualDevice
from doorward.transport import Address, Datagram


class _UdpState:
    """The device as its UDP side sees it. What shall follow is kept until the answers have left."""

    def __init__(self, device: VirtualDevice) -> None:
        self._device = device
        self.after = After.NOTHING

    def read_configuration(self, configuration_type: int) -> bytes:
        """Give a configuration block."""
        content = self._device.configuration.content(configuration_type)
        if content is None:
            raise result_error(UNSUPPORTED, "read this part of its configuration")
        return content

    def check_write(self, configuration_type: int, size: int) -> None:
        """Say whether a block of this size would be taken."""
        self._refuse(self._device.configuration.check(configuration_type, size))

    def write_configuration(self, configuration_type: int, data: bytes) -> None:
        """Take a configuration block."""
        with self._device.changing():
            outcome: Outcome = self._device.configuration.write(configuration_type, data)
        self._refuse(outcome.replies[0].code)
        self.after = outcome.after

    def restart(self) -> None:
        """Restart when the answer has left."""
        self.after = After.RESTART

    def _refuse(self, code: int) -> None:
        if code != SUCCESS:
            raise result_error(code, "write this part of its configuration")


class UdpResponder:
    """Answers the UDP questions to one device.

    Args:
        device: The device.
        follow: Called when the device shall restart or restart its network.
    """

    def __init__(self, device: VirtualDevice, follow: Callable[[After], None]) -> None:
        self._device = device
        self._follow = follow
        self._state = _UdpState(device)
        self._exchanges = UdpDevice(device.device_id, device.model.device_type, self._state)
        self._seat: UdpSeat | None = None

    @property
    def address(self) -> Address | None:
        """Where the device hears; None while it does not."""
        return self._seat.address if self._seat is not None else None

    async def start(self, address: str, port: int, hub: UdpHub) -> None:
        """Start to hear.

        Raises:
            PortBusy: The port is held.
            NotReached: The address is not one of this machine.
        """
        self._seat = await hub.join(address, port, self._hear)

    def stop(self) -> None:
        """Hear no more."""
        if self._seat is not None:
            self._seat.leave()
            self._seat = None

    def _hear(self, datagram: Datagram) -> None:
        seat, faults = self._seat, self._device.faults
        if seat is None or faults.loses_datagram():
            return
        for answer in self._exchanges.receive(datagram.data, datagram.source):
            if not faults.loses_datagram():
                seat.answer(datagram, answer)
        after, self._state.after = self._state.after, After.NOTHING
        if after is not After.NOTHING:
            self._follow(after)

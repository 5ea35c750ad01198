"""The device's end of UDP 51210, without input or output (protocol notes for BioStar 2, section 5)."""

from __future__ import annotations

from typing import Protocol

from doorward.model.errors import DeviceRefused
from doorward.protocol.biostar2.frame import Frame, decode_datagram, encode_datagram
from doorward.protocol.biostar2.network_settings import (
    GET_CONFIGURATION,
    GET_IPV6_CONFIGURATION,
    IP_CONFIGURATION_MASK,
    SET_CONFIGURATION,
    ConfigurationReply,
    GetConfigurationRequest,
    IpConfiguration,
    SetConfigurationRequest,
)
from doorward.protocol.biostar2.results import INVALID_PARAMETER, NOT_SUPPORTED, SUCCESS
from doorward.protocol.biostar2.search import SEARCH_COMMANDS, SearchAnswer, SearchReply, SearchRequest
from doorward.protocol.errors import RemoteProtocolError

CORE_STATION_TYPES = frozenset((0x0E,))


class UdpDeviceState(Protocol):
    """What a device holds and does when it is asked over UDP."""

    def search_answer(self) -> SearchAnswer:
        """Say who the device is."""
        ...

    def ip_configuration(self) -> IpConfiguration:
        """Give the network settings."""
        ...

    def take_ip_configuration(self, configuration: IpConfiguration) -> None:
        """Take network settings; refuses by raising DeviceRefused with its code."""
        ...


class UdpDevice:
    """Answers datagrams as a device does. A datagram for another device and a broken one are dropped in silence.

    Args:
        state: What the device holds and does.
    """

    def __init__(self, state: UdpDeviceState) -> None:
        self._state = state

    def receive(self, data: bytes) -> tuple[bytes, ...]:
        """Take a datagram; gives the datagrams to send back."""
        try:
            frame = decode_datagram(data)
            if frame.command in SEARCH_COMMANDS:
                return self._search(SearchRequest.from_frame(frame), frame)
            if frame.device_id != self._state.search_answer().device_id:
                return ()
            return self._configuration(frame)
        except RemoteProtocolError:
            return ()

    def _search(self, request: SearchRequest, frame: Frame) -> tuple[bytes, ...]:
        answer = self._state.search_answer()
        if frame.device_id not in (0, answer.device_id):
            return ()
        if request.core_station and answer.device_type not in CORE_STATION_TYPES:
            return ()
        reply = SearchReply(answer=answer, core_station=request.core_station, sequence=request.sequence)
        return (reply.to_datagram(),)

    def _configuration(self, frame: Frame) -> tuple[bytes, ...]:
        if frame.command == GET_CONFIGURATION:
            if not GetConfigurationRequest.from_frame(frame).mask & IP_CONFIGURATION_MASK:
                return (_reply(frame, INVALID_PARAMETER),)
            reply = ConfigurationReply(
                command=frame.command,
                device_id=frame.device_id,
                configuration=self._state.ip_configuration(),
                sequence=frame.sequence,
            )
            return (reply.to_datagram(),)
        if frame.command == SET_CONFIGURATION:
            try:
                self._state.take_ip_configuration(SetConfigurationRequest.from_frame(frame).configuration)
            except DeviceRefused as refusal:
                return (_reply(frame, refusal.code),)
            except RemoteProtocolError:
                return (_reply(frame, INVALID_PARAMETER),)
            return (_reply(frame),)
        if frame.command == GET_IPV6_CONFIGURATION:
            return (_reply(frame, NOT_SUPPORTED),)
        return ()


def _reply(frame: Frame, result: int = SUCCESS) -> bytes:
    return encode_datagram(
        Frame(command=frame.command, device_id=frame.device_id, option=result, sequence=frame.sequence)
    )

"""What each generation is asked in a search, and how its answers read."""

from __future__ import annotations

import ipaddress
from typing import Protocol

from doorward.discovery.biostar2 import next_sequence
from doorward.model.found import BIOSTAR1, BIOSTAR2, FoundDevice
from doorward.model.network_settings import DIRECT, SERVER, is_no_address
from doorward.protocol.biostar1 import models as biostar1_models
from doorward.protocol.biostar1.udp_exchange import UDP_PORT as BIOSTAR1_PORT
from doorward.protocol.biostar1.udp_exchange import SearchExchange
from doorward.protocol.biostar2 import models as biostar2_models
from doorward.protocol.biostar2.frame import UDP_PORT as BIOSTAR2_PORT
from doorward.protocol.biostar2.frame import decode_datagram
from doorward.protocol.biostar2.search import SEARCH_COMMANDS, SERVER_MODE, SearchReply, SearchRequest
from doorward.transport.udp import Datagram


class Question(Protocol):
    """The search of one generation."""

    port: int

    def datagram(self) -> bytes:
        """The datagram to send."""
        ...

    def read(self, datagram: Datagram) -> FoundDevice | None:
        """Read an answer; None when it is something else. Raises RemoteProtocolError when it is broken."""
        ...


class BioStar1Question:
    """The search on UDP 51110."""

    port = BIOSTAR1_PORT

    def __init__(self) -> None:
        self._exchange = SearchExchange()

    def datagram(self) -> bytes:
        """The datagram to send."""
        return self._exchange.start()

    def read(self, datagram: Datagram) -> FoundDevice | None:
        """Read an answer; the address is where it came from."""
        answer = self._exchange.receive(datagram.data)
        if answer is None or answer.device_id == 0:
            return None
        model = biostar1_models.MODELS_BY_TYPE.get(answer.device_type)
        return FoundDevice(
            device_id=answer.device_id,
            type=answer.device_type,
            generation=BIOSTAR1,
            model=model.slug if model else f"unknown-{answer.device_type}",
            title=biostar1_models.type_title(answer.device_type),
            address=datagram.source.host,
            port=model.tcp_port if model else None,
            answered_from=datagram.source.host,
            interface=datagram.interface_name,
            answers=1,
        )


class BioStar2Question:
    """The search on UDP 51210."""

    port = BIOSTAR2_PORT

    def __init__(self) -> None:
        self._request = SearchRequest(sequence=next_sequence())

    def datagram(self) -> bytes:
        """The datagram to send."""
        return self._request.to_datagram()

    def read(self, datagram: Datagram) -> FoundDevice | None:
        """Read an answer; the device tells its address itself."""
        frame = decode_datagram(datagram.data)
        if frame.command not in SEARCH_COMMANDS:
            return None
        answer = SearchReply.from_frame(frame).answer
        if not answer.valid_device_id:
            return None
        model = biostar2_models.MODELS_BY_TYPE.get(answer.device_type)
        return FoundDevice(
            device_id=answer.device_id,
            type=answer.device_type,
            generation=BIOSTAR2,
            model=model.slug if model else f"unknown-{answer.device_type}",
            title=biostar2_models.type_title(answer.device_type),
            address=_told_address(answer.ip_address) or datagram.source.host,
            port=answer.port,
            mode=SERVER if answer.connection_mode == SERVER_MODE else DIRECT,
            answered_from=datagram.source.host,
            interface=datagram.interface_name,
            answers=1,
        )


def _told_address(value: str) -> str:
    try:
        return "" if is_no_address(value) else str(ipaddress.IPv4Address(value))
    except ValueError:
        return ""


QUESTIONS: dict[str, type[BioStar1Question] | type[BioStar2Question]] = {
    BIOSTAR1: BioStar1Question,
    BIOSTAR2: BioStar2Question,
}

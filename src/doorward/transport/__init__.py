"""The only floor that opens sockets: TCP streams, UDP on each network card, and a null modem for tests."""

from doorward.transport.address import Address
from doorward.transport.broadcast_listener import BroadcastListener
from doorward.transport.errors import PortBusy
from doorward.transport.interfaces import Interface, find_interface, interface_toward, interfaces
from doorward.transport.null_modem import Faults, null_modem
from doorward.transport.open_files import allow_open_files
from doorward.transport.stream import Listener, Stream, dial, listen
from doorward.transport.tls_context import (
    TlsIdentity,
    agent_context,
    agent_server_context,
    device_context,
    server_context,
)
from doorward.transport.tls_stream import TlsContext, TlsStream, start_tls
from doorward.transport.udp import Datagram, UdpEndpoint
from doorward.transport.udp_group import UdpGroup
from doorward.transport.udp_server import UdpServer

__all__ = [
    "Address",
    "BroadcastListener",
    "Datagram",
    "Faults",
    "Interface",
    "Listener",
    "PortBusy",
    "Stream",
    "TlsContext",
    "TlsIdentity",
    "TlsStream",
    "UdpEndpoint",
    "UdpGroup",
    "UdpServer",
    "agent_context",
    "agent_server_context",
    "allow_open_files",
    "device_context",
    "dial",
    "find_interface",
    "interface_toward",
    "interfaces",
    "listen",
    "null_modem",
    "server_context",
    "start_tls",
]

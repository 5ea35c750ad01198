"""The only floor that opens sockets: TCP streams, UDP on each network card, and a null modem for tests."""

from doorward.transport.address import Address
from doorward.transport.broadcast_listener import BroadcastListener
from doorward.transport.errors import PortBusy
from doorward.transport.interfaces import Interface, find_interface, interface_toward, interfaces
from doorward.transport.null_modem import Faults, null_modem
from doorward.transport.stream import Listener, Stream, dial, listen
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
    "UdpEndpoint",
    "UdpGroup",
    "UdpServer",
    "dial",
    "find_interface",
    "interface_toward",
    "interfaces",
    "listen",
    "null_modem",
]

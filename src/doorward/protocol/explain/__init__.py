"""Any capture of the devices' ports explained, packet by packet; what cannot be read is marked, never fatal.

``StreamExplainer`` takes the two TCP channels, ``DatagramExplainer`` both generations of UDP, ``CaptureExplainer`` a
whole capture file. They are fed bytes and give ``Explained`` messages.
"""

from __future__ import annotations

from doorward.protocol.explain.captures import TCP_PORTS, UDP_PORTS, CapturedMessage, CaptureExplainer
from doorward.protocol.explain.datagrams import DatagramExplainer, split_datagrams
from doorward.protocol.explain.guessing import guess_channel
from doorward.protocol.explain.knowledge import Knowledge
from doorward.protocol.explain.message import Channel, Explained, Sender, Value
from doorward.protocol.explain.streams import StreamExplainer

__all__ = [
    "TCP_PORTS",
    "UDP_PORTS",
    "CaptureExplainer",
    "CapturedMessage",
    "Channel",
    "DatagramExplainer",
    "Explained",
    "Knowledge",
    "Sender",
    "StreamExplainer",
    "Value",
    "guess_channel",
    "split_datagrams",
]

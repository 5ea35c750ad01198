"""Capture files read without input or output: frames, TCP and UDP, streams in order."""

from __future__ import annotations

from doorward.protocol.capture.files import CapturedFrame, CaptureError, CaptureReader, NotACapture, is_capture
from doorward.protocol.capture.network import Endpoint, LeftOut, TcpSegment, UdpDatagram, read_frame
from doorward.protocol.capture.reassembly import (
    Connection,
    StreamData,
    StreamEnd,
    StreamEvent,
    StreamGap,
    TcpReassembler,
)

__all__ = [
    "CaptureError",
    "CaptureReader",
    "CapturedFrame",
    "Connection",
    "Endpoint",
    "LeftOut",
    "NotACapture",
    "StreamData",
    "StreamEnd",
    "StreamEvent",
    "StreamGap",
    "TcpReassembler",
    "TcpSegment",
    "UdpDatagram",
    "is_capture",
    "read_frame",
]

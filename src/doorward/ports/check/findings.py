"""What a look at this machine's ports found."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from doorward.ports.holders import Holder


class Severity(enum.Enum):
    """How bad a finding is."""

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was found.

    Attributes:
        subject: What it is about, such as ``TCP 1480``.
        severity: How bad it is.
        text: What was found, in words.
        advice: What to do; empty when there is nothing to do.
        commands: Commands that do it.
        protocol: ``tcp`` or ``udp``, when it is about a port.
        port: The port.
        holder: The program that holds it.
        purpose: What the port is for.
    """

    subject: str
    severity: Severity
    text: str
    advice: str = ""
    commands: tuple[str, ...] = ()
    protocol: str = ""
    port: int | None = None
    holder: Holder | None = None
    purpose: str = ""

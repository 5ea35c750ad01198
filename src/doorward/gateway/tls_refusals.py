"""Tells operators of callers whose TLS failed before it was known who they are."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from doorward.gateway.certificates import CertificateRefused
from doorward.gateway.context import Alarms

logger = logging.getLogger(__name__)

TLS_REFUSED: Final = "tls-refused"
TOLD_EVERY: Final = 60.0
"""Seconds in which the log tells of one address once: a search for open ports comes thousands of times."""

HOSTS_KEPT: Final = 1_024


class TlsRefusals:
    """Raises one alarm, and writes to the log at a bearable rate.

    Args:
        alarms: Where an alarm is raised, once.
        time: Seconds of a clock that only goes forward.
    """

    def __init__(self, alarms: Alarms, time: Callable[[], float]) -> None:
        self._alarms = alarms
        self._time = time
        self._alarmed = ""
        self._told: dict[str, float] = {}

    def refused(self, host: str, error: CertificateRefused) -> None:
        """A caller was dropped."""
        words = f"{error.message} {error.advice}".strip()
        if not self._alarms.stands(TLS_REFUSED):
            self._alarmed = host
            self._alarms.raise_once(TLS_REFUSED, f"A caller from {host} was dropped. {words}")
        now = self._time()
        if now - self._told.get(host, -TOLD_EVERY) < TOLD_EVERY:
            return
        if len(self._told) >= HOSTS_KEPT:
            self._told.clear()
        self._told[host] = now
        logger.warning("a caller from %s was dropped: %s", host, words)

    def admitted(self, host: str) -> None:
        """A device with a certificate came in; the alarm is over when it was raised for this address."""
        if host == self._alarmed:
            self._alarms.clear(TLS_REFUSED)

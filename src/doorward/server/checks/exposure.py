"""What the settings open to others."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Final

from doorward.server.checks.findings import Finding, Level
from doorward.server.checks.site import Site

SUBJECT = "exposure"
ANY_HOST: Final = "*"


def look(site: Site) -> Iterator[Finding]:
    """Look who may reach the console, and under which name."""
    web = site.settings.web
    if is_loopback(web.address):
        yield Finding(SUBJECT, Level.OK, "The console is reached from this machine alone.")
        return
    yield Finding(
        SUBJECT,
        Level.WARNING,
        f"The console listens on {web.address or 'all addresses'} without TLS: passwords cross the network in clear.",
        "Put a proxy with TLS before it and let web.address be 127.0.0.1.",
    )
    if ANY_HOST in web.hosts:
        yield Finding(
            SUBJECT,
            Level.WARNING,
            "The console answers to any name (web.hosts is not set).",
            f'Name those by which it is called in {site.settings.path}: [web] hosts = ["doors.example.org"]',
        )


def is_loopback(address: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"

"""What the gateway asks when a device starts TLS, answered from the database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol, TypeVar

from django.utils import timezone

from doorward.model.errors import Unsupported
from doorward.protocol.biostar1.announcement import DeviceIdentity
from doorward.server.certificates import services
from doorward.server.certificates.making import AuthorityParts
from doorward.transport import TlsContext, TlsIdentity, server_context

T = TypeVar("T")


class Writer(Protocol):
    """Runs a function in the thread that writes; see ``doorward.server.events.writer``."""

    def call(self, function: Callable[[], T]) -> Future[T]:
        """Run it."""
        ...


class DatabaseCertificates:
    """The gateway's view of the certificates; see ``doorward.gateway.certificates.DeviceCertificates``.

    Args:
        writer: Runs what reads the database.
        allow_tls_1_0: Whether TLS 1.0 and 1.1 are spoken too.
    """

    def __init__(self, writer: Writer, *, allow_tls_1_0: bool = False) -> None:
        self._writer = writer
        self._allow_tls_1_0 = allow_tls_1_0
        self._context: TlsContext | None = None

    async def server_context(self) -> TlsContext | None:
        """The server's own certificate and whom it trusts; None before any certificate was issued."""
        if self._context is None:
            # Another process, such as the command line, may have made the authority meanwhile.
            identity = await asyncio.wrap_future(self._writer.call(_server_identity))
            if identity is not None:
                self._context = server_context(identity, allow_tls_1_0=self._allow_tls_1_0)
        return self._context

    async def identify(self, certificate: bytes) -> DeviceIdentity:
        """Tell whose certificate it is; the database is asked each time, so a revocation holds at once."""
        return await asyncio.wrap_future(self._writer.call(lambda: services.holder(certificate)))


def check_tls_setting(allow_tls_1_0: bool, *, where: str) -> None:
    """Refuse a setting that the TLS library of this machine cannot follow.

    Args:
        allow_tls_1_0: Whether TLS 1.0 is wanted.
        where: The settings file.

    Raises:
        Unsupported: It is wanted and cannot be had.
    """
    if not allow_tls_1_0:
        return
    now = timezone.now()
    parts = AuthorityParts.new(now)  # for this trial alone
    try:
        server_context(parts.server_identity(parts.issue_server(now)), allow_tls_1_0=True)
    except Unsupported as error:
        raise Unsupported(f'devices.oldest_tls = "1.0" ({where}): {error.message}', advice=error.advice) from error


def _server_identity() -> TlsIdentity | None:
    row = services.authority()
    return None if row is None else services.parts_of(row).server_identity(services.server_certificate(row))

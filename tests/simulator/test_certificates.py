"""What a virtual device does with the file of a certificate."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from doorward.model.errors import InvalidFile
from doorward.protocol.biostar1.certificates import CertificateFile
from doorward.protocol.biostar1.server_mode import WriteCertificate
from doorward.protocol.errors import RemoteProtocolError
from doorward.simulator import DialBehaviour, ServerModeSite, VirtualSite
from doorward.simulator.certificates import context_of_file
from tests.support.small_server import small_server

SECONDS = 30.0
QUICK = DialBehaviour(broken_wait=(0.02, 0.05), refused_wait=(0.05, 0.1))


async def test_a_file_that_it_cannot_use_is_kept_and_told_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nQUJD\n-----END ENCRYPTED PRIVATE KEY-----\n" * 70
    async with small_server() as server:
        devices = VirtualSite(1, models=["biostation"], people=0, state=tmp_path)
        async with ServerModeSite(devices, server.address, behaviour=QUICK) as site:
            await asyncio.wait_for(site.all_live(), SECONDS)
            (guest,) = server.guests.values()
            assert (await guest.call(WriteCertificate(file))).code == 0
            with caplog.at_level(logging.WARNING):
                site.diallers[0].drop()
                await server.until(lambda: server.connections == 4)
                await asyncio.wait_for(site.all_live(), SECONDS)
            assert server.tls_connections == 0
            assert sum("cannot use its certificate" in line for line in caplog.messages) == 1
    # It lies with the state of the device.
    again = VirtualSite(1, models=["biostation"], people=0, state=tmp_path)
    async with small_server() as server, ServerModeSite(again, server.address) as site:
        assert site.diallers[0].certificates.file == file


def test_files_that_cannot_be_used() -> None:
    with pytest.raises(RemoteProtocolError):
        context_of_file(b"pem")
    certificate = b"-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n"
    key = b"-----BEGIN PRIVATE KEY-----\nQUJD\n-----END PRIVATE KEY-----\n"
    with pytest.raises(InvalidFile, match="cannot be used"):
        context_of_file(CertificateFile(certificate, key, certificate).encode())

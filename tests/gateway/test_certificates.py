"""Devices that prove who they are: what a certificate changes, and how callers without a good one are told of."""

from __future__ import annotations

from pathlib import Path
from ssl import CERT_NONE, Purpose, SSLContext

import pytest
from cryptography import x509

from doorward.gateway.certificates import CertificateRefused
from doorward.gateway.collaborators import (
    AlarmRaised,
    DeviceState,
    DeviceStateChanged,
    InstallCertificate,
    RemoveCertificate,
)
from doorward.protocol.biostar1.announcement import DeviceIdentity
from doorward.protocol.biostar1.certificates import CertificateName
from doorward.simulator import VirtualDevice
from doorward.simulator import event_codes as events
from doorward.transport import TlsContext
from tests.gateway.dialling_devices import DEVICE, approved, dialling
from tests.support.authority import Authority
from tests.support.gateway_site import running


class NamedCertificates:
    """Believes the names in the certificates of the authority, unless they are revoked."""

    def __init__(self, context: TlsContext | None) -> None:
        self.context = context
        self.revoked = False

    async def server_context(self) -> TlsContext | None:
        return self.context

    async def identify(self, certificate: bytes) -> DeviceIdentity:
        subject = x509.load_der_x509_certificate(certificate).subject
        (name,) = subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        number = CertificateName(str(name.value), "").device_id
        if self.revoked:
            raise CertificateRefused("Its certificate was revoked.", device_id=number)
        return DeviceIdentity(number, 0)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "own")


def both(authority: Authority, device_id: int = DEVICE) -> tuple[NamedCertificates, SSLContext]:
    """The server's side, and the context of a device."""
    server = NamedCertificates(authority.context("server", Purpose.CLIENT_AUTH))
    return server, authority.context(f"[BST] BioStation {device_id}", Purpose.SERVER_AUTH)


async def test_it_takes_the_place_of_a_connection_without_one(authority: Authority) -> None:
    server, certificate = both(authority)
    impostor, device = VirtualDevice(DEVICE, "biostation"), VirtualDevice(DEVICE, "biostation")
    async with running(approved(), certificates=server) as ground, dialling(ground, impostor) as plain:
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        async with dialling(ground, device, tls=certificate) as proved:
            await ground.bus.until(lambda: proved.live.is_set() and not plain.live.is_set())
            assert any("with its certificate" in each.reason for each in ground.bus.of(DeviceStateChanged))
            # The other way round, nobody takes the place of a device that has proved who it is.
            await ground.bus.until(lambda: ground.bus.alarms("second-caller")[0] == 1)
            assert proved.live.is_set()


async def test_it_does_not_replace_an_approval(authority: Authority) -> None:
    server, certificate = both(authority)
    device = VirtualDevice(DEVICE, "biostation")
    device.log.add(events.VERIFY_SUCCESS, 1, 5)
    async with running(certificates=server) as ground, dialling(ground, device, tls=certificate):
        await ground.bus.until_state(DEVICE, DeviceState.WAITING)
        assert not ground.store.committed


async def test_it_serves_no_other_device(authority: Authority) -> None:
    server, certificate = both(authority)
    other = VirtualDevice(DEVICE + 1, "biostation")
    async with running(approved(), certificates=server) as ground, dialling(ground, other, tls=certificate):
        await ground.bus.until(lambda: bool(ground.bus.of(DeviceStateChanged)))
        assert f"the announcement bears the number {DEVICE + 1}" in ground.bus.reason(DEVICE)
        assert not ground.directory.sightings


async def test_one_of_another_authority_raises_one_alarm(authority: Authority, tmp_path: Path) -> None:
    server, _ = both(authority)
    foreign = Authority(tmp_path, "foreign").context(f"[BST] BioStation {DEVICE}", Purpose.SERVER_AUTH)
    foreign.verify_mode = CERT_NONE
    device = VirtualDevice(DEVICE, "biostation")
    async with running(approved(), certificates=server) as ground:
        async with dialling(ground, device, tls=foreign):
            await ground.bus.until(lambda: ground.gateway.counters.strangers >= 3)
        assert ground.bus.alarms("tls-refused") == (1, 0)
        (alarm,) = ground.bus.of(AlarmRaised)
        assert "certificate verify failed" in alarm.words
        assert alarm.device_id is None
        assert not ground.directory.sightings
        # The right one ends the alarm.
        async with dialling(ground, device, tls=both(authority)[1]):
            await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        assert ground.bus.alarms("tls-refused") == (1, 1)


async def test_none_at_all_is_told_of(authority: Authority) -> None:
    server, certificate = both(authority)
    bare = SSLContext(certificate.protocol)
    bare.check_hostname, bare.verify_mode = False, CERT_NONE
    device = VirtualDevice(DEVICE, "biostation")
    async with running(approved(), certificates=server) as ground, dialling(ground, device, tls=bare):
        await ground.bus.until(lambda: ground.bus.alarms("tls-refused") == (1, 0))
        assert "did not return a certificate" in ground.bus.of(AlarmRaised)[0].words


async def test_before_any_was_issued_tls_is_refused_in_words(authority: Authority) -> None:
    device = VirtualDevice(DEVICE, "biostation")
    certificate = both(authority)[1]
    async with running(approved(), certificates=NamedCertificates(None)) as ground:
        async with dialling(ground, device, tls=certificate):
            await ground.bus.until(lambda: ground.bus.alarms("tls-refused") == (1, 0))
        assert "has not issued any certificate" in ground.bus.of(AlarmRaised)[0].words


async def test_a_revoked_one_is_told_of_once(authority: Authority) -> None:
    server, certificate = both(authority)
    server.revoked = True
    device = VirtualDevice(DEVICE, "biostation")
    async with running(approved(), certificates=server) as ground, dialling(ground, device, tls=certificate):
        await ground.bus.until(lambda: bool(ground.bus.of(DeviceStateChanged)))
        assert ground.bus.state(DEVICE) is DeviceState.LOST
        assert "Its certificate was revoked." in ground.bus.reason(DEVICE)
        await ground.bus.until(lambda: ground.gateway.counters.strangers >= 3)
        assert len(ground.bus.of(DeviceStateChanged)) == 1  # told once, however often it calls


async def test_a_device_takes_one_and_gives_it_back() -> None:
    device = VirtualDevice(DEVICE, "biostation")
    async with running(approved()) as ground, dialling(ground, device, tls_of=None) as dialler:
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        seen = len(ground.bus.happenings)
        outcome = await ground.bus.order(InstallCertificate("1", DEVICE, b"pem" * 2000))
        assert (outcome.succeeded, outcome.words) == (
            True,
            "The device took the certificate; it dials in with TLS from now on.",
        )
        assert dialler.certificates.file == b"pem" * 2000
        await ground.bus.until_lost_and_back(DEVICE, seen)
        assert (await ground.bus.order(RemoveCertificate("2", DEVICE))).succeeded
        assert dialler.certificates.file is None


@pytest.mark.parametrize("model", ["d-station", "bioentry-plus"])
async def test_a_model_without_certificates_is_not_asked(model: str) -> None:
    device = VirtualDevice(DEVICE, model)
    async with running(approved()) as ground, dialling(ground, device):
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        outcome = await ground.bus.order(InstallCertificate("1", DEVICE, b"pem"))
        assert not outcome.succeeded
        assert outcome.words.endswith("takes no certificate: only a BioStation in server mode does.")
        assert ground.bus.state(DEVICE) is DeviceState.LIVE


async def test_a_refusal_of_the_device_is_told_in_its_words() -> None:
    device = VirtualDevice(DEVICE, "biostation")
    async with running(approved()) as ground, dialling(ground, device):
        await ground.bus.until_state(DEVICE, DeviceState.LIVE)
        outcome = await ground.bus.order(InstallCertificate("1", DEVICE, bytes(70_000)))
        assert not outcome.succeeded
        assert outcome.words
        assert ground.bus.state(DEVICE) is DeviceState.LIVE

"""From issuing a certificate to its end, between the server and virtual devices; and what is refused."""

from __future__ import annotations

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from typing import Any, TypeVar

import pytest
from asgiref.sync import sync_to_async
from cryptography.hazmat.primitives.asymmetric import rsa
from django.db import connection, connections
from django.utils import timezone

from doorward.gateway.certificates import CertificateRefused
from doorward.gateway.collaborators import CommandOutcome
from doorward.model.errors import InvalidInput, NotReached, Unsupported
from doorward.protocol.biostar1.certificates import CertificateFile
from doorward.protocol.biostar1.redial import ServerAddress
from doorward.server.audit.models import AuditEntry
from doorward.server.certificates import making, services, tls
from doorward.server.certificates.making import AuthorityParts
from doorward.server.certificates.models import Authority, DeviceCertificate
from doorward.server.certificates.services import Doer, IssuedFile
from doorward.server.devices.models import ConnectionHistory, Device, DeviceStatus
from doorward.server.devices.services import approve
from doorward.server.events.models import Event
from doorward.server.orders import services as orders
from doorward.server.orders.choices import OrderKind
from doorward.server.orders.models import Order
from doorward.server.run import Server, prepare
from doorward.server.web import WebServer
from doorward.simulator.certificates import context_of_file
from doorward.simulator.server_dialler import DialBehaviour, ServerDialler
from doorward.simulator.server_site import ServerModeSite
from doorward.simulator.site import VirtualSite
from doorward.transport import Address, TlsContext, TlsIdentity, TlsStream, server_context
from doorward.transport.bound_socket import listening_socket
from tests.server.conftest import SETTINGS
from tests.server.events.traffic import add_device

QUICK = DialBehaviour(broken_wait=(0.05, 0.1), refused_wait=(0.1, 0.2))
TEST = Doer("tester", "this machine")
SECONDS = 60.0
T = TypeVar("T")


@pytest.fixture(scope="module")
def keys() -> Iterator[rsa.RSAPrivateKey]:
    """Keys that are made once, since that takes long; no two in a row are equal."""
    return cycle([making._new_key() for _ in range(6)])


@pytest.fixture(autouse=True)
def _known_keys(keys: Iterator[rsa.RSAPrivateKey], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "_new_key", lambda: next(keys))


@asynccontextmanager
async def running(oldest_tls: str = "1.2") -> AsyncIterator[Server]:
    devices = replace(SETTINGS.devices, address="127.0.0.1", port=0, identify_seconds=0.1, oldest_tls=oldest_tls)
    settings = replace(SETTINGS, devices=devices, web=replace(SETTINGS.web, port=0))
    web = WebServer(listening_socket(Address("127.0.0.1", 0)))
    try:
        server = Server(settings)
        async with server.running(web):
            yield server
    finally:
        await web.stop()


@asynccontextmanager
async def one_station(server: Server, **options: Any) -> AsyncIterator[ServerDialler]:
    """A virtual BioStation that is approved and live."""
    devices = VirtualSite(1, models=["biostation"], people=1)
    number = devices.devices[0].device_id
    async with ServerModeSite(devices, ServerAddress(*server.gateway.addresses[0]), behaviour=QUICK, **options) as site:
        (dialler,) = site.diallers
        await until(Device.objects.filter(pk=number).aexists)
        await sync_to_async(approve)(number, by="tester")
        await live(dialler)
        yield dialler


async def until(condition: Any) -> None:
    """Wait until a condition of the database holds."""
    async with asyncio.timeout(SECONDS):
        while not await condition():  # noqa: ASYNC110 - it changes in another thread
            await asyncio.sleep(0.02)


async def becomes(condition: Callable[[], bool]) -> None:
    """Wait until a condition of this process holds."""
    async with asyncio.timeout(SECONDS):
        while not condition():  # noqa: ASYNC110 - many things change it
            await asyncio.sleep(0.02)


async def in_thread(function: Callable[[], T]) -> T:
    """Run what waits for the server, as another process would."""

    def run() -> T:
        try:
            return function()
        finally:
            connections.close_all()

    return await asyncio.to_thread(run)


async def order(device_id: int, kind: OrderKind, **values: Any) -> CommandOutcome:
    return await in_thread(lambda: orders.carry_out(device_id, kind, by="tester", **values))


async def live(dialler: ServerDialler) -> None:
    await asyncio.wait_for(dialler.live.wait(), SECONDS)
    await until(DeviceStatus.objects.filter(device=dialler.device.device_id, state="live").aexists)


def inside_tls(dialler: ServerDialler) -> list[bool]:
    return [isinstance(stream, TlsStream) for stream in dialler._streams.values()]


async def issue_and_install(dialler: ServerDialler) -> DeviceCertificate:
    """As the command line does it, in a thread."""

    def work() -> DeviceCertificate:
        issued = services.issue(dialler.device.device_id, TEST)
        outcome = orders.carry_out(
            dialler.device.device_id, OrderKind.INSTALL_CERTIFICATE, by=TEST.by, content=issued.file
        )
        assert outcome.succeeded, outcome.words
        services.confirm_installed(issued.row, TEST)
        return issued.row

    admissions = dialler.admissions
    row = await in_thread(work)
    await becomes(lambda: dialler.admissions > admissions)
    await live(dialler)
    return row


def happened(dialler: ServerDialler) -> None:
    dialler.device.log.add(55, 0, 7)


async def kept(dialler: ServerDialler) -> None:
    device = dialler.device
    await until(lambda: _all_kept(device.device_id, len(device.log)))


async def _all_kept(device_id: int, count: int) -> bool:
    return await Event.objects.filter(origin=device_id).acount() == count


async def test_from_issuing_to_revoking(each_database: str) -> None:
    async with running() as server, one_station(server) as dialler:
        number = dialler.device.device_id
        assert inside_tls(dialler) == [False, False]
        row = await issue_and_install(dialler)
        assert inside_tls(dialler) == [True, True]
        happened(dialler)
        await kept(dialler)
        # A device that proves who it is may come from anywhere; no operator is asked again.
        dialler._local_address = "127.0.77.1"
        admissions = dialler.admissions
        dialler.drop()
        await becomes(lambda: dialler.admissions > admissions)
        await live(dialler)
        assert inside_tls(dialler) == [True, True]
        device = await Device.objects.aget(pk=number)
        assert (device.approval, device.last_address) == ("approved", "127.0.77.1")
        assert device.approved_address != device.last_address
        # A second certificate takes the place of the first.
        second = await issue_and_install(dialler)
        await row.arefresh_from_db()
        assert row.revoked_reason == f"replaced by {second.serial}"
        # Revoked: dropped, refused at the next dial, and the history says why.
        await sync_to_async(services.revoke)(number, TEST, reason="stolen")
        outcome = await order(number, OrderKind.RECONNECT, reason="Its certificate was revoked.")
        assert outcome.succeeded
        refused = ConnectionHistory.objects.filter(
            device=number, state="lost", reason__contains=f"certificate {second.serial} was revoked"
        )
        await until(refused.aexists)
        reason = (await refused.afirst()).reason  # type: ignore[union-attr]  # it exists
        assert "It dialled in from 127.0.77.1 and was dropped." in reason
        assert "by tester at this machine: stolen" in reason
        assert not dialler.live.is_set()
        happened(dialler)
        assert not await _all_kept(number, len(dialler.device.log))
        assert await refused.acount() == 1
    assert not await Order.objects.exclude(content=b"").aexists()
    states = {state async for state in ConnectionHistory.objects.values_list("state", flat=True)}
    assert {"certificate issued", "certificate installed", "certificate revoked"} <= states


async def test_removing_it_goes_back_to_a_plain_line(database: str) -> None:
    async with running() as server, one_station(server) as dialler:
        await issue_and_install(dialler)
        number, admissions = dialler.device.device_id, dialler.admissions
        outcome = await order(number, OrderKind.REMOVE_CERTIFICATE)
        assert outcome.succeeded, outcome.words
        await becomes(lambda: dialler.admissions > admissions)
        assert inside_tls(dialler) == [False, False]
        assert dialler.certificates.file is None


# --- What does not hold -----------------------------------------------------------------------------------------------


def der(file: bytes) -> bytes:
    return ssl.PEM_cert_to_DER_cert(CertificateFile.decode(file).certificate.decode())


def issued(device_id: int = 7) -> IssuedFile:
    add_device(device_id, model="biostation")
    return services.issue(device_id, TEST)


def test_one_that_holds(database: str) -> None:
    assert services.holder(der(issued().file)).device_id == 7


def test_a_revoked_one(database: str) -> None:
    file = issued().file
    services.revoke(7, TEST)
    noted = AuditEntry.objects.filter(object_type="device", object_id="7", action__startswith="certificate.")
    assert list(noted.order_by("pk").values_list("action", flat=True)) == ["certificate.issue", "certificate.revoke"]
    with pytest.raises(CertificateRefused, match="was revoked") as refused:
        services.holder(der(file))
    assert refused.value.device_id == 7
    with pytest.raises(InvalidInput, match="in force"):
        services.revoke(7, TEST)


def test_a_wrong_code(database: str) -> None:
    parts = services.parts_of(services.need_authority())
    add_device(model="biostation")
    certificate, file = replace(parts, secret=b"guessed").issue_device(7, timezone.now(), 10)
    now = timezone.now()
    DeviceCertificate.objects.create(serial=certificate.serial, device_id=7, issued=now, expires=now)
    with pytest.raises(CertificateRefused, match="not that of device 7"):
        services.holder(der(file.encode()))


def test_one_that_is_not_on_record(database: str) -> None:
    parts = services.parts_of(services.need_authority())
    with pytest.raises(CertificateRefused, match="not on record") as refused:
        services.holder(der(parts.issue_device(7, timezone.now(), 10)[1].encode()))
    assert refused.value.device_id == 7


def test_one_of_something_else(database: str) -> None:
    parts = services.parts_of(services.need_authority())
    for shown in (b"rubbish", ssl.PEM_cert_to_DER_cert(parts.issue_server(timezone.now()).pem)):
        with pytest.raises(CertificateRefused, match="no certificate of a device") as refused:
            services.holder(shown)
        assert refused.value.device_id is None


async def test_one_of_another_authority_does_not_get_in(database: str) -> None:
    async with running() as server, one_station(server) as dialler:
        number = dialler.device.device_id
        await issue_and_install(dialler)
        foreign = AuthorityParts.new(timezone.now()).issue_device(number, timezone.now(), 10)[1]
        own = CertificateFile.decode(dialler.certificates.file or b"")
        # It trusts the right server, so that the server is what refuses.
        dialler.certificates.put(CertificateFile(foreign.certificate, foreign.key, own.authority).encode())
        strangers = server.gateway.counters.strangers
        dialler.drop()
        await becomes(lambda: server.gateway.counters.strangers >= strangers + 2)
        assert not dialler.live.is_set()


async def test_a_device_does_not_take_another_server_for_its_own(database: str) -> None:
    async with running() as server, one_station(server) as dialler:
        await issue_and_install(dialler)
        own = CertificateFile.decode(dialler.certificates.file or b"")
        other = AuthorityParts.new(timezone.now()).own.pem.encode()
        dialler.certificates.put(CertificateFile(own.certificate, own.key, other).encode())
        dialler.drop()
        await becomes(lambda: "TLS" in dialler.setback)
        assert "certificate verify failed" in dialler.setback


def test_a_device_certificate_is_no_server_certificate(database: str) -> None:
    # Else every device could pass itself off as the server.
    parts = services.parts_of(services.need_authority())
    _, file = parts.issue_device(7, timezone.now(), 10)
    _, other = parts.issue_device(8, timezone.now(), 10)
    ended = shake_hands(server_context(TlsIdentity(other.certificate, other.key, other.authority)), file)
    assert isinstance(ended, ssl.SSLError)


def shake_hands(server: TlsContext, file: CertificateFile, newest: ssl.TLSVersion | None = None) -> str | ssl.SSLError:
    """The version that a device and a server agree on, or why they do not."""
    device = context_of_file(file.encode())
    if newest is not None:
        device.set_ciphers("AES256-SHA:AES128-SHA:@SECLEVEL=0")
        device.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            device.maximum_version = newest
    to_server, to_device = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [device.wrap_bio(to_device, to_server), server.wrap_bio(to_server, to_device, server_side=True)]
    ends_done: list[ssl.SSLObject] = []
    for _ in range(20):
        for end in ends[:]:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLError as error:
                return error
            ends_done.append(end)
            ends.remove(end)
        if not ends:
            return str(ends_done[0].version())
    raise AssertionError("the handshake does not end")


# --- TLS 1.0 ----------------------------------------------------------------------------------------------------------


def test_tls_1_0_only_where_it_is_allowed(database: str) -> None:
    row = services.need_authority()
    parts, server = services.parts_of(row), services.server_certificate(row)
    _, file = parts.issue_device(7, timezone.now(), 10)
    identity = parts.server_identity(server)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        oldest = ssl.TLSVersion.TLSv1
    assert shake_hands(server_context(identity), file) == "TLSv1.3"
    assert isinstance(shake_hands(server_context(identity), file, oldest), ssl.SSLError)
    assert shake_hands(server_context(identity, allow_tls_1_0=True), file, oldest) == "TLSv1"
    assert shake_hands(server_context(identity, allow_tls_1_0=True), file) == "TLSv1.3"


def test_tls_1_0_is_refused_in_words_where_it_cannot_be_had(monkeypatch: pytest.MonkeyPatch, database: str) -> None:
    monkeypatch.setattr("doorward.transport.tls_context._completes_tls_1_0", lambda _server: False)
    settings = replace(SETTINGS, devices=replace(SETTINGS.devices, oldest_tls="1.0"))
    with pytest.raises(Unsupported, match=r"devices\.oldest_tls.*OpenSSL") as refused:
        prepare(settings)
    assert "TLS 1.2" in refused.value.advice


async def test_a_device_with_tls_1_0(database: str) -> None:
    def old(file: bytes) -> TlsContext:
        context = context_of_file(file)
        context.set_ciphers("AES256-SHA:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.maximum_version = ssl.TLSVersion.TLSv1
        return context

    async with running("1.0") as server, one_station(server, tls_of=old) as dialler:
        await issue_and_install(dialler)
        assert inside_tls(dialler) == [True, True]
        happened(dialler)
        await kept(dialler)


# --- Issuing ----------------------------------------------------------------------------------------------------------


def test_secrets_of_the_authority_are_not_in_clear(each_database: str) -> None:
    issued()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM certificates_authority")
        stored = b"".join(
            bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
            for value in cursor.fetchone()
        )
    row = Authority.objects.get()
    assert b"PRIVATE KEY" not in stored
    assert bytes(row.secret) not in stored
    assert "PRIVATE KEY" in row.key
    assert "PRIVATE KEY" in row.server_key


def test_what_is_on_record(database: str) -> None:
    before = timezone.now()
    row = issued().row
    row.refresh_from_db()
    assert (row.device_id, row.issued_by, row.issued_from) == (7, "tester", "this machine")
    assert row.issued >= before
    assert row.expires > before + timedelta(days=3640)
    assert services.state_words(row) == "in force, not confirmed by the device"
    assert services.state_words(row, row.expires) == "expired"
    # The authority is made once.
    services.issue(7, TEST)
    assert Authority.objects.count() == 1


@pytest.mark.parametrize(
    ("columns", "words"),
    [({"model": "d-station"}, "D-Station"), ({"model": "biostation", "mode": "direct"}, "direct mode")],
)
def test_devices_that_take_none(database: str, columns: dict[str, str], words: str) -> None:
    add_device(7, **columns)
    with pytest.raises(Unsupported, match=words):
        services.issue(7, TEST)
    assert not Authority.objects.exists()


def test_wrong_input(database: str) -> None:
    with pytest.raises(InvalidInput, match="known device"):
        services.issue(7, TEST)
    add_device(model="biostation")
    with pytest.raises(InvalidInput, match="days"):
        services.issue(7, TEST, days=0)
    with pytest.raises(NotReached, match="not connected"):
        services.require_connected(Device.objects.get(pk=7))


def test_an_order_without_a_server(database: str) -> None:
    with pytest.raises(NotReached, match="No server runs"):
        orders.carry_out(7, OrderKind.RECONNECT, by="tester")
    assert not Order.objects.exists()


async def test_an_order_that_nobody_takes_is_withdrawn(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "TAKEN_WITHIN", 0.2)
    monkeypatch.setattr(orders, "require_server", lambda: None)
    with pytest.raises(NotReached, match="did not take"):
        await sync_to_async(orders.carry_out)(7, OrderKind.INSTALL_CERTIFICATE, by="tester", content=b"key")
    order = await Order.objects.aget()
    assert (order.content, order.succeeded) == (b"", False)
    assert await sync_to_async(orders.take_open)() == []


async def test_an_order_for_a_device_that_is_away_fails_in_words(database: str) -> None:
    await sync_to_async(add_device)(model="biostation")
    async with running():
        outcome = await order(7, OrderKind.INSTALL_CERTIFICATE, content=b"key")
    assert not outcome.succeeded
    assert "is not connected" in outcome.words


def test_a_file_is_no_bigger_than_devices_take(database: str) -> None:
    assert len(issued().file) < 5754  # that of the vendor's server, which devices take


async def test_before_the_first_certificate_there_is_nothing_to_show(database: str) -> None:
    async with running() as server:
        certificates = tls.DatabaseCertificates(server.store.writer)
        assert await certificates.server_context() is None
        await sync_to_async(services.need_authority)()
        context = await certificates.server_context()
        assert context is not None
        assert await certificates.server_context() is context


def test_no_key_is_left_in_the_temporary_folder(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    context_of_file(issued().file)
    assert not list(tmp_path.glob("doorward-*"))

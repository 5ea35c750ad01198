from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from doorward.model.errors import InvalidInput
from doorward.server.webhooks import sending
from doorward.server.webhooks.addresses import check_url, why_refused
from doorward.server.webhooks.sending import DeliveryFailed, HttpSender, believed_certificates, send, send_test

Handler = Callable[[bytes, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 204 No Content\r\n\r\n"


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as made:
        yield made


@asynccontextmanager
async def web(handler: Handler, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A web server made by hand, so that it can misbehave; gives its port."""
    writers = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    int(line.split(b":")[1]) for line in head.split(b"\r\n") if line[:15] == b"Content-Length:"
                )
                await handler(head + await reader.readexactly(length), reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()


@asynccontextmanager
async def sender(
    executor: ThreadPoolExecutor, context: ssl.SSLContext | None = None, *, allow_private: bool = True
) -> AsyncIterator[HttpSender]:
    made = HttpSender(context or believed_certificates(""), allow_private=allow_private, executor=executor)
    try:
        yield made
    finally:
        await made.close()


def answering(text: bytes, seen: list[bytes] | None = None) -> Handler:
    async def handler(request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if seen is not None:
            seen.append(request)
        writer.write(text)
        await writer.drain()

    return handler


async def test_what_goes_over_the_wire(executor: ThreadPoolExecutor) -> None:
    seen: list[bytes] = []
    async with web(answering(OK, seen)) as port, sender(executor) as post:
        for number in ("one", "two"):
            answer = await send(post, f"http://localhost:{port}/in?key=1", "secret", number, ['{"position": 1}'], 1.5)
            assert answer.taken
    head, _, body = seen[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /in?key=1 HTTP/1.1\r\n")
    lines = {line.split(b": ")[0].lower(): line.split(b": ")[1] for line in head.split(b"\r\n")[1:]}
    assert lines[b"host"] == f"localhost:{port}".encode()
    assert lines[b"content-type"] == b"application/json"
    assert lines[b"doorward-delivery"] == b"one"
    assert lines[b"doorward-signature"].startswith(b"t=1,v1=")
    assert body == b'{"id": "one", "sent": "1970-01-01T00:00:01.500+00:00", "items": [{"position": 1}]}'
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("status", "taken", "words"),
    [(200, True, ""), (299, True, ""), (302, False, "redirection"), (400, False, "400"), (503, False, "503")],
)
async def test_the_status_counts(executor: ThreadPoolExecutor, status: int, taken: bool, words: str) -> None:
    seen: list[bytes] = []
    text = b"HTTP/1.1 %d X\r\nLocation: /elsewhere\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n" % status
    async with web(answering(text, seen)) as port, sender(executor) as post:
        answer = await send_test(post, f"http://127.0.0.1:{port}/", "secret")
    assert (answer.taken, answer.status, answer.retry_after) == (taken, status, 7)
    assert words in answer.words
    assert len(seen) == 1


async def test_an_answer_without_end_is_read_for_a_little_while(executor: ThreadPoolExecutor) -> None:
    sent = 0

    async def flood(request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"400\r\n" + bytes(1024) + b"\r\n")
            sent += 1024
            await writer.drain()

    async with web(flood) as port, sender(executor) as post:
        answer = await asyncio.wait_for(send_test(post, f"http://127.0.0.1:{port}/", "secret"), 60)
    assert answer.taken
    assert sent < 50_000_000


async def test_a_receiver_that_says_nothing_or_dribbles_is_given_up(
    executor: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dribble(request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"H")
            await writer.drain()
            await asyncio.sleep(0.02)

    async def silent(request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(sending, "ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(sending, "WHOLE_SECONDS", 0.6)
    for handler in (silent, dribble):
        async with web(handler) as port, sender(executor) as post:
            with pytest.raises(DeliveryFailed, match=r"not answered within|broke off"):
                await asyncio.wait_for(send_test(post, f"http://127.0.0.1:{port}/", "secret"), 60)


async def test_troubles_of_the_line_are_told_in_words(executor: ThreadPoolExecutor) -> None:
    async def hang_up(request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async with sender(executor) as post:
        async with web(hang_up) as port:
            with pytest.raises(DeliveryFailed, match="broke off"):
                await send_test(post, f"http://127.0.0.1:{port}/", "secret")
        with pytest.raises(DeliveryFailed, match="cannot be reached"):
            await send_test(post, f"http://127.0.0.1:{port}/", "secret")
        with pytest.raises(DeliveryFailed, match="looked up"):
            await send_test(post, "http://nowhere.invalid/", "secret")


def certificate(folder: Path, name: str) -> Path:
    """A certificate that vouches for itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(hours=1))
    builder = builder.not_valid_after(now + datetime.timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / f"{name}.pem"
    path.write_bytes(private + builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return path


async def test_certificates_are_checked(executor: ThreadPoolExecutor, tmp_path: Path) -> None:
    known = certificate(tmp_path, "localhost")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(known)
    async with web(answering(OK), server) as port:
        async with sender(executor) as post:
            with pytest.raises(DeliveryFailed, match="certificate of localhost is not believed"):
                await send_test(post, f"https://localhost:{port}/", "secret")
        async with sender(executor, believed_certificates(str(known))) as post:
            assert (await send_test(post, f"https://localhost:{port}/", "secret")).taken
        async with sender(executor, believed_certificates(str(known))) as post:
            # The name counts, though the connection goes to an address.
            with pytest.raises(DeliveryFailed, match="not believed"):
                await send_test(post, f"https://127.0.0.1:{port}/", "secret")
        async with sender(executor) as post:
            with pytest.raises(DeliveryFailed, match=r"broke off|cannot be reached"):
                await send_test(post, f"http://localhost:{port}/", "secret")
    with pytest.raises(InvalidInput, match="ca_file"):
        believed_certificates(str(tmp_path / "none.pem"))


@pytest.mark.parametrize(
    ("address", "private", "allowed"),
    [
        ("93.184.216.34", False, True),
        ("10.1.2.3", False, False),
        ("10.1.2.3", True, True),
        ("192.168.1.1", False, False),
        ("127.0.0.1", False, False),
        ("127.0.0.1", True, True),
        ("::1", True, True),
        ("::1", False, False),
        ("100.64.0.1", False, False),
        ("169.254.169.254", True, False),
        ("fe80::1", True, False),
        ("::ffff:169.254.169.254", True, False),
        ("::ffff:10.0.0.1", False, False),
        ("0.0.0.0", True, False),
        ("224.0.0.1", True, False),
        ("255.255.255.255", True, False),
        ("240.0.0.1", True, False),
        ("fd00::1", True, True),
        ("fd00::1", False, False),
        ("2606:2800:220:1::1", False, True),
        ("64:ff9b::a9fe:a9fe", True, False),
    ],
)
def test_where_webhooks_may_lead(address: str, private: bool, allowed: bool) -> None:
    assert (why_refused(ipaddress.ip_address(address), allow_private=private) == "") is allowed


async def test_a_name_is_judged_by_its_address_when_it_is_used(executor: ThreadPoolExecutor) -> None:
    seen: list[bytes] = []
    async with web(answering(OK, seen)) as port, sender(executor, allow_private=False) as post:
        with pytest.raises(DeliveryFailed, match=r"localhost leads to .*allow_private"):
            await send_test(post, f"http://localhost:{port}/", "secret")
    assert seen == []


@pytest.mark.parametrize(
    "url",
    [
        "ftp://host/", "file:///etc/passwd", "host", "http://", "https://user:word@host/", "http://host/#part",
        "http://ho st/", "http://169.254.169.254/latest", "http://[::ffff:169.254.169.254]/", "http://0.0.0.0/",
        "http://host:99999/", "http://host/" + "x" * 2000, "http://host/\nX: y",
    ],
)  # fmt: skip
def test_urls_that_are_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="url") as caught:
        check_url(url, allow_private=True)
    assert "word" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["http://host", "https://host.example:8443/a/b?c=d", "http://[::1]:80/", "http://10.0.0.1/"]
)
def test_urls_that_are_allowed(url: str) -> None:
    check_url(url, allow_private=True)

"""TLS over streams: handshake, both directions, and what fails."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest
from cryptography import x509

from doorward.model.errors import NotReached, TimedOut
from doorward.transport import Faults, Stream, TlsStream, dial, listen, null_modem, start_tls
from tests.support.authority import Authority

SECONDS = 30.0


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    authority = Authority(tmp_path_factory.mktemp("tls"), "authority")
    return (
        authority.context("server", ssl.Purpose.CLIENT_AUTH),
        authority.context("device 7", ssl.Purpose.SERVER_AUTH),
    )


async def both(
    server: Stream, client: Stream, contexts: tuple[ssl.SSLContext, ssl.SSLContext], received: bytes = b""
) -> tuple[TlsStream, TlsStream]:
    server_inside, client_inside = await asyncio.gather(
        start_tls(server, contexts[0], timeout=SECONDS, server_side=True, received=received),
        start_tls(client, contexts[1], timeout=SECONDS),
    )
    return server_inside, client_inside


async def collect(stream: Stream, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = await asyncio.wait_for(stream.receive(), SECONDS)
        assert piece
        data += piece
    return data


@pytest.mark.parametrize("piece_size", [None, 7])
async def test_both_directions_whatever_the_pieces(
    contexts: tuple[ssl.SSLContext, ssl.SSLContext], piece_size: int | None
) -> None:
    faults = Faults(piece_size=piece_size)
    server, client = await both(*null_modem(left_to_right=faults, right_to_left=faults), contexts)
    content = bytes(range(256)) * 100
    await client.send(content)
    assert await collect(server, len(content)) == content
    await server.send(b"back")
    assert await collect(client, 4) == b"back"
    assert server.peer_certificate
    name = x509.load_der_x509_certificate(server.peer_certificate).subject.rfc4514_string()
    assert name == "CN=device 7"
    client.close()
    assert await asyncio.wait_for(server.receive(), SECONDS) == b""
    with pytest.raises(NotReached):
        await server.send(b"x")


async def test_over_a_socket_with_bytes_that_were_read_before(
    contexts: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    heard: list[bytes] = []

    async def handler(stream: Stream) -> None:
        begin = await stream.receive()
        heard.append(begin[:1])
        inside = await start_tls(stream, contexts[0], timeout=SECONDS, server_side=True, received=begin)
        await inside.send(await inside.receive())
        await inside.receive()

    async with await listen(handler, "127.0.0.1", 0) as listener:
        stream = await dial("127.0.0.1", listener.addresses[0].port, timeout=SECONDS)
        inside = await start_tls(stream, contexts[1], timeout=SECONDS)
        await inside.send(b"hello")
        assert await collect(inside, 5) == b"hello"
        assert heard == [b"\x16"]
        inside.close()
        await inside.wait_closed()


async def test_a_stranger_is_refused(contexts: tuple[ssl.SSLContext, ssl.SSLContext], tmp_path: Path) -> None:
    stranger = Authority(tmp_path, "stranger").context("device 7", ssl.Purpose.SERVER_AUTH)
    server, client = null_modem()
    results = await asyncio.gather(
        start_tls(server, contexts[0], timeout=SECONDS, server_side=True),
        start_tls(client, stranger, timeout=SECONDS),
        return_exceptions=True,
    )
    assert all(isinstance(result, NotReached) for result in results)
    assert "TLS with null-modem-left:0 failed" in str(results[1])
    assert server.is_closing
    assert client.is_closing


async def test_the_other_end_speaks_no_tls(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    server, client = null_modem()
    await client.send(b"GET / HTTP/1.1\r\n\r\n")
    with pytest.raises(NotReached, match="TLS with"):
        await start_tls(server, contexts[0], timeout=SECONDS, server_side=True)
    server, client = null_modem()
    client.close()
    with pytest.raises(NotReached):
        await start_tls(server, contexts[0], timeout=SECONDS, server_side=True)


async def test_the_other_end_says_nothing(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    server, _client = null_modem()
    with pytest.raises(TimedOut, match=r"within 0\.01 s"):
        await start_tls(server, contexts[0], timeout=0.01, server_side=True)
    assert server.is_closing


async def test_a_cut_line(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    left, right = null_modem()
    server, client = await both(left, right, contexts)
    right.abort()
    assert await asyncio.wait_for(server.receive(), SECONDS) == b""
    assert client.is_closing

"""How an agent calls its server: TLS in which the server's very certificate is compared, then a WebSocket inside."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from doorward import __version__
from doorward.agent.token_file import AgentIdentity
from doorward.device.connecting import Dial
from doorward.model.errors import DoorwardError, NotReached, TimedOut
from doorward.protocol.errors import RemoteProtocolError
from doorward.protocol.tunnel.code import EnrollmentCode
from doorward.protocol.tunnel.messages import MOST_BYTES, PATH, PROTOCOL_NAME, Enroll, Enrolled, decode, encode
from doorward.transport import Address, TlsContext, agent_context, dial, start_tls
from doorward.transport.web_socket import WebSocket, open_web_socket

logger = logging.getLogger(__name__)

DIAL_LIMIT: Final = 15.0
HANDSHAKE_LIMIT: Final = 30.0
ANSWER_LIMIT: Final = 60.0


class WrongServer(DoorwardError):
    """Somebody else than the agent's server answers; nothing was told to it."""

    default_advice = (
        "Check the address and what stands on the way. If the server got a new certificate, make a fresh one-time code."
    )


def new_key() -> ec.EllipticCurvePrivateKey:
    """Make a private key for an agent."""
    return ec.generate_private_key(ec.SECP256R1())


async def call(server: Address, tls: TlsContext, fingerprint: bytes, *, dialer: Dial = dial) -> WebSocket:
    """Make a WebSocket to the server.

    Args:
        server: Its address.
        tls: What is shown.
        fingerprint: SHA-256 of the only certificate that is taken.
        dialer: What makes the stream.

    Raises:
        WrongServer: Another server answers.
        NotReached: There is no way there, or it does not serve agents.
        TimedOut: No answer.
    """
    stream = await dialer(server.host, server.port, timeout=DIAL_LIMIT)
    inside = await start_tls(stream, tls, timeout=HANDSHAKE_LIMIT)
    shown = hashlib.sha256(inside.peer_certificate or b"").digest()
    if not hmac.compare_digest(shown, fingerprint):
        inside.abort()
        raise WrongServer(f"{server} shows another certificate than the server that this agent belongs to.")
    try:
        async with asyncio.timeout(HANDSHAKE_LIMIT):
            return await open_web_socket(
                inside, host=f"{server}", path=PATH, subprotocol=PROTOCOL_NAME, largest=MOST_BYTES
            )
    except TimeoutError:
        inside.abort()
        raise TimedOut(f"{server} did not answer the agent's request.") from None
    except BaseException:
        inside.abort()
        raise


async def enroll(
    server: Address, code: EnrollmentCode, key: ec.EllipticCurvePrivateKey | None = None, *, dialer: Dial = dial
) -> AgentIdentity:
    """Get a certificate for a one-time code; the private key is made here and stays here.

    Args:
        server: The server's address.
        code: The code.
        key: The key; with the same one an enrollment whose answer was lost on the line can be asked for again.
        dialer: What makes the stream.

    Raises:
        WrongServer: Another server answers; the code was not told to it.
        DoorwardError: The server refused the code, with its words, or was not reached.
    """
    key = key or new_key()
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    socket = await call(server, agent_context(), code.fingerprint, dialer=dialer)
    try:
        async with asyncio.timeout(ANSWER_LIMIT):
            pem = request.public_bytes(serialization.Encoding.PEM).decode()
            await socket.send(encode(Enroll(0, code.secret, pem, __version__)))
            answer = decode(await socket.receive())
    except TimeoutError:
        raise TimedOut(f"{server} did not answer the enrollment.") from None
    finally:
        socket.abort()
    if not isinstance(answer, Enrolled):
        raise RemoteProtocolError("the server did not answer the enrollment with a certificate")
    own = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    try:
        issued = x509.load_pem_x509_certificate(answer.certificate.encode())
        fits = issued.public_key() == key.public_key()
    except ValueError:
        fits = False
    if not fits:
        raise NotReached("The server issued a certificate for another key.", advice="Make a fresh one-time code.")
    return AgentIdentity(answer.name, answer.certificate, own.decode(), answer.authority, code.fingerprint)

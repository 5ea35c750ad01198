"""What a TLS connection trusts and shows, for both sides. Keys touch the disk only encrypted and for a moment."""

from __future__ import annotations

import os
import secrets
import ssl
import tempfile
import warnings
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives import serialization

from doorward.model.errors import InvalidFile, NotReached, Unsupported
from doorward.protocol.tunnel.messages import PROTOCOL_NAME
from doorward.transport.tls_stream import TlsContext

_HANDSHAKE_TURNS = 20


@dataclass(frozen=True, slots=True)
class TlsIdentity:
    """Who one side is, and whom it trusts; all in PEM form.

    Attributes:
        certificate: Its certificate.
        key: The private key of the certificate, in clear.
        authority: The certificate of the only authority whose certificates of others are taken.
    """

    certificate: bytes
    key: bytes = field(repr=False)
    authority: bytes


def server_context(identity: TlsIdentity, *, allow_tls_1_0: bool = False) -> TlsContext:
    """The context of a server that asks every caller for a certificate of its authority.

    TLS 1.2 is the oldest version that is spoken.

    Args:
        identity: Who it is, and whom it trusts.
        allow_tls_1_0: Speak TLS 1.0 and 1.1 too, with the ciphers of that time: RSA with AES in CBC mode and SHA-1.

    Raises:
        InvalidFile: A certificate or the key cannot be read, or they do not belong together.
        Unsupported: The TLS library of this machine does not speak TLS 1.0.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _load(context, identity)
    # A session that is taken up again would be spared the look whether its certificate was revoked.
    context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_COMPRESSION
    context.num_tickets = 0
    if allow_tls_1_0:
        _allow_tls_1_0(context)
        if not _completes_tls_1_0(context):
            raise Unsupported(
                f"TLS 1.0 cannot be spoken here: {ssl.OPENSSL_VERSION} was built or is set up without it.",
                advice="Take a machine whose TLS library still speaks it, or leave TLS 1.2 as the oldest version.",
            )
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def agent_server_context(identity: TlsIdentity) -> TlsContext:
    """The context of a server for agents: a certificate is asked for, and one that enrolls may have none yet.

    Whose certificate it is, and whether none is enough, is decided inside. TLS 1.3 alone is spoken.

    Raises:
        InvalidFile: A certificate or the key cannot be read, or they do not belong together.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.set_alpn_protocols([PROTOCOL_NAME])
    _load(context, identity)
    context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_COMPRESSION
    context.num_tickets = 0
    context.verify_mode = ssl.CERT_OPTIONAL
    return context


def agent_context(identity: TlsIdentity | None = None) -> TlsContext:
    """The context of an agent. The server's certificate is compared with the pinned one by whoever dials.

    Args:
        identity: Who the agent is, and the server's authority; None while it enrolls.

    Raises:
        InvalidFile: A certificate or the key cannot be read, or they do not belong together.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.set_alpn_protocols([PROTOCOL_NAME])
    context.check_hostname = False  # the server is known by its very certificate, not by a name
    if identity is None:
        context.verify_mode = ssl.CERT_NONE
    else:
        context.verify_mode = ssl.CERT_REQUIRED
        _load(context, identity)
    return context


def device_context(identity: TlsIdentity) -> TlsContext:
    """The context of a device that dials a server whose certificate is of its authority; TLS 1.2 or newer.

    Raises:
        InvalidFile: A certificate or the key cannot be read, or they do not belong together.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False  # devices know their server by an address, and its authority issues for this site
    context.verify_mode = ssl.CERT_REQUIRED
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _load(context, identity)
    return context


def _load(context: TlsContext, identity: TlsIdentity) -> None:
    try:
        context.load_verify_locations(cadata=identity.authority.decode("ascii"))
        phrase = secrets.token_urlsafe()
        # The library takes keys from files only.
        key = serialization.load_pem_private_key(identity.key, None).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(phrase.encode()),
        )
        descriptor, name = tempfile.mkstemp(prefix="doorward-", suffix=".pem")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(identity.certificate + key)
            context.load_cert_chain(name, password=phrase)
        finally:
            Path(name).unlink()
    except (ValueError, TypeError, ssl.SSLError) as error:
        reason = error.reason if isinstance(error, ssl.SSLError) and error.reason else str(error)
        raise InvalidFile(
            f"A certificate or its key cannot be used: {reason.replace('_', ' ').lower()}.",
            advice="Issue a new certificate.",
        ) from error


def _allow_tls_1_0(context: TlsContext) -> None:
    # "The oldest that the library has" instead of the version's name, whose use Python warns of.
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    # The signatures inside the handshake of TLS 1.0 rest on SHA-1 and MD5, which are allowed at level 0 only.
    context.set_ciphers("DEFAULT:@SECLEVEL=0")


def _completes_tls_1_0(server: TlsContext) -> bool:
    """Whether a handshake by TLS 1.0 goes through, tried in memory; set-ups of systems forbid it in several ways."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    _allow_tls_1_0(client)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        client.maximum_version = ssl.TLSVersion.TLSv1
    try:
        return _shake_hands(server, client) == "TLSv1"
    except ssl.SSLError:
        return False


def _shake_hands(server: TlsContext, client: TlsContext) -> str | None:
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    open_ends = list(ends)
    for _ in range(_HANDSHAKE_TURNS):
        for end in tuple(open_ends):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            open_ends.remove(end)
        if not open_ends:
            return ends[0].version()
    raise NotReached("A TLS handshake in memory does not end.")

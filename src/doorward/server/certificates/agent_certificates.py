"""Certificates of agents: of the same authority as those of devices, and not to be taken for one of them.

The number of the agent stands in a URI that no certificate of a device has, and the name of a device, with the code in
it, never stands in a certificate of an agent.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from doorward.gateway.agents import AgentRefused
from doorward.server.certificates.making import AuthorityParts

AGENT_DAYS: Final = 3650
LARGEST_REQUEST: Final = 10_000
SMALLEST_RSA: Final = 2048
_URI: Final = "doorward:agent:"
_EARLIER: Final = timedelta(days=1)


def issue_agent(authority: AuthorityParts, request: str, agent_id: int, now: datetime) -> x509.Certificate:
    """Issue a certificate for the key of a request; nothing else of the request is taken over.

    Args:
        authority: The authority.
        request: A certificate request, PEM.
        agent_id: The agent.
        now: From when it is valid.

    Raises:
        AgentRefused: It is no request, or its key is none that is taken.
    """
    key = _key_of(request)
    own = authority.own.certificate
    end = min(now + timedelta(days=AGENT_DAYS), own.not_valid_after_utc)
    if end <= now:
        raise AgentRefused("The certificate of this server's authority has ended; it can issue nothing more.")
    signer = serialization.load_pem_private_key(authority.own.key.encode(), None)
    assert isinstance(signer, rsa.RSAPrivateKey)
    issuer_key = own.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, f"Doorward agent {agent_id}"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Doorward agents"),
        ]
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(own.subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_USAGE, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(
            x509.SubjectAlternativeName([x509.UniformResourceIdentifier(f"{_URI}{agent_id}")]), critical=False
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_key), critical=False)
    )
    return builder.sign(signer, hashes.SHA256())


def agent_number(certificate: x509.Certificate) -> int | None:
    """The number of the agent in a certificate; None when it is no agent's."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return None
    for uri in names.get_values_for_type(x509.UniformResourceIdentifier):
        number = uri.removeprefix(_URI)
        if uri.startswith(_URI) and number.isascii() and number.isdigit() and len(number) < 19:
            return int(number)
    return None


def _key_of(request: str) -> rsa.RSAPublicKey | ec.EllipticCurvePublicKey:
    refused = AgentRefused("The agent sent no certificate request that can be taken.", advice="Bring it up to date.")
    if len(request) > LARGEST_REQUEST:
        raise refused
    try:
        parsed = x509.load_pem_x509_csr(request.encode())
        valid = parsed.is_signature_valid
        key = parsed.public_key()
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm) as error:
        raise refused from error
    strong = (isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1 | ec.SECP384R1)) or (
        isinstance(key, rsa.RSAPublicKey) and key.key_size >= SMALLEST_RSA
    )
    # The signature proves that the agent has the private key.
    if not valid or not strong:
        raise refused
    assert isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey)
    return key


_USAGE: Final = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)

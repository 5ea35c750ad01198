"""Makes keys and X.509 certificates: RSA with 2048 bits, signed with SHA-256."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from doorward.model.errors import DoorwardError
from doorward.protocol.biostar1.certificates import CertificateFile, CertificateName
from doorward.transport import TlsIdentity

AUTHORITY_DAYS: Final = 7300
DEVICE_DAYS: Final = 3650
SECRET_SIZE: Final = 32
_KEY_SIZE: Final = 2048
# A device whose clock is a little behind shall take a certificate that was made a moment ago.
_EARLIER: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate and its key.

    Attributes:
        certificate: The certificate.
        key: Its private key, PEM in clear. Secret.
    """

    certificate: x509.Certificate
    key: str = field(repr=False)

    @property
    def pem(self) -> str:
        """The certificate as PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def serial(self) -> str:
        """The serial number in hexadecimal digits."""
        return f"{self.certificate.serial_number:x}"


@dataclass(frozen=True, slots=True)
class AuthorityParts:
    """What an authority is made of.

    Attributes:
        own: Its certificate and key.
        secret: With it the codes of devices are computed. Secret.
    """

    own: Issued
    secret: bytes = field(repr=False)

    @classmethod
    def new(cls, now: datetime) -> AuthorityParts:
        """Make an authority."""
        key = _new_key()
        # Two authorities never bear one name, so a foreign certificate is told at once.
        name = _name(f"Doorward {secrets.token_hex(4)}", "Doorward")
        builder = _builder(name, name, key, now, now + timedelta(days=AUTHORITY_DAYS))
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(_usage(authority=True), critical=True)
        return cls(Issued(builder.sign(key, hashes.SHA256()), _pem(key)), secrets.token_bytes(SECRET_SIZE))

    @classmethod
    def load(cls, certificate: str, key: str, secret: bytes) -> AuthorityParts:
        """Take an authority as it was kept."""
        return cls(Issued(x509.load_pem_x509_certificate(certificate.encode()), key), secret)

    def issue_server(self, now: datetime) -> Issued:
        """Issue the server's own certificate; it lasts as long as the authority's."""
        name = _name("Doorward server", "Doorward")
        return self._issue(name, now, self.own.certificate.not_valid_after_utc, [ExtendedKeyUsageOID.SERVER_AUTH])

    def issue_device(self, device_id: int, now: datetime, days: int) -> tuple[Issued, CertificateFile]:
        """Issue a device a certificate; gives it, and the file for the device.

        Args:
            device_id: Its serial number.
            now: From when it is valid.
            days: For how long; never longer than the authority.

        Raises:
            LocalProtocolError: No device has this number.
            DoorwardError: The authority has expired.
        """
        named = CertificateName.of(device_id, self.secret)
        end = min(now + timedelta(days=days), self.own.certificate.not_valid_after_utc)
        if end <= now:
            raise DoorwardError(
                f"The certificate of this server's authority ended on {end:%Y-%m-%d}; it can issue nothing more.",
                advice="Remove the certificates from the devices; a new authority needs a new database row.",
            )
        # A device must not be able to pass itself off as the server, hence the purposes.
        issued = self._issue(_name(named.common_name, named.organization), now, end, [ExtendedKeyUsageOID.CLIENT_AUTH])
        return issued, CertificateFile(issued.pem.encode(), issued.key.encode(), self.own.pem.encode())

    def server_identity(self, server: Issued) -> TlsIdentity:
        """What the server shows and trusts."""
        return TlsIdentity(server.pem.encode(), server.key.encode(), self.own.pem.encode())

    def _issue(
        self, name: x509.Name, now: datetime, end: datetime, purposes: Sequence[x509.ObjectIdentifier]
    ) -> Issued:
        key = _new_key()
        signer = serialization.load_pem_private_key(self.own.key.encode(), None)
        assert isinstance(signer, rsa.RSAPrivateKey)
        authority = self.own.certificate
        identifier = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        builder = _builder(name, authority.subject, key, now, end)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(authority=False), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False
        )
        return Issued(builder.sign(signer, hashes.SHA256()), _pem(key))


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=_KEY_SIZE)


def _pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _name(common_name: str, organization: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
        ]
    )


def _builder(
    name: x509.Name, issuer: x509.Name, key: rsa.RSAPrivateKey, now: datetime, end: datetime
) -> x509.CertificateBuilder:
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=not authority,  # the key exchange of TLS 1.0 devices
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )

"""Reading what matters of a certificate: whom it is for, and until when it holds."""

from __future__ import annotations

from cryptography import x509

from doorward.ports.probe.facts import Certificate

_UNKNOWN = "an unnamed holder"


def read_certificate(der: bytes) -> Certificate | None:
    """Read a certificate in DER form; None when it cannot be read."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        subject = str(names[0].value) if names else certificate.subject.rfc4514_string()
        return Certificate(
            subject=subject[:100] or _UNKNOWN,
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
        )
    except ValueError:
        return None

"""The TLS of a virtual device that was given a certificate (server-mode notes, section 9).

A virtual BioStation takes any file of the right length, as the notes know no rule by which a real one refuses. It uses
a file of certificate, key in clear and authority; one whose key is enciphered, as that of the vendor's server, it
keeps and goes on without TLS, since the phrase of the vendor's product is not known.
"""

from __future__ import annotations

from doorward.protocol.biostar1.certificates import CertificateFile
from doorward.transport import TlsContext, TlsIdentity, device_context


def context_of_file(file: bytes) -> TlsContext:
    """The TLS context of the file that a server has put on a device.

    Raises:
        RemoteProtocolError: The file does not hold what it has to.
        InvalidFile: A part of it cannot be used.
    """
    parts = CertificateFile.decode(file)
    return device_context(TlsIdentity(parts.certificate, parts.key, parts.authority))

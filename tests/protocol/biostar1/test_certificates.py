"""Names and files of certificates."""

from __future__ import annotations

import contextlib
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.protocol.biostar1.certificates import (
    HIGHEST_DEVICE_ID,
    LARGEST_CERTIFICATE_FILE,
    CertificateFile,
    CertificateName,
)
from doorward.protocol.errors import LocalProtocolError, RemoteProtocolError

SECRET = b"the server's own"


def part(kind: str, body: str = "QUJD") -> bytes:
    return f"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----\n".encode()


FILE = CertificateFile(part("CERTIFICATE", "b25l"), part("PRIVATE KEY"), part("CERTIFICATE", "dHdv"))


def test_the_scheme_of_names() -> None:
    name = CertificateName.of(20001, SECRET)
    assert name.common_name == "[BST] BioStation 20001"
    mac = hmac.new(SECRET, b"BioStation 20001_BioStation 20001", hashlib.sha1).hexdigest()
    assert name.organization == "0020" + mac
    assert len(name.organization) == 44
    assert name.check(SECRET) == 20001


@given(st.integers(1, HIGHEST_DEVICE_ID))
def test_every_device_has_its_name(device_id: int) -> None:
    name = CertificateName.of(device_id, SECRET)
    assert name.check(SECRET) == name.device_id == device_id
    with pytest.raises(RemoteProtocolError, match="code"):
        name.check(SECRET + b"x")


@pytest.mark.parametrize("device_id", [0, -1, HIGHEST_DEVICE_ID + 1])
def test_no_name_for_what_is_no_device(device_id: int) -> None:
    with pytest.raises(LocalProtocolError, match=str(device_id)):
        CertificateName.of(device_id, SECRET)


@pytest.mark.parametrize(
    "text", ["", "BioStation 7", "[BST] BioStation 07", "[BST] BioStation 7 ", "[BST] BioStation 4294967296", "[BST] x"]
)
def test_names_of_something_else(text: str) -> None:
    with pytest.raises(RemoteProtocolError, match="common name"):
        CertificateName(text, "").check(SECRET)


def test_a_name_with_the_code_of_another_device() -> None:
    stolen = CertificateName("[BST] BioStation 8", CertificateName.of(7, SECRET).organization)
    with pytest.raises(RemoteProtocolError, match="not that of device 8"):
        stolen.check(SECRET)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_name_is_refused_in_words(common_name: str, organization: str) -> None:
    with pytest.raises(RemoteProtocolError):
        CertificateName(common_name, organization).check(SECRET)


def test_a_file_and_its_parts() -> None:
    assert CertificateFile.decode(FILE.encode()) == FILE
    assert CertificateFile.decode(FILE.encode().replace(b"\n", b"\r\n")) == FILE
    assert b"PRIVATE" not in repr(FILE).encode()


@pytest.mark.parametrize(
    "file",
    [
        b"",
        part("CERTIFICATE") * 2,
        part("PRIVATE KEY") + part("CERTIFICATE"),
        part("CERTIFICATE") * 2 + part("ENCRYPTED PRIVATE KEY"),
        part("CERTIFICATE") * 2 + part("RSA PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\n\nQUJD"),
        part("CERTIFICATE") * 3 + part("PRIVATE KEY"),
        FILE.encode() + bytes(LARGEST_CERTIFICATE_FILE),
        (b"-----BEGIN CERTIFICATE-----\n" * 4000)[:LARGEST_CERTIFICATE_FILE],
    ],
)
def test_files_that_cannot_be_used(file: bytes) -> None:
    with pytest.raises(RemoteProtocolError, match="certificate file"):
        CertificateFile.decode(file)


@given(
    st.lists(st.sampled_from([part("CERTIFICATE"), part("PRIVATE KEY"), b"-----", b"\n", b"x", b"\xff"]), max_size=9)
)
def test_any_file_is_read_or_refused(parts: list[bytes]) -> None:
    with contextlib.suppress(RemoteProtocolError):
        CertificateFile.decode(b"".join(parts))


def test_a_file_too_large_for_a_device() -> None:
    with pytest.raises(LocalProtocolError, match="allowed"):
        CertificateFile(FILE.certificate, FILE.key, bytes(LARGEST_CERTIFICATE_FILE)).encode()

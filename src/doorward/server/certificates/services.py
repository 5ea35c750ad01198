"""Issuing, confirming, checking and revoking the certificates of devices; each notes who did it, when and where."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from doorward.gateway.certificates import CertificateRefused
from doorward.gateway.collaborators import DeviceState
from doorward.model.errors import InvalidInput, NotReached, Unsupported
from doorward.protocol.biostar1.announcement import DeviceIdentity
from doorward.protocol.biostar1.certificates import CERTIFICATE_TYPES, CertificateName
from doorward.protocol.biostar1.models import MODELS_BY_SLUG, MODELS_BY_TYPE
from doorward.protocol.errors import RemoteProtocolError
from doorward.server.audit.services import Thing, record
from doorward.server.certificates.making import AUTHORITY_DAYS, DEVICE_DAYS, AuthorityParts, Issued
from doorward.server.certificates.models import Authority, DeviceCertificate
from doorward.server.devices.choices import Mode
from doorward.server.devices.models import ConnectionHistory, Device
from doorward.server.devices.services import one_device

ISSUED: Final = "certificate issued"
INSTALLED: Final = "certificate installed"
REVOKED: Final = "certificate revoked"
ACTIONS: Final = {ISSUED: "certificate.issue", INSTALLED: "certificate.install", REVOKED: "certificate.revoke"}
"""What the audit log calls them: the history of a device goes when the device is removed."""
LONGEST_REASON: Final = 500
_CONNECTED: Final = frozenset({DeviceState.CATCHING_UP.value, DeviceState.LIVE.value})
_ONLY_ROW: Final = 1
(_DEVICE_TYPE,) = CERTIFICATE_TYPES


@dataclass(frozen=True, slots=True)
class Doer:
    """Who does something, and where.

    Attributes:
        by: A name that outlives the account.
        place: The machine.
    """

    by: str
    place: str = ""

    @property
    def words(self) -> str:
        """Both in a sentence."""
        return f"by {self.by}" + (f" at {self.place}" if self.place else "")


@dataclass(frozen=True, slots=True)
class IssuedFile:
    """A fresh certificate.

    Attributes:
        row: What is kept of it.
        file: What goes to the device and is kept nowhere. Secret.
    """

    row: DeviceCertificate
    file: bytes = field(repr=False)


def parts_of(row: Authority) -> AuthorityParts:
    """The authority of a row."""
    return AuthorityParts.load(row.certificate, row.key, row.secret)


def server_certificate(row: Authority) -> Issued:
    """The server's own certificate and key."""
    return Issued(x509.load_pem_x509_certificate(row.server_certificate.encode()), row.server_key)


def authority() -> Authority | None:
    """The authority of this server; None before the first certificate."""
    return Authority.objects.filter(pk=_ONLY_ROW).first()


def need_authority() -> Authority:
    """The authority of this server; it is made when there is none."""
    found = authority()
    if found is not None:
        return found
    now = timezone.now()
    parts = AuthorityParts.new(now)
    server = parts.issue_server(now)
    try:
        with transaction.atomic():
            return Authority.objects.create(
                pk=_ONLY_ROW,
                certificate=parts.own.pem,
                key=parts.own.key,
                secret=parts.secret,
                server_certificate=server.pem,
                server_key=server.key,
                created=now,
            )
    except IntegrityError:  # another process was faster
        return Authority.objects.get(pk=_ONLY_ROW)


def check_takes_certificate(device: Device) -> None:
    """Refuse a device that can take no certificate.

    Raises:
        Unsupported: Its model or its mode knows none.
    """
    if device.mode == Mode.DIRECT:
        raise Unsupported(
            f"Device {device.pk} is in direct mode: the server dials it, and no device speaks TLS there.",
            advice="Set it to server mode first.",
        )
    model = MODELS_BY_SLUG.get(device.model)
    if device.model and (model is None or model.device_type not in CERTIFICATE_TYPES):
        able = " and ".join(MODELS_BY_TYPE[number].title for number in sorted(CERTIFICATE_TYPES))
        raise Unsupported(
            f"Device {device.pk} is a {model.title if model else device.model}; of the models that dial a server only "
            f"{able} takes a certificate.",
            advice="Keep its line on a network of its own.",
        )


def require_connected(device: Device) -> None:
    """Refuse a device that is not connected, before anything is issued in vain.

    Raises:
        NotReached: It is not.
    """
    status = getattr(device, "status", None)
    if status is None or status.state not in _CONNECTED:
        how = f": {status.state}. {status.reason}" if status else "."
        raise NotReached(
            f"Device {device.pk} is not connected{how}",
            advice="The certificate is put on the device over its connection: try again when the device is live.",
        )


def issue(device_id: int, doer: Doer, *, days: int = DEVICE_DAYS) -> IssuedFile:
    """Issue a device a certificate. The device has to be given the file; its key is kept nowhere else.

    Args:
        device_id: A known BioStation in server mode.
        doer: Who issues it.
        days: How long it is valid.

    Raises:
        InvalidInput: There is no such device, or the days are not allowed.
        Unsupported: The device takes no certificate.
    """
    if not 1 <= days <= AUTHORITY_DAYS:
        raise InvalidInput("days", days, f"a whole number from 1 to {AUTHORITY_DAYS}")
    device = one_device(device_id)
    check_takes_certificate(device)
    now = timezone.now()
    issued, file = parts_of(need_authority()).issue_device(device_id, now, days)
    encoded = file.encode()
    with transaction.atomic():
        row = DeviceCertificate.objects.create(
            serial=issued.serial,
            device_id=device_id,
            issued=now,
            issued_by=doer.by,
            issued_from=doer.place,
            expires=issued.certificate.not_valid_after_utc,
        )
        words = f"Certificate {row.serial} was issued {doer.words}, valid until {row.expires:%Y-%m-%d}."
        _note(row, ISSUED, words, doer)
    return IssuedFile(row, encoded)


def confirm_installed(row: DeviceCertificate, doer: Doer) -> list[DeviceCertificate]:
    """The device took a certificate: those that it had before hold no more; gives them."""
    now = timezone.now()
    with transaction.atomic():
        row.installed = now
        row.save(update_fields=["installed"])
        _note(row, INSTALLED, f"The device took certificate {row.serial}.", doer)
        older = list(in_force(row.device_id).filter(issued__lte=row.issued).exclude(pk=row.pk))
        for each in older:
            _revoke(each, doer, f"replaced by {row.serial}", now)
    return older


def revoke(device_id: int, doer: Doer, *, reason: str = "") -> list[DeviceCertificate]:
    """Revoke all certificates of a device that are in force; gives them. It holds from the next handshake on.

    Raises:
        InvalidInput: There is none in force, or the reason is too long.
    """
    if len(reason) > LONGEST_REASON:
        raise InvalidInput("reason", reason[:20] + "...", f"at most {LONGEST_REASON} letters")
    now = timezone.now()
    with transaction.atomic():
        rows = list(in_force(device_id).select_for_update())
        if not rows:
            raise InvalidInput("device", device_id, "a device with a certificate in force")
        for row in rows:
            _revoke(row, doer, reason, now)
    return rows


def in_force(device_id: int) -> QuerySet[DeviceCertificate]:
    """The certificates of a device that are not revoked."""
    return DeviceCertificate.objects.filter(device_id=device_id, revoked__isnull=True)


def state_words(row: DeviceCertificate, now: datetime | None = None) -> str:
    """How it stands with a certificate, in words."""
    if row.revoked is not None:
        why = f": {row.revoked_reason}" if row.revoked_reason else ""
        place = f" at {row.revoked_from}" if row.revoked_from else ""
        return f"revoked {row.revoked:%Y-%m-%d %H:%M} by {row.revoked_by}{place}{why}"
    if row.expires <= (now or timezone.now()):
        return "expired"
    return "in force" if row.installed else "in force, not confirmed by the device"


def holder(certificate: bytes) -> DeviceIdentity:
    """Whose certificate it is, when it holds.

    Args:
        certificate: In DER form; the authority's signature was checked.

    Raises:
        CertificateRefused: It does not hold.
    """
    kept = authority()
    if kept is None:
        raise CertificateRefused("This server has not issued any certificate.")
    try:
        shown = x509.load_der_x509_certificate(certificate)
        name = CertificateName(_attribute(shown, NameOID.COMMON_NAME), _attribute(shown, NameOID.ORGANIZATION_NAME))
        device_id = name.device_id
    except ValueError as error:
        raise CertificateRefused(f"What was shown is no certificate of a device: {error}.") from error
    except RemoteProtocolError as error:
        raise CertificateRefused(f"What was shown is no certificate of a device: {error.message}.") from error
    try:
        name.check(kept.secret)
    except RemoteProtocolError as error:
        raise CertificateRefused(
            f"Its certificate {shown.serial_number:x} does not hold: {error.message}.",
            device_id=device_id,
            advice="Issue a new one.",
        ) from error
    row = DeviceCertificate.objects.filter(serial=f"{shown.serial_number:x}").first()
    if row is None or row.device_id != device_id:
        raise CertificateRefused(
            f"Its certificate {shown.serial_number:x} is not on record here.",
            device_id=device_id,
            advice="Issue a new one.",
        )
    if row.revoked is not None:
        raise CertificateRefused(
            f"Its certificate {row.serial} was {state_words(row)}.",
            device_id=device_id,
            advice="Issue a new one if the device shall come back.",
        )
    return DeviceIdentity(device_id, _DEVICE_TYPE)


def _attribute(certificate: x509.Certificate, kind: x509.ObjectIdentifier) -> str:
    found = certificate.subject.get_attributes_for_oid(kind)
    return str(found[0].value) if found else ""


def _revoke(row: DeviceCertificate, doer: Doer, reason: str, now: datetime) -> None:
    row.revoked, row.revoked_by, row.revoked_from, row.revoked_reason = now, doer.by, doer.place, reason
    row.save(update_fields=["revoked", "revoked_by", "revoked_from", "revoked_reason"])
    why = f": {reason}" if reason else ""
    _note(row, REVOKED, f"Certificate {row.serial} was revoked {doer.words}{why}.", doer)


def _note(row: DeviceCertificate, state: str, reason: str, doer: Doer) -> None:
    device = Device.objects.filter(pk=row.device_id).first()
    thing = Thing("device", str(row.device_id), str(device or row.device_id))
    record(ACTIONS[state], thing, after={"serial": row.serial}, words=reason)
    if device is not None:
        ConnectionHistory.objects.create(
            device_id=row.device_id, state=state, reason=reason, since=timezone.now(), by=doer.by
        )

"""Certificates that end soon."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from django.utils import timezone

from doorward.server.certificates.models import DeviceCertificate
from doorward.server.certificates.services import authority
from doorward.server.checks.findings import Finding, Level
from doorward.server.checks.site import Site

SUBJECT = "certificates"
SOON: Final = timedelta(days=90)
NAMED: Final = 5


def look(site: Site) -> Iterator[Finding]:
    """Look at the authority, the server's own certificate, and those of devices that are in force."""
    del site
    kept = authority()
    if kept is None:
        yield Finding(SUBJECT, Level.OK, "This server has issued no certificates.")
        return
    now = timezone.now()
    fine = True
    for name, text in (("authority", kept.certificate), ("server", kept.server_certificate)):
        finding = _judge(name, x509.load_pem_x509_certificate(text.encode()).not_valid_after_utc, now)
        if finding is not None:
            fine = False
            yield finding
    in_force = DeviceCertificate.objects.filter(revoked__isnull=True)
    for words, rows in (
        ("has ended", in_force.filter(expires__lte=now)),
        (f"ends within {SOON.days} days", in_force.filter(expires__gt=now, expires__lte=now + SOON)),
    ):
        count = rows.count()
        if not count:
            continue
        fine = False
        first = ", ".join(f"{row.device_id} ({row.expires:%Y-%m-%d})" for row in rows.order_by("expires")[:NAMED])
        more = f" and {count - NAMED} more" if count > NAMED else ""
        yield Finding(
            SUBJECT,
            Level.ERROR if words == "has ended" else Level.WARNING,
            f"The certificate of {count} devices {words}: {first}{more}.",
            "Issue new ones while the devices are connected: doorward devices certificate issue DEVICE_ID",
        )
    if fine:
        yield Finding(SUBJECT, Level.OK, f"No certificate ends within {SOON.days} days.")


def _judge(name: str, end: datetime, now: datetime) -> Finding | None:
    advice = (
        "Devices that speak TLS will be refused from then on: let them call without TLS, and issue new certificates."
    )
    if end <= now:
        return Finding(SUBJECT, Level.ERROR, f"The certificate of the {name} ended on {end:%Y-%m-%d}.", advice)
    if end <= now + SOON:
        return Finding(SUBJECT, Level.WARNING, f"The certificate of the {name} ends on {end:%Y-%m-%d}.", advice)
    return None

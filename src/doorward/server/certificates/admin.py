"""The page of certificates that were issued to devices."""

from __future__ import annotations

from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorward.server.certificates.models import DeviceCertificate
from doorward.server.read_only_admin import (
    ReadOnlyAdmin,
    badge_column,
    column,
    device_address,
    field_column,
    moment_column,
    short,
)


def _state(certificate: DeviceCertificate) -> tuple[str, str]:
    if certificate.revoked is not None:
        return gettext("revoked"), "bad"
    if certificate.expires <= timezone.now():
        return gettext("expired"), "bad"
    if certificate.installed is None:
        return gettext("issued, not seen on the device"), "warn"
    return gettext("on the device"), "good"


def _device(certificate: DeviceCertificate) -> str:
    number = certificate.device_id
    return format_html('<a class="dw-link" href="{}">{}</a>', device_address(number), number)


@admin.register(DeviceCertificate)
class DeviceCertificateAdmin(ReadOnlyAdmin):
    """Certificates; issued and revoked by ``doorward device certificates``."""

    list_display = (
        column(_("Device"), _device, ordering="device_id"),
        badge_column(_("State"), _state, ordering="revoked"),
        moment_column("issued", _("Issued")),
        column(_("By"), lambda certificate: certificate.issued_by, ordering="issued_by"),
        moment_column("expires", _("Valid until")),
        column(_("Serial number"), lambda certificate: short(certificate.serial), ordering="serial"),
    )
    list_display_links = None
    search_fields = ("device_id", "serial", "issued_by")
    search_help_text = _("Search by device number, serial number or who issued it")
    readonly_fields = (
        column(_("Device"), _device, name="shown_device"),
        badge_column(_("State"), _state, ordering="revoked"),
        field_column("serial", _("Serial number")),
        moment_column("issued", _("Issued")),
        field_column("issued_by", _("Issued by")),
        moment_column("expires", _("Valid until")),
        moment_column("installed", _("On the device since")),
        moment_column("revoked", _("Revoked at")),
        field_column("revoked_by", _("Revoked by")),
        field_column("revoked_reason", _("Why")),
    )
    fields = readonly_fields
    empty_title = _("No certificates yet")
    empty_words = _(
        "Devices with a certificate speak TLS with this server. Issue one with: doorward device certificates"
    )

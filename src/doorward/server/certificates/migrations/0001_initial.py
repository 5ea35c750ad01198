"""The authority and the certificates of devices."""

from django.db import migrations, models

import doorward.server.fields


class Migration(migrations.Migration):
    """The first tables."""

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Authority",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("certificate", models.TextField()),
                ("key", doorward.server.fields.EncryptedTextField(blank=True, default="", verbose_name="private key")),
                ("secret", doorward.server.fields.EncryptedBytesField(verbose_name="secret of the codes")),
                ("server_certificate", models.TextField()),
                (
                    "server_key",
                    doorward.server.fields.EncryptedTextField(
                        blank=True, default="", verbose_name="private key of the server"
                    ),
                ),
                ("created", models.DateTimeField()),
            ],
            options={
                "verbose_name": "certificate authority",
                "verbose_name_plural": "certificate authorities",
            },
        ),
        migrations.CreateModel(
            name="DeviceCertificate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("serial", models.CharField(max_length=40, unique=True)),
                ("device_id", models.BigIntegerField(db_index=True, verbose_name="device ID")),
                ("issued", models.DateTimeField()),
                ("issued_by", models.CharField(max_length=150)),
                ("issued_from", models.CharField(blank=True, default="", max_length=255)),
                ("expires", models.DateTimeField()),
                ("installed", models.DateTimeField(blank=True, null=True)),
                ("revoked", models.DateTimeField(blank=True, null=True)),
                ("revoked_by", models.CharField(blank=True, default="", max_length=150)),
                ("revoked_from", models.CharField(blank=True, default="", max_length=255)),
                ("revoked_reason", models.TextField(blank=True, default="")),
            ],
            options={
                "verbose_name": "certificate of a device",
                "verbose_name_plural": "certificates of devices",
                "ordering": ["device_id", "-issued", "-pk"],
            },
        ),
    ]

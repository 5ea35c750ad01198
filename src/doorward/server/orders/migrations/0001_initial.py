"""Orders for devices."""

import uuid

from django.db import migrations, models

import doorward.server.fields


class Migration(migrations.Migration):
    """The first tables."""

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Order",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("device_id", models.BigIntegerField(verbose_name="device ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("install-certificate", "put a certificate on the device"),
                            ("remove-certificate", "remove the device's certificate"),
                            ("reconnect", "connect anew"),
                        ],
                        max_length=30,
                    ),
                ),
                ("content", doorward.server.fields.EncryptedBytesField(blank=True, default=b"")),
                ("reason", models.TextField(blank=True, default="")),
                ("by", models.CharField(max_length=150)),
                ("given", models.DateTimeField()),
                ("taken", models.DateTimeField(blank=True, null=True)),
                ("finished", models.DateTimeField(blank=True, null=True)),
                ("succeeded", models.BooleanField(blank=True, null=True)),
                ("words", models.TextField(blank=True, default="")),
                ("advice", models.TextField(blank=True, default="")),
            ],
            options={
                "verbose_name": "order",
                "verbose_name_plural": "orders",
                "ordering": ["given", "pk"],
                "indexes": [
                    models.Index(condition=models.Q(("taken__isnull", True)), fields=["given"], name="order_open")
                ],
            },
        ),
    ]

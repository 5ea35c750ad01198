"""The table of readings at devices."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import doorward.server.fields


class Migration(migrations.Migration):
    """The first table."""

    initial = True

    dependencies = [
        ("devices", "0004_agent"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Capture",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(choices=[("card", "card"), ("finger", "finger"), ("face", "face")], max_length=10),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waits at the device"),
                            ("again", "waits for the same finger once more"),
                            ("done", "read; to be given to a person"),
                            ("timed-out", "nobody came in time"),
                            ("refused", "the device said no"),
                            ("cancelled", "cancelled"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("step", models.PositiveSmallIntegerField(default=0)),
                ("steps", models.PositiveSmallIntegerField(default=1)),
                ("words", models.TextField(blank=True, default="")),
                ("advice", models.TextField(blank=True, default="")),
                ("content", doorward.server.fields.EncryptedBytesField(blank=True, default=b"")),
                ("created", models.DateTimeField()),
                ("expires", models.DateTimeField(db_index=True)),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="captures", to="devices.device"
                    ),
                ),
                (
                    "operator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="captures",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "reading at a device",
                "verbose_name_plural": "readings at devices",
                "ordering": ["-created"],
            },
        ),
    ]

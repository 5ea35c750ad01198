"""Devices, groups, states and ledgers."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import doorward.server.devices.models
import doorward.server.fields


class Migration(migrations.Migration):
    """The first tables."""

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Device",
            fields=[
                (
                    "device_id",
                    models.BigIntegerField(
                        primary_key=True,
                        serialize=False,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(4294967295),
                        ],
                        verbose_name="device ID",
                    ),
                ),
                ("name", models.CharField(blank=True, default="", max_length=100)),
                ("generation", models.CharField(default="biostar1", max_length=20)),
                ("model", models.CharField(blank=True, default="", max_length=40)),
                (
                    "approval",
                    models.CharField(
                        choices=[("waiting", "waiting for approval"), ("approved", "approved"), ("blocked", "blocked")],
                        db_index=True,
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("approval_at", models.DateTimeField(blank=True, null=True)),
                ("approval_by", models.CharField(blank=True, default="", max_length=150)),
                ("approved_address", models.CharField(blank=True, default="", max_length=255)),
                ("enabled", models.BooleanField(default=True)),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("server", "server mode: the device dials the server"),
                            ("direct", "direct mode: the server dials the device"),
                        ],
                        default="server",
                        max_length=10,
                    ),
                ),
                ("address", models.CharField(blank=True, default="", max_length=255)),
                (
                    "port",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(65535),
                        ],
                    ),
                ),
                (
                    "zone",
                    models.CharField(
                        blank=True, default="", max_length=64, validators=[doorward.server.devices.models.validate_zone]
                    ),
                ),
                ("time_sync", models.BooleanField(default=True)),
                (
                    "password",
                    doorward.server.fields.EncryptedTextField(
                        blank=True, default="", verbose_name="communication password"
                    ),
                ),
                ("first_seen", models.DateTimeField()),
                ("last_seen", models.DateTimeField(blank=True, null=True)),
                ("last_address", models.CharField(blank=True, default="", max_length=255)),
                ("changed", models.DateTimeField(db_index=True)),
            ],
            options={
                "verbose_name": "device",
                "verbose_name_plural": "devices",
                "ordering": ["device_id"],
            },
        ),
        migrations.CreateModel(
            name="DeviceLedger",
            fields=[
                (
                    "device",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="ledger",
                        serialize=False,
                        to="devices.device",
                    ),
                ),
                ("state", models.TextField()),
                ("complete_until", models.DateTimeField(blank=True, null=True)),
                ("hindrance", models.TextField(blank=True, default="")),
            ],
            options={
                "verbose_name": "ledger of a device",
                "verbose_name_plural": "ledgers of devices",
            },
        ),
        migrations.CreateModel(
            name="DeviceStatus",
            fields=[
                (
                    "device",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="status",
                        serialize=False,
                        to="devices.device",
                    ),
                ),
                ("state", models.CharField(max_length=30)),
                ("reason", models.TextField(blank=True, default="")),
                ("since", models.DateTimeField()),
                ("address", models.CharField(blank=True, default="", max_length=255)),
            ],
            options={
                "verbose_name": "state of a device",
                "verbose_name_plural": "states of devices",
            },
        ),
        migrations.CreateModel(
            name="DeviceGroup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100)),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="devices.devicegroup",
                    ),
                ),
            ],
            options={
                "verbose_name": "group of devices",
                "verbose_name_plural": "groups of devices",
                "ordering": ["name", "pk"],
            },
        ),
        migrations.AddField(
            model_name="device",
            name="group",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="devices",
                to="devices.devicegroup",
            ),
        ),
        migrations.CreateModel(
            name="ConnectionHistory",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("state", models.CharField(max_length=30)),
                ("reason", models.TextField(blank=True, default="")),
                ("since", models.DateTimeField()),
                ("by", models.CharField(blank=True, default="", max_length=150)),
                (
                    "device",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="history",
                        to="devices.device",
                    ),
                ),
            ],
            options={
                "verbose_name": "change of state",
                "verbose_name_plural": "connection history",
                "ordering": ["-since", "-pk"],
                "indexes": [models.Index(fields=["device", "since"], name="history_device_since")],
            },
        ),
        migrations.AddConstraint(
            model_name="devicegroup",
            constraint=models.UniqueConstraint(fields=("parent", "name"), name="device_group_name"),
        ),
        migrations.AddConstraint(
            model_name="devicegroup",
            constraint=models.UniqueConstraint(
                condition=models.Q(("parent__isnull", True)), fields=("name",), name="device_group_top_name"
            ),
        ),
    ]

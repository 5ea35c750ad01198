"""What the gateway sees of a device beside its state, and the settings that were agreed upon."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """New columns and a new table."""

    dependencies = [
        ("devices", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="devicestatus",
            name="clock_checked",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="devicestatus",
            name="clock_drift_seconds",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="devicestatus",
            name="held_since",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="devicestatus",
            name="next_attempt",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name="DeviceSettings",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("family", models.CharField(max_length=60)),
                ("values", models.JSONField()),
                ("kept_at", models.DateTimeField()),
                ("kept_by", models.CharField(max_length=150)),
                (
                    "origin",
                    models.CharField(
                        choices=[
                            ("read", "read from the device"),
                            ("written", "written to the device"),
                            ("kept", "kept as the device had them"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="settings", to="devices.device"
                    ),
                ),
            ],
            options={
                "verbose_name": "settings of a device",
                "verbose_name_plural": "settings of devices",
                "constraints": [models.UniqueConstraint(fields=("device", "family"), name="device_settings_family")],
            },
        ),
    ]

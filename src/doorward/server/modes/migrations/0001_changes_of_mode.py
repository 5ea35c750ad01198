"""How the mode of a device was changed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """The first table."""

    initial = True

    dependencies = [
        ("devices", "0003_line_left_to_somebody_else"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ModeChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "target",
                    models.CharField(
                        choices=[
                            ("server", "server mode: the device dials the server"),
                            ("direct", "direct mode: the server dials the device"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("under way", "under way"),
                            ("overdue", "the device has not come in time; it is still waited for"),
                            ("done", "done"),
                            ("failed", "failed"),
                            ("ended", "nobody waits for it any more"),
                        ],
                        default="under way",
                        max_length=10,
                    ),
                ),
                ("by", models.CharField(max_length=150)),
                ("via", models.CharField(max_length=20)),
                ("address", models.CharField(blank=True, default="", max_length=255)),
                ("token", models.CharField(blank=True, default="", max_length=20)),
                ("begun", models.DateTimeField()),
                ("written", models.DateTimeField(blank=True, null=True)),
                ("deadline", models.DateTimeField(blank=True, null=True)),
                ("finished", models.DateTimeField(blank=True, null=True)),
                ("patience", models.PositiveIntegerField()),
                ("server_address", models.CharField(blank=True, default="", max_length=40)),
                ("server_port", models.PositiveIntegerField(blank=True, null=True)),
                ("device_address", models.CharField(blank=True, default="", max_length=255)),
                ("device_port", models.PositiveIntegerField(blank=True, null=True)),
                ("udp_port", models.PositiveIntegerField(blank=True, null=True)),
                ("steps", models.JSONField(default=list)),
                ("reasons", models.JSONField(default=list)),
                ("words", models.TextField(blank=True, default="")),
                ("advice", models.TextField(blank=True, default="")),
                ("audit", models.BigIntegerField(blank=True, null=True)),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="mode_changes", to="devices.device"
                    ),
                ),
                (
                    "operator",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "change of mode",
                "verbose_name_plural": "changes of mode",
                "ordering": ["-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("finished__isnull", True)), fields=("device",), name="one_open_mode_change"
                    )
                ],
            },
        ),
    ]

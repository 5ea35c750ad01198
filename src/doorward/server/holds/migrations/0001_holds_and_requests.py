"""Who holds a device, and who asked for it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """The first tables."""

    initial = True

    dependencies = [
        ("devices", "0003_line_left_to_somebody_else"),
        ("operators", "0005_second_factors"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Hold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("server", "the server itself keeps its connection"),
                            ("operator", "somebody works with it alone, through this server"),
                            ("released", "the server leaves its line to another program"),
                            ("changing", "it is brought to the other mode"),
                            ("other", "a client that is none of ours is connected to it"),
                        ],
                        max_length=10,
                    ),
                ),
                ("holder", models.CharField(max_length=150)),
                ("token", models.CharField(blank=True, default="", max_length=20)),
                ("program", models.CharField(blank=True, default="", max_length=100)),
                ("via", models.CharField(max_length=20)),
                ("address", models.CharField(blank=True, default="", max_length=255)),
                ("reason", models.CharField(blank=True, default="", max_length=500)),
                ("since", models.DateTimeField()),
                ("seconds", models.PositiveIntegerField()),
                ("until", models.DateTimeField()),
                ("ended", models.DateTimeField(blank=True, null=True)),
                ("ended_by", models.CharField(blank=True, default="", max_length=150)),
                ("end_reason", models.CharField(blank=True, default="", max_length=500)),
                (
                    "device",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="holds",
                        to="devices.device",
                    ),
                ),
                (
                    "operator",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="holds",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="operators.operatorsession",
                    ),
                ),
            ],
            options={
                "verbose_name": "hold of a device",
                "verbose_name_plural": "holds of devices",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="HoldRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("asker", models.CharField(max_length=150)),
                ("address", models.CharField(blank=True, default="", max_length=255)),
                ("reason", models.CharField(blank=True, default="", max_length=500)),
                ("at", models.DateTimeField()),
                (
                    "hold",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="requests", to="holds.hold"
                    ),
                ),
            ],
            options={
                "verbose_name": "request for a hold",
                "verbose_name_plural": "requests for holds",
                "ordering": ["at", "pk"],
            },
        ),
        migrations.AddIndex(
            model_name="hold",
            index=models.Index(fields=["device", "-id"], name="hold_device"),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended__isnull", True)), fields=("device",), name="one_open_hold"
            ),
        ),
        migrations.AddConstraint(
            model_name="holdrequest",
            constraint=models.UniqueConstraint(fields=("hold", "asker"), name="one_request_of_each"),
        ),
    ]
